package sqltype

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// check returns what is wrong with the numbers of t. It comes before the cache
// of codecs, whose key is the type's string, which not every wrong number shows.
func check(t Type) error {
	switch t := t.(type) {
	case nil:
		return errors.New("sqltype: no SQL type given")
	case Integer:
		return checkOne(t, "Bits is 8, 16, 24, 32 or 64", slices.Contains([]int{8, 16, 24, 32, 64}, t.Bits))
	case Float:
		return checkOne(t, "Bits is 32 or 64", t.Bits == 32 || t.Bits == 64)
	case Numeric:
		return checkOne(t, "Scale is 0 to Precision", t.Scale >= 0 && t.Scale <= t.Precision)
	case String:
		return checkOne(t, "Length is not negative", t.Length >= 0)
	case LargeBinary:
		return checkOne(t, "Length is not negative, and given where Fixed is", t.Length > 0 || t.Length == 0 && !t.Fixed)
	case Time:
		return checkOne(t, "Precision is 0 to 6", t.Precision >= 0 && t.Precision <= 6)
	case Interval:
		return checkOne(t, "Precision is 0 to 6", t.Precision >= 0 && t.Precision <= 6)
	case DateTime:
		return checkOne(t, "Precision is 0 to 6", t.Precision >= 0 && t.Precision <= 6)
	case Enum:
		return checkEnum(t)
	case Array:
		return check(t.Elem)
	case checker:
		return t.check()
	}
	return nil
}

func checkEnum(t Enum) error {
	switch {
	case t.Labels == nil || len(t.Labels.list) == 0:
		return checkOne(t, "Labels has at least one label; use NewLabels", false)
	case t.Length > 0 && t.TextType().Length > t.Length:
		return checkOne(t, "Length has room for the longest label", false)
	}
	sorted := t.Labels.All()
	slices.Sort(sorted)
	return checkOne(t, "no two labels are the same, and Length is not negative", t.Length >= 0 && len(slices.Compact(sorted)) == len(t.Labels.list))
}

// checker is a type of this package that says itself what is wrong with it.
type checker interface{ check() error }

// chooser is a type of this package that says itself which Go types it accepts.
type chooser interface{ accepts() string }

func checkOne(t Type, rule string, ok bool) error {
	if ok {
		return nil
	}
	return fmt.Errorf("sqltype: %#v is not a type: %s", t, rule)
}

// refused says that t does not accept g, what it accepts, and what to do.
func refused(t Type, g reflect.Type) error {
	if c, ok := t.(chooser); ok {
		return fmt.Errorf("sqltype: %s does not accept the Go type %s; it accepts %s, pointers to it and sql.Null of it", t, g, c.accepts())
	}
	if family(t) == (Null{}) {
		return fmt.Errorf("sqltype: the Go type %s has no SQL type here; name one, such as sqltype.Text{}", g)
	}
	return fmt.Errorf("sqltype: %s does not accept the Go type %s; it accepts %s, pointers to them, sql.Null of them, and types with Value and Scan methods%s",
		t, g, accepted(family(t)), hint(family(t), g))
}

func accepted(t Type) string {
	switch t := t.(type) {
	case Integer:
		return "the integer types"
	case Numeric:
		if t.Scale > 0 {
			return "sqltype.Decimal and types whose text form is a decimal number (MarshalText, UnmarshalText)"
		}
		return "sqltype.Decimal, the integer types and types whose text form is a decimal number (MarshalText, UnmarshalText)"
	case Float:
		return "float64 and float32"
	case Boolean:
		return "bool"
	case String, Text, Enum:
		return "the string types and types with MarshalText and UnmarshalText"
	case LargeBinary:
		return "[]byte and arrays of bytes that fit"
	case Date, DateTime:
		return "time.Time"
	case Time:
		return "time.Duration, counted from midnight"
	case Interval:
		return "time.Duration"
	case UUID:
		return "the types over [16]byte, such as uuid.UUID, and the string types"
	case JSON:
		return "what encoding/json does"
	case Array:
		return "slices and arrays whose elements " + t.Elem.String() + " accepts"
	}
	return "no Go type"
}

// hint is the way out of the mistakes that are made most.
func hint(t Type, g reflect.Type) string {
	if valuer, scanner := methodsOf(g); valuer != scanner {
		return "; " + g.String() + " has only one of Value and Scan, and needs both"
	}
	switch t.(type) {
	case Numeric:
		if k := g.Kind(); k == reflect.Float32 || k == reflect.Float64 {
			return "; a float is not exact: use sqltype.Decimal, or a Float column"
		}
	case String, Text:
		if isByteSlice(g) {
			return "; bytes may not be text: use string, or a LargeBinary column"
		}
	case LargeBinary:
		if g.Kind() == reflect.String {
			return "; use []byte, or a Text column"
		}
	}
	switch g.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		if g != timeType && g != decimalType {
			return "; to keep it as a document use a JSON column"
		}
	}
	return ""
}
