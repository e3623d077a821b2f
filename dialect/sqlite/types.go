package sqlite

import (
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// typeName names types so that the affinity that SQLite derives from the name
// leaves stored values as they are
// (https://www.sqlite.org/datatype3.html#determination_of_column_affinity).
// DATE, TIME, DATETIME and TIMESTAMP have the affinity NUMERIC, which turns
// text that looks like a number into one; dates and times never do. JSON alone
// would have it too, and the document 1.50 would become another.
func typeName(t sqltype.Type) (string, error) {
	if s, ok := t.(sqltype.String); ok {
		return varchar(s) + collate(s.Collation), nil
	}
	if s, ok := t.(sqltype.Text); ok {
		return "TEXT" + collate(s.Collation), nil
	}
	return castName(t)
}

// castName is typeName without a collation, which CAST does not take.
func castName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Integer:
		return t.String(), nil
	case sqltype.String:
		return varchar(t), nil
	case sqltype.Text:
		return "TEXT", nil
	case sqltype.LargeBinary:
		return "BLOB", nil
	case sqltype.Date:
		return "DATE", nil
	case sqltype.Time:
		return "TIME", nil
	case sqltype.DateTime:
		if t.Zone {
			return "TIMESTAMP", nil
		}
		return "DATETIME", nil
	case sqltype.UUID:
		return "CHAR(36)", nil
	case sqltype.JSON:
		return "JSON TEXT", nil
	case sqltype.Enum:
		return varchar(t.TextType()), nil
	case sqltype.Array:
		return "", &compile.UnsupportedError{Construct: "the type " + t.String(), Dialect: name, Instead: "use JSON or a table of its own"}
	}
	return compile.TypeNames(t, name)
}

func varchar(t sqltype.String) string {
	t.Collation = ""
	return t.String()
}

func collate(collation string) string {
	if collation == "" {
		return ""
	}
	quoted, err := identifiers.Append(nil, collation)
	if err != nil {
		return ""
	}
	return " COLLATE " + string(quoted)
}

// strictName names types in a STRICT table, which has five and ANY. ANY keeps
// numbers as they are bound.
func strictName(t sqltype.Type) (string, error) {
	if _, err := typeName(t); err != nil {
		return "", err
	}
	switch t := t.(type) {
	case sqltype.Named:
		switch strings.ToUpper(t.Name()) {
		case "INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY":
			return t.Name(), nil
		}
		return strictName(sqltype.Values(t))
	case sqltype.Integer, sqltype.Boolean:
		return "INTEGER", nil
	case sqltype.Float:
		return "REAL", nil
	case sqltype.Numeric:
		return "ANY", nil
	case sqltype.LargeBinary:
		return "BLOB", nil
	case sqltype.String:
		return "TEXT" + collate(t.Collation), nil
	case sqltype.Text:
		return "TEXT" + collate(t.Collation), nil
	case sqltype.Date, sqltype.Time, sqltype.DateTime, sqltype.UUID, sqltype.JSON, sqltype.Enum:
		return "TEXT", nil
	}
	if t.Kind() == sqltype.KindText {
		return "TEXT", nil
	}
	return typeName(t)
}
