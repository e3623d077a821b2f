package compile_test

import (
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func dec(text string) sqltype.Decimal { return sqltype.MustParseDecimal(text) }

// price is a value of a column that has two digits after the point.
var price = expr.AsNum(expr.CastTo[sqltype.Decimal](expr.Value(dec("1.25")), sqltype.Numeric{Precision: 10, Scale: 2}))

func span(from, to string) expr.Num[time.Duration] { return expr.TimeBetween(at(from), at(to)) }

// inferredCases are expressions whose type is not that of their operands.
var inferredCases = []valueCase{
	gives("whole_plus_exact", "A whole number and an exact one make an exact one.", expr.ToDecimal(num(2), 10, 0).AddExpr(expr.Value(dec("0.25"))), dec("2.25")),
	gives("exact_times_exact", "A product has the digits of both.", price.MulExpr(price), dec("1.5625")),
	gives("exact_times_value", "What a column is multiplied by is not cut to the column's digits.", price.Mul(dec("0.125")), dec("0.15625")),
	gives("exact_compared", "Nor is what it is compared with.", holds(price.Gt(dec("1.249"))), 1),
	gives("exact_equal", "A value of more digits is equal to no value of the column.", holds(price.Eq(dec("1.2501"))), 0),
	gives("exact_in", "Also in a list.", holds(price.In(dec("1.2499"), dec("1.2501"))), 0),
	gives("exact_between", "And between two.", holds(price.Between(dec("1.2499"), dec("1.2501"))), 1),
	gives("whole_plus_float", "A whole number and a floating-point one make one that is.", expr.ToFloat(num(3)).Add(0.5), 3.5),
	gives("day_minus_day", "A day minus a day is a length of time.", holds(expr.TimeBetween(on("2024-02-28"), on("2024-03-01")).Eq(48*time.Hour)), 1, "oracle"),
	gives("moment_minus_moment", "So is a moment minus a moment, with its fraction.", holds(span("2024-02-28 23:00:00.5", "2024-03-01 00:00:00.75").Eq(25*time.Hour+250*time.Millisecond)), 1, "oracle"),
	gives("moment_minus_later", "It is negative where the other is later.", holds(span("2024-01-01 00:00:01", "2024-01-01 00:00:00").Eq(-time.Second)), 1, "oracle"),
	gives("span_compared", "It is compared with a duration.", holds(span("2024-01-01 00:00:00", "2024-01-01 02:00:00").Gt(90*time.Minute)), 1, "oracle"),
	gives("span_plus_span", "Lengths of time are added.", holds(span("2024-01-01 00:00:00", "2024-01-01 02:00:00").Add(time.Minute).Eq(121*time.Minute)), 1, "oracle"),
	gives("moment_plus_span", "A moment plus a length of time is a moment.",
		expr.AddInterval(at("2024-02-29 12:00:00.5"), span("2024-01-01 00:00:00", "2024-01-02 00:00:00.25")), moments("2024-03-01 12:00:00.75"), "sqlite", "oracle"),
}

// TestTypesOfOperators holds the SQL type of what operators make.
func TestTypesOfOperators(t *testing.T) {
	whole, exact, float := sqltype.Integer{Bits: 32}, sqltype.Numeric{Precision: 10, Scale: 2}, sqltype.Float{Bits: 64}
	for _, tc := range []struct {
		op         expr.Op
		l, r, want sqltype.Type
	}{
		{expr.OpAdd, whole, whole, whole},
		{expr.OpAdd, whole, exact, sqltype.Numeric{}},
		{expr.OpMul, exact, whole, sqltype.Numeric{}},
		{expr.OpMul, exact, exact, sqltype.Numeric{}},
		{expr.OpSub, whole, float, float},
		{expr.OpSub, exact, float, float},
		{expr.OpSub, float, exact, float},
		{expr.OpAdd, sqltype.Null{}, exact, sqltype.Numeric{}},
		{expr.OpMod, sqltype.Null{}, whole, whole},
		{expr.OpBitAnd, whole, sqltype.Integer{Bits: 64}, whole},
		{expr.OpConcat, sqltype.String{Length: 3}, sqltype.Text{}, sqltype.String{Length: 3}},
		{expr.OpLt, exact, exact, sqltype.Boolean{}},
	} {
		x := &expr.Binary{Op: tc.op, L: expr.BindValue(tc.l, sqltype.Value{}), R: expr.BindValue(tc.r, sqltype.Value{})}
		if got := x.SQLType(); got != tc.want {
			t.Errorf("%s, operator %d, %s: got %s, want %s", tc.l, tc.op, tc.r, got, tc.want)
		}
	}
}
