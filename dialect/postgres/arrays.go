package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// arrayCast names the array that carries a column's values. It has no length or
// precision: a cast would cut and round where an assignment refuses. Arrays of
// arrays are taken apart to the last element by unnest.
func arrayCast(t sqltype.Type) (string, error) {
	switch s := t.(type) {
	case sqltype.String:
		return "TEXT[]", nil
	case sqltype.Numeric:
		return "NUMERIC[]", nil
	case sqltype.Time:
		return "TIME[]", nil
	case sqltype.DateTime:
		if s.Zone {
			return "TIMESTAMP WITH TIME ZONE[]", nil
		}
		return "TIMESTAMP[]", nil
	case sqltype.Array:
		return "", &compile.UnsupportedError{Construct: "arrays of arrays of different lengths", Dialect: name, Instead: "insert rows of values"}
	}
	elem, err := castName(t)
	return elem + "[]", err
}

// carried reports whether an array carries values of a column of type t.
func carried(t sqltype.Type) bool {
	_, err := arrayCast(t)
	return err == nil
}

// matched leaves out CHAR, which compared with the text out of an array is text
// itself, for which its index is none, and numbers that are not exact.
func matched(t sqltype.Type) bool {
	switch t := t.(type) {
	case sqltype.Integer, sqltype.Text, sqltype.UUID, sqltype.Boolean, sqltype.Date, sqltype.DateTime:
		return true
	case sqltype.String:
		return !t.Fixed
	}
	return false
}
