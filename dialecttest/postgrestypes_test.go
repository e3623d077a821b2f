package dialecttest_test

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	pg "github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

func equal[V comparable](a, b V) bool { return a == b }

func deep[V any](a, b V) bool { return reflect.DeepEqual(a, b) }

func sameRange[T any](a, b pg.Range[T]) bool { return a.Equal(b) }

func ptr[T any](v T) *T { return &v }

var postgresTypes = append([]dialecttest.TypeTest{
	dialecttest.RoundTrip("inet of prefixes", pg.INET(), equal[netip.Prefix],
		netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("255.255.255.255/32"), netip.MustParsePrefix("192.168.0.1/24"), netip.MustParsePrefix("::/0"),
		netip.MustParsePrefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"), netip.MustParsePrefix("2001:db8::1/64")),
	dialecttest.RoundTrip("inet of addresses", pg.INET(), equal[netip.Addr], netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("::ffff:1.2.3.4")),
	dialecttest.RoundTrip("inet of text", pg.INET(), equal[string], "10.0.0.1", "10.0.0.1/8", "2001:db8::1/64"),
	dialecttest.RoundTrip("cidr", pg.CIDR(), equal[netip.Prefix], netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("::1/128")),
	dialecttest.RoundTrip("macaddr", pg.MACADDR(), deep[net.HardwareAddr], net.HardwareAddr{0, 0, 0, 0, 0, 0}, net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
	dialecttest.RoundTrip("macaddr8", pg.MACADDR8(), deep[net.HardwareAddr], net.HardwareAddr{0, 0, 0, 0, 0, 0, 0, 0}, net.HardwareAddr{8, 0, 0x2b, 1, 2, 3, 4, 0xff}),
	dialecttest.RoundTrip("bit", pg.BIT(4), equal[string], "0000", "1111", "0101"),
	dialecttest.RoundTrip("bit of booleans", pg.BIT(3), deep[[]bool], []bool{true, false, true}, []bool{false, false, false}),
	dialecttest.RoundTrip("varbit", pg.VARBIT(0), equal[string], "", "1", "0001000100010001000100010001"),
	dialecttest.RoundTrip("varbit of limited length", pg.VARBIT(5), equal[string], "", "1", "00001"),
	dialecttest.RoundTrip("money", pg.MONEY(), func(a, b sqltype.Decimal) bool { return a.Cmp(b) == 0 },
		sqltype.MustParseDecimal("0"), sqltype.MustParseDecimal("-1234.50"), sqltype.MustParseDecimal("92233720368547758.07"), sqltype.MustParseDecimal("-92233720368547758.08")),
	dialecttest.RoundTrip("oid", pg.OID(), equal[uint32], 0, 1, math.MaxUint32),
	dialecttest.RoundTrip("regclass", pg.REGCLASS(), equal[string], "pg_class", "information_schema.tables"),
	dialecttest.RoundTrip("regconfig", pg.REGCONFIG(), equal[string], "english", "simple"),
	dialecttest.RoundTrip("tsvector", pg.TSVECTOR(), equal[string], "'a' 'b'", "'fat':2 'it''s':1"),
	dialecttest.RoundTrip("tsquery", pg.TSQUERY(), equal[string], "'a' & 'b'", "!'x' | 'y'"),
	dialecttest.RoundTrip("jsonpath", pg.JSONPATH(), equal[string], `$."a"[*]`, "$"),
	dialecttest.RoundTrip("xml", pg.XML(), equal[string], "<a>b</a>", "<é/>"),
	dialecttest.RoundTrip("bytea", pg.BYTEA(), deep[[]byte], []byte{}, []byte{0, 255}),
	dialecttest.RoundTrip("time with an offset", pg.TIMETZ(6), equal[string], "00:00:00+00", "23:59:59.999999-15:59", "04:05:06+05:30"),
	dialecttest.RoundTrip("interval of months", pg.INTERVAL(6), equal[pg.Period],
		pg.Period{}, pg.Period{Months: 14, Days: -3, Microseconds: -1}, pg.Period{Months: -1}, pg.Period{Days: math.MaxInt32}, pg.Period{Days: math.MinInt32},
		pg.Period{Months: math.MaxInt32}, pg.Period{Microseconds: math.MaxInt64}, pg.Period{Microseconds: math.MinInt64 + 1}),
	dialecttest.RoundTrip("array of networks", sqltype.Array{Elem: pg.CIDR()}, deep[[]netip.Prefix], []netip.Prefix{}, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")}),
	dialecttest.RoundTrip("array of intervals", sqltype.Array{Elem: sqltype.Interval{Precision: 6}}, deep[[]time.Duration], []time.Duration{}, []time.Duration{0, -time.Hour, 400 * 24 * time.Hour}),
	dialecttest.RoundTrip("array of arrays", sqltype.Array{Elem: sqltype.Array{Elem: sqltype.Integer{Bits: 32}}}, func(a, b [][]int32) bool { return fmt.Sprint(a) == fmt.Sprint(b) }, [][]int32{}, [][]int32{{1, 2}, {3, 4}}),
	dialecttest.RoundTrip("array with NULL", sqltype.Array{Elem: sqltype.Text{}}, deep[[]*string], []*string{nil}, []*string{ptr("NULL"), nil, ptr("")}),
	dialecttest.RoundTrip("array of enumerations", sqltype.Array{Elem: sqltype.Exactly("CHAR", sqltype.String{Length: 1}, 1)}, deep[[]string], []string{}, []string{"a", "b"}),
}, rangeTypes...)

var rangeTypes = []dialecttest.TypeTest{
	dialecttest.RoundTrip("int4range", pg.INT4RANGE(), sameRange[int32], pg.Range[int32]{}, pg.Range[int32]{Empty: true},
		pg.Between[int32](math.MinInt32, math.MaxInt32), pg.From[int32](5), pg.Before[int32](-5),
		pg.Range[int32]{Lower: 1, Upper: 3, LowerBound: pg.Exclusive, UpperBound: pg.Inclusive}),
	dialecttest.RoundTrip("int8range", pg.INT8RANGE(), sameRange[int64], pg.Between[int64](math.MinInt64, math.MaxInt64), pg.Between[int64](4, 4)),
	dialecttest.RoundTrip("int8range of int", pg.INT8RANGE(), sameRange[int], pg.Between(1, 2)),
	dialecttest.RoundTrip("numrange", pg.NUMRANGE(), sameRange[sqltype.Decimal],
		pg.Between(sqltype.MustParseDecimal("-0.0000000000000000000001"), sqltype.MustParseDecimal("12345678901234567890.5")),
		pg.Range[sqltype.Decimal]{Upper: sqltype.MustParseDecimal("1.50"), UpperBound: pg.Inclusive}),
	dialecttest.RoundTrip("daterange", pg.DATERANGE(), sameRange[time.Time], pg.Between(date(1, 1, 1), date(9999, 12, 31)), pg.From(date(2024, 2, 29))),
	dialecttest.RoundTrip("tsrange", pg.TSRANGE(), sameRange[time.Time], pg.Between(date(1, 1, 1), date(9999, 12, 31).Add(time.Microsecond)),
		pg.Range[time.Time]{Lower: date(2000, 1, 1), Upper: date(2000, 1, 1), LowerBound: pg.Inclusive, UpperBound: pg.Inclusive}),
	dialecttest.RoundTrip("tstzrange", pg.TSTZRANGE(), sameRange[time.Time], pg.Between(date(1, 1, 2), date(9999, 12, 30).Add(123456*time.Microsecond)), pg.Before(date(1900, 1, 1))),
	dialecttest.RoundTrip("int4multirange", pg.INT4MULTIRANGE(), deep[[]pg.Range[int32]], []pg.Range[int32]{}, []pg.Range[int32]{pg.Before[int32](-5), pg.Between[int32](1, 4), pg.From[int32](9)}),
	dialecttest.RoundTrip("int8multirange", pg.INT8MULTIRANGE(), deep[[]pg.Range[int64]], []pg.Range[int64]{pg.Between[int64](math.MinInt64, math.MaxInt64)}),
	dialecttest.RoundTrip("nummultirange", pg.NUMMULTIRANGE(), deep[[]pg.Range[sqltype.Decimal]], []pg.Range[sqltype.Decimal]{pg.Between(sqltype.MustParseDecimal("0.1"), sqltype.MustParseDecimal("0.2"))}),
	dialecttest.RoundTrip("datemultirange", pg.DATEMULTIRANGE(), deep[[]pg.Range[time.Time]], []pg.Range[time.Time]{pg.Between(date(2000, 1, 1), date(2000, 2, 1))}),
	dialecttest.RoundTrip("tsmultirange", pg.TSMULTIRANGE(), deep[[]pg.Range[time.Time]], []pg.Range[time.Time]{pg.Between(date(2000, 1, 1), date(2000, 2, 1).Add(time.Microsecond))}),
	dialecttest.RoundTrip("tstzmultirange", pg.TSTZMULTIRANGE(), deep[[]pg.Range[time.Time]], []pg.Range[time.Time]{pg.From(date(2000, 1, 1))}),
}

// TestPostgreSQLExtensionTypes runs in a database of its own, as extensions belong
// to one.
func TestPostgreSQLExtensionTypes(t *testing.T) {
	for name, server := range map[string]struct {
		url func(testing.TB) string
		env string
	}{"15": {testdb.PG15, testdb.EnvPG15}, "18": {testdb.PG18, testdb.EnvPG18}} {
		t.Run(name, func(t *testing.T) {
			admin := open(t, server.url(t), engine.Options{})
			n, err := engine.Scalar[int64](t.Context(), admin, expr.SQL("SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore')"))
			if err != nil {
				t.Fatal(err)
			}
			if n < 2 {
				testdb.Missing(t, "PostgreSQL "+name+" with citext and hstore", server.env, errors.New("the server comes without these extensions"))
			}
			database := fresh()
			exec(t, admin, "CREATE DATABASE "+database)
			t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+database+" WITH (FORCE)") })
			dialecttest.Run(t, dialecttest.Target{Name: "extensions", Only: []string{"product types"}, Product: dialecttest.Product{Types: extensionTypes}, Open: func(t *testing.T, o engine.Options) *engine.Engine {
				e := open(t, with(t, server.url(t), database, "", ""), o)
				exec(t, e, "CREATE EXTENSION IF NOT EXISTS citext")
				exec(t, e, "CREATE EXTENSION IF NOT EXISTS hstore")
				return e
			}})
		})
	}
}

var extensionTypes = []dialecttest.TypeTest{
	dialecttest.RoundTrip("citext", pg.CITEXT(), equal[string], "", "MiXed", "é"),
	dialecttest.RoundTrip("hstore", pg.HSTORE(), deep[map[string]*string], map[string]*string{}, map[string]*string{"a": nil, `q"\ ,=>`: ptr(`it's "q" \ NULL`), "": ptr("")}),
	dialecttest.RoundTrip("hstore of sql.NullString", pg.HSTORE(), deep[map[string]nullable], map[string]nullable{"a": {}, "b": {String: "NULL", Valid: true}}),
	dialecttest.RoundTrip("hstore without NULL", pg.HSTORE(), deep[map[string]string], map[string]string{"a": "1", "b": ""}),
}

type nullable = stdsql.NullString

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
