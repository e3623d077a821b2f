package web

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// columnsWithin are the columns of a table that an index speaks of.
func columnsWithin(t *schema.Table, i *schema.Index) []*schema.Column {
	var out []*schema.Column
	for _, term := range i.Terms {
		out = appendColumns(out, t, term.X)
	}
	return out
}

// columnsOfCheck are those that a check speaks of.
func columnsOfCheck(t *schema.Table, c *schema.CheckConstraint) []*schema.Column {
	return appendColumns(nil, t, c.Condition)
}

// appendColumns adds the columns of a table within an expression, each once.
func appendColumns(out []*schema.Column, t *schema.Table, x expr.Expression) []*schema.Column {
	expr.Visit(x, func(n expr.Node) {
		ref, ok := n.(*expr.Column)
		if !ok {
			return
		}
		if c := t.Column(ref.Name); c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	})
	return out
}
