package mssql

import (
	"errors"
	"strconv"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// The types that SQL Server has and standard SQL lacks
// (https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql).
// DATETIME2 and DATETIMEOFFSET are sqltype.DateTime, NVARCHAR(MAX) sqltype.Text,
// UNIQUEIDENTIFIER sqltype.UUID, BIT sqltype.Boolean, TINYINT
// sqltype.Integer{Bits: 8, Unsigned: true}.

// DATETIME is a moment on a wall clock in steps of 1/300 s; a value that is not
// a whole number of hundredths of a second is refused, as it would be changed.
func DATETIME() sqltype.Type { return datetime }

// SMALLDATETIME is a moment on a wall clock to the minute; seconds are refused.
func SMALLDATETIME() sqltype.Type { return smalldatetime }

// MONEY is an exact number with four digits after the point.
func MONEY() sqltype.Type {
	return sqltype.Exactly("MONEY", sqltype.Numeric{Precision: 19, Scale: 4}).On(name)
}

// SMALLMONEY is a MONEY up to 214,748.3647.
func SMALLMONEY() sqltype.Type {
	return sqltype.Exactly("SMALLMONEY", sqltype.Numeric{Precision: 10, Scale: 4}).On(name)
}

// ROWVERSION is 8 bytes that the server changes with each change of the row.
func ROWVERSION() sqltype.Type {
	return sqltype.Exactly("ROWVERSION", sqltype.LargeBinary{Length: 8, Fixed: true}).On(name)
}

// XML is an XML document.
func XML() sqltype.Type { return sqltype.Exactly("XML", sqltype.Text{}).On(name) }

// SQL_VARIANT is a value of a type of its own, which is sent and read as text.
func SQL_VARIANT() sqltype.Type {
	return sqltype.Exactly("SQL_VARIANT", sqltype.String{Length: maxText}).On(name)
}

// VARCHAR is text of at most length characters of ASCII: what else its code page
// has, the server would change.
func VARCHAR(length int) sqltype.Type {
	return sqltype.Exactly("VARCHAR", ascii(length), length).On(name)
}

// CHAR is text of exactly length characters of ASCII.
func CHAR(length int) sqltype.Type {
	return sqltype.Exactly("CHAR", ascii(length), length).On(name)
}

// NTEXT is text of any length, of old tables.
func NTEXT() sqltype.Type { return sqltype.Exactly("NTEXT", sqltype.Text{}).On(name) }

// IMAGE is bytes of any length, of old tables.
func IMAGE() sqltype.Type { return sqltype.Exactly("IMAGE", sqltype.LargeBinary{}).On(name) }

var (
	errASCII = errors.New("mssql: text that is longer than the column, or not ASCII; use an NVARCHAR")
	errStep  = errors.New("mssql: a time that the column would round")
)

var (
	datetime      = stepped("wall clock in hundredths", sqltype.Exactly("DATETIME", sqltype.DateTime{Precision: 3}).On(name), 10*time.Millisecond)
	smalldatetime = stepped("wall clock in minutes", sqltype.Exactly("SMALLDATETIME", sqltype.DateTime{}).On(name), time.Minute)
)

func stepped(what string, of sqltype.Type, step time.Duration) sqltype.Type {
	return sqltype.Decorate(what, of, func(t time.Time) (time.Time, error) {
		if !t.Truncate(step).Equal(t) {
			return t, errStep
		}
		return t, nil
	}, func(t time.Time) (time.Time, error) { return t, nil })
}

func ascii(length int) sqltype.Type {
	form := func(s string) (string, error) {
		for i := range len(s) {
			if s[i] >= 0x80 {
				return "", errASCII
			}
		}
		if len(s) > length {
			return "", errASCII
		}
		return s, nil
	}
	return sqltype.Written("ASCII of "+strconv.Itoa(length), form)
}
