package orm

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Hooks are functions that sessions call for the entities of a table; nil ones
// are left out. Those before a flush are called before anything of it is encoded
// or sent: what they change is written, and an error of theirs stops the flush
// with nothing sent. Those after it are called once all of it was sent, in the
// order in which the rows were; an error of theirs makes a rollback necessary.
type Hooks[T any] struct {
	BeforeInsert, AfterInsert func(ctx context.Context, s *Session, entity *T) error
	BeforeUpdate, AfterUpdate func(ctx context.Context, s *Session, entity *T) error
	BeforeDelete, AfterDelete func(ctx context.Context, s *Session, entity *T) error
	// AfterLoad is called for an entity that was read, or read again, before its
	// relationships are loaded. It can't use the session, whose connection is busy.
	AfterLoad func(entity *T) error
}

// These are the hooks that an entity may have as methods.
type (
	// BeforeInserter is called as Hooks.BeforeInsert.
	BeforeInserter interface {
		BeforeInsert(ctx context.Context) error
	}
	// AfterInserter is called as Hooks.AfterInsert.
	AfterInserter interface {
		AfterInsert(ctx context.Context) error
	}
	// BeforeUpdater is called as Hooks.BeforeUpdate.
	BeforeUpdater interface {
		BeforeUpdate(ctx context.Context) error
	}
	// AfterUpdater is called as Hooks.AfterUpdate.
	AfterUpdater interface {
		AfterUpdate(ctx context.Context) error
	}
	// BeforeDeleter is called as Hooks.BeforeDelete.
	BeforeDeleter interface {
		BeforeDelete(ctx context.Context) error
	}
	// AfterDeleter is called as Hooks.AfterDelete.
	AfterDeleter interface {
		AfterDelete(ctx context.Context) error
	}
	// AfterLoader is called as Hooks.AfterLoad.
	AfterLoader interface{ AfterLoad() error }
)

// anyHooks is set once any mapper has hooks of a flush.
var anyHooks atomic.Bool

// hook is one function, for entities of any type.
type hook func(ctx context.Context, s *Session, p mem.Pointer) error

// moment is when a hook is called.
type moment uint8

const (
	beforeInsert moment = iota
	afterInsert
	beforeUpdate
	afterUpdate
	beforeDelete
	afterDelete
	afterLoad
	moments
)

// hookSet is the hooks of a mapper. It is replaced as a whole.
type hookSet [moments][]hook

var hookMu sync.Mutex

func (m *mapper) addHook(at moment, h hook) {
	hookMu.Lock()
	defer hookMu.Unlock()
	var set hookSet
	if old := m.hooks.Load(); old != nil {
		set = *old
	}
	set[at] = append(set[at][:len(set[at]):len(set[at])], h)
	m.hooks.Store(&set)
	if at != afterLoad {
		anyHooks.Store(true)
	}
}

// hooksAt returns the hooks of a moment.
func (m *mapper) hooksAt(at moment) []hook {
	if set := m.hooks.Load(); set != nil {
		return set[at]
	}
	return nil
}

// Listen adds hooks to the entities of a table, of all sessions. It is called
// while a program starts.
func Listen[T any](src Source[T], h Hooks[T]) {
	m, _ := src.source(nil)
	if m == nil {
		return // the model's errors are told by its first use
	}
	for at, f := range map[moment]func(ctx context.Context, s *Session, entity *T) error{
		beforeInsert: h.BeforeInsert, afterInsert: h.AfterInsert, beforeUpdate: h.BeforeUpdate,
		afterUpdate: h.AfterUpdate, beforeDelete: h.BeforeDelete, afterDelete: h.AfterDelete,
	} {
		if f != nil {
			m.listen(at, func(ctx context.Context, s *Session, p mem.Pointer) error { return f(ctx, s, (*T)(p)) })
		}
	}
	if f := h.AfterLoad; f != nil {
		m.listen(afterLoad, func(_ context.Context, _ *Session, p mem.Pointer) error { return f((*T)(p)) })
	}
}

// ownHooks adds the hooks that the entity has as methods.
func (m *mapper) ownHooks() {
	method := func(at moment, call func(ctx context.Context, entity any) error) {
		m.addHook(at, func(ctx context.Context, _ *Session, p mem.Pointer) error {
			return call(ctx, reflect.NewAt(m.goType, p).Interface())
		})
	}
	entity := reflect.Zero(reflect.PointerTo(m.goType)).Interface()
	if _, ok := entity.(BeforeInserter); ok {
		method(beforeInsert, func(ctx context.Context, e any) error { return e.(BeforeInserter).BeforeInsert(ctx) })
	}
	if _, ok := entity.(AfterInserter); ok {
		method(afterInsert, func(ctx context.Context, e any) error { return e.(AfterInserter).AfterInsert(ctx) })
	}
	if _, ok := entity.(BeforeUpdater); ok {
		method(beforeUpdate, func(ctx context.Context, e any) error { return e.(BeforeUpdater).BeforeUpdate(ctx) })
	}
	if _, ok := entity.(AfterUpdater); ok {
		method(afterUpdate, func(ctx context.Context, e any) error { return e.(AfterUpdater).AfterUpdate(ctx) })
	}
	if _, ok := entity.(BeforeDeleter); ok {
		method(beforeDelete, func(ctx context.Context, e any) error { return e.(BeforeDeleter).BeforeDelete(ctx) })
	}
	if _, ok := entity.(AfterDeleter); ok {
		method(afterDelete, func(ctx context.Context, e any) error { return e.(AfterDeleter).AfterDelete(ctx) })
	}
	if _, ok := entity.(AfterLoader); ok {
		method(afterLoad, func(_ context.Context, e any) error { return e.(AfterLoader).AfterLoad() })
	}
}

// loaded calls the hooks of an entity that was read.
func (m *mapper) loaded(p mem.Pointer) error {
	for _, h := range m.hooksAt(afterLoad) {
		if err := h(context.Background(), nil, p); err != nil {
			return &EntityError{Entity: m.goType.String(), Field: "AfterLoad", Err: err}
		}
	}
	return nil
}

// about says which hook comes before what is about to become of an entity.
func (st *state) about() (moment, bool) {
	switch {
	case st.status == pending:
		return beforeInsert, true
	case st.status == deleting:
		return beforeDelete, true
	case st.status == persistent && st.snap != nil && st.m.hooks.Load() != nil:
		changed, err := st.dirty()
		return beforeUpdate, changed || err != nil
	}
	return 0, false
}

// hooksBefore calls the hooks before a flush, once for each entity, until they
// have brought nothing new.
func (s *Session) hooksBefore(ctx context.Context) error {
	type call struct {
		st *state
		at moment
	}
	called := map[call]bool{}
	for more := true; more; {
		more = false
		if _, err := s.relate(ctx); err != nil { // what relationships bring and take has hooks too
			return err
		}
		s.rouse() // what is latent afterwards is as it was read
		var list []*state
		list = append(append(list, s.pending...), s.states...)
		for _, st := range list {
			if st.m.hooks.Load() == nil {
				continue
			}
			at, due := st.about()
			if !due || called[call{st, at}] {
				continue
			}
			called[call{st, at}], more = true, true
			if err := s.callHooks(ctx, st, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Session) callHooks(ctx context.Context, st *state, at moment) error {
	for _, h := range st.m.hooksAt(at) {
		if err := s.outside(func() error { return h(ctx, s, st.obj) }); err != nil {
			return &FlushError{Entity: st.m.describe(st.obj), Op: opNames[at], Err: err}
		}
	}
	return nil
}

var opNames = [...]string{beforeInsert: "insert", afterInsert: "insert", beforeUpdate: "update", afterUpdate: "update", beforeDelete: "delete", afterDelete: "delete"}

// hooksAfter calls the hooks after a flush, in the order of what was sent.
func (s *Session) hooksAfter(ctx context.Context) error {
	for _, x := range s.written {
		at := afterUpdate
		switch x.op {
		case opInterim:
			continue
		case opInsert:
			at = afterInsert
		case opDelete:
			at = afterDelete
		}
		for _, c := range x.changes {
			if c.read().quiet || x.op != opUpdate && !c.completes() {
				continue
			}
			at := at
			if c.read().soft {
				at = afterDelete
			}
			if err := s.callHooks(ctx, c.st, at); err != nil {
				return err
			}
		}
	}
	return nil
}
