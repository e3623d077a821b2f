package sqltype

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// DefaultType returns the SQL type of a column whose model names only the Go
// type g, or an error that names the types to choose from. Pointers and
// sql.Null have the type of what they hold.
//
// Strings get String{}, without a length: a dialect whose VARCHAR needs one
// uses its text type or asks for a length. A time.Time is an instant.
func DefaultType(g reflect.Type) (Type, error) {
	if g == nil {
		return nil, fmt.Errorf("sqltype: no Go type given")
	}
	held := g
	if held.Kind() == reflect.Pointer {
		held = held.Elem()
	} else if isSQLNull(held) {
		held = held.Field(0).Type
	}
	switch held {
	case timeType:
		return DateTime{Precision: 6, Zone: true}, nil
	case decimalType:
		return Numeric{}, nil
	case reflect.TypeFor[json.RawMessage]():
		return JSON{Binary: true}, nil
	case durationType:
		return nil, choose(g, "sqltype.Time for a time of day, or sqltype.Integer{Bits: 64} for nanoseconds")
	}
	if isByteArray(held) && held.Len() == 16 {
		return UUID{}, nil
	}
	if valuer, scanner := methodsOf(held); valuer || scanner {
		return nil, choose(g, "the SQL type that its Value and Scan methods are made for")
	}
	return defaultOfKind(g, held)
}

func defaultOfKind(g, held reflect.Type) (Type, error) {
	switch held.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint32:
		return Integer{Bits: 64}, nil
	case reflect.Int32, reflect.Uint16:
		return Integer{Bits: 32}, nil
	case reflect.Int16, reflect.Int8, reflect.Uint8:
		return Integer{Bits: 16}, nil
	case reflect.Uint64:
		return nil, choose(g, "sqltype.Integer{Bits: 64} up to 9223372036854775807, sqltype.Integer{Bits: 64, Unsigned: true} or sqltype.Numeric{Precision: 20}")
	case reflect.Float64:
		return Float{Bits: 64}, nil
	case reflect.Float32:
		return Float{Bits: 32}, nil
	case reflect.Bool:
		return Boolean{}, nil
	case reflect.String:
		return String{}, nil
	case reflect.Slice, reflect.Array:
		if held.Elem().Kind() == reflect.Uint8 {
			return LargeBinary{}, nil
		}
		return nil, choose(g, "sqltype.JSON for a document, or sqltype.Array where the database has arrays")
	case reflect.Struct, reflect.Map, reflect.Interface:
		return nil, choose(g, "sqltype.JSON for a document, or map its fields to columns")
	}
	return nil, fmt.Errorf("sqltype: the Go type %s has no SQL type", g)
}

func choose(g reflect.Type, between string) error {
	return fmt.Errorf("sqltype: the Go type %s does not say its SQL type; name %s", g, between)
}
