package orm

import (
	"cmp"
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
	if runs := b.runs(l.s); runs != nil {
		b.linkRuns(runs)
		l.sortRuns(runs)
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

// runs are all that the statement has found, where it is latent; nil where it is not.
func (b *brief) runs(s *Session) []latent {
	n := 0
	for i := b.latent; i < len(s.latent); i++ {
		n += int(s.latent[i].n)
	}
	if n != b.n || s.size() != b.states+n {
		return nil
	}
	return s.latent[b.latent:]
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

// sortRuns sorts the lists of the statement, where entities came in another order than
// that of their keys, and says so of their states.
func (l *relatedLoader) sortRuns(runs []latent) {
	key := l.rel.target.key[0]
	of := func(p mem.Pointer) int64 { return *(*int64)(key.at(p)) }
	order := inKeyOrder
	if l.sorted.desc {
		order = againstKeyOrder
	}
	turn := func(a, b mem.Pointer) int { return order.compare(of(a), of(b)) }
	var last mem.Pointer
	sorted := true
	for i := range runs {
		runs[i].order = order
		for j := 0; sorted && j < int(runs[i].n); j++ {
			p := runs[i].entity(j)
			sorted = last == nil || turn(last, p) <= 0
			last = p
		}
	}
	if sorted {
		return
	}
	for _, s := range l.brief.shares {
		if list := l.brief.lists[s.group]; !slices.IsSortedFunc(list, turn) {
			slices.SortFunc(list, turn)
		}
	}
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
