package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// described returns a statement that changes rows of a table of which only the
// name is known as one on a table without columns, constraints and generators,
// which is what is known of it. Other statements are returned as they are.
func described[S expr.Node](c *Compiler, s S, target expr.Source) S {
	named, ok := target.(*expr.NamedTable)
	if !ok {
		return s
	}
	out, err := expr.Adapt(s, named, &schema.Table{Name: named.Name, Schema: named.Schema})
	if err != nil {
		c.Fail(fmt.Errorf("compile: a statement on %s: %w", named.Name, err))
	}
	return out
}

// firstColumn writes the name of the first column of a table.
func (c *Compiler) firstColumn(t *schema.Table) {
	columns := t.Columns()
	if len(columns) == 0 {
		c.Fail(errors.New("compile: an INSERT of nothing but defaults needs a column here, and of " + t.FullName() + " only the name is known: set a column, or declare the table"))
		return
	}
	c.Identifier(columns[0].Name)
}
