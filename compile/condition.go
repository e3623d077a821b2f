package compile

import "github.com/alkahest-go/alkahest/expr"

// Condition writes x where SQL asks for a condition: as it is, unless the
// product keeps conditions and truth values apart.
func (c *Compiler) Condition(x expr.Expression) {
	if !c.rules.NoBooleans {
		c.Expression(x)
		return
	}
	switch y := expr.Unwrap(x).(type) {
	case expr.Const:
		c.constantCondition(y)
	case *expr.Label:
		c.Condition(y.X)
	case *expr.Text:
		c.text(y)
	default:
		if isCondition(y) {
			c.asCondition = true
			c.Expression(y)
			return
		}
		c.Operand(y, expr.OpEq, false)
		c.Text(" = 1")
	}
}

func (c *Compiler) constantCondition(x expr.Const) {
	switch x {
	case expr.TRUE:
		c.Text("1 = 1")
	case expr.FALSE:
		c.Text("1 = 0")
	default:
		c.Text("1 = ")
		c.constant(x)
	}
}

// conditionOperand writes an operand of AND, OR or NOT.
func (c *Compiler) conditionOperand(x expr.Expression, op expr.Op) {
	if !c.rules.NoBooleans {
		c.Operand(x, op, false)
		return
	}
	parens := needsParens(expr.Unwrap(x), op, false)
	if parens {
		c.Text("(")
	}
	c.Condition(x)
	if parens {
		c.Text(")")
	}
}

// isCondition reports whether x is written as a condition, which is no value
// where the product keeps the two apart.
func isCondition(x expr.Expression) bool {
	switch x := x.(type) {
	case *expr.Variadic, *expr.In, *expr.Between:
		return true
	case *expr.Unary:
		return x.Op == expr.OpNot || x.Op == expr.OpIsNull || x.Op == expr.OpIsNotNull
	case *expr.Binary:
		return comparison(x.Op.Precedence())
	case *expr.Subquery:
		return x.Exists
	case expr.Conditional:
		return x.IsCondition()
	}
	return false
}

// asValue writes a condition where SQL asks for a value, and reports whether x
// is one.
func (c *Compiler) asValue(x expr.Expression) bool {
	wanted := c.asCondition
	c.asCondition = false
	if !c.rules.NoBooleans || wanted || !isCondition(x) {
		return false
	}
	c.Text("CASE WHEN ")
	c.Condition(x)
	c.Text(" THEN 1 WHEN NOT (")
	c.Condition(x)
	c.Text(") THEN 0 END")
	return true
}
