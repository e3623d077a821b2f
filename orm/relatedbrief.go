package orm

import (
	"cmp"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// brief is what one statement has found, where each of its rows is a state that is
// new: the states say what was found, in their order, and here is only for whom.
type brief struct {
	from   int     // of the session's states, the first of the statement's
	groups []int32 // of each of them
	turns  int     // how often the group was another than that of the row before
	lists  [][]mem.Pointer
}

// begin forgets the statement before, and says where the states of the next begin.
func (b *brief) begin(from int) { b.from, b.groups, b.turns = from, b.groups[:0], 0 }

// add says for whom the newest state is.
func (b *brief) add(group int32) {
	if n := len(b.groups); n == 0 || b.groups[n-1] != group {
		b.turns++
	}
	b.groups = append(b.groups, group)
}

// makeRoom makes room for what is still to come, by what came: as many rows for each
// owner as the owners before had, where rows come owner by owner. It is never more
// than some times of what there is.
func (l *relatedLoader) makeRoom() {
	b := &l.brief
	n := len(b.groups)
	if n == 0 || n < cap(b.groups) && len(l.s.states) < cap(l.s.states) {
		return
	}
	more := max(n, 4)
	if b.turns > 1 {
		more = min(max(n*l.groups.n/(b.turns-1)-n, more), 7*more)
	}
	if n == cap(b.groups) {
		b.groups = slices.Grow(b.groups, more)
	}
	if len(l.s.states) == cap(l.s.states) {
		l.s.states = slices.Grow(l.s.states, more)
	}
}

// linkBrief makes the lists of the statement, if it was brief. Its states are sorted
// with what is known of them: their keys are different.
func (l *relatedLoader) linkBrief() bool {
	b := &l.brief
	if len(b.groups) == 0 {
		return false
	}
	states := l.s.states[b.from:]
	b.sort(states, l.sorted.desc)
	if b.lists == nil {
		b.lists = make([][]mem.Pointer, l.groups.n)
	}
	sizes := make([]int32, l.groups.n)
	for _, g := range b.groups {
		sizes[g]++
	}
	l.makeLists(b.lists, sizes, len(states))
	for i, st := range states {
		list := &b.lists[b.groups[i]]
		*list = append(*list, st.obj)
	}
	return true
}

// sort sorts the states by their keys, and the groups with them.
func (b *brief) sort(states []*state, desc bool) {
	if desc {
		slices.Reverse(states)
		slices.Reverse(b.groups)
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
		list[i] = placed{st, st.ikey, b.groups[i]}
	}
	slices.SortFunc(list, func(a, b placed) int { return turn(a.key, b.key) })
	for i := range list {
		states[i], b.groups[i] = list[i].st, list[i].group
	}
}
