package sqltype_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/sqltype"
)

// other is a type of a dialect, of which this package knows only the kind.
type other sqltype.Kind

func (o other) Kind() sqltype.Kind { return sqltype.Kind(o) }
func (o other) String() string     { return "OTHER " + o.Kind().String() }

// Types of a dialect take the Go types of their kind, and name themselves
// in errors.
func TestTypesOfADialect(t *testing.T) {
	for _, test := range []struct {
		kind sqltype.Kind
		v    any
	}{
		{sqltype.KindInt64, int64(-5)},
		{sqltype.KindUint64, uint64(5)},
		{sqltype.KindFloat64, 0.5},
		{sqltype.KindBool, true},
		{sqltype.KindText, "a"},
		{sqltype.KindBytes, []byte("a")},
		{sqltype.KindDecimal, sqltype.MustParseDecimal("1.255")},
		{sqltype.KindDate, day},
		{sqltype.KindTimeOfDay, time.Hour},
		{sqltype.KindDateTime, moment},
		{sqltype.KindInstant, moment},
		{sqltype.KindUUID, [16]byte{1}},
		{sqltype.KindJSON, map[string]int{}},
	} {
		typ := other(test.kind)
		v, err := encode(t, typ, test.v)
		if err != nil || v.Kind() != test.kind {
			t.Errorf("%s: got %s, %v, want %s", test.kind, v, err, test.kind)
		}
	}
	_, err := sqltype.CodecFor(other(sqltype.KindDecimal), reflect.TypeFor[float64]())
	if err == nil || !strings.Contains(err.Error(), "OTHER decimal does not accept the Go type float64") {
		t.Errorf("got error %v, want one that names it and float64", err)
	}
}

type (
	signedTiny   struct{}
	unsignedTiny struct{}
)

func (signedTiny) Kind() sqltype.Kind   { return sqltype.KindInt64 }
func (signedTiny) String() string       { return "TINYINT" }
func (unsignedTiny) Kind() sqltype.Kind { return sqltype.KindUint64 }
func (unsignedTiny) String() string     { return "TINYINT" }

// One database's TINYINT is signed and another's is not.
func TestTypesOfOneName(t *testing.T) {
	a, errA := encode(t, signedTiny{}, 5)
	b, errB := encode(t, unsignedTiny{}, 5)
	if errA != nil || errB != nil || a.Kind() != sqltype.KindInt64 || b.Kind() != sqltype.KindUint64 {
		t.Errorf("got %s, %v and %s, %v, want int64 and uint64", a, errA, b, errB)
	}
}

type network string

// inet makes its codec itself.
type inet struct{}

func (inet) Kind() sqltype.Kind { return sqltype.KindText }
func (inet) String() string     { return "INET" }
func (inet) NewCodec(g reflect.Type) *sqltype.Codec {
	if g != reflect.TypeFor[network]() {
		return nil
	}
	return &sqltype.Codec{
		Encode: func(p unsafe.Pointer) (sqltype.Value, error) {
			return sqltype.TextValue(string(*(*network)(p)) + "/32"), nil
		},
	}
}

func TestCodecProvider(t *testing.T) {
	got, err := encode(t, inet{}, ptr(network("10.0.0.1")))
	if err != nil || got.Text() != "10.0.0.1/32" {
		t.Errorf("got %s, %v, want 10.0.0.1/32", got.Reveal(), err)
	}
	if _, err := sqltype.CodecFor(inet{}, reflect.TypeFor[string]()); err == nil {
		t.Error("string: got no error, want one")
	}
}

// An array of other elements than the column's type says is refused, whatever
// the element would look like as the other type.
func TestRefusedArrays(t *testing.T) {
	text := sqltype.Array{Elem: sqltype.Text{}}
	list := func(v ...sqltype.Value) sqltype.Value { return sqltype.ArrayValue(v) }
	for _, test := range []struct {
		typ    sqltype.Type
		stored sqltype.Value
		into   any
		want   string
	}{
		{text, sqltype.TextValue("{a}"), []string{}, "value of type TEXT[]: the stored value is not an array that the driver can read"},
		{text, list(sqltype.Int64Value(1 << 40)), []string{}, "value of type TEXT[]: an element of the stored array is int64 and not text"},
		{text, list(sqltype.NullValue()), []string{}, "value of type TEXT: is NULL, which the Go type string cannot hold; use *string or sql.Null[string]"},
		{sqltype.Array{Elem: sqltype.Integer{Bits: 64}}, list(sqltype.TextValue("1")), []int{}, "value of type BIGINT[]: an element of the stored array is text and not int64"},
		{sqltype.Array{Elem: sqltype.UUID{}}, list(sqltype.BytesValue([]byte{1})), [][16]byte{}, "value of type UUID[]: an element of the stored array is bytes and not uuid"},
		{sqltype.Array{Elem: sqltype.Integer{Bits: 64}}, list(sqltype.Int64Value(300)), []int8{}, "value of type BIGINT: the stored value overflows the Go type int8"},
	} {
		_, err := decode(t, test.typ, test.stored, test.into)
		if diff := cmp.Diff(message(err), test.want); diff != "" {
			t.Errorf("%s into %T (-got +want):\n%s", test.typ, test.into, diff)
		}
	}
}

// Wrong numbers are found even if a type of the same name was used before.
func TestWrongNumbersAreNotCached(t *testing.T) {
	sqltype.CodecOf[int](sqltype.Integer{Bits: 64})
	if _, err := sqltype.CodecFor(sqltype.Integer{Bits: 63}, reflect.TypeFor[int]()); err == nil {
		t.Error("got no error, want one")
	}
}
