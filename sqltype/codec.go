package sqltype

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Codec moves values between one Go type and one SQL type. It is made once a
// pair by CodecFor and then used without reflection: its functions take a
// pointer to a variable of exactly the Go type: an unsafe.Pointer, which here goes
// by the name mem.Pointer.
type Codec struct {
	// Type is the SQL type and Go the Go type.
	Type Type
	Go   reflect.Type
	// Key is Type.String(), kept because it is part of every statement's key.
	Key string
	// Encode returns the variable's value as it is sent: checked against the
	// type (range, length, UTF-8, NUL, precision) and rounded to the type's
	// precision. The Value may share memory with the variable. The error is a
	// *sqlerr.ValueError without a column.
	Encode func(p mem.Pointer) (Value, error)
	// Decode reads position i of the row into the variable. NULL sets a
	// nullable variable to its null, and is a *sqlerr.ValueError for another.
	// What the row itself refuses is reported by Row.Err, not here; what the
	// Go type cannot hold (an int16 for 70000) is returned.
	Decode func(r Row, i int, p mem.Pointer) error
	// Round changes the variable to what Encode would send and Decode would
	// read back; nil where that is always the variable itself.
	Round func(p mem.Pointer)
	// Same reports whether two variables hold the same value. It is nil where
	// Reference is true.
	Same func(a, b mem.Pointer) bool
	// IsZero reports whether the variable is the zero value of its Go type.
	IsZero func(p mem.Pointer) bool
	// Reference says that the variable refers to memory that can be changed in
	// place (bytes, maps, slices, JSON), so that a snapshot must keep the
	// encoded value.
	Reference bool
	// Nullable says that the Go type can hold NULL (a pointer, sql.Null[T]).
	Nullable bool
	// Cheap says that Encode is quick, allocates nothing and returns the same
	// each time, so that its result need not be kept.
	Cheap bool
	// SaysUnset says that the zero value can only mean "not set": pointers,
	// sql.Null[T], time.Time and UUIDs.
	SaysUnset bool

	quick   quick
	operand *Codec // see Operand; nil for the codec itself
}

// codecKey has the Go type of the SQL type too: dialects may give one name to
// types of different kinds.
type codecKey struct {
	typ string
	of  reflect.Type
	g   reflect.Type
}

var codecs sync.Map // codecKey to *Codec

// wholeDigits is how many digits before the point an exact number without limits
// has everywhere: MySQL's DECIMAL(65, 30) is one.
const wholeDigits = 35

// CodecFor returns the codec between t and the Go type g, or an error that
// names both and the Go types that t accepts.
func CodecFor(t Type, g reflect.Type) (*Codec, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	key := codecKey{typ: t.String(), of: reflect.TypeOf(t), g: g}
	if c, ok := codecs.Load(key); ok {
		return c.(*Codec), nil
	}
	c, err := newCodec(t, g)
	if err != nil {
		return nil, err
	}
	c.Type, c.Go, c.Key, c.quick = t, g, key.typ, quickOf(t, g)
	if n, ok := family(t).(Numeric); ok && n.Precision > 0 && n.Precision-n.Scale <= wholeDigits {
		if c.operand, err = CodecFor(Numeric{}, g); err != nil {
			return nil, err
		}
	}
	actual, _ := codecs.LoadOrStore(key, c)
	return actual.(*Codec), nil
}

// Operand returns the codec of what stands beside a value of c in an operator,
// and of what arithmetic makes of it: c itself, but exact numbers of any digits
// where the type limits them, as nothing but the column has to hold them.
func (c *Codec) Operand() *Codec {
	if c == nil || c.operand == nil {
		return c
	}
	return c.operand
}

// CodecOf is CodecFor for a Go type known at compile time. It panics where
// there is no codec, for use at set-up.
func CodecOf[T any](t Type) *Codec {
	c, err := CodecFor(t, reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("sqltype: %v", err))
	}
	return c
}
