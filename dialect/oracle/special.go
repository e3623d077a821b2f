package oracle

import (
	encoding "encoding/json"
	"strconv"

	"github.com/alkahest-go/alkahest/sqltype"
)

// The types that Oracle has and standard SQL lacks
// (https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Data-Types.html).
// CLOB is sqltype.Text, BLOB sqltype.LargeBinary, BINARY_FLOAT and BINARY_DOUBLE
// sqltype.Float, TIMESTAMP WITH TIME ZONE sqltype.DateTime.

// NUMBER is an exact number with so many digits in all and after the point.
func NUMBER(precision, scale int) sqltype.Type {
	return sqltype.Exactly("NUMBER", sqltype.Numeric{Precision: precision, Scale: scale}, precision, scale).On(name)
}

// VARCHAR2 is text of at most length bytes in the database's character set.
func VARCHAR2(length int) sqltype.Type {
	return sqltype.Exactly("VARCHAR2", sqltype.String{Length: length}, length).On(name)
}

// NVARCHAR2 is text of at most length characters in the national character set.
func NVARCHAR2(length int) sqltype.Type {
	return sqltype.Exactly("NVARCHAR2", sqltype.String{Length: length}, length).On(name)
}

// NCLOB is text of any length in the national character set.
func NCLOB() sqltype.Type { return sqltype.Exactly("NCLOB", sqltype.Text{}).On(name) }

// RAW is at most length bytes.
func RAW(length int) sqltype.Type {
	return sqltype.Exactly("RAW", sqltype.LargeBinary{Length: length}, length).On(name)
}

// LONG is text of any length, of old tables.
func LONG() sqltype.Type { return sqltype.Exactly("LONG", sqltype.Text{}).On(name) }

// ROWID is the address of a row, as text.
func ROWID() sqltype.Type { return sqltype.Exactly("ROWID", sqltype.String{Length: 18}).On(name) }

// FLOAT is a decimal number of so many binary digits of precision (1 to 126).
func FLOAT(binary int) sqltype.Type {
	return sqltype.Exactly("FLOAT", sqltype.Float{Bits: 64}, binary).On(name)
}

// TIMESTAMPLTZ is a moment that is stored in the database's time zone.
func TIMESTAMPLTZ(precision int) sqltype.Type {
	return sqltype.Exactly("TIMESTAMP() WITH LOCAL TIME ZONE", sqltype.DateTime{Precision: precision, Zone: true}, precision).On(name)
}

// DATE is a day with a time to the second.
func DATE() sqltype.Type { return sqltype.Exactly("DATE", sqltype.DateTime{}).On(name) }

// INTERVALYM is a number of years and months, as text ("+01-02").
func INTERVALYM(digits int) sqltype.Type {
	return sqltype.Exactly("INTERVAL YEAR() TO MONTH", sqltype.Written("years and months", nil), digits).On(name)
}

// INTERVALDS is a length of time, as text ("+000000001 02:03:04.000000"). A
// sqltype.Interval is a number of microseconds here.
func INTERVALDS() sqltype.Type {
	return sqltype.Exactly("INTERVAL DAY(9) TO SECOND(6)", sqltype.Written("days and seconds", nil)).On(name)
}

// VECTOR is a list of so many numbers, []float32 or []float64 (23ai).
func VECTOR(dimensions int) sqltype.Type {
	return sqltype.Exactly("VECTOR", sqltype.Written("a vector of "+strconv.Itoa(dimensions), nil, vectorOf[float32](), vectorOf[float64]()), dimensions).On(name)
}

// vectorOf moves numbers in the form that TO_VECTOR reads, which is JSON's.
func vectorOf[T float32 | float64]() sqltype.Pair {
	return sqltype.Through(func(v []T) (string, error) {
		text, err := encoding.Marshal(v)
		return string(text), err
	}, func(s string) (v []T, err error) {
		err = encoding.Unmarshal([]byte(s), &v)
		return v, err
	})
}
