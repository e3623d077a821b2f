package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// distinctFrom is SQL Server 2022, the first with IS DISTINCT FROM
// (https://learn.microsoft.com/sql/t-sql/queries/is-distinct-from-transact-sql).
var distinctFrom = dialect.Version{16, 0, 0}

func operators(c dialect.Capabilities) map[expr.Op]func(*compile.Compiler, expr.Expression) {
	ops := map[expr.Op]func(*compile.Compiler, expr.Expression){
		expr.OpConcat:   concat,
		expr.OpLike:     like(" LIKE ", false),
		expr.OpNotLike:  like(" NOT LIKE ", false),
		expr.OpILike:    like(" LIKE ", true),
		expr.OpNotILike: like(" NOT LIKE ", true),
	}
	if c.Product != azure && !c.Version.AtLeast(distinctFrom[:]...) {
		ops[expr.OpIsDistinct] = intersects("NOT EXISTS")
		ops[expr.OpIsNotDistinct] = intersects("EXISTS")
	}
	if c.Product != azure && !c.Version.AtLeast(shifts[:]...) {
		ops[expr.OpShiftLeft], ops[expr.OpShiftRight] = shiftByPower(true), shiftByPower(false)
	}
	return ops
}

// intersects compares two values so that NULL is equal to NULL.
func intersects(word string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		b, ok := x.(*expr.Binary)
		if !ok {
			return
		}
		c.Text(word + " (SELECT ")
		c.Expression(b.L)
		c.Text(" INTERSECT SELECT ")
		c.Expression(b.R)
		c.Text(")")
	}
}

// concat writes a || b as a + b, which would add what is not text.
func concat(c *compile.Compiler, x expr.Expression) {
	b, ok := x.(*expr.Binary)
	if !ok {
		return
	}
	part(c, b.L, false)
	c.Text(" + ")
	part(c, b.R, true)
}

func part(c *compile.Compiler, x expr.Expression, right bool) {
	if t, _ := c.Rules().Resolve(x.SQLType()); isText(t) {
		c.Operand(x, expr.OpConcat, right)
		return
	}
	c.Text("CAST(")
	c.Expression(x)
	c.Text(" AS NVARCHAR(MAX))")
}

// like takes [ as what it is: in a pattern it begins a list of characters
// (https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql).
func like(word string, folded bool) func(*compile.Compiler, expr.Expression) {
	open, end := "", ""
	if folded {
		open, end = "LOWER(", ")"
	}
	return func(c *compile.Compiler, x expr.Expression) {
		b, ok := x.(*expr.Binary)
		if !ok {
			return
		}
		c.Text(open)
		if folded {
			c.Expression(b.L)
		} else {
			c.Operand(b.L, b.Op, false)
		}
		c.Text(end + word + open + "REPLACE(")
		c.Expression(b.R)
		c.Text(", N'[', N'[[]')" + end)
		c.Escape(b)
	}
}
