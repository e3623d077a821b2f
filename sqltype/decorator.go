package sqltype

import (
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Decorate returns a type whose values are T in the program and impl in the
// database, where they are what an S is there. bind turns what is sent, which
// includes what a column is compared with, and result what is read. Both are
// given whole values: what T and S can't hold never reaches them. An error of
// theirs is a *sqlerr.ValueError that does not repeat the value, nor their text.
//
// To let T stand for NULL as well, take an S that can: a pointer or sql.Null.
//
// impl may be a variant, so that the type differs by dialect. name is for
// messages and statements' keys: two types of one name and impl must be the
// same.
func Decorate[T, S any](name string, impl Type, bind func(T) (S, error), result func(S) (T, error)) Type {
	return &decorator[T, S]{name: name, impl: impl, toImpl: bind, toGo: result}
}

type decorator[T, S any] struct {
	name   string
	impl   Type
	toImpl func(T) (S, error)
	toGo   func(S) (T, error)
}

// Kind implements Type.
func (d *decorator[T, S]) Kind() Kind { return d.impl.Kind() }

// String implements Type.
func (d *decorator[T, S]) String() string { return d.name + "(" + d.impl.String() + ")" }

// For implements Wrapper: the codec has converted the value already.
func (d *decorator[T, S]) For(...string) (Type, *Conversion) { return d.impl, nil }

// Natural implements Wrapper.
func (d *decorator[T, S]) Natural() reflect.Type { return reflect.TypeFor[T]() }

// check says what is wrong with the declaration.
func (d *decorator[T, S]) check() error {
	switch {
	case d.name == "":
		return fmt.Errorf("sqltype: a decorator of %s for the Go type %s has no name", d.impl, reflect.TypeFor[T]())
	case d.toImpl == nil || d.toGo == nil:
		return fmt.Errorf("sqltype: the decorator %s has no function to bind or none for results", d)
	case reflect.TypeFor[T]().Kind() == reflect.Pointer || isSQLNull(reflect.TypeFor[T]()):
		return fmt.Errorf("sqltype: the decorator %s is for %s, which can be NULL; decorate what it holds, and let the column be nullable", d, reflect.TypeFor[T]())
	}
	_, err := CodecFor(d.impl, reflect.TypeFor[S]())
	if err != nil {
		return fmt.Errorf("sqltype: the decorator %s: %w", d, err)
	}
	return nil
}

// accepts implements chooser.
func (d *decorator[T, S]) accepts() string { return reflect.TypeFor[T]().String() }

// NewCodec implements CodecProvider.
func (d *decorator[T, S]) NewCodec(g reflect.Type) *Codec {
	if g != reflect.TypeFor[T]() {
		return nil
	}
	inner, err := newCodec(d.impl, reflect.TypeFor[S]())
	if err != nil {
		return nil
	}
	f := refusal{typ: d.String(), g: g.String()}
	c := &Codec{
		Reference: true,
		Nullable:  inner.Nullable,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (Value, error) {
			s, err := d.toImpl(*(*T)(p))
			if err != nil {
				return Value{}, f.because("its decorator refused the value")
			}
			return inner.Encode(mem.Pointer(&s))
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			var s S
			if err := inner.Decode(r, i, mem.Pointer(&s)); err != nil {
				return err
			}
			v, err := d.toGo(s)
			if err != nil {
				return f.because("its decorator refused the stored value")
			}
			*(*T)(p) = v
			return nil
		},
	}
	if same := sameOf(g); same != nil {
		c.Same, c.Reference = same, false
	}
	if inner.Round != nil {
		c.Round = d.rounding(inner)
	}
	return c
}

// rounding rounds as the implementation does. What the functions refuse is
// refused when it is sent.
func (d *decorator[T, S]) rounding(inner *Codec) func(p mem.Pointer) {
	return func(p mem.Pointer) {
		s, err := d.toImpl(*(*T)(p))
		if err != nil {
			return
		}
		inner.Round(mem.Pointer(&s))
		if v, err := d.toGo(s); err == nil {
			*(*T)(p) = v
		}
	}
}

// sameOf compares variables of a Go type whose == says whether their values are
// the same; nil for all others.
func sameOf(g reflect.Type) func(a, b mem.Pointer) bool {
	if !plainlyEqual(g) {
		return nil
	}
	return func(a, b mem.Pointer) bool {
		return reflect.NewAt(g, a).Elem().Equal(reflect.NewAt(g, b).Elem())
	}
}

// plainlyEqual reports whether == compares all of a value and nothing else:
// floats have NaN, and pointers lead to memory that may change.
func plainlyEqual(g reflect.Type) bool {
	switch g.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Array:
		return plainlyEqual(g.Elem())
	case reflect.Struct:
		for i := range g.NumField() {
			if !plainlyEqual(g.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}
