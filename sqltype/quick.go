package sqltype

import (
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// form is how the value of a common pair of types is had without calling
// Encode, where that would accept it.
type form uint8

const (
	formOther  form = iota // only Encode knows
	formInt64              // an int64 or int in 64 bits
	formFloat              // a float64 in 64 bits
	formBool               // a bool
	formText               // a string
	formBytes              // a []byte of any length; nil is NULL
	formWall               // a time.Time on a clock on the wall
	formMoment             // a time.Time in UTC
)

// quick is the form of a codec and what it needs.
type quick struct {
	form    form
	pointer bool          // to a variable of the form; nil is NULL
	length  int           // of text, in characters; 0 for any
	step    time.Duration // of a moment
}

// Total reports whether Encode never fails.
func (c *Codec) Total() bool {
	switch c.quick.form {
	case formInt64, formFloat, formBool, formBytes:
		return true
	}
	return false
}

// Plain returns the kind of what is in the variable of a common pair of types, or in
// that to which it points: an int64, float64, bool, string, []byte or time.Time. Decode
// sets it to the value of the position as it is; a text that is not behind a pointer,
// and not NULL, may be set without it, as bytes may. ok is false of all other pairs.
func (c *Codec) Plain() (kind Kind, pointer, ok bool) {
	return plainKinds[c.quick.form], c.quick.pointer, c.quick.form != formOther
}

var plainKinds = [...]Kind{
	formOther: KindNull, formInt64: KindInt64, formFloat: KindFloat64, formBool: KindBool, formText: KindText,
	formBytes: KindBytes, formWall: KindDateTime, formMoment: KindInstant,
}

// Value is Encode, with less to do for the common pairs of types.
func (c *Codec) Value(p mem.Pointer) (Value, error) {
	q := &c.quick
	at := p
	if q.pointer {
		if at = *(*mem.Pointer)(p); at == nil {
			return Value{}, nil
		}
	}
	switch q.form {
	case formInt64:
		return Int64Value(*(*int64)(at)), nil
	case formFloat:
		return Value{kind: KindFloat64, n: *(*int64)(at)}, nil
	case formBool:
		return BoolValue(*(*bool)(at)), nil
	case formBytes:
		b := *(*[]byte)(at)
		if b == nil {
			return Value{}, nil
		}
		return BytesValue(b), nil
	case formText:
		if s := *(*string)(at); q.takesText(s) {
			return TextValue(s), nil
		}
	case formWall, formMoment:
		if v, ok := q.moment((*time.Time)(at)); ok {
			return v, nil
		}
	}
	return c.Encode(p)
}

// Fill sets dst to what Value returns, where no more is to be done than to look at
// the variable. Otherwise dst stays as it is, and Fill reports false.
func (c *Codec) Fill(dst *Value, p mem.Pointer) bool {
	q := &c.quick
	if q.pointer {
		return false
	}
	switch q.form {
	case formInt64:
		*dst = Int64Value(*(*int64)(p))
		return true
	case formFloat:
		*dst = Value{kind: KindFloat64, n: *(*int64)(p)}
		return true
	case formBool:
		*dst = BoolValue(*(*bool)(p))
		return true
	case formText:
		if s := *(*string)(p); q.takesText(s) {
			*dst = TextValue(s)
			return true
		}
	case formBytes:
		if b := *(*[]byte)(p); b != nil {
			*dst = BytesValue(b)
			return true
		}
	case formWall, formMoment:
		if v, ok := q.moment((*time.Time)(p)); ok {
			*dst = v
			return true
		}
	}
	return false
}

func (q *quick) takesText(s string) bool {
	return badText(s) == "" && (q.length == 0 || len(s) <= q.length || utf8.RuneCountInString(s) <= q.length)
}

// moment returns the value of a moment that needs no rounding.
func (q *quick) moment(t *time.Time) (Value, bool) {
	sec, nsec := t.Unix(), t.Nanosecond()
	if sec < firstSecond || sec > lastSecond || time.Duration(nsec)%q.step != 0 {
		return Value{}, false
	}
	if q.form == formMoment {
		return Value{kind: KindInstant, n: sec, aux: uint32(nsec)}, true
	}
	return Value{kind: KindDateTime, n: sec, aux: uint32(nsec)}, t.Location() == time.UTC
}

// The years 1 to 9999 in UTC.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastSecond  = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - 1
)

// quickOf returns the form of a pair. Types of dialects, decorators and Go types
// with methods of their own have none.
func quickOf(t Type, g reflect.Type) quick {
	q := quick{pointer: g.Kind() == reflect.Pointer}
	if q.pointer {
		g = g.Elem()
	}
	if g != timeType && hasMethods(t, g) {
		return quick{}
	}
	switch t := Values(t).(type) {
	case Integer:
		q.form = formIf(formInt64, t.Bits == 64 && !t.Unsigned && (g.Kind() == reflect.Int64 || g.Kind() == reflect.Int && g.Size() == 8))
	case Float:
		q.form = formIf(formFloat, t.Bits == 64 && g.Kind() == reflect.Float64)
	case Boolean:
		q.form = formIf(formBool, g.Kind() == reflect.Bool)
	case Text:
		q.form = formIf(formText, g.Kind() == reflect.String)
	case String:
		q.form, q.length = formIf(formText, g.Kind() == reflect.String && !t.Fixed), t.Length
	case LargeBinary:
		q.form = formIf(formBytes, t.Length == 0 && isByteSlice(g) && !q.pointer)
	case DateTime:
		q.step = unit(t.Precision)
		q.form = formIf(formWall, g == timeType)
		if t.Zone {
			q.form = formIf(formMoment, g == timeType)
		}
	}
	if q.form == formOther {
		return quick{}
	}
	return q
}

func formIf(f form, is bool) form {
	if is {
		return f
	}
	return formOther
}
