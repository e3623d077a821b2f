package orm

import (
	"errors"
	"runtime"
	"sync"
	"unsafe"
	"weak"
)

// ownership remembers which entities were added to a session, so that adding
// one to a second session is an error. It outlives the session by a moment and
// never keeps it alive.
type ownership struct {
	session weak.Pointer[Session]

	mu      sync.Mutex
	misuses []error
	claims  map[uintptr]struct{}
}

// owned maps the address of each entity that was added to its ownership. The
// session keeps the entity alive as long as the entry stands for something.
var owned sync.Map // uintptr to *ownership

func newOwnership(s *Session) *ownership {
	o := &ownership{session: weak.Make(s), claims: map[uintptr]struct{}{}}
	runtime.AddCleanup(s, func(o *ownership) { o.releaseAll() }, o)
	return o
}

func (o *ownership) claim(m *mapper, p unsafe.Pointer) error {
	for {
		other, taken := owned.LoadOrStore(uintptr(p), o)
		holder := other.(*ownership)
		if !taken || holder == o {
			o.mu.Lock()
			o.claims[uintptr(p)] = struct{}{}
			o.mu.Unlock()
			return nil
		}
		if holder.session.Value() != nil {
			return &ModelError{Entity: m.describe(p), Reason: reasonElsewhere}
		}
		owned.CompareAndDelete(uintptr(p), holder)
	}
}

const reasonElsewhere = "is part of another session; close that one, or Expunge the entity from it, first"

func (o *ownership) release(p unsafe.Pointer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, mine := o.claims[uintptr(p)]; mine {
		delete(o.claims, uintptr(p))
		owned.CompareAndDelete(uintptr(p), o)
	}
}

func (o *ownership) releaseAll() {
	holders.Delete(o)
	o.mu.Lock()
	defer o.mu.Unlock()
	for p := range o.claims {
		owned.CompareAndDelete(p, o)
	}
	clear(o.claims)
}

func (o *ownership) misuse(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.misuses = append(o.misuses, err)
}

func (o *ownership) misused() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := errors.Join(o.misuses...)
	o.misuses = nil
	return err
}
