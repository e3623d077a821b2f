package compile_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// valued is v as a value of the type.
func valued[T any](t sqltype.Type, v T) expr.Of[T] {
	c := sqltype.CodecOf[T](t)
	return expr.NewScalar[T](&expr.Cast{X: expr.NewBind(c, v), Type: t}, c)
}

// cents are a decimal in the database.
type cents int64

var (
	centsType = sqltype.Decorate("cents", sqltype.Numeric{Precision: 12, Scale: 2},
		func(c cents) (sqltype.Decimal, error) { return sqltype.NewDecimal(int64(c), 2), nil },
		func(d sqltype.Decimal) (cents, error) {
			n, err := json.Number(strings.Replace(d.Round(2).String(), ".", "", 1)).Int64()
			return cents(n), err
		})
	folded = expr.NewExpressed("folded", sqltype.Text{}, func(x expr.Expression) expr.Expression { return expr.Fn[string]("lower", x) }, nil)
)

// amount has the operators of an amount of money beside those of every type.
type amount struct{ expr.Num[cents] }

func inCents(c cents) amount { return amount{expr.AsNum(valued(centsType, c))} }

// Twice is an operator that the program's own type has.
func (a amount) Twice() amount { return amount{a.AddExpr(a)} }

// IsRound reports whether the amount has no cents.
func (a amount) IsRound() expr.Pred {
	return expr.AsNum[int64](expr.CastTo[int64](a, sqltype.Integer{Bits: 64})).EqExpr(expr.Typed[int64](a, sqltype.Integer{Bits: 64}))
}

type level int

func (l level) label() string { return [...]string{"low", "it's high"}[l] }

var day = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)

// typedCases are values of all types, which are sent, and written into the text.
var typedCases = []valueCase{
	gives("small", "A whole number of 16 bits.", valued(sqltype.Integer{Bits: 16}, int16(math.MinInt16)), math.MinInt16),
	gives("big", "A whole number of 64 bits.", valued(sqltype.Integer{Bits: 64}, int64(math.MaxInt64)), math.MaxInt64),
	gives("numeric", "An exact number.", valued(sqltype.Numeric{Precision: 12, Scale: 2}, dec("-1234567890.12")), dec("-1234567890.12")),
	gives("double", "A floating-point number.", valued(sqltype.Float{Bits: 64}, 0.1), 0.1),
	gives("boolean", "A truth value.", holds(expr.AsBool(expr.Value(true))), 1),
	gives("string", "Text with what literals have to escape.", valued(sqltype.String{Length: 20}, `it's \ "x"`), `it's \ "x"`),
	gives("bytes", "Bytes.", valued(sqltype.LargeBinary{}, []byte{0, 39, 92, 255}), []byte{0, 39, 92, 255}),
	gives("date", "A day.", valued(sqltype.Date{}, day), day),
	gives("time", "A time of day.", valued(sqltype.Time{Precision: 6}, 90*time.Minute+time.Microsecond), 90*time.Minute+time.Microsecond, "oracle"),
	gives("datetime", "What a clock on the wall shows.", valued(sqltype.DateTime{Precision: 6}, day.Add(time.Microsecond)), day.Add(time.Microsecond)),
	gives("timestamp", "A moment.", valued(sqltype.DateTime{Precision: 6, Zone: true}, day.Add(time.Hour)), day.Add(time.Hour)),
	gives("uuid", "A UUID.", valued(sqltype.UUID{}, uuid), uuid),
	gives("interval", "A length of time.", holds(expr.AsOrdered(valued(sqltype.Interval{Precision: 6}, time.Hour)).Lt(2*time.Hour)), 1),
	gives("json", "A document.", expr.JSONOf(valued(sqltype.JSON{}, map[string]string{"a": "it's"})).Key("a").Text(), "it's"),
	gives("enum", "A label.", valued(sqltype.Enum{Name: "level", Labels: sqltype.NewLabels("low", "it's high"), AsText: true}, "it's high"), "it's high"),
	gives("enum_of_constants", "A constant by its label.", valued(sqltype.EnumBy(sqltype.Enum{Name: "level", AsText: true}, level.label, 0, 1), level(1)), level(1)),
	gives("array", "A list, where there are arrays.", valued(sqltype.Array{Elem: sqltype.Text{}}, []string{"it's", `"b"`}), []string{"it's", `"b"`}, noArrays...),
	gives("array_fixed", "A list of so many.", valued(sqltype.Array{Elem: sqltype.Integer{Bits: 64}}, [2]int64{1, 2}), [2]int64{1, 2}, noArrays...),
	gives("decorated", "A type of the program's own.", valued(centsType, cents(-125)), cents(-125)),
	gives("decorated_compared", "What it is compared with is turned too.", holds(inCents(125).Gt(124)), 1),
	gives("decorated_operator", "Operators of its own.", inCents(125).Twice(), cents(250)),
	gives("expressed", "A value within an expression.", valued(folded, "ABC"), "abc"),
	gives("variant", "Another type on some products.", valued(sqltype.WithVariant(sqltype.Text{}, sqltype.String{Length: 9}, "mysql", "mariadb"), "it's"), "it's"),
	gives("named", "A type by its own name.", valued(sqltype.DECIMAL(6, 2), dec("12.50")), dec("12.50")),
}

// TestNullType says what has no type: no column, no codec, no literal but NULL.
func TestNullType(t *testing.T) {
	if got := expr.NULL.SQLType(); got != (sqltype.Null{}) {
		t.Errorf("got %s, want the type of NULL", got)
	}
	for _, p := range products {
		if got := columnType(p, sqltype.Null{}); !strings.HasPrefix(got, "refused: ") && !strings.HasPrefix(got, "wrong: ") || !strings.Contains(got, "NULL") {
			t.Errorf("%s: a column without a type: got %s", p.name, got)
		}
		if _, err := p.rules().Literal(sqltype.ArrayValue(nil), sqltype.Array{Elem: sqltype.Null{}}); err == nil || !strings.Contains(err.Error(), "NULL") {
			t.Errorf("%s: a value that has no literal: got %v, want an error that names its type", p.name, err)
		}
		if got, err := p.rules().Literal(sqltype.NullValue(), sqltype.Null{}); got != "NULL" || err != nil {
			t.Errorf("%s: got %q, %v, want NULL", p.name, got, err)
		}
	}
	if _, err := sqltype.CodecFor(sqltype.Null{}, nil); err == nil {
		t.Error("a codec of no type: got no error")
	}
}

// TestIndexBelowZero refuses what products that count from the end would read
// and others not.
func TestIndexBelowZero(t *testing.T) {
	q := expr.NewSelect(expr.JSONOf(expr.BindValue(sqltype.JSON{}, sqltype.JSONValue("[1, 2]"))).Index(-1).Int())
	for _, p := range products {
		_, _, err := statement(q, p.rules())
		var unsupported *compile.UnsupportedError
		if err == nil || errors.As(err, &unsupported) || !strings.Contains(err.Error(), "below 0") {
			t.Errorf("%s: got %v, want an error that says what is wrong", p.name, err)
		}
	}
}
