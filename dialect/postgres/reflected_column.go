package postgres

import (
	"encoding/json"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// reflectColumns tells the type itself (t), and, for arrays and domains, what
// they are of (e). Columns of later versions are read by name, so that the query
// is the same on each.
const reflectColumns = `SELECT CAST(a.attrelid AS BIGINT), a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
    coalesce(pg_get_expr(ad.adbin, ad.adrelid), ''), CAST(a.attidentity AS TEXT), coalesce(to_jsonb(a) ->> 'attgenerated', ''),
    coalesce(col_description(a.attrelid, a.attnum), ''),
    CAST(json_build_object('name', t.typname, 'schema', tn.nspname, 'kind', t.typtype, 'array', t.typcategory = 'A' AND t.typelem <> 0,
      'modifier', CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, 'elem', e.typname, 'elemSchema', en.nspname, 'elemKind', e.typtype,
      'labels', (SELECT json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = coalesce(e.oid, t.oid)),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN co.collname END, 'collationSchema', cn.nspname) AS TEXT),
    coalesce((SELECT ` + sequenceJSON + ` FROM ` + sequenceFrom + ` WHERE g.seqrelid IN (
        SELECT d.objid FROM pg_catalog.pg_depend d WHERE a.attidentity <> '' AND d.classid = CAST('pg_catalog.pg_class' AS REGCLASS)
          AND d.refclassid = CAST('pg_catalog.pg_class' AS REGCLASS) AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
        UNION ALL SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE a.attidentity = '' AND d.classid = CAST('pg_catalog.pg_attrdef' AS REGCLASS)
          AND d.objid = ad.oid AND d.refclassid = CAST('pg_catalog.pg_class' AS REGCLASS) AND d.refobjid <> a.attrelid) LIMIT 1), '')
  FROM rel c
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_type e ON e.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN nullif(t.typelem, 0) END
  LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
  LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
  ORDER BY a.attrelid, a.attnum`

// columnTypeRow is what reflectColumns says of a column's type.
type columnTypeRow struct {
	Name, Schema, Kind         string
	Array                      bool
	Modifier                   int
	Elem, ElemSchema, ElemKind string
	Labels                     []string
	Collation, CollationSchema string
}

// drawsNext reports whether a default is the next value of one sequence and
// nothing else.
func drawsNext(text string) bool {
	rest, begins := strings.CutPrefix(text, "nextval('")
	sequence, ends := strings.CutSuffix(rest, "'::regclass)")
	return begins && ends && !strings.Contains(strings.ReplaceAll(sequence, "''", ""), "'")
}

// column reads a row of reflectColumns.
func (r *reflection) column(row sqltype.Row) error {
	t := r.byOID[row.Int64(0)]
	if t == nil { // made since the tables were read
		return nil
	}
	c := dialect.ReflectedColumn{Name: string(row.Text(1)), SQL: string(row.Text(2)), Nullable: row.Bool(3), Comment: string(row.Text(7))}
	var typ columnTypeRow
	if err := json.Unmarshal(row.Text(8), &typ); err != nil {
		return err
	}
	c.Type, c.Unknown = r.typeOf(&typ, c.SQL)
	if typ.Collation != "" {
		c.SQL += " COLLATE " + string(quoteName(typ.Collation))
	}
	text := string(row.Text(4))
	switch string(row.Text(6)) {
	case "s":
		c.Computed, c.Storage = text, schema.Stored
	case "v":
		c.Computed, c.Storage = text, schema.Virtual
	default:
		c.Default = text
	}
	if generator := row.Text(9); len(generator) > 0 {
		var s sequenceRow
		if err := json.Unmarshal(generator, &s); err != nil {
			return err
		}
		r.generator(&c, &s, string(row.Text(5)))
	}
	t.Columns = append(t.Columns, c)
	return nil
}

func (r *reflection) generator(c *dialect.ReflectedColumn, s *sequenceRow, identity string) {
	switch {
	case identity != "":
		c.Identity = &dialect.ReflectedIdentity{
			Always: identity == "a", Start: s.Start, Increment: s.Increment, Min: s.Min, Max: s.Max, Cache: s.Cache, Cycle: s.Cycle,
		}
	case drawsNext(c.Default):
		sequence := s.sequence(r.schemas)
		c.Sequence = &sequence
	}
}

func quoteName(name string) []byte {
	quoted, err := identifiers.Append(nil, name)
	if err != nil { // no catalog has such a name
		return []byte(`""`)
	}
	return quoted
}

// typeOf returns the library's type, or one that is called by the words and
// whose values are those of the nearest that it has.
func (r *reflection) typeOf(t *columnTypeRow, words string) (typ sqltype.Type, unknown bool) {
	if t.Collation != "" && t.CollationSchema != "pg_catalog" && t.CollationSchema != r.schemas.actual {
		words += " COLLATE " + string(quoteName(t.CollationSchema)) + "." + string(quoteName(t.Collation))
		return sqltype.UnsafeExactly(words, sqltype.Text{}).On(name), true
	}
	switch {
	case t.Kind == "d":
		base, _ := r.plain(t.Elem, t.ElemSchema, t.ElemKind, t)
		if base == nil {
			base = sqltype.Text{}
		}
		return sqltype.UnsafeExactly(words, sqltype.Values(base)).On(name), true
	case t.Array:
		elem, exact := r.plain(t.Elem, t.ElemSchema, t.ElemKind, t)
		if elem != nil && exact {
			return sqltype.Array{Elem: elem}, false
		}
		return sqltype.UnsafeExactly(words, sqltype.Text{}).On(name), true
	}
	typ, _ = r.plain(t.Name, t.Schema, t.Kind, t)
	if typ == nil {
		return sqltype.UnsafeExactly(words, sqltype.Text{}).On(name), true
	}
	return typ, false
}

// plain returns the type of a name, nil for one that the library does not have.
// Within an array a type must have no name of its own: exact says so.
func (r *reflection) plain(typeName, schemaName, kind string, t *columnTypeRow) (typ sqltype.Type, exact bool) {
	switch {
	case kind == "e":
		e := sqltype.Enum{Name: typeName, Labels: sqltype.NewLabels(t.Labels...)}
		if schemaName != r.schemas.actual {
			e.Schema = schemaName
		}
		return e, true
	case schemaName != "pg_catalog":
		if typeName == "hstore" {
			return HSTORE(), false
		}
		return nil, false
	case plainTypes[typeName] != nil:
		typ = plainTypes[typeName]
		_, named := typ.(sqltype.Named)
		return typ, !named
	}
	return withModifier(typeName, t.Modifier, t.Collation)
}

var plainTypes = map[string]sqltype.Type{
	"bool": sqltype.Boolean{}, "int2": sqltype.Integer{Bits: 16}, "int4": sqltype.Integer{Bits: 32}, "int8": sqltype.Integer{Bits: 64},
	"float4": sqltype.Float{Bits: 32}, "float8": sqltype.Float{Bits: 64}, "bytea": sqltype.LargeBinary{}, "date": sqltype.Date{},
	"uuid": sqltype.UUID{}, "json": sqltype.JSON{}, "jsonb": sqltype.JSON{Binary: true},
	"int4range": INT4RANGE(), "int8range": INT8RANGE(), "numrange": NUMRANGE(), "daterange": DATERANGE(), "tsrange": TSRANGE(), "tstzrange": TSTZRANGE(),
	"int4multirange": INT4MULTIRANGE(), "int8multirange": INT8MULTIRANGE(), "nummultirange": NUMMULTIRANGE(),
	"datemultirange": DATEMULTIRANGE(), "tsmultirange": TSMULTIRANGE(), "tstzmultirange": TSTZMULTIRANGE(),
}

// withModifier returns the types that have a length or precision. A modifier of
// -1 says none; those of text and NUMERIC count four bytes of a header
// (numeric.c, varchar.c of PostgreSQL).
func withModifier(typeName string, modifier int, collation string) (typ sqltype.Type, exact bool) {
	switch typeName {
	case "text":
		return sqltype.Text{Collation: collation}, true
	case "varchar":
		return sqltype.String{Length: max(modifier-4, 0), Collation: collation}, true
	case "bpchar":
		if modifier < 0 {
			return nil, false
		}
		return sqltype.String{Length: modifier - 4, Fixed: true, Collation: collation}, true
	case "numeric":
		if modifier < 0 {
			return sqltype.Numeric{}, true
		}
		precision, scale := (modifier-4)>>16&0xffff, (modifier-4)&0x7ff
		if scale > precision { // also those below zero, which have bit 10 set
			return nil, false
		}
		return sqltype.Numeric{Precision: precision, Scale: scale}, true
	}
	if modifier < 0 {
		return unlimitedTypes[typeName], false
	}
	switch typeName {
	case "time":
		return sqltype.Time{Precision: modifier}, true
	case "timestamp":
		return sqltype.DateTime{Precision: modifier}, true
	case "timestamptz":
		return sqltype.DateTime{Precision: modifier, Zone: true}, true
	case "interval":
		return intervalOf(modifier)
	}
	return nil, false
}

// unlimitedTypes are those of six digits that don't say so.
var unlimitedTypes = map[string]sqltype.Type{
	"time":        sqltype.Exactly("TIME", sqltype.Time{Precision: 6}).On(name),
	"timestamp":   sqltype.Exactly("TIMESTAMP", sqltype.DateTime{Precision: 6}).On(name),
	"timestamptz": sqltype.Exactly("TIMESTAMP WITH TIME ZONE", sqltype.DateTime{Precision: 6, Zone: true}).On(name),
	"interval":    sqltype.Exactly("INTERVAL", sqltype.Interval{Precision: 6}).On(name),
}

// intervalOf returns an interval of all fields; others round to the field.
func intervalOf(modifier int) (typ sqltype.Type, exact bool) {
	const allFields, noPrecision = 0x7fff, 0xffff
	if modifier>>16&0x7fff != allFields || modifier&0xffff == noPrecision {
		return nil, false
	}
	return sqltype.Interval{Precision: modifier & 0xffff}, true
}
