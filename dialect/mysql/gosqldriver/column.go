package gosqldriver

import (
	sqldriver "database/sql/driver"
)

// columnKind says what the values of a column are.
type columnKind uint8

const (
	kindOther columnKind = iota
	kindInteger
	kindFloat
	kindDecimal
	kindText
	kindBinary
	kindDate
	kindDateTime
	kindTime
	kindBits
)

// column is how the values of a column are read.
type column struct {
	kind columnKind
	wire wireForm
	// digits are those of a fraction of a second that the column shows.
	digits int
}

// columnOf knows the names that the Go driver gives to the protocol's types.
func columnOf(typeName string) column {
	switch typeName {
	case "BIGINT":
		return column{kind: kindInteger, wire: wireInt64}
	case "INT", "MEDIUMINT":
		return column{kind: kindInteger, wire: wireInt32}
	case "SMALLINT", "YEAR":
		return column{kind: kindInteger, wire: wireInt16}
	case "TINYINT":
		return column{kind: kindInteger, wire: wireInt8}
	case "UNSIGNED BIGINT":
		return column{kind: kindInteger, wire: wireUint64}
	case "UNSIGNED INT", "UNSIGNED MEDIUMINT":
		return column{kind: kindInteger, wire: wireUint32}
	case "UNSIGNED SMALLINT":
		return column{kind: kindInteger, wire: wireUint16}
	case "UNSIGNED TINYINT":
		return column{kind: kindInteger, wire: wireUint8}
	case "FLOAT":
		return column{kind: kindFloat, wire: wireFloat32}
	case "DOUBLE":
		return column{kind: kindFloat, wire: wireFloat64}
	case "DECIMAL":
		return column{kind: kindDecimal, wire: wireBytes}
	case "CHAR", "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON":
		return column{kind: kindText, wire: wireBytes}
	case "BINARY", "VARBINARY", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB":
		return column{kind: kindBinary, wire: wireBytes}
	case "DATE":
		return column{kind: kindDate, wire: wireMoment}
	case "DATETIME", "TIMESTAMP":
		return column{kind: kindDateTime, wire: wireMoment}
	case "TIME":
		return column{kind: kindTime, wire: wireSpan}
	case "BIT":
		return column{kind: kindBits, wire: wireBytes}
	case "GEOMETRY", "VECTOR":
		return column{wire: wireBytes}
	case "NULL":
		return column{wire: wireNothing}
	}
	return column{}
}

// columnAt describes the i-th column of a result.
func columnAt(src nativeRows, i int) column {
	col := columnOf(src.ColumnTypeDatabaseTypeName(i))
	if col.kind != kindDateTime && col.kind != kindTime {
		return col
	}
	digits, _, _ := src.ColumnTypePrecisionScale(i)
	switch {
	case digits >= 0 && digits <= 6:
		col.digits = int(digits)
	case digits != 31: // which says that there is no fraction
		col.wire = wireUnknown // the Go driver says what is wrong
	}
	return col
}

// form says what a value holds.
type form uint8

const (
	formNull    form = iota
	formInteger      // number is an int64
	formHuge         // number is a uint64 above the greatest int64
	formFloat        // number is a float64
	formBytes        // bytes, or a text: also a date or a time that came as text
	formMoment       // bytes are a date, or a date and time, in the form of the wire
	formSpan         // bytes are a TIME, in the form of the wire
)

// value is a value of the row, whichever way it came: from the wire, or through
// the Go driver.
type value struct {
	form   form
	number uint64
	bytes  []byte
}

// rowMemory has room for a row of a statement, and is used for each of them.
type rowMemory struct {
	columns []column
	values  []value
	given   []sqldriver.Value // by the Go driver
}

func (m *rowMemory) resize(n int) {
	if cap(m.values) < n {
		m.columns, m.values, m.given = make([]column, n), make([]value, n), make([]sqldriver.Value, n)
	}
	m.columns, m.values, m.given = m.columns[:n], m.values[:n], m.given[:n]
}

// forget lets go of the row.
func (m *rowMemory) forget() {
	clear(m.values)
	clear(m.given)
}
