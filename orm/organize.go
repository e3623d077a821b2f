package orm

import (
	"slices"
	"sort"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// op is what a step of a flush does.
type op uint8

const (
	opUpdate op = iota
	opInsert
	opDelete
	opRelease // sets unique columns to NULL for a moment, so that values can be swapped
)

// step is one batch: changes of one kind and one set of columns.
type step struct {
	op      op
	m       *mapper
	changes []*change
}

// organize sorts tables by foreign keys, and rows where tables alone do not
// decide.
func (w *work) organize() error {
	sort.SliceStable(w.tables, func(i, j int) bool {
		a, b := w.tables[i].m, w.tables[j].m
		return a.base == b.base && a.base.order[a.table] < b.base.order[b.table]
	})
	for _, t := range w.tables {
		if err := w.handOver(t); err != nil {
			return err
		}
	}
	return nil
}

// steps lists the batches in the order in which they are sent: deletes that
// make room first, with the updates that let go of what they delete; then by
// table updates and inserts; then the other deletes, children first.
func (w *work) steps() []step {
	var out []step
	out = w.appendEarly(out)
	if w.cyclic() {
		out = w.appendByRow(out)
	} else {
		for _, t := range w.tables {
			out = append(out, t.updateSteps(func(c *change) bool { return !c.sent })...)
			out = append(out, insertSteps(t.inserts)...)
		}
	}
	for i := len(w.tables) - 1; i >= 0; i-- {
		t := w.tables[i]
		out = append(out, deleteSteps(t.m, w.childrenFirst(t))...)
	}
	return out
}

// updateSteps groups updates by level and by the columns that they set.
func (t *tableWork) updateSteps(which func(c *change) bool) []step {
	var list []*change
	for _, c := range t.updates {
		if which(c) {
			list = append(list, c)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].level < list[j].level })
	var out []step
	for len(list) > 0 {
		level, attrs := list[0].level, list[0].attrs
		var same, rest []*change
		for _, c := range list {
			if c.level == level && slices.Equal(c.attrs, attrs) && c.release == list[0].release {
				same = append(same, c)
			} else {
				rest = append(rest, c)
			}
		}
		kind := opUpdate
		if list[0].release {
			kind = opRelease
		}
		out = append(out, step{kind, t.m, same})
		list = rest
	}
	return out
}

// insertSteps groups inserts of one table by shape, in the order of the first
// of each.
func insertSteps(list []*change) []step {
	var out []step
	byShape := map[*shape]int{}
	for _, c := range list {
		i, ok := byShape[c.shape]
		if !ok {
			i = len(out)
			byShape[c.shape] = i
			out = append(out, step{op: opInsert, m: c.st.m})
		}
		out[i].changes = append(out[i].changes, c)
	}
	return out
}

func deleteSteps(m *mapper, list []*change) []step {
	var left []*change
	for _, c := range list {
		if !c.sent {
			left = append(left, c)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return []step{{opDelete, m, left}}
}

// cyclic reports whether a table of the flush references itself, directly or
// through others, so that rows have to be sorted.
func (w *work) cyclic() bool {
	for _, t := range w.tables {
		if len(t.inserts) > 0 && t.m.base.cyclic[t.m.table] {
			return true
		}
	}
	return false
}

// appendByRow sorts inserts and updates row by row: a row that references a
// new row by its key comes after it.
func (w *work) appendByRow(out []step) []step {
	var rows []*change
	for _, t := range w.tables {
		for _, c := range t.updates {
			if !c.sent {
				rows = append(rows, c)
			}
		}
		rows = append(rows, t.inserts...)
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].level < rows[j].level })
	index := w.indexInserts()
	sorted := sortRows(rows, func(c *change) []*change { return index.parents(c, c.newValue) })
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sameBatch(sorted[i], sorted[j]) {
			j++
		}
		kind := opInsert
		switch {
		case sorted[i].release:
			kind = opRelease
		case sorted[i].shape == nil:
			kind = opUpdate
		}
		out = append(out, step{kind, sorted[i].st.m, sorted[i:j]})
		i = j
	}
	return out
}

func sameBatch(a, b *change) bool {
	return a.st.m == b.st.m && a.shape == b.shape && a.release == b.release && a.level == b.level &&
		(a.shape != nil || slices.Equal(a.attrs, b.attrs))
}

// childrenFirst sorts the deletes of a table that references itself.
func (w *work) childrenFirst(t *tableWork) []*change {
	if len(t.deletes) < 2 || !t.m.base.cyclic[t.m.table] {
		return t.deletes
	}
	index := newRowIndex()
	for _, c := range t.deletes {
		index.add(c, c.oldValue)
	}
	parentsFirst := sortRows(t.deletes, func(c *change) []*change { return index.parents(c, c.oldValue) })
	slices.Reverse(parentsFirst)
	return parentsFirst
}

// sortRows puts each row after those that it needs, and else keeps the order.
// Rows on a cycle keep theirs: a deferred constraint may allow it.
func sortRows(rows []*change, needs func(c *change) []*change) []*change {
	const (
		fresh = iota
		open
		done
	)
	mark := make(map[*change]int, len(rows))
	in := make(map[*change]bool, len(rows))
	for _, c := range rows {
		in[c] = true
	}
	out := make([]*change, 0, len(rows))
	var visit func(c *change)
	visit = func(c *change) {
		if mark[c] != fresh || !in[c] {
			return
		}
		mark[c] = open
		for _, p := range needs(c) {
			visit(p)
		}
		mark[c] = done
		out = append(out, c)
	}
	for _, c := range rows {
		visit(c)
	}
	return out
}

// newValue returns what the row will hold in the column, where the flush knows
// it.
func (c *change) newValue(col *schema.Column) (sqltype.Value, bool) {
	for i, a := range c.attrs {
		if a.col == col {
			return c.values[i], !c.values[i].IsNull()
		}
	}
	if c.shape != nil {
		return sqltype.Value{}, false
	}
	return c.oldValue(col)
}

// oldValue returns what the row holds in the database, as far as known.
func (c *change) oldValue(col *schema.Column) (sqltype.Value, bool) {
	a := c.st.m.attrOf(col)
	if a == nil || c.st.snap == nil {
		return sqltype.Value{}, false
	}
	if a.ref >= 0 {
		return c.st.refs[a.ref], !c.st.refs[a.ref].IsNull()
	}
	v, err := a.encode(c.st.snap)
	return v, err == nil && !v.IsNull()
}

// rowIndex finds rows by the values of columns.
type rowIndex struct {
	rows map[*schema.Table][]indexedRow
	sets map[string]map[string]*change
}

type indexedRow struct {
	c   *change
	get func(col *schema.Column) (sqltype.Value, bool)
}

func newRowIndex() *rowIndex {
	return &rowIndex{rows: map[*schema.Table][]indexedRow{}, sets: map[string]map[string]*change{}}
}

func (x *rowIndex) add(c *change, get func(col *schema.Column) (sqltype.Value, bool)) {
	t := c.st.m.table
	x.rows[t] = append(x.rows[t], indexedRow{c, get})
}

// find returns the row whose columns hold the key.
func (x *rowIndex) find(cols []*schema.Column, key string) *change {
	name := cols[0].Table.FullName()
	for _, c := range cols {
		name += "\x00" + c.Name
	}
	set, ok := x.sets[name]
	if !ok {
		set = map[string]*change{}
		for _, r := range x.rows[cols[0].Table] {
			if k, ok := tuple(cols, r.get); ok {
				set[k] = r.c
			}
		}
		x.sets[name] = set
	}
	return set[key]
}

// parents returns the rows of the index that c references.
func (x *rowIndex) parents(c *change, get func(col *schema.Column) (sqltype.Value, bool)) []*change {
	var out []*change
	for _, fk := range c.st.m.table.ForeignKeys {
		if fk.References == nil || len(x.rows[fk.References]) == 0 {
			continue
		}
		if key, ok := tuple(fk.Columns, get); ok {
			if p := x.find(fk.Referenced, key); p != nil && p != c {
				out = append(out, p)
			}
		}
	}
	return out
}

func tuple(cols []*schema.Column, get func(col *schema.Column) (sqltype.Value, bool)) (string, bool) {
	var buf []byte
	for _, c := range cols {
		v, ok := get(c)
		if !ok {
			return "", false
		}
		buf = appendKeyValue(buf, v)
	}
	return string(buf), true
}

func (w *work) indexInserts() *rowIndex {
	index := newRowIndex()
	for _, t := range w.tables {
		for _, c := range t.inserts {
			index.add(c, c.newValue)
		}
	}
	return index
}
