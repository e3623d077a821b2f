package modernc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// roundTrip stores v in a column of the given declared type and reads it back.
func roundTrip(t *testing.T, c driver.Conn, decl string, v sqltype.Value, read func(driver.Rows)) {
	t.Helper()
	must(t, c, "DROP TABLE IF EXISTS rt")
	must(t, c, "CREATE TABLE rt (v "+decl+")")
	must(t, c, "INSERT INTO rt VALUES (?)", v)
	one(t, c, "SELECT v FROM rt", func(r driver.Rows) {
		if r.IsNull(0) {
			t.Errorf("%s: got NULL", decl)
			return
		}
		read(r)
	})
}

func same[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestIntegersRoundTrip(t *testing.T) {
	c := memory(t)
	for _, n := range []int64{math.MinInt64, math.MinInt64 + 1, -1 << 53, -1, 0, 1, 127, 128, 1<<53 + 1, math.MaxInt64} {
		roundTrip(t, c, "BIGINT", sqltype.Int64Value(n), func(r driver.Rows) { same(t, r.Int64(0), n) })
	}
	roundTrip(t, c, "BIGINT UNSIGNED", sqltype.Uint64Value(math.MaxInt64), func(r driver.Rows) {
		same(t, r.Uint64(0), math.MaxInt64)
	})
	for _, b := range []bool{false, true} {
		roundTrip(t, c, "BOOLEAN", sqltype.BoolValue(b), func(r driver.Rows) { same(t, r.Bool(0), b) })
	}
}

func TestFloatsRoundTrip(t *testing.T) {
	c := memory(t)
	for _, f := range []float64{
		0, 1, -1, 0.1, 1e15, 1 << 53, 1e300, math.MaxFloat64, math.SmallestNonzeroFloat64,
		math.Inf(1), math.Inf(-1), 9223372036854775807,
	} {
		for _, decl := range []string{"DOUBLE PRECISION", "REAL", "BLOB"} {
			roundTrip(t, c, decl, sqltype.Float64Value(f), func(r driver.Rows) { same(t, r.Float64(0), f) })
		}
	}
	negativeZero := sqltype.Float64Value(math.Copysign(0, -1))
	roundTrip(t, c, "REAL", negativeZero, func(r driver.Rows) { same(t, r.Float64(0), 0) })
}

func TestTextAndBytesRoundTrip(t *testing.T) {
	c := memory(t)
	for _, s := range []string{"", "a", "\x7f", "\x01", "héllo 👩‍🚀", "1.50", "1e5", strings.Repeat("x", 1<<20)} {
		roundTrip(t, c, "VARCHAR(20)", sqltype.TextValue(s), func(r driver.Rows) { same(t, string(r.Text(0)), s) })
	}
	roundTrip(t, c, "JSON", sqltype.JSONValue(`{"a":1}`), func(r driver.Rows) { same(t, string(r.Text(0)), `{"a":1}`) })
	big := bytes.Repeat([]byte{0, 1, 0xff}, 1<<20/3)
	for _, b := range [][]byte{nil, {}, {0}, {0xff, 0xfe}, big} {
		roundTrip(t, c, "BLOB", sqltype.BytesValue(b), func(r driver.Rows) {
			if got := r.Bytes(0); got == nil || !bytes.Equal(got, b) {
				t.Errorf("got %d bytes, want %d", len(got), len(b))
			}
		})
	}
	one(t, c, "SELECT zeroblob(3), x'', ''", func(r driver.Rows) {
		same(t, string(r.Bytes(0)), "\x00\x00\x00")
		same(t, string(r.Bytes(1)), "")
		same(t, string(r.Text(2)), "")
	})
}

func TestNullIsNoEmptyValue(t *testing.T) {
	c := memory(t)
	one(t, c, "SELECT ?, ?, ?", func(r driver.Rows) {
		same(t, r.IsNull(0), true)
		same(t, r.IsNull(1), false)
		same(t, r.IsNull(2), false)
	}, sqltype.NullValue(), sqltype.TextValue(""), sqltype.BytesValue(nil))
}

func TestMomentsRoundTrip(t *testing.T) {
	c := memory(t)
	for _, m := range []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(1582, 10, 15, 12, 30, 59, 0, time.UTC),
		time.Date(1900, 2, 28, 23, 59, 59, 999999000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 22, 8, 0, 0, 123456000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	} {
		roundTrip(t, c, "DATETIME", sqltype.DateTimeValue(m), func(r driver.Rows) {
			same(t, r.DateTime(0), m)
			same(t, string(r.Text(0)), m.Format("2006-01-02 15:04:05.000000"))
		})
		roundTrip(t, c, "DATETIME", sqltype.InstantValue(m), func(r driver.Rows) {
			same(t, r.Instant(0), m)
			same(t, string(r.Text(0)), m.Format("2006-01-02 15:04:05.000000Z"))
		})
		day := m.Truncate(24 * time.Hour)
		roundTrip(t, c, "DATE", sqltype.DateValue(m), func(r driver.Rows) {
			same(t, r.Date(0), day)
			same(t, string(r.Text(0)), m.Format("2006-01-02"))
		})
	}
	for _, d := range []time.Duration{0, time.Microsecond, 8*time.Hour + 5*time.Second, 24*time.Hour - time.Microsecond} {
		roundTrip(t, c, "TIME", sqltype.TimeOfDayValue(d), func(r driver.Rows) { same(t, r.TimeOfDay(0), d) })
	}
}

// Every day of the calendar is written and read as package time does it.
func TestCalendar(t *testing.T) {
	b := make([]byte, dateLen)
	day := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for ; day.Year() <= 9999; day = day.AddDate(0, 0, 1) {
		putDate(b, day.Unix())
		if want := day.Format("2006-01-02"); string(b) != want {
			t.Fatalf("got %s, want %s", b, want)
		}
		if days, ok := parseDate(b); !ok || days*secondsPerDay != day.Unix() {
			t.Fatalf("%s: got %d, %v, want %d", b, days, ok, day.Unix()/secondsPerDay)
		}
	}
}

func TestForeignFormsAreRead(t *testing.T) {
	c := memory(t)
	want := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, s := range []string{
		"2026-11-22 08:00:00", "2026-11-22T08:00:00Z", "2026-11-22 08:00:00.000000Z", "2026-11-22 08:00",
		"2026-11-22T09:30:00.000+01:30", "2026-11-22 00:00:00.000000000-08:00",
	} {
		one(t, c, "SELECT ?", func(r driver.Rows) { same(t, r.Instant(0), want) }, sqltype.TextValue(s))
	}
	one(t, c, "SELECT CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_TIME", func(r driver.Rows) {
		if d := time.Since(r.Instant(0)); d < -time.Hour || d > time.Hour {
			t.Errorf("CURRENT_TIMESTAMP is %v away", d)
		}
		r.Date(1)
		r.TimeOfDay(2)
	})
	id := [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xff, 1, 2, 3, 4, 5, 6, 7}
	roundTrip(t, c, "CHAR(36)", sqltype.UUIDValue(&id), func(r driver.Rows) {
		same(t, r.UUID(0), id)
		same(t, string(r.Text(0)), "01234567-89ab-cdef-ff01-020304050607")
	})
	one(t, c, "SELECT '0123456789ABCDEFFF01020304050607', x'0123456789ABCDEFFF01020304050607'", func(r driver.Rows) {
		same(t, r.UUID(0), id)
		same(t, r.UUID(1), id)
	})
}

func TestDecimalsRoundTrip(t *testing.T) {
	c := memory(t)
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "12.50": "12.5", "-12.5": "-12.5", "0.1": "0.1", "100": "100",
		"999999999999.999": "999999999999.999", "0.000000000000001": "0.000000000000001",
		"9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808",
		"9223372036854775807.00": "9223372036854775807", "+7": "7", "123456789.012345": "123456789.012345",
		"1000000000000000000000": "1000000000000000000000", ".5": "0.5",
	} {
		roundTrip(t, c, "NUMERIC(10, 2)", sqltype.DecimalValue(in), func(r driver.Rows) { same(t, string(r.Text(0)), want) })
	}
	for i := range int64(2000) {
		s := fmt.Sprintf("%d.%04d", i*987654321%99999999999, i*7919%10000)
		want := strings.TrimRight(strings.TrimRight(s, "0"), ".")
		if !strings.Contains(s, ".") || want == "" {
			want = "0"
		}
		same(t, word(t, c, "SELECT ?", sqltype.DecimalValue(s)), want)
	}
	// A number, not a text, which would compare as greater than any number.
	same(t, number(t, c, "SELECT sum(v) > 10 FROM (SELECT 6 AS v UNION ALL SELECT 5)"), 1)
	one(t, c, "SELECT sum(v) > ? FROM (SELECT 6 AS v UNION ALL SELECT 5)", func(r driver.Rows) {
		same(t, r.Bool(0), true)
	}, sqltype.DecimalValue("10.5"))
}

func TestValuesThatCannotBeStored(t *testing.T) {
	c := memory(t)
	cases := map[string]sqltype.Value{
		"NaN":               sqltype.Float64Value(math.NaN()),
		"big unsigned":      sqltype.Uint64Value(math.MaxInt64 + 1),
		"16 digits":         sqltype.DecimalValue("1234567890.123456"),
		"20 digits":         sqltype.DecimalValue("12345678901234567890"),
		"decimal exponent":  sqltype.DecimalValue("1e5"),
		"decimal NaN":       sqltype.DecimalValue("NaN"),
		"decimal empty":     sqltype.DecimalValue(""),
		"decimal point":     sqltype.DecimalValue("."),
		"decimal huge":      sqltype.DecimalValue("1" + strings.Repeat("0", 400)),
		"decimal tiny":      sqltype.DecimalValue("0." + strings.Repeat("0", 400) + "1"),
		"array":             sqltype.ArrayValue(nil),
		"year 0":            sqltype.DateTimeValue(time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)),
		"year 10000":        sqltype.InstantValue(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		"nanoseconds":       sqltype.InstantValue(time.Unix(0, 1)),
		"time of 24 hours":  sqltype.TimeOfDayValue(24 * time.Hour),
		"negative time":     sqltype.TimeOfDayValue(-1),
		"fine time":         sqltype.TimeOfDayValue(1),
		"text with NUL":     sqltype.TextValue("a\x00b"),
		"text not in UTF-8": sqltype.TextValue("\xff"),
	}
	for name, v := range cases {
		_, err := run(c, "SELECT ?", v)
		if ve := (*sqlerr.ValueError)(nil); !errors.As(err, &ve) {
			t.Errorf("%s: got %v, want a ValueError", name, err)
		}
	}
}

func TestReadsNeverCoerce(t *testing.T) {
	c := memory(t)
	cases := []struct {
		stored string
		read   func(driver.Rows)
	}{
		{"'abc'", func(r driver.Rows) { r.Int64(0) }},
		{"'1'", func(r driver.Rows) { r.Int64(0) }},
		{"1.5", func(r driver.Rows) { r.Int64(0) }},
		{"2.0", func(r driver.Rows) { r.Int64(0) }},
		{"-1", func(r driver.Rows) { r.Uint64(0) }},
		{"'1.5'", func(r driver.Rows) { r.Float64(0) }},
		{"9007199254740993", func(r driver.Rows) { r.Float64(0) }},
		{"2", func(r driver.Rows) { r.Bool(0) }},
		{"'true'", func(r driver.Rows) { r.Bool(0) }},
		{"x'61'", func(r driver.Rows) { r.Text(0) }},
		{"CAST(x'ff' AS TEXT)", func(r driver.Rows) { r.Text(0) }},
		{"'a' || char(0) || 'b'", func(r driver.Rows) { r.Text(0) }},
		{"9e999", func(r driver.Rows) { r.Text(0) }},
		{"'abc'", func(r driver.Rows) { r.Bytes(0) }},
		{"1", func(r driver.Rows) { r.Bytes(0) }},
		{"'2026-02-29'", func(r driver.Rows) { r.Date(0) }},
		{"'2026-11-22 08:00:00'", func(r driver.Rows) { r.Date(0) }},
		{"20261122", func(r driver.Rows) { r.Date(0) }},
		{"'2026-11-22'", func(r driver.Rows) { r.DateTime(0) }},
		{"'2026-11-22 08:00:00Z'", func(r driver.Rows) { r.DateTime(0) }},
		{"'2026-11-22 24:00:00'", func(r driver.Rows) { r.DateTime(0) }},
		{"'2026-11-22 08:00:00.'", func(r driver.Rows) { r.DateTime(0) }},
		{"'2026-1:-22 08:00:00'", func(r driver.Rows) { r.DateTime(0) }},
		{"'2026-11-22 08:00:00+0100'", func(r driver.Rows) { r.Instant(0) }},
		{"'08'", func(r driver.Rows) { r.TimeOfDay(0) }},
		{"'not-a-uuid'", func(r driver.Rows) { r.UUID(0) }},
		{"x'00'", func(r driver.Rows) { r.UUID(0) }},
		{"1", func(r driver.Rows) { r.UUID(0) }},
	}
	for _, x := range cases {
		err := query(c, "SELECT "+x.stored+" AS col", x.read)
		ve := (*sqlerr.ValueError)(nil)
		if !errors.As(err, &ve) || ve.Column != "col" {
			t.Errorf("%s: got %v, want a ValueError for column col", x.stored, err)
		}
	}
}

func TestRawGivesTheStorageClass(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE t (a BIGINT, b REAL, c TEXT, d BLOB, e TEXT)")
	must(t, c, "INSERT INTO t VALUES (1, 2.5, 'x', x'00', NULL)")
	want := []sqltype.Value{
		sqltype.Int64Value(1), sqltype.Float64Value(2.5), sqltype.TextValue("x"),
		sqltype.BytesValue([]byte{0}), sqltype.NullValue(),
	}
	one(t, c, "SELECT * FROM t", func(r driver.Rows) {
		for i, w := range want {
			if got := r.Raw(i); got.Format != sqltype.FormatNative || !got.Value.Equal(w) {
				t.Errorf("column %d: got %+v", i, got)
			}
		}
		same(t, r.Raw(0).Type, "BIGINT")
	})
}

// Rows are read from the engine's own objects, in whatever form they are.
func TestDatabaseInUTF16(t *testing.T) {
	c := memory(t)
	must(t, c, "PRAGMA encoding = 'UTF-16le'")
	must(t, c, "CREATE TABLE t (a TEXT)")
	must(t, c, "INSERT INTO t VALUES (?)", sqltype.TextValue("héllo 👩‍🚀"))
	same(t, word(t, c, "SELECT a FROM t"), "héllo 👩‍🚀")
	same(t, word(t, c, "SELECT a FROM t WHERE a = ?", sqltype.TextValue("héllo 👩‍🚀")), "héllo 👩‍🚀")
}

func TestWholeRealsAreReals(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE t (a REAL)")
	must(t, c, "INSERT INTO t VALUES (1), (2.0)")
	var sum float64
	if err := query(c, "INSERT INTO t VALUES (3) RETURNING a", func(r driver.Rows) { sum += r.Float64(0) }); err != nil {
		t.Fatal(err)
	}
	if err := query(c, "SELECT a FROM t", func(r driver.Rows) { sum += r.Float64(0) }); err != nil {
		t.Fatal(err)
	}
	same(t, sum, 9)
}
