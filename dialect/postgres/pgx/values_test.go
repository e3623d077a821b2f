package pgx_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// read reads column i in the way of a value's kind.
func read(r driver.Rows, i int, k sqltype.Kind) sqltype.Value {
	if r.IsNull(i) {
		return sqltype.NullValue()
	}
	switch k {
	case sqltype.KindInt64:
		return sqltype.Int64Value(r.Int64(i))
	case sqltype.KindUint64:
		return sqltype.Uint64Value(r.Uint64(i))
	case sqltype.KindFloat64:
		return sqltype.Float64Value(r.Float64(i))
	case sqltype.KindBool:
		return sqltype.BoolValue(r.Bool(i))
	case sqltype.KindText:
		return sqltype.TextValue(string(r.Text(i)))
	case sqltype.KindDecimal:
		return sqltype.DecimalValue(string(r.Text(i)))
	case sqltype.KindJSON:
		return sqltype.JSONValue(string(r.Text(i)))
	case sqltype.KindBytes:
		return sqltype.BytesValue(append([]byte(nil), r.Bytes(i)...))
	case sqltype.KindUUID:
		id := r.UUID(i)
		return sqltype.UUIDValue(&id)
	case sqltype.KindDate:
		return sqltype.DateValue(r.Date(i))
	case sqltype.KindTimeOfDay:
		return sqltype.TimeOfDayValue(r.TimeOfDay(i))
	case sqltype.KindDateTime:
		return sqltype.DateTimeValue(r.DateTime(i))
	case sqltype.KindInstant:
		return sqltype.InstantValue(r.Instant(i))
	}
	return r.Raw(i).Value
}

func at(year int, month time.Month, day, hour, minute, sec, nsec int) time.Time {
	return time.Date(year, month, day, hour, minute, sec, nsec, time.UTC)
}

var (
	idA = [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	idF = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

type valueCase struct {
	column string
	typ    sqltype.Type
	values []sqltype.Value
}

func list(v ...sqltype.Value) sqltype.Value { return sqltype.ArrayValue(v) }

func ints(v ...int64) (out []sqltype.Value) {
	for _, n := range v {
		out = append(out, sqltype.Int64Value(n))
	}
	return out
}

func texts(v ...string) (out []sqltype.Value) {
	for _, s := range v {
		out = append(out, sqltype.TextValue(s))
	}
	return out
}

// bytes256 is every byte there is, backslashes and NUL included.
func bytes256() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func valueCases() []valueCase {
	return append(append(scalarCases(), timeCases()...), arrayCases()...)
}

func scalarCases() []valueCase {
	long := strings.Repeat("ä€😀", 10000)
	label := sqltype.Enum{Name: "pgxglue_mood", Labels: sqltype.NewLabels("sad", `o"k, {}`)}
	return []valueCase{
		{"int2", sqltype.Integer{Bits: 16}, ints(math.MinInt16, -1, 0, math.MaxInt16)},
		{"int4", sqltype.Integer{Bits: 32}, ints(math.MinInt32, 0, math.MaxInt32)},
		{"int8", sqltype.Integer{Bits: 64}, ints(math.MinInt64, 0, math.MaxInt64)},
		{"int4", sqltype.Integer{Bits: 64}, ints(7)},
		{"int8", sqltype.Integer{Bits: 16}, ints(7)},
		{"int8", sqltype.Integer{Bits: 32, Unsigned: true}, []sqltype.Value{sqltype.Uint64Value(math.MaxUint32)}},
		{"numeric(20)", sqltype.Integer{Bits: 64, Unsigned: true}, []sqltype.Value{sqltype.Uint64Value(0), sqltype.Uint64Value(math.MaxUint64)}},
		{"bool", sqltype.Boolean{}, []sqltype.Value{sqltype.BoolValue(true), sqltype.BoolValue(false)}},
		{"float8", sqltype.Float{Bits: 64}, []sqltype.Value{
			sqltype.Float64Value(0), sqltype.Float64Value(math.MaxFloat64), sqltype.Float64Value(math.SmallestNonzeroFloat64),
			sqltype.Float64Value(math.Inf(-1)), sqltype.Float64Value(0.1), sqltype.Float64Value(math.Copysign(0, -1)),
		}},
		{"float4", sqltype.Float{Bits: 32}, []sqltype.Value{
			sqltype.Float64Value(math.MaxFloat32), sqltype.Float64Value(float64(float32(0.1))), sqltype.Float64Value(math.Inf(1)),
		}},
		{"numeric", sqltype.Numeric{}, []sqltype.Value{
			sqltype.DecimalValue("0"), sqltype.DecimalValue("-0.00000000000000000000000000000000000000001"),
			sqltype.DecimalValue("123456789012345678901234567890.0100"), sqltype.DecimalValue("1" + strings.Repeat("0", 1000)),
		}},
		{"text", sqltype.Text{}, texts("", "a", long, `\x00`, "'; --")},
		{"varchar(5)", sqltype.String{Length: 5}, texts("", "äöü€😀")},
		{"char(3)", sqltype.String{Length: 3, Fixed: true}, texts("abc")},
		{"name", sqltype.String{}, texts("n")},
		{"pgxglue_mood", label, texts("sad", `o"k, {}`)},
		{"bytea", sqltype.LargeBinary{}, []sqltype.Value{sqltype.BytesValue(nil), sqltype.BytesValue(bytes256())}},
		{"uuid", sqltype.UUID{}, []sqltype.Value{sqltype.UUIDValue(&idA), sqltype.UUIDValue(&idF)}},
		{"varchar(36)", sqltype.UUID{}, []sqltype.Value{sqltype.UUIDValue(&idA)}},
		{"json", sqltype.JSON{}, []sqltype.Value{sqltype.JSONValue(` {"b": 1, "a":[null]}`), sqltype.JSONValue(`"x"`)}},
		{"jsonb", sqltype.JSON{Binary: true}, []sqltype.Value{sqltype.JSONValue(`{"a": "\"\\"}`), sqltype.JSONValue(`1`)}},
	}
}

func timeCases() []valueCase {
	return []valueCase{
		{"date", sqltype.Date{}, []sqltype.Value{
			sqltype.DateValue(at(-4712, 1, 1, 0, 0, 0, 0)), sqltype.DateValue(at(0, 2, 29, 0, 0, 0, 0)), sqltype.DateValue(at(1, 1, 1, 0, 0, 0, 0)),
			sqltype.DateValue(at(1999, 12, 31, 0, 0, 0, 0)), sqltype.DateValue(at(2024, 2, 29, 0, 0, 0, 0)), sqltype.DateValue(at(5874897, 12, 31, 0, 0, 0, 0)),
		}},
		{"time", sqltype.Time{Precision: 6}, []sqltype.Value{
			sqltype.TimeOfDayValue(0), sqltype.TimeOfDayValue(24 * time.Hour), sqltype.TimeOfDayValue(24*time.Hour - time.Microsecond),
			sqltype.TimeOfDayValue(time.Hour + 2*time.Second + 500*time.Microsecond),
		}},
		{"timestamp", sqltype.DateTime{Precision: 6}, []sqltype.Value{
			sqltype.DateTimeValue(at(-4712, 1, 1, 0, 0, 0, 0)), sqltype.DateTimeValue(at(0, 12, 31, 23, 59, 59, 999999000)),
			sqltype.DateTimeValue(at(1999, 12, 31, 23, 59, 59, 1000)), sqltype.DateTimeValue(at(294276, 12, 31, 23, 59, 59, 999999000)),
		}},
		{"timestamptz", sqltype.DateTime{Precision: 6, Zone: true}, []sqltype.Value{
			sqltype.InstantValue(at(-4712, 1, 2, 0, 0, 0, 0)), sqltype.InstantValue(at(1969, 7, 20, 20, 17, 40, 123456000)),
			sqltype.InstantValue(at(2024, 2, 29, 12, 0, 0, 500000000)), sqltype.InstantValue(at(294276, 12, 31, 23, 59, 59, 999999000)),
		}},
	}
}

func arrayCases() []valueCase {
	hard := texts("", "NULL", "null", `a"b\c`, "a,b", "{x}", " lead", "ü", "(")
	return []valueCase{
		{"int8[]", sqltype.Array{Elem: sqltype.Integer{Bits: 64}}, []sqltype.Value{
			list(), list(ints(1, math.MinInt64)...), list(sqltype.NullValue(), sqltype.Int64Value(5)),
			list(list(ints(1, 2)...), list(ints(3, 4)...)),
		}},
		{"int4[]", sqltype.Array{Elem: sqltype.Integer{Bits: 32}}, []sqltype.Value{list(ints(1, 2)...)}},
		{"int2[]", sqltype.Array{Elem: sqltype.Integer{Bits: 16}}, []sqltype.Value{list(ints(1, 2)...)}},
		{"text[]", sqltype.Array{Elem: sqltype.Text{}}, []sqltype.Value{list(hard...), list(sqltype.NullValue())}},
		{"varchar[]", sqltype.Array{Elem: sqltype.String{}}, []sqltype.Value{list(hard...)}},
		{"bool[]", sqltype.Array{Elem: sqltype.Boolean{}}, []sqltype.Value{list(sqltype.BoolValue(true), sqltype.BoolValue(false))}},
		{"float8[]", sqltype.Array{Elem: sqltype.Float{}}, []sqltype.Value{list(sqltype.Float64Value(0.1), sqltype.Float64Value(math.Inf(-1)))}},
		{"numeric[]", sqltype.Array{Elem: sqltype.Numeric{}}, []sqltype.Value{list(sqltype.DecimalValue("1.50"), sqltype.NullValue())}},
		{"bytea[]", sqltype.Array{Elem: sqltype.LargeBinary{}}, []sqltype.Value{list(sqltype.BytesValue(bytes256()), sqltype.BytesValue(nil))}},
		{"date[]", sqltype.Array{Elem: sqltype.Date{}}, []sqltype.Value{list(sqltype.DateValue(at(2024, 2, 29, 0, 0, 0, 0)))}},
		{"time[]", sqltype.Array{Elem: sqltype.Time{}}, []sqltype.Value{list(sqltype.TimeOfDayValue(90 * time.Second))}},
		{"timestamp[]", sqltype.Array{Elem: sqltype.DateTime{}}, []sqltype.Value{list(sqltype.DateTimeValue(at(1, 2, 3, 4, 5, 6, 7000)))}},
		{"timestamptz[]", sqltype.Array{Elem: sqltype.DateTime{Zone: true}}, []sqltype.Value{list(sqltype.InstantValue(at(1890, 2, 3, 4, 5, 6, 7000)))}},
		{"uuid[]", sqltype.Array{Elem: sqltype.UUID{}}, []sqltype.Value{list(sqltype.UUIDValue(&idA), sqltype.NullValue())}},
		{"jsonb[]", sqltype.Array{Elem: sqltype.JSON{Binary: true}}, []sqltype.Value{list(sqltype.JSONValue(`{"a": 1}`))}},
		{"json[]", sqltype.Array{Elem: sqltype.JSON{}}, []sqltype.Value{list(sqltype.JSONValue(`{"a":1}`))}},
	}
}

// A value that is written is read back as it was, for each kind, at its
// extremes, and so is NULL.
func TestValuesRoundTrip(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		enum(t, conn, "pgxglue_mood", `'sad', 'o"k, {}'`)
		for _, c := range valueCases() {
			t.Run(c.column, func(t *testing.T) {
				table(t, conn, "pgxglue_values", "v "+c.column)
				insert := prepare(t, conn, "INSERT INTO pgxglue_values VALUES ($1) RETURNING v", c.typ)
				for _, want := range append(c.values, sqltype.NullValue()) {
					r, err := insert.Query(t.Context(), []sqltype.Value{want})
					if err != nil {
						t.Fatal(err)
					}
					var got sqltype.Value
					for r.Next() {
						got = read(r, 0, want.Kind()).Clone() // which outlives the row
					}
					if err := r.Close(); err != nil {
						t.Fatal(err)
					}
					if !same(got, want) {
						t.Errorf("got %v, want %v", show(got), show(want))
					}
				}
			})
		}
	})
}

// same compares values, and lists by their elements.
func same(a, b sqltype.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	return a.Equal(b)
}

func show(v sqltype.Value) any {
	switch v.Kind() {
	case sqltype.KindNull:
		return nil
	case sqltype.KindText, sqltype.KindDecimal, sqltype.KindJSON, sqltype.KindBytes, sqltype.KindUUID:
		return string(v.Bytes())
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return v.Time()
	case sqltype.KindArray:
		var out []any
		for _, e := range v.Array() {
			out = append(out, show(e))
		}
		return out
	}
	return v.Int64()
}

// An enumeration's array has a type that only the statement can name; it is
// read as the server wrote it.
func TestEnumArray(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		enum(t, conn, "pgxglue_tone", `'low', 'h i', 'q"'`)
		typ := sqltype.Array{Elem: sqltype.Enum{Name: "pgxglue_tone", Labels: sqltype.NewLabels("low", "h i", `q"`)}}
		arg := list(append(texts("low", "h i", `q"`), sqltype.NullValue())...)
		var got []string
		if err := query(t, conn, "SELECT unnest($1::pgxglue_tone[])", []sqltype.Type{typ}, []sqltype.Value{arg}, func(r driver.Rows) {
			if r.IsNull(0) {
				got = append(got, "NULL")
				return
			}
			got = append(got, string(r.Text(0)))
		}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got, []string{"low", "h i", `q"`, "NULL"}); d != "" {
			t.Error(d)
		}
	})
}

// A parameter works wherever SQL puts it, without a cast.
func TestParameterTypes(t *testing.T) {
	big := sqltype.Integer{Bits: 64}
	for _, c := range []struct {
		sql   string
		types []sqltype.Type
		args  []sqltype.Value
		want  sqltype.Value
	}{
		{"SELECT $1", []sqltype.Type{big}, ints(1 << 40), sqltype.Int64Value(1 << 40)},
		{"SELECT $1 + 1", []sqltype.Type{big}, ints(1 << 40), sqltype.Int64Value(1<<40 + 1)},
		{"SELECT count(*) FROM (VALUES (1), (2)) AS v (n) WHERE n = $1", []sqltype.Type{big}, ints(2), sqltype.Int64Value(1)},
		{"SELECT n FROM generate_series(1, 5) AS n LIMIT $1 OFFSET $2", []sqltype.Type{big, big}, ints(1, 3), sqltype.Int64Value(4)},
		{"SELECT count(*) FROM generate_series(1, $1) AS n", []sqltype.Type{sqltype.Integer{Bits: 32}}, ints(3), sqltype.Int64Value(3)},
		{"SELECT $1", []sqltype.Type{sqltype.Text{}}, texts("x"), sqltype.TextValue("x")},
		{"SELECT lower($1)", []sqltype.Type{sqltype.Text{}}, texts("X"), sqltype.TextValue("x")},
		{"SELECT coalesce($1, $2)", []sqltype.Type{sqltype.Text{}, sqltype.Text{}}, []sqltype.Value{sqltype.NullValue(), sqltype.TextValue("y")}, sqltype.TextValue("y")},
		{"SELECT count(*) FROM pg_type WHERE typname = $1", []sqltype.Type{sqltype.String{}}, texts("int8"), sqltype.Int64Value(1)},
		{"SELECT ('abc'::char(5) = $1)", []sqltype.Type{sqltype.String{Length: 5, Fixed: true}}, texts("abc"), sqltype.BoolValue(true)},
		{"SELECT '{\"a\": 1}'::jsonb @> $1", []sqltype.Type{sqltype.JSON{Binary: true}}, []sqltype.Value{sqltype.JSONValue(`{"a":1}`)}, sqltype.BoolValue(true)},
		{"SELECT sum(n) FROM unnest($1) AS n", []sqltype.Type{sqltype.Array{Elem: big}}, []sqltype.Value{list(ints(1, 2, 3)...)}, sqltype.Int64Value(6)},
		{"SELECT count(*) FROM unnest($1) AS n", []sqltype.Type{sqltype.Array{Elem: sqltype.String{}}}, []sqltype.Value{list(texts("a", "b")...)}, sqltype.Int64Value(2)},
		{"SELECT 2 = ANY ($1)", []sqltype.Type{sqltype.Array{Elem: big}}, []sqltype.Value{list(ints(1, 2, 3)...)}, sqltype.BoolValue(true)},
		{"SELECT $1 > now()", []sqltype.Type{sqltype.DateTime{Zone: true}}, []sqltype.Value{sqltype.InstantValue(at(2999, 1, 1, 0, 0, 0, 0))}, sqltype.BoolValue(true)},
		{"SELECT $1 - $2", []sqltype.Type{sqltype.Date{}, sqltype.Date{}}, []sqltype.Value{sqltype.DateValue(at(2024, 3, 1, 0, 0, 0, 0)), sqltype.DateValue(at(2024, 2, 28, 0, 0, 0, 0))}, sqltype.Int64Value(2)},
		{"SELECT $1 * 2", []sqltype.Type{sqltype.Numeric{}}, []sqltype.Value{sqltype.DecimalValue("1.25")}, sqltype.DecimalValue("2.50")},
		{"SELECT inet '10.0.0.1' << $1", []sqltype.Type{sqltype.Null{}}, texts("10.0.0.0/8"), sqltype.BoolValue(true)},
		{"SELECT $1::interval = '1 day'", []sqltype.Type{sqltype.Null{}}, texts("24:00:00"), sqltype.BoolValue(true)},
		{"SELECT $1 IS TRUE", []sqltype.Type{sqltype.Boolean{}}, []sqltype.Value{sqltype.NullValue()}, sqltype.BoolValue(false)},
	} {
		t.Run(c.sql, func(t *testing.T) {
			onEach(t, func(t *testing.T, url string) {
				one(t, connect(t, url), c.sql, c.types, c.args, func(r driver.Rows) {
					if got := read(r, 0, c.want.Kind()); !same(got, c.want) {
						t.Errorf("got %v, want %v", show(got), show(c.want))
					}
				})
			})
		})
	}
}

// A value that the parameter's type cannot hold is refused before it is sent.
func TestUnfitParameters(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		exec(t, conn, "BEGIN")
		for _, c := range []struct {
			typ sqltype.Type
			v   sqltype.Value
		}{
			{sqltype.Integer{Bits: 16}, sqltype.Int64Value(math.MaxInt16 + 1)},
			{sqltype.Integer{Bits: 32}, sqltype.Int64Value(math.MinInt32 - 1)},
			{sqltype.Integer{Bits: 64}, sqltype.Uint64Value(math.MaxInt64 + 1)},
			{sqltype.Integer{Bits: 64}, sqltype.Float64Value(1)},
			{sqltype.Float{Bits: 32}, sqltype.Float64Value(math.MaxFloat64)},
			{sqltype.Boolean{}, sqltype.Int64Value(1)},
			{sqltype.LargeBinary{}, sqltype.TextValue(`\x00`)},
			{sqltype.Date{}, sqltype.DateValue(at(-4713, 11, 23, 0, 0, 0, 0))},
			{sqltype.Date{}, sqltype.DateValue(at(5874898, 1, 1, 0, 0, 0, 0))},
			{sqltype.Time{}, sqltype.TimeOfDayValue(25 * time.Hour)},
			{sqltype.DateTime{}, sqltype.DateTimeValue(at(294277, 1, 1, 0, 0, 0, 0))},
			{sqltype.DateTime{Zone: true}, sqltype.DateTimeValue(at(2000, 1, 1, 0, 0, 0, 0))},
			{sqltype.DateTime{Zone: true}, sqltype.InstantValue(at(-4714, 1, 1, 0, 0, 0, 0))},
			{sqltype.UUID{}, sqltype.BytesValue(idA[:])},
			{sqltype.Array{Elem: sqltype.Integer{Bits: 16}}, list(ints(1 << 20)...)},
			{sqltype.Array{Elem: sqltype.Integer{Bits: 64}}, list(list(ints(1)...), list(ints(1, 2)...))},
			{sqltype.Array{Elem: sqltype.Text{}}, sqltype.Int64Value(1)},
		} {
			_, err := prepare(t, conn, "SELECT $1", c.typ).Exec(t.Context(), []sqltype.Value{c.v})
			var unfit *sqlerr.ValueError
			if !errors.As(err, &unfit) {
				t.Errorf("%v of %v: got %v, want a ValueError", c.typ, show(c.v), err)
			}
		}
		if _, err := prepare(t, conn, "SELECT $1", sqltype.Text{}).Exec(t.Context(), nil); err == nil {
			t.Error("a missing argument was accepted")
		}
		exec(t, conn, "SELECT 1") // nothing was sent, so the transaction is alive
		exec(t, conn, "ROLLBACK")
	})
}

// What does not fit the type asked for is an error, and never made to fit.
func TestUnfitReads(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		for _, c := range []struct {
			sql  string
			kind sqltype.Kind
		}{
			{"SELECT '5'::text", sqltype.KindInt64},
			{"SELECT true", sqltype.KindInt64},
			{"SELECT 1.0::float8", sqltype.KindInt64},
			{"SELECT 1.50::numeric", sqltype.KindInt64},
			{"SELECT 9223372036854775808::numeric", sqltype.KindInt64},
			{"SELECT -1", sqltype.KindUint64},
			{"SELECT 1", sqltype.KindBool},
			{"SELECT 1::int2", sqltype.KindFloat64},
			{"SELECT 2", sqltype.KindText},
			{"SELECT now()", sqltype.KindText},
			{"SELECT 'NaN'::numeric", sqltype.KindDecimal},
			{"SELECT 'x'::text", sqltype.KindBytes},
			{"SELECT 'x'::text", sqltype.KindUUID},
			{"SELECT now()::timestamp", sqltype.KindInstant},
			{"SELECT now()", sqltype.KindDateTime},
			{"SELECT now()", sqltype.KindDate},
			{"SELECT 'infinity'::timestamptz", sqltype.KindInstant},
			{"SELECT '-infinity'::timestamp", sqltype.KindDateTime},
			{"SELECT 'infinity'::date", sqltype.KindDate},
			{"SELECT '12:00+02'::timetz", sqltype.KindTimeOfDay},
			{"SELECT '1 day'::interval", sqltype.KindTimeOfDay},
			{"SELECT ARRAY['infinity'::timestamptz]", sqltype.KindArray},
		} {
			err := query(t, conn, c.sql, nil, nil, func(r driver.Rows) { read(r, 0, c.kind) })
			var unfit *sqlerr.ValueError
			if !errors.As(err, &unfit) {
				t.Errorf("%s as kind %d: got %v, want a ValueError", c.sql, c.kind, err)
			}
		}
		exec(t, conn, "SELECT 1")
	})
}

func TestColumnsAndResults(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_columns", "id int8 PRIMARY KEY, name text")
		r, err := prepare(t, conn, "SELECT id, name, '{}'::int4[] AS list FROM pgxglue_columns").Query(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := []driver.Column{{Name: "id", Type: "int8"}, {Name: "name", Type: "text"}, {Name: "list", Type: "_int4"}}
		if d := cmp.Diff(r.Columns(), want); d != "" {
			t.Error(d)
		}
		if r.Next() {
			t.Error("an empty table gave a row")
		}
		insert := prepare(t, conn, "INSERT INTO pgxglue_columns SELECT n, '' FROM generate_series(1, 5) AS n")
		if got := run(t, insert).RowsAffected; got != 5 {
			t.Errorf("got %d rows affected, want 5", got)
		}
		if got := exec(t, conn, "UPDATE pgxglue_columns SET name = name WHERE id > 3").RowsAffected; got != 2 {
			t.Errorf("got %d rows affected, want 2: the matched ones", got)
		}
		if got := exec(t, conn, "BEGIN").RowsAffected; got != -1 {
			t.Errorf("got %d rows affected by BEGIN, want -1", got)
		}
		if !conn.InTx() {
			t.Error("got no transaction after BEGIN")
		}
		exec(t, conn, "COMMIT")
		if conn.InTx() {
			t.Error("got a transaction after COMMIT")
		}
	})
}

// Rows closed early leave the connection in order, and views of text stay
// within their row.
func TestCloseEarly(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		r, err := prepare(t, conn, "SELECT n::text FROM generate_series(1, 5000) AS n").Query(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Next()
		if got := string(r.Text(0)); got != "1" {
			t.Errorf("got %q, want 1", got)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if got := r.Result().RowsAffected; got != 5000 {
			t.Errorf("got %d rows, want 5000", got)
		}
		if got := intOf(t, conn, "SELECT 7"); got != 7 {
			t.Errorf("got %d, want 7", got)
		}
	})
}
