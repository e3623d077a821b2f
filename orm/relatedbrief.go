package orm

import (
	"cmp"
	"math"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// brief is what one statement has found, where each of its rows is an entity that is
// new: the session says what was found, in its order, and here is only for whom.
type brief struct {
	states int // of the session before the statement
	latent int // runs of the session before the statement
	n      int // entities
	shares []share
	lists  [][]mem.Pointer
}

// share is of so many entities, one behind the other, the group that they are for.
type share struct{ group, n int32 }

// begin forgets the statement before, and says where the entities of the next begin.
func (b *brief) begin(s *Session) {
	b.states, b.latent, b.n, b.shares = s.size(), len(s.latent), 0, b.shares[:0]
}

// add says for whom the newest entity is.
func (b *brief) add(group int32) {
	b.n++
	if n := len(b.shares); n > 0 && b.shares[n-1].group == group {
		b.shares[n-1].n++
		return
	}
	push(&b.shares, share{group, 1})
}

// groups are those of each entity.
func (b *brief) groups() []int32 {
	out := make([]int32, 0, b.n)
	for _, s := range b.shares {
		for range s.n {
			out = append(out, s.group)
		}
	}
	return out
}

// linkBrief makes the lists of the statement, if it was brief.
func (l *relatedLoader) linkBrief() bool {
	b := &l.brief
	if b.n == 0 {
		return false
	}
	if b.lists == nil {
		b.lists = make([][]mem.Pointer, l.groups.n)
	}
	sizes := make([]int32, l.groups.n)
	for _, s := range b.shares {
		sizes[s.group] += s.n
	}
	l.makeLists(b.lists, sizes, b.n)
	if runs := l.runs(); runs != nil {
		b.linkRuns(runs)
		return true
	}
	states, groups := l.s.all()[b.states:], b.groups()
	sortBrief(states, groups, l.sorted.desc)
	for i, st := range states {
		list := &b.lists[groups[i]]
		*list = append(*list, st.obj)
	}
	return true
}

// linkRuns gives entities to their owners in the order in which they came.
func (b *brief) linkRuns(runs []latent) {
	at, left := 0, b.shares[0].n
	for i := range runs {
		for j := range int(runs[i].n) {
			if left == 0 {
				at++
				left = b.shares[at].n
			}
			left--
			list := &b.lists[b.shares[at].group]
			*list = append(*list, runs[i].entity(j))
		}
	}
}

// runs are all that the statement has found, where it is latent and in the order of
// the keys that the lists are to have; nil where it is not.
func (l *relatedLoader) runs() []latent {
	b, s := &l.brief, l.s
	if l.sorted.desc || len(s.latent) <= b.latent || s.size() != b.states+b.n {
		return nil
	}
	found, n, last := s.latent[b.latent:], 0, int64(math.MinInt64)
	key := l.rel.target.key[0]
	for i := range found {
		for j := range int(found[i].n) {
			k := *(*int64)(key.at(found[i].entity(j)))
			if k < last {
				return nil
			}
			last = k
			n++
		}
	}
	if n != b.n {
		return nil
	}
	return found
}

// sortBrief sorts states by their keys, and their groups with them.
func sortBrief(states []*state, groups []int32, desc bool) {
	if desc {
		slices.Reverse(states)
		slices.Reverse(groups)
	}
	turn := func(a, b int64) int {
		if desc {
			a, b = b, a
		}
		return cmp.Compare(a, b)
	}
	if slices.IsSortedFunc(states, func(a, b *state) int { return turn(a.ikey, b.ikey) }) {
		return
	}
	type placed struct {
		st    *state
		key   int64
		group int32
	}
	list := make([]placed, len(states))
	for i, st := range states {
		list[i] = placed{st, st.ikey, groups[i]}
	}
	slices.SortFunc(list, func(a, b placed) int { return turn(a.key, b.key) })
	for i := range list {
		states[i], groups[i] = list[i].st, list[i].group
	}
}
