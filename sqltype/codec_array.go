package sqltype

import (
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// arrayCodec converts element by element; nil is an empty array here.
func arrayCodec(t Array, g reflect.Type, f refusal) *Codec {
	if g.Kind() != reflect.Slice && g.Kind() != reflect.Array {
		return nil
	}
	inner, err := newCodec(t.Elem, g.Elem())
	if err != nil {
		return nil
	}
	size := g.Elem().Size()
	c := &Codec{
		Reference: true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (Value, error) {
			first, n := elementsAt(g, p)
			values := make([]Value, n)
			for i := range values {
				v, err := inner.Encode(mem.Add(first, uintptr(i)*size))
				if err != nil {
					return Value{}, err
				}
				values[i] = v
			}
			return ArrayValue(values), nil
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			return decodeArray(inner, g, f, r, i, p)
		},
	}
	if inner.Round != nil {
		c.Round = func(p mem.Pointer) { roundArray(inner, g, p) }
	}
	return c
}

// elementsAt returns where the first element of the slice or array at p is, and
// how many there are.
func elementsAt(g reflect.Type, p mem.Pointer) (mem.Pointer, int) {
	if g.Kind() == reflect.Array {
		return p, g.Len()
	}
	slice := reflect.NewAt(g, p).Elem()
	return slice.UnsafePointer(), slice.Len()
}

func decodeArray(inner *Codec, g reflect.Type, f refusal, r Row, i int, p mem.Pointer) error {
	raw := r.Raw(i)
	if raw.Format != FormatNative || raw.Value.Kind() != KindArray {
		if err := r.Err(); err != nil {
			return err
		}
		return f.because("the stored value is not an array that the driver can read")
	}
	elems := &elements{values: raw.Value.Array()}
	n := len(elems.values)
	fresh := reflect.New(g)
	if g.Kind() == reflect.Slice {
		fresh.Elem().Set(reflect.MakeSlice(g, n, n))
	}
	first, room := elementsAt(g, fresh.UnsafePointer())
	if room != n {
		return f.because(fmt.Sprintf("the stored array has not the %d elements of the Go type %s", room, f.g))
	}
	for k := range n {
		if err := inner.Decode(elems, k, mem.Add(first, uintptr(k)*g.Elem().Size())); err != nil {
			return err
		}
	}
	if elems.misfit != "" {
		return f.because("an element of the stored array is " + elems.misfit)
	}
	reflect.NewAt(g, p).Elem().Set(fresh.Elem())
	return nil
}

// roundArray rounds into a new slice: others may share the old one.
func roundArray(inner *Codec, g reflect.Type, p mem.Pointer) {
	if g.Kind() == reflect.Array {
		for i := range g.Len() {
			inner.Round(mem.Add(p, uintptr(i)*g.Elem().Size()))
		}
		return
	}
	slice := reflect.NewAt(g, p).Elem()
	if slice.IsNil() {
		return
	}
	rounded := reflect.MakeSlice(g, slice.Len(), slice.Len())
	reflect.Copy(rounded, slice)
	first := rounded.UnsafePointer()
	for i := range rounded.Len() {
		inner.Round(mem.Add(first, uintptr(i)*g.Elem().Size()))
	}
	slice.Set(rounded)
}
