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
//
// The compiler writes all methods of a generic type again, for each T, for its
// pointer and for each type that embeds it, in each package that names it: in the
// packages of models. The methods of Scalar, and of the types that embed it, are
// therefore not inlined, which would put their code into each of these copies,
// and what they share is functions, not methods.
type Scalar[T any] struct {
	x Expression
	c *sqltype.Codec
}

// NewScalar gives an expression the Go type of its codec, which must be T.
func NewScalar[T any](x Expression, c *sqltype.Codec) Scalar[T] { return Scalar[T]{x: x, c: c} }

// SQLType implements Expression.
//
//go:noinline
func (s Scalar[T]) SQLType() sqltype.Type {
	if s.x == nil {
		return sqltype.Null{}
	}
	return s.x.SQLType()
}

// AppendKey implements Node.
//
//go:noinline
func (s Scalar[T]) AppendKey(k *Key) { k.Node(s.Unwrap()) }

// Codec implements Of.
//
//go:noinline
func (s Scalar[T]) Codec() *sqltype.Codec { return s.c }

// Unwrap returns the expression without its Go type.
//
//go:noinline
func (s Scalar[T]) Unwrap() Expression {
	if s.x == nil {
		return Invalid{errUndeclared}
	}
	return s.x
}

//go:noinline
func (s Scalar[T]) goType(T) {}

// operand binds a value that is compared or calculated with, and so need not be
// one that a column of the codec could hold.
func operand[T any](c *sqltype.Codec, v T) *Bind { return NewBind(c.Operand(), v) }

//go:noinline
func compare(l Expression, op Op, r Expression) Pred {
	return Pred{&Binary{Op: op, L: l, R: Unwrap(r)}}
}

// Eq is s = v. A v that is NULL (a nil pointer, an empty sql.Null) makes it
// s IS NULL, which is what it says in Go.
//
//go:noinline
func (s Scalar[T]) Eq(v T) Pred { return equal(s.Unwrap(), operand(s.c, v), OpEq, OpIsNull) }

// Ne is s <> v. A v that is NULL makes it s IS NOT NULL.
//
//go:noinline
func (s Scalar[T]) Ne(v T) Pred { return equal(s.Unwrap(), operand(s.c, v), OpNe, OpIsNotNull) }

func equal(l Expression, v *Bind, op, null Op) Pred {
	if v.Err == nil && v.Value.IsNull() {
		return Pred{&Unary{Op: null, X: l}}
	}
	return compare(l, op, v)
}

// EqExpr is s = x.
//
//go:noinline
func (s Scalar[T]) EqExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpEq, x) }

// NeExpr is s <> x.
//
//go:noinline
func (s Scalar[T]) NeExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpNe, x) }

// IsDistinctFrom is the NULL-safe s <> v.
//
//go:noinline
func (s Scalar[T]) IsDistinctFrom(v T) Pred {
	return compare(s.Unwrap(), OpIsDistinct, operand(s.c, v))
}

// IsNotDistinctFrom is the NULL-safe s = v.
//
//go:noinline
func (s Scalar[T]) IsNotDistinctFrom(v T) Pred {
	return compare(s.Unwrap(), OpIsNotDistinct, operand(s.c, v))
}

// IsNull is s IS NULL.
//
//go:noinline
func (s Scalar[T]) IsNull() Pred { return Pred{&Unary{Op: OpIsNull, X: s.Unwrap()}} }

// IsNotNull is s IS NOT NULL.
//
//go:noinline
func (s Scalar[T]) IsNotNull() Pred { return Pred{&Unary{Op: OpIsNotNull, X: s.Unwrap()}} }

// In is s IN (vs). Of no values it is false, on every database.
//
//go:noinline
func (s Scalar[T]) In(vs ...T) Pred { return in(s.Unwrap(), operands(s.c, vs), false) }

// NotIn is s NOT IN (vs). Of no values it is true.
//
//go:noinline
func (s Scalar[T]) NotIn(vs ...T) Pred { return in(s.Unwrap(), operands(s.c, vs), true) }

func operands[T any](c *sqltype.Codec, vs []T) []Expression {
	list := make([]Expression, len(vs))
	for i, v := range vs {
		list[i] = operand(c, v)
	}
	return list
}

func in(l Expression, list []Expression, not bool) Pred {
	if len(list) > longList {
		if all, ok := newList(list); ok {
			list = []Expression{all}
		}
	}
	return Pred{&In{X: l, List: list, Not: not}}
}

// InSelect is s IN (SELECT …), of a SELECT with one column.
//
//go:noinline
func (s Scalar[T]) InSelect(q Query) Pred {
	return Pred{&In{X: s.Unwrap(), List: []Expression{&Subquery{Select: q}}}}
}

// NotInSelect is s NOT IN (SELECT …). It is never true where the SELECT gives
// a NULL.
//
//go:noinline
func (s Scalar[T]) NotInSelect(q Query) Pred {
	return Pred{&In{X: s.Unwrap(), List: []Expression{&Subquery{Select: q}}, Not: true}}
}

// Asc orders by s, smallest first.
//
//go:noinline
func (s Scalar[T]) Asc() Order { return Order{X: s.Unwrap()} }

// Desc orders by s, largest first.
//
//go:noinline
func (s Scalar[T]) Desc() Order { return Order{X: s.Unwrap(), Desc: true} }

// As gives the expression a name in the result.
//
//go:noinline
func (s Scalar[T]) As(name string) Scalar[T] {
	return Scalar[T]{x: &Label{X: s.Unwrap(), Name: name}, c: s.c}
}

// Set is the assignment s = v of an UPDATE or INSERT. s must be a column.
//
//go:noinline
func (s Scalar[T]) Set(v T) Assignment { return Assignment{Target: s.Unwrap(), Value: NewBind(s.c, v)} }

// SetExpr is the assignment s = x.
//
//go:noinline
func (s Scalar[T]) SetExpr(x Of[T]) Assignment {
	return Assignment{Target: s.Unwrap(), Value: Unwrap(x)}
}

// SetNull is the assignment s = NULL.
//
//go:noinline
func (s Scalar[T]) SetNull() Assignment { return Assignment{Target: s.Unwrap(), Value: NULL} }

// SetDefault is the assignment s = DEFAULT.
//
//go:noinline
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
//
//go:noinline
func (s Ordered[T]) Lt(v T) Pred { return compare(s.Unwrap(), OpLt, operand(s.c, v)) }

// Le is s <= v.
//
//go:noinline
func (s Ordered[T]) Le(v T) Pred { return compare(s.Unwrap(), OpLe, operand(s.c, v)) }

// Gt is s > v.
//
//go:noinline
func (s Ordered[T]) Gt(v T) Pred { return compare(s.Unwrap(), OpGt, operand(s.c, v)) }

// Ge is s >= v.
//
//go:noinline
func (s Ordered[T]) Ge(v T) Pred { return compare(s.Unwrap(), OpGe, operand(s.c, v)) }

// LtExpr is s < x.
//
//go:noinline
func (s Ordered[T]) LtExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpLt, x) }

// LeExpr is s <= x.
//
//go:noinline
func (s Ordered[T]) LeExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpLe, x) }

// GtExpr is s > x.
//
//go:noinline
func (s Ordered[T]) GtExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpGt, x) }

// GeExpr is s >= x.
//
//go:noinline
func (s Ordered[T]) GeExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpGe, x) }

// Between is s BETWEEN low AND high, both included.
//
//go:noinline
func (s Ordered[T]) Between(low, high T) Pred {
	return Pred{&Between{X: s.Unwrap(), Low: operand(s.c, low), High: operand(s.c, high)}}
}

// Min is the smallest value of a group.
//
//go:noinline
func (s Ordered[T]) Min() Ordered[T] { return Ordered[T]{NewScalar[T](callOn(s.Unwrap(), "min"), s.c)} }

// Max is the largest value of a group.
//
//go:noinline
func (s Ordered[T]) Max() Ordered[T] { return Ordered[T]{NewScalar[T](callOn(s.Unwrap(), "max"), s.c)} }

//go:noinline
func callOn(x Expression, name string, more ...Expression) *Func {
	return &Func{Name: name, Args: append([]Expression{x}, more...), Type: x.SQLType()}
}
