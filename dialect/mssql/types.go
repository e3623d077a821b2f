package mssql

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How long values within a row may be, and numbers
// (https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql).
const (
	maxText   = 4000
	maxBytes  = 8000
	maxDigits = 38
)

func typeName(t sqltype.Type) (string, error) {
	switch s := t.(type) {
	case sqltype.String:
		return withCollation(t, s.Collation)
	case sqltype.Text:
		return withCollation(t, s.Collation)
	}
	return castName(t)
}

// withCollation adds a collation, whose name takes no quotes
// (https://learn.microsoft.com/sql/t-sql/statements/collations).
func withCollation(t sqltype.Type, collation string) (string, error) {
	text, err := castName(t)
	if err != nil || collation == "" {
		return text, err
	}
	for i := range len(collation) {
		b := collation[i]
		if b != '_' && (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') {
			return "", unsupported("a collation named "+strconv.Quote(collation), "a collation's name is letters, digits and _")
		}
	}
	return text + " COLLATE " + collation, nil
}

// castName names a type without its collation, which CAST does not take.
func castName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Integer:
		return integer(t), nil
	case sqltype.Numeric:
		return numeric(t)
	case sqltype.Float:
		if t.Bits == 32 {
			return "REAL", nil
		}
		return "FLOAT(53)", nil
	case sqltype.Boolean:
		return "BIT", nil
	case sqltype.String:
		return varchar(t)
	case sqltype.Text, sqltype.JSON:
		return "NVARCHAR(MAX)", nil
	case sqltype.LargeBinary:
		if t.Length == 0 || t.Length > maxBytes {
			return "VARBINARY(MAX)", nil
		}
		return t.String(), nil
	case sqltype.Time:
		return "TIME(" + strconv.Itoa(t.Precision) + ")", nil
	case sqltype.DateTime:
		if t.Zone {
			return "DATETIMEOFFSET(" + strconv.Itoa(t.Precision) + ")", nil
		}
		return "DATETIME2(" + strconv.Itoa(t.Precision) + ")", nil
	case sqltype.UUID:
		return "UNIQUEIDENTIFIER", nil
	case sqltype.Enum:
		return enum(t)
	case sqltype.Array:
		return "", unsupported("the type "+t.String(), "use JSON or a table of its own")
	}
	return compile.TypeNames(t, name)
}

// integer names the narrowest type that holds the values.
func integer(t sqltype.Integer) string {
	if t.Unsigned && t.Bits == 8 {
		return "TINYINT"
	}
	if s, ok := t.Signed(); ok {
		return s.String()
	}
	return "NUMERIC(20)"
}

func numeric(t sqltype.Numeric) (string, error) {
	switch {
	case t.Precision == 0:
		// It would be NUMERIC(18, 0), which cuts off fractions.
		return "", unsupported("a NUMERIC without precision", "say how many digits it has")
	case t.Precision > maxDigits:
		return "", unsupported("a NUMERIC of "+strconv.Itoa(t.Precision)+" digits", "use 38 at most")
	}
	return t.String(), nil
}

func varchar(t sqltype.String) (string, error) {
	word := "NVARCHAR"
	if t.Fixed {
		word = "NCHAR"
	}
	switch {
	case t.Length == 0 && !t.Fixed:
		return "NVARCHAR(MAX)", nil
	case t.Length == 0:
		return "", unsupported("a CHAR without a length", "say how long it is, or leave Fixed out")
	case t.Length > maxText:
		return "", unsupported("a String of "+strconv.Itoa(t.Length)+" characters", "use LongString")
	}
	return word + "(" + strconv.Itoa(t.Length) + ")", nil
}

// enum names text that is as long as the longest label. The table has a CHECK
// for them.
func enum(t sqltype.Enum) (string, error) {
	s := t.TextType()
	s.Length *= 2
	return varchar(s)
}

// unlimited reports whether the type can't be part of a key or an index.
func unlimited(t sqltype.Type) bool {
	switch t := sqltype.Values(t).(type) {
	case sqltype.Text, sqltype.JSON:
		return true
	case sqltype.String:
		return t.Length == 0
	case sqltype.LargeBinary:
		return t.Length == 0 || t.Length > maxBytes
	}
	return false
}
