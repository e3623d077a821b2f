package expr

import (
	"reflect"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Expressed is a type whose values stand within an expression where they are
// sent, or where they are read.
type Expressed interface {
	sqltype.Wrapper
	// BindExpression returns what stands for the value x; nil for x itself.
	BindExpression(x Expression) Expression
	// ColumnExpression returns what is selected for x; nil for x itself.
	ColumnExpression(x Expression) Expression
}

// NewExpressed returns the type t with bind around each value that is sent, also
// one that a column is compared with, and column around each column of a result.
// In a subquery, and where columns are compared with each other, a column stands
// for what is stored. Each may be nil. They are called once for each statement
// that is compiled, and must bind no values of their own.
//
// name is for messages and statements' keys: two types of one name and t must be
// the same.
func NewExpressed(name string, t sqltype.Type, bind, column func(x Expression) Expression) sqltype.Type {
	return &expressed{name: name, of: t, bind: bind, column: column}
}

type expressed struct {
	name         string
	of           sqltype.Type
	bind, column func(x Expression) Expression
}

var (
	_ Expressed             = (*expressed)(nil)
	_ sqltype.CodecProvider = (*expressed)(nil)
)

// Kind implements sqltype.Type.
func (e *expressed) Kind() sqltype.Kind { return e.of.Kind() }

// String implements sqltype.Type.
func (e *expressed) String() string { return e.name + "(" + e.of.String() + ")" }

// For implements sqltype.Wrapper.
func (e *expressed) For(...string) (sqltype.Type, *sqltype.Conversion) { return e.of, nil }

// Natural implements sqltype.Wrapper.
func (e *expressed) Natural() reflect.Type {
	if w, ok := e.of.(sqltype.Wrapper); ok {
		return w.Natural()
	}
	return nil
}

// NewCodec implements sqltype.CodecProvider.
func (e *expressed) NewCodec(g reflect.Type) *sqltype.Codec {
	c, err := sqltype.CodecFor(e.of, g)
	if err != nil {
		return nil
	}
	own := *c
	return &own
}

// BindExpression implements Expressed.
func (e *expressed) BindExpression(x Expression) Expression { return applied(e.bind, x) }

// ColumnExpression implements Expressed.
func (e *expressed) ColumnExpression(x Expression) Expression { return applied(e.column, x) }

func applied(f func(Expression) Expression, x Expression) Expression {
	if f == nil {
		return nil
	}
	return Unwrap(f(x))
}
