package orm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/schema"
)

// Explain returns as text what a flush would send now, in its order, and why,
// without sending a change. Entities that relationships hold become part of the
// session, and what a deletion takes with it is read. Hooks and events are not called. What stops the flush
// before anything is sent is returned as an error.
func (s *Session) Explain(ctx context.Context) (string, error) {
	if err := s.ready(); err != nil {
		return "", err
	}
	defer s.leave()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	r, err := s.relate(ctx)
	if err == nil {
		err = r.numberLate(ctx)
	}
	if err != nil {
		return "", err
	}
	if s.opts.sharding != nil {
		if err := s.place(s.pending, r); err != nil {
			return "", err
		}
	}
	s.awaken()
	w, err := s.collect()
	defer w.unfill()
	if err == nil {
		err = w.heldElsewhere(s)
	}
	if err == nil {
		err = w.organize()
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	r.explain(&b)
	seen := map[*schema.Table]bool{}
	for i, x := range w.steps() {
		fmt.Fprintf(&b, "%d. %s: %s\n", i+1, x.describe(), plural(len(x.changes)))
		x.explainOrder(&b, seen)
		for _, c := range x.changes {
			fmt.Fprintf(&b, "   - %s %s\n", c.st.m.describe(c.st.obj), c.why(x.op))
		}
		if x.op == opInsert {
			seen[x.m.table] = true
		}
	}
	return b.String(), nil
}

func plural(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// describe names the statement of a step.
func (x step) describe() string {
	table := x.m.table.FullName()
	by := " by " + names(x.m.updates.keyColumns)
	c := x.changes[0]
	switch x.op {
	case opInsert:
		s := "INSERT INTO " + table + " (" + names(c.shape.columns) + ")"
		if len(c.shape.returning) > 0 {
			s += ", which gives back " + names(c.shape.returning)
		}
		return s
	case opDelete:
		return "DELETE FROM " + table + by
	}
	s := "UPDATE " + table + " SET " + names(columnsOf(c.attrs())) + by
	if f := x.m.updates.fetched; len(f) > 0 && x.op == opUpdate {
		s += ", which gives back " + names(columnsOf(f))
	}
	return s
}

func names(columns []*schema.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

// explainOrder says what a step had to wait for.
func (x step) explainOrder(b *strings.Builder, seen map[*schema.Table]bool) {
	if x.op != opInsert {
		return
	}
	var after []string
	for _, fk := range x.m.table.ForeignKeys {
		if to := fk.References; to != nil && seen[to] && !slices.Contains(after, to.FullName()) {
			after = append(after, to.FullName())
		}
	}
	if len(after) > 0 {
		fmt.Fprintf(b, "   after the INSERT into %s, which it references\n", strings.Join(after, " and "))
	}
}

// why says what makes the flush write a row.
func (c *change) why(o op) string {
	switch {
	case o == opInsert:
		return "is new"
	case o == opInterim:
		return "lets go of its unique value for a moment, as another row takes it"
	case o == opDelete && c.early:
		return "was deleted; it goes first, as another row takes its unique value or its place"
	case o == opDelete:
		return "was deleted"
	}
	d := c.read()
	if d.soft {
		return "was deleted: its row is marked"
	}
	var changed, made []string
	for i, a := range d.set {
		if d.exprs != nil && d.exprs[i] != nil || slices.ContainsFunc(d.made, func(m madeValue) bool { return m.a == a }) {
			made = append(made, a.name)
		} else {
			changed = append(changed, a.name)
		}
	}
	why := "was changed: " + strings.Join(changed, ", ")
	if d.switched != nil {
		why = "is new, and takes the row of one that was deleted: " + strings.Join(changed, ", ")
	}
	if len(made) > 0 {
		why += "; with it " + strings.Join(made, ", ")
	}
	return why
}
