package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// manyByKey has no join with sent rows for MySQL, which types the columns of a
// derived table when the statement is prepared and no value is known; MariaDB
// does at each execution. Text is compared with the collation of its column only
// where the other side is no column.
func (s server) manyByKey() compile.ManyByKey {
	m := compile.ManyByKey{Lists: listed}
	if s.maria() {
		m.Sent, m.Matches, m.Typed = sent, isInteger, s.typed
	}
	return m
}

func isInteger(t sqltype.Type) bool {
	_, ok := t.(sqltype.Integer)
	return ok
}

func listed(t sqltype.Type) bool {
	switch t.(type) {
	case sqltype.Integer, sqltype.String, sqltype.UUID:
		return true
	}
	return false
}

func sent(t sqltype.Type) bool {
	switch t.(type) {
	case sqltype.Integer, sqltype.Float, sqltype.Boolean, sqltype.Numeric, sqltype.String, sqltype.Text, sqltype.LargeBinary,
		sqltype.Date, sqltype.Time, sqltype.DateTime, sqltype.UUID, sqltype.JSON, sqltype.Enum:
		return true
	}
	return false
}

// typed makes text of what is sent as such, and bytes: the server takes a column
// of parameters for a CHAR, which drops the blanks behind its values, in the
// character set of the connection.
func (s server) typed(t sqltype.Type) (before, after string) {
	switch t.(type) {
	case sqltype.Integer, sqltype.Float, sqltype.Boolean, sqltype.Numeric:
		return "", ""
	case sqltype.LargeBinary:
		return "CAST(", " AS BINARY)"
	case sqltype.UUID:
		if s.binaryUUIDs {
			return "CAST(", " AS BINARY)"
		}
	}
	return "CONCAT(", ")"
}
