package dialecttest_test

import (
	"time"

	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/sqltype"
)

var sqliteTypes = []dialecttest.TypeTest{
	dialecttest.RoundTrip("time as text of a layout", sqlite.TimeText("02.01.2006 15:04:05.999"), sameTime, date(1, 1, 1), date(9999, 12, 31).Add(123*time.Millisecond)),
	dialecttest.RoundTrip("time in seconds", sqlite.UnixTime(time.Second), sameTime, date(1, 1, 1), date(1970, 1, 1), date(9999, 12, 31)),
	dialecttest.RoundTrip("time in milliseconds", sqlite.UnixTime(time.Millisecond), sameTime, date(1, 1, 1).Add(time.Millisecond), date(9999, 12, 31).Add(999*time.Millisecond)),
	dialecttest.RoundTrip("clob", sqltype.CLOB(), equal[string], "", "é"),
	dialecttest.RoundTrip("nchar", sqltype.NCHAR(4), equal[string], "", "漢字"),
	dialecttest.RoundTrip("nvarchar", sqltype.NVARCHAR(4), equal[string], "", "漢字"),
	dialecttest.RoundTrip("binary", sqltype.BINARY(2), deep[[]byte], []byte{0, 0}, []byte{'1', '2'}),
	dialecttest.RoundTrip("boolean", sqltype.BOOLEAN(), equal[bool], true, false),
}
