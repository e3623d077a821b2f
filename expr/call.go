package expr

import "github.com/alkahest-go/alkahest/sqltype"

// Fn is a call of the function name, which is written as it is and may have a
// schema before a dot. The result is T in Go, and of the SQL type that T has by
// default; Typed names another. The name must be a constant of the program.
func Fn[T any](name constant, args ...Expression) Ordered[T] {
	c, err := codecOfGo[T]()
	if err != nil {
		return Ordered[T]{NewScalar[T](Invalid{err}, nil)}
	}
	return Ordered[T]{NewScalar[T](call(string(name), c.Type, args...), c)}
}

// FnPred is a call of a function that gives a truth value, as a condition.
func FnPred(name constant, args ...Expression) Pred {
	return Pred{call(string(name), boolCodec.Type, args...)}
}

func call(name string, t sqltype.Type, args ...Expression) *Func {
	return &Func{Name: name, Args: unwrapAll(args), Type: t}
}

func sameAs[T any](name string, x Of[T], args ...Expression) Ordered[T] {
	all := append([]Expression{x}, args...)
	return Ordered[T]{NewScalar[T](call(name, x.SQLType(), all...), x.Codec())}
}

// ofSeveral is a call with at least two arguments: SQLite's functions of one are
// aggregates.
func ofSeveral[T any](name string, x Of[T], more []Of[T]) Ordered[T] {
	if len(more) == 0 {
		return AsOrdered(x)
	}
	return sameAs(name, x, rest(more)...)
}

func rest[T any](more []Of[T]) []Expression {
	list := make([]Expression, len(more))
	for i, x := range more {
		list[i] = x
	}
	return list
}

// Coalesce is the first of the values that is not NULL.
func Coalesce[T any](x Of[T], more ...Of[T]) Ordered[T] { return sameAs("coalesce", x, rest(more)...) }

// NullIf is x, or NULL where x = y; so T should be able to hold NULL.
func NullIf[T any](x, y Of[T]) Ordered[T] { return sameAs("nullif", x, y) }

// Greatest is the largest of the values. PostgreSQL ignores NULLs among them; the
// others give NULL.
func Greatest[T any](x Of[T], more ...Of[T]) Ordered[T] {
	return ofSeveral("greatest", x, more)
}

// Least is the smallest of the values. PostgreSQL ignores NULLs among them; the
// others give NULL.
func Least[T any](x Of[T], more ...Of[T]) Ordered[T] {
	return ofSeveral("least", x, more)
}

// Length is the number of characters.
//
//go:noinline
func (s TextOf[T]) Length() Num[int64] {
	return NewNum[int64](call("char_length", countCodec.Type, s), countCodec)
}

// Substring is length characters from the position from, which counts from 1.
//
//go:noinline
func (s TextOf[T]) Substring(from, length int) TextOf[T] {
	return textCall(s, "substr", position(from), position(length))
}

// SubstringFrom is all characters from the position from, which counts from 1.
//
//go:noinline
func (s TextOf[T]) SubstringFrom(from int) TextOf[T] { return s.Substring(from, allCharacters) }

// allCharacters is a length that no text has, and that a position can be added to.
const allCharacters = 1 << 30

// Replace is s with every old replaced.
//
//go:noinline
func (s TextOf[T]) Replace(old, with string) TextOf[T] {
	return textCall(s, "replace", pattern(old), pattern(with))
}

// Trim is s without blanks at its ends.
//
//go:noinline
func (s TextOf[T]) Trim() TextOf[T] { return textCall(s, "trim") }

// TrimLeft is s without blanks at its beginning.
//
//go:noinline
func (s TextOf[T]) TrimLeft() TextOf[T] { return textCall(s, "ltrim") }

// TrimRight is s without blanks at its end.
//
//go:noinline
func (s TextOf[T]) TrimRight() TextOf[T] { return textCall(s, "rtrim") }

func textCall[T ~string](s TextOf[T], name string, args ...Expression) TextOf[T] {
	return NewText[T](callOn(s.Unwrap(), name, args...), s.c)
}

func position(n int) Expression { return NewBind(shiftCodec, int32(n)) }

// Floor is the largest whole number that is not above s.
//
//go:noinline
func (s Num[T]) Floor() Num[T] { return NewNum[T](callOn(s.Unwrap(), "floor"), s.c) }

// Ceil is the smallest whole number that is not below s.
//
//go:noinline
func (s Num[T]) Ceil() Num[T] { return NewNum[T](callOn(s.Unwrap(), "ceil"), s.c) }

// Sqrt is the square root.
//
//go:noinline
func (s Num[T]) Sqrt() Num[float64] {
	return NewNum[float64](call("sqrt", floatCodec.Type, s), floatCodec)
}

// Power is s to the power of n.
//
//go:noinline
func (s Num[T]) Power(n float64) Num[float64] {
	return NewNum[float64](call("power", floatCodec.Type, s, NewBind(floatCodec, n)), floatCodec)
}

// Operator is an operator that the library does not know. Between what it stands
// is put in parentheses unless it is a name, a value or a call.
type Operator struct{ text string }

// CustomOperator is an operator of the database, or of an extension of it. Its
// text must be a constant of the program.
func CustomOperator(text constant) Operator { return Operator{string(text)} }

// Pred is l op r, a condition.
func (o Operator) Pred(l, r Expression) Pred { return Pred{o.of(l, r, boolCodec.Type)} }

// Between is l op r, of the SQL type t; expr.Typed gives it a Go type.
func (o Operator) Between(l, r Expression, t sqltype.Type) *Operation { return o.of(l, r, t) }

func (o Operator) of(l, r Expression, t sqltype.Type) *Operation {
	return &Operation{Text: o.text, L: Unwrap(l), R: Unwrap(r), Type: t}
}

// Operation is L Text R, for operators that are the same on every product that
// has them.
type Operation struct {
	Text string
	L, R Expression
	Type sqltype.Type
}

// SQLType implements Expression.
func (e *Operation) SQLType() sqltype.Type { return e.Type }

// AppendKey implements Node.
func (e *Operation) AppendKey(k *Key) {
	k.Tag(tagOperation)
	k.String(e.Text)
	k.Node(e.L)
	k.Node(e.R)
}

// Children implements Parent.
func (e *Operation) Children() []Expression { return []Expression{e.L, e.R} }

// Operator implements Infix.
func (e *Operation) Operator() (Op, bool) {
	if e.IsCondition() {
		return OpLike, true
	}
	return OpConcat, true
}

// IsCondition implements Conditional.
func (e *Operation) IsCondition() bool { return e.Type == boolCodec.Type }

func (e *Operation) special() {}
