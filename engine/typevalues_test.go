package engine_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// typedTable makes a table of a key and a column v, which is T in Go.
func typedTable[T any](t *testing.T, e *engine.Engine, name string, of sqltype.Type) (*schema.Table, expr.Num[int64], expr.Scalar[T]) {
	t.Helper()
	table := schema.MustTable(schema.NewMetaData(), name, schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("v", of))
	made(t, e, table.MetaData())
	return table, expr.NumColumn[int64](table, "id"), expr.NewScalar[T](expr.Unwrap(table.C("v")), sqltype.CodecOf[T](of))
}

// wantScalar asks for one value.
func wantScalar[T any](t *testing.T, e *engine.Engine, what string, x expr.Expression, from *schema.Table, want T) {
	t.Helper()
	got, err := engine.Scalar[T](t.Context(), e, expr.NewSelect(x).From(from))
	if d := cmp.Diff(got, want, cmp.Comparer(func(a, b sqltype.Decimal) bool { return a.Cmp(b) == 0 })); d != "" || err != nil {
		t.Errorf("%s: error %v (-got +want):\n%s", what, err, d)
	}
}

// TestJSONNull tells the NULL of SQL from that of JSON, and goes into neither.
func TestJSONNull(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table, id, v := typedTable[*map[string]int](t, e, "engine_json_null", sqltype.JSON{})
		exec(t, e, expr.NewInsert(table).Values(id.Set(1), v.Set(nil)).Values(id.Set(2), v.Set(new(map[string]int))).
			Values(id.Set(3), v.Set(&map[string]int{"a": 7})))
		null, err := engine.Collect[int64](t.Context(), e, expr.NewSelect(id).Where(v.IsNull()))
		if d := cmp.Diff(null, []int64{1}); d != "" || err != nil {
			t.Errorf("error %v, rows with NULL (-got +want):\n%s", err, d)
		}
		raw := expr.NewScalar[*json.RawMessage](v.Unwrap(), sqltype.CodecOf[*json.RawMessage](sqltype.JSON{}))
		texts, err := engine.Collect[*json.RawMessage](t.Context(), e, expr.NewSelect(raw).OrderBy(id.Asc()))
		if err != nil || len(texts) != 3 || texts[0] != nil || texts[1] == nil || string(*texts[1]) != "null" || texts[2] == nil {
			t.Errorf("got %v, %v, want NULL, null and a document", texts, err)
		}
		within, err := engine.Collect[int64](t.Context(), e, expr.NewSelect(id).Where(expr.JSONOf(v).Key("a").Int().Gt(5)))
		if d := cmp.Diff(within, []int64{3}); d != "" || err != nil {
			t.Errorf("error %v, rows by what is within (-got +want):\n%s", err, d)
		}
	})
}

// TestArrays asks PostgreSQL for what is in arrays, and others for a refusal.
func TestArrays(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		of := sqltype.Array{Elem: sqltype.Integer{Bits: 64}}
		if e.Dialect().Name() != "postgresql" {
			m := schema.NewMetaData()
			schema.MustTable(m, "engine_arrays", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("v", of))
			var unsupported *compile.UnsupportedError
			if err := e.CreateAll(t.Context(), m); !errors.As(err, &unsupported) {
				t.Errorf("got %v, want an UnsupportedError", err)
			}
			return
		}
		table, id, v := typedTable[[]int64](t, e, "engine_arrays", of)
		exec(t, e, expr.NewInsert(table).Values(id.Set(1), v.Set([]int64{5, 6, 7})))
		value := func(ns ...int64) expr.Expression { return expr.NewBind(v.Codec(), ns) }
		wantScalar(t, e, "item from 0", postgres.Item[int64](v, 0), table, int64(5))
		wantScalar[*int64](t, e, "item that is not there", expr.Typed[*int64](postgres.Item[int64](v, 9), big), table, nil)
		wantScalar(t, e, "element from 1", expr.Typed[int64](postgres.Element(v, 1), big), table, int64(5))
		wantScalar(t, e, "slice", expr.Typed[[]int64](postgres.Slice(v, 2, 3), of), table, []int64{6, 7})
		wantScalar(t, e, "joined", expr.Typed[[]int64](postgres.Join(v, value(8)), of), table, []int64{5, 6, 7, 8})
		wantScalar(t, e, "fixed", expr.Typed[[3]int64](v, of), table, [3]int64{5, 6, 7})
		wantScalar(t, e, "any", expr.Value[int64](6).(expr.Scalar[int64]).EqExpr(expr.AnyElement[int64](v)), table, true)
		wantScalar(t, e, "all", expr.Value[int64](6).(expr.Scalar[int64]).EqExpr(expr.EveryElement[int64](v)), table, false)
		wantScalar(t, e, "contains", postgres.Contains(v, value(7, 5)), table, true)
		wantScalar(t, e, "contained", postgres.ContainedBy(v, value(5, 6)), table, false)
		wantScalar(t, e, "overlaps", postgres.Overlaps(v, value(0, 7)), table, true)
		if _, err := engine.Scalar[[2]int64](t.Context(), e, expr.NewSelect(expr.Typed[[2]int64](v, of))); err == nil || !strings.Contains(err.Error(), "2 elements") {
			t.Errorf("an array of another length: got %v", err)
		}
		checkMatrix(t, e)
	})
}

// checkMatrix keeps arrays of two dimensions.
func checkMatrix(t *testing.T, e *engine.Engine) {
	t.Helper()
	of := sqltype.Array{Elem: sqltype.Array{Elem: sqltype.Text{}}}
	table, id, v := typedTable[[][]string](t, e, "engine_matrix", of)
	want := [][]string{{"a", "it's"}, {"NULL", ""}}
	exec(t, e, expr.NewInsert(table).Values(id.Set(1), v.Set(want)))
	wantScalar(t, e, "two dimensions", v, table, want)
	wantScalar(t, e, "as arrays", expr.Typed[[2][2]string](v, of), table, [2][2]string{{"a", "it's"}, {"NULL", ""}})
}

// TestDifferencesOfDates reads lengths of time, of columns too.
func TestDifferencesOfDates(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table, id, v := typedTable[time.Time](t, e, "engine_elapsed", sqltype.DateTime{Precision: 6})
		at := time.Date(2024, 2, 29, 12, 0, 0, 250000, time.UTC)
		exec(t, e, expr.NewInsert(table).Values(id.Set(1), v.Set(at)))
		since := expr.TimeBetween(expr.NewScalar[time.Time](expr.NewBind(v.Codec(), at.Add(-36*time.Hour)), v.Codec()), v)
		wantScalar(t, e, "elapsed", since, table, 36*time.Hour)
		wantScalar(t, e, "longer", since.Add(time.Minute), table, 36*time.Hour+time.Minute)
		wantScalar(t, e, "found", expr.CountAll(), table, int64(1))
	})
}

// TestDecimalsOfManyDigits keeps them, or refuses them before they are sent.
func TestDecimalsOfManyDigits(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		long := sqltype.MustParseDecimal("12345678901234567890.123456789")
		of := sqltype.Numeric{Precision: 30, Scale: 9}
		table, id, v := typedTable[sqltype.Decimal](t, e, "engine_long", of)
		_, err := e.Exec(t.Context(), expr.NewInsert(table).Values(id.Set(1), v.Set(long)))
		if e.Dialect().Name() == "sqlite" {
			if err == nil || !strings.Contains(err.Error(), "keeps 15 digits") || !strings.Contains(err.Error(), "text") {
				t.Errorf("got %v, want a refusal that says what to do", err)
			}
		} else if err != nil {
			t.Error(err)
		} else {
			wantScalar(t, e, "kept", v, table, long)
		}
		text, id, v := typedTable[sqltype.Decimal](t, e, "engine_long_text", sqltype.String{Length: 32})
		exec(t, e, expr.NewInsert(text).Values(id.Set(1), v.Set(long)))
		wantScalar(t, e, "kept as text", v, text, long)
		got, err := engine.Collect[int64](t.Context(), e, expr.NewSelect(id).Where(v.Eq(long)))
		if d := cmp.Diff(got, []int64{1}); d != "" || err != nil {
			t.Errorf("error %v, rows that are equal (-got +want):\n%s", err, d)
		}
	})
}
