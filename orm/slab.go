package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// slabSize is how many entities are allocated at once when many are read, and
// firstSlab how many at first: most queries read few. An entity that is kept
// keeps its slab.
const (
	firstSlab = 2
	slabSize  = 64
)

// memoryKind is memory of one type.
type memoryKind struct {
	// make returns the first of so many zero variables, which lie one behind the other.
	make func(n int) mem.Pointer
	size uintptr
}

// slab is memory for variables of one type, more of it at a time the more are made.
type slab struct {
	of   memoryKind
	free mem.Pointer // the first of those that are left
	left int
	n    int // how many are made next
	most int
}

// slab returns one that makes first entities at first, and most at a time.
func (m *mapper) slab(first, most int) slab { return m.entity.slab(first, most) }

func (k memoryKind) slab(first, most int) slab { return slab{of: k, n: first, most: most} }

// next returns a new variable.
func (s *slab) next() mem.Pointer {
	if s.left == 0 {
		s.free, s.left = s.of.make(s.n), s.n
		s.n = min(2*s.n, s.most)
	}
	p := s.free
	if s.left--; s.left > 0 {
		s.free = mem.Add(p, s.of.size)
	} else {
		s.free = nil // behind the last is not ours
	}
	return p
}
