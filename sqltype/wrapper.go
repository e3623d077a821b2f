package sqltype

import "reflect"

// Wrapper is a type that stands for another one, which may differ by dialect:
// a decorator or a variant. It has the Kind of what it stands for where no
// dialect says otherwise.
type Wrapper interface {
	Type
	// For returns the type that a dialect has in its place, which may be a
	// Wrapper itself, and how values get there and back; nil where they are the
	// same. dialects are the dialect's name and those of the products that it
	// is derived from, the own first; none is no dialect in particular.
	For(dialects ...string) (Type, *Conversion)
	// Natural is the Go type that a column has where the program names none; nil
	// where that follows from the Kind.
	Natural() reflect.Type
}

// Conversion moves values between a type and the one that a dialect has in its
// place. NULL is never converted.
type Conversion struct {
	// To turns a value that a codec made into the one that is sent.
	To func(v Value) (Value, error)
	// From reads position i of a row as the value that a codec expects.
	From func(r Row, i int) (Value, error)
}

// Send turns a value into the one that is sent. A nil Conversion leaves it, as
// every conversion does with NULL.
func (c *Conversion) Send(v Value) (Value, error) {
	if c == nil || v.IsNull() {
		return v, nil
	}
	return c.To(v)
}

// Resolve returns the type that a dialect has in the place of t, which is no
// Wrapper, and how values get there and back; nil where they are the same.
// dialects are as for Wrapper.For.
func Resolve(t Type, dialects ...string) (Type, *Conversion) {
	var c *Conversion
	for {
		switch w := t.(type) {
		case Wrapper:
			next, inner := w.For(dialects...)
			t, c = next, join(c, inner)
		case Array:
			a, inner := resolveArray(w, dialects)
			return a, join(c, inner)
		default:
			return t, c
		}
	}
}

// Base returns what the values of t are where no dialect says otherwise: t itself
// for a type that stands for no other.
func Base(t Type) Type {
	base, _ := Resolve(t)
	return Values(base)
}

// Then does c first on the way to the database, and inner on the way there from
// what c has made. Either may be nil.
func (c *Conversion) Then(inner *Conversion) *Conversion { return join(c, inner) }

// join does outer first on the way to the database, and last on the way back.
func join(outer, inner *Conversion) *Conversion {
	switch {
	case outer == nil:
		return inner
	case inner == nil:
		return outer
	}
	return &Conversion{
		To: func(v Value) (Value, error) {
			v, err := outer.To(v)
			if err != nil {
				return Value{}, err
			}
			return inner.To(v)
		},
		From: func(r Row, i int) (Value, error) {
			v, err := inner.From(r, i)
			if err != nil || v.IsNull() {
				return v, err
			}
			return outer.From(RowOf(v), 0)
		},
	}
}

func resolveArray(a Array, dialects []string) (Type, *Conversion) {
	elem, c := Resolve(a.Elem, dialects...)
	return Array{Elem: elem}, c.Elements()
}

// Elements returns the conversion of arrays whose elements c converts.
func (c *Conversion) Elements() *Conversion {
	if c == nil {
		return nil
	}
	return &Conversion{
		To: func(v Value) (Value, error) {
			return eachElement(v.Array(), func(list []Value, i int) (Value, error) { return c.To(list[i]) })
		},
		From: func(r Row, i int) (Value, error) {
			return eachElement(r.Raw(i).Value.Array(), func(list []Value, i int) (Value, error) { return c.From(RowOf(list...), i) })
		},
	}
}

func eachElement(from []Value, convert func(list []Value, i int) (Value, error)) (Value, error) {
	to := make([]Value, len(from))
	for i := range from {
		if from[i].IsNull() {
			continue
		}
		var err error
		if to[i], err = convert(from, i); err != nil {
			return Value{}, err
		}
	}
	return ArrayValue(to), nil
}

// RowOf returns a row of values that are at hand. It coerces nothing: a value
// that is read as another kind than it is leaves an error.
func RowOf(values ...Value) Row { return &elements{values: values} }
