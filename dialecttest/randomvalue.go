package dialecttest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// mix spreads the bits of a number, differently for each column.
func mix(n int64, c *schema.Column) uint64 {
	z := uint64(n)
	for _, b := range []byte(c.Name) {
		z = z*31 + uint64(b)
	}
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// valueOf is what a payload column of the row with natural key n holds.
func valueOf(c *schema.Column, n int64) sqltype.Value {
	h := mix(n, c)
	if c.Nullable && h%5 == 0 {
		return sqltype.NullValue()
	}
	switch t := c.Type.(type) {
	case sqltype.Integer:
		return sqltype.Int64Value(int64(h) >> (64 - t.Bits))
	case sqltype.Float:
		return sqltype.Float64Value(float64(int32(h)) / 8)
	case sqltype.Boolean:
		return sqltype.BoolValue(h&1 == 1)
	case sqltype.DateTime:
		return sqltype.DateTimeValue(time.Unix(1_600_000_000+int64(h%100_000_000), int64(h%1_000_000)*1000).UTC())
	case sqltype.LargeBinary:
		return sqltype.BytesValue(fmt.Appendf(nil, "%d", h)[:h%12])
	case sqltype.Numeric:
		return sqltype.DecimalValue(fmt.Sprintf("%d.%d%d", h%100_000, h>>20%10, 1+h>>30%9))
	}
	return sqltype.TextValue("é" + strconv.FormatUint(h, 36))
}

// sameValue reports whether a row holds the value of a payload column.
func sameValue(row sqltype.Row, i int, want sqltype.Value) bool {
	if row.IsNull(i) || want.IsNull() {
		return row.IsNull(i) == want.IsNull()
	}
	switch want.Kind() {
	case sqltype.KindInt64:
		return row.Int64(i) == want.Int64()
	case sqltype.KindFloat64:
		return row.Float64(i) == want.Float64()
	case sqltype.KindBool:
		return row.Bool(i) == want.Bool()
	case sqltype.KindBytes:
		return string(row.Bytes(i)) == string(want.Bytes())
	case sqltype.KindDateTime:
		return row.DateTime(i).Equal(want.Time())
	}
	return string(row.Text(i)) == want.Text()
}

// whole reads a whole number as it is kept in a record.
func whole(row sqltype.Row, i int) int64 {
	if row.IsNull(i) {
		return null
	}
	return row.Int64(i)
}

// wholeOf is the value of a number in a record.
func wholeOf(n int64) sqltype.Value {
	if n == null {
		return sqltype.NullValue()
	}
	return sqltype.Int64Value(n)
}
