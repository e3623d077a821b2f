package sqltype

import (
	"database/sql"
	"database/sql/driver"
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

var (
	valuerType  = reflect.TypeFor[driver.Valuer]()
	scannerType = reflect.TypeFor[sql.Scanner]()
)

// methodsOf reports whether variables of type g have a Value and a Scan method.
func methodsOf(g reflect.Type) (valuer, scanner bool) {
	p := reflect.PointerTo(g)
	return p.Implements(valuerType), p.Implements(scannerType)
}

// hasMethods reports whether values of g are converted by g's own methods. A
// type that has them has them for a reason, such as encryption, so that they
// go before what its kind would allow. The exceptions are the types whose form
// is the column's own, and what only has one of the two, which is refused.
func hasMethods(t Type, g reflect.Type) bool {
	valuer, scanner := methodsOf(g)
	if !valuer && !scanner {
		return false
	}
	switch t.(type) {
	case UUID:
		return !isByteArray(g) || g.Len() != 16
	case Numeric:
		return !isTextDecimal(g)
	}
	return true
}

// methodCodec converts by driver.Valuer and sql.Scanner. What Value returns is
// then checked like a variable of that Go type.
func methodCodec(t Type, g reflect.Type, f refusal) *Codec {
	if valuer, scanner := methodsOf(g); !valuer || !scanner {
		return nil
	}
	read := naturalOf(t)
	if read == nil {
		return nil
	}
	send := senderOf(t, f)
	return &Codec{
		Reference: true,
		Nullable:  true,
		IsZero:    func(p mem.Pointer) bool { return reflect.NewAt(g, p).Elem().IsZero() },
		Encode: func(p mem.Pointer) (Value, error) {
			v, err := valueOf(reflect.NewAt(g, p))
			if err != nil {
				return Value{}, f.because("the Value method of the Go type " + f.g + " failed")
			}
			return send(v)
		},
		Decode: func(r Row, i int, p mem.Pointer) error {
			var v any
			if !r.IsNull(i) {
				v = read(r, i)
			}
			fresh := reflect.New(g)
			if err := fresh.Interface().(sql.Scanner).Scan(v); err != nil {
				return f.because("the Scan method of the Go type " + f.g + " refused the stored value")
			}
			reflect.NewAt(g, p).Elem().Set(fresh.Elem())
			return nil
		},
	}
}

func valueOf(p reflect.Value) (driver.Value, error) {
	v, err := p.Interface().(driver.Valuer).Value()
	if err != nil || driver.IsValue(v) {
		return v, err
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
}

// senderOf returns the function that takes what a Value method returned. It
// holds the codecs of t for the few types that a driver.Value has.
func senderOf(t Type, f refusal) func(driver.Value) (Value, error) {
	whole, float, truth := codecOrNil[int64](t), codecOrNil[float64](t), codecOrNil[bool](t)
	moment, text := codecOrNil[time.Time](t), textSender(t, f)
	refuse := func(got string) (Value, error) {
		return Value{}, f.because("the Value method of the Go type " + f.g + " returned a " + got + ", which " + f.typ + " does not accept")
	}
	through := func(c *Codec, p mem.Pointer, got string) (Value, error) {
		if c == nil {
			return refuse(got)
		}
		return c.Encode(p)
	}
	return func(v driver.Value) (Value, error) {
		switch v := v.(type) {
		case nil:
			return Value{}, nil
		case int64:
			return through(whole, mem.Pointer(&v), "int64")
		case float64:
			return through(float, mem.Pointer(&v), "float64")
		case bool:
			return through(truth, mem.Pointer(&v), "bool")
		case time.Time:
			return through(moment, mem.Pointer(&v), "time.Time")
		case string:
			if text == nil {
				return refuse("string")
			}
			return text(v)
		case []byte:
			if text == nil {
				return refuse("[]byte")
			}
			return text(string(v))
		}
		return refuse("value of an unknown type")
	}
}

// codecOrNil returns the codec of t for G, which has no methods of its own.
func codecOrNil[G any](t Type) *Codec { return plainCodec(t, reflect.TypeFor[G]()) }
