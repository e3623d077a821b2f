package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Of is an expression whose value is a T in Go. All typed expressions and
// columns implement it.
type Of[T any] interface {
	Expression
	// Codec moves the value between SQL and T.
	Codec() *sqltype.Codec
	goType(T)
}

// Predicate is an expression that is true, false or NULL, for WHERE, ON and
// HAVING.
type Predicate interface {
	Expression
	predicate()
}

// Scalar is an expression of type T with the operations that every type has.
// The zero Scalar is not valid; columns and functions make them.
type Scalar[T any] struct {
	x Expression
	c *sqltype.Codec
}

// NewScalar gives an expression the Go type of its codec, which must be T.
func NewScalar[T any](x Expression, c *sqltype.Codec) Scalar[T] { return Scalar[T]{x: x, c: c} }

// SQLType implements Expression.
func (s Scalar[T]) SQLType() sqltype.Type {
	if s.x == nil {
		return sqltype.Null{}
	}
	return s.x.SQLType()
}

// AppendKey implements Node.
func (s Scalar[T]) AppendKey(k *Key) { k.Node(s.Unwrap()) }

// Codec implements Of.
func (s Scalar[T]) Codec() *sqltype.Codec { return s.c }

// Unwrap returns the expression without its Go type.
func (s Scalar[T]) Unwrap() Expression {
	if s.x == nil {
		return Invalid{errUndeclared}
	}
	return s.x
}

func (s Scalar[T]) goType(T) {}

func (s Scalar[T]) bind(v T) Expression { return NewBind(s.c, v) }

// operand binds a value that is compared or calculated with, and so need not be
// one that the column could hold.
func (s Scalar[T]) operand(v T) Expression { return NewBind(s.c.Operand(), v) }

func (s Scalar[T]) compare(op Op, r Expression) Pred {
	return Pred{&Binary{Op: op, L: s.Unwrap(), R: Unwrap(r)}}
}

// Eq is s = v. A v that is NULL (a nil pointer, an empty sql.Null) makes it
// s IS NULL, which is what it says in Go.
func (s Scalar[T]) Eq(v T) Pred { return s.equal(v, OpEq, OpIsNull) }

// Ne is s <> v. A v that is NULL makes it s IS NOT NULL.
func (s Scalar[T]) Ne(v T) Pred { return s.equal(v, OpNe, OpIsNotNull) }

func (s Scalar[T]) equal(v T, op, null Op) Pred {
	b := NewBind(s.c.Operand(), v)
	if b.Err == nil && b.Value.IsNull() {
		return Pred{&Unary{Op: null, X: s.Unwrap()}}
	}
	return s.compare(op, b)
}

// EqExpr is s = x.
func (s Scalar[T]) EqExpr(x Of[T]) Pred { return s.compare(OpEq, x) }

// NeExpr is s <> x.
func (s Scalar[T]) NeExpr(x Of[T]) Pred { return s.compare(OpNe, x) }

// IsDistinctFrom is the NULL-safe s <> v.
func (s Scalar[T]) IsDistinctFrom(v T) Pred { return s.compare(OpIsDistinct, s.operand(v)) }

// IsNotDistinctFrom is the NULL-safe s = v.
func (s Scalar[T]) IsNotDistinctFrom(v T) Pred { return s.compare(OpIsNotDistinct, s.operand(v)) }

// IsNull is s IS NULL.
func (s Scalar[T]) IsNull() Pred { return Pred{&Unary{Op: OpIsNull, X: s.Unwrap()}} }

// IsNotNull is s IS NOT NULL.
func (s Scalar[T]) IsNotNull() Pred { return Pred{&Unary{Op: OpIsNotNull, X: s.Unwrap()}} }

// In is s IN (vs). Of no values it is false, on every database.
func (s Scalar[T]) In(vs ...T) Pred { return s.in(vs, false) }

// NotIn is s NOT IN (vs). Of no values it is true.
func (s Scalar[T]) NotIn(vs ...T) Pred { return s.in(vs, true) }

func (s Scalar[T]) in(vs []T, not bool) Pred {
	list := make([]Expression, len(vs))
	for i, v := range vs {
		list[i] = s.operand(v)
	}
	if len(list) > longList {
		if all, ok := newList(list); ok {
			list = []Expression{all}
		}
	}
	return Pred{&In{X: s.Unwrap(), List: list, Not: not}}
}

// InSelect is s IN (SELECT …), of a SELECT with one column.
func (s Scalar[T]) InSelect(q Query) Pred {
	return Pred{&In{X: s.Unwrap(), List: []Expression{&Subquery{Select: q}}}}
}

// NotInSelect is s NOT IN (SELECT …). It is never true where the SELECT gives
// a NULL.
func (s Scalar[T]) NotInSelect(q Query) Pred {
	return Pred{&In{X: s.Unwrap(), List: []Expression{&Subquery{Select: q}}, Not: true}}
}

// Asc orders by s, smallest first.
func (s Scalar[T]) Asc() Order { return Order{X: s.Unwrap()} }

// Desc orders by s, largest first.
func (s Scalar[T]) Desc() Order { return Order{X: s.Unwrap(), Desc: true} }

// As gives the expression a name in the result.
func (s Scalar[T]) As(name string) Scalar[T] {
	return Scalar[T]{x: &Label{X: s.Unwrap(), Name: name}, c: s.c}
}

// Set is the assignment s = v of an UPDATE or INSERT. s must be a column.
func (s Scalar[T]) Set(v T) Assignment { return Assignment{Target: s.Unwrap(), Value: s.bind(v)} }

// SetExpr is the assignment s = x.
func (s Scalar[T]) SetExpr(x Of[T]) Assignment {
	return Assignment{Target: s.Unwrap(), Value: Unwrap(x)}
}

// SetNull is the assignment s = NULL.
func (s Scalar[T]) SetNull() Assignment { return Assignment{Target: s.Unwrap(), Value: NULL} }

// SetDefault is the assignment s = DEFAULT.
func (s Scalar[T]) SetDefault() Assignment { return Assignment{Target: s.Unwrap(), Value: DEFAULT} }

// Unwrap returns the node inside typed expressions, or x itself.
func Unwrap(x Expression) Expression {
	for {
		w, ok := x.(interface{ Unwrap() Expression })
		if !ok {
			return x
		}
		x = w.Unwrap()
	}
}

// Ordered is a Scalar whose values have an order.
type Ordered[T any] struct{ Scalar[T] }

// Lt is s < v.
func (s Ordered[T]) Lt(v T) Pred { return s.compare(OpLt, s.operand(v)) }

// Le is s <= v.
func (s Ordered[T]) Le(v T) Pred { return s.compare(OpLe, s.operand(v)) }

// Gt is s > v.
func (s Ordered[T]) Gt(v T) Pred { return s.compare(OpGt, s.operand(v)) }

// Ge is s >= v.
func (s Ordered[T]) Ge(v T) Pred { return s.compare(OpGe, s.operand(v)) }

// LtExpr is s < x.
func (s Ordered[T]) LtExpr(x Of[T]) Pred { return s.compare(OpLt, x) }

// LeExpr is s <= x.
func (s Ordered[T]) LeExpr(x Of[T]) Pred { return s.compare(OpLe, x) }

// GtExpr is s > x.
func (s Ordered[T]) GtExpr(x Of[T]) Pred { return s.compare(OpGt, x) }

// GeExpr is s >= x.
func (s Ordered[T]) GeExpr(x Of[T]) Pred { return s.compare(OpGe, x) }

// Between is s BETWEEN low AND high, both included.
func (s Ordered[T]) Between(low, high T) Pred {
	return Pred{&Between{X: s.Unwrap(), Low: s.operand(low), High: s.operand(high)}}
}

// Min is the smallest value of a group.
func (s Ordered[T]) Min() Ordered[T] { return Ordered[T]{s.call("min")} }

// Max is the largest value of a group.
func (s Ordered[T]) Max() Ordered[T] { return Ordered[T]{s.call("max")} }

func (s Scalar[T]) call(name string, more ...Expression) Scalar[T] {
	return Scalar[T]{x: &Func{Name: name, Args: append([]Expression{s.Unwrap()}, more...), Type: s.SQLType()}, c: s.c}
}
