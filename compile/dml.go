package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// table returns the table of INSERT, UPDATE or DELETE.
func (c *Compiler) table(s expr.Source) *schema.Table {
	t, ok := s.(*schema.Table)
	if !ok {
		c.Fail(fmt.Errorf("compile: INSERT, UPDATE and DELETE need a table, not a %T", s))
		return nil
	}
	return t
}

// columnName writes the bare name of a column that must belong to t.
func (c *Compiler) columnName(x expr.Expression, t *schema.Table) {
	col, ok := x.(*expr.Column)
	switch {
	case !ok:
		c.Fail(fmt.Errorf("compile: only a column can be assigned to, not a %T", x))
	case col.From != expr.Source(t):
		c.Fail(fmt.Errorf("compile: column %s.%s is assigned to in a statement on %s", sourceName(col.From), col.Name, t.FullName()))
	default:
		c.Identifier(col.Name)
	}
}

func (c *Compiler) bareScope(t *schema.Table) func() {
	c.scope = &scope{sources: []expr.Source{t}, bare: true, outer: c.scope}
	return func() { c.scope = c.scope.outer }
}

func (c *Compiler) insert(p expr.InsertParts) {
	t := c.table(p.Into)
	if t == nil || !c.rowsFit(len(p.Rows)) {
		return
	}
	w := Write{Verb: expr.VerbInsert, Table: t, Columns: columnsOf(p.Columns, t), Rows: len(p.Rows), Returning: p.Returning}
	c.around(w, func() {
		c.Text("INSERT INTO ")
		c.TableName(t)
		defer c.bareScope(t)()
		if len(p.Columns) == 0 {
			c.defaultRows(p, w)
		} else {
			c.Text(" (")
			List(c, ", ", p.Columns, func(x expr.Expression) { c.columnName(x, t) })
			c.Text(")")
			c.overriding(p.Columns, t)
			c.output(w)
			c.Text(" VALUES ")
			List(c, ", ", p.Rows, c.row)
		}
		c.returning(w)
	})
}

// columnsOf returns those of the columns that belong to t.
func columnsOf(refs []expr.Expression, t *schema.Table) []*schema.Column {
	var cols []*schema.Column
	for _, x := range refs {
		if ref, ok := expr.Unwrap(x).(*expr.Column); ok && ref.From == expr.Source(t) {
			if col := t.Column(ref.Name); col != nil {
				cols = append(cols, col)
			}
		}
	}
	return cols
}

// rowsFit refuses more rows than one VALUES can have.
func (c *Compiler) rowsFit(n int) bool {
	limit := c.rules.MaxRows
	if limit == 0 || n <= limit {
		return true
	}
	c.Unsupported(fmt.Sprintf("%d rows in one VALUES, which has %d at most", n, limit), "insert them as a batch, which is split")
	return false
}

// defaultRows writes an INSERT of a row of defaults: of the first column, where
// the product can't leave them all out.
func (c *Compiler) defaultRows(p expr.InsertParts, w Write) {
	if len(p.Rows) > 1 {
		c.Fail(errors.New("compile: several rows of defaults can't be inserted by one statement; insert them one by one"))
		return
	}
	if c.rules.DefaultRow != "" {
		c.output(w)
		c.Text(" " + c.rules.DefaultRow)
		return
	}
	c.Text(" (")
	c.Identifier(w.Table.Columns()[0].Name)
	c.Text(")")
	c.output(w)
	c.Text(" VALUES (DEFAULT)")
}

func (c *Compiler) overriding(columns []expr.Expression, t *schema.Table) {
	if c.rules.Overriding == "" {
		return
	}
	for _, x := range columns {
		if col, ok := x.(*expr.Column); ok {
			if def := t.Column(col.Name); def != nil && def.Identity != nil && def.Identity.Always {
				c.Text(" " + c.rules.Overriding)
				return
			}
		}
	}
}

func (c *Compiler) row(values []expr.Expression) {
	c.Text("(")
	List(c, ", ", values, c.assigned)
	c.Text(")")
}

func (c *Compiler) assigned(x expr.Expression) {
	if expr.Unwrap(x) == expr.Expression(expr.DEFAULT) && !c.rules.DefaultInValues {
		c.Unsupported("DEFAULT as a value", "leave the column out")
		return
	}
	c.Expression(x)
}

func (c *Compiler) update(p expr.UpdateParts) {
	if len(p.Set) == 0 {
		c.Fail(errors.New("compile: an UPDATE sets nothing; call Set"))
		return
	}
	t := c.table(p.Table)
	if t == nil || !c.conditioned(p.Where, "UPDATE") {
		return
	}
	w := Write{Verb: expr.VerbUpdate, Table: t, Returning: p.Returning}
	c.around(w, func() {
		c.Text("UPDATE ")
		c.TableName(t)
		defer c.bareScope(t)()
		c.Text(" SET ")
		List(c, ", ", p.Set, func(a expr.Assignment) {
			c.columnName(a.Target, t)
			c.Text(" = ")
			c.assigned(a.Value)
		})
		c.output(w)
		c.where(p.Where)
		c.returning(w)
	})
}

func (c *Compiler) delete(p expr.DeleteParts) {
	t := c.table(p.From)
	if t == nil || !c.conditioned(p.Where, "DELETE") {
		return
	}
	w := Write{Verb: expr.VerbDelete, Table: t, Returning: p.Returning}
	c.around(w, func() {
		c.Text("DELETE FROM ")
		c.TableName(t)
		defer c.bareScope(t)()
		c.output(w)
		c.where(p.Where)
		c.returning(w)
	})
}

func (c *Compiler) conditioned(where []expr.Expression, verb string) bool {
	if len(where) > 0 {
		return true
	}
	c.Fail(fmt.Errorf("compile: %s without a condition changes every row; say Where(expr.All()) if that is meant", verb))
	return false
}

// where writes the condition of UPDATE or DELETE, whose columns are qualified
// so that a subquery's columns can't capture them.
func (c *Compiler) where(conditions []expr.Expression) {
	if len(conditions) == 1 && conditions[0] == expr.Expression(expr.TRUE) {
		return
	}
	c.scope.bare = false
	c.clause(" WHERE ", conditions)
	c.scope.bare = true
}
