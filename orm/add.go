package orm

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// AddOption is an option of Add.
type AddOption interface {
	// pick returns the mapper that the option names, or nil.
	pick() *mapper
	apply(st *state) error
}

type explicit struct{ x expr.Expression }

// Explicit sends the field of the column even where it is zero, which would
// otherwise mean that the database fills it, and where the column is generated
// always, which would otherwise be refused.
func Explicit(column expr.Expression) AddOption { return explicit{column} }

func (explicit) pick() *mapper { return nil }

func (e explicit) apply(st *state) error {
	if c, ok := expr.Unwrap(e.x).(*expr.Column); ok {
		for _, a := range st.m.attrs {
			if a.col.Name == c.Name && c.From.Provides(st.m.table) {
				w := st.wishes()
				w.explicit = append(w.explicit, a)
				return nil
			}
		}
	}
	return &ModelError{Entity: st.m.goType.String(), Reason: "orm.Explicit names something that is not a column of it"}
}

type into struct{ m *mapper }

// Into says which table an entity belongs to whose type is mapped to several.
func Into[T any](table Source[T]) AddOption {
	m, _ := table.source(nil)
	return into{m}
}

func (o into) pick() *mapper { return o.m }

func (o into) apply(st *state) error {
	if o.m != st.m {
		return &ModelError{Entity: st.m.goType.String(), Reason: "orm.Into names a table that the entity does not belong to, or that is not declared"}
	}
	return nil
}

// Add makes a new entity, given by its pointer, part of the session: the next
// flush inserts it. Adding it again does nothing. What is wrong with it (nil,
// not mapped, part of another session) is returned by the next flush, before
// anything is sent.
func (s *Session) Add(entity any, opts ...AddOption) {
	if err := s.enter(); err != nil {
		s.misused(err)
		return
	}
	defer s.leave()
	if err := s.add(entity, opts); err != nil {
		s.addErr = errors.Join(s.addErr, err)
	}
}

// misused keeps an error that a method without one can't return. The session
// may be in use elsewhere, so it is kept with the owner, which has a lock.
func (s *Session) misused(err error) { s.misuses.note(err) }

// AddAll adds entities in order.
func AddAll[T any](s *Session, entities ...*T) {
	if err := s.enter(); err != nil {
		s.misused(err)
		return
	}
	defer s.leave()
	if err := s.addAll(reflect.TypeFor[T](), pointers(entities)); err != nil {
		s.addErr = errors.Join(s.addErr, err)
	}
}

// pointers takes the type from pointers, over the same memory.
func pointers[T any](list []*T) []mem.Pointer { return *(*[]mem.Pointer)(mem.Pointer(&list)) }

func (s *Session) addAll(t reflect.Type, list []mem.Pointer) error {
	if len(list) == 0 {
		return nil
	}
	m, err := s.mapperFor(t, nil)
	if err != nil {
		return err
	}
	s.pending = slices.Grow(s.pending, len(list))
	s.spare = make([]state, 0, min(len(list), stateSlab))
	var errs []error
	for _, p := range list {
		if p == nil {
			errs = append(errs, nilEntity(reflect.PointerTo(t)))
			continue
		}
		var err error
		if st := s.held(p); st != nil {
			err = st.stays(t)
		} else {
			_, err = s.begin(m, p)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (s *Session) add(entity any, opts []AddOption) error {
	t, p, err := pointerOf(entity)
	if err != nil {
		return err
	}
	st := s.held(p)
	if st == nil {
		m, err := s.mapperFor(t, opts)
		if err != nil {
			return err
		}
		if st, err = s.begin(m, p); err != nil {
			return err
		}
	} else if err := st.stays(t); err != nil {
		return err
	}
	for _, o := range opts {
		if err := o.apply(st); err != nil {
			return err
		}
	}
	return nil
}

// begin makes an entity pending.
func (s *Session) begin(m *mapper, p mem.Pointer) (*state, error) {
	at, err := s.siteOf(m)
	if err != nil {
		return nil, err
	}
	if err := s.owned().claim(m, p); err != nil {
		return nil, err
	}
	if len(m.subs) > 0 {
		m = m.wholeAt(p)
	}
	if m.parent != nil {
		wholes.add(p, m.goType)
	}
	st := s.newState()
	*st = state{m: m, obj: p, status: pending, at: at}
	if s.pending == nil {
		s.pending = s.first.pending[:0]
	}
	s.pending = append(s.pending, st)
	if len(s.opts.events) > 0 {
		s.moved(st, st.outsideState(), Pending)
	}
	if m.validated {
		_ = m.validateFields(p, m.attrs) // the flush asks again, and tells
	}
	for _, r := range m.relations {
		s.relates = true
		r.renew(p)
	}
	return st, nil
}

// held returns the state of what the session has at the address, or nil. Of
// entities that wait to be written it knows by their claim: most are never
// asked for.
func (s *Session) held(p mem.Pointer) *state {
	s.indexStates()
	st := s.byObject[p]
	if !st.belongs() && s.waiting < len(s.pending) && s.owner.holds(p) {
		s.indexPending()
		st = s.byObject[p]
	}
	if !st.belongs() {
		return nil
	}
	return st
}

// stays makes an entity of type t that is added again stay.
func (st *state) stays(t reflect.Type) error {
	if !st.m.isOf(t) {
		return firstPart(t)
	}
	if st.status == deleting {
		st.status = persistent
	}
	return nil
}

// belongs reports whether the entity is still part of the session. It is not
// where there is no state.
func (st *state) belongs() bool {
	return st != nil && st.status != detached && st.status != deleted
}

// stateSlab is how many states are allocated at once for entities that are
// added together: what is larger than 32 kB is no more taken from a size class.
const stateSlab = 372

// newState returns memory for a state, more of it at a time the more are made.
func (s *Session) newState() *state {
	if len(s.spare) == cap(s.spare) {
		s.spare = make([]state, 0, min(max(1, 2*cap(s.spare), s.expected), stateSlab))
		if s.expected > 1 {
			s.states = slices.Grow(s.states, s.expected)
		}
		s.expected = 0
	}
	s.spare = s.spare[:len(s.spare)+1]
	return &s.spare[len(s.spare)-1]
}

func (s *Session) mapperFor(t reflect.Type, opts []AddOption) (*mapper, error) {
	for _, o := range opts {
		if m := o.pick(); m != nil && m.goType == t {
			return m, m.ready()
		}
	}
	m, err := mapperOf(t, s.opts.bases)
	if err != nil {
		return nil, err
	}
	return m, m.ready()
}

// pointerOf returns the type and address of an entity. What can't be one is an
// error.
func pointerOf(entity any) (reflect.Type, mem.Pointer, error) {
	v := reflect.ValueOf(entity)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil, nilEntity(reflect.TypeOf(entity))
	}
	if v.Kind() != reflect.Pointer {
		return nil, nil, &ModelError{Entity: v.Type().String(), Reason: "was given by value; give a pointer, so that its id can be set"}
	}
	return v.Type().Elem(), v.UnsafePointer(), nil
}

func nilEntity(t reflect.Type) error {
	return &ModelError{Entity: fmt.Sprint(t), Reason: "a nil entity was given; give a pointer to a struct"}
}

func firstPart(t reflect.Type) error {
	return &ModelError{Entity: "*" + t.String(), Reason: "is the first part of an entity of another type that the session has; give that"}
}

// stateOf returns the state of an entity that is part of the session, or nil.
// An entity that can't be one is an error.
func (s *Session) stateOf(entity any) (*state, error) {
	t, p, err := pointerOf(entity)
	if err != nil {
		return nil, err
	}
	st := s.held(p)
	if st != nil && !st.m.isOf(t) {
		return nil, firstPart(t)
	}
	return st, nil
}

func (s *Session) indexStates() {
	s.awaken()
	if s.byObject == nil && len(s.states) > 1 {
		s.byObject = make(map[mem.Pointer]*state, len(s.states)-s.indexed)
	}
	for ; s.indexed < len(s.states); s.indexed++ {
		if st := s.states[s.indexed]; st.status != detached {
			put(&s.byObject, st.obj, st)
		}
	}
}

func (s *Session) indexPending() {
	for ; s.waiting < len(s.pending); s.waiting++ {
		st := s.pending[s.waiting]
		put(&s.byObject, st.obj, st)
	}
}
