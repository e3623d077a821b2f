package sqltype

import (
	"math"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Kind is the family of a value.
type Kind uint8

// The kinds of value that can be bound and read. Every driver's glue handles
// all of them, or refuses by name those that its database does not have.
const (
	KindNull      Kind = iota
	KindInt64          // a signed whole number
	KindUint64         // an unsigned whole number
	KindFloat64        // a floating-point number
	KindBool           // true or false
	KindText           // valid UTF-8 without NUL
	KindBytes          // bytes
	KindDecimal        // an exact decimal number, in plain notation ("-12.50")
	KindDate           // a day
	KindTimeOfDay      // a time of day
	KindDateTime       // a moment on a clock on the wall, without zone
	KindInstant        // a moment in UTC
	KindUUID           // 16 bytes
	KindJSON           // a JSON document as text
	KindArray          // a list of values of one kind
	KindInterval       // a length of time; stored as the Rules of a dialect say
)

// Value is one value on its way to or from a database: a small union that is
// copied freely and boxes nothing. Text and bytes are shared with what the
// Value was made from, and must not be changed while the Value is in use. The
// zero Value is NULL.
//
// Values are compared with Equal; == does not compile, as it would compare
// addresses. Printing a Value shows its kind alone: Reveal shows the rest. The
// accessors are for the kinds that they name.
type Value struct {
	_    [0]func()
	p    mem.Pointer // text, bytes, UUID, decimal, JSON: first byte; array: *[]Value
	n    int64       // the number; length of what p points to; seconds; nanoseconds
	aux  uint32      // nanoseconds of a moment
	kind Kind
}

// NullValue returns NULL.
func NullValue() Value { return Value{} }

// Int64Value returns a signed whole number.
func Int64Value(v int64) Value { return Value{kind: KindInt64, n: v} }

// Uint64Value returns an unsigned whole number.
func Uint64Value(v uint64) Value { return Value{kind: KindUint64, n: int64(v)} }

// Float64Value returns a floating-point number.
func Float64Value(v float64) Value { return Value{kind: KindFloat64, n: int64(math.Float64bits(v))} }

// BoolValue returns a truth value.
func BoolValue(v bool) Value {
	if v {
		return Value{kind: KindBool, n: 1}
	}
	return Value{kind: KindBool}
}

func stringValue(k Kind, s string) Value {
	return Value{kind: k, p: mem.Pointer(mem.FirstByte(s)), n: int64(len(s))}
}

// TextValue returns text. It is not checked here; codecs do.
func TextValue(s string) Value { return stringValue(KindText, s) }

// DecimalValue returns an exact number in plain notation, such as "-12.50".
func DecimalValue(s string) Value { return stringValue(KindDecimal, s) }

// JSONValue returns a JSON document, given as text.
func JSONValue(s string) Value { return stringValue(KindJSON, s) }

// BytesValue returns bytes, which it shares with b. A nil b is an empty string
// of bytes, not NULL.
func BytesValue(b []byte) Value {
	return Value{kind: KindBytes, p: mem.Pointer(mem.First(b)), n: int64(len(b))}
}

// UUIDValue returns a UUID, which it shares with id.
func UUIDValue(id *[16]byte) Value {
	return Value{kind: KindUUID, p: mem.Pointer(id), n: 16}
}

// DateValue returns the day of t in t's own zone.
func DateValue(t time.Time) Value {
	y, m, d := t.Date()
	return Value{kind: KindDate, n: time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()}
}

// TimeOfDayValue returns a time of day, as the time since midnight.
func TimeOfDayValue(d time.Duration) Value { return Value{kind: KindTimeOfDay, n: int64(d)} }

// DateTimeValue returns what a clock on the wall showed at t in t's own zone.
func DateTimeValue(t time.Time) Value {
	_, offset := t.Zone()
	return Value{kind: KindDateTime, n: t.Unix() + int64(offset), aux: uint32(t.Nanosecond())}
}

// InstantValue returns the moment t.
func InstantValue(t time.Time) Value {
	return Value{kind: KindInstant, n: t.Unix(), aux: uint32(t.Nanosecond())}
}

// IntervalValue returns a length of time.
func IntervalValue(d time.Duration) Value { return Value{kind: KindInterval, n: int64(d)} }

// ArrayValue returns a list, which it shares with elems.
func ArrayValue(elems []Value) Value {
	return Value{kind: KindArray, p: mem.Pointer(&elems), n: int64(len(elems))}
}

// Kind returns the value's kind.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Int64 returns the number of a KindInt64.
func (v Value) Int64() int64 { return v.n }

// Uint64 returns the number of a KindUint64.
func (v Value) Uint64() uint64 { return uint64(v.n) }

// Float64 returns the number of a KindFloat64.
func (v Value) Float64() float64 { return math.Float64frombits(uint64(v.n)) }

// Bool returns the truth of a KindBool.
func (v Value) Bool() bool { return v.n != 0 }

// Text returns the text of a KindText, KindDecimal or KindJSON. It shares
// memory with what the Value was made from.
func (v Value) Text() string {
	if v.kind == KindArray { // its pointer is to no text
		return ""
	}
	return mem.Text((*byte)(v.p), int(v.n))
}

// Bytes returns the bytes of a KindBytes, KindUUID, KindText, KindDecimal or
// KindJSON. They are shared and must not be changed.
func (v Value) Bytes() []byte {
	if v.kind == KindArray {
		return nil
	}
	return mem.Slice((*byte)(v.p), int(v.n))
}

// TimeOfDay returns the time since midnight of a KindTimeOfDay.
func (v Value) TimeOfDay() time.Duration { return time.Duration(v.n) }

// Interval returns the length of time of a KindInterval.
func (v Value) Interval() time.Duration { return time.Duration(v.n) }

// Time returns the moment of a KindDate, KindDateTime or KindInstant, in UTC.
func (v Value) Time() time.Time { return time.Unix(v.n, int64(v.aux)).UTC() }

// Unix returns the seconds since 1970 of a KindDate, KindDateTime or
// KindInstant, and the nanoseconds within the second.
func (v Value) Unix() (sec int64, nsec uint32) { return v.n, v.aux }

// Array returns the elements of a KindArray, which must not be changed.
func (v Value) Array() []Value {
	if v.kind != KindArray {
		return nil
	}
	return *(*[]Value)(v.p)
}

// Equal reports whether v and w are of the same kind and hold the same value.
// Unlike in SQL, NULL equals NULL; and a NaN equals itself, bit for bit.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.n != w.n || v.aux != w.aux {
		return false
	}
	switch v.kind {
	case KindText, KindBytes, KindDecimal, KindUUID, KindJSON:
		return v.Text() == w.Text()
	case KindArray:
		a, b := v.Array(), w.Array()
		for i := range a {
			if !a[i].Equal(b[i]) {
				return false
			}
		}
	}
	return true
}
