package sqltype_test

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/alkahest-go/alkahest/sqltype"
)

// memoryRow is a row that holds what was sent, like a database that stores
// every type as it is.
type memoryRow []sqltype.Value

func (r memoryRow) IsNull(i int) bool             { return r[i].IsNull() }
func (r memoryRow) Int64(i int) int64             { return r[i].Int64() }
func (r memoryRow) Uint64(i int) uint64           { return r[i].Uint64() }
func (r memoryRow) Float64(i int) float64         { return r[i].Float64() }
func (r memoryRow) Bool(i int) bool               { return r[i].Bool() }
func (r memoryRow) Text(i int) []byte             { return r[i].Bytes() }
func (r memoryRow) Bytes(i int) []byte            { return r[i].Bytes() }
func (r memoryRow) UUID(i int) [16]byte           { return [16]byte(r[i].Bytes()) }
func (r memoryRow) Date(i int) time.Time          { return r[i].Time() }
func (r memoryRow) TimeOfDay(i int) time.Duration { return r[i].TimeOfDay() }
func (r memoryRow) DateTime(i int) time.Time      { return r[i].Time() }
func (r memoryRow) Instant(i int) time.Time       { return r[i].Time() }
func (r memoryRow) Raw(i int) sqltype.Raw {
	return sqltype.Raw{Format: sqltype.FormatNative, Value: r[i]}
}
func (r memoryRow) Err() error { return nil }

// variable puts v into a variable of its own and returns its address.
func variable(v any) (reflect.Value, unsafe.Pointer) {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Elem(), p.UnsafePointer()
}

func codecFor(t *testing.T, typ sqltype.Type, v any) *sqltype.Codec {
	t.Helper()
	c, err := sqltype.CodecFor(typ, reflect.TypeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func encode(t *testing.T, typ sqltype.Type, v any) (sqltype.Value, error) {
	t.Helper()
	_, p := variable(v)
	return codecFor(t, typ, v).Encode(p)
}

// decode reads a stored value into a new variable of v's Go type.
func decode(t *testing.T, typ sqltype.Type, stored sqltype.Value, v any) (any, error) {
	t.Helper()
	into := reflect.New(reflect.TypeOf(v))
	err := codecFor(t, typ, v).Decode(memoryRow{stored}, 0, into.UnsafePointer())
	return into.Elem().Interface(), err
}
