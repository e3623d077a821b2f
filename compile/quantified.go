package compile

import (
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
)

// quantified writes a comparison with each value of a query or an array.
func (c *Compiler) quantified(x *expr.Binary, q *expr.Quantified) {
	if !comparesValues(x.Op) {
		c.Fail(fmt.Errorf("compile: the values of AnyOf, AllOf and their kin are compared by =, <>, <, <=, > and >= alone"))
		return
	}
	sub, ok := q.Of.(*expr.Subquery)
	switch {
	case ok && !c.rules.Expr.AnyQuery:
		c.quantifiedByExists(x, q, sub)
	case !ok && !c.rules.Expr.AnyArray:
		c.Unsupported("ANY and ALL of an array", "use In and NotIn")
	default:
		c.Operand(x.L, x.Op, false)
		c.Text(operatorText[x.Op] + quantifier(q) + " ")
		if ok {
			c.listed(sub)
			return
		}
		c.Text("(")
		c.Expression(q.Of)
		c.Text(")")
	}
}

func quantifier(q *expr.Quantified) string {
	if q.All {
		return "ALL"
	}
	return "ANY"
}

func comparesValues(op expr.Op) bool {
	switch op {
	case expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe:
		return true
	}
	return false
}

// quantifiedByExists writes ANY and ALL for a product that lacks them: a value
// that decides is looked for, and NULL is the answer where none does and a
// comparison gave NULL.
func (c *Compiler) quantifiedByExists(x *expr.Binary, q *expr.Quantified, sub *expr.Subquery) {
	found, otherwise := expr.TRUE, expr.FALSE
	decides, none := "", " IS NULL)"
	if q.All {
		found, otherwise = expr.FALSE, expr.TRUE
		decides = "NOT "
	}
	c.Text("CASE WHEN ")
	c.existsCompared(x, sub, decides, ")")
	c.Text(" THEN ")
	c.constant(found)
	c.Text(" WHEN ")
	c.existsCompared(x, sub, "", none)
	c.Text(" THEN NULL ELSE ")
	c.constant(otherwise)
	c.Text(" END")
}

// existsCompared writes EXISTS of a value of the query whose comparison with x
// stands between before and after.
func (c *Compiler) existsCompared(x *expr.Binary, sub *expr.Subquery, before, after string) {
	c.Text("EXISTS (WITH ")
	c.Identifier(quantifiedName)
	c.Text("(")
	c.Identifier(quantifiedColumn)
	c.Text(") AS (")
	c.Query(sub.Select)
	c.Text(") SELECT 1 FROM ")
	c.Identifier(quantifiedName)
	c.Text(" WHERE " + before + "(")
	c.Operand(x.L, x.Op, false)
	c.Text(operatorText[x.Op])
	c.Identifier(quantifiedName)
	c.Text(".")
	c.Identifier(quantifiedColumn)
	c.Text(")" + after)
}

// The names of the values of a query that is looked through.
const (
	quantifiedName   = "quantified"
	quantifiedColumn = "v"
)
