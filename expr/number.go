package expr

import "github.com/alkahest-go/alkahest/sqltype"

// AsNum is x with the operations of numbers: expr.AsNum(expr.Value(5)).SubExpr(c).
func AsNum[T any](x Of[T]) Num[T] { return NewNum[T](Unwrap(x), x.Codec()) }

// AsText is x with the operations of text.
func AsText[T ~string](x Of[T]) TextOf[T] { return NewText[T](Unwrap(x), x.Codec()) }

// AsOrdered is x with comparisons by order.
func AsOrdered[T any](x Of[T]) Ordered[T] {
	return Ordered[T]{NewScalar[T](Unwrap(x), x.Codec())}
}

// AsBool is x as a condition.
func AsBool(x Of[bool]) BoolOf[bool] { return NewBool[bool](Unwrap(x), x.Codec()) }

// ToDecimal is a number as an exact one of so many digits, scale of them after
// the point, to be calculated with beside others: price.MulExpr(ToDecimal(n, 10,
// 0)).
func ToDecimal[T any](x Of[T], precision, scale int) Num[sqltype.Decimal] {
	return Num[sqltype.Decimal]{CastTo[sqltype.Decimal](x, sqltype.Numeric{Precision: precision, Scale: scale})}
}

// ToFloat is a number as a floating-point one.
func ToFloat[T any](x Of[T]) Num[float64] {
	return Num[float64]{CastTo[float64](x, floatCodec.Type)}
}

var (
	floatCodec   = sqltype.CodecOf[float64](sqltype.Float{Bits: 64})
	decimalCodec = sqltype.CodecOf[sqltype.Decimal](sqltype.Numeric{})
)

// Div is s / v as floating-point numbers: 1/2 is 0.5 on every database. What a
// division by zero gives, NULL or an error, is the database's affair.
//
//go:noinline
func (s Num[T]) Div(v T) Num[float64] { return divided(s.Unwrap(), operand(s.c, v)) }

// DivExpr is s / x as floating-point numbers.
//
//go:noinline
func (s Num[T]) DivExpr(x Of[T]) Num[float64] { return divided(s.Unwrap(), Unwrap(x)) }

//go:noinline
func divided(x, by Expression) Num[float64] {
	if _, ok := by.SQLType().(sqltype.Float); !ok {
		by = &Cast{X: by, Type: floatCodec.Type}
	}
	return NewNum[float64](&Binary{Op: OpDiv, L: x, R: by, Type: floatCodec.Type}, floatCodec)
}

// DivDecimal is s / v as exact numbers, with as many digits as the database
// gives a quotient.
//
//go:noinline
func (s Num[T]) DivDecimal(v T) Num[sqltype.Decimal] { return quotient(s.Unwrap(), operand(s.c, v)) }

// DivDecimalExpr is s / x as exact numbers.
//
//go:noinline
func (s Num[T]) DivDecimalExpr(x Of[T]) Num[sqltype.Decimal] { return quotient(s.Unwrap(), Unwrap(x)) }

//go:noinline
func quotient(x, by Expression) Num[sqltype.Decimal] {
	return NewNum[sqltype.Decimal](&Binary{Op: OpDiv, L: x, R: by, Type: decimalCodec.Type}, decimalCodec)
}

// IntDiv is s / v of whole numbers, without the fraction: -7/2 is -3.
//
//go:noinline
func (s Num[T]) IntDiv(v T) Num[T] { return arith(s, OpIntDiv, operand(s.c, v)) }

// IntDivExpr is s / x of whole numbers, without the fraction.
//
//go:noinline
func (s Num[T]) IntDivExpr(x Of[T]) Num[T] { return arith(s, OpIntDiv, x) }

// ModExpr is the remainder of s / x, with the sign of s.
//
//go:noinline
func (s Num[T]) ModExpr(x Of[T]) Num[T] { return arith(s, OpMod, x) }

// BitAnd is the bits that both s and v have.
//
//go:noinline
func (s Num[T]) BitAnd(v T) Num[T] { return arith(s, OpBitAnd, NewBind(s.c, v)) }

// BitOr is the bits that s or v have.
//
//go:noinline
func (s Num[T]) BitOr(v T) Num[T] { return arith(s, OpBitOr, NewBind(s.c, v)) }

// BitXor is the bits that one of s and v has.
//
//go:noinline
func (s Num[T]) BitXor(v T) Num[T] { return arith(s, OpBitXor, NewBind(s.c, v)) }

// BitNot is the bits that s has not: -s - 1.
//
//go:noinline
func (s Num[T]) BitNot() Num[T] { return NewNum[T](&Unary{Op: OpBitNot, X: s.Unwrap()}, s.c) }

// BitAndExpr is the bits that both s and x have.
//
//go:noinline
func (s Num[T]) BitAndExpr(x Of[T]) Num[T] { return arith(s, OpBitAnd, x) }

// BitOrExpr is the bits that s or x have.
//
//go:noinline
func (s Num[T]) BitOrExpr(x Of[T]) Num[T] { return arith(s, OpBitOr, x) }

// BitXorExpr is the bits that one of s and x has.
//
//go:noinline
func (s Num[T]) BitXorExpr(x Of[T]) Num[T] { return arith(s, OpBitXor, x) }

// ShiftLeft is s * 2^n, by bits: what is shifted out is lost.
//
//go:noinline
func (s Num[T]) ShiftLeft(n int) Num[T] { return arith(s, OpShiftLeft, shift(n)) }

// ShiftRight is s / 2^n, rounded down: the sign is kept.
//
//go:noinline
func (s Num[T]) ShiftRight(n int) Num[T] { return arith(s, OpShiftRight, shift(n)) }

func shift(n int) Expression { return NewBind(shiftCodec, int32(n)) }

var shiftCodec = sqltype.CodecOf[int32](sqltype.Integer{Bits: 32})

// BetweenExpr is s BETWEEN low AND high, both included.
//
//go:noinline
func (s Ordered[T]) BetweenExpr(low, high Of[T]) Pred {
	return Pred{&Between{X: s.Unwrap(), Low: Unwrap(low), High: Unwrap(high)}}
}

// BetweenSymmetric is BETWEEN with the bounds in either order.
//
//go:noinline
func (s Ordered[T]) BetweenSymmetric(a, b T) Pred {
	return Pred{&Between{X: s.Unwrap(), Low: operand(s.c, a), High: operand(s.c, b), Symmetric: true}}
}
