package sqltype

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/internal/ascii"
	"github.com/alkahest-go/alkahest/internal/mem"
)

func textCodec(g reflect.Type, f refusal) *Codec {
	if g.Kind() != reflect.String {
		return marshalCodec(g, f)
	}
	c := plain[string]()
	c.Encode = func(p mem.Pointer) (Value, error) {
		s := *(*string)(p)
		if reason := badText(s); reason != "" {
			return Value{}, f.because(reason)
		}
		return TextValue(s), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*string)(p) = string(r.Text(i))
		return nil
	}
	return c
}

// badText says why s can be stored by no database, or "".
func badText(s string) string {
	if ascii.Plain(s) {
		return ""
	}
	if !utf8.ValidString(s) {
		return "invalid UTF-8"
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "contains NUL"
	}
	return ""
}

func stringCodec(t String, g reflect.Type, f refusal) *Codec {
	c := textCodec(g, f)
	if c == nil || t.Fixed && g.Kind() != reflect.String {
		return nil
	}
	if t.Fixed {
		padded(c)
	}
	if t.Length == 0 {
		return c
	}
	checked, tooLong := c.Encode, fmt.Sprintf("longer than %d characters; shorten it, or use a longer type", t.Length)
	c.Encode = func(p mem.Pointer) (Value, error) {
		v, err := checked(p)
		// Counting is left out where the bytes already are few enough.
		if err == nil && int(v.n) > t.Length && utf8.RuneCountInString(v.Text()) > t.Length {
			return Value{}, f.because(tooLong)
		}
		return v, err
	}
	return c
}

// padded makes c the codec of a CHAR column: the spaces at the end are
// padding, which one database adds, another removes and a third keeps. They
// are neither sent nor returned.
func padded(c *Codec) {
	checked, read := c.Encode, c.Decode
	c.Encode = func(p mem.Pointer) (Value, error) {
		v, err := checked(p)
		if err != nil {
			return v, err
		}
		return TextValue(strings.TrimRight(v.Text(), " ")), nil
	}
	c.Round = func(p mem.Pointer) { *(*string)(p) = strings.TrimRight(*(*string)(p), " ") }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if err := read(r, i, p); err != nil {
			return err
		}
		c.Round(p)
		return nil
	}
}

// enumCodec returns the label itself when it reads, so that nothing is copied.
func enumCodec(t Enum, g reflect.Type, f refusal) *Codec {
	if g.Kind() != reflect.String {
		return nil
	}
	c := textCodec(g, f)
	labels := t.Labels
	c.Encode = func(p mem.Pointer) (Value, error) {
		s := *(*string)(p)
		if !labels.Has(s) {
			return Value{}, f.because("not one of the labels; add it to the type")
		}
		return TextValue(s), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		s, ok := labels.find(r.Text(i))
		if !ok {
			return f.because("the stored label is not one that this program knows; add it to the type")
		}
		*(*string)(p) = s
		return nil
	}
	return c
}

func isByteSlice(g reflect.Type) bool {
	return g.Kind() == reflect.Slice && g.Elem().Kind() == reflect.Uint8
}

func isByteArray(g reflect.Type) bool {
	return g.Kind() == reflect.Array && g.Elem().Kind() == reflect.Uint8
}

func binaryCodec(t LargeBinary, g reflect.Type, f refusal) *Codec {
	switch {
	case isByteSlice(g):
		return bytesCodec(t, f)
	case isByteArray(g) && (t.Length == 0 || g.Len() == t.Length || g.Len() < t.Length && !t.Fixed):
		return byteArrayCodec(g, f)
	}
	return nil
}

func bytesCodec(t LargeBinary, f refusal) *Codec {
	return &Codec{
		Reference: true,
		Encode: func(p mem.Pointer) (Value, error) {
			b := *(*[]byte)(p)
			if t.Length > 0 && len(b) > t.Length {
				return Value{}, f.because(fmt.Sprintf("longer than %d bytes; shorten it, or use a longer type", t.Length))
			}
			if t.Fixed && len(b) != t.Length {
				return Value{}, f.because(fmt.Sprintf("not of %d bytes", t.Length))
			}
			return BytesValue(b), nil
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			b := r.Bytes(i)
			own := make([]byte, len(b))
			copy(own, b)
			*(*[]byte)(p) = own
			return nil
		},
		IsZero: func(p mem.Pointer) bool { return *(*[]byte)(p) == nil },
	}
}

func byteArrayCodec(g reflect.Type, f refusal) *Codec {
	n := g.Len()
	view := func(p mem.Pointer) []byte { return mem.Slice((*byte)(p), n) }
	return &Codec{
		Encode: func(p mem.Pointer) (Value, error) { return BytesValue(view(p)), nil },
		Decode: func(r Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			b := r.Bytes(i)
			if len(b) != n {
				return f.because(fmt.Sprintf("the stored value is not of the %d bytes of the Go type %s", n, f.g))
			}
			copy(view(p), b)
			return nil
		},
		Same:   func(a, b mem.Pointer) bool { return bytes.Equal(view(a), view(b)) },
		IsZero: func(p mem.Pointer) bool { return allZero(view(p)) },
	}
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

func uuidCodec(g reflect.Type, f refusal) *Codec {
	if g.Kind() == reflect.String {
		return uuidTextCodec(f)
	}
	if !isByteArray(g) || g.Len() != 16 {
		return nil
	}
	c := plain[[16]byte]()
	c.SaysUnset = true
	c.Encode = func(p mem.Pointer) (Value, error) { return UUIDValue((*[16]byte)(p)), nil }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*[16]byte)(p) = r.UUID(i)
		return nil
	}
	return c
}

// uuidTextCodec takes the canonical form, and gives it in lower case.
func uuidTextCodec(f refusal) *Codec {
	c := plain[string]()
	c.Round = func(p mem.Pointer) {
		if id, ok := parseUUID(*(*string)(p)); ok {
			*(*string)(p) = formatUUID(id)
		}
	}
	c.Encode = func(p mem.Pointer) (Value, error) {
		s := *(*string)(p)
		id, ok := parseUUID(s)
		if !ok || len(s) == len(id) {
			return Value{}, f.because("not a UUID in its canonical form")
		}
		return UUIDValue(&id), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*string)(p) = formatUUID(r.UUID(i))
		return nil
	}
	return c
}
