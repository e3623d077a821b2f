package compile

import (
	"fmt"
	"slices"

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
	if t.Inlined() != nil {
		c.Fail(fmt.Errorf("compile: %s is a query and can't be changed; change the tables that it reads", t.FullName()))
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
		c.Fail(fmt.Errorf("compile: column %s.%s is assigned to in a statement on %s; change the tables by a statement each", sourceName(col.From), col.Name, t.FullName()))
	default:
		c.Identifier(col.Name)
	}
}

// prefixed writes the texts that are for this product.
func (c *Compiler) prefixed(list []expr.Prefix) {
	for _, p := range list {
		if len(p.Products) == 0 || slices.Contains(p.Products, c.rules.Dialect) {
			c.Text(" " + p.Text)
		}
	}
}

func (c *Compiler) bareScope(t *schema.Table) func() {
	c.scope = &scope{sources: []expr.Source{t}, bare: true, outer: c.scope}
	return func() { c.scope = c.scope.outer }
}
