package sqltype

import (
	"encoding"
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Written is a type whose values travel as text of a form of their own, such as
// a network address. It accepts the string types, Go types with MarshalText and
// UnmarshalText, and those of its pairs. name is for messages and statements'
// keys. form returns text as the database gives it back, or an error for text of
// another form; nil takes all as it is.
func Written(name string, form func(text string) (canonical string, err error), pairs ...Pair) Type {
	if form == nil {
		form = anyText
	}
	return &textual{name: name, form: form, pairs: pairs}
}

func anyText(text string) (string, error) { return text, nil }

// Pair moves values between one Go type and text.
type Pair struct {
	g     reflect.Type
	codec func(w *textual, f refusal) *Codec
}

// Through makes a Pair of two functions. The Go type is the one that a column
// has where the program names none, if it is the first of its type.
func Through[T any](write func(T) (string, error), read func(string) (T, error)) Pair {
	g := reflect.TypeFor[T]()
	return Pair{g: g, codec: func(w *textual, f refusal) *Codec {
		return w.codec(g, f,
			func(p mem.Pointer) (string, error) { return write(*(*T)(p)) },
			func(p mem.Pointer, text string) error {
				v, err := read(text)
				if err == nil {
					*(*T)(p) = v
				}
				return err
			})
	}}
}

type textual struct {
	name  string
	form  func(string) (string, error)
	pairs []Pair
}

// Kind implements Type.
func (*textual) Kind() Kind { return KindText }

// String implements Type.
func (w *textual) String() string { return w.name }

// Natural is the Go type of the first pair, and string without one.
func (w *textual) Natural() reflect.Type {
	if len(w.pairs) > 0 {
		return w.pairs[0].g
	}
	return reflect.TypeFor[string]()
}

func (w *textual) accepts() string {
	list := make([]string, 0, len(w.pairs)+2)
	for _, p := range w.pairs {
		list = append(list, p.g.String())
	}
	return strings.Join(append(list, "the string types", "types with MarshalText and UnmarshalText"), ", ")
}

// NewCodec implements CodecProvider.
func (w *textual) NewCodec(g reflect.Type) *Codec {
	return w.named(g, refusal{typ: w.name, g: g.String()})
}

func (w *textual) named(g reflect.Type, f refusal) *Codec {
	for _, p := range w.pairs {
		if p.g == g {
			return p.codec(w, f)
		}
	}
	if hasMethods(w, g) {
		return methodCodec(w, g, f)
	}
	if g.Kind() == reflect.String {
		return w.stringCodec(f)
	}
	if !marshalsText(g) || g == timeType {
		return nil
	}
	return w.codec(g, f, textOf(g), textInto(g))
}

// stringCodec brings text to the form in which it comes back.
func (w *textual) stringCodec(f refusal) *Codec {
	c := plain[string]()
	c.Round = func(p mem.Pointer) {
		if s, err := w.form(*(*string)(p)); err == nil {
			*(*string)(p) = s
		}
	}
	c.Encode = func(p mem.Pointer) (Value, error) { return w.value(*(*string)(p), f) }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*string)(p) = string(r.Text(i))
		c.Round(p)
		return nil
	}
	return c
}

func (w *textual) value(text string, f refusal) (Value, error) {
	if reason := badText(text); reason != "" {
		return Value{}, f.because(reason)
	}
	text, err := w.form(text)
	if err != nil {
		return Value{}, f.because("not of its form")
	}
	return TextValue(text), nil
}

// codec goes through text. What refers to memory is compared by what is sent.
func (w *textual) codec(g reflect.Type, f refusal, write func(mem.Pointer) (string, error), read func(mem.Pointer, string) error) *Codec {
	c := &Codec{
		Reference: true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (Value, error) {
			text, err := write(p)
			if err != nil {
				return Value{}, f.because("the Go type " + f.g + " could not be written as text")
			}
			return w.value(text, f)
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			if err := read(p, string(r.Text(i))); err != nil && r.Err() == nil {
				return f.because("the stored text does not fit the Go type " + f.g)
			}
			return nil
		},
	}
	if same := sameOf(g); same != nil {
		c.Same, c.Reference = same, false
	}
	return c
}

// marshalCodec is for Go types that go to and from text by their own methods,
// in columns of text. A time has columns of its own.
func marshalCodec(g reflect.Type, f refusal) *Codec {
	if !marshalsText(g) || g == timeType {
		return nil
	}
	w := textual{form: anyText}
	return w.codec(g, f, textOf(g), textInto(g))
}

// marshalsText reports whether g goes to and from text by its own methods.
func marshalsText(g reflect.Type) bool {
	p := reflect.PointerTo(g)
	return g.Kind() != reflect.Interface && p.Implements(textMarshalerType) && p.Implements(textUnmarshalerType)
}

func textOf(g reflect.Type) func(mem.Pointer) (string, error) {
	return func(p mem.Pointer) (string, error) {
		text, err := reflect.NewAt(g, p).Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err
	}
}

func textInto(g reflect.Type) func(mem.Pointer, string) error {
	return func(p mem.Pointer, text string) error {
		fresh := reflect.New(g)
		if err := fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err
		}
		reflect.NewAt(g, p).Elem().Set(fresh.Elem())
		return nil
	}
}
