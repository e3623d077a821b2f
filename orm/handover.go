package orm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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

// handOver marks the deletes of a table that have to go early, and finds which
// updates and inserts take a value that another update lets go.
func (t *tableWork) handOver() error {
	if len(t.deletes) == 0 && (len(t.updates) == 0 || len(t.updates)+len(t.inserts) < 2) {
		return nil
	}
	for _, cols := range uniqueKeys(t.m.table) {
		t.markEarly(cols)
		t.findHolders(cols)
	}
	return t.levelUpdates()
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
	early := func(c *change) bool { return c.early }
	if !slices.ContainsFunc(w.tables, func(t *tableWork) bool { return slices.ContainsFunc(t.deletes, early) }) {
		return out
	}
	index := newRowIndex()
	for _, t := range w.tables {
		for _, c := range t.deletes {
			index.add(c, c.oldValue)
		}
	}
	w.spreadEarly(index)
	for _, t := range w.tables {
		out = append(out, t.updateSteps(early)...)
	}
	out = w.deleteSteps(out, early)
	for _, t := range w.tables {
		for _, c := range t.all() {
			c.sent = c.early
		}
	}
	return out
}

// spreadEarly makes early what has to go before an early change: deletes and
// updates of rows that reference an early delete, and what lets go of a value
// for an early update.
func (w *work) spreadEarly(index *rowIndex) {
	var queue []*change
	mark := func(c *change) {
		if !c.early {
			c.early = true
			queue = append(queue, c)
		}
	}
	children := map[*change][]*change{}
	for _, t := range w.tables {
		for _, c := range slices.Concat(t.deletes, t.updates) {
			for _, p := range index.parents(c, c.oldValue) {
				children[p] = append(children[p], c)
			}
			if c.early {
				queue = append(queue, c)
			}
		}
	}
	for len(queue) > 0 {
		c := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, child := range children[c] {
			mark(child)
		}
		for _, n := range c.at().needs {
			mark(n.from)
		}
	}
}

// need says that a change takes a value of cols that another lets go.
type need struct {
	from *change
	cols []*schema.Column
}

// findHolders finds the needs of one unique key.
func (t *tableWork) findHolders(cols []*schema.Column) {
	holders := map[string]*change{}
	for _, c := range t.updates {
		if c.sets(cols) {
			if key, ok := tuple(cols, c.oldValue); ok {
				holders[key] = c
			}
		}
	}
	if len(holders) == 0 {
		return
	}
	for _, list := range [][]*change{t.updates, t.inserts} {
		for _, c := range list {
			if c.shape == nil && !c.sets(cols) {
				continue
			}
			if key, ok := tuple(cols, c.newValue); ok {
				if p := holders[key]; p != nil && p != c {
					c.put().place.needs = append(c.put().place.needs, need{p, cols})
				}
			}
		}
	}
}

// levelUpdates puts an update that takes a value on a higher level than the one
// that lets it go. Rows that swap values in a circle go through NULL.
func (t *tableWork) levelUpdates() error {
	l := leveler{t: t, open: map[*change]bool{}, done: map[*change]bool{}}
	for _, c := range slices.Clone(t.updates) {
		if err := l.visit(c); err != nil {
			return err
		}
	}
	return nil
}

type leveler struct {
	t          *tableWork
	path       []*change
	open, done map[*change]bool
}

func (l *leveler) visit(c *change) error {
	if len(c.at().needs) == 0 || l.done[c] {
		return nil
	}
	l.open[c] = true
	l.path = append(l.path, c)
	for i := 0; i < len(c.at().needs); i++ {
		p := c.more.place.needs[i].from
		if l.open[p] && p != c {
			if err := l.breakCircle(&c.more.place.needs[i]); err != nil {
				return err
			}
			p = c.more.place.needs[i].from
		}
		if err := l.visit(p); err != nil {
			return err
		}
		c.put().place.level = max(c.at().level, p.at().level+1)
	}
	l.path = l.path[:len(l.path)-1]
	l.open[c], l.done[c] = false, true
	return nil
}

// breakCircle has the holder of the value that n takes let go of it by NULL,
// before its own update.
func (l *leveler) breakCircle(n *need) error {
	holder, t := n.from, l.t
	for _, col := range n.cols {
		if !col.Nullable || !holder.setsOne(col) {
			continue
		}
		if h := &holder.put().place; h.release == nil {
			h.release = holder.another(nil, nil)
			h.release.interim = true
			t.updates = append(t.updates, h.release)
			h.level = max(h.level, 1)
		}
		r := holder.more.place.release
		if !r.setsOne(col) {
			r.more.set, r.more.values = append(r.more.set, r.m().attrOf(col)), append(r.more.values, sqltype.Value{})
		}
		n.from = r
		return nil
	}
	other := l.path[len(l.path)-1]
	return &FlushError{
		Entity: other.st.m.describe(other.st.snap) + " and " + holder.st.m.describe(holder.st.snap), Op: "update",
		Err: fmt.Errorf("they swap values of %s, which are unique and can't be NULL: %w", columnNames(n.cols), errSwap),
	}
}

var errSwap = errors.New("write one of them with another value first, flush, and then both")

func columnNames(cols []*schema.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.FullName()
	}
	return strings.Join(names, ", ")
}

func (c *change) sets(cols []*schema.Column) bool { return slices.ContainsFunc(cols, c.setsOne) }

func (c *change) setsOne(col *schema.Column) bool {
	return slices.ContainsFunc(c.attrs(), func(a *attr) bool { return a.col == col })
}
