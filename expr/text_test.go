package expr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/expr"
)

// TestPlacesOfRawSQL shows where a colon is a place for a value and where it
// stands for itself.
func TestPlacesOfRawSQL(t *testing.T) {
	x := expr.Named("x", int64(1))
	for _, tc := range []struct {
		text *expr.Text
		want string // the pieces, with @ for a value
	}{
		{expr.SQL("a = :x", x), "a = @"},
		{expr.SQL(":x", x), "@"},
		{expr.SQL(":x+:x", x), "@+@"},
		{expr.SQL("(:x)", x), "(@)"},
		{expr.SQL("':x' || :x", x), "':x' || @"},
		{expr.SQL("'it''s :x' || :x", x), "'it''s :x' || @"},
		{expr.SQL(`":x" = :x`, x), `":x" = @`},
		{expr.SQL("`:x` = :x", x), "`:x` = @"},
		{expr.SQL("a::x, :x", x), "a::x, @"},
		{expr.SQL("-- :x\n:x", x), "-- :x\n@"},
		{expr.SQL("/* :x ' */ :x", x), "/* :x ' */ @"},
		{expr.SQL("$$ :x $$ || :x", x), "$$ :x $$ || @"},
		{expr.SQL("$tag$ :x $$ $tag$ || :x", x), "$tag$ :x $$ $tag$ || @"},
		{expr.SQL("$1 + :x", x), "$1 + @"},
		{expr.SQL("a[1:2] + :x", x), "a[1:2] + @"},
		{expr.SQL("12:30"), "12:30"},
		{expr.SQL("a:x"), "a:x"},
		{expr.SQL("':x"), "':x"},
		{expr.SQL("a := 1"), "a := 1"},
		{expr.SQL(":été", expr.Named("été", int64(1))), "@"},
	} {
		pieces, args := tc.text.Pieces()
		if _, _, err := keyOf(tc.text); err != nil {
			t.Errorf("%s: %v", tc.want, err)
		}
		if d := cmp.Diff(strings.Join(pieces, "@"), tc.want); d != "" || len(args) != len(pieces)-1 {
			t.Errorf("(-got +want), %d values:\n%s", len(args), d)
		}
	}
}

func TestRawSQLErrors(t *testing.T) {
	for _, tc := range []struct {
		text *expr.Text
		want string
	}{
		{expr.SQL("a = :x"), `expr: raw SQL has no value for :x; give it by expr.Named("x", …)`},
		{expr.SQL("a = 1", expr.Named("x", 1)), "expr: raw SQL has no place :x for its value; write it into the text, or leave the value out"},
		{expr.SQL("':x'", expr.Named("x", 1)), "expr: raw SQL has no place :x for its value; write it into the text, or leave the value out"},
		{expr.SQL("a = :x", expr.Named("x", 1), expr.Named("x", 2)), "expr: raw SQL is given :x twice"},
	} {
		_, _, err := keyOf(tc.text)
		if err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
}

func TestRawSQLRefusesValuesWithoutType(t *testing.T) {
	_, _, err := keyOf(expr.SQL("a = :x", expr.Named("x", struct{ A chan int }{})))
	if err == nil {
		t.Error("a value that no column can hold was taken")
	}
}

// TestRawSQLOfExpressions has a column at a place, so that FROM knows of it.
func TestRawSQLOfExpressions(t *testing.T) {
	x := expr.SQL("coalesce(:col, 0)", expr.NamedExpr("col", orderID))
	if s := expr.NewSelect(x).Sources(); len(s) != 1 || s[0] != expr.Source(orders) {
		t.Errorf("got %v, want orders", s)
	}
}

func FuzzRawSQLPlaces(f *testing.F) {
	f.Add("a = ", " + 1", "'x'")
	f.Add("-- ", "\n", "$$")
	f.Add("/*", "*/", "\"")
	f.Fuzz(func(t *testing.T, before, after, quoted string) {
		text := expr.ParseText(before+"'"+strings.ReplaceAll(quoted, "'", "''")+"'"+after, nil)
		pieces, args := text.Pieces()
		if len(args) == 0 && strings.Join(pieces, "") != before+"'"+strings.ReplaceAll(quoted, "'", "''")+"'"+after {
			t.Errorf("the text changed to %q", pieces)
		}
	})
}
