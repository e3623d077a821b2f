package compile

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// having returns the conditions of HAVING. Where GROUP BY speaks of a column of
// the result by its place, they speak of it by its name: written again it would
// be another expression, of columns that a group does not have.
func (c *Compiler) having(p expr.Parts) []expr.Expression {
	if len(p.Having) == 0 || !c.rules.Query.GroupByPlace || !slices.ContainsFunc(p.GroupBy, hasValue) {
		return p.Having
	}
	return mapped(p.Having, func(x expr.Expression) expr.Expression {
		x, err := expr.Rewrite(x, func(n expr.Node) expr.Node {
			switch n := n.(type) {
			case *expr.Subquery:
				return n
			case *expr.Func:
				if n.Aggregate != nil || skipsNulls[n.Name] {
					return n // which is of the rows of the group
				}
			case expr.Expression:
			default:
				return nil
			}
			if x := c.termName(n.(expr.Expression), p); x != nil {
				return x
			}
			return nil
		})
		if err != nil {
			c.Fail(err)
		}
		return x
	})
}

// groupedOrder returns ORDER BY with the names, or the places, of the terms of
// GROUP BY in it.
func (c *Compiler) groupedOrder(p expr.Parts) []expr.Order {
	if len(p.OrderBy) == 0 || !c.rules.Query.GroupByPlace || !slices.ContainsFunc(p.GroupBy, hasValue) {
		return p.OrderBy
	}
	return mapped(p.OrderBy, func(o expr.Order) expr.Order {
		x := unlabelled(o.X)
		if !isTerm(x, p) {
			return o
		}
		if named(x, p) == nil && o.Nulls == expr.NullsDefault {
			if i := c.placeOf(x, p.Columns); i > 0 {
				o.X = expr.FrameCount(i)
				return o
			}
		}
		o.X = c.termName(x, p)
		return o
	})
}

// isTerm reports whether x is a term of GROUP BY with a value.
func isTerm(x expr.Expression, p expr.Parts) bool {
	return hasValue(x) && slices.ContainsFunc(p.GroupBy, func(g expr.Expression) bool { return unlabelled(g) == x })
}

// named returns the column of the result that x is by a name, nil for none.
func named(x expr.Expression, p expr.Parts) expr.Expression {
	for _, col := range p.Columns {
		if l, ok := expr.Unwrap(col).(*expr.Label); ok && unlabelled(l) == x {
			return &expr.OutputColumn{Name: l.Name}
		}
	}
	return nil
}

// termName returns the column of the result that x is, where x is a term of GROUP
// BY with a value; else nil.
func (c *Compiler) termName(x expr.Expression, p expr.Parts) expr.Expression {
	x = unlabelled(x)
	if !isTerm(x, p) {
		return nil
	}
	if col := named(x, p); col != nil {
		return col
	}
	c.Unsupported("HAVING and ORDER BY of an expression with a value by which the rows are grouped", "select it too, with a name by As")
	return x
}

func unlabelled(x expr.Expression) expr.Expression {
	x = expr.Unwrap(x)
	if l, ok := x.(*expr.Label); ok {
		return expr.Unwrap(l.X)
	}
	return x
}

func mapped[T any](list []T, f func(T) T) []T {
	out := make([]T, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}
