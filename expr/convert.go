package expr

import (
	"reflect"

	"github.com/alkahest-go/alkahest/sqltype"
)

// typed gives x, which is of the SQL type t, the Go type T.
func typed[T any](x Expression, t sqltype.Type) Scalar[T] {
	c, err := sqltype.CodecFor(t, reflect.TypeFor[T]())
	if err != nil {
		return NewScalar[T](Invalid{err}, nil)
	}
	return NewScalar[T](x, c)
}

// CastTo is CAST(x AS t), which is T in Go.
func CastTo[T any](x Expression, t sqltype.Type) Ordered[T] {
	return Ordered[T]{typed[T](&Cast{X: Unwrap(x), Type: t}, t)}
}

// TryCast is CastTo that gives NULL for a value that can't be converted; so T
// should be able to hold NULL. SQL Server, Oracle and PostgreSQL 16 have it.
func TryCast[T any](x Expression, t sqltype.Type) Ordered[T] {
	return Ordered[T]{typed[T](&Cast{X: Unwrap(x), Type: t, Try: true}, t)}
}

// Typed is x as it is, taken for a value of the SQL type t that is T in Go: for
// functions and raw SQL whose type the library can't know. Nothing is converted.
func Typed[T any](x Expression, t sqltype.Type) Scalar[T] {
	return typed[T](&Coerced{X: Unwrap(x), Type: t}, t)
}

// Coerced is X, taken for a value of another SQL type.
type Coerced struct {
	X    Expression
	Type sqltype.Type
}

// SQLType implements Expression.
func (e *Coerced) SQLType() sqltype.Type { return e.Type }

// AppendKey implements Node.
func (e *Coerced) AppendKey(k *Key) {
	k.Tag(tagCoerced)
	k.String(e.Type.String())
	k.Node(e.X)
}

// Children implements Parent.
func (e *Coerced) Children() []Expression { return []Expression{e.X} }

func (e *Coerced) special() {}

// Collate is X COLLATE Name.
type Collate struct {
	X    Expression
	Name string
}

// SQLType implements Expression.
func (e *Collate) SQLType() sqltype.Type { return e.X.SQLType() }

// AppendKey implements Node.
func (e *Collate) AppendKey(k *Key) {
	k.Tag(tagCollate)
	k.String(e.Name)
	k.Node(e.X)
}

// Children implements Parent.
func (e *Collate) Children() []Expression { return []Expression{e.X} }

// Operator implements Infix.
func (e *Collate) Operator() (Op, bool) { return OpCollate, true }

func (e *Collate) special() {}

// Collate is s, compared and ordered by the named collation of the database.
//
//go:noinline
func (s TextOf[T]) Collate(name string) TextOf[T] {
	return NewText[T](&Collate{X: s.Unwrap(), Name: name}, s.c)
}
