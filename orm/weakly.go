package orm

import (
	"weak"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Weakly opens a session that only reads, and holds its objects only as long as
// the program does: one row is one object as long as anybody has it, and memory
// is that of what the program keeps. Changes of objects are not noticed, and a row
// that is read again overwrites them; Refresh, Expire and the like, which are for
// objects that the session keeps, refuse them.
func Weakly() SessionOption {
	return func(o *sessionOptions) { o.tx.ReadOnly, o.weak = true, true }
}

// weakMap has the objects of one mapper as long as somebody else has.
type weakMap struct {
	byKey map[rowKeyOf]weak.Pointer[byte]
	sweep int // the size from which on what is gone is taken out
}

const firstSweep = 1024

// get returns the object of a key, or nil.
func (w *weakMap) get(key rowKeyOf) mem.Pointer {
	return mem.Pointer(w.byKey[key].Value())
}

func (w *weakMap) put(key rowKeyOf, p mem.Pointer) {
	if len(w.byKey) >= w.sweep {
		for k, ref := range w.byKey {
			if ref.Value() == nil {
				delete(w.byKey, k)
			}
		}
		w.sweep = max(firstSweep, 2*len(w.byKey))
	}
	w.byKey[key] = weak.Make((*byte)(p))
}

func (s *Session) weakly(of kin) *weakMap {
	w := s.weak[of]
	if w == nil {
		if s.weak == nil {
			s.weak = map[kin]*weakMap{}
		}
		w = &weakMap{byKey: map[rowKeyOf]weak.Pointer[byte]{}, sweep: firstSweep}
		s.weak[of] = w
	}
	return w
}

// weakEntity returns the object of the row at p: the one that somebody has, with
// the row's values, or the one at p.
func (l *loader) weakEntity(p mem.Pointer) (mem.Pointer, error) {
	ikey, skey, err := l.m.identity(p)
	if err != nil {
		return nil, err
	}
	held, key := l.s.weakly(kinOf(l.m, l.site)), rowKeyOf{ikey, skey}
	if known := held.get(key); known != nil {
		l.m.copyRow(known, p)
		return known, l.m.loaded(known)
	}
	held.put(key, p)
	return p, l.m.loaded(p)
}
