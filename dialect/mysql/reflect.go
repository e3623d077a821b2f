package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var _ dialect.Reflector = mysql{}

// carrierTable is the library's own, and no table of the program.
const carrierTable = "alkahest_sequence"

// Schemas implements dialect.Reflector. A schema is a database here.
func (mysql) Schemas(ctx context.Context, q dialect.Querier) (names []string, current string, err error) {
	err = q.Query(ctx, `SELECT schema_name, COALESCE(DATABASE(), '') FROM information_schema.schemata
  WHERE schema_name NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY schema_name`, nil, func(row sqltype.Row) error {
		names, current = append(names, string(row.Text(0))), string(row.Text(1))
		return row.Err()
	})
	if err != nil {
		return nil, "", fmt.Errorf("mysql: can't read which schemas there are: %w", err)
	}
	return names, current, nil
}

// Relations implements dialect.Reflector.
func (mysql) Relations(ctx context.Context, q dialect.Querier, schemaName string) ([]dialect.Relation, error) {
	var list []dialect.Relation
	err := relations(ctx, q, schemaName, func(name, kind string) {
		switch kind {
		case "SEQUENCE", "TEMPORARY":
		case "VIEW", "SYSTEM VIEW":
			list = append(list, dialect.Relation{Schema: schemaName, Name: name, Kind: dialect.RelationView})
		default:
			list = append(list, dialect.Relation{Schema: schemaName, Name: name, Kind: dialect.RelationTable})
		}
	})
	return list, err
}

func relations(ctx context.Context, q dialect.Querier, schemaName string, each func(name, kind string)) error {
	err := q.Query(ctx, `SELECT table_name, table_type FROM information_schema.tables
  WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name <> '`+carrierTable+`' ORDER BY table_name`,
		[]sqltype.Value{sqltype.TextValue(schemaName)}, func(row sqltype.Row) error {
			each(string(row.Text(0)), string(row.Text(1)))
			return row.Err()
		})
	if err != nil {
		return fmt.Errorf("mysql: can't read which tables there are: %w", err)
	}
	return nil
}

// Temporary implements dialect.Reflector. Servers before MariaDB 11.2 list
// temporary tables nowhere
// (https://mariadb.com/kb/en/information-schema-tables-table/).
func (m mysql) Temporary(context.Context, dialect.Querier) ([]dialect.Relation, error) {
	return nil, server{mysql: m}.unsupported("a list of temporary tables", "keep their names in the program")
}

// ReflectSequences implements dialect.Reflector. What carries a sequence of
// MySQL keeps where it stands: one that gave a value starts at its limit.
func (m mysql) ReflectSequences(ctx context.Context, q dialect.Querier, c dialect.Capabilities, schemaName string) ([]dialect.ReflectedSequence, error) {
	if !c.Sequences {
		return carriedSequences(ctx, q, schemaName)
	}
	var parts []string
	var args []sqltype.Value
	var failed error
	err := relations(ctx, q, schemaName, func(name, kind string) {
		if kind != "SEQUENCE" {
			return
		}
		from, err := quoted(schemaName, name)
		if err != nil {
			failed = err
		}
		parts = append(parts, "SELECT CAST(? AS CHAR), start_value, increment, minimum_value, maximum_value, cache_size, cycle_option FROM "+from)
		args = append(args, sqltype.TextValue(name))
	})
	if err == nil {
		err = failed
	}
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	var list []dialect.ReflectedSequence
	err = q.Query(ctx, strings.Join(parts, " UNION ALL "), args, func(row sqltype.Row) error {
		list = append(list, dialect.ReflectedSequence{
			Schema: schemaName, Name: string(row.Text(0)), Start: row.Int64(1), Increment: row.Int64(2),
			Min: row.Int64(3), Max: row.Int64(4), Cache: row.Int64(5), Cycle: row.Int64(6) != 0,
		})
		return row.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("mysql: can't read the sequences: %w", err)
	}
	slices.SortFunc(list, func(a, b dialect.ReflectedSequence) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func carriedSequences(ctx context.Context, q dialect.Querier, schemaName string) (list []dialect.ReflectedSequence, err error) {
	there := false
	err = q.Query(ctx, `SELECT 1 FROM information_schema.tables WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = '`+carrierTable+`'`,
		[]sqltype.Value{sqltype.TextValue(schemaName)}, func(row sqltype.Row) error {
			there = true
			return row.Err()
		})
	if err == nil && there {
		var from string
		if from, err = quoted(schemaName, carrierTable); err != nil {
			return nil, err
		}
		err = q.Query(ctx, `SELECT name, CASE WHEN increment > 0 THEN min_value ELSE max_value END, increment, min_value, max_value, cycles
  FROM `+from+` WHERE carrier = '' ORDER BY name`, nil, func(row sqltype.Row) error {
			list = append(list, dialect.ReflectedSequence{
				Schema: schemaName, Name: string(row.Text(0)), Start: row.Int64(1), Increment: row.Int64(2), Min: row.Int64(3), Max: row.Int64(4),
				Cycle: row.Int64(5) != 0, Carried: true,
			})
			return row.Err()
		})
	}
	if err != nil {
		return nil, fmt.Errorf("mysql: can't read the sequences: %w", err)
	}
	return list, nil
}

// reflection collects what several queries say about tables.
type reflection struct {
	server
	asked, actual string
	names         []string // of tables that are asked for; none is all
	folds         bool     // names of tables are the same in any case
	tables        []*dialect.ReflectedTable
	byName        map[string]*described
}

// described is a table with what is needed to understand its columns.
type described struct {
	*dialect.ReflectedTable
	engine, collation string
	firsts            map[string]bool // columns that a key begins with
}

// Reflect implements dialect.Reflector. Which tables there are is told by the
// first query: what is made after it is passed over.
func (m mysql) Reflect(ctx context.Context, q dialect.Querier, c dialect.Capabilities, schemaName string, names []string) ([]*dialect.ReflectedTable, error) {
	r := &reflection{server: server{c, m}, asked: schemaName, byName: map[string]*described{}, names: names}
	err := q.Query(ctx, "SELECT COALESCE(NULLIF(?, ''), DATABASE(), ''), @@lower_case_table_names", []sqltype.Value{sqltype.TextValue(schemaName)}, func(row sqltype.Row) error {
		r.actual, r.folds = string(row.Text(0)), row.Int64(1) != 0
		return row.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("mysql: can't read the tables: %w", err)
	}
	args := []sqltype.Value{sqltype.TextValue(r.actual)}
	for _, n := range names {
		args = append(args, sqltype.TextValue(n))
	}
	only := ""
	if len(names) > 0 {
		only = " AND {t}.table_name IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	}
	for _, step := range r.steps() {
		sql := strings.NewReplacer("{only}", strings.ReplaceAll(only, "{t}", "t")).Replace(step.sql)
		err := q.Query(ctx, sql, args, func(row sqltype.Row) error {
			table := r.asksFor(string(row.Text(0)))
			t := r.byName[table]
			if t == nil && step.first && table != "" {
				t = r.newTable(table)
			}
			if t != nil {
				step.each(t, row)
			}
			return row.Err()
		})
		if err != nil {
			return nil, fmt.Errorf("mysql: can't read the tables: %w", err)
		}
	}
	for _, t := range r.tables {
		r.byName[t.Name].finish()
	}
	return r.tables, nil
}

// asksFor returns the table of a qualified name that a query found, "" where it
// was not asked for: the server's catalog compares names by a collation, and
// finds others as well.
func (r *reflection) asksFor(full string) string {
	equal := func(a, b string) bool { return a == b || r.folds && strings.EqualFold(a, b) }
	schemaName, table, _ := strings.Cut(full, "/")
	if !equal(schemaName, r.actual) || len(r.names) > 0 && !slices.ContainsFunc(r.names, func(n string) bool { return equal(n, table) }) {
		return ""
	}
	return table
}

type reflectStep struct {
	sql   string
	first bool
	each  func(t *described, row sqltype.Row)
}

func (r *reflection) newTable(name string) *described {
	t := &described{ReflectedTable: &dialect.ReflectedTable{Options: map[string]string{}}, firsts: map[string]bool{}}
	t.Relation = dialect.Relation{Schema: r.asked, Name: name, Kind: dialect.RelationTable}
	r.tables = append(r.tables, t.ReflectedTable)
	r.byName[name] = t
	return t
}

// steps are the queries, each with the schema and the names as parameters.
func (r *reflection) steps() []reflectStep {
	expression, checks := "''", `SELECT CONCAT(t.constraint_schema, '/', t.table_name), t.constraint_name, t.check_clause, t.level = 'Column' FROM information_schema.check_constraints t
  WHERE t.constraint_schema = ?{only} ORDER BY t.table_name, t.constraint_name`
	if !r.maria() {
		checks = `SELECT CONCAT(t.table_schema, '/', t.table_name), t.constraint_name, k.check_clause, 0 FROM information_schema.table_constraints t
  JOIN information_schema.check_constraints k ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
  WHERE t.constraint_type = 'CHECK' AND t.table_schema = ?{only} ORDER BY t.table_name, t.constraint_name`
	}
	if r.since(dialect.Version{8, 0, 13}, dialect.Version{}) {
		expression = "COALESCE(t.expression, '')"
	}
	list := []reflectStep{
		{reflectTables, true, r.table},
		{reflectColumns, false, r.column},
		{strings.ReplaceAll(reflectIndexes, "{expression}", expression), false, r.indexTerm},
		{reflectForeignKeys, false, r.foreignKey},
	}
	if r.since(dialect.Version{8, 0, 16}, dialect.Version{10, 5, 10}) {
		list = append(list, reflectStep{checks, false, r.checkConstraint})
	}
	return append(list, reflectStep{reflectViews, false, r.view})
}

const (
	reflectTables = `SELECT CONCAT(t.table_schema, '/', t.table_name), t.table_type, COALESCE(t.engine, ''), COALESCE(t.table_collation, ''), COALESCE(t.create_options, ''),
    COALESCE(t.table_comment, '') FROM information_schema.tables t
  WHERE t.table_schema = ?{only} AND t.table_type <> 'SEQUENCE' AND t.table_name <> '` + carrierTable + `' ORDER BY t.table_name`
	reflectColumns = `SELECT CONCAT(t.table_schema, '/', t.table_name), t.column_name, t.column_type, t.data_type, t.is_nullable, COALESCE(t.column_default, ''), t.column_default IS NOT NULL,
    t.extra, t.column_comment, COALESCE(t.generation_expression, ''), COALESCE(t.collation_name, ''), COALESCE(t.character_maximum_length, 0)
  FROM information_schema.columns t WHERE t.table_schema = ?{only} ORDER BY t.table_name, t.ordinal_position`
	reflectIndexes = `SELECT CONCAT(t.table_schema, '/', t.table_name), t.index_name, t.non_unique, COALESCE(t.column_name, ''), COALESCE(t.sub_part, 0), COALESCE(t.collation, ''), t.index_type,
    {expression}, t.index_comment FROM information_schema.statistics t WHERE t.table_schema = ?{only} ORDER BY t.table_name, t.index_name, t.seq_in_index`
	reflectForeignKeys = `SELECT CONCAT(t.table_schema, '/', t.table_name), t.constraint_name, t.column_name, t.referenced_table_schema, t.referenced_table_name, t.referenced_column_name,
    r.delete_rule, r.update_rule FROM information_schema.key_column_usage t
  JOIN information_schema.referential_constraints r ON r.constraint_schema = t.constraint_schema AND r.constraint_name = t.constraint_name AND r.table_name = t.table_name
  WHERE t.table_schema = ?{only} AND t.referenced_table_name IS NOT NULL ORDER BY t.table_name, t.constraint_name, t.ordinal_position`
	reflectViews = `SELECT CONCAT(t.table_schema, '/', t.table_name), COALESCE(t.view_definition, ''), t.check_option FROM information_schema.views t WHERE t.table_schema = ?{only}`
)

// table reads a row of reflectTables.
func (r *reflection) table(t *described, row sqltype.Row) {
	t.engine, t.collation, t.Comment = string(row.Text(2)), string(row.Text(3)), string(row.Text(5))
	switch kind := string(row.Text(1)); kind {
	case "BASE TABLE":
	case "VIEW", "SYSTEM VIEW":
		t.Kind, t.Comment = dialect.RelationView, ""
		return
	default:
		t.Beyond = append(t.Beyond, "is a table of the kind "+strings.ToLower(kind))
	}
	charset, _, _ := strings.Cut(t.collation, "_")
	t.Options["mysql.engine"], t.Options["mysql.charset"], t.Options["mysql.collate"] = t.engine, charset, t.collation
	for _, o := range strings.Fields(string(row.Text(4))) {
		t.createOption(o)
	}
}

// createOption takes an option that the server lists, such as
// row_format=COMPRESSED.
func (t *described) createOption(o string) {
	if o == "partitioned" {
		t.Beyond = append(t.Beyond, "is partitioned")
		return
	}
	name, value, _ := strings.Cut(o, "=")
	key := optionPrefix + strings.ToLower(name)
	for _, known := range tableOptionWords {
		if known.key == key {
			t.Options[key] = strings.Trim(value, `'"`)
			return
		}
	}
	t.Beyond = append(t.Beyond, "has the option "+o)
}

// view reads a row of reflectViews.
func (r *reflection) view(t *described, row sqltype.Row) {
	t.Definition = r.unqualified(string(row.Text(1)))
	if t.Definition == "" {
		t.Beyond = append(t.Beyond, "has a query that this user may not read; that takes the privilege SHOW VIEW")
	}
	switch string(row.Text(2)) {
	case "LOCAL":
		t.Check = schema.CheckLocal
	case "CASCADED":
		t.Check = schema.CheckCascaded
	}
}
