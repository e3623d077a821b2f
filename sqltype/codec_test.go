package sqltype_test

import (
	"database/sql"
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/sqltype"
)

type (
	level  int16
	email  string
	weight float32
	flag   bool
	digest [4]byte
	secret []byte
)

func ptr[T any](v T) *T { return &v }

var (
	id     = uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057")
	moment = time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)
	day    = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	colour = sqltype.Enum{Name: "colour", Labels: sqltype.NewLabels("red", "it's, green")}
)

type point struct{ X, Y int }

var roundTrips = []struct {
	typ  sqltype.Type
	v    any
	want string // what Reveal says of the value sent
}{
	{sqltype.Integer{Bits: 64}, int64(math.MinInt64), "-9223372036854775808"},
	{sqltype.Integer{Bits: 64}, uint64(math.MaxInt64), "9223372036854775807"},
	{sqltype.Integer{Bits: 64, Unsigned: true}, uint64(math.MaxUint64), "18446744073709551615"},
	{sqltype.Integer{Bits: 64, Unsigned: true}, int(5), "5"},
	{sqltype.Integer{Bits: 32}, int(-2147483648), "-2147483648"},
	{sqltype.Integer{Bits: 32}, uint32(2147483647), "2147483647"},
	{sqltype.Integer{Bits: 16}, level(-32768), "-32768"},
	{sqltype.Integer{Bits: 16}, int8(-128), "-128"},
	{sqltype.Integer{Bits: 16, Unsigned: true}, uint16(65535), "65535"},
	{sqltype.Integer{Bits: 64}, time.Hour, "3600000000000"},
	{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.MustParseDecimal("-123.40"), "-123.40"},
	{sqltype.Numeric{Precision: 2, Scale: 2}, sqltype.MustParseDecimal("0.99"), "0.99"},
	{sqltype.Numeric{}, sqltype.MustParseDecimal("1234567890123456789012345678901234567890.5"), "1234567890123456789012345678901234567890.5"},
	{sqltype.Numeric{Precision: 20}, uint64(math.MaxUint64), "18446744073709551615"},
	{sqltype.Numeric{Precision: 19}, int64(math.MinInt64), "-9223372036854775808"},
	{sqltype.Float{Bits: 64}, 0.1, "0.1"},
	{sqltype.Float{Bits: 64}, math.Inf(-1), "-Inf"},
	{sqltype.Float{Bits: 32}, weight(0.1), "0.10000000149011612"},
	{sqltype.Float{Bits: 64}, float32(0.1), "0.10000000149011612"},
	{sqltype.Boolean{}, true, "true"},
	{sqltype.Boolean{}, flag(false), "false"},
	{sqltype.String{Length: 4}, email("äöü€"), `"äöü€"`},
	{sqltype.String{Length: 4, Fixed: true}, "ab", `"ab"`},
	{sqltype.Text{}, "", `""`},
	{colour, email("it's, green"), `"it's, green"`},
	{sqltype.LargeBinary{}, []byte{0, 255}, "0x00ff"},
	{sqltype.LargeBinary{}, []byte{}, "0x"},
	{sqltype.LargeBinary{}, []byte(nil), "NULL"},
	{sqltype.LargeBinary{}, secret("x"), "0x78"},
	{sqltype.LargeBinary{Length: 4}, digest{1, 2, 3, 4}, "0x01020304"},
	{sqltype.Date{}, day, "2024-02-29"},
	{sqltype.Time{Precision: 6}, 23*time.Hour + time.Microsecond, "23:00:00.000001"},
	{sqltype.DateTime{Precision: 6}, moment, "2024-02-29T23:59:58.123456"},
	{sqltype.DateTime{Precision: 6, Zone: true}, moment, "2024-02-29T23:59:58.123456Z"},
	{sqltype.DateTime{Precision: 6, Zone: true}, time.Time{}, "0001-01-01T00:00:00Z"},
	{sqltype.UUID{}, id, id.String()},
	{sqltype.UUID{}, [16]byte{15: 1}, "00000000-0000-0000-0000-000000000001"},
	{sqltype.JSON{}, map[string]int{"b": 2, "a": 1}, `"{\"a\":1,\"b\":2}"`},
	{sqltype.JSON{}, point{1, 2}, `"{\"X\":1,\"Y\":2}"`},
	{sqltype.JSON{}, []string{"<&>"}, `"[\"<&>\"]"`},
	{sqltype.JSON{}, map[string]int(nil), `"null"`},
	{sqltype.JSON{Binary: true}, json.RawMessage(`{"z":1,"a":"\\u0000"}`), `"{\"z\":1,\"a\":\"\\\\u0000\"}"`},
	{sqltype.JSON{}, json.RawMessage(`"\ufffd"`), `"\"\\ufffd\""`},
	{sqltype.JSON{}, "\ufffd", "\"\\\"\ufffd\\\"\""},
	{sqltype.Array{Elem: sqltype.Integer{Bits: 32}}, []int{1, -2}, "[1, -2]"},
	{sqltype.Array{Elem: sqltype.Text{}}, []*string{ptr("a"), nil}, `["a", NULL]`},
	{sqltype.Array{Elem: sqltype.Text{}}, []string{}, "[]"},
	{sqltype.Array{Elem: sqltype.Array{Elem: sqltype.Float{Bits: 64}}}, [][]float64{{0.5}, {1.5}}, "[[0.5], [1.5]]"},
	{sqltype.Array{Elem: sqltype.UUID{}}, []uuid.UUID{id}, "[" + id.String() + "]"},
	{sqltype.Array{Elem: sqltype.Boolean{}}, []bool{true, false}, "[true, false]"},
	{sqltype.Array{Elem: sqltype.LargeBinary{}}, [][]byte{{1}, nil, {}}, "[0x01, NULL, 0x]"},
	{sqltype.Array{Elem: sqltype.DateTime{Zone: true}}, []time.Time{day}, "[2024-02-29T00:00:00Z]"},
	{sqltype.Array{Elem: sqltype.Date{}}, []time.Time{day}, "[2024-02-29]"},
	{sqltype.Array{Elem: sqltype.Time{}}, []time.Duration{time.Hour}, "[01:00:00]"},
	{sqltype.Array{Elem: sqltype.Numeric{Precision: 3, Scale: 1}}, []sqltype.Decimal{sqltype.NewDecimal(15, 1)}, "[1.5]"},
	{sqltype.Array{Elem: sqltype.Text{}}, []string(nil), "NULL"},
	{sqltype.Integer{Bits: 64}, (*int64)(nil), "NULL"},
	{sqltype.Integer{Bits: 64}, ptr(level(0)), "0"},
	{sqltype.DateTime{Zone: true}, ptr(day), "2024-02-29T00:00:00Z"},
	{sqltype.Text{}, sql.Null[email]{V: "", Valid: true}, `""`},
	{sqltype.Text{}, sql.Null[string]{}, "NULL"},
	{sqltype.Text{}, sql.NullString{String: "x", Valid: true}, `"x"`},
	{sqltype.Integer{Bits: 16}, sql.NullByte{Byte: 255, Valid: true}, "255"},
	{sqltype.Boolean{}, sql.NullBool{}, "NULL"},
	{sqltype.LargeBinary{}, sql.Null[[]byte]{V: []byte{}, Valid: true}, "0x"},
	{sqltype.JSON{}, (*point)(nil), "NULL"},
	{sqltype.JSON{}, sql.Null[point]{V: point{1, 2}, Valid: true}, `"{\"X\":1,\"Y\":2}"`},
}

// What is sent and read again is what the variable held.
func TestRoundTrip(t *testing.T) {
	for _, test := range roundTrips {
		got, err := encode(t, test.typ, test.v)
		if err != nil {
			t.Errorf("%s of %T: %v", test.typ, test.v, err)
			continue
		}
		if diff := cmp.Diff(got.Reveal(), test.want); diff != "" {
			t.Errorf("%s of %T sent (-got +want):\n%s", test.typ, test.v, diff)
		}
		back, err := decode(t, test.typ, got, test.v)
		if err != nil {
			t.Errorf("%s of %T read: %v", test.typ, test.v, err)
			continue
		}
		if diff := cmp.Diff(back, test.v, cmp.AllowUnexported(sqltype.Decimal{})); diff != "" {
			t.Errorf("%s of %T read (-got +want):\n%s", test.typ, test.v, diff)
		}
	}
}

// A value that a database would refuse, cut or change is refused before it is
// sent, with the same words on every database, and without the value.
func TestRefusedValues(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	for _, test := range []struct {
		typ  sqltype.Type
		v    any
		want string
	}{
		{sqltype.Integer{Bits: 16}, 32768, "value of type SMALLINT: overflows SMALLINT; use a type that holds it"},
		{sqltype.Integer{Bits: 16}, -32769, "value of type SMALLINT: overflows SMALLINT; use a type that holds it"},
		{sqltype.Integer{Bits: 32}, int64(1) << 31, "value of type INTEGER: overflows INTEGER; use a type that holds it"},
		{sqltype.Integer{Bits: 32}, ptr(int64(1) << 31), "value of type INTEGER: overflows INTEGER; use a type that holds it"},
		{sqltype.Integer{Bits: 64}, uint64(1) << 63, "value of type BIGINT: overflows BIGINT; use a type that holds it"},
		{sqltype.Integer{Bits: 64, Unsigned: true}, -1, "value of type BIGINT UNSIGNED: overflows BIGINT UNSIGNED; use a type that holds it"},
		{sqltype.Integer{Bits: 16, Unsigned: true}, 65536, "value of type SMALLINT UNSIGNED: overflows SMALLINT UNSIGNED; use a type that holds it"},
		{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.MustParseDecimal("1000.00"), "value of type NUMERIC(5, 2): overflows NUMERIC(5, 2); use a type that holds it"},
		{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.MustParseDecimal("999.995"), "value of type NUMERIC(5, 2): overflows NUMERIC(5, 2); use a type that holds it"},
		{sqltype.Numeric{Precision: 3}, -1000, "value of type NUMERIC(3, 0): overflows NUMERIC(3, 0); use a type that holds it"},
		{sqltype.Float{Bits: 32}, math.MaxFloat64, "value of type REAL: overflows REAL; use a type that holds it"},
		{sqltype.Text{}, "secret\x00", "value of type TEXT: contains NUL"},
		{sqltype.Text{}, "\xff\xfe", "value of type TEXT: invalid UTF-8"},
		{sqltype.Text{}, "\xed\xa0\x80", "value of type TEXT: invalid UTF-8"},
		{sqltype.String{Length: 3}, "äöü€", "value of type VARCHAR(3): longer than 3 characters; shorten it, or use a longer type"},
		{colour, "blue", `value of type ENUM "colour" ("red", "it's, green"): not one of the labels; add it to the type`},
		{sqltype.LargeBinary{Length: 1}, []byte("ab"), "value of type VARBINARY(1): longer than 1 bytes; shorten it, or use a longer type"},
		{sqltype.Date{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "value of type DATE: outside of the years 1 to 9999"},
		{sqltype.DateTime{Precision: 6, Zone: true}, time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), "value of type TIMESTAMP(6) WITH TIME ZONE: outside of the years 1 to 9999"},
		{sqltype.DateTime{}, time.Date(9999, 12, 31, 23, 59, 59, 5e8, time.UTC), "value of type TIMESTAMP(0): outside of the years 1 to 9999"},
		{sqltype.DateTime{}, moment.In(berlin), "value of type TIMESTAMP(0): a clock on the wall has no zone, and the time is not in UTC; use .UTC(), or a column with time zone"},
		{sqltype.Time{}, 24*time.Hour - 1, "value of type TIME(0): not a time of day, which is at least 0 and, rounded, less than 24 hours"},
		{sqltype.Time{}, -time.Second, "value of type TIME(0): not a time of day, which is at least 0 and, rounded, less than 24 hours"},
		{sqltype.JSON{}, map[string]string{"k": "\x00"}, "value of type JSON: contains NUL"},
		{sqltype.JSON{}, json.RawMessage(`"\\\u0000"`), "value of type JSON: contains NUL"},
		{sqltype.JSON{}, map[string]any{"k": []any{"\xff"}}, "value of type JSON: invalid UTF-8"},
		{sqltype.JSON{}, json.RawMessage(`{`), "value of type JSON: the Go type json.RawMessage could not be written as JSON"},
		{sqltype.Array{Elem: sqltype.Integer{Bits: 16}}, []int{1, 70000}, "value of type SMALLINT: overflows SMALLINT; use a type that holds it"},
	} {
		_, err := encode(t, test.typ, test.v)
		if err == nil {
			t.Errorf("%s of %T: got no error, want %q", test.typ, test.v, test.want)
			continue
		}
		if diff := cmp.Diff(err.Error(), test.want); diff != "" {
			t.Errorf("%s of %T (-got +want):\n%s", test.typ, test.v, diff)
		}
	}
}

// A stored value that the Go type cannot hold is an error and never a
// different value.
func TestRefusedStoredValues(t *testing.T) {
	big64 := sqltype.Integer{Bits: 64}
	for _, test := range []struct {
		typ    sqltype.Type
		stored sqltype.Value
		into   any
		want   string
	}{
		{big64, sqltype.Int64Value(70000), int16(0), "value of type BIGINT: the stored value overflows the Go type int16"},
		{big64, sqltype.Int64Value(-1), uint64(0), "value of type BIGINT: the stored value overflows the Go type uint64"},
		{big64, sqltype.Int64Value(-1), uint8(0), "value of type BIGINT: the stored value overflows the Go type uint8"},
		{big64, sqltype.Int64Value(1 << 40), ptr(int32(0)), "value of type BIGINT: the stored value overflows the Go type int32"},
		{sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(1 << 63), int64(0), "value of type BIGINT UNSIGNED: the stored value overflows the Go type int64"},
		{big64, sqltype.NullValue(), int64(0), "value of type BIGINT: is NULL, which the Go type int64 cannot hold; use *int64 or sql.Null[int64]"},
		{sqltype.Text{}, sqltype.NullValue(), "", "value of type TEXT: is NULL, which the Go type string cannot hold; use *string or sql.Null[string]"},
		{sqltype.JSON{}, sqltype.NullValue(), map[string]int{}, "value of type JSON: is NULL, which the Go type map[string]int cannot hold; use *map[string]int or sql.Null[map[string]int]"},
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(0.1), float32(0), "value of type DOUBLE PRECISION: the stored value has more digits than a float32 holds; use float64"},
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(1e300), float32(0), "value of type DOUBLE PRECISION: the stored value overflows the Go type float32"},
		{sqltype.Numeric{}, sqltype.DecimalValue("NaN"), sqltype.Decimal{}, "value of type NUMERIC: the stored value is not a decimal number"},
		{sqltype.Numeric{}, sqltype.DecimalValue("1.5"), int64(0), "value of type NUMERIC: the stored value overflows the Go type int64"},
		{sqltype.Numeric{Precision: 5, Scale: 2}, sqltype.DecimalValue("1.005"), sqltype.Decimal{}, "value of type NUMERIC(5, 2): the stored value has more digits after the point than the column"},
		{colour, sqltype.TextValue("blue"), "", `value of type ENUM "colour" ("red", "it's, green"): the stored label is not one that this program knows; add it to the type`},
		{sqltype.LargeBinary{}, sqltype.BytesValue([]byte("abc")), digest{}, "value of type BLOB: the stored value is not of the 4 bytes of the Go type sqltype_test.digest"},
		{sqltype.JSON{}, sqltype.JSONValue(`{"a":"x"}`), map[string]int{}, "value of type JSON: the stored document does not fit the Go type map[string]int"},
	} {
		_, err := decode(t, test.typ, test.stored, test.into)
		if err == nil {
			t.Errorf("%s into %T: got no error, want %q", test.typ, test.into, test.want)
			continue
		}
		if diff := cmp.Diff(err.Error(), test.want); diff != "" {
			t.Errorf("%s into %T (-got +want):\n%s", test.typ, test.into, diff)
		}
	}
}

// A NaN has no other value to be confused with.
func TestReadNaN(t *testing.T) {
	for _, typ := range []sqltype.Type{sqltype.Float{Bits: 32}, sqltype.Float{Bits: 64}} {
		got, err := decode(t, typ, sqltype.Float64Value(math.NaN()), float32(0))
		if n, ok := got.(float32); err != nil || !ok || n == n {
			t.Errorf("%s: got %v, %v, want NaN", typ, got, err)
		}
	}
}

// A Go type that a column cannot have is refused when the program starts.
func TestRefusedTypes(t *testing.T) {
	for _, test := range []struct {
		typ  sqltype.Type
		v    any
		want string
	}{
		{sqltype.Numeric{Precision: 9, Scale: 2}, 0.5, "use sqltype.Decimal"},
		{sqltype.Numeric{Precision: 9, Scale: 2}, 5, "NUMERIC(9, 2) does not accept the Go type int"},
		{sqltype.Numeric{}, big.Rat{}, "does not accept the Go type big.Rat"},
		{sqltype.Numeric{}, time.Time{}, "does not accept the Go type time.Time"},
		{sqltype.Text{}, []byte{}, "use string, or a LargeBinary column"},
		{sqltype.LargeBinary{}, "", "use []byte, or a Text column"},
		{sqltype.Integer{Bits: 64}, "", "it accepts the integer types"},
		{sqltype.Integer{Bits: 12}, 0, "Bits is 8, 16, 24, 32 or 64"},
		{sqltype.Numeric{Precision: 2, Scale: 3}, sqltype.Decimal{}, "Scale is 0 to Precision"},
		{sqltype.Enum{Name: "empty"}, "", "at least one label"},
		{sqltype.DateTime{Precision: 9}, time.Time{}, "Precision is 0 to 6"},
		{sqltype.Text{}, struct{}{}, "use a JSON column"},
		{sqltype.UUID{}, 0.5, "[16]byte"},
		{sqltype.Time{}, time.Time{}, "time.Duration"},
		{sqltype.JSON{}, make(chan int), "what encoding/json does"},
		{sqltype.Null{}, 5, "name one"},
		{sqltype.Text{}, ptr(ptr("")), "two ways to be NULL"},
		{sqltype.Text{}, sql.Null[*string]{}, "two ways to be NULL"},
	} {
		_, err := sqltype.CodecFor(test.typ, typeOf(test.v))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%#v of %T: got error %v, want one with %q", test.typ, test.v, err, test.want)
		}
	}
}
