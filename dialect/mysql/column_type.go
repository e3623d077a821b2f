package mysql

import "github.com/alkahest-go/alkahest/sqltype"

// columnTypes are the types of result columns by the names that
// go-sql-driver/mysql gives them.
var columnTypes = map[string]sqltype.Type{
	"TINYINT": sqltype.Integer{Bits: 16}, "SMALLINT": sqltype.Integer{Bits: 16}, "YEAR": sqltype.Integer{Bits: 16},
	"MEDIUMINT": sqltype.Integer{Bits: 32}, "INT": sqltype.Integer{Bits: 32}, "BIGINT": sqltype.Integer{Bits: 64},
	"UNSIGNED TINYINT": sqltype.Integer{Bits: 16}, "UNSIGNED SMALLINT": sqltype.Integer{Bits: 32}, "UNSIGNED MEDIUMINT": sqltype.Integer{Bits: 32}, "UNSIGNED INT": sqltype.Integer{Bits: 64},
	"UNSIGNED BIGINT": sqltype.Integer{Bits: 64, Unsigned: true},
	"FLOAT":           sqltype.Float{Bits: 32}, "DOUBLE": sqltype.Float{Bits: 64}, "DECIMAL": sqltype.Numeric{},
	"CHAR": sqltype.Text{}, "VARCHAR": sqltype.Text{}, "TEXT": sqltype.Text{}, "ENUM": sqltype.Text{},
	"BINARY": sqltype.LargeBinary{}, "VARBINARY": sqltype.LargeBinary{}, "BLOB": sqltype.LargeBinary{}, "JSON": sqltype.JSON{},
	"DATE": sqltype.Date{}, "DATETIME": sqltype.DateTime{Precision: 6}, "TIMESTAMP": sqltype.DateTime{Precision: 6},
}

// ColumnType returns the type of a column that the driver calls by the name, for
// results of raw text; nil for a name that is not known.
func (mysql) ColumnType(name string) sqltype.Type { return columnTypes[name] }
