package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// target writes the table of INSERT, UPDATE or DELETE and returns it.
func (c *Compiler) target(s expr.Source) *schema.Table {
	t, ok := s.(*schema.Table)
	if !ok {
		c.Fail(fmt.Errorf("compile: INSERT, UPDATE and DELETE need a table, not a %T", s))
		return nil
	}
	c.TableName(t)
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
	c.Text("INSERT INTO ")
	t := c.target(p.Into)
	if t == nil {
		return
	}
	defer c.bareScope(t)()
	if len(p.Columns) == 0 {
		c.defaultRows(p)
	} else {
		c.Text(" (")
		List(c, ", ", p.Columns, func(x expr.Expression) { c.columnName(x, t) })
		c.Text(")")
		c.overriding(p.Columns, t)
		c.Text(" VALUES ")
		List(c, ", ", p.Rows, c.row)
	}
	c.returning(p.Returning, c.rules.Returning.Insert, "INSERT")
}

func (c *Compiler) defaultRows(p expr.InsertParts) {
	if len(p.Rows) > 1 {
		c.Fail(errors.New("compile: several rows of defaults can't be inserted by one statement; insert them one by one"))
		return
	}
	c.Text(" " + c.rules.DefaultRow)
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

func (c *Compiler) returning(xs []expr.Expression, supported bool, verb string) {
	if len(xs) == 0 {
		return
	}
	if !supported {
		c.Unsupported(verb+" … RETURNING", "read the rows by their key")
		return
	}
	c.Text(" RETURNING ")
	List(c, ", ", xs, c.selected)
	c.returns = true
	c.columns = resultColumns(xs)
}

func (c *Compiler) update(p expr.UpdateParts) {
	if len(p.Set) == 0 {
		c.Fail(errors.New("compile: an UPDATE sets nothing; call Set"))
		return
	}
	c.Text("UPDATE ")
	t := c.target(p.Table)
	if t == nil || !c.conditioned(p.Where, "UPDATE") {
		return
	}
	defer c.bareScope(t)()
	c.Text(" SET ")
	List(c, ", ", p.Set, func(a expr.Assignment) {
		c.columnName(a.Target, t)
		c.Text(" = ")
		c.assigned(a.Value)
	})
	c.where(p.Where)
	c.returning(p.Returning, c.rules.Returning.Update, "UPDATE")
}

func (c *Compiler) delete(p expr.DeleteParts) {
	c.Text("DELETE FROM ")
	t := c.target(p.From)
	if t == nil || !c.conditioned(p.Where, "DELETE") {
		return
	}
	defer c.bareScope(t)()
	c.where(p.Where)
	c.returning(p.Returning, c.rules.Returning.Delete, "DELETE")
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
