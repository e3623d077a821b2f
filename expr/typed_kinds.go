package expr

import (
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Num is a number.
type Num[T any] struct{ Ordered[T] }

// NewNum gives a numeric expression its Go type.
func NewNum[T any](x Expression, c *sqltype.Codec) Num[T] {
	return Num[T]{Ordered[T]{NewScalar[T](x, c)}}
}

func arith[T any](s Num[T], op Op, r Expression) Num[T] {
	return NewNum[T](&Binary{Op: op, L: s.Unwrap(), R: Unwrap(r)}, s.c.Operand())
}

// Add is s + v.
//
//go:noinline
func (s Num[T]) Add(v T) Num[T] { return arith(s, OpAdd, operand(s.c, v)) }

// Sub is s - v.
//
//go:noinline
func (s Num[T]) Sub(v T) Num[T] { return arith(s, OpSub, operand(s.c, v)) }

// Mul is s * v.
//
//go:noinline
func (s Num[T]) Mul(v T) Num[T] { return arith(s, OpMul, operand(s.c, v)) }

// Mod is the remainder of s / v, with the sign of s.
//
//go:noinline
func (s Num[T]) Mod(v T) Num[T] { return arith(s, OpMod, operand(s.c, v)) }

// AddExpr is s + x.
//
//go:noinline
func (s Num[T]) AddExpr(x Of[T]) Num[T] { return arith(s, OpAdd, x) }

// SubExpr is s - x.
//
//go:noinline
func (s Num[T]) SubExpr(x Of[T]) Num[T] { return arith(s, OpSub, x) }

// MulExpr is s * x.
//
//go:noinline
func (s Num[T]) MulExpr(x Of[T]) Num[T] { return arith(s, OpMul, x) }

// Neg is -s.
//
//go:noinline
func (s Num[T]) Neg() Num[T] { return NewNum[T](&Unary{Op: OpNeg, X: s.Unwrap()}, s.c) }

// Abs is the absolute value.
//
//go:noinline
func (s Num[T]) Abs() Num[T] { return NewNum[T](callOn(s.Unwrap(), "abs"), s.c) }

// TextOf is text whose Go type is T.
type TextOf[T ~string] struct{ Ordered[T] }

// NewText gives an expression of text its Go type.
func NewText[T ~string](x Expression, c *sqltype.Codec) TextOf[T] {
	return TextOf[T]{Ordered[T]{NewScalar[T](x, c)}}
}

// pattern binds text that is not a value of the column: it may be longer than
// the column is wide, or hold wildcards.
func pattern(s string) Expression { return NewBind(textCodec, s) }

var textCodec = sqltype.CodecOf[string](sqltype.Text{})

// Like is s LIKE pattern, where % stands for any text and _ for any character.
// Whether it minds case is the database's affair; see ILike.
//
//go:noinline
func (s TextOf[T]) Like(p string) Pred { return compare(s.Unwrap(), OpLike, pattern(p)) }

// NotLike is s NOT LIKE pattern.
//
//go:noinline
func (s TextOf[T]) NotLike(p string) Pred { return compare(s.Unwrap(), OpNotLike, pattern(p)) }

// ILike is LIKE without regard to case.
//
//go:noinline
func (s TextOf[T]) ILike(p string) Pred { return compare(s.Unwrap(), OpILike, pattern(p)) }

// Contains reports whether s has the text within it. Wildcards in the text
// stand for themselves.
//
//go:noinline
func (s TextOf[T]) Contains(text string) Pred { return likeEscaped(OpLike, s.Unwrap(), "%", text, "%") }

// StartsWith reports whether s begins with the text.
//
//go:noinline
func (s TextOf[T]) StartsWith(text string) Pred {
	return likeEscaped(OpLike, s.Unwrap(), "", text, "%")
}

// EndsWith reports whether s ends with the text.
//
//go:noinline
func (s TextOf[T]) EndsWith(text string) Pred { return likeEscaped(OpLike, s.Unwrap(), "%", text, "") }

// likeEscape is the character that the library's own patterns escape with: one
// that no database treats as special within a literal.
const likeEscape = '/'

var likeEscaper = strings.NewReplacer("/", "//", "%", "/%", "_", "/_")

//go:noinline
func likeEscaped(op Op, l Expression, before, text, after string) Pred {
	p := pattern(before + likeEscaper.Replace(text) + after)
	return Pred{&Binary{Op: op, L: l, R: p, Escape: likeEscape}}
}

// Concat is s || v.
//
//go:noinline
func (s TextOf[T]) Concat(v string) TextOf[T] {
	return NewText[T](&Binary{Op: OpConcat, L: s.Unwrap(), R: pattern(v)}, s.c)
}

// ConcatExpr is s || x.
//
//go:noinline
func (s TextOf[T]) ConcatExpr(x Of[T]) TextOf[T] {
	return NewText[T](&Binary{Op: OpConcat, L: s.Unwrap(), R: Unwrap(x)}, s.c)
}

// Lower is the text in small letters.
//
//go:noinline
func (s TextOf[T]) Lower() TextOf[T] { return NewText[T](callOn(s.Unwrap(), "lower"), s.c) }

// Upper is the text in capital letters.
//
//go:noinline
func (s TextOf[T]) Upper() TextOf[T] { return NewText[T](callOn(s.Unwrap(), "upper"), s.c) }

// Pred is a condition: a typed expression of type bool that can be combined.
type Pred struct{ x Expression }

// NewPred makes a condition of an expression that is true, false or NULL.
func NewPred(x Expression) Pred { return Pred{x} }

// SQLType implements Expression.
func (Pred) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (p Pred) AppendKey(k *Key) { k.Node(p.x) }

// Unwrap returns the expression inside.
func (p Pred) Unwrap() Expression { return p.x }

// Codec implements Of.
func (p Pred) Codec() *sqltype.Codec { return boolCodec }

var boolCodec = sqltype.CodecOf[bool](sqltype.Boolean{})

func (Pred) goType(bool) {}
func (Pred) predicate()  {}

// And is p AND every q.
func (p Pred) And(qs ...Predicate) Pred { return And(append([]Predicate{p}, qs...)...) }

// Or is p OR any q.
func (p Pred) Or(qs ...Predicate) Pred { return Or(append([]Predicate{p}, qs...)...) }

// Not is NOT p.
func (p Pred) Not() Pred { return Not(p) }

// And is true where all are. Of none it is true.
func And(ps ...Predicate) Pred { return Pred{&Variadic{Op: OpAnd, Xs: unwrapAll(ps)}} }

// allOf is AND, and the condition itself where there is one.
func allOf(ps []Predicate) Expression {
	if len(ps) == 1 {
		return Unwrap(ps[0])
	}
	return Unwrap(And(ps...))
}

// Or is true where any is. Of none it is false.
func Or(ps ...Predicate) Pred { return Pred{&Variadic{Op: OpOr, Xs: unwrapAll(ps)}} }

// Not is NOT p, with the operator of p turned round where it has an opposite.
func Not(p Predicate) Pred { return Pred{negated(Unwrap(p))} }

func unwrapAll[E Expression](xs []E) []Expression {
	out := make([]Expression, len(xs))
	for i, x := range xs {
		out[i] = Unwrap(x)
	}
	return out
}

// appendUnwrapped returns list with xs after it, in memory of its own.
func appendUnwrapped[E Expression](list []Expression, xs []E) []Expression {
	out := make([]Expression, len(list), len(list)+len(xs))
	copy(out, list)
	for _, x := range xs {
		out = append(out, Unwrap(x))
	}
	return out
}

// BoolOf is an expression of type bool in Go, which is a condition by itself.
type BoolOf[T any] struct{ Scalar[T] }

// NewBool gives a truth value its Go type.
func NewBool[T any](x Expression, c *sqltype.Codec) BoolOf[T] { return BoolOf[T]{NewScalar[T](x, c)} }

func (BoolOf[T]) predicate() {}

// Not is NOT s.
//
//go:noinline
func (s BoolOf[T]) Not() Pred { return Pred{&Unary{Op: OpNot, X: s.Unwrap()}} }

// And is s AND every q.
//
//go:noinline
func (s BoolOf[T]) And(qs ...Predicate) Pred { return And(append([]Predicate{s}, qs...)...) }

// Or is s OR any q.
//
//go:noinline
func (s BoolOf[T]) Or(qs ...Predicate) Pred { return Or(append([]Predicate{s}, qs...)...) }

// Exists is EXISTS (q).
func Exists(q Query) Pred { return Pred{&Subquery{Select: q, Exists: true}} }

var countCodec = sqltype.CodecOf[int64](sqltype.Integer{Bits: 64})

// CountAll is count(*).
func CountAll() Num[int64] { return count(STAR, false) }

// Count is count(x): the rows where x is not NULL.
func Count(x Expression) Num[int64] { return count(Unwrap(x), false) }

// CountDistinct is count(DISTINCT x).
func CountDistinct(x Expression) Num[int64] { return count(Unwrap(x), true) }

func count(x Expression, distinct bool) Num[int64] {
	return NewNum[int64](&Func{Name: "count", Args: []Expression{x}, Distinct: distinct, Type: countCodec.Type}, countCodec)
}

// Value is v as an expression of the type that its Go type has by default.
func Value[T any](v T) Of[T] {
	c, err := codecOfGo[T]()
	if err != nil {
		return NewScalar[T](Invalid{err}, nil)
	}
	return NewScalar[T](NewBind(c, v), c)
}
