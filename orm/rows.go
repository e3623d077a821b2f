package orm

import (
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

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
	for i, a := range c.attrs() {
		if a.col == col {
			if hasColumn(awaited(c.bonds), a) {
				return sqltype.Value{}, false
			}
			v, err := c.value(i)
			return v, err == nil && !v.IsNull()
		}
	}
	if c.shape != nil {
		return sqltype.Value{}, false
	}
	return c.oldValue(col)
}

// oldValue returns what the row holds in the database, as far as known.
func (c *change) oldValue(col *schema.Column) (sqltype.Value, bool) {
	a := c.m().attrOf(col)
	if a == nil || c.st.snap == nil {
		return sqltype.Value{}, false
	}
	if a.ref >= 0 {
		v := c.st.kept(a)
		return v, !v.IsNull()
	}
	v, err := a.encode(c.st.snap)
	return v, err == nil && !v.IsNull()
}

// rowIndex finds rows by the values of columns.
type rowIndex struct {
	rows map[*schema.Table][]indexedRow
	sets map[string]map[string]*change
	of   map[*state][]*change // of the tables of its hierarchy
}

type indexedRow struct {
	c   *change
	get func(col *schema.Column) (sqltype.Value, bool)
}

func newRowIndex() *rowIndex {
	return &rowIndex{rows: map[*schema.Table][]indexedRow{}, sets: map[string]map[string]*change{}, of: map[*state][]*change{}}
}

func (x *rowIndex) add(c *change, get func(col *schema.Column) (sqltype.Value, bool)) {
	t := c.m().table
	x.rows[t] = append(x.rows[t], indexedRow{c, get})
	x.of[c.st] = append(x.of[c.st], c)
}

// awaited returns the changes whose keys c needs.
func (x *rowIndex) awaited(c *change) []*change {
	var out []*change
	for _, b := range c.bonds {
		for _, p := range x.of[b.parent] {
			if p != c {
				out = append(out, p)
			}
		}
	}
	return out
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

// link says that a row references another.
type link struct {
	fk   *schema.ForeignKeyConstraint
	to   *change
	bond *bond // instead of fk: a reference to a row that has no key yet
}

// links returns the rows of the index that c references, itself among them.
func (x *rowIndex) links(c *change, get func(col *schema.Column) (sqltype.Value, bool)) []link {
	var out []link
	for _, fk := range c.m().table.ForeignKeys {
		if fk.References == nil || len(x.rows[fk.References]) == 0 {
			continue
		}
		if key, ok := tuple(fk.Columns, get); ok {
			if p := x.find(fk.Referenced, key); p != nil {
				out = append(out, link{fk: fk, to: p})
			}
		}
	}
	return out
}

// parents returns the other rows of the index that c references.
func (x *rowIndex) parents(c *change, get func(col *schema.Column) (sqltype.Value, bool)) []*change {
	var out []*change
	for _, l := range x.links(c, get) {
		if l.to != c {
			out = append(out, l.to)
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
