package compile_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestLiteralsMeanWhatValuesDo asks every database what the expressions give
// whose values are sent, with the values in the text.
func TestLiteralsMeanWhatValuesDo(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, g := range valueGroups {
			for _, tc := range g.cases {
				t.Run(g.name+"/"+tc.name, func(t *testing.T) { checkInline(t, p, c, tc) })
			}
		}
	})
}

func checkInline(t *testing.T, p product, c driver.Conn, tc valueCase) {
	q := expr.NewSelect(tc.x)
	k := &expr.Key{}
	q.AppendKey(k)
	text, err := compile.Inline(q, k, p.rules())
	var unsupported *compile.UnsupportedError
	if slices.Contains(tc.refuse, p.name) && errors.As(err, &unsupported) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := query(c, text, nil, nil, func(r sqltype.Row) (err error) {
		got, err = tc.read(r)
		return err
	}); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if d := cmp.Diff(got, tc.want, cmp.Comparer(sameDecimal)); d != "" {
		t.Errorf("%s\n(-got +want):\n%s", text, d)
	}
}

// TestStatementsAsText shows a statement with its values, for messages, and what
// has no text.
func TestStatementsAsText(t *testing.T) {
	q := expr.NewSelect(users.Name).Where(users.Name.Eq("it's"), users.Age.Gt(5)).Limit(3)
	want := `SELECT "users"."name" FROM "users" WHERE "users"."name" = 'it''s' AND "users"."age" > 5 LIMIT 3`
	if got := compile.String(q, nil); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	nothing := expr.NewSelect(expr.Typed[int64](expr.BindValue(sqltype.Array{Elem: sqltype.Null{}}, sqltype.ArrayValue(nil)), sqltype.Integer{Bits: 64}))
	got := compile.String(nothing, nil)
	if want := "compile: a value of type NULL[] can't be written as a literal; use expr.SQL"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
