package sqltype

import (
	"math"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
)

type signed interface {
	int | int8 | int16 | int32 | int64
}

type unsigned interface {
	uint | uint8 | uint16 | uint32 | uint64
}

func integerCodec(t Integer, g reflect.Type, f refusal) *Codec {
	switch g.Kind() {
	case reflect.Int:
		return signedCodec[int](t, f)
	case reflect.Int8:
		return signedCodec[int8](t, f)
	case reflect.Int16:
		return signedCodec[int16](t, f)
	case reflect.Int32:
		return signedCodec[int32](t, f)
	case reflect.Int64:
		return signedCodec[int64](t, f)
	case reflect.Uint:
		return unsignedCodec[uint](t, f)
	case reflect.Uint8:
		return unsignedCodec[uint8](t, f)
	case reflect.Uint16:
		return unsignedCodec[uint16](t, f)
	case reflect.Uint32:
		return unsignedCodec[uint32](t, f)
	case reflect.Uint64:
		return unsignedCodec[uint64](t, f)
	}
	return nil
}

// bounds returns the smallest and the largest number of the type.
func (t Integer) bounds() (low int64, high uint64) {
	if t.Unsigned {
		return 0, math.MaxUint64 >> (64 - t.Bits)
	}
	return math.MinInt64 >> (64 - t.Bits), math.MaxInt64 >> (64 - t.Bits)
}

func signedCodec[G signed](t Integer, f refusal) *Codec {
	c := plain[G]()
	low, high := t.bounds()
	if t.Unsigned {
		c.Encode = func(p mem.Pointer) (Value, error) {
			v := int64(*(*G)(p))
			if v < 0 || uint64(v) > high {
				return Value{}, f.overflow()
			}
			return Uint64Value(uint64(v)), nil
		}
		c.Decode = decodeUnsigned[G](f)
		return c
	}
	top := int64(high)
	c.Encode = func(p mem.Pointer) (Value, error) {
		v := int64(*(*G)(p))
		if v < low || v > top {
			return Value{}, f.overflow()
		}
		return Int64Value(v), nil
	}
	c.Decode = decodeSigned[G](f)
	return c
}

func unsignedCodec[G unsigned](t Integer, f refusal) *Codec {
	c := plain[G]()
	_, high := t.bounds()
	if t.Unsigned {
		c.Encode = func(p mem.Pointer) (Value, error) {
			v := uint64(*(*G)(p))
			if v > high {
				return Value{}, f.overflow()
			}
			return Uint64Value(v), nil
		}
		c.Decode = decodeUnsigned[G](f)
		return c
	}
	c.Encode = func(p mem.Pointer) (Value, error) {
		v := uint64(*(*G)(p))
		if v > high {
			return Value{}, f.overflow()
		}
		return Int64Value(int64(v)), nil
	}
	c.Decode = decodeSigned[G](f)
	return c
}

// decodeSigned reads a column of signed numbers. A conversion lost something
// if the way back differs, or if it changed the sign.
func decodeSigned[G signed | unsigned](f refusal) func(Row, int, mem.Pointer) error {
	return func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		v := r.Int64(i)
		n := G(v)
		if int64(n) != v || (n < 0) != (v < 0) {
			return f.stored()
		}
		*(*G)(p) = n
		return nil
	}
}

func decodeUnsigned[G signed | unsigned](f refusal) func(Row, int, mem.Pointer) error {
	return func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		v := r.Uint64(i)
		n := G(v)
		if uint64(n) != v || n < 0 {
			return f.stored()
		}
		*(*G)(p) = n
		return nil
	}
}

func booleanCodec(g reflect.Type, f refusal) *Codec {
	if g.Kind() != reflect.Bool {
		return nil
	}
	c := plain[bool]()
	c.Encode = func(p mem.Pointer) (Value, error) { return BoolValue(*(*bool)(p)), nil }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*bool)(p) = r.Bool(i)
		return nil
	}
	return c
}

func floatCodec(t Float, g reflect.Type, f refusal) *Codec {
	switch {
	case g.Kind() == reflect.Float32:
		return float32Codec(t, f)
	case g.Kind() == reflect.Float64 && t.Bits == 32:
		return narrowCodec(f)
	case g.Kind() == reflect.Float64:
		return float64Codec(f)
	}
	return nil
}

// float64Codec compares bit by bit, so that a NaN is the same as itself and
// the two zeros are not.
func float64Codec(f refusal) *Codec {
	c := plain[uint64]()
	c.Encode = func(p mem.Pointer) (Value, error) { return Float64Value(*(*float64)(p)), nil }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*float64)(p) = r.Float64(i)
		return nil
	}
	return c
}

// narrowCodec is for a float64 in a column of 32 bits. What is read is
// narrowed too: some databases answer with the decimal digits of the number.
func narrowCodec(f refusal) *Codec {
	c := plain[uint64]()
	c.Encode = func(p mem.Pointer) (Value, error) {
		v, ok := narrow(*(*float64)(p))
		if !ok {
			return Value{}, f.overflow()
		}
		return Float64Value(float64(v)), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		v, ok := narrow(r.Float64(i))
		if !ok {
			return f.because("the stored value overflows " + f.typ)
		}
		*(*float64)(p) = float64(v)
		return nil
	}
	c.Round = func(p mem.Pointer) {
		if v, ok := narrow(*(*float64)(p)); ok {
			*(*float64)(p) = float64(v)
		}
	}
	return c
}

// float32Codec refuses digits of a 64-bit column that a float32 would lose.
func float32Codec(t Float, f refusal) *Codec {
	c := plain[uint32]()
	exact := t.Bits == 64
	c.Encode = func(p mem.Pointer) (Value, error) { return Float64Value(float64(*(*float32)(p))), nil }
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		v := r.Float64(i)
		n, ok := narrow(v)
		if !ok {
			return f.stored()
		}
		if exact && float64(n) != v && v == v {
			return f.because("the stored value has more digits than a " + f.g + " holds; use float64")
		}
		*(*float32)(p) = n
		return nil
	}
	return c
}

// narrow rounds v to 32 bits, and reports whether it stayed finite if it was.
func narrow(v float64) (float32, bool) {
	n := float32(v)
	return n, !math.IsInf(float64(n), 0) || math.IsInf(v, 0)
}
