package dialecttest_test

import (
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/sqltype"
)

var mariadbTypes = []dialecttest.TypeTest{
	dialecttest.RoundTrip("bigint unsigned to its end", sqltype.Integer{Bits: 64, Unsigned: true}, equal[uint64], 0, math.MaxInt64+1, math.MaxUint64),
	dialecttest.RoundTrip("integer zerofill", mysql.ZEROFILL(32, 8), equal[uint32], 0, 42, math.MaxUint32),
	dialecttest.RoundTrip("tinyint zerofill", mysql.ZEROFILL(8, 3), equal[uint8], 0, 7, math.MaxUint8),
	dialecttest.RoundTrip("year", mysql.YEAR(), equal[int], 0, 1901, 2026, 2155),
	dialecttest.RoundTrip("bit", mysql.BIT(1), equal[uint64], 0, 1),
	dialecttest.RoundTrip("bit of 64", mysql.BIT(64), equal[uint64], 0, 1, 1<<63, math.MaxUint64),
	dialecttest.RoundTrip("set", mysql.SET("a", "it's", `b\c`), deep[[]string], []string{}, []string{"a"}, []string{"it's"}, []string{"a", "it's", `b\c`}),
	dialecttest.RoundTrip("tinytext", mysql.TINYTEXT(), equal[string], "", strings.Repeat("x", 255), strings.Repeat("漢", 85)),
	dialecttest.RoundTrip("mediumtext", mysql.MEDIUMTEXT(), equal[string], "", strings.Repeat("y", 70000)),
	dialecttest.RoundTrip("longtext", mysql.LONGTEXT(), equal[string], "", "é"),
	dialecttest.RoundTrip("tinyblob", mysql.TINYBLOB(), deep[[]byte], []byte{}, []byte(strings.Repeat("\xff", 255))),
	dialecttest.RoundTrip("mediumblob", mysql.MEDIUMBLOB(), deep[[]byte], []byte{}, []byte(strings.Repeat("\x00", 70000))),
	dialecttest.RoundTrip("longblob", mysql.LONGBLOB(), deep[[]byte], []byte{0}),
	dialecttest.RoundTrip("inet4", mysql.INET4(), equal[netip.Addr], netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.255")),
	dialecttest.RoundTrip("inet6", mysql.INET6(), equal[netip.Addr], netip.MustParseAddr("::"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), netip.MustParseAddr("2001:db8::1")),
	dialecttest.RoundTrip("timestamp", sqltype.TIMESTAMP(6), sameTime, time.Date(1970, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(2038, 1, 19, 3, 14, 7, 999999000, time.UTC)),
	dialecttest.RoundTrip("binary", sqltype.BINARY(3), deep[[]byte], []byte{0, 0, 0}, []byte{255, 0, 32}),
	dialecttest.RoundTrip("varbinary", sqltype.VARBINARY(3), deep[[]byte], []byte{}, []byte{0}, []byte{32, 32, 32}),
	dialecttest.RoundTrip("nvarchar", sqltype.NVARCHAR(5), equal[string], "", "漢漢漢漢漢"),
}

func sameTime(a, b time.Time) bool { return a.Equal(b) }
