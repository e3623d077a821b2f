package orm

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// An entity that a session has read is known to that session alone: noting each
// row where others see it would cost every reader. So the session that is about
// to insert an entity whose key is set asks the others, as far as they are not
// at work. One that is at work in another goroutine is not asked; the database
// then refuses the key that is there already.

// use says who uses a session: nobody, its goroutine, or another session that
// looks for an entity in it.
type use struct {
	state  atomic.Int32
	looked sync.Mutex // held by who looks
}

const (
	idle int32 = iota
	inUse
	lookedAt
)

// claim takes the session for one call, and reports whether nobody else has it.
// A look from another session is short and is waited for.
func (u *use) claim() bool {
	for !u.state.CompareAndSwap(idle, inUse) {
		if u.state.Load() == inUse {
			return false
		}
		u.looked.Lock() // until the look is over
		claimed := u.state.CompareAndSwap(idle, inUse)
		u.looked.Unlock()
		if claimed {
			break
		}
	}
	return true
}

func (u *use) release() { u.state.Store(idle) }

// look runs f while the session stands still. It does nothing where the session
// is in use.
func (u *use) look(f func()) {
	u.looked.Lock()
	defer u.looked.Unlock()
	if u.state.CompareAndSwap(idle, lookedAt) {
		defer u.state.Store(idle)
		f()
	}
}

// heldElsewhere finds entities to be inserted that another session has read.
func (w *work) heldElsewhere(s *Session) error {
	var errs []error
	var keyed map[*mapper]map[mem.Pointer]*state
	holders.each(func(other *Session) bool {
		if other == s {
			return true
		}
		if keyed == nil {
			keyed = w.keyedInserts()
		}
		if len(keyed) == 0 {
			return false
		}
		other.use.look(func() {
			for _, im := range other.idents {
				for m, entities := range keyed {
					if m.root() == im.of.m {
						errs = append(errs, im.held(m, entities)...)
					}
				}
			}
		})
		return true
	})
	return errors.Join(errs...)
}

// keyedInserts returns the entities to be inserted whose key is set.
func (w *work) keyedInserts() map[*mapper]map[mem.Pointer]*state {
	keyed := map[*mapper]map[mem.Pointer]*state{}
	for _, t := range w.tables {
		if t.m.keyKind == keyNone {
			continue
		}
		for _, c := range t.inserts {
			if t.m.keyUnset(c.st.obj) {
				continue
			}
			if keyed[t.m] == nil {
				keyed[t.m] = map[mem.Pointer]*state{}
			}
			keyed[t.m][c.st.obj] = c.st
		}
	}
	return keyed
}

// keyUnset reports whether the entity has no key yet.
func (m *mapper) keyUnset(p mem.Pointer) bool {
	for _, a := range m.key {
		if !a.codec.IsZero(a.at(p)) {
			return false
		}
	}
	return true
}

// held returns an error for each of the entities that the map has.
func (im *identityMap) held(m *mapper, entities map[mem.Pointer]*state) []error {
	var errs []error
	check := func(st *state) {
		if st != nil && entities[st.obj] != nil && (st.status == persistent || st.status == deleting) {
			errs = append(errs, &ModelError{Entity: m.describe(st.obj), Reason: reasonElsewhere})
		}
	}
	im.index(m)
	if len(im.ints)+len(im.bytes) <= len(entities) {
		for _, st := range im.ints {
			check(st)
		}
		for _, st := range im.bytes {
			check(st)
		}
		return errs
	}
	for p := range entities {
		if ikey, skey, err := m.identity(p); err == nil {
			check(im.get(m, ikey, skey))
		}
	}
	return errs
}
