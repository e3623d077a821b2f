// Package sqltype holds the SQL types, the values that travel to and from a
// database, and the codecs between Go values and those values.
//
// It knows no dialect: how a type is spelled and how a value is written on the
// wire is said by the dialect and by the driver's glue.
//
// A codec refuses what a column cannot hold before it is sent, and what a Go
// variable cannot hold when it is read; it rounds to the precision of the
// column and never coerces. CodecFor gives the pairs there are, and docs/types.md
// lists them.
package sqltype

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Type is an SQL type. The types of this package are plain comparable structs;
// a dialect adds its own by implementing Type and naming itself in TypeName.
type Type interface {
	// Kind is the family of values that a column of the type holds. It
	// decides how values are bound and read.
	Kind() Kind
	// String is the type in the words of standard SQL, for messages and keys:
	// two types are the same if and only if their strings are.
	String() string
}

// Integer is a whole number of Bits bits (8, 16, 24, 32 or 64). A database that
// lacks the size has the next larger one, and the values are checked all the
// same.
type Integer struct {
	Bits     int
	Unsigned bool
}

// Numeric is an exact decimal number. Precision 0 leaves both to the database.
type Numeric struct{ Precision, Scale int }

// Float is an approximate number of Bits bits (32 or 64).
type Float struct{ Bits int }

// Boolean is true or false.
type Boolean struct{}

// String is text of at most Length characters. Length 0 is no limit where the
// database allows that in a VARCHAR.
type String struct {
	Length    int
	Fixed     bool   // CHAR instead of VARCHAR
	Collation string // "" is the database's own
}

// Text is text of any length.
type Text struct{ Collation string }

// LargeBinary is a string of bytes of any length, or of at most Length where
// that is not 0.
type LargeBinary struct {
	Length int
	Fixed  bool // exactly Length bytes (BINARY instead of VARBINARY)
}

// Date is a day.
type Date struct{}

// Time is a time of day with Precision fractional digits (0 to 6).
type Time struct{ Precision int }

// DateTime is a moment with Precision fractional digits (0 to 6). With Zone it
// is an instant, kept and returned in UTC; without, it is what a clock on the
// wall showed, and a time.Time that is not in UTC is refused.
type DateTime struct {
	Precision int
	Zone      bool
}

// Interval is a length of time with Precision fractional digits of a second (0
// to 6), from about -292 to 292 years. Where a database has no such type, it is a
// whole number of microseconds. Months, whose length varies, are no part of it.
type Interval struct{ Precision int }

// UUID is a universally unique identifier of 16 bytes.
type UUID struct{}

// JSON is a JSON document. Binary asks for the parsed form where the database
// has two (JSONB on PostgreSQL).
type JSON struct{ Binary bool }

// Enum is one of Labels. Name is the name of the type where the database has
// enumerations as types of their own, and of the check constraint elsewhere.
// What is sent and read is held to the labels by the program too, whatever the
// other fields say.
type Enum struct {
	Name   string
	Labels *Labels
	// AsText keeps the labels as text, with a CHECK, on every database.
	AsText bool
	// Unchecked leaves out the CHECK that limits text to the labels, so that
	// labels are added without a change of the table.
	Unchecked bool
	// Length is how many characters the text has room for; 0 for those of the
	// longest label.
	Length int
	// Schema is where the type is created where enumerations are types; "" is
	// the schema of the column's table.
	Schema string
}

// TextType returns the text that holds the labels where no type does.
func (t Enum) TextType() String {
	n := max(t.Length, 1)
	for _, l := range t.Labels.All() {
		n = max(n, utf8.RuneCountInString(l))
	}
	return String{Length: n}
}

// Labels is the ordered list of an Enum's labels. It is shared by pointer, so
// that Enum stays comparable, and must not be changed after it was made.
type Labels struct{ list []string }

// NewLabels returns the labels in their order.
func NewLabels(labels ...string) *Labels { return &Labels{list: append([]string(nil), labels...)} }

// All returns a copy of the labels in their order.
func (l *Labels) All() []string {
	if l == nil {
		return nil
	}
	return append([]string(nil), l.list...)
}

// Has reports whether s is one of the labels.
func (l *Labels) Has(s string) bool {
	if l == nil {
		return false
	}
	return slices.Contains(l.list, s)
}

// find returns the label that text spells, without copying the text.
func (l *Labels) find(text []byte) (string, bool) {
	for _, label := range l.list {
		if label == string(text) {
			return label, true
		}
	}
	return "", false
}

// Array is an ordered list of Elem, for databases that have arrays.
type Array struct{ Elem Type }

// Null is the type of a bare NULL and of expressions whose type is not known.
type Null struct{}

// Kind implements Type.
func (t Integer) Kind() Kind {
	if t.Unsigned {
		return KindUint64
	}
	return KindInt64
}

// Kind implements Type.
func (Numeric) Kind() Kind { return KindDecimal }

// Kind implements Type.
func (Float) Kind() Kind { return KindFloat64 }

// Kind implements Type.
func (Boolean) Kind() Kind { return KindBool }

// Kind implements Type.
func (String) Kind() Kind { return KindText }

// Kind implements Type.
func (Text) Kind() Kind { return KindText }

// Kind implements Type.
func (LargeBinary) Kind() Kind { return KindBytes }

// Kind implements Type.
func (Date) Kind() Kind { return KindDate }

// Kind implements Type.
func (Time) Kind() Kind { return KindTimeOfDay }

// Kind implements Type.
func (t DateTime) Kind() Kind {
	if t.Zone {
		return KindInstant
	}
	return KindDateTime
}

// Kind implements Type.
func (Interval) Kind() Kind { return KindInterval }

// Kind implements Type.
func (UUID) Kind() Kind { return KindUUID }

// Kind implements Type.
func (JSON) Kind() Kind { return KindJSON }

// Kind implements Type.
func (Enum) Kind() Kind { return KindText }

// Kind implements Type.
func (Array) Kind() Kind { return KindArray }

// Kind implements Type.
func (Null) Kind() Kind { return KindNull }

// String implements Type.
func (t Integer) String() string {
	name := "BIGINT"
	switch t.Bits {
	case 8:
		name = "TINYINT"
	case 24:
		name = "MEDIUMINT"
	case 16:
		name = "SMALLINT"
	case 32:
		name = "INTEGER"
	}
	if t.Unsigned {
		name += " UNSIGNED"
	}
	return name
}

// Wider returns the smallest integer type of these sizes, in ascending order,
// that holds the values of t; t itself where none does.
func (t Integer) Wider(bits ...int) Integer {
	for _, b := range bits {
		if b >= t.Bits {
			t.Bits = b
			break
		}
	}
	return t
}

// Signed returns the smallest signed type of 16, 32 or 64 bits that holds the
// values of t, and false for those that none does.
func (t Integer) Signed() (Integer, bool) {
	if t.Unsigned {
		t.Bits++
	}
	s := Integer{Bits: t.Bits}.Wider(16, 32, 64)
	return s, s.Bits <= 64
}

// String implements Type.
func (t Numeric) String() string {
	if t.Precision == 0 {
		return "NUMERIC"
	}
	return fmt.Sprintf("NUMERIC(%d, %d)", t.Precision, t.Scale)
}

// String implements Type.
func (t Float) String() string {
	if t.Bits == 32 {
		return "REAL"
	}
	return "DOUBLE PRECISION"
}

// String implements Type.
func (Boolean) String() string { return "BOOLEAN" }

// String implements Type.
func (t String) String() string {
	name := "VARCHAR"
	if t.Fixed {
		name = "CHAR"
	}
	if t.Length > 0 {
		name += fmt.Sprintf("(%d)", t.Length)
	}
	return name + collation(t.Collation)
}

// String implements Type.
func (t Text) String() string { return "TEXT" + collation(t.Collation) }

func collation(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" COLLATE %q", name)
}

// String implements Type.
func (t LargeBinary) String() string {
	if t.Length > 0 {
		if t.Fixed {
			return fmt.Sprintf("BINARY(%d)", t.Length)
		}
		return fmt.Sprintf("VARBINARY(%d)", t.Length)
	}
	return "BLOB"
}

// String implements Type.
func (Date) String() string { return "DATE" }

// String implements Type.
func (t Time) String() string { return fmt.Sprintf("TIME(%d)", t.Precision) }

// String implements Type.
func (t DateTime) String() string {
	if t.Zone {
		return fmt.Sprintf("TIMESTAMP(%d) WITH TIME ZONE", t.Precision)
	}
	return fmt.Sprintf("TIMESTAMP(%d)", t.Precision)
}

// String implements Type.
func (t Interval) String() string { return fmt.Sprintf("INTERVAL(%d)", t.Precision) }

// String implements Type.
func (UUID) String() string { return "UUID" }

// String implements Type.
func (t JSON) String() string {
	if t.Binary {
		return "JSONB"
	}
	return "JSON"
}

// String implements Type.
func (t Enum) String() string {
	quoted := make([]string, 0, 8)
	for _, label := range t.Labels.All() {
		quoted = append(quoted, strconv.Quote(label))
	}
	text := fmt.Sprintf("ENUM %q (%s)", t.Name, strings.Join(quoted, ", "))
	if t.Schema != "" {
		text += fmt.Sprintf(" IN %q", t.Schema)
	}
	if t.AsText {
		text += " AS TEXT"
	}
	if t.Unchecked {
		text += " UNCHECKED"
	}
	if t.Length > 0 {
		text += fmt.Sprintf(" LENGTH %d", t.Length)
	}
	return text
}

// String implements Type.
func (t Array) String() string { return t.Elem.String() + "[]" }

// String implements Type.
func (Null) String() string { return "NULL" }
