package sqltype

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/internal/mem"
)

var (
	decimalType         = reflect.TypeFor[Decimal]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// exact reads and writes variables of one Go type as decimals.
type exact struct {
	get func(p mem.Pointer) (Decimal, bool)
	set func(p mem.Pointer, d Decimal) bool
}

func numericCodec(t Numeric, g reflect.Type, f refusal) *Codec {
	switch {
	case g == decimalType:
		c := viaDecimal(t, f, exact{
			get: func(p mem.Pointer) (Decimal, bool) { return *(*Decimal)(p), true },
			set: func(p mem.Pointer, d Decimal) bool {
				*(*Decimal)(p) = d
				return true
			},
		})
		c.IsZero = func(p mem.Pointer) bool { return *(*Decimal)(p) == Decimal{} }
		c.Same = func(a, b mem.Pointer) bool { return (*(*Decimal)(a)).Cmp(*(*Decimal)(b)) == 0 }
		return c
	case isTextDecimal(g):
		c := viaDecimal(t, f, throughText(g))
		c.IsZero = func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() }
		c.Reference = true
		return c
	case t.Scale == 0:
		return wholeCodec(t, g, f)
	}
	return nil
}

// viaDecimal makes the codec of a type that e reads and writes. A Precision of
// 0 leaves the number as it is.
func viaDecimal(t Numeric, f refusal, e exact) *Codec {
	c := &Codec{}
	c.Encode = func(p mem.Pointer) (Value, error) {
		d, ok := e.get(p)
		if !ok {
			return Value{}, f.because(notDecimal)
		}
		if d, ok = t.fit(d); !ok {
			return Value{}, f.overflow()
		}
		return DecimalValue(d.String()), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		d, err := ParseDecimal(string(r.Text(i)))
		if err != nil {
			return f.because("the stored value is " + notDecimal)
		}
		if t.Precision > 0 {
			rounded := d.Round(t.Scale)
			if rounded.Cmp(d) != 0 {
				return f.because("the stored value has more digits after the point than the column")
			}
			d = rounded
		}
		if !e.set(p, d) {
			return f.stored()
		}
		return nil
	}
	if t.Precision > 0 {
		c.Round = func(p mem.Pointer) {
			if d, ok := e.get(p); ok {
				e.set(p, d.Round(t.Scale))
			}
		}
	}
	return c
}

// fit rounds d to the column's scale and reports whether it is in its range.
func (t Numeric) fit(d Decimal) (Decimal, bool) {
	if t.Precision == 0 {
		return d, true
	}
	d = d.Round(t.Scale)
	_, whole, _ := d.parts()
	return d, whole == "0" || len(whole) <= t.Precision-t.Scale
}

// wholeCodec is for integers, in columns without digits after the point.
func wholeCodec(t Numeric, g reflect.Type, f refusal) *Codec {
	base := integerCodec(Integer{Bits: 64}, g, f)
	if base == nil {
		return nil
	}
	c := viaDecimal(t, f, wholeOf(g))
	c.Same, c.IsZero, c.Round = base.Same, base.IsZero, nil
	return c
}

func wholeOf(g reflect.Type) exact {
	variable := func(p mem.Pointer) reflect.Value { return reflect.NewAt(g, p).Elem() }
	digits := func(d Decimal) (string, bool) {
		whole := d.Round(0)
		return whole.String(), whole.Cmp(d) == 0
	}
	if reflect.Zero(g).CanInt() {
		return exact{
			get: func(p mem.Pointer) (Decimal, bool) { return NewDecimal(variable(p).Int(), 0), true },
			set: func(p mem.Pointer, d Decimal) bool {
				s, whole := digits(d)
				n, err := strconv.ParseInt(s, 10, g.Bits())
				if whole && err == nil {
					variable(p).SetInt(n)
				}
				return whole && err == nil
			},
		}
	}
	return exact{
		get: func(p mem.Pointer) (Decimal, bool) {
			return decimalOf(false, strconv.FormatUint(variable(p).Uint(), 10), ""), true
		},
		set: func(p mem.Pointer, d Decimal) bool {
			s, whole := digits(d)
			n, err := strconv.ParseUint(s, 10, g.Bits())
			if whole && err == nil {
				variable(p).SetUint(n)
			}
			return whole && err == nil
		},
	}
}

// isTextDecimal reports whether the text form of g is a decimal number. Its
// zero value tells; math/big has types that are no decimals although their
// zero is one.
func isTextDecimal(g reflect.Type) bool {
	p := reflect.PointerTo(g)
	if g.Kind() == reflect.Interface || !p.Implements(textMarshalerType) || !p.Implements(textUnmarshalerType) {
		return false
	}
	if strings.HasPrefix(g.PkgPath(), "math/") && g.Name() != "Int" {
		return false
	}
	text, err := reflect.New(g).Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return false
	}
	_, err = ParseDecimal(string(text))
	return err == nil
}

func throughText(g reflect.Type) exact {
	return exact{
		get: func(p mem.Pointer) (Decimal, bool) {
			text, err := reflect.NewAt(g, p).Interface().(encoding.TextMarshaler).MarshalText()
			if err != nil {
				return Decimal{}, false
			}
			d, err := ParseDecimal(string(text))
			return d, err == nil
		},
		set: func(p mem.Pointer, d Decimal) bool {
			fresh := reflect.New(g)
			if err := fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(d.String())); err != nil {
				return false
			}
			reflect.NewAt(g, p).Elem().Set(fresh.Elem())
			return true
		},
	}
}
