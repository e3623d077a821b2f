package schema

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Sent returns the value that a row sends for another column, or false where it
// sends none, or one that the database computes.
type Sent func(column string) (sqltype.Value, bool)

// DefaultFrom is DefaultFunc of what else the row sends. It is not told other
// columns' defaults.
func DefaultFrom[T any](f func(sent Sent) T) Option {
	return optionFunc(func(c *Column) {
		from := func(sent Sent) (sqltype.Value, error) {
			codec, err := codecOfColumn[T](c)
			if err != nil {
				return sqltype.Value{}, err
			}
			b := expr.NewBind(codec, f(sent))
			return b.Value, b.Err
		}
		nothing := func(string) (sqltype.Value, bool) { return sqltype.Value{}, false }
		c.setDefault(&Default{
			Value:   func() (sqltype.Value, error) { return from(nothing) },
			fromRow: from,
		})
	})
}

// ValueFor is Value for a row that sends these values.
func (d *Default) ValueFor(sent Sent) (sqltype.Value, error) {
	if d.fromRow != nil {
		return d.fromRow(sent)
	}
	return d.Value()
}

// ExpressionFor is Expression for a row that sends these values.
func (d *Default) ExpressionFor(c *Column, sent Sent) expr.Expression {
	if d.fromRow == nil {
		return d.Expression(c)
	}
	v, err := d.fromRow(sent)
	if err != nil {
		return expr.Invalid{Err: err}
	}
	return expr.BindValue(c.Type, v)
}
