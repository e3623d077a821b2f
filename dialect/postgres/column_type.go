package postgres

import "github.com/alkahest-go/alkahest/sqltype"

// columnTypes are the types of result columns by the names of pg_type.
var columnTypes = map[string]sqltype.Type{
	"bool": sqltype.Boolean{}, "int2": sqltype.Integer{Bits: 16}, "int4": sqltype.Integer{Bits: 32}, "int8": sqltype.Integer{Bits: 64},
	"float4": sqltype.Float{Bits: 32}, "float8": sqltype.Float{Bits: 64}, "numeric": sqltype.Numeric{},
	"text": sqltype.Text{}, "varchar": sqltype.Text{}, "bpchar": sqltype.Text{}, "name": sqltype.Text{}, "unknown": sqltype.Text{},
	"bytea": sqltype.LargeBinary{}, "uuid": sqltype.UUID{}, "json": sqltype.JSON{}, "jsonb": sqltype.JSON{Binary: true},
	"date": sqltype.Date{}, "time": sqltype.Time{Precision: 6},
	"timestamp": sqltype.DateTime{Precision: 6}, "timestamptz": sqltype.DateTime{Precision: 6, Zone: true},
}

// ColumnType returns the type of a column that the driver calls by the name, for
// results of raw text; nil for a name that is not known.
func (postgres) ColumnType(name string) sqltype.Type { return columnTypes[name] }
