package pgx

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/alkahest-go/alkahest/sqltype"
)

// pgType is what the glue knows about one of the server's built-in types.
type pgType struct {
	oid  uint32
	name string
	// encode appends the binary form of a value. Without it, parameters
	// travel as text.
	encode func(dst []byte, v sqltype.Value) ([]byte, error)
	// binary says that results are asked for in binary. Text, numerics, JSON
	// and arrays come as text, which is what their readers want.
	binary bool
	// elem is the type of the elements of an array type.
	elem *pgType
	// text says that the text form may be read as text. It is false where a
	// typed read exists, so that nothing is coerced.
	text bool
}

const oidUnknown = 0

// baseTypes are the built-in types by their OIDs, which never change:
// https://www.postgresql.org/docs/current/catalog-pg-type.html.
var baseTypes = []pgType{
	{oid: pgtype.BoolOID, name: "bool", encode: encodeBool, binary: true},
	{oid: pgtype.ByteaOID, name: "bytea", encode: encodeBytes, binary: true},
	{oid: pgtype.QCharOID, name: "char", text: true},
	{oid: pgtype.NameOID, name: "name", encode: encodeText, text: true},
	{oid: pgtype.Int8OID, name: "int8", encode: encodeInt8, binary: true},
	{oid: pgtype.Int2OID, name: "int2", encode: encodeInt2, binary: true},
	{oid: pgtype.Int4OID, name: "int4", encode: encodeInt4, binary: true},
	{oid: pgtype.TextOID, name: "text", encode: encodeText, text: true},
	{oid: pgtype.OIDOID, name: "oid", encode: encodeOID, binary: true},
	{oid: pgtype.XIDOID, name: "xid", encode: encodeText, text: true},
	{oid: pgtype.JSONOID, name: "json", encode: encodeText, text: true},
	{oid: pgtype.XMLOID, name: "xml", text: true},
	{oid: pgtype.Float4OID, name: "float4", encode: encodeFloat4, binary: true},
	{oid: pgtype.Float8OID, name: "float8", encode: encodeFloat8, binary: true},
	{oid: pgtype.BPCharOID, name: "bpchar", encode: encodeText, text: true},
	{oid: pgtype.VarcharOID, name: "varchar", encode: encodeText, text: true},
	{oid: pgtype.DateOID, name: "date", encode: encodeDate, binary: true},
	{oid: pgtype.TimeOID, name: "time", encode: encodeTime, binary: true},
	{oid: pgtype.TimestampOID, name: "timestamp", encode: encodeTimestamp, binary: true},
	{oid: pgtype.TimestamptzOID, name: "timestamptz", encode: encodeTimestamptz, binary: true},
	{oid: pgtype.NumericOID, name: "numeric", text: true},
	{oid: pgtype.UUIDOID, name: "uuid", encode: encodeUUID, binary: true},
	{oid: pgtype.JSONBOID, name: "jsonb", encode: encodeJSONB, text: true},
	{oid: pgtype.IntervalOID, name: "interval", text: true},
	{oid: pgtype.TimetzOID, name: "timetz", text: true},
	{oid: pgtype.BitOID, name: "bit", text: true},
	{oid: pgtype.VarbitOID, name: "varbit", text: true},
	{oid: pgtype.InetOID, name: "inet", text: true},
	{oid: pgtype.CIDROID, name: "cidr", text: true},
	{oid: pgtype.MacaddrOID, name: "macaddr", text: true},
	{oid: pgtype.Macaddr8OID, name: "macaddr8", text: true},
	{oid: 790, name: "money", text: true},
	{oid: pgtype.PointOID, name: "point", text: true},
	{oid: pgtype.Int4rangeOID, name: "int4range", text: true},
	{oid: pgtype.NumrangeOID, name: "numrange", text: true},
	{oid: pgtype.TsrangeOID, name: "tsrange", text: true},
	{oid: pgtype.TstzrangeOID, name: "tstzrange", text: true},
	{oid: pgtype.DaterangeOID, name: "daterange", text: true},
	{oid: pgtype.Int8rangeOID, name: "int8range", text: true},
	{oid: pgtype.TSVectorOID, name: "tsvector", text: true},
	{oid: 3615, name: "tsquery", text: true},
	{oid: pgtype.JSONPathOID, name: "jsonpath", text: true},
	{oid: 2205, name: "regclass", text: true},
	{oid: 2206, name: "regtype", text: true},
	{oid: 705, name: "unknown", text: true},
	{oid: 2278, name: "void", text: true},
}

// arrayTypes pairs the OID of an array type with that of its elements.
var arrayTypes = [][2]uint32{
	{pgtype.BoolArrayOID, pgtype.BoolOID},
	{pgtype.ByteaArrayOID, pgtype.ByteaOID},
	{pgtype.QCharArrayOID, pgtype.QCharOID},
	{pgtype.NameArrayOID, pgtype.NameOID},
	{pgtype.Int8ArrayOID, pgtype.Int8OID},
	{pgtype.Int2ArrayOID, pgtype.Int2OID},
	{pgtype.Int4ArrayOID, pgtype.Int4OID},
	{pgtype.TextArrayOID, pgtype.TextOID},
	{pgtype.OIDArrayOID, pgtype.OIDOID},
	{pgtype.JSONArrayOID, pgtype.JSONOID},
	{pgtype.Float4ArrayOID, pgtype.Float4OID},
	{pgtype.Float8ArrayOID, pgtype.Float8OID},
	{pgtype.BPCharArrayOID, pgtype.BPCharOID},
	{pgtype.VarcharArrayOID, pgtype.VarcharOID},
	{pgtype.DateArrayOID, pgtype.DateOID},
	{pgtype.TimeArrayOID, pgtype.TimeOID},
	{pgtype.TimestampArrayOID, pgtype.TimestampOID},
	{pgtype.TimestamptzArrayOID, pgtype.TimestamptzOID},
	{pgtype.NumericArrayOID, pgtype.NumericOID},
	{pgtype.UUIDArrayOID, pgtype.UUIDOID},
	{pgtype.JSONBArrayOID, pgtype.JSONBOID},
	{pgtype.InetArrayOID, pgtype.InetOID},
	{pgtype.IntervalArrayOID, pgtype.IntervalOID},
	{pgtype.TimetzArrayOID, pgtype.TimetzOID},
	{pgtype.BitArrayOID, pgtype.BitOID},
	{pgtype.VarbitArrayOID, pgtype.VarbitOID},
	{pgtype.CIDRArrayOID, pgtype.CIDROID},
	{pgtype.MacaddrArrayOID, pgtype.MacaddrOID},
	{775, pgtype.Macaddr8OID},
	{791, 790},
	{pgtype.Int4rangeArrayOID, pgtype.Int4rangeOID},
	{pgtype.Int8rangeArrayOID, pgtype.Int8rangeOID},
	{pgtype.NumrangeArrayOID, pgtype.NumrangeOID},
	{pgtype.TsrangeArrayOID, pgtype.TsrangeOID},
	{pgtype.TstzrangeArrayOID, pgtype.TstzrangeOID},
	{pgtype.DaterangeArrayOID, pgtype.DaterangeOID},
	{pgtype.TSVectorArrayOID, pgtype.TSVectorOID},
	{3645, 3615},
	{pgtype.JSONPathArrayOID, pgtype.JSONPathOID},
}

var (
	typesByOID, arrayOf = buildTypes()
	textType            = typesByOID[pgtype.TextOID]
)

func buildTypes() (map[uint32]*pgType, map[uint32]uint32) {
	types := make(map[uint32]*pgType, len(baseTypes)+len(arrayTypes))
	arrays := make(map[uint32]uint32, len(arrayTypes))
	for i := range baseTypes {
		types[baseTypes[i].oid] = &baseTypes[i]
	}
	for _, p := range arrayTypes {
		elem := types[p[1]]
		types[p[0]] = &pgType{oid: p[0], name: "_" + elem.name, elem: elem}
		arrays[elem.oid] = p[0]
	}
	return types, arrays
}

// declaredOID is the parameter type that Parse is given for t. Where several
// types of the server hold the values of t (text, enumerations, JSON, unsigned
// numbers), it is unknown, so that the server takes the type from the place of
// the parameter, as it does for a quoted literal: a declared text is refused by
// columns of enumeration and JSON types, and compares CHAR and citext
// differently. Numbers and times are declared, as their context alone would
// give too narrow a type ($1 + 1) or none ($1 - $2).
func declaredOID(t sqltype.Type) uint32 {
	switch t := sqltype.Values(t).(type) {
	case sqltype.Integer:
		return integerOID(t)
	case sqltype.Numeric:
		return pgtype.NumericOID
	case sqltype.Float:
		if t.Bits == 32 {
			return pgtype.Float4OID
		}
		return pgtype.Float8OID
	case sqltype.Boolean:
		return pgtype.BoolOID
	case sqltype.LargeBinary:
		return pgtype.ByteaOID
	case sqltype.Date:
		return pgtype.DateOID
	case sqltype.Time:
		return pgtype.TimeOID
	case sqltype.DateTime:
		if t.Zone {
			return pgtype.TimestamptzOID
		}
		return pgtype.TimestampOID
	case sqltype.UUID:
		return pgtype.UUIDOID
	case sqltype.Array:
		return arrayOf[elementOID(t.Elem)]
	}
	return oidUnknown
}

func integerOID(t sqltype.Integer) uint32 {
	s, ok := t.Signed()
	switch {
	case !ok:
		return oidUnknown
	case s.Bits == 16:
		return pgtype.Int2OID
	case s.Bits == 32:
		return pgtype.Int4OID
	}
	return pgtype.Int8OID
}

// elementOID is the type of the elements of an array parameter. It is declared
// for text too, because unnest($1) gives the server nothing to infer from; for
// enumerations the statement has to name the array's type.
func elementOID(t sqltype.Type) uint32 {
	switch t := sqltype.Values(t).(type) {
	case sqltype.String:
		if t.Fixed {
			return pgtype.BPCharOID
		}
		return pgtype.VarcharOID
	case sqltype.Text:
		return pgtype.TextOID
	case sqltype.JSON:
		if t.Binary {
			return pgtype.JSONBOID
		}
		return pgtype.JSONOID
	case sqltype.Integer:
		if oid := integerOID(t); oid != oidUnknown {
			return oid
		}
		return pgtype.NumericOID
	case sqltype.Array: // PostgreSQL has one array type for any number of dimensions
		return elementOID(t.Elem)
	}
	return declaredOID(t)
}
