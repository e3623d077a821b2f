package sqltype

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// WithVariant returns t, but alt on the dialects of the given names
// ("postgresql", "sqlite", "mysql", "mariadb", "mssql", "oracle"). What is said
// of a product holds for those that are derived from it, as MariaDB is from
// MySQL, unless something is said of them. Both types must have values of the
// same kind; WithVariantOf is for all others.
func WithVariant(t, alt Type, dialects ...string) Type {
	return &variant{base: t, alt: alt, dialects: dialects}
}

// WithVariantOf is WithVariant for types whose values differ in kind, such as an
// array here and a JSON document there. The Go type T, which both must accept,
// is what a value is turned into on its way.
func WithVariantOf[T any](t, alt Type, dialects ...string) Type {
	return &variant{base: t, alt: alt, dialects: dialects, between: reflect.TypeFor[T]()}
}

type variant struct {
	base, alt Type
	dialects  []string
	between   reflect.Type // nil where the kinds are the same
}

// Kind implements Type.
func (v *variant) Kind() Kind { return v.base.Kind() }

// String implements Type.
func (v *variant) String() string {
	return v.base.String() + " (" + strings.Join(v.dialects, ", ") + ": " + v.alt.String() + ")"
}

// Natural implements Wrapper.
func (v *variant) Natural() reflect.Type {
	if w, ok := v.base.(Wrapper); ok && v.between == nil {
		return w.Natural()
	}
	return v.between
}

// For implements Wrapper. Of variants of variants, one for the dialect itself
// goes before one for what it is derived from, and the outer before the inner.
func (v *variant) For(dialects ...string) (Type, *Conversion) {
	for _, name := range dialects {
		for at := v; at != nil; at, _ = at.base.(*variant) {
			if slices.Contains(at.dialects, name) {
				return at.alt, at.conversion()
			}
		}
	}
	base := v.base
	for {
		inner, ok := base.(*variant)
		if !ok {
			return base, nil
		}
		base = inner.base
	}
}

// conversion goes through a Go variable: from one type's value into it, and out
// of it as the other's.
func (v *variant) conversion() *Conversion {
	if v.between == nil {
		return nil
	}
	base, err := CodecFor(v.base, v.between)
	if err != nil {
		return failing(err)
	}
	alt, err := CodecFor(v.alt, v.between)
	if err != nil {
		return failing(err)
	}
	through := func(from, to *Codec, r Row, i int) (Value, error) {
		p := reflect.New(v.between).UnsafePointer()
		if err := from.Decode(r, i, p); err != nil {
			return Value{}, err
		}
		if err := r.Err(); err != nil {
			return Value{}, err
		}
		return to.Encode(mem.Pointer(p))
	}
	return &Conversion{
		To:   func(x Value) (Value, error) { return through(base, alt, RowOf(x), 0) },
		From: func(r Row, i int) (Value, error) { return through(alt, base, r, i) },
	}
}

func failing(err error) *Conversion {
	return &Conversion{
		To:   func(Value) (Value, error) { return Value{}, err },
		From: func(Row, int) (Value, error) { return Value{}, err },
	}
}

// check says what is wrong with the declaration.
func (v *variant) check() error {
	for _, t := range []Type{v.base, v.alt} {
		if err := check(t); err != nil {
			return err
		}
	}
	if len(v.dialects) == 0 || slices.Contains(v.dialects, "") {
		return fmt.Errorf("sqltype: the variant %s of %s is for no dialect; name one, such as \"sqlite\"", v.alt, v.base)
	}
	if v.between == nil {
		if v.base.Kind() != v.alt.Kind() {
			return fmt.Errorf("sqltype: %s and its variant %s have values of different kinds, %s and %s; use WithVariantOf, which names a Go type for both",
				v.base, v.alt, v.base.Kind(), v.alt.Kind())
		}
		return nil
	}
	for _, t := range []Type{v.base, v.alt} {
		if _, err := CodecFor(t, v.between); err != nil {
			return err
		}
	}
	return nil
}

// accepts implements chooser.
func (v *variant) accepts() string {
	if c, ok := v.base.(chooser); ok {
		return c.accepts()
	}
	return accepted(family(v.base))
}

// NewCodec implements CodecProvider. Without a Go type between them, both types
// must accept g: the codec is the base's, and the alternative may hold less.
func (v *variant) NewCodec(g reflect.Type) *Codec {
	c, err := newCodec(v.base, g)
	if err != nil {
		return nil
	}
	own := *c
	return &own
}
