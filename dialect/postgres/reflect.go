package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var _ dialect.Reflector = postgres{}

// Schemas implements dialect.Reflector.
func (postgres) Schemas(ctx context.Context, q dialect.Querier) (names []string, current string, err error) {
	err = q.Query(ctx, `SELECT nspname, nspname = current_schema() FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname`, nil, func(row sqltype.Row) error {
		names = append(names, string(row.Text(0)))
		if !row.IsNull(1) && row.Bool(1) {
			current = names[len(names)-1]
		}
		return row.Err()
	})
	if err != nil {
		return nil, "", fmt.Errorf("postgres: can't read which schemas there are: %w", err)
	}
	return names, current, nil
}

var relationKinds = map[string]dialect.RelationKind{
	"r": dialect.RelationTable, "p": dialect.RelationTable, "v": dialect.RelationView, "m": dialect.RelationMaterializedView, "f": dialect.RelationForeignTable,
}

// Relations implements dialect.Reflector.
func (postgres) Relations(ctx context.Context, q dialect.Querier, schemaName string) ([]dialect.Relation, error) {
	return relations(ctx, q, schemaName, `n.nspname = coalesce(nullif(CAST($1 AS TEXT), ''), current_schema())`)
}

// Temporary implements dialect.Reflector.
func (postgres) Temporary(ctx context.Context, q dialect.Querier) ([]dialect.Relation, error) {
	return relations(ctx, q, "", `n.oid = pg_my_temp_schema() AND CAST($1 AS TEXT) = ''`)
}

func relations(ctx context.Context, q dialect.Querier, schemaName, where string) (list []dialect.Relation, err error) {
	err = q.Query(ctx, `SELECT c.relname, CAST(c.relkind AS TEXT), c.relpersistence = 't' FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND `+where+` ORDER BY c.relname`, []sqltype.Value{sqltype.TextValue(schemaName)}, func(row sqltype.Row) error {
		list = append(list, dialect.Relation{Schema: schemaName, Name: string(row.Text(0)), Kind: relationKinds[string(row.Text(1))], Temporary: row.Bool(2)})
		return row.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("postgres: can't read which tables there are: %w", err)
	}
	return list, nil
}

// sequenceJSON is a sequence s in the catalog g, and the column that owns it.
const sequenceJSON = `CAST(json_build_object('schema', gn.nspname, 'name', gc.relname, 'type', format_type(g.seqtypid, NULL),
    'start', g.seqstart, 'increment', g.seqincrement, 'min', g.seqmin, 'max', g.seqmax, 'cache', g.seqcache, 'cycle', g.seqcycle,
    'ownerTable', oc.relname, 'ownerSchema', o.relnamespace, 'schemaOID', gc.relnamespace, 'ownerColumn', oa.attname) AS TEXT)`

const sequenceFrom = `pg_catalog.pg_sequence g
  JOIN pg_catalog.pg_class gc ON gc.oid = g.seqrelid
  JOIN pg_catalog.pg_namespace gn ON gn.oid = gc.relnamespace
  LEFT JOIN pg_catalog.pg_depend od ON od.classid = CAST('pg_catalog.pg_class' AS REGCLASS) AND od.objid = g.seqrelid AND od.deptype = 'a'
    AND od.refclassid = CAST('pg_catalog.pg_class' AS REGCLASS)
  LEFT JOIN pg_catalog.pg_class oc ON oc.oid = od.refobjid
  LEFT JOIN pg_catalog.pg_class o ON o.oid = od.refobjid
  LEFT JOIN pg_catalog.pg_attribute oa ON oa.attrelid = od.refobjid AND oa.attnum = od.refobjsubid`

// sequenceRow is what sequenceJSON says.
type sequenceRow struct {
	Schema, Name, Type                string
	Start, Increment, Min, Max, Cache int64
	Cycle                             bool
	OwnerTable, OwnerColumn           string
	OwnerSchema, SchemaOID            json.RawMessage
}

func (r *sequenceRow) sequence(schemas *schemaNames) dialect.ReflectedSequence {
	s := dialect.ReflectedSequence{
		Schema: schemas.told(r.Schema), Name: r.Name, Type: integerNames[r.Type],
		Start: r.Start, Increment: r.Increment, Min: r.Min, Max: r.Max, Cache: r.Cache, Cycle: r.Cycle,
	}
	if r.OwnerTable != "" && string(r.OwnerSchema) == string(r.SchemaOID) {
		s.OwnerTable, s.OwnerColumn = r.OwnerTable, r.OwnerColumn
	}
	return s
}

var integerNames = map[string]sqltype.Type{
	"smallint": sqltype.Integer{Bits: 16}, "integer": sqltype.Integer{Bits: 32}, "bigint": sqltype.Integer{Bits: 64},
}

// schemaNames tells schemas as they were asked for: the one that was asked for
// as "" stays so.
type schemaNames struct{ asked, actual string }

func (s *schemaNames) told(name string) string {
	if name == s.actual {
		return s.asked
	}
	return name
}

func schemasAsked(ctx context.Context, q dialect.Querier, schemaName string) (*schemaNames, error) {
	s := &schemaNames{asked: schemaName, actual: schemaName}
	if schemaName != "" {
		return s, nil
	}
	err := q.Query(ctx, "SELECT coalesce(current_schema(), '')", nil, func(row sqltype.Row) error {
		s.actual = string(row.Text(0))
		return row.Err()
	})
	return s, err
}

// ReflectSequences implements dialect.Reflector. The sequences of identities are
// told with their columns.
func (postgres) ReflectSequences(ctx context.Context, q dialect.Querier, _ dialect.Capabilities, schemaName string) (list []dialect.ReflectedSequence, err error) {
	schemas, err := schemasAsked(ctx, q, schemaName)
	if err == nil {
		err = q.Query(ctx, "SELECT "+sequenceJSON+" FROM "+sequenceFrom+`
  WHERE gn.nspname = $1 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.objid = g.seqrelid AND i.deptype = 'i'
    AND i.classid = CAST('pg_catalog.pg_class' AS REGCLASS)) ORDER BY gc.relname`,
			[]sqltype.Value{sqltype.TextValue(schemas.actual)}, func(row sqltype.Row) error {
				var r sequenceRow
				if err := json.Unmarshal(row.Text(0), &r); err != nil {
					return err
				}
				list = append(list, r.sequence(schemas))
				return row.Err()
			})
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: can't read the sequences: %w", err)
	}
	return list, nil
}

// reflection collects what several queries say about tables.
type reflection struct {
	schemas *schemaNames
	tables  []*dialect.ReflectedTable
	byOID   map[int64]*dialect.ReflectedTable
	args    []sqltype.Value
}

// Reflect implements dialect.Reflector.
func (postgres) Reflect(ctx context.Context, q dialect.Querier, _ dialect.Capabilities, schemaName string, names []string) ([]*dialect.ReflectedTable, error) {
	schemas, err := schemasAsked(ctx, q, schemaName)
	if err != nil {
		return nil, fmt.Errorf("postgres: can't read the tables: %w", err)
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("postgres: can't ask for tables: %w", err)
	}
	only := string(list)
	if len(names) == 0 {
		only = ""
	}
	r := &reflection{schemas: schemas, byOID: map[int64]*dialect.ReflectedTable{}, args: []sqltype.Value{sqltype.TextValue(schemaName), sqltype.TextValue(only)}}
	for _, step := range []struct {
		sql  string
		each func(row sqltype.Row) error
	}{{reflectTables, r.table}, {reflectColumns, r.column}, {reflectConstraints, r.constraint}, {reflectIndexes, r.index}} {
		err := q.Query(ctx, relationsAsked+step.sql, r.args, func(row sqltype.Row) error {
			if err := step.each(row); err != nil {
				return err
			}
			return row.Err()
		})
		if err != nil {
			return nil, fmt.Errorf("postgres: can't read the tables: %w", err)
		}
	}
	return r.tables, nil
}

// relationsAsked are the relations of the schema $1 among the names of the JSON
// list $2. Temporary ones, which hide others, come where they are named.
const relationsAsked = `WITH rel AS (SELECT DISTINCT ON (c.relname) c.* FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN CAST($2 AS TEXT) = '' THEN true ELSE c.relname IN (SELECT json_array_elements_text(CAST(nullif(CAST($2 AS TEXT), '') AS JSON))) END
    AND (n.nspname = coalesce(nullif(CAST($1 AS TEXT), ''), current_schema()) OR CAST($1 AS TEXT) = '' AND CAST($2 AS TEXT) <> '' AND n.oid = pg_my_temp_schema())
  ORDER BY c.relname, n.oid <> pg_my_temp_schema())
`

const reflectTables = `SELECT CAST(c.oid AS BIGINT), c.relname, CAST(c.relkind AS TEXT), CAST(c.relpersistence AS TEXT),
    coalesce(obj_description(c.oid, 'pg_class'), ''), coalesce(array_to_string(c.reloptions, ', '), ''),
    coalesce((SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = c.relam AND c.relkind IN ('r', 'm') AND a.amname <> current_setting('default_table_access_method')), ''),
    coalesce((SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace), ''),
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) ELSE '' END,
    c.relispartition,
    coalesce((SELECT string_agg(CAST(CAST(h.inhparent AS REGCLASS) AS TEXT), ', ' ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid), ''),
    c.reloftype <> 0
  FROM rel c ORDER BY c.relname`

// table reads a row of reflectTables.
func (r *reflection) table(row sqltype.Row) error {
	t := &dialect.ReflectedTable{Options: map[string]string{}, Comment: string(row.Text(4))}
	t.Relation = dialect.Relation{Schema: r.schemas.asked, Name: string(row.Text(1)), Kind: relationKinds[string(row.Text(2))], Temporary: string(row.Text(3)) == "t"}
	if string(row.Text(3)) == "u" {
		t.Options["postgres.unlogged"] = "true"
	}
	for _, o := range []struct {
		key    string
		column int
	}{{"postgres.using", 6}, {"postgres.tablespace", 7}} {
		if v := string(row.Text(o.column)); v != "" {
			setOption(t, &t.Options, o.key, v)
		}
	}
	r.settings(t, string(row.Text(5)))
	t.Definition = strings.TrimSuffix(strings.TrimSpace(string(row.Text(8))), ";")
	if by := string(row.Text(9)); by != "" {
		t.Beyond = append(t.Beyond, "is partitioned by "+by)
	}
	switch parents := string(row.Text(11)); {
	case parents == "":
	case row.Bool(10):
		t.Beyond = append(t.Beyond, "is a partition of "+parents)
	default:
		t.Beyond = append(t.Beyond, "inherits from "+parents)
	}
	if row.Bool(12) {
		t.Beyond = append(t.Beyond, "is made of a composite type")
	}
	if t.Kind == dialect.RelationForeignTable {
		t.Beyond = append(t.Beyond, "is a foreign table, whose rows another server has")
	}
	r.tables = append(r.tables, t)
	r.byOID[row.Int64(0)] = t
	return nil
}

// settings are the storage parameters of a table, or the options of a view.
func (r *reflection) settings(t *dialect.ReflectedTable, settings string) {
	if settings == "" {
		return
	}
	if t.Kind != dialect.RelationView {
		setOption(t, &t.Options, "postgres.with", settings)
		return
	}
	for s := range strings.SplitSeq(settings, ", ") {
		switch s {
		case "check_option=local":
			t.Check = schema.CheckLocal
		case "check_option=cascaded":
			t.Check = schema.CheckCascaded
		default:
			t.Beyond = append(t.Beyond, "has the option "+s)
		}
	}
}

// setOption sets an option that the dialect writes again; one whose value it
// does not take is told in words.
func setOption(t *dialect.ReflectedTable, options *map[string]string, key, value string) {
	known := knownTableOptions
	if options != &t.Options {
		known = knownIndexOptions
	}
	one := map[string]string{key: value}
	if err := known.Check(optionPrefix, "", one); err != nil {
		t.Beyond = append(t.Beyond, "has the option "+strings.TrimPrefix(key, optionPrefix)+" "+value)
		return
	}
	if *options == nil {
		*options = map[string]string{}
	}
	(*options)[key] = value
}
