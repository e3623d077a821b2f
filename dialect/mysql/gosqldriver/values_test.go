package gosqldriver

import (
	"bytes"
	"context"
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

var testUUID = [16]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}

func moment(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999", s)
	if err != nil {
		panic(err)
	}
	return t
}

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func readText(r driver.Rows) any      { return string(r.Text(0)) }
func readDateTime(r driver.Rows) any  { return r.DateTime(0) }
func readDate(r driver.Rows) any      { return r.Date(0) }
func readTimeOfDay(r driver.Rows) any { return r.TimeOfDay(0) }
func readInt64(r driver.Rows) any     { return r.Int64(0) }
func readUint64(r driver.Rows) any    { return r.Uint64(0) }
func readFloat64(r driver.Rows) any   { return r.Float64(0) }
func readBool(r driver.Rows) any      { return r.Bool(0) }
func readBytes(r driver.Rows) any     { return string(r.Bytes(0)) }
func readUUID(r driver.Rows) any      { return r.UUID(0) }

// stored are values with the column that they are stored in, and what is read.
var stored = []struct {
	column string
	value  sqltype.Value
	read   func(driver.Rows) any
	want   any
}{
	{"BIGINT", sqltype.Int64Value(math.MinInt64), readInt64, int64(math.MinInt64)},
	{"BIGINT", sqltype.Int64Value(math.MaxInt64), readInt64, int64(math.MaxInt64)},
	{"INT", sqltype.Int64Value(math.MinInt32), readInt64, int64(math.MinInt32)},
	{"INT UNSIGNED", sqltype.Int64Value(math.MaxUint32), readInt64, int64(math.MaxUint32)},
	{"MEDIUMINT", sqltype.Int64Value(-8388608), readInt64, int64(-8388608)},
	{"SMALLINT", sqltype.Int64Value(math.MinInt16), readInt64, int64(math.MinInt16)},
	{"TINYINT UNSIGNED", sqltype.Int64Value(255), readInt64, int64(255)},
	{"YEAR", sqltype.Int64Value(2155), readInt64, int64(2155)},
	{"BIGINT UNSIGNED", sqltype.Uint64Value(math.MaxUint64), readUint64, uint64(math.MaxUint64)},
	{"BIGINT UNSIGNED", sqltype.Uint64Value(0), readUint64, uint64(0)},
	{"DOUBLE", sqltype.Float64Value(math.MaxFloat64), readFloat64, math.MaxFloat64},
	{"DOUBLE", sqltype.Float64Value(math.SmallestNonzeroFloat64 * (1 << 52)), readFloat64, math.SmallestNonzeroFloat64 * (1 << 52)},
	{"FLOAT", sqltype.Float64Value(float64(float32(1.1))), func(r driver.Rows) any { return float32(r.Float64(0)) }, float32(1.1)},
	{"BOOLEAN", sqltype.BoolValue(true), readBool, true},
	{"BOOLEAN", sqltype.BoolValue(false), readBool, false},
	{"VARCHAR(20)", sqltype.TextValue(""), readText, ""},
	{"VARCHAR(20)", sqltype.TextValue("naïve 🜔 \\'\"%_"), readText, "naïve 🜔 \\'\"%_"},
	{"LONGTEXT", sqltype.TextValue(strings.Repeat("é", 1<<20)), readText, strings.Repeat("é", 1<<20)},
	{"ENUM('a','b')", sqltype.TextValue("b"), readText, "b"},
	{"BLOB", sqltype.BytesValue(allBytes()), readBytes, string(allBytes())},
	{"BLOB", sqltype.BytesValue(nil), readBytes, ""},
	{"LONGBLOB", sqltype.BytesValue(bytes.Repeat([]byte{0xff}, 9<<20)), func(r driver.Rows) any { return len(r.Bytes(0)) }, 9 << 20},
	{"DECIMAL(65,30)", sqltype.DecimalValue("-99999999999999999999999999999999999.999999999999999999999999999999"), readText, "-99999999999999999999999999999999999.999999999999999999999999999999"},
	{"DECIMAL(10,2)", sqltype.DecimalValue("0.10"), readText, "0.10"},
	{"DATE", sqltype.DateValue(moment("0001-01-01 00:00:00")), readDate, moment("0001-01-01 00:00:00")},
	{"DATE", sqltype.DateValue(moment("9999-12-31 00:00:00")), readDate, moment("9999-12-31 00:00:00")},
	{"DATE", sqltype.DateValue(moment("2024-02-29 00:00:00")), readDate, moment("2024-02-29 00:00:00")},
	{"TIME(6)", sqltype.TimeOfDayValue(24*time.Hour - time.Microsecond), readTimeOfDay, 24*time.Hour - time.Microsecond},
	{"TIME", sqltype.TimeOfDayValue(0), readTimeOfDay, time.Duration(0)},
	{"DATETIME(6)", sqltype.DateTimeValue(moment("0001-01-01 00:00:00")), readDateTime, moment("0001-01-01 00:00:00")},
	{"DATETIME(6)", sqltype.DateTimeValue(moment("9999-12-31 23:59:59.999999")), readDateTime, moment("9999-12-31 23:59:59.999999")},
	{"DATETIME(3)", sqltype.DateTimeValue(moment("2026-11-22 01:02:03.004")), readDateTime, moment("2026-11-22 01:02:03.004")},
	{"DATETIME", sqltype.DateTimeValue(moment("2026-11-22 00:00:00")), readDateTime, moment("2026-11-22 00:00:00")},
	{"TIMESTAMP(6) NULL", sqltype.InstantValue(moment("2026-03-29 02:30:00.5").In(time.FixedZone("", -7200))), func(r driver.Rows) any { return r.Instant(0) }, moment("2026-03-29 02:30:00.5")},
	{"UUID", sqltype.UUIDValue(&testUUID), readUUID, testUUID},
	{"CHAR(36)", sqltype.UUIDValue(&testUUID), readUUID, testUUID},
	{"BINARY(16)", sqltype.BytesValue(testUUID[:]), readUUID, testUUID},
	{"JSON", sqltype.JSONValue(`{"a": [1, "ü"]}`), readText, `{"a": [1, "ü"]}`},
}

func TestValuesRoundTrip(t *testing.T) {
	c := open(t)
	for _, tc := range stored {
		t.Run(tc.column, func(t *testing.T) {
			table(t, c, "gsd_values", "v "+tc.column)
			if _, err := run(c, "INSERT INTO gsd_values VALUES (?)", tc.value); err != nil {
				t.Fatal(err)
			}
			var got any
			err := one(t, c, "SELECT v FROM gsd_values", func(r driver.Rows) {
				if r.IsNull(0) {
					t.Fatal("got NULL")
				}
				got = tc.read(r)
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

func TestNullRoundTrips(t *testing.T) {
	c := open(t)
	err := one(t, c, "SELECT ?", func(r driver.Rows) {
		if !r.IsNull(0) {
			t.Error("got a value, want NULL")
		}
	}, sqltype.NullValue())
	if err != nil {
		t.Fatal(err)
	}
}

func TestBinaryUUIDs(t *testing.T) {
	c := connect(t, testConnector(t, "uuid=binary"))
	table(t, c, "gsd_binary_uuid", "v BINARY(16)")
	id := testUUID
	if _, err := run(c, "INSERT INTO gsd_binary_uuid VALUES (?)", sqltype.UUIDValue(&id)); err != nil {
		t.Fatal(err)
	}
	err := one(t, c, "SELECT v FROM gsd_binary_uuid WHERE v = ?", func(r driver.Rows) {
		if got := r.UUID(0); got != testUUID {
			t.Errorf("got %x, want %x", got, testUUID)
		}
	}, sqltype.UUIDValue(&id))
	if err != nil {
		t.Fatal(err)
	}
}

func TestValuesThatCannotBeSent(t *testing.T) {
	c := open(t)
	packet := int(number(t, c, "SELECT @@max_allowed_packet"))
	for name, v := range map[string]sqltype.Value{
		"NaN":              sqltype.Float64Value(math.NaN()),
		"infinity":         sqltype.Float64Value(math.Inf(1)),
		"array":            sqltype.ArrayValue(nil),
		"year 0":           sqltype.DateTimeValue(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)),
		"year 10000":       sqltype.DateValue(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		"nanosecond":       sqltype.InstantValue(time.Unix(0, 1)),
		"24 hours":         sqltype.TimeOfDayValue(24 * time.Hour),
		"negative time":    sqltype.TimeOfDayValue(-1),
		"too large packet": sqltype.TextValue(strings.Repeat("x", packet+1)),
	} {
		st := prepare(t, c, "SELECT ?", 1)
		written := c.net.written.Load()
		_, err := st.Query(context.Background(), []sqltype.Value{v})
		var want *sqlerr.ValueError
		if !errors.As(err, &want) {
			t.Errorf("%s: got %v, want a ValueError", name, err)
		}
		if sent := c.net.written.Load() - written; sent != 0 {
			t.Errorf("%s: %d bytes were sent", name, sent)
		}
	}
}

func TestStoredValuesThatDoNotFit(t *testing.T) {
	c := open(t)
	exec(t, c, "SET sql_mode = ''")
	cases := []struct {
		name, expr string
		read       func(driver.Rows)
	}{
		{"zero date", "DATE '0000-00-00'", func(r driver.Rows) { r.Date(0) }},
		{"zero datetime", "TIMESTAMP '0000-00-00 00:00:00'", func(r driver.Rows) { r.DateTime(0) }},
		{"day 0", "DATE '2024-05-00'", func(r driver.Rows) { r.Date(0) }},
		{"30 hours", "CAST('30:00:00' AS TIME)", func(r driver.Rows) { r.TimeOfDay(0) }},
		{"negative time", "CAST('-01:00:00' AS TIME)", func(r driver.Rows) { r.TimeOfDay(0) }},
		{"unsigned as signed", "CAST(18446744073709551615 AS UNSIGNED)", func(r driver.Rows) { r.Int64(0) }},
		{"negative as unsigned", "-1", func(r driver.Rows) { r.Uint64(0) }},
		{"2 as truth", "2", func(r driver.Rows) { r.Bool(0) }},
		{"text as integer", "'12'", func(r driver.Rows) { r.Int64(0) }},
		{"decimal with a fraction as integer", "CAST(12.5 AS DECIMAL(5,1))", func(r driver.Rows) { r.Int64(0) }},
		{"integer as text", "12", func(r driver.Rows) { r.Text(0) }},
		{"integer as float", "12", func(r driver.Rows) { r.Float64(0) }},
		{"bytes as text", "x'ff'", func(r driver.Rows) { r.Text(0) }},
		{"text as UUID", "'0011'", func(r driver.Rows) { r.UUID(0) }},
		{"date as datetime", "DATE '2024-05-01'", func(r driver.Rows) { r.DateTime(0) }},
	}
	for _, tc := range cases {
		err := one(t, c, "SELECT "+tc.expr, tc.read)
		var want *sqlerr.ValueError
		if !errors.As(err, &want) {
			t.Errorf("%s: got %v, want a ValueError", tc.name, err)
		}
	}
}

// TestWholeDecimalsAreIntegers reads what sums and products of integers are on
// these servers.
func TestWholeDecimalsAreIntegers(t *testing.T) {
	c := open(t)
	for text, want := range map[string]int64{
		"CAST(12.0 AS DECIMAL(5,1))": 12, "CAST(12 AS DECIMAL(5,0))": 12, "CAST(-7.000 AS DECIMAL(10,3))": -7, "CAST(0.00 AS DECIMAL(5,2))": 0,
		"CAST(9223372036854775807 AS DECIMAL(30,5))": math.MaxInt64, "CAST(-9223372036854775808 AS DECIMAL(30,0))": math.MinInt64,
		"(SELECT sum(n) FROM (SELECT 5 AS n UNION SELECT 7) AS t)": 12,
	} {
		if err := one(t, c, "SELECT "+text, func(r driver.Rows) {
			if got := r.Int64(0); got != want {
				t.Errorf("%s: got %d, want %d", text, got, want)
			}
		}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"CAST(12.5 AS DECIMAL(5,1))", "CAST(9223372036854775808 AS DECIMAL(30,0))", "CAST(-0.5 AS DECIMAL(5,1))"} {
		var refused *sqlerr.ValueError
		if err := one(t, c, "SELECT "+text, func(r driver.Rows) { r.Int64(0) }); !errors.As(err, &refused) {
			t.Errorf("%s: got %v, want a ValueError", text, err)
		}
	}
}

func TestRawGivesTheDriversValue(t *testing.T) {
	c := open(t)
	err := one(t, c, "SELECT b'101', 7, TIME '30:00:00'", func(r driver.Rows) {
		got := []sqltype.Raw{r.Raw(1), r.Raw(2)}
		if got[0].Format != sqltype.FormatNative || got[0].Value.Int64() != 7 {
			t.Errorf("got %v, want the integer 7", got[0])
		}
		if got[1].Format != sqltype.FormatText || string(got[1].Bytes) != "30:00:00" || got[1].Type != "TIME" {
			t.Errorf("got %v, want the TIME 30:00:00", got[1])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"2024-02-29 23:59:59.999999", "0000-00-00", "2023-02-29", "9999-12-31 00:00:00.1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseMoment([]byte(s))
		if !ok {
			return
		}
		layout := "2006-01-02"
		if len(s) > 10 {
			layout += s[10:11] + "15:04:05"
		}
		if s[:10] != got.Format("2006-01-02") {
			t.Errorf("%q was read as %v (%s)", s, got, layout)
		}
	})
}
