package schema

import (
	"github.com/alkahest-go/alkahest/sqltype"
)

func declare(t sqltype.Type, opts []Option) column {
	c := &Column{Type: t}
	c.apply(opts)
	return column{def: c}
}

// BigInteger is a column of 64 bits.
func BigInteger(opts ...Option) Int64 { return IntegerOf[int64](64, opts...) }

// Integer is a column of 32 bits.
func Integer(opts ...Option) Int32 { return IntegerOf[int32](32, opts...) }

// SmallInteger is a column of 16 bits.
func SmallInteger(opts ...Option) Int16 { return IntegerOf[int16](16, opts...) }

// IntegerOf is a column of 16, 32 or 64 bits whose Go type is T, such as int or
// an id type of the program's own.
func IntegerOf[T any](bits int, opts ...Option) Num[T] {
	return Num[T]{column: declare(sqltype.Integer{Bits: bits}, opts)}
}

// Numeric is a column of exact numbers with so many digits in all and after
// the point.
func Numeric(precision, scale int, opts ...Option) Decimal {
	return NumericOf[sqltype.Decimal](precision, scale, opts...)
}

// NumericOf is Numeric with a decimal type of the program's choice.
func NumericOf[T any](precision, scale int, opts ...Option) Num[T] {
	return Num[T]{column: declare(sqltype.Numeric{Precision: precision, Scale: scale}, opts)}
}

// Double is a column of floating-point numbers of 64 bits.
func Double(opts ...Option) Float64 {
	return Num[float64]{column: declare(sqltype.Float{Bits: 64}, opts)}
}

// Real is a column of floating-point numbers of 32 bits.
func Real(opts ...Option) Float32 {
	return Num[float32]{column: declare(sqltype.Float{Bits: 32}, opts)}
}

// Boolean is a column of truth values.
func Boolean(opts ...Option) Bool {
	return Bool{column: declare(sqltype.Boolean{}, opts)}
}

// String is a column of text of at most so many characters. A length of 0 is
// no limit, which not every database allows.
func String(length int, opts ...Option) Text { return StringOf[string](length, opts...) }

// StringOf is String whose Go type is T.
func StringOf[T ~string](length int, opts ...Option) TextOf[T] {
	return TextOf[T]{column: declare(sqltype.String{Length: length}, opts)}
}

// LongString is a column of text of any length (TEXT).
func LongString(opts ...Option) Text {
	return Text{column: declare(sqltype.Text{}, opts)}
}

// LargeBinary is a column of bytes.
func LargeBinary(opts ...Option) Bytes {
	return Bytes{column: declare(sqltype.LargeBinary{}, opts)}
}

// Date is a column of days: year, month and day of a time.Time.
func Date(opts ...Option) Time { return Time{column: declare(sqltype.Date{}, opts)} }

// DateTime is a column of what a clock on the wall shows, to the microsecond.
// A time.Time that is not in UTC is refused.
func DateTime(opts ...Option) Time {
	return Time{column: declare(sqltype.DateTime{Precision: 6}, opts)}
}

// Timestamp is a column of moments, to the microsecond, returned in UTC.
func Timestamp(opts ...Option) Time {
	return Time{column: declare(sqltype.DateTime{Precision: 6, Zone: true}, opts)}
}

// TimeOfDay is a column of times since midnight, to the microsecond.
func TimeOfDay(opts ...Option) Clock {
	return Clock{column: declare(sqltype.Time{Precision: 6}, opts)}
}

// Interval is a column of lengths of time, to the microsecond.
func Interval(opts ...Option) Clock {
	return Clock{column: declare(sqltype.Interval{Precision: 6}, opts)}
}

// Uuid is a column of UUIDs.
func Uuid(opts ...Option) UUID { return UUID{column: declare(sqltype.UUID{}, opts)} }

// JSONOf is a column of JSON documents that encoding/json moves to and from T.
func JSONOf[T any](opts ...Option) JSON[T] {
	return JSON[T]{column: declare(sqltype.JSON{}, opts)}
}

// JSONBOf is JSONOf in the parsed form, where the database has one.
func JSONBOf[T any](opts ...Option) JSON[T] {
	return JSON[T]{column: declare(sqltype.JSON{Binary: true}, opts)}
}

// EnumOf is a column that holds one of the labels. name is the type's name
// where enumerations are types, and the check's elsewhere.
func EnumOf[T ~string](name string, labels []T, opts ...Option) TextOf[T] {
	list := make([]string, len(labels))
	for i, l := range labels {
		list[i] = string(l)
	}
	return Labelled[T](sqltype.Enum{Name: name, Labels: sqltype.NewLabels(list...)}, opts...)
}

// Labelled is EnumOf with all that an enumeration may say: whether it is text
// everywhere, how long, whether it is checked, where its type is.
func Labelled[T ~string](e sqltype.Enum, opts ...Option) TextOf[T] {
	return TextOf[T]{column: declare(e, opts)}
}

// ColumnOf is a column of any SQL type, such as one of a single product, whose
// Go type is T.
func ColumnOf[T any](t sqltype.Type, opts ...Option) Val[T] {
	return Val[T]{column: declare(t, opts)}
}
