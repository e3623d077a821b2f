package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var _ dialect.Reflector = sqlite{}

// carrierTable is the library's own, and no table of the program.
const carrierTable = "alkahest_sequence"

// Schemas implements dialect.Reflector.
func (sqlite) Schemas(ctx context.Context, q dialect.Querier) (names []string, current string, err error) {
	err = q.Query(ctx, "SELECT name FROM pragma_database_list WHERE name <> 'temp' ORDER BY seq", nil, func(row sqltype.Row) error {
		names = append(names, string(row.Text(0)))
		return row.Err()
	})
	if err != nil {
		return nil, "", fmt.Errorf("sqlite: can't read which databases are attached: %w", err)
	}
	return names, "main", nil
}

var relationKinds = map[string]dialect.RelationKind{
	"table": dialect.RelationTable, "view": dialect.RelationView, "virtual": dialect.RelationVirtualTable,
}

// Relations implements dialect.Reflector.
func (sqlite) Relations(ctx context.Context, q dialect.Querier, schemaName string) ([]dialect.Relation, error) {
	list, err := relations(ctx, q, actual(schemaName))
	for i := range list {
		list[i].Schema = schemaName
	}
	return list, err
}

// Temporary implements dialect.Reflector.
func (sqlite) Temporary(ctx context.Context, q dialect.Querier) ([]dialect.Relation, error) {
	return relations(ctx, q, "temp")
}

func actual(schemaName string) string {
	if schemaName == "" {
		return "main"
	}
	return schemaName
}

func relations(ctx context.Context, q dialect.Querier, database string) (list []dialect.Relation, err error) {
	err = q.Query(ctx, "SELECT l.name, l.type FROM "+tablesAsked+" ORDER BY l.name", []sqltype.Value{sqltype.TextValue(database), sqltype.TextValue("")}, func(row sqltype.Row) error {
		list = append(list, dialect.Relation{Name: string(row.Text(0)), Kind: relationKinds[string(row.Text(1))], Temporary: database == "temp"})
		return row.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: can't read which tables there are: %w", err)
	}
	return list, nil
}

// tablesAsked are those of the database ?1 among the names of the JSON list ?2.
// What a virtual table keeps its rows in (shadow) is a part of that.
const tablesAsked = `(SELECT * FROM pragma_table_list WHERE schema = ?1 COLLATE NOCASE AND type <> 'shadow' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
  AND name <> '` + carrierTable + `' AND CASE WHEN ?2 = '' THEN 1
    ELSE lower(name) IN (SELECT lower(value) FROM json_each(CASE WHEN ?2 = '' THEN '[]' ELSE ?2 END)) END) l`

// ReflectSequences implements dialect.Reflector. The table that carries
// sequences keeps where each stands: one that gave a value starts at its limit.
func (sqlite) ReflectSequences(ctx context.Context, q dialect.Querier, _ dialect.Capabilities, schemaName string) (list []dialect.ReflectedSequence, err error) {
	if schemaName != "" && fold(schemaName) != "main" {
		return nil, nil
	}
	there := false
	err = q.Query(ctx, "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = '"+carrierTable+"'", nil, func(row sqltype.Row) error {
		there = true
		return row.Err()
	})
	if err == nil && there {
		err = q.Query(ctx, `SELECT name, CASE WHEN NOT called THEN value WHEN increment > 0 THEN min_value ELSE max_value END, increment, min_value, max_value, cycle
  FROM main.alkahest_sequence WHERE carrier = '' ORDER BY name`, nil, func(row sqltype.Row) error {
			list = append(list, dialect.ReflectedSequence{
				Schema: schemaName, Name: string(row.Text(0)), Start: row.Int64(1), Increment: row.Int64(2), Min: row.Int64(3), Max: row.Int64(4),
				Cycle: row.Int64(5) != 0, Carried: true,
			})
			return row.Err()
		})
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: can't read the sequences: %w", err)
	}
	return list, nil
}

// Reflect implements dialect.Reflector.
func (s sqlite) Reflect(ctx context.Context, q dialect.Querier, _ dialect.Capabilities, schemaName string, names []string) ([]*dialect.ReflectedTable, error) {
	var tables []*dialect.ReflectedTable
	if schemaName == "" && len(names) > 0 {
		hiding, err := reflectIn(ctx, q, "", "temp", names)
		if err != nil {
			return nil, err
		}
		tables = hiding
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool {
			return slices.ContainsFunc(hiding, func(t *dialect.ReflectedTable) bool { return fold(t.Name) == fold(n) })
		})
		if len(names) == 0 {
			return tables, nil
		}
	}
	own, err := reflectIn(ctx, q, schemaName, actual(schemaName), names)
	return append(tables, own...), err
}

// reflection collects what several queries say about tables.
type reflection struct {
	schemaName string
	temporary  bool
	tables     []*dialect.ReflectedTable
	byName     map[string]*described
}

// described is a table with what its CREATE TABLE says.
type described struct {
	*dialect.ReflectedTable
	text *createText
	key  map[int]string // columns of the primary key by their number in it, from 1
	keys []indexRow     // of UNIQUE constraints and the primary key
	refs []int          // the number of each foreign key
}

func reflectIn(ctx context.Context, q dialect.Querier, schemaName, database string, names []string) ([]*dialect.ReflectedTable, error) {
	quoted, err := identifiers.Append(nil, database)
	if err != nil {
		return nil, err
	}
	r := &reflection{schemaName: schemaName, temporary: database == "temp", byName: map[string]*described{}}
	a := asking{q: q, database: database, catalog: string(quoted) + ".sqlite_schema"}
	for _, step := range []struct {
		sql  string
		each func(row sqltype.Row) error
	}{{reflectTables, r.table}, {reflectColumns, r.column}, {reflectIndexes, r.indexTerm}, {reflectForeignKeys, r.foreignKey}} {
		if err := a.ask(ctx, step.sql, names, step.each); err != nil {
			return nil, err
		}
	}
	if err := r.others(ctx, a, names); err != nil {
		return nil, err
	}
	for _, t := range r.tables {
		r.byName[t.Name].finish()
	}
	return r.tables, nil
}

// others reads the columns of views and virtual tables. One that SQLite can't read
// itself, as a table is gone that it reads, keeps nobody from reading the rest.
func (r *reflection) others(ctx context.Context, a asking, names []string) error {
	var others []*dialect.ReflectedTable
	for _, t := range r.tables {
		if t.Kind != dialect.RelationTable {
			others = append(others, t)
		}
	}
	if len(others) == 0 || a.ask(ctx, reflectOthers, names, r.column) == nil {
		return nil
	}
	for _, t := range others {
		t.Columns = nil // as far as they were read
		if err := a.ask(ctx, reflectOthers, []string{t.Name}, r.column); err != nil {
			if ctx.Err() != nil {
				return err
			}
			t.Beyond = append(t.Beyond, fmt.Sprintf("can't be read by SQLite itself (%s)", errors.Unwrap(err)))
		}
	}
	return nil
}

// asking asks about tables of one database.
type asking struct {
	q                 dialect.Querier
	database, catalog string
}

// ask asks about the tables of these names, all where there are none.
func (a asking) ask(ctx context.Context, sql string, names []string, each func(row sqltype.Row) error) error {
	only := ""
	if len(names) > 0 {
		list, err := json.Marshal(names)
		if err != nil {
			return fmt.Errorf("sqlite: can't ask for tables: %w", err)
		}
		only = string(list)
	}
	sql = strings.NewReplacer("{tables}", tablesAsked, "{catalog}", a.catalog).Replace(sql)
	err := a.q.Query(ctx, sql, []sqltype.Value{sqltype.TextValue(a.database), sqltype.TextValue(only)}, func(row sqltype.Row) error {
		if err := each(row); err != nil {
			return err
		}
		return row.Err()
	})
	if err != nil {
		return fmt.Errorf("sqlite: can't read the tables: %w", err)
	}
	return nil
}

const (
	reflectTables = `SELECT l.name, l.type, l.wr, l.strict, coalesce(s.sql, '') FROM {tables} LEFT JOIN {catalog} s ON s.name = l.name AND s.type IN ('table', 'view')
  ORDER BY l.name`
	columnsRead = `SELECT l.name, x.name, x.type, x."notnull", coalesce(x.dflt_value, ''), x.dflt_value IS NOT NULL, x.pk, x.hidden FROM {tables}
  JOIN pragma_table_xinfo(l.name, l.schema) x WHERE x.hidden <> 1 AND l.type `
	reflectColumns = columnsRead + `= 'table' ORDER BY l.name, x.cid`
	reflectOthers  = columnsRead + `<> 'table' ORDER BY l.name, x.cid`
	reflectIndexes = `SELECT l.name, i.name, i."unique", i.origin, i.seq, x.cid, coalesce(x.name, ''), x."desc", x.coll, coalesce(s.sql, '') FROM {tables}
  JOIN pragma_index_list(l.name, l.schema) i JOIN pragma_index_xinfo(i.name, l.schema) x LEFT JOIN {catalog} s ON s.type = 'index' AND s.name = i.name
  WHERE x.key AND l.type = 'table' ORDER BY l.name, i.name, x.seqno`
	// A foreign key may leave out the columns, which are the key's then, and write
	// names in another case.
	reflectForeignKeys = `SELECT l.name, f.id, f."from", coalesce((SELECT r.name FROM pragma_table_list r WHERE r.schema = l.schema AND r.name = f."table" COLLATE NOCASE), f."table"),
    coalesce((SELECT r.name FROM pragma_table_xinfo(f."table", l.schema) r WHERE CASE WHEN f."to" IS NULL THEN r.pk = f.seq + 1 ELSE r.name = f."to" COLLATE NOCASE END), f."to", ''),
    f.on_delete, f.on_update FROM {tables} JOIN pragma_foreign_key_list(l.name, l.schema) f WHERE l.type = 'table' ORDER BY l.name, f.id DESC, f.seq`
)

// table reads a row of reflectTables.
func (r *reflection) table(row sqltype.Row) error {
	t := &dialect.ReflectedTable{Options: map[string]string{}}
	t.Relation = dialect.Relation{Schema: r.schemaName, Name: string(row.Text(0)), Kind: relationKinds[string(row.Text(1))], Temporary: r.temporary}
	text := string(row.Text(4))
	d := &described{ReflectedTable: t, key: map[int]string{}, text: &createText{columns: map[string]*columnText{}}}
	switch t.Kind {
	case dialect.RelationView:
		t.Definition = viewText(text)
	case dialect.RelationVirtualTable:
		t.Beyond = append(t.Beyond, "is a virtual table")
	default:
		d.text = parseCreateTable(text)
		if d.text.unread != "" {
			t.Beyond = append(t.Beyond, "has in its CREATE TABLE what was not understood, at "+d.text.unread)
		}
	}
	if row.Int64(2) != 0 {
		t.Options[optionWithoutRowID] = "true"
	}
	if row.Int64(3) != 0 {
		t.Options[optionStrict] = "true"
	}
	if d.text.autoincrement {
		t.Options[optionAutoincrement] = "true"
	}
	for _, c := range d.text.checks {
		t.Checks = append(t.Checks, dialect.ReflectedCheck{Name: c.name, Condition: c.text})
	}
	r.tables = append(r.tables, t)
	r.byName[t.Name] = d
	return nil
}

// column reads a row of reflectColumns.
func (r *reflection) column(row sqltype.Row) error {
	d := r.byName[string(row.Text(0))]
	if d == nil { // made since the tables were read
		return nil
	}
	c := dialect.ReflectedColumn{Name: string(row.Text(1)), SQL: string(row.Text(2)), Nullable: row.Int64(3) == 0, Options: map[string]string{}}
	said := d.text.columns[fold(c.Name)]
	if said == nil {
		said = &columnText{}
	}
	if row.Bool(5) {
		c.Default = string(row.Text(4))
	}
	if said.conflictNotNull != "" {
		c.Options[optionConflictNotNull] = said.conflictNotNull
	}
	if hidden := row.Int64(7); hidden == 2 || hidden == 3 {
		c.Computed, c.Storage = said.computed, schema.Virtual
		if hidden == 3 {
			c.Storage = schema.Stored
		}
		c.SQL = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(c.SQL), "GENERATED ALWAYS"))
	}
	if n := int(row.Int64(6)); n > 0 {
		d.key[n] = c.Name
	}
	var odd bool
	c.Type, c.Unknown, odd = typeOf(c.SQL, said.collation)
	if said.collation != "" {
		c.SQL += " COLLATE " + said.collation
	}
	if odd {
		d.Beyond = append(d.Beyond, fmt.Sprintf("has the column %q of a type that was not understood", c.Name))
	}
	d.Columns = append(d.Columns, c)
	return nil
}
