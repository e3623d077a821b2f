package compile

import (
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
)

// ExprRules are how one product writes the expressions that differ in more than
// an operator. A slot that is nil says that the product does not have the
// construct, unless it says otherwise.
type ExprRules struct {
	// Symmetric says that BETWEEN SYMMETRIC is understood; where not, it is
	// written as two BETWEENs.
	Symmetric bool
	// TryCast writes a cast that gives NULL instead of an error.
	TryCast func(c *Compiler, x *expr.Cast, typeName string)
	// Collation writes the name of a collation. Nil: as an identifier.
	Collation func(c *Compiler, name string)
	// Regexp writes a match of a regular expression, RegexpReplace the
	// replacement of its matches.
	Regexp        func(c *Compiler, x *expr.Regexp)
	RegexpReplace func(c *Compiler, x *expr.RegexpReplace)
	// FullText writes a search for words.
	FullText func(c *Compiler, x *expr.FullText)
}

// special writes a node that has a rule of its own.
func (c *Compiler) special(x expr.Special) {
	switch x := x.(type) {
	case *expr.Coerced:
		c.Expression(x.X)
	case *expr.Collate:
		c.collate(x)
	case *expr.Regexp:
		slot(c, c.rules.Expr.Regexp, x, "regular expressions", "use LIKE")
	case *expr.RegexpReplace:
		slot(c, c.rules.Expr.RegexpReplace, x, "the replacement of regular expressions", "")
	case *expr.FullText:
		slot(c, c.rules.Expr.FullText, x, "full text search", "use LIKE")
	default:
		c.Fail(fmt.Errorf("compile: an expression of type %T can't be written", x))
	}
}

// slot writes a node by its rule, or says that the product does not have it.
func slot[N expr.Expression](c *Compiler, write func(*Compiler, N), x N, construct, instead string) {
	if write == nil {
		c.Unsupported(construct, instead)
		return
	}
	write(c, x)
}

func coerced(x expr.Expression) expr.Expression {
	for {
		y, ok := x.(*expr.Coerced)
		if !ok {
			return x
		}
		x = expr.Unwrap(y.X)
	}
}

func (c *Compiler) collate(x *expr.Collate) {
	c.Operand(x.X, expr.OpCollate, false)
	c.Text(" COLLATE ")
	if c.rules.Expr.Collation != nil {
		c.rules.Expr.Collation(c, x.Name)
		return
	}
	c.Identifier(x.Name)
}

// BareCollation writes the name of a collation without quotes, for products
// that take none.
func BareCollation(c *Compiler, name string) {
	if !plainName(name) {
		c.Fail(fmt.Errorf("compile: %s can't be the name of a collation; it has letters, digits, _ and dots", quoteForMessage(name)))
		return
	}
	c.Text(name)
}

// eitherWay writes BETWEEN SYMMETRIC as (x BETWEEN a AND b OR x BETWEEN b AND a).
func (c *Compiler) eitherWay(x *expr.Between) {
	one := &expr.Between{X: x.X, Low: x.Low, High: x.High, Not: x.Not}
	other := &expr.Between{X: x.X, Low: x.High, High: x.Low, Not: x.Not}
	op := expr.OpOr
	if x.Not {
		op = expr.OpAnd
	}
	c.Text("(")
	c.variadic(&expr.Variadic{Op: op, Xs: []expr.Expression{one, other}})
	c.Text(")")
}

func (c *Compiler) cast(x *expr.Cast) {
	typeName := c.rules.CastName
	if typeName == nil {
		typeName = c.rules.TypeName
	}
	t, _ := c.rules.Resolve(x.Type)
	name, err := typeName(t)
	if err != nil {
		c.Fail(err)
		return
	}
	if !x.Try {
		c.CastAs(x.X, name)
		return
	}
	if c.rules.Expr.TryCast == nil {
		c.Unsupported("TRY_CAST", "check the value by a condition within CASE before the cast")
		return
	}
	c.rules.Expr.TryCast(c, x, name)
}

// CastAs writes CAST(x AS name).
func (c *Compiler) CastAs(x expr.Expression, name string) {
	c.Text("CAST(")
	c.Expression(x)
	c.Text(" AS " + name + ")")
}
