package compile_test

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// valueCase is an expression of constants, with what it gives on every database
// that has it. skip names products that refuse it, by an UnsupportedError.
type valueCase struct {
	name, doc string
	x         expr.Expression
	want      any
	read      func(sqltype.Row) (any, error)
	refuse    []string
}

// gives is a valueCase of the Go type T.
func gives[T any](name, doc string, x expr.Of[T], want T, refuse ...string) valueCase {
	return valueCase{name, doc, x, want, func(r sqltype.Row) (any, error) {
		if r.IsNull(0) {
			return nil, nil
		}
		var v T
		if err := x.Codec().Decode(r, 0, unsafe.Pointer(&v)); err != nil {
			return nil, err
		}
		return v, r.Err()
	}, refuse}
}

// null is a valueCase that gives NULL.
func null[T any](name, doc string, x expr.Of[T], refuse ...string) valueCase {
	var zero T
	c := gives(name, doc, x, zero, refuse...)
	c.want = nil
	return c
}

var valueGroups = []struct {
	name  string
	cases []valueCase
}{
	{"number", numberCases},
	{"pattern", patternCases},
	{"condition", conditionCases},
	{"convert", convertCases},
	{"function", functionCases},
	{"temporal", temporalCases},
	{"json", jsonCases},
	{"row", rowCases},
	{"quantified", quantifiedCases},
	{"aggregated", aggregatedCases},
	{"inferred", inferredCases},
	{"typed", typedCases},
}

func num(n int64) expr.Num[int64]      { return expr.AsNum(expr.Value(n)) }
func str(s string) expr.TextOf[string] { return expr.AsText(expr.Value(s)) }

// holds makes a value of a condition, as not every product has truth values.
func holds(p expr.Predicate) expr.Of[int64] {
	return expr.CaseWhen(p, expr.Value(int64(1))).When(expr.Not(p), expr.Value(int64(0)))
}

func TestValues(t *testing.T) {
	for _, g := range valueGroups {
		for _, tc := range g.cases {
			t.Run(g.name+"/"+tc.name, func(t *testing.T) {
				golden(t, g.name+"/"+tc.name, renderStatement(statementCase{tc.name, tc.doc, expr.NewSelect(tc.x)}))
			})
		}
	}
}

// TestValuesAreTheSameEverywhere asks every database what the expressions of
// the golden files give.
func TestValuesAreTheSameEverywhere(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, g := range valueGroups {
			for _, tc := range g.cases {
				t.Run(g.name+"/"+tc.name, func(t *testing.T) { checkValue(t, p, c, tc) })
			}
		}
	})
}

func checkValue(t *testing.T, p product, c driver.Conn, tc valueCase) {
	compiled, args, err := statement(expr.NewSelect(tc.x), p.rules())
	if slices.Contains(tc.refuse, p.name) {
		if _, ok := err.(*compile.UnsupportedError); !ok {
			t.Errorf("got error %v, want an UnsupportedError", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got any
	n := 0
	err = query(c, compiled.SQL, compiled.Params, args, func(r sqltype.Row) (err error) {
		n++
		got, err = tc.read(r)
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, compiled.SQL)
	}
	if d := cmp.Diff(got, tc.want, cmp.Comparer(sameDecimal)); n != 1 || d != "" {
		t.Errorf("%s\n%d rows (-got +want):\n%s", compiled.SQL, n, d)
	}
}

func sameDecimal(a, b sqltype.Decimal) bool { return reflect.DeepEqual(a, b) || a.Cmp(b) == 0 }

var numberCases = []valueCase{
	gives("add_reversed", "A constant on the left of an operator.", num(5).SubExpr(num(3)), 2),
	gives("div", "Division is true division.", num(1).Div(2), 0.5),
	gives("div_negative", "Division of a negative number.", num(-7).DivExpr(num(2)), -3.5),
	gives("div_float", "Division of floating-point numbers needs no cast.", expr.AsNum(expr.Value(1.0)).Div(4), 0.25),
	gives("div_decimal", "The quotient as an exact number.", num(1).DivDecimal(4), sqltype.MustParseDecimal("0.25")),
	gives("int_div", "Whole division cuts towards zero.", num(-7).IntDiv(2), -3),
	gives("mod", "The remainder has the sign of what is divided.", num(-7).Mod(3), -1),
	gives("bit_and", "AND of bits.", num(12).BitAnd(10), 8),
	gives("bit_or", "OR of bits.", num(12).BitOr(10), 14),
	gives("bit_xor", "XOR of bits.", num(12).BitXor(10), 6),
	gives("bit_xor_negative", "XOR with a negative number.", num(-12).BitXor(10), -2),
	gives("bit_not", "NOT of bits.", num(30).BitNot(), -31),
	gives("bit_chain", "Operators on bits within each other are kept apart.", num(12).BitXor(10).BitXor(5).BitOrExpr(num(1).ShiftLeft(4)), 19),
	gives("shift_left", "A shift to the left.", num(3).ShiftLeft(4), 48),
	gives("shift_right", "A shift to the right.", num(100).ShiftRight(3), 12),
	gives("shift_right_negative", "A shift to the right keeps the sign, and rounds down.", num(-100).ShiftRight(3), -13),
	gives("between_symmetric", "The bounds may come in either order.", holds(num(5).BetweenSymmetric(9, 1)), 1),
	gives("not_between_symmetric", "NOT BETWEEN with the bounds in either order.", holds(num(5).BetweenSymmetric(9, 1).Not()), 0),
	gives("between_expr", "Bounds may be expressions.", holds(num(5).BetweenExpr(num(1).Add(1), num(9))), 1),
}

var patternCases = []valueCase{
	gives("like_escape", "A wildcard behind the escape character stands for itself.", holds(str("50%").LikeEscape("5_!%", '!')), 1),
	gives("like_escape_not", "The escaped wildcard is no wildcard.", holds(str("500").LikeEscape("50!%", '!')), 0),
	gives("ilike_escape", "The same without regard to case.", holds(str("A%B").ILikeEscape("a!%b", '!')), 1),
	gives("not_ilike", "NOT LIKE without regard to case.", holds(str("Abc").NotILike("aB%")), 0),
	gives("icontains", "Text within text, whatever its case.", holds(str("x50%Ab").IContains("50%a")), 1),
	gives("istarts_with", "The beginning, whatever its case.", holds(str("Abc").IStartsWith("aB")), 1),
	gives("iends_with", "The end, whatever its case.", holds(str("xA_b").IEndsWith("a_B")), 1),
	gives("starts_with_expr", "The beginning is another expression, whose wildcards stand for themselves.", holds(str("a%bc").StartsWithExpr(str("a%").Concat("b"))), 1),
	gives("starts_with_expr_not", "A wildcard within an expression is none.", holds(str("axbc").StartsWithExpr(str("a%b"))), 0),
	gives("contains_expr", "Text of another expression.", holds(str("ab/c").ContainsExpr(str("b/"))), 1),
	gives("ends_with_expr", "The end is another expression.", holds(str("a_b").EndsWithExpr(str("_b"))), 1),
	gives("not_contains", "NOT is part of the operator.", holds(str("abc").Contains("zz").Not()), 1),
	gives("matches", "A regular expression.", holds(str("axxb").Matches("^a.*b$")), 1, "mssql"),
	gives("matches_case", "Case counts.", holds(str("AxxB").Matches("^a.*b$")), 0, "mssql"),
	gives("matches_fold", "Case does not count.", holds(str("AxxB").Matches("^a.*b$", expr.IgnoreCase)), 1, "mssql"),
	gives("matches_lines", "Each line has an end.", holds(str("ab\ncd").Matches("^ab$", expr.MultiLine)), 1, "mssql"),
	gives("not_matches", "NOT is part of the operator.", holds(str("AxxB").Matches("^a", expr.IgnoreCase).Not()), 0, "mssql"),
	gives("replace_matches", "All matches are replaced.", str("a1b22c").ReplaceMatches("[0-9]+", "#"), "a#b#c", "mssql"),
	gives("replace_matches_fold", "Whatever their case.", str("xAyAz").ReplaceMatches("a", "", expr.IgnoreCase), "xyz", "mssql"),
}

var conditionCases = []valueCase{
	gives("case_when", "CASE with conditions.", expr.CaseWhen(num(5).Lt(3), expr.Value("a")).When(num(5).Lt(9), expr.Value("b")).Else(expr.Value("c")), "b"),
	null("case_without_else", "CASE without ELSE gives NULL where nothing applies.", expr.CaseWhen(num(5).Lt(3), expr.Value("a"))),
	gives("switch", "CASE that compares one expression.", expr.Switch(str("b"), "a", expr.Value(int64(1))).When("b", expr.Value(int64(2))).Else(expr.Value(int64(0))), 2),
	gives("switch_else", "ELSE of such a CASE.", expr.Switch(str("x"), "a", expr.Value(int64(1))).Else(expr.Value(int64(0))), 0),
	gives("not_comparison", "NOT turns a comparison round.", holds(num(5).Lt(3).Not()), 1),
	gives("not_in", "NOT turns IN round.", holds(num(5).In(1, 5).Not()), 0),
	gives("not_and", "NOT of AND keeps its parentheses.", holds(num(5).Lt(3).And(num(1).Eq(1)).Not()), 1),
	gives("not_exists", "NOT EXISTS.", holds(expr.Not(expr.Exists(expr.NewSelect(num(1)).Where(num(1).Eq(2))))), 1),
}

var convertCases = []valueCase{
	gives("cast", "CAST gives a Go type with the SQL type.", expr.CastTo[int32](str("42"), sqltype.Integer{Bits: 32}), 42),
	gives("typed", "A value of which the SQL type is told.", expr.Typed[int64](expr.SQL("40 + 2"), sqltype.Integer{Bits: 64}), 42),
	gives("typed_operand", "Raw SQL within an operator has parentheses.", expr.AsNum[int64](expr.Typed[int64](expr.SQL("40 + 2"), sqltype.Integer{Bits: 64})).Mul(2), 84),
	gives("try_cast", "A cast that may fail.", expr.TryCast[int32](str("42"), sqltype.Integer{Bits: 32}), 42, "sqlite", "postgresql", "mariadb", "mysql"),
}
