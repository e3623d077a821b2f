package schema

import (
	"errors"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// UpdateValue is what an UPDATE that does not set the column sends for it.
func UpdateValue[T any](v T) Option { return UpdateFunc(func() T { return v }) }

// UpdateFunc is called once an UPDATE that does not set the column. It must be
// safe for use by several goroutines.
func UpdateFunc[T any](f func() T) Option {
	return optionFunc(func(c *Column) { c.setOnUpdate(defaultOf(c, f)) })
}

// UpdateExpr is an SQL expression that an UPDATE which does not set the column
// carries.
func UpdateExpr(x expr.Expression) Option {
	return optionFunc(func(c *Column) { c.setOnUpdate(&Default{Expr: expr.Unwrap(x)}) })
}

func (c *Column) setOnUpdate(d *Default) {
	if c.OnUpdate != nil {
		c.errs = append(c.errs, errors.New("has two client defaults of UPDATE; keep one"))
	}
	c.OnUpdate = d
}

func defaultOf[T any](c *Column, f func() T) *Default {
	return &Default{Value: func() (sqltype.Value, error) {
		codec, err := codecOfColumn[T](c)
		if err != nil {
			return sqltype.Value{}, err
		}
		b := expr.NewBind(codec, f())
		return b.Value, b.Err
	}}
}

// Expression returns the default as an expression of the column's type: a bound
// value, or the SQL expression.
func (d *Default) Expression(c *Column) expr.Expression {
	if d.Expr != nil {
		return d.Expr
	}
	v, err := d.Value()
	if err != nil {
		return expr.Invalid{Err: err}
	}
	return expr.BindValue(c.Type, v)
}
