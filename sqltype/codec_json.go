package sqltype

import (
	"bytes"
	"encoding/json"
	"reflect"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// jsonCodec goes through encoding/json. A nil map or slice is the JSON null;
// NULL is what a pointer or sql.Null around the type says.
func jsonCodec(g reflect.Type, f refusal) *Codec {
	if !marshals(g) {
		return nil
	}
	return &Codec{
		Reference: true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (Value, error) {
			v := reflect.NewAt(g, p)
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(v.Interface()); err != nil {
				return Value{}, f.because("the Go type " + f.g + " could not be written as JSON")
			}
			text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
			// encoding/json writes this for bytes that are no UTF-8.
			if escapes(text, `\ufffd`) && hasBadText(v.Elem(), 0) {
				return Value{}, f.because("invalid UTF-8")
			}
			return document(text, f)
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			fresh := reflect.New(g)
			if err := json.Unmarshal(r.Text(i), fresh.Interface()); err != nil {
				return f.because("the stored document does not fit the Go type " + f.g)
			}
			reflect.NewAt(g, p).Elem().Set(fresh.Elem())
			return nil
		},
	}
}

// marshals leaves out the kinds that encoding/json never takes.
func marshals(g reflect.Type) bool {
	switch g.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return reflect.PointerTo(g).Implements(reflect.TypeFor[json.Marshaler]())
	}
	return true
}

// document returns text as a Value if every database can store it.
func document(text []byte, f refusal) (Value, error) {
	switch {
	case !utf8.Valid(text):
		return Value{}, f.because("invalid UTF-8")
	case !json.Valid(text):
		return Value{}, f.because("not a JSON document")
	case escapes(text, `\u0000`):
		return Value{}, f.because("contains NUL")
	}
	return JSONValue(mem.View(text)), nil
}

// escapes reports whether the JSON text has the escape, the backslash of
// which is not itself escaped.
func escapes(text []byte, escape string) bool {
	for at := 0; ; {
		n := bytes.Index(text[at:], []byte(escape))
		if n < 0 {
			return false
		}
		at += n
		before := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if before%2 == 0 {
			return true
		}
		at++
	}
}

// maxDepth is deeper than what encoding/json lets through.
const maxDepth = 10000

// hasBadText reports whether a string anywhere in v is not UTF-8. It is asked
// only about values whose JSON shows the sign of one.
func hasBadText(v reflect.Value, depth int) bool {
	if depth > maxDepth {
		return true
	}
	depth++
	switch v.Kind() {
	case reflect.String:
		return !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && hasBadText(v.Elem(), depth)
	case reflect.Struct:
		for i := range v.NumField() {
			if written(v.Type().Field(i)) && hasBadText(v.Field(i), depth) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return false
		}
		for i := range v.Len() {
			if hasBadText(v.Index(i), depth) {
				return true
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if hasBadText(entry.Key(), depth) || hasBadText(entry.Value(), depth) {
				return true
			}
		}
	}
	return false
}

// written reports whether encoding/json looks at the field.
func written(f reflect.StructField) bool {
	return (f.IsExported() || f.Anonymous) && f.Tag.Get("json") != "-"
}
