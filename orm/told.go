package orm

import (
	"slices"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// A program may say twice where an entity belongs before the next flush, each time
// at another end. The later word counts, so each is told with its moment.

// lastWord counts what programs say of relationships. It is one for all sessions,
// as entities are related before any session has them.
var lastWord atomic.Uint64

// unknownMoment is before all that was said since the last flush.
const unknownMoment = 1

func nextMoment() uint64 { return unknownMoment + lastWord.Add(1) }

// telling is one word about an item.
type telling struct {
	item mem.Pointer
	when uint64
	on   bool // it was added
}

// told is what was said of a toMany since the last flush, and what makes its many
// items quick to find.
type told struct {
	words []telling
	index map[mem.Pointer]struct{} // the items; of another version of them if their numbers differ
}

// indexFrom is from how many items on they are found by an index.
const indexFrom = 32

func (m *toMany) words() []telling {
	if m.told == nil {
		return nil
	}
	return m.told.words
}

func (m *toMany) tell(p mem.Pointer, on bool) {
	if m.told == nil {
		m.told = &told{}
	}
	m.told.words = append(m.told.words, telling{p, nextMoment(), on})
}

// has reports whether the entity is among the items.
func (m *toMany) has(p mem.Pointer) bool {
	if len(m.items) < indexFrom {
		return slices.Contains(m.items, p)
	}
	if m.told == nil {
		m.told = &told{}
	}
	if len(m.told.index) != len(m.items) { // a copy of the field may have gone on with it
		m.told = &told{words: slices.Clip(m.told.words), index: make(map[mem.Pointer]struct{}, len(m.items))}
		for _, x := range m.items {
			m.told.index[x] = struct{}{}
		}
	}
	_, ok := m.told.index[p]
	return ok
}

// keep appends what is not there yet. Items before it are not touched: a snapshot
// may share them.
func (m *toMany) keep(p mem.Pointer) {
	if m.has(p) {
		return
	}
	m.items = append(m.items, p)
	if m.told != nil && m.told.index != nil && len(m.told.index) == len(m.items)-1 {
		m.told.index[p] = struct{}{}
	}
}

// drop leaves the old items as they are, for the same reason.
func (m *toMany) drop(gone map[mem.Pointer]bool) {
	m.items = slices.DeleteFunc(slices.Clone(m.items), func(p mem.Pointer) bool { return gone[p] })
	m.forgetIndex()
}

func (m *toMany) forgetIndex() {
	if m.told != nil {
		m.told = &told{words: m.told.words}
	}
}

// add is what a program says.
func (m *toMany) add(ps []mem.Pointer) {
	for _, p := range ps {
		m.keep(p)
		m.tell(p, true)
	}
}

// remove is what a program says.
func (m *toMany) remove(ps []mem.Pointer) {
	gone := make(map[mem.Pointer]bool, len(ps))
	for _, p := range ps {
		if m.has(p) {
			gone[p] = true
		}
		m.tell(p, false)
	}
	if len(gone) > 0 {
		m.drop(gone)
	}
}

// set is what a program says.
func (m *toMany) set(ps []mem.Pointer) {
	before := m.items
	m.items = nil
	m.forgetIndex()
	for _, p := range before {
		m.tell(p, false)
	}
	m.add(ps)
}
