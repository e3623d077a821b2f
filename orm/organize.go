package orm

import (
	"cmp"
	"slices"
)

// op is what a step of a flush does.
type op uint8

const (
	opUpdate  op = iota
	opInterim    // sets unique columns to NULL for a moment, so that values can be swapped
	opInsert
	opDelete
)

// step is one batch: changes of one kind and one set of columns.
type step struct {
	op      op
	m       *mapper
	changes []*change
}

func (c *change) op() op {
	switch {
	case c.shape != nil:
		return opInsert
	case c.interim:
		return opInterim
	case c.st.status == deleting && !c.read().soft:
		return opDelete
	}
	return opUpdate
}

// organize sorts tables by foreign keys, and rows where tables alone do not
// decide.
func (w *work) organize() error {
	if len(w.tables) == 1 {
		t := w.tables[0]
		t.cyclic = t.m.base.state.Load().cyclic[t.m.table]
		t.sortByKey()
		return t.handOver()
	}
	bases := map[*Base]int{}
	states := map[*Base]*baseState{}
	for _, t := range w.tables {
		if _, ok := bases[t.m.base]; !ok {
			bases[t.m.base] = len(bases)
			states[t.m.base] = t.m.base.state.Load()
		}
		t.cyclic = states[t.m.base].cyclic[t.m.table]
	}
	slices.SortStableFunc(w.tables, func(a, b *tableWork) int {
		if n := cmp.Compare(bases[a.m.base], bases[b.m.base]); n != 0 {
			return n
		}
		order := states[a.m.base].order
		return cmp.Compare(order[a.m.table], order[b.m.table])
	})
	for _, t := range w.tables {
		t.sortByKey()
		if err := t.handOver(); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableWork) all() []*change { return slices.Concat(t.updates, t.inserts, t.deletes) }

// steps lists the batches in the order in which they are sent: deletes that
// make room first, with the updates that let go of what they delete; then by
// table updates and inserts; then the other deletes, children first.
func (w *work) steps() []step {
	out := w.appendEarly(w.little.steps[:0])
	unsent := func(c *change) bool { return !c.sent }
	if slices.ContainsFunc(w.tables, (*tableWork).byRow) {
		out = w.appendByRow(out)
	} else {
		for _, t := range w.tables {
			out = append(out, t.updateSteps(unsent)...)
			out = appendSteps(out, t.inserts)
		}
	}
	return w.deleteSteps(out, unsent)
}

// byRow reports whether the order of tables does not do for what the table inserts,
// or has wait for inserts.
func (t *tableWork) byRow() bool {
	return t.cyclic && (len(t.inserts) > 0 || slices.ContainsFunc(t.updates, func(c *change) bool { return len(c.bonds) > 0 }))
}

// updateSteps groups updates by level and by the columns that they set.
func (t *tableWork) updateSteps(which func(c *change) bool) []step {
	list := filter(t.updates, which)
	slices.SortStableFunc(list, func(a, b *change) int { return cmp.Compare(a.at().level, b.at().level) })
	var out []step
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].at().level == list[0].at().level {
			n++
		}
		out = appendSteps(out, list[:n])
		list = list[n:]
	}
	return out
}

func filter(list []*change, which func(c *change) bool) []*change {
	var out []*change
	for _, c := range list {
		if which(c) {
			out = append(out, c)
		}
	}
	return out
}

// appendSteps puts changes that may go in any order into batches, in the order
// of the first of each.
func appendSteps(out []step, list []*change) []step {
	if len(list) > 0 && !slices.ContainsFunc(list[1:], func(c *change) bool { return !sameBatch(list[0], c) }) {
		return append(out, step{list[0].op(), list[0].m(), list})
	}
	from := len(out)
	last := -1 // mostly the next belongs to the same
	for _, c := range list {
		if last < 0 || !sameBatch(out[last].changes[0], c) {
			last = from
			for last < len(out) && !sameBatch(out[last].changes[0], c) {
				last++
			}
		}
		if last == len(out) {
			out = append(out, step{op: c.op(), m: c.m()})
		}
		out[last].changes = append(out[last].changes, c)
	}
	return out
}

func sameBatch(a, b *change) bool {
	return a.m() == b.m() && a.st.at == b.st.at && a.shape == b.shape && a.op() == b.op() && (a.shape != nil || slices.Equal(a.attrs(), b.attrs()) && (a == b || !a.read().own && !b.read().own))
}

// appendByRow sorts inserts and updates row by row: a row that references a
// new row by its key comes after it.
func (w *work) appendByRow(out []step) []step {
	var rows []*change
	index := newRowIndex()
	for _, t := range w.tables {
		rows = append(rows, filter(t.updates, func(c *change) bool { return !c.sent })...)
		rows = append(rows, t.inserts...)
		for _, c := range t.inserts {
			index.add(c, c.newValue)
		}
	}
	rows = append(rows, cutInserts(rows, index)...)
	return appendSorted(out, rows, func(c *change) []*change {
		before := append(index.parents(c, c.newValue), index.awaited(c)...)
		if b := c.read().below; b != nil {
			before = append(before, b)
		}
		for _, n := range c.at().needs {
			before = append(before, n.from)
		}
		if r := c.at().release; r != nil {
			before = append(before, r)
		}
		return before
	})
}

// deleteSteps appends deletes, children first: by table, and by row where a
// table references itself, directly or through others.
func (w *work) deleteSteps(out []step, which func(c *change) bool) []step {
	cyclic := false
	var rows []*change
	for _, t := range slices.Backward(w.tables) {
		list := filter(t.deletes, which)
		rows = append(rows, list...)
		cyclic = cyclic || t.cyclic && len(list) > 0
	}
	if !cyclic {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && rows[n].m() == rows[0].m() && rows[n].st.at == rows[0].st.at {
				n++
			}
			out = append(out, step{opDelete, rows[0].m(), rows[:n:n]})
			rows = rows[n:]
		}
		return out
	}
	index := newRowIndex()
	for _, c := range rows {
		index.add(c, c.oldValue)
	}
	cuts := cutDeletes(rows, index)
	children := map[*change][]*change{}
	var releases []*change
	for _, c := range rows {
		for _, l := range index.links(c, c.oldValue) {
			if r := cuts[cut{c, l.to}]; r != nil {
				children[l.to], releases = append(children[l.to], r), append(releases, r)
			} else if l.to != c {
				children[l.to] = append(children[l.to], c)
			}
		}
	}
	return appendSorted(out, append(rows, releases...), func(c *change) []*change { return children[c] })
}

// appendSorted sorts rows so that each comes after those that it needs, in as
// few batches as that allows: rows of one batch are sent in their order.
func appendSorted(out []step, rows []*change, needs func(c *change) []*change) []step {
	sorted := sortRows(rows, needs)
	level := make(map[*change]int, len(sorted))
	var byLevel [][]*change
	for _, c := range sorted {
		n := 0
		for _, p := range needs(c) {
			at, before := level[p]
			switch {
			case !before: // on a circle, or sent already
			case sameBatch(p, c) && c.op() != opUpdate && !c.waitsFor(p):
				n = max(n, at)
			default:
				n = max(n, at+1)
			}
		}
		level[c] = n
		for n >= len(byLevel) {
			byLevel = append(byLevel, nil)
		}
		byLevel[n] = append(byLevel[n], c)
	}
	for _, list := range byLevel {
		out = appendSteps(out, list)
	}
	return out
}
