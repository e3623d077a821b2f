package oracle

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How long values within a row may be without extended types, and numbers
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Data-Types.html).
const (
	maxText   = 4000
	maxFixed  = 2000
	maxDigits = 38
)

// json is the first version with a type for JSON
// (https://docs.oracle.com/en/database/oracle/oracle-database/21/adjsn/json-in-oracle-database.html).
var json = dialect.Version{21, 0, 0}

func (s server) typeName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Integer:
		return "NUMBER(" + strconv.Itoa(digits(t)) + ")", nil
	case sqltype.Numeric:
		return numeric(t)
	case sqltype.Float:
		if t.Bits == 32 {
			return "BINARY_FLOAT", nil
		}
		return "BINARY_DOUBLE", nil
	case sqltype.Boolean:
		if s.booleans() {
			return "BOOLEAN", nil
		}
		return "NUMBER(1)", nil
	case sqltype.String:
		return varchar(t)
	case sqltype.Text:
		return withCollation("CLOB", t.Collation)
	case sqltype.JSON:
		if s.Version.AtLeast(json[:]...) {
			return "JSON", nil
		}
		return "CLOB", nil
	case sqltype.LargeBinary:
		if t.Length == 0 || t.Length > maxRaw {
			return "BLOB", nil
		}
		return "RAW(" + strconv.Itoa(t.Length) + ")", nil
	case sqltype.Time:
		return "", unsupported("the type "+t.String(), "use DateTime, or a number of seconds")
	case sqltype.UUID:
		return "RAW(16)", nil
	case sqltype.Enum:
		return varchar(t.TextType())
	case sqltype.Array:
		return "", unsupported("the type "+t.String(), "use JSON or a table of its own")
	}
	return compile.TypeNames(t, name)
}

// castName names the types that CAST takes, which has no large objects and
// takes no collation
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CAST.html).
func (s server) castName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.String:
		t.Collation = ""
		return s.typeName(t)
	case sqltype.Text, sqltype.JSON:
		return "", unsupported("a cast to "+t.String(), "cast to String with a length")
	}
	return s.typeName(t)
}

// digits is how many a NUMBER needs for all values of the type.
func digits(t sqltype.Integer) int {
	switch {
	case t.Bits == 8:
		return 3
	case t.Bits == 16:
		return 5
	case t.Bits == 24 && !t.Unsigned:
		return 7
	case t.Bits == 24:
		return 8
	case t.Bits == 32:
		return 10
	case t.Unsigned:
		return 20
	}
	return 19
}

func numeric(t sqltype.Numeric) (string, error) {
	switch {
	case t.Precision == 0:
		return "NUMBER", nil
	case t.Precision > maxDigits:
		return "", unsupported("a NUMERIC of "+strconv.Itoa(t.Precision)+" digits", "use 38 at most")
	}
	return "NUMBER(" + strconv.Itoa(t.Precision) + ", " + strconv.Itoa(t.Scale) + ")", nil
}

func varchar(t sqltype.String) (string, error) {
	word, limit := "VARCHAR2", maxText
	if t.Fixed {
		word, limit = "CHAR", maxFixed
	}
	switch {
	case t.Length == 0:
		return "", unsupported("a "+word+" without length", "give the String a length, or use LongString")
	case t.Length > limit:
		return "", unsupported("a "+word+" of "+strconv.Itoa(t.Length)+" characters", "use LongString")
	}
	return withCollation(word+"("+strconv.Itoa(t.Length)+" CHAR)", t.Collation)
}

func withCollation(text, collation string) (string, error) {
	if collation == "" {
		return text, nil
	}
	return "", unsupported("a collation named "+strconv.Quote(collation)+" of a column", "set NLS_SORT and NLS_COMP for the session")
}

// unlimited reports whether the type can't be part of a key or an index.
func unlimited(t sqltype.Type) bool {
	switch t := sqltype.Values(t).(type) {
	case sqltype.Text, sqltype.JSON:
		return true
	case sqltype.LargeBinary:
		return t.Length == 0 || t.Length > maxRaw
	}
	return false
}
