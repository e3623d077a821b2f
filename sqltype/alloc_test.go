package sqltype_test

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Rows are read and written by the million: a codec allocates what the Go
// value itself needs and no more.
func TestAllocations(t *testing.T) {
	long := strings.Repeat("ä", 100)
	for _, test := range []struct {
		typ            sqltype.Type
		v              any
		encode, decode float64
	}{
		{sqltype.Integer{Bits: 64}, int64(1 << 40), 0, 0},
		{sqltype.Integer{Bits: 32}, int(1 << 20), 0, 0},
		{sqltype.Integer{Bits: 64, Unsigned: true}, uint64(1 << 40), 0, 0},
		{sqltype.Float{Bits: 64}, 0.5, 0, 0},
		{sqltype.Float{Bits: 32}, float32(0.5), 0, 0},
		{sqltype.Boolean{}, true, 0, 0},
		{sqltype.DateTime{Precision: 6, Zone: true}, moment, 0, 0},
		{sqltype.DateTime{Precision: 6}, moment, 0, 0},
		{sqltype.Date{}, day, 0, 0},
		{sqltype.Time{Precision: 6}, time.Hour, 0, 0},
		{sqltype.UUID{}, id, 0, 0},
		{sqltype.LargeBinary{}, digest{1}, 0, 0},
		{colour, "it's, green", 0, 0},
		{sqltype.Text{}, long, 0, 1},
		{sqltype.String{Length: 200}, long, 0, 1},
		{sqltype.LargeBinary{}, []byte(long), 0, 1},
		{sqltype.Numeric{Precision: 9, Scale: 2}, sqltype.MustParseDecimal("1234.50"), 0, 1},
		{sqltype.Integer{Bits: 64}, ptr(int64(1 << 40)), 0, 1},
		{sqltype.Text{}, sql.Null[string]{V: long, Valid: true}, 0, 1},
		{sqltype.DateTime{Precision: 6, Zone: true}, sql.Null[time.Time]{V: moment, Valid: true}, 0, 0},
		{sqltype.DateTime{Precision: 6, Zone: true}, sql.Null[time.Time]{}, 0, 0},
	} {
		c := codecFor(t, test.typ, test.v)
		_, p := variable(test.v)
		v, err := c.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		var row sqltype.Row = memoryRow{v}
		into := reflect.New(reflect.TypeOf(test.v)).UnsafePointer()
		encoded := testing.AllocsPerRun(100, func() { _, _ = c.Encode(p) })
		decoded := testing.AllocsPerRun(100, func() { _ = c.Decode(row, 0, into) })
		if encoded != test.encode || decoded != test.decode {
			t.Errorf("%s of %T: got %v allocations to send and %v to read, want %v and %v",
				test.typ, test.v, encoded, decoded, test.encode, test.decode)
		}
	}
}
