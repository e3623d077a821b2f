package sqltype

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// CodecProvider is a Type that makes its codecs itself, for values that this
// package does not know. NewCodec returns nil for a Go type that it refuses.
// Pointers and sql.Null[T] never reach it: they are handled around it.
type CodecProvider interface {
	Type
	NewCodec(g reflect.Type) *Codec
}

// newCodec makes the codec of a pair: first what can be NULL, around the codec
// of what it holds; then the Go type's own methods; then the type's family.
func newCodec(t Type, g reflect.Type) (*Codec, error) {
	if g == nil {
		return nil, errors.New("sqltype: no Go type given")
	}
	switch {
	case g.Kind() == reflect.Pointer:
		return wrapped(t, g, g.Elem(), pointerCodec)
	case isSQLNull(g):
		return wrapped(t, g, g.Field(0).Type, sqlNullCodec)
	}
	c := plainCodec(t, g)
	if c == nil {
		return nil, refused(t, g)
	}
	if nilIsNull(t, g) && !c.Nullable {
		return nilCodec(c), nil
	}
	return c, nil
}

// wrapped makes the codec of elem and puts the null of g around it.
func wrapped(t Type, g, elem reflect.Type, around func(*Codec, reflect.Type) *Codec) (*Codec, error) {
	if elem.Kind() == reflect.Pointer || isSQLNull(elem) {
		return nil, fmt.Errorf("sqltype: %s has two ways to be NULL; use %s", g, elem)
	}
	inner := plainCodec(t, elem)
	if inner == nil {
		return nil, refused(t, g)
	}
	return around(inner, g), nil
}

// plainCodec returns the codec of a Go type that is not a pointer and no
// sql.Null[T], or nil if t does not accept it.
func plainCodec(t Type, g reflect.Type) *Codec {
	f := refusal{typ: t.String(), g: g.String()}
	switch own := Values(t).(type) {
	case *textual:
		return own.named(g, f)
	case CodecProvider:
		return own.NewCodec(g)
	}
	if hasMethods(family(t), g) {
		return methodCodec(t, g, f)
	}
	c := familyCodec(t, g, f)
	if c == nil {
		return nil
	}
	switch family(t).(type) {
	case Numeric, JSON, Array:
	default:
		c.Cheap = true
	}
	return c
}

func familyCodec(t Type, g reflect.Type, f refusal) *Codec {
	switch t := family(t).(type) {
	case Integer:
		return integerCodec(t, g, f)
	case Numeric:
		return numericCodec(t, g, f)
	case Float:
		return floatCodec(t, g, f)
	case Boolean:
		return booleanCodec(g, f)
	case String:
		return stringCodec(t, g, f)
	case Text:
		return textCodec(g, f)
	case Enum:
		return enumCodec(t, g, f)
	case LargeBinary:
		return binaryCodec(t, g, f)
	case Date:
		return dateCodec(g, f)
	case Time:
		return timeCodec(t, g, f)
	case DateTime:
		return dateTimeCodec(t, g, f)
	case Interval:
		return intervalCodec(t, g, f)
	case UUID:
		return uuidCodec(g, f)
	case JSON:
		return jsonCodec(g, f)
	case Array:
		return arrayCodec(t, g, f)
	}
	return nil
}

// family returns the type of this package that handles the values of t: t
// itself, and for a type of a dialect the widest of its kind.
func family(t Type) Type {
	if n, ok := t.(Named); ok {
		return family(n.of)
	}
	switch t.(type) {
	case Integer, Numeric, Float, Boolean, String, Text, Enum, LargeBinary, Date, Time, DateTime, Interval, UUID, JSON, Array, Null:
		return t
	}
	switch t.Kind() {
	case KindInt64:
		return Integer{Bits: 64}
	case KindUint64:
		return Integer{Bits: 64, Unsigned: true}
	case KindFloat64:
		return Float{Bits: 64}
	case KindBool:
		return Boolean{}
	case KindText:
		return Text{}
	case KindBytes:
		return LargeBinary{}
	case KindDecimal:
		return Numeric{}
	case KindDate:
		return Date{}
	case KindTimeOfDay:
		return Time{Precision: 6}
	case KindDateTime:
		return DateTime{Precision: 6}
	case KindInstant:
		return DateTime{Precision: 6, Zone: true}
	case KindInterval:
		return Interval{Precision: 6}
	case KindUUID:
		return UUID{}
	case KindJSON:
		return JSON{}
	}
	return Null{}
}

// isSQLNull reports whether g is sql.Null[T] or one of its older kin, such as
// sql.NullString: a value, then whether it is valid.
func isSQLNull(g reflect.Type) bool {
	return g.Kind() == reflect.Struct && g.PkgPath() == sqlPath && g.NumField() == 2 &&
		g.Field(1).Name == "Valid" && g.Field(1).Type.Kind() == reflect.Bool
}

var sqlPath = reflect.TypeFor[sql.NullString]().PkgPath()

// refusal makes the errors of one codec. They name types, never a value.
type refusal struct{ typ, g string }

func (f refusal) because(reason string) error {
	return &sqlerr.ValueError{Type: f.typ, Reason: reason}
}

// overflow is for a value that is too large for the column.
func (f refusal) overflow() error {
	return f.because("overflows " + f.typ + "; use a type that holds it")
}

// stored is for a value of the database that the Go type cannot hold.
func (f refusal) stored() error { return f.because("the stored value overflows the Go type " + f.g) }

func (f refusal) null() error {
	return f.because("is NULL, which the Go type " + f.g + " cannot hold; use *" + f.g + " or sql.Null[" + f.g + "]")
}

// plain starts the codec of a Go type whose == is right for its values.
func plain[G comparable]() *Codec {
	return &Codec{
		Same: func(a, b mem.Pointer) bool { return *(*G)(a) == *(*G)(b) },
		IsZero: func(p mem.Pointer) bool {
			var zero G
			return *(*G)(p) == zero
		},
	}
}
