package sqltype_test

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

// The type that a model gets when it names none always has a codec.
func TestDefaultType(t *testing.T) {
	for _, test := range []struct {
		v    any
		want sqltype.Type
	}{
		{0, sqltype.Integer{Bits: 64}},
		{int64(0), sqltype.Integer{Bits: 64}},
		{uint32(0), sqltype.Integer{Bits: 64}},
		{int32(0), sqltype.Integer{Bits: 32}},
		{uint16(0), sqltype.Integer{Bits: 32}},
		{level(0), sqltype.Integer{Bits: 16}},
		{uint8(0), sqltype.Integer{Bits: 16}},
		{0.5, sqltype.Float{Bits: 64}},
		{weight(0), sqltype.Float{Bits: 32}},
		{flag(true), sqltype.Boolean{}},
		{email(""), sqltype.String{}},
		{secret(nil), sqltype.LargeBinary{}},
		{digest{}, sqltype.LargeBinary{}},
		{id, sqltype.UUID{}},
		{time.Time{}, sqltype.DateTime{Precision: 6, Zone: true}},
		{sqltype.Decimal{}, sqltype.Numeric{}},
		{json.RawMessage{}, sqltype.JSON{Binary: true}},
		{ptr(""), sqltype.String{}},
		{sql.Null[time.Time]{}, sqltype.DateTime{Precision: 6, Zone: true}},
		{sql.NullInt16{}, sqltype.Integer{Bits: 16}},
	} {
		got, err := sqltype.DefaultType(typeOf(test.v))
		if err != nil {
			t.Errorf("%T: %v", test.v, err)
			continue
		}
		if diff := cmp.Diff(got, test.want); diff != "" {
			t.Errorf("%T (-got +want):\n%s", test.v, diff)
		}
		if _, err := sqltype.CodecFor(got, typeOf(test.v)); err != nil {
			t.Errorf("%T: %v", test.v, err)
		}
	}
}

func TestNoDefaultType(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{uint64(0), "sqltype.Integer{Bits: 64, Unsigned: true}"},
		{time.Hour, "sqltype.Time for a time of day"},
		{map[string]int{}, "sqltype.JSON"},
		{[]string{}, "sqltype.Array"},
		{struct{}{}, "sqltype.JSON"},
		{reversed(""), "Value and Scan"},
		{make(chan int), "has no SQL type"},
	} {
		_, err := sqltype.DefaultType(typeOf(test.v))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: got error %v, want one with %q", test.v, err, test.want)
		}
	}
}
