package sqltype

// The types of standard SQL by their own names. Where String, Text, LargeBinary
// and the others have the name that suits the database best, these are written
// as they are called, and refused by name on databases that lack them or whose
// type of that name would change values (SQL Server's VARCHAR keeps one code
// page).

// CHAR is text of length characters; spaces at the end are padding.
func CHAR(length int) Named {
	return Exactly("CHAR", String{Length: length, Fixed: true}, length).On("sqlite", "postgresql", "mysql", "oracle")
}

// VARCHAR is text of at most length characters.
func VARCHAR(length int) Named {
	return Exactly("VARCHAR", String{Length: length}, length).On("sqlite", "postgresql", "mysql", "oracle")
}

// NCHAR is CHAR in the national character set.
func NCHAR(length int) Named {
	return Exactly("NCHAR", String{Length: length, Fixed: true}, length).On("sqlite", "mysql", "mssql", "oracle")
}

// NVARCHAR is VARCHAR in the national character set.
func NVARCHAR(length int) Named {
	return Exactly("NVARCHAR", String{Length: length}, length).On("sqlite", "mysql", "mssql")
}

// TEXT is text of the length that the database gives to that name.
func TEXT() Named { return Exactly("TEXT", Text{}).On("sqlite", "postgresql", "mysql") }

// CLOB is text of any length.
func CLOB() Named { return Exactly("CLOB", Text{}).On("sqlite", "oracle") }

// BLOB is bytes of the length that the database gives to that name.
func BLOB() Named { return Exactly("BLOB", LargeBinary{}).On("sqlite", "mysql", "oracle") }

// BINARY is exactly length bytes: fewer are refused, as they would be padded.
func BINARY(length int) Named {
	return Exactly("BINARY", LargeBinary{Length: length, Fixed: true}, length).On("sqlite", "mysql", "mssql")
}

// VARBINARY is at most length bytes.
func VARBINARY(length int) Named {
	return Exactly("VARBINARY", LargeBinary{Length: length}, length).On("sqlite", "mysql", "mssql")
}

// BOOLEAN is true or false.
func BOOLEAN() Named { return Exactly("BOOLEAN", Boolean{}).On("sqlite", "postgresql", "mysql") }

// SMALLINT is a whole number of 16 bits.
func SMALLINT() Named { return Exactly("SMALLINT", Integer{Bits: 16}) }

// INTEGER is a whole number of 32 bits.
func INTEGER() Named { return Exactly("INTEGER", Integer{Bits: 32}) }

// BIGINT is a whole number of 64 bits.
func BIGINT() Named {
	return Exactly("BIGINT", Integer{Bits: 64}).On("sqlite", "postgresql", "mysql", "mssql")
}

// NUMERIC is an exact number with so many digits in all and after the point.
func NUMERIC(precision, scale int) Named {
	return Exactly("NUMERIC", Numeric{Precision: precision, Scale: scale}, precision, scale)
}

// DECIMAL is NUMERIC by its other name.
func DECIMAL(precision, scale int) Named {
	return Exactly("DECIMAL", Numeric{Precision: precision, Scale: scale}, precision, scale)
}

// FLOAT is an approximate number of at least so many bits of precision.
func FLOAT(precision int) Named {
	of := Float{Bits: 64}
	if precision < 25 {
		of.Bits = 32
	}
	return Exactly("FLOAT", of, precision).On("sqlite", "postgresql", "mysql", "mssql")
}

// REAL is an approximate number of 32 bits.
func REAL() Named { return Exactly("REAL", Float{Bits: 32}) }

// DOUBLE is an approximate number of 64 bits: DOUBLE PRECISION.
func DOUBLE() Named { return Exactly("DOUBLE PRECISION", Float{Bits: 64}) }

// DATE is a day.
func DATE() Named { return Exactly("DATE", Date{}) }

// TIME is a time of day with precision fractional digits.
func TIME(precision int) Named {
	return Exactly("TIME", Time{Precision: precision}, precision).On("sqlite", "postgresql", "mysql", "mssql")
}

// TIMESTAMP is what a clock on the wall shows, with precision fractional digits.
// MySQL's and MariaDB's ends in 2038.
func TIMESTAMP(precision int) Named {
	return Exactly("TIMESTAMP", DateTime{Precision: precision}, precision).On("sqlite", "postgresql", "mysql", "oracle")
}

// TIMESTAMPTZ is a moment, with precision fractional digits: TIMESTAMP WITH TIME
// ZONE.
func TIMESTAMPTZ(precision int) Named {
	return Exactly("TIMESTAMP() WITH TIME ZONE", DateTime{Precision: precision, Zone: true}, precision).On("postgresql", "oracle")
}

// DATETIME is TIMESTAMP where it has that name.
func DATETIME(precision int) Named {
	return Exactly("DATETIME", DateTime{Precision: precision}, precision).On("sqlite", "mysql")
}
