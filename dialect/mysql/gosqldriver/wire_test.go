package gosqldriver

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// throughGoDriver returns a connection whose rows the Go driver reads.
func throughGoDriver(tb testing.TB) *conn {
	tb.Helper()
	c := open(tb)
	c.net.framed = false
	return c
}

// looks is what each method says of a value, with the error that it gives.
type looks struct {
	Null                    bool
	Int64                   int64
	Uint64                  uint64
	Float64                 float64
	Bool                    bool
	Text, Bytes             string
	UUID                    [16]byte
	Date, DateTime, Instant time.Time
	TimeOfDay               time.Duration
	RawType, RawBytes       string
	RawFormat               sqltype.Format
	RawValue                string
	Errs                    []string
}

func lookAt(given driver.Rows, i int) looks {
	r := given.(*rows)
	l := looks{Null: r.IsNull(i)}
	if l.Null {
		return l
	}
	for _, read := range []func(){
		func() { l.Int64 = r.Int64(i) }, func() { l.Uint64 = r.Uint64(i) }, func() { l.Float64 = r.Float64(i) }, func() { l.Bool = r.Bool(i) },
		func() { l.Text = string(r.Text(i)) }, func() { l.Bytes = string(r.Bytes(i)) }, func() { l.UUID = r.UUID(i) },
		func() { l.Date = r.Date(i) }, func() { l.DateTime = r.DateTime(i) }, func() { l.Instant = r.Instant(i) },
		func() { l.TimeOfDay = r.TimeOfDay(i) },
	} {
		r.valErr = nil
		read()
		l.Errs = append(l.Errs, fmt.Sprint(r.Err()))
	}
	r.valErr = nil
	raw := r.Raw(i)
	l.RawType, l.RawBytes, l.RawFormat = raw.Type, string(raw.Bytes), raw.Format
	l.RawValue = raw.Value.Kind().String()
	switch raw.Value.Kind() {
	case sqltype.KindInt64:
		l.RawValue += fmt.Sprint(raw.Value.Int64())
	case sqltype.KindUint64:
		l.RawValue += fmt.Sprint(raw.Value.Uint64())
	case sqltype.KindFloat64:
		l.RawValue += fmt.Sprint(raw.Value.Float64())
	}
	return l
}

// everything reads all results of a statement. fromWire says which way their rows
// have to come.
func everything(tb testing.TB, c *conn, sql string, fromWire bool) (all [][]looks, err error) {
	tb.Helper()
	st := prepare(tb, c, sql, 0)
	defer st.Close(context.Background())
	got, err := st.Query(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	r := got.(*rows)
	r.WantSets()
	for {
		if r.wire != fromWire {
			tb.Fatalf("%s: from the wire: %v, want %v", sql, r.wire, fromWire)
		}
		for r.Next() {
			row := make([]looks, len(r.names))
			for i := range row {
				row[i] = lookAt(r, i)
			}
			all = append(all, row)
		}
		if !r.NextSet() {
			return all, r.Close()
		}
	}
}

// same reads a statement both ways, and returns the number of its rows.
func same(t *testing.T, wire, other *conn, sql string) int {
	t.Helper()
	a, errA := everything(t, wire, sql, true)
	b, errB := everything(t, other, sql, false)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("%s: from the wire -, through the Go driver +\n%s", sql, diff)
	}
	if errA != nil || errB != nil {
		t.Errorf("%s: from the wire %v, through the Go driver %v", sql, errA, errB)
	}
	return len(a)
}

const wireColumns = "id INT AUTO_INCREMENT PRIMARY KEY, i8 TINYINT, u8 TINYINT UNSIGNED, i16 SMALLINT, u16 SMALLINT UNSIGNED, " +
	"i24 MEDIUMINT, u24 MEDIUMINT UNSIGNED, i32 INT, u32 INT UNSIGNED, i64 BIGINT, u64 BIGINT UNSIGNED, y YEAR, b BOOLEAN, " +
	"f FLOAT, d DOUBLE, n DECIMAL(65,30), m DECIMAL(20,0), c CHAR(36), v VARCHAR(300), x LONGTEXT, e ENUM('a','bcd'), s SET('p','q'), j JSON, " +
	"bin BINARY(16), vb VARBINARY(300), bl LONGBLOB, uuid UUID, bit1 BIT, bit64 BIT(64), g POINT, inet INET6, " +
	"da DATE, dt0 DATETIME, dt1 DATETIME(1), dt3 DATETIME(3), dt6 DATETIME(6), ts TIMESTAMP(2) NULL, t0 TIME, t2 TIME(2), t6 TIME(6)"

// wireEdges are the values of each of these columns that are likely to go wrong.
var wireEdges = [][]string{
	{"-128", "127", "0", "1", "2"},
	{"255", "128", "0", "1"},
	{"-32768", "32767", "-1"},
	{"65535", "32768"},
	{"-8388608", "8388607", "-1"},
	{"16777215", "8388608"},
	{"-2147483648", "2147483647", "-1"},
	{"4294967295", "2147483648"},
	{"-9223372036854775808", "9223372036854775807", "-1", "1"},
	{"18446744073709551615", "9223372036854775808", "9223372036854775807", "0"},
	{"1901", "2155", "0"},
	{"0", "1", "2", "-1"},
	{"1.1", "-3.4e38", "1e-38", "0", "-0.0"},
	{"1.7976931348623157e308", "5e-324", "-0.1", "0"},
	{"-99999999999999999999999999999999999.999999999999999999999999999999", "12", "0.5", "0"},
	{"9223372036854775807", "-9223372036854775808", "9223372036854775808", "7"},
	{"''", "'00112233-4455-6677-8899-aabbccddeeff'", "'00112233445566778899AABBCCDDEEFF'", "'é'"},
	{"''", "REPEAT('x', 250)", "REPEAT('x', 251)", "REPEAT('é', 300)", "'naïve 🜔'"},
	{"''", "REPEAT('y', 65535)", "REPEAT('y', 65536)", "REPEAT('z', 70001)"},
	{"'a'", "'bcd'", "''"},
	{"''", "'p'", "'p,q'"},
	{"'{\"a\": [1, \"ü\"]}'", "'null'"},
	{"x'00112233445566778899aabbccddeeff'", "''", "x'ff'"},
	{"''", "x'00'", "x'c328'", "REPEAT(x'fb', 251)"},
	{"''", "REPEAT(x'ff', 200000)", "REPEAT(x'00', 65530)"},
	{"'00112233-4455-6677-8899-aabbccddeeff'"},
	{"b'0'", "b'1'"},
	{"b'101'", "18446744073709551615"},
	{"POINT(1, 2)"},
	{"'::1'", "'2001:db8::ff00:42:8329'"},
	{"'0000-00-00'", "'0001-01-01'", "'9999-12-31'", "'2024-02-29'", "'2024-05-00'", "'2024-00-00'", "'2023-02-31'"},
	{"'0000-00-00 00:00:00'", "'2024-05-01 00:00:00'", "'9999-12-31 23:59:59'", "'2024-00-05 01:02:03'"},
	{"'2024-05-01 01:02:03.4'", "'2024-05-01 00:00:00.1'", "'2024-05-01'"},
	{"'2024-05-01 01:02:03.456'", "'0000-00-00 00:00:00.001'", "'2024-05-01'"},
	{"'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'2024-05-01 00:00:00.000001'", "'2024-02-30 01:02:03.000004'"},
	{"'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.99'", "'0000-00-00 00:00:00'"},
	{"'00:00:00'", "'23:59:59'", "'24:00:00'", "'-00:00:01'", "'838:59:59'", "'-838:59:59'", "'99:00:00'", "'100:00:00'"},
	{"'00:00:00.01'", "'-00:00:00.01'", "'30:00:00.5'", "'12:00:00'"},
	{"'23:59:59.999999'", "'-838:59:59'", "'00:00:00.000001'", "'00:00:00'"},
}

// Rows from the wire are those that the Go driver reads, of all types, with values
// at all edges, however they lie in packets and reads.
func TestRowsFromTheWireAreTheGoDrivers(t *testing.T) {
	wire, other := open(t), throughGoDriver(t)
	table(t, wire, "gsd_wire", wireColumns)
	exec(t, wire, "SET sql_mode = 'ALLOW_INVALID_DATES'")
	names := strings.Split(wireColumns, ", ")[1:]
	if len(names) != len(wireEdges) {
		t.Fatalf("%d columns and %d lists of values", len(names), len(wireEdges))
	}
	draw := rand.New(rand.NewPCG(1, 2))
	for row := range 150 {
		values := []string{"NULL"}
		for i := range wireEdges {
			switch list := wireEdges[i]; {
			case row < 16 && row != 8:
				values = append(values, list[row%len(list)])
			case row == 8 || draw.IntN(4) == 0:
				values = append(values, "NULL")
			default:
				values = append(values, list[draw.IntN(len(list))])
			}
		}
		exec(t, wire, "INSERT INTO gsd_wire VALUES (%s)", strings.Join(values, ","))
	}
	if n := same(t, wire, other, "SELECT * FROM gsd_wire ORDER BY id"); n != 150 {
		t.Errorf("got %d rows, want 150", n)
	}
	for _, name := range names {
		name, _, _ = strings.Cut(name, " ")
		same(t, wire, other, "SELECT "+name+" FROM gsd_wire ORDER BY id LIMIT 40")
	}
	same(t, wire, other, "SELECT id, i8, id, e, dt6 FROM gsd_wire a ORDER BY id LIMIT 3")
}

func TestExpressionsFromTheWire(t *testing.T) {
	wire, other := open(t), throughGoDriver(t)
	for _, c := range []*conn{wire, other} {
		exec(t, c, "SET sql_mode = ''")
	}
	for _, list := range []string{
		"NULL, 1, NULL", "NULL", "1 / 3, 1e0 / 3, SUM(5), AVG(2), 7 DIV 2", "NOW() > 0, CURDATE() > 0, 1 = 1",
		"TIMESTAMP '2024-01-02 03:04:05.678901', TIME '01:02:03.4', DATE '2024-01-02'",
		"SEC_TO_TIME(1.5), TIMEDIFF('10:00:00', '11:00:00.25'), MAKETIME(700, 0, 0.123456), ADDTIME('2024-01-02 03:04:05', '1')",
		"FROM_UNIXTIME(0.5), STR_TO_DATE('2024-00-00', '%Y-%m-%d'), CAST('x' AS DATETIME(6)), CAST('2024-01-01 12:00' AS DATE)",
		"CAST(NULL AS DATETIME), COALESCE(NULL, 'é'), IF(1, 2, 'x'), BINARY 'x', x'', 0x41, b'1'",
		"POINT(1, 2), ST_AsText(POINT(1, 2)), UUID() IS NULL, INET6_ATON('::1'), ~0, -1, 1 << 63",
		strings.TrimSuffix(strings.Repeat("7, NULL, 'x', ", 100), ", "),
	} {
		if n := same(t, wire, other, "SELECT "+list); n != 1 {
			t.Errorf("%s: got %d rows, want 1", list, n)
		}
	}
}

// A row may be longer than a packet.
func TestRowsOfManyPackets(t *testing.T) {
	c := open(t)
	const packet, before, after = 1<<24 - 1, 1 + 1 + 4 + 4, 2 // a bitmap, a number, a length; a text of one letter
	for _, size := range []int{packet - before - after - 1, packet - before - after, packet - before - after + 1, 2*packet - before - after, 40 << 20} {
		st := prepare(t, c, fmt.Sprintf("SELECT CAST(seq AS INT), REPEAT(CHAR(96 + seq), %d), 'x' FROM seq_1_to_2", size), 0)
		got, err := st.Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for got.Next() {
			n++
			text := got.Text(1)
			if len(text) != size || len(bytes.Trim(text, string(rune('`'+n)))) > 0 || string(got.Text(2)) != "x" || got.Int64(0) != n {
				t.Errorf("%d bytes: got %d bytes in row %d", size, len(text), n)
			}
		}
		if err := got.Close(); err != nil || n != 2 || !got.(*rows).wire {
			t.Fatalf("%d bytes: got %d rows, %v", size, n, err)
		}
		if got := number(t, c, "SELECT 5"); got != 5 || cap(c.net.ahead) > keptAhead {
			t.Errorf("%d bytes: after it %d, and %d bytes are kept", size, got, cap(c.net.ahead))
		}
	}
}

// What of the wire can't be seen is read by the Go driver.
func TestRowsOfHiddenPackets(t *testing.T) {
	for _, options := range []string{"compress=true", "tls=preferred"} {
		c := connect(t, testConnector(t, options))
		if c.net.framed {
			t.Fatal(options, "is read as packets")
		}
		same(t, open(t), c, "SELECT seq, REPEAT('x', seq % 5000), TIME '-01:00:00.5' FROM seq_1_to_2000")
	}
	c := open(t)
	exec(t, c, "PREPARE gsd_text FROM 'SELECT 7, ''x'', NULL'")
	if _, ok := prepare(t, c, "EXECUTE gsd_text", 0).(*textStmt); !ok {
		t.Fatal("EXECUTE was prepared")
	}
	if err := one(t, c, "EXECUTE gsd_text", func(r driver.Rows) {
		if r.Int64(0) != 7 || string(r.Text(1)) != "x" || !r.IsNull(2) {
			t.Errorf("as text: got %d, %s, NULL %v", r.Int64(0), r.Text(1), r.IsNull(2))
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestRowsFromTheWireAllocateNothing(t *testing.T) {
	c := open(t)
	table(t, c, "gsd_wire_allocs", benchColumns)
	exec(t, c, "INSERT INTO gsd_wire_allocs SELECT seq, seq*7, seq*1000003, seq/3, seq/7, CONCAT('name ', seq), CONCAT('street and number ', seq), "+
		"'a text that is the same', '2026-11-22 01:02:03.000004', seq%2 FROM seq_1_to_1000")
	st := prepare(t, c, "SELECT id, a, b, f, g, s, u, t, d, k FROM gsd_wire_allocs", 0)
	read := func() {
		r, err := st.Query(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		n, sum := 0, int64(0)
		for ; r.Next(); n++ {
			sum += r.Int64(0) + r.Int64(1) + r.Int64(2) + int64(r.Float64(3)+r.Float64(4)) + int64(len(r.Text(5))+len(r.Text(6))+len(r.Text(7)))
			if sum += r.DateTime(8).Unix(); r.Bool(9) {
				sum++
			}
		}
		if err := r.Close(); err != nil || n != 1000 || sum == 0 {
			t.Fatalf("got %d rows, %v", n, err)
		}
	}
	if got := testing.AllocsPerRun(5, read); got > 30 {
		t.Errorf("1,000 rows of 10 columns: %v allocations, want at most 30, for the statement alone", got)
	}
}

// A packet of whatever bytes is a row or is refused.
func FuzzTakeWire(f *testing.F) {
	f.Add([]byte{byte(wireInt32), byte(wireBytes), byte(wireMoment), byte(wireSpan)}, []byte("\x00\x00\x07\x00\x00\x00\x01x\x04\xe8\x07\x02\x1d\x00"))
	f.Add([]byte{byte(wireBytes)}, []byte("\x00\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte{byte(wireFloat32), byte(wireUint8)}, []byte("\x00\x04\x00\x00\x80\x3f"))
	f.Add([]byte{2<<4 | byte(wireMoment), 3<<4 | byte(wireSpan)},
		[]byte("\x00\x00\x0b\xe8\x07\x05\x01\x01\x02\x03\x40\xe2\x01\x00\x0c\x00\x00\x00\x00\x00\x01\x02\x03\x40\xe2\x01\x00"))
	f.Fuzz(func(t *testing.T, forms, packet []byte) {
		var m rowMemory
		m.resize(len(forms))
		for i, b := range forms {
			m.columns[i] = column{kind: columnKind(b>>4) % (kindBits + 1), wire: wireForm(b & 15 % (byte(wireSpan) + 1)), digits: int(b>>4) % 7}
		}
		if !m.takeWire(packet) {
			return
		}
		size := 0
		for i := range m.values {
			v, digits := m.values[i], m.columns[i].digits
			size += len(v.bytes)
			switch v.form {
			case formMoment:
				wireDate(v.bytes).appendDate(nil)
				text := wireDate(v.bytes).appendMoment(nil, digits)
				if got, ok := wireDate(v.bytes).moment(digits); ok {
					if want, _ := parseMoment(text); !got.Equal(want) {
						t.Errorf("%x is %v, and its text %s is %v", v.bytes, got, text, want)
					}
				}
			case formSpan:
				text := wireTime(v.bytes).append(nil, digits)
				if got, ok := wireTime(v.bytes).timeOfDay(digits); ok {
					if want, _ := parseTimeOfDay(text); got != want {
						t.Errorf("%x is %v, and its text %s is %v", v.bytes, got, text, want)
					}
				}
			}
		}
		if size > len(packet) {
			t.Errorf("%d bytes of values in a packet of %d", size, len(packet))
		}
	})
}
