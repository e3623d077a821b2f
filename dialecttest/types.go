package dialecttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// round is a test in which each value is stored in a column of the type, read
// back, and found by equality, and NULL too.
func round[V any](name string, t sqltype.Type, same func(a, b V) bool, values ...V) test {
	return test{
		name: name, doc: "Each value of the type, its extremes and NULL come back as they were sent.",
		needs: []need{typeNeed("the type "+t.String(), t)},
		run:   func(c *T) { storeAndRead(c, t, same, values) },
	}
}

func equal[V comparable](a, b V) bool { return a == b }

func storeAndRead[V any](c *T, t sqltype.Type, same func(a, b V) bool, values []V) {
	m := schema.NewMetaData()
	tab := schema.MustTable(m, "dt_value", plainID(), column("v", t))
	many := schema.MustTable(m, "dt_values", id(), column("v", t))
	c.create(m)
	codec := sqltype.CodecOf[V](t)
	for i, v := range values {
		c.exec(c.engine, expr.NewInsert(tab).Values(set(tab, "id", int64(i)), expr.Assignment{Target: tab.C("v"), Value: expr.NewBind(codec, v)}))
	}
	typed := expr.NewScalar[V](tab.C("v"), codec)
	q := expr.NewSelect(typed).OrderBy(num(tab, "id").Asc())
	got, err := engine.Collect[V](c.Context(), c.engine, q)
	if err != nil {
		c.Fatal(err)
	}
	for i, want := range values {
		if i < len(got) && !same(got[i], want) {
			c.Errorf("value %d: got %v, want %v", i, got[i], want)
		}
	}
	if len(got) != len(values) {
		c.Errorf("got %d values, want %d", len(got), len(values))
	}
	storeNull(c, tab, t)
	secondColumn(c, tab, t, same, values)
	storeBatch(c, many, same, values)
}

// storeNull stores a NULL and reads it.
func storeNull(c *T, tab *schema.Table, t sqltype.Type) {
	c.Helper()
	null := expr.Assignment{Target: tab.C("v"), Value: expr.BindValue(t, sqltype.NullValue())}
	c.exec(c.engine, expr.NewInsert(tab).Values(set(tab, "id", int64(-1)), null))
	r, err := c.engine.Query(c.Context(), expr.NewSelect(tab.C("v")).Where(num(tab, "id").Eq(-1)))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	if !r.Next() || !r.Row().IsNull(0) {
		c.Error("NULL did not come back as NULL")
	}
}

// secondColumn updates one row with each value in turn, so that the same
// prepared statement carries values of different size.
func secondColumn[V any](c *T, tab *schema.Table, t sqltype.Type, same func(a, b V) bool, values []V) {
	c.Helper()
	codec := sqltype.CodecOf[V](t)
	for i, v := range values {
		res := c.exec(c.engine, expr.NewUpdate(tab).Set(expr.Assignment{Target: tab.C("v"), Value: expr.NewBind(codec, v)}).Where(num(tab, "id").Eq(-1)))
		if res.RowsAffected != 1 {
			c.Errorf("update with value %d: got %d rows, want 1", i, res.RowsAffected)
		}
		got, err := engine.Scalar[V](c.Context(), c.engine, expr.NewSelect(expr.NewScalar[V](tab.C("v"), codec)).Where(num(tab, "id").Eq(-1)))
		if err != nil || !same(got, v) {
			c.Errorf("after an update with value %d: got %v, %v, want %v", i, got, err, v)
		}
	}
}

func typeTests() []test {
	var tests []test
	for _, group := range [][]test{integerTypes(), numberTypes(), textTypes(), timeTypes(), otherTypes(), decoratedTypes()} {
		tests = append(tests, group...)
	}
	return tests
}

func integerTypes() []test {
	return []test{
		round("tinyint", sqltype.Integer{Bits: 8}, equal[int8], 0, math.MaxInt8, math.MinInt8),
		round("mediumint", sqltype.Integer{Bits: 24}, equal[int32], 0, 1<<23-1, -1<<23),
		round("tinyint unsigned", sqltype.Integer{Bits: 8, Unsigned: true}, equal[uint8], 0, math.MaxUint8),
		round("mediumint unsigned", sqltype.Integer{Bits: 24, Unsigned: true}, equal[uint32], 0, 1<<24-1),
		round("smallint", small, equal[int16], 0, 1, -1, math.MaxInt16, math.MinInt16),
		round("integer", integer, equal[int32], 0, 1, -1, math.MaxInt16+1, math.MaxInt32, math.MinInt32),
		round("bigint", bigInt, equal[int64], 0, 1, -1, math.MaxInt32+1, 1<<53+1, math.MaxInt64, math.MinInt64),
		round("smallint unsigned", sqltype.Integer{Bits: 16, Unsigned: true}, equal[uint16], 0, math.MaxInt16+1, math.MaxUint16),
		round("integer unsigned", sqltype.Integer{Bits: 32, Unsigned: true}, equal[uint32], 0, math.MaxInt32+1, math.MaxUint32),
		round("bigint unsigned", sqltype.Integer{Bits: 64, Unsigned: true}, equal[uint64], 0, 1, math.MaxInt64),
		round("int in Go", bigInt, equal[int], 0, math.MaxInt64, math.MinInt64),
		round("int8 in Go", small, equal[int8], 0, math.MaxInt8, math.MinInt8),
		round("boolean", sqltype.Boolean{}, equal[bool], true, false),
		{name: "nullable", doc: "A pointer is NULL or the value.", run: func(c *T) {
			one := int64(1)
			storeAndRead(c, bigInt, func(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }, []*int64{nil, &one, nil})
		}},
	}
}

func numberTypes() []test {
	decimal := func(texts ...string) []sqltype.Decimal {
		out := make([]sqltype.Decimal, len(texts))
		for i, s := range texts {
			out[i] = sqltype.MustParseDecimal(s)
		}
		return out
	}
	same := func(a, b sqltype.Decimal) bool { return a.Cmp(b) == 0 }
	exact := round("numeric of 38 digits", sqltype.Numeric{Precision: 38, Scale: 10}, same, decimal("0", "1234567890123456789012345678.0123456789", "-0.0000000001")...)
	exact.needs = append(exact.needs, allDigits)
	free := round("numeric without precision", sqltype.Numeric{}, same, decimal("0", "1.5", "-1234567890123456789012345678901234567890.5", "1e-30")...)
	free.needs = append(free.needs, allDigits)
	notNumbers := round("double: NaN and infinity", sqltype.Float{Bits: 64}, sameFloat, math.NaN(), math.Inf(1), math.Inf(-1))
	notNumbers.needs = append(notNumbers.needs, nan)
	return []test{
		round("numeric", sqltype.Numeric{Precision: 12, Scale: 2}, same, decimal("0", "0.01", "-0.01", "12.50", "9999999999.99", "-9999999999.99")...),
		round("numeric without fraction", sqltype.Numeric{Precision: 15}, same, decimal("0", "999999999999999", "-1")...),
		exact, free, notNumbers,
		{name: "numeric is compared exactly", doc: "Numbers that differ in their last digit are told apart, and added exactly.", needs: []need{allDigits}, run: exactMatch},
		round("double", sqltype.Float{Bits: 64}, sameFloat, 0, 1, -1, 0.1, 1.0/3, math.MaxFloat64, -math.MaxFloat64, 2.2250738585072014e-308),
		round("real", sqltype.Float{Bits: 32}, equal[float32], 0, 1, -1, 0.5, 0.1, 3.4e38, -3.4e38),
	}
}

var texts = []string{
	"", " ", "a", "it's", `"quoted"`, `back\slash`, "tab\tline\nfeed\r\n", "ends with space ", "%_", "ä", "漢字", "😀", "e\u0301", "\u202E",
	"\x01\x7f", "?", ":name", "$1", "--", "/*", ";", `\'`, `\`, "NULL", "0", "'", "''", "`", "[x]", "{}",
}

func textTypes() []test {
	long := strings.Repeat("x", 65536) + "é" + strings.Repeat("漢", 10000)
	fixed := round("char", sqltype.String{Length: 4, Fixed: true}, func(a, b string) bool {
		return strings.TrimRight(a, " ") == strings.TrimRight(b, " ")
	}, "", "abcd", "ab", "äöü漢")
	return []test{
		round("varchar", sqltype.String{Length: 100}, equal[string], texts...),
		round("varchar at its length", sqltype.String{Length: 5}, equal[string], "12345", "äääää", "漢漢漢漢漢"),
		round("text", text, equal[string], append(texts[:len(texts):len(texts)], long)...),
		fixed,
		round("own string type", sqltype.String{Length: 10}, equal[ownString], "a", "b"),
		round("blob", sqltype.LargeBinary{}, bytes.Equal, []byte{}, []byte{0}, []byte("a\x00b"), []byte{0xff, 0xfe, 0x80}, allBytes(), bytes.Repeat([]byte{0xa5}, 1<<20)),
		round("blob of limited length", sqltype.LargeBinary{Length: 16}, bytes.Equal, []byte{}, []byte{0, 1}, bytes.Repeat([]byte{0xff}, 16)),
		round("enum", sqltype.Enum{Name: "dt_mood", Labels: sqltype.NewLabels("sad", "it's ok", "happy")}, equal[string], "sad", "it's ok", "happy"),
	}
}

type ownString string

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func timeTypes() []test {
	same := func(a, b time.Time) bool { return a.Equal(b) }
	utc := func(year int, month time.Month, day, hour, minute, sec, nsec int) time.Time {
		return time.Date(year, month, day, hour, minute, sec, nsec, time.UTC)
	}
	moments := []time.Time{
		utc(1970, 1, 1, 0, 0, 0, 0), utc(2026, 2, 28, 23, 59, 59, 999999000), utc(2000, 2, 29, 12, 0, 0, 1000),
		utc(1000, 1, 1, 0, 0, 0, 0), utc(9999, 12, 31, 23, 59, 59, 999999000), utc(1969, 12, 31, 23, 59, 59, 500000000),
		utc(2038, 1, 19, 3, 14, 8, 0), utc(2026, 3, 29, 2, 30, 0, 0),
	}
	day := 24*time.Hour - time.Microsecond
	return []test{
		round("date", sqltype.Date{}, same, utc(1970, 1, 1, 0, 0, 0, 0), utc(2000, 2, 29, 0, 0, 0, 0), utc(1000, 1, 1, 0, 0, 0, 0), utc(9999, 12, 31, 0, 0, 0, 0)),
		round("time", sqltype.Time{Precision: 6}, equal[time.Duration], 0, time.Microsecond, day, 12*time.Hour+30*time.Minute),
		round("time of seconds", sqltype.Time{}, equal[time.Duration], 0, 23*time.Hour+59*time.Minute+59*time.Second),
		round("interval", sqltype.Interval{Precision: 6}, equal[time.Duration], 0, time.Microsecond, -time.Microsecond, 25*time.Hour, -1000*time.Hour,
			(math.MaxInt64/time.Microsecond)*time.Microsecond, (math.MinInt64/time.Microsecond)*time.Microsecond),
		round("interval of seconds", sqltype.Interval{}, equal[time.Duration], 0, time.Second, -24*time.Hour),
		round("datetime", sqltype.DateTime{Precision: 6}, same, moments...),
		round("datetime of seconds", sqltype.DateTime{}, same, utc(2026, 1, 2, 3, 4, 5, 0)),
		round("timestamp", sqltype.DateTime{Precision: 6, Zone: true}, same, moments...),
		round("timestamp in other zones", sqltype.DateTime{Precision: 6, Zone: true}, same,
			time.Date(2026, 7, 1, 12, 0, 0, 0, time.FixedZone("", 5*3600+30*60)), time.Date(2026, 7, 1, 0, 0, 0, 0, time.FixedZone("", -11*3600))),
		{name: "timestamp comes back in UTC", doc: "An instant is returned in UTC whatever zone it was sent in.", run: func(c *T) {
			t := c.table("dt_instant", plainID(), column("v", sqltype.DateTime{Precision: 6, Zone: true}))
			at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.FixedZone("", 2*3600))
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "v", at)))
			got, err := engine.Scalar[time.Time](c.Context(), c.engine, expr.NewSelect(t.C("v")))
			if err != nil || !got.Equal(at) || got.Location() != time.UTC {
				c.Errorf("got %v, %v, want %v", got, err, at.UTC())
			}
		}},
		{name: "precision is rounded", doc: "A value is rounded to the column's precision before it is sent.", run: roundedTimes},
	}
}

func roundedTimes(c *T) {
	exact := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)
	for precision := range 7 {
		typ := sqltype.DateTime{Precision: precision}
		if _, err := c.rules.TypeName(typ); err != nil {
			continue
		}
		t := c.table(number("dt_rounded", precision), plainID(), column("v", typ))
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "v", exact)))
		step := time.Second
		for range precision {
			step /= 10
		}
		got, err := engine.Scalar[time.Time](c.Context(), c.engine, expr.NewSelect(t.C("v")))
		if want := exact.Round(step); err != nil || !got.Equal(want) {
			c.Errorf("precision %d: got %v, %v, want %v", precision, got, err, want)
		}
	}
}

// exactMatch finds one of two numbers that differ in their last digit only, which
// floating-point numbers do not tell apart.
func exactMatch(c *T) {
	typ := sqltype.Numeric{Precision: 30, Scale: 10}
	t := c.table("dt_exact", plainID(), column("v", typ))
	col := expr.NewNum[sqltype.Decimal](t.C("v"), sqltype.CodecOf[sqltype.Decimal](typ))
	texts := []string{"12345678901234567890.0123456788", "12345678901234567890.0123456789"}
	for i, s := range texts {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(i)), set(t, "v", sqltype.MustParseDecimal(s))))
	}
	for i, s := range texts {
		c.wantRows(c.engine, expr.NewSelect(t.C("id")).Where(col.Eq(sqltype.MustParseDecimal(s))), number("", i))
	}
	one := sqltype.MustParseDecimal("0.0000000001")
	c.wantRows(c.engine, expr.NewSelect(col.Add(one)).Where(num(t, "id").Eq(0)), texts[1])
}

func otherTypes() []test {
	sameJSON := func(a, b json.RawMessage) bool {
		var x, y any
		return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && fmt.Sprint(x) == fmt.Sprint(y)
	}
	documents := []json.RawMessage{
		json.RawMessage(`{}`), json.RawMessage(`[]`), json.RawMessage(`null`), json.RawMessage(`{"a": [1, 2.5, "x", null, true]}`),
		json.RawMessage(`"it's \"quoted\" \\ 漢"`), json.RawMessage(`1.50`),
	}
	list := func(a, b []int64) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
	words := func(a, b []string) bool { return fmt.Sprintf("%q", a) == fmt.Sprintf("%q", b) }
	return []test{
		round("uuid", sqltype.UUID{}, equal[uuid.UUID], uuid.UUID{}, uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), uuid.Max),
		round("uuid as text", sqltype.UUID{}, equal[string], uuid.Nil.String(), uuid.Max.String(), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
		round("json", sqltype.JSON{}, sameJSON, documents...),
		round("jsonb", sqltype.JSON{Binary: true}, sameJSON, documents...),
		{name: "json of a struct", doc: "encoding/json moves a struct.", run: func(c *T) {
			type doc struct{ A []int }
			storeAndRead(c, sqltype.JSON{}, func(a, b doc) bool { return fmt.Sprint(a) == fmt.Sprint(b) }, []doc{{}, {A: []int{1, 2}}})
		}},
		round("array of integers", sqltype.Array{Elem: bigInt}, list, []int64{}, []int64{1}, []int64{math.MinInt64, 0, math.MaxInt64}),
		round("array of text", sqltype.Array{Elem: text}, words, []string{}, texts, []string{`a,b`, `{"x"}`, "NULL", ""}),
		{name: "many columns", doc: "A row of every type at once comes back in order.", run: manyColumns},
	}
}

func manyColumns(c *T) {
	t := c.table("dt_wide", plainID(), column("a", small), column("b", text), column("c", sqltype.Float{Bits: 64}), column("d", sqltype.Boolean{}),
		column("e", sqltype.Numeric{Precision: 10, Scale: 2}), column("f", sqltype.Date{}), column("g", sqltype.LargeBinary{}), column("h", sqltype.UUID{}))
	day := time.Date(2026, 5, 6, 0, 0, 0, 0, time.UTC)
	c.exec(c.engine, expr.NewInsert(t).Values(
		set(t, "id", int64(1)), set(t, "a", int16(2)), set(t, "b", "three"), set(t, "c", 4.5), set(t, "d", true),
		set(t, "e", sqltype.MustParseDecimal("6.70")), set(t, "f", day), set(t, "g", []byte{8}), set(t, "h", uuid.UUID{15: 9}),
	))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(2))))
	columns := make([]expr.Expression, len(t.Columns()))
	for i, col := range t.Columns() {
		columns[i] = col.Ref()
	}
	c.wantRows(c.engine, expr.NewSelect(columns...).OrderBy(num(t, "id").Asc()),
		"1|2|three|4.5|true|6.7|2026-05-06|08|00000000-0000-0000-0000-000000000009", "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL")
}
