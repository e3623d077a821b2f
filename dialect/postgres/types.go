package postgres

import (
	"errors"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

var errFixed = errors.New("postgres: CHAR without a length is one character; say how long it is, or use LongString")

func typeName(t sqltype.Type) (string, error) {
	switch s := t.(type) {
	case sqltype.String:
		return withCollation(s, s.Collation)
	case sqltype.Text:
		return withCollation(s, s.Collation)
	}
	return castName(t)
}

func withCollation(t sqltype.Type, collation string) (string, error) {
	text, err := castName(t)
	if err != nil || collation == "" {
		return text, err
	}
	quoted, err := identifiers.Append(nil, collation)
	return text + " COLLATE " + string(quoted), err
}

// castName names a type without its collation, which CAST does not take.
func castName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Integer:
		return integer(t), nil
	case sqltype.String:
		if t.Fixed && t.Length == 0 {
			return "", errFixed
		}
		t.Collation = ""
		return t.String(), nil
	case sqltype.Text:
		return "TEXT", nil
	case sqltype.LargeBinary:
		return "BYTEA", nil
	case sqltype.JSON:
		return t.String(), nil
	case sqltype.Enum:
		if t.AsText {
			return castName(t.TextType())
		}
		return enumName(t)
	case sqltype.Array:
		elem, err := castName(t.Elem)
		return elem + "[]", err
	}
	return compile.TypeNames(t, name)
}

func enumName(t sqltype.Enum) (string, error) {
	quoted, err := identifiers.Append(nil, t.Name)
	if t.Schema == "" || err != nil {
		return string(quoted), err
	}
	where, err := identifiers.Append(nil, t.Schema)
	return string(where) + "." + string(quoted), err
}

// integer names the narrowest type that holds the values.
func integer(t sqltype.Integer) string {
	if s, ok := t.Signed(); ok {
		return s.String()
	}
	return "NUMERIC(20)"
}
