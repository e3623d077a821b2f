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
