package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
)

// setNames are the set operations for messages.
var setNames = map[expr.SetOp]string{
	expr.UnionOp: "UNION", expr.UnionAllOp: "UNION ALL", expr.IntersectOp: "INTERSECT",
	expr.IntersectAllOp: "INTERSECT ALL", expr.ExceptOp: "EXCEPT", expr.ExceptAllOp: "EXCEPT ALL",
}

func (c *Compiler) compound(s *expr.Compound) {
	p := s.Parts()
	c.with(s)
	order := c.compoundOrder(p)
	wrapped := !c.rules.NullsOrder && slices.ContainsFunc(order, func(o expr.Order) bool { return o.Nulls != expr.NullsDefault })
	rest := expr.Parts{OrderBy: order, Limit: p.Limit, Offset: p.Offset}
	// What stands before the columns has no place in a set operation, nor has an
	// order by what is no column of it, which an OFFSET may need.
	before := c.rules.BeforeColumns != nil && (p.Limit != nil && p.Offset == nil || p.Offset != nil && len(order) == 0)
	wrapped = wrapped || before
	if wrapped {
		c.Text("SELECT ")
		if before {
			c.rules.BeforeColumns(c, rest)
		}
		c.Text("* FROM (")
	}
	c.members(p)
	if wrapped {
		c.Text(")" + c.rules.AliasWord)
		c.Identifier("members")
	}
	c.orderBy(order, nil)
	c.limit(rest)
}

func (c *Compiler) members(p expr.CompoundParts) {
	word, ok := c.rules.Query.SetWords[p.Op]
	if !ok {
		c.Unsupported(setNames[p.Op], "use EXISTS or NOT EXISTS, or "+strings.TrimSuffix(setNames[p.Op], " ALL"))
		return
	}
	for i, q := range p.Queries {
		if i > 0 {
			c.Text(word)
		}
		c.member(q, p.Op, i == 0)
	}
}

// member writes a query of a set operation so that it is one whole there.
func (c *Compiler) member(q expr.Query, op expr.SetOp, first bool) {
	nested, ordered := false, false
	switch q := q.(type) {
	case *expr.Select:
		p := q.Parts()
		ordered = len(p.OrderBy) > 0 || p.Limit != nil || p.Offset != nil || len(p.With) > 0
	case *expr.Compound:
		p := q.Parts()
		ordered = len(p.OrderBy) > 0 || p.Limit != nil || p.Offset != nil || len(p.With) > 0
		nested = !first || p.Op != op
	}
	r := &c.rules.Query
	switch {
	case !nested && !ordered:
		c.Query(q)
	case ordered && !r.SetOrdered || !r.SetParens:
		c.Text("SELECT * FROM (")
		c.Query(q)
		c.Text(")" + c.rules.AliasWord)
		c.Identifier("member")
	default:
		c.Text("(")
		c.Query(q)
		c.Text(")")
	}
}

// compoundOrder returns the order of a set operation by the names of its
// columns: it knows no others.
func (c *Compiler) compoundOrder(p expr.CompoundParts) []expr.Order {
	order := make([]expr.Order, len(p.OrderBy))
	for i, o := range p.OrderBy {
		name := c.outputOf(p.Queries[0].Output(), expr.Unwrap(o.X))
		if name == "" {
			c.Fail(fmt.Errorf("compile: a set operation is ordered by what is no column of its first query, or has no name there; use expr.Result"))
		}
		order[i] = expr.Order{X: &expr.OutputColumn{Name: name}, Desc: o.Desc, Nulls: o.Nulls}
	}
	return order
}

// outputOf returns the name of a column of a result, or "" where x is none.
func (c *Compiler) outputOf(columns []expr.Expression, x expr.Expression) string {
	for _, col := range columns {
		col = expr.Unwrap(col)
		if name := expr.OutputName(col); name != "" && sameOutput(col, x) {
			return name
		}
	}
	return ""
}

// sameOutput reports whether x speaks of the column of a result.
func sameOutput(col, x expr.Expression) bool {
	switch x := x.(type) {
	case *expr.OutputColumn:
		return expr.OutputName(col) == x.Name
	case *expr.Column:
		if l, ok := col.(*expr.Label); ok {
			col = expr.Unwrap(l.X)
		}
		y, ok := col.(*expr.Column)
		return ok && x.Name == y.Name && x.From.Provides(y.From)
	case *expr.Label:
		return col == expr.Expression(x)
	}
	return false
}
