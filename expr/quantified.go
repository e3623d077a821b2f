package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Quantified is the right side of a comparison with each value of a query or
// an array: ANY (…), or, with All, ALL (…).
type Quantified struct {
	All bool
	// Of is a *Subquery of one column, or an array.
	Of Expression
}

// AnyOf is the values of a query of one column, one of which has to compare as
// said: age.GtExpr(expr.AnyOf[int64](q)). It is for the right side of =, <>, <,
// <=, > and >=. Of no values the comparison is false.
func AnyOf[T any](q Query) Of[T] { return quantified[T](&Subquery{Select: q}, false) }

// AllOf is the values of a query of one column, each of which has to compare as
// said. Of no values the comparison is true.
func AllOf[T any](q Query) Of[T] { return quantified[T](&Subquery{Select: q}, true) }

// AnyElement is the elements of an array, one of which has to compare as said.
func AnyElement[T any](array Of[[]T]) Of[T] { return quantified[T](Unwrap(array), false) }

// EveryElement is the elements of an array, each of which has to compare as
// said.
func EveryElement[T any](array Of[[]T]) Of[T] { return quantified[T](Unwrap(array), true) }

func quantified[T any](of Expression, all bool) Of[T] {
	if _, failed := of.(Invalid); failed {
		return NewScalar[T](of, nil)
	}
	q := &Quantified{All: all, Of: of}
	return typed[T](q, q.SQLType())
}

// SQLType implements Expression: the type of one of the values.
func (q *Quantified) SQLType() sqltype.Type {
	t := q.Of.SQLType()
	if a, ok := sqltype.Base(t).(sqltype.Array); ok {
		return a.Elem
	}
	return t
}

// AppendKey implements Node.
func (q *Quantified) AppendKey(k *Key) {
	k.Tag(tagQuantified)
	k.Bool(q.All)
	k.Node(q.Of)
}

// Children implements Parent.
func (q *Quantified) Children() []Expression { return []Expression{q.Of} }

func (q *Quantified) special() {}

// other is the opposite quantifier, for the NOT of a comparison.
func (q *Quantified) other() *Quantified { return &Quantified{All: !q.All, Of: q.Of} }
