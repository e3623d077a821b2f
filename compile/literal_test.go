package compile_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func labelled(name string) expr.Statement {
	return expr.NewSelect(&expr.Label{X: expr.NULL, Name: name})
}

var uuid = [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}

// literals are values that a writer of literals may get wrong.
var literals = []struct {
	typ    sqltype.Type
	values []sqltype.Value
}{
	{sqltype.Integer{Bits: 64}, []sqltype.Value{
		sqltype.Int64Value(0), sqltype.Int64Value(-1), sqltype.Int64Value(math.MaxInt64), sqltype.Int64Value(math.MinInt64 + 1), sqltype.Int64Value(math.MinInt64),
	}},
	{sqltype.Integer{Bits: 64, Unsigned: true}, []sqltype.Value{sqltype.Uint64Value(0), sqltype.Uint64Value(math.MaxInt64), sqltype.Uint64Value(math.MaxUint64)}},
	{sqltype.Float{Bits: 64}, []sqltype.Value{
		sqltype.Float64Value(0), sqltype.Float64Value(-1.5), sqltype.Float64Value(0.1), sqltype.Float64Value(math.MaxFloat64), sqltype.Float64Value(2.2250738585072014e-308),
		sqltype.Float64Value(1e21), sqltype.Float64Value(123456789.12345678), sqltype.Float64Value(math.Inf(1)), sqltype.Float64Value(math.Inf(-1)), sqltype.Float64Value(math.NaN()),
	}},
	{sqltype.Numeric{Precision: 20, Scale: 4}, []sqltype.Value{
		sqltype.DecimalValue("0"), sqltype.DecimalValue("-12.5"), sqltype.DecimalValue("1234567890.1234"), sqltype.DecimalValue("1234567890123456.1234"), sqltype.DecimalValue("0.0001"),
	}},
	{sqltype.Boolean{}, []sqltype.Value{sqltype.BoolValue(true), sqltype.BoolValue(false)}},
	{sqltype.String{Length: 100}, texts("", "a", "it's", `\`, `\'`, `'; DROP TABLE x; --`, `%_`, "é😀", "a\nb\tc\r", `"`, "`", `\\x41`, "$1", "?", ":x", "\u0001\u007f")},
	{sqltype.Text{}, texts("", `it's \ long`, strings.Repeat("é'\\", 3000))},
	{sqltype.LargeBinary{}, []sqltype.Value{sqltype.BytesValue(nil), sqltype.BytesValue([]byte{0, 39, 92, 255, 34}), sqltype.BytesValue([]byte("text"))}},
	{sqltype.Date{}, []sqltype.Value{sqltype.DateValue(moment), sqltype.DateValue(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), sqltype.DateValue(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))}},
	{sqltype.Time{Precision: 6}, []sqltype.Value{sqltype.TimeOfDayValue(0), sqltype.TimeOfDayValue(24*time.Hour - time.Microsecond), sqltype.TimeOfDayValue(8*time.Hour + 123456*time.Microsecond)}},
	{sqltype.DateTime{Precision: 6}, []sqltype.Value{sqltype.DateTimeValue(moment), sqltype.DateTimeValue(time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC))}},
	{sqltype.DateTime{Precision: 6, Zone: true}, []sqltype.Value{sqltype.InstantValue(moment), sqltype.InstantValue(time.Date(2050, 1, 1, 0, 0, 0, 1000, time.UTC))}},
	{sqltype.UUID{}, []sqltype.Value{sqltype.UUIDValue(&uuid), sqltype.UUIDValue(new([16]byte))}},
	{sqltype.JSON{Binary: true}, []sqltype.Value{sqltype.JSONValue(`{"a": "it's \"b\" \\ \u00e9"}`), sqltype.JSONValue("1.50"), sqltype.JSONValue("null"), sqltype.JSONValue(`"007"`)}},
}

func texts(list ...string) []sqltype.Value {
	values := make([]sqltype.Value, len(list))
	for i, s := range list {
		values[i] = sqltype.TextValue(s)
	}
	return values
}

// checkLiteral makes the value a column's default, inserts a row that leaves
// the column out, and asks whether the database finds it equal to the value
// when that is bound. A value that the dialect refuses is passed over.
func checkLiteral(t testing.TB, p product, c driver.Conn, typ sqltype.Type, v sqltype.Value) (written bool) {
	r := p.rules()
	text, err := r.Literal(v, typ)
	if err != nil {
		return false
	}
	name, err := r.TypeName(typ)
	if err != nil {
		t.Fatal(err)
	}
	clause := text
	if p.dialect.Name() == "mysql" { // as its DDL does for types without limit
		clause = "(" + text + ")"
	}
	if _, err := c.Exec(context.Background(), "CREATE TABLE literals (n INTEGER, v "+name+" DEFAULT "+clause+")"); err != nil {
		t.Errorf("%s of type %s: %v", text, typ, err)
		return true
	}
	defer run(t, c, "DROP TABLE literals")
	run(t, c, "INSERT INTO literals (n) VALUES (1)")
	if v.Kind() == sqltype.KindJSON {
		checkDocument(t, c, v)
		return true
	}
	place := string(r.Placeholder(nil, 1))
	found := 0
	err = query(c, "SELECT n FROM literals WHERE v = "+place, []sqltype.Type{typ}, []sqltype.Value{v}, func(sqltype.Row) error { found++; return nil })
	if err != nil {
		t.Errorf("%s of type %s: %v", text, typ, err)
	} else if found != 1 {
		t.Errorf("the default %s of type %s is not equal to the bound value", text, typ)
	}
	return true
}

func checkDocument(t testing.TB, c driver.Conn, v sqltype.Value) {
	var got, want any
	must(json.Unmarshal([]byte(v.Text()), &want))
	err := query(c, "SELECT v FROM literals", nil, nil, func(row sqltype.Row) error { return json.Unmarshal(row.Text(0), &got) })
	if err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("the document %s comes back as another (-got +want):\n%s", v.Text(), d)
	}
}

func TestLiteralsComeBackEqual(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, l := range literals {
			for _, v := range l.values {
				checkLiteral(t, p, c, l.typ, v)
			}
		}
	})
}

// TestLiteralRefusals holds what can't be written to being refused, not cut.
func TestLiteralRefusals(t *testing.T) {
	for _, tc := range []struct {
		typ       sqltype.Type
		value     sqltype.Value
		refusedBy string
	}{
		{varchar, sqltype.TextValue("a\x00b"), "sqlite postgresql mariadb mysql mssql oracle"},
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(math.NaN()), "sqlite mariadb mysql mssql"},
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(math.Inf(1)), "mariadb mysql mssql"},
		{sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(math.MaxUint64), "sqlite"},
		{sqltype.Numeric{Precision: 20, Scale: 4}, sqltype.DecimalValue("1234567890123456.1234"), "sqlite"},
		{sqltype.Numeric{Precision: 20}, sqltype.DecimalValue("12345678901234567890"), "sqlite"},
		{sqltype.Date{}, sqltype.DateValue(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "sqlite postgresql mariadb mysql mssql oracle"},
		{varchar, sqltype.TextValue(""), "oracle"},
		{sqltype.LargeBinary{}, sqltype.BytesValue(nil), "oracle"},
		{varchar, sqltype.TextValue(strings.Repeat("x", 4001)), "oracle"},
		{sqltype.Array{Elem: bigint}, sqltype.ArrayValue([]sqltype.Value{sqltype.Int64Value(1)}), "sqlite mariadb mysql mssql oracle"},
	} {
		var refused []string
		for _, p := range products {
			if _, err := p.rules().Literal(tc.value, tc.typ); err != nil {
				refused = append(refused, p.name)
			}
		}
		if d := cmp.Diff(strings.Join(refused, " "), tc.refusedBy); d != "" {
			t.Errorf("%s is refused by others (-got +want):\n%s", tc.typ, d)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	f.Add("it's \\", []byte{0, 39}, int64(math.MinInt64), 0.1)
	f.Add("", []byte(nil), int64(0), math.Inf(-1))
	f.Add("é\x00", []byte("'"), int64(7), 1e300)
	c := openSQLite(f)
	f.Fuzz(func(t *testing.T, text string, bytes []byte, n int64, x float64) {
		p := products[0]
		checkLiteral(t, p, c, sqltype.Text{}, sqltype.TextValue(strings.ToValidUTF8(text, "?")))
		checkLiteral(t, p, c, sqltype.LargeBinary{}, sqltype.BytesValue(bytes))
		checkLiteral(t, p, c, sqltype.Integer{Bits: 64}, sqltype.Int64Value(n))
		checkLiteral(t, p, c, sqltype.Float{Bits: 64}, sqltype.Float64Value(x))
	})
}
