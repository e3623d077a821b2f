package sqltype

import (
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// memory makes and clears variables of one Go type.
type memory struct {
	alloc func() mem.Pointer
	clear func(p mem.Pointer)
	set   func(p, from mem.Pointer)
}

// memoryOf spares the common kinds the way through reflection.
func memoryOf(g reflect.Type) memory {
	switch {
	case g == timeType:
		return typed[time.Time]()
	case g.Kind() == reflect.String:
		return typed[string]()
	case g.Kind() == reflect.Int64:
		return typed[int64]()
	case g.Kind() == reflect.Int:
		return typed[int]()
	case g.Kind() == reflect.Int32:
		return typed[int32]()
	case g.Kind() == reflect.Float64:
		return typed[float64]()
	case g.Kind() == reflect.Bool:
		return typed[bool]()
	}
	return memory{
		alloc: func() mem.Pointer { return reflect.New(g).UnsafePointer() },
		clear: func(p mem.Pointer) { reflect.NewAt(g, p).Elem().SetZero() },
		set:   func(p, from mem.Pointer) { reflect.NewAt(g, p).Elem().Set(reflect.NewAt(g, from).Elem()) },
	}
}

func typed[T any]() memory {
	return memory{
		alloc: func() mem.Pointer { return mem.Pointer(new(T)) },
		clear: func(p mem.Pointer) {
			var zero T
			*(*T)(p) = zero
		},
		set: func(p, from mem.Pointer) { *(*T)(p) = *(*T)(from) },
	}
}

// pointerCodec puts a pointer around inner: nil is NULL. What is read goes to
// a new variable, and rounding as well: others may share the old one.
func pointerCodec(inner *Codec, g reflect.Type) *Codec {
	room := memoryOf(g.Elem())
	c := &Codec{Nullable: true, SaysUnset: true, Reference: true, Cheap: inner.Cheap}
	c.IsZero = func(p mem.Pointer) bool { return *(*mem.Pointer)(p) == nil }
	c.Encode = func(p mem.Pointer) (Value, error) {
		q := *(*mem.Pointer)(p)
		if q == nil {
			return Value{}, nil
		}
		return inner.Encode(q)
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			*(*mem.Pointer)(p) = nil
			return nil
		}
		q := room.alloc()
		if err := inner.Decode(r, i, q); err != nil {
			return err
		}
		*(*mem.Pointer)(p) = q
		return nil
	}
	if inner.Round == nil {
		return c
	}
	c.Round = func(p mem.Pointer) {
		q := *(*mem.Pointer)(p)
		if q == nil {
			return
		}
		rounded := room.alloc()
		room.set(rounded, q)
		inner.Round(rounded)
		*(*mem.Pointer)(p) = rounded
	}
	return c
}

// sqlNullCodec puts sql.Null[T] or one of its older kin around inner. Where
// Valid is false the value beside it means nothing, and is cleared by reading.
func sqlNullCodec(inner *Codec, g reflect.Type) *Codec {
	room := memoryOf(g.Field(0).Type)
	at := g.Field(1).Offset
	valid := func(p mem.Pointer) *bool { return (*bool)(mem.Add(p, at)) }
	c := &Codec{Nullable: true, SaysUnset: true, Reference: inner.Reference, Cheap: inner.Cheap}
	c.IsZero = func(p mem.Pointer) bool { return !*valid(p) }
	c.Encode = func(p mem.Pointer) (Value, error) {
		if !*valid(p) {
			return Value{}, nil
		}
		return inner.Encode(p)
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			room.clear(p)
			*valid(p) = false
			return nil
		}
		if err := inner.Decode(r, i, p); err != nil {
			return err
		}
		*valid(p) = true
		return nil
	}
	if inner.Same != nil {
		c.Same = func(a, b mem.Pointer) bool {
			return *valid(a) == *valid(b) && (!*valid(a) || inner.Same(a, b))
		}
	}
	if inner.Round != nil {
		c.Round = func(p mem.Pointer) {
			if *valid(p) {
				inner.Round(p)
			}
		}
	}
	return c
}

// nilIsNull reports whether a nil slice of type g is NULL: for bytes and for
// arrays, not for JSON, which has a null of its own.
func nilIsNull(t Type, g reflect.Type) bool {
	return g.Kind() == reflect.Slice && (t.Kind() == KindBytes || t.Kind() == KindArray)
}

// nilCodec makes the nil slice the NULL of inner, which takes it for empty.
func nilCodec(inner *Codec) *Codec {
	c := *inner
	c.Nullable = true
	c.Encode = func(p mem.Pointer) (Value, error) {
		if *(*mem.Pointer)(p) == nil { // a slice begins with its pointer
			return Value{}, nil
		}
		return inner.Encode(p)
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			*(*[]byte)(p) = nil
			return nil
		}
		return inner.Decode(r, i, p)
	}
	return &c
}
