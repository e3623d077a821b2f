package sqltype

import (
	"reflect"
	"unsafe"
)

// arrayCodec converts element by element; nil is an empty array here.
func arrayCodec(t Array, g reflect.Type, f refusal) *Codec {
	if g.Kind() != reflect.Slice {
		return nil
	}
	inner, err := newCodec(t.Elem, g.Elem())
	if err != nil {
		return nil
	}
	size := g.Elem().Size()
	c := &Codec{
		Reference: true,
		IsZero:    func(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) == nil },
		Encode: func(p unsafe.Pointer) (Value, error) {
			slice := reflect.NewAt(g, p).Elem()
			first := slice.UnsafePointer()
			values := make([]Value, slice.Len())
			for i := range values {
				v, err := inner.Encode(unsafe.Add(first, uintptr(i)*size))
				if err != nil {
					return Value{}, err
				}
				values[i] = v
			}
			return ArrayValue(values), nil
		},
		Decode: func(r Row, i int, p unsafe.Pointer) error {
			if r.IsNull(i) {
				return f.null()
			}
			return decodeArray(inner, g, f, r, i, p)
		},
	}
	if inner.Round != nil {
		c.Round = func(p unsafe.Pointer) { roundArray(inner, g, p) }
	}
	return c
}

func decodeArray(inner *Codec, g reflect.Type, f refusal, r Row, i int, p unsafe.Pointer) error {
	raw := r.Raw(i)
	if raw.Format != FormatNative || raw.Value.Kind() != KindArray {
		if err := r.Err(); err != nil {
			return err
		}
		return f.because("the stored value is not an array that the driver can read")
	}
	elems := &elements{values: raw.Value.Array()}
	n := len(elems.values)
	slice := reflect.MakeSlice(g, n, n)
	first := slice.UnsafePointer()
	for k := range n {
		if err := inner.Decode(elems, k, unsafe.Add(first, uintptr(k)*g.Elem().Size())); err != nil {
			return err
		}
	}
	if elems.misfit != "" {
		return f.because("an element of the stored array is " + elems.misfit)
	}
	reflect.NewAt(g, p).Elem().Set(slice)
	return nil
}

// roundArray rounds into a new slice: others may share the old one.
func roundArray(inner *Codec, g reflect.Type, p unsafe.Pointer) {
	slice := reflect.NewAt(g, p).Elem()
	if slice.IsNil() {
		return
	}
	rounded := reflect.MakeSlice(g, slice.Len(), slice.Len())
	reflect.Copy(rounded, slice)
	first := rounded.UnsafePointer()
	for i := range rounded.Len() {
		inner.Round(unsafe.Add(first, uintptr(i)*g.Elem().Size()))
	}
	slice.Set(rounded)
}
