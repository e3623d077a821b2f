package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Expressed returns what t says of the expressions around its values, nil where
// it says nothing on this product.
func (r *Rules) Expressed(t sqltype.Type) expr.Expressed {
	for {
		if e, ok := t.(expr.Expressed); ok {
			return e
		}
		w, ok := t.(sqltype.Wrapper)
		if !ok {
			return nil
		}
		if r.Parent == "" {
			t, _ = w.For(r.Dialect)
		} else {
			t, _ = w.For(r.Dialect, r.Parent)
		}
	}
}

// expressedValue writes a value by write, within the expression that its type
// has around it.
func (c *Compiler) expressedValue(t sqltype.Type, write func()) {
	e := c.rules.Expressed(t)
	if e == nil {
		write()
		return
	}
	around := e.BindExpression(&written{write, t})
	if around == nil {
		write()
		return
	}
	c.enclosed(around)
}

// enclosed writes an expression that stands for a value, in parentheses where it
// is an operation.
func (c *Compiler) enclosed(x expr.Expression) {
	_, operation := operatorOf(x)
	if operation {
		c.Text("(")
	}
	c.Expression(x)
	if operation {
		c.Text(")")
	}
}

// expressedColumn writes a column of a result within the expression that its type
// has around it, under its own name, and reports whether there is one.
func (c *Compiler) expressedColumn(x expr.Expression) bool {
	inner, name := x, expr.OutputName(x)
	if l, ok := x.(*expr.Label); ok {
		inner = expr.Unwrap(l.X)
	}
	e := c.rules.Expressed(inner.SQLType())
	if e == nil {
		return false
	}
	around := e.ColumnExpression(inner)
	if around == nil {
		return false
	}
	c.Expression(around)
	if name != "" {
		c.Text(" AS ")
		c.Identifier(name)
	}
	return true
}

// isResult reports whether the columns of s are those of the statement's result.
func (c *Compiler) isResult(s *expr.Select) bool { return c.top != nil && within(c.top, s) }

func within(top expr.Statement, s *expr.Select) bool {
	switch top := top.(type) {
	case *expr.Select:
		return top == s
	case *expr.Compound:
		for _, q := range top.Parts().Queries {
			if within(q, s) {
				return true
			}
		}
	}
	return false
}

// written is an expression that is written by a function.
type written struct {
	write func()
	typ   sqltype.Type
}

// SQLType implements expr.Expression.
func (w *written) SQLType() sqltype.Type { return w.typ }

// AppendKey implements expr.Node: the value that is written has its own.
func (w *written) AppendKey(*expr.Key) {}

// Render implements Renderer.
func (w *written) Render(*Compiler) { w.write() }
