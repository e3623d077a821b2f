package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// slabSize is how many entities are allocated at once when many are read, and
// firstSlab how many at first: most queries read few. An entity that is kept
// keeps its slab.
const (
	firstSlab = 2
	slabSize  = 64
)

// slab is memory for entities of one type, more of it at a time the more are made.
type slab struct {
	m    *mapper
	free mem.Pointer // the first of those that are left
	left int
	n    int // how many are made next
	most int
}

// slab returns one that makes first entities at first, and most at a time.
func (m *mapper) slab(first, most int) slab { return slab{m: m, n: first, most: most} }

// next returns a new entity.
func (s *slab) next() mem.Pointer {
	if s.left == 0 {
		s.free, s.left = s.m.make(s.n), s.n
		s.n = min(2*s.n, s.most)
	}
	p := s.free
	if s.left--; s.left > 0 {
		s.free = mem.Add(p, s.m.size)
	} else {
		s.free = nil // behind the last is not ours
	}
	return p
}
