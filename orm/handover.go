package orm

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A unique value may change hands within one flush: from a deleted row to a
// new one, from one row to another, or between two rows. What lets a value go
// has to be sent before what takes it.

// uniqueKeys returns the sets of columns whose values are unique in a table.
func uniqueKeys(t *schema.Table) [][]*schema.Column {
	var out [][]*schema.Column
	if t.PrimaryKey != nil {
		out = append(out, t.PrimaryKey.Columns)
	}
	for _, u := range t.Uniques {
		out = append(out, u.Columns)
	}
	for _, ix := range t.Indexes {
		if cols := plainColumns(ix); ix.Unique && ix.Where == nil && cols != nil {
			out = append(out, cols)
		}
	}
	return out
}

func plainColumns(ix *schema.Index) []*schema.Column {
	var cols []*schema.Column
	for _, term := range ix.Terms {
		c, ok := expr.Unwrap(term.X).(*expr.Column)
		if !ok {
			return nil
		}
		cols = append(cols, ix.Table.Column(c.Name))
	}
	return cols
}

// handOver marks the deletes of a table that have to go early, and gives its
// updates levels.
func (w *work) handOver(t *tableWork) error {
	if len(t.deletes) == 0 && len(t.updates) < 2 {
		return nil
	}
	for _, cols := range uniqueKeys(t.m.table) {
		t.markEarly(cols)
		if err := t.levelUpdates(cols); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableWork) markEarly(cols []*schema.Column) {
	if len(t.deletes) == 0 || len(t.inserts)+len(t.updates) == 0 {
		return
	}
	gone := map[string]*change{}
	for _, c := range t.deletes {
		if key, ok := tuple(cols, c.oldValue); ok {
			gone[key] = c
		}
	}
	for _, list := range [][]*change{t.inserts, t.updates} {
		for _, c := range list {
			if key, ok := tuple(cols, c.newValue); ok && gone[key] != nil {
				gone[key].early = true
			}
		}
	}
}

// appendEarly sends the deletes that make room, children before parents, after
// the updates that let go of what they delete.
func (w *work) appendEarly(out []step) []step {
	index := newRowIndex()
	any := false
	for _, t := range w.tables {
		for _, c := range t.deletes {
			any = any || c.early
			index.add(c, c.oldValue)
		}
	}
	if !any {
		return out
	}
	w.spreadEarly(index)
	for _, t := range w.tables {
		release := t.updateSteps(func(c *change) bool { return c.early })
		out = append(out, release...)
	}
	for i := len(w.tables) - 1; i >= 0; i-- {
		t := w.tables[i]
		var early []*change
		for _, c := range w.childrenFirst(t) {
			if c.early {
				early = append(early, c)
			}
		}
		out = append(out, deleteSteps(t.m, early)...)
	}
	w.markSent()
	return out
}

// spreadEarly makes early what has to go before an early delete: deletes and
// updates of rows that reference it.
func (w *work) spreadEarly(index *rowIndex) {
	for again := true; again; {
		again = false
		for _, t := range w.tables {
			for _, list := range [][]*change{t.deletes, t.updates} {
				for _, c := range list {
					for _, p := range index.parents(c, c.oldValue) {
						if p.early && !c.early {
							c.early, again = true, true
						}
					}
				}
			}
		}
	}
}

func (w *work) markSent() {
	for _, t := range w.tables {
		for _, list := range [][]*change{t.deletes, t.updates} {
			for _, c := range list {
				c.sent = c.sent || c.early
			}
		}
	}
}

// levelUpdates puts an update that takes a value after the one that lets it
// go. Rows that swap values in a circle go through NULL.
func (t *tableWork) levelUpdates(cols []*schema.Column) error {
	holders := map[string]*change{}
	for _, c := range t.updates {
		if !c.release && c.sets(cols) {
			if key, ok := tuple(cols, c.oldValue); ok {
				holders[key] = c
			}
		}
	}
	if len(holders) < 2 {
		return nil
	}
	needs := func(c *change) *change {
		if !c.sets(cols) {
			return nil
		}
		key, ok := tuple(cols, c.newValue)
		if p := holders[key]; ok && p != c {
			return p
		}
		return nil
	}
	for _, c := range t.updates {
		if err := t.levelOf(c, cols, needs, nil); err != nil {
			return err
		}
	}
	return nil
}

func (t *tableWork) levelOf(c *change, cols []*schema.Column, needs func(*change) *change, path []*change) error {
	for _, x := range path {
		if x == c {
			return t.breakCircle(c, path[len(path)-1], cols)
		}
	}
	p := needs(c)
	if p == nil || c.released {
		return nil
	}
	if err := t.levelOf(p, cols, needs, append(path, c)); err != nil {
		return err
	}
	if !c.released || c.level <= p.level {
		c.level = max(c.level, p.level+1)
	}
	return nil
}

// breakCircle lets go of the value of c by NULL before anything else.
func (t *tableWork) breakCircle(c, other *change, cols []*schema.Column) error {
	if c.released {
		return nil
	}
	for _, col := range cols {
		if col.Nullable && c.setsOne(col) {
			c.released = true
			t.updates = append(t.updates, &change{
				st: c.st, attrs: []*attr{t.m.attrOf(col)}, values: []sqltype.Value{{}}, level: -1, release: true,
			})
			return nil
		}
	}
	m := t.m
	return &FlushError{
		Entity: m.describe(c.st.obj) + " and " + m.describe(other.st.obj), Op: "update",
		Err: fmt.Errorf("they swap values of %s, which are unique and can't be NULL: %w", columnNames(cols), errSwap),
	}
}

var errSwap = errors.New("write one of them with another value first, flush, and then both")

func columnNames(cols []*schema.Column) string {
	s := ""
	for i, c := range cols {
		if i > 0 {
			s += ", "
		}
		s += c.FullName()
	}
	return s
}

func (c *change) sets(cols []*schema.Column) bool {
	for _, col := range cols {
		if c.setsOne(col) {
			return true
		}
	}
	return false
}

func (c *change) setsOne(col *schema.Column) bool {
	for _, a := range c.attrs {
		if a.col == col {
			return true
		}
	}
	return false
}
