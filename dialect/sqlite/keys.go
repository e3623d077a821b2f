package sqlite

import (
	"fmt"
	"math"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// rowIDColumn returns the column that is the table's rowid, or nil.
func rowIDColumn(t *schema.Table) *schema.Column {
	if t.PrimaryKey == nil || len(t.PrimaryKey.Columns) != 1 || option(t, optionWithoutRowID) {
		return nil
	}
	col := t.PrimaryKey.Columns[0]
	if !schema.WholeType(col.Type) || !col.Generated() {
		return nil
	}
	return col
}

// options returns the options of what fills the column, or nil.
func options(col *schema.Column) *schema.SequenceOptions {
	switch {
	case col.OwnSequence() != nil:
		return &col.Sequence.SequenceOptions
	case col.Identity != nil:
		return &col.Identity.SequenceOptions
	}
	return nil
}

// native reports whether AUTOINCREMENT carries the Sequence or Identity of the
// column: it ascends by 1 from a start above 0 to the end of the integers.
func native(col *schema.Column) bool {
	o := options(col)
	return o != nil && rowIDColumn(col.Table) == col && !col.SharesSequence() &&
		o.IncrementValue() == 1 && !o.Cycles() && o.StartValue() >= 1 && (o.Max == nil || *o.Max == math.MaxInt64)
}

// SequenceFor implements dialect.Dialect.
func (sqlite) SequenceFor(_ dialect.Capabilities, col *schema.Column) *schema.Sequence {
	if native(col) || rowIDColumn(col.Table) == col && options(col) == nil {
		return nil
	}
	if s := col.OwnSequence(); s != nil {
		return s
	}
	return col.ImpliedSequence()
}

// BulkKeys implements dialect.Dialect. Ids can't be reserved in SQLite.
func (sqlite) BulkKeys(dialect.Capabilities, *schema.Table, *schema.Column) *dialect.BulkKeys {
	return nil
}

// RowIDCheck implements dialect.Dialect. The column that is the rowid is the one
// column of the primary key, of the type INTEGER exactly, for which there is no
// index (https://www.sqlite.org/lang_createtable.html#rowid). A trigger that
// runs after INSERT says so in its text; what else has these words is taken for
// one, and gives 1. One that does anything else at an INSERT gives 2.
func (sqlite) RowIDCheck(t *schema.Table) (string, error) {
	table, err := literal(sqltype.TextValue(t.Name), sqltype.Text{})
	if err != nil {
		return "", err
	}
	catalog, of := "main.sqlite_schema", "schema IN ('main', 'temp')"
	if t.Schema != "" {
		name, err := identifiers.Append(nil, t.Schema)
		if err != nil {
			return "", err
		}
		text, err := literal(sqltype.TextValue(t.Schema), sqltype.Text{})
		if err != nil {
			return "", err
		}
		catalog, of = string(name)+".sqlite_schema", "schema = "+text+" COLLATE NOCASE"
	}
	return fmt.Sprintf(rowIDCheck, table, of, catalog), nil
}

const rowIDCheck = `WITH target AS (SELECT schema, name, wr FROM pragma_table_list(%[1]s)
  WHERE type = 'table' AND %[2]s ORDER BY schema <> 'temp' LIMIT 1),
trigger AS (SELECT tbl_name, sql FROM %[3]s WHERE type = 'trigger' UNION ALL SELECT tbl_name, sql FROM temp.sqlite_schema WHERE type = 'trigger')
SELECT (SELECT c.name FROM target, pragma_table_info(target.name, target.schema) c
    WHERE NOT target.wr AND c.pk = 1 AND upper(c.type) = 'INTEGER'
      AND NOT EXISTS (SELECT 1 FROM pragma_index_list(target.name, target.schema) i WHERE i.origin = 'pk')
      AND (SELECT max(pk) FROM pragma_table_info(target.name, target.schema)) = 1),
  CASE WHEN EXISTS (SELECT 1 FROM target, trigger WHERE tbl_name = target.name COLLATE NOCASE AND sql LIKE '%%after%%insert%%') THEN 1
    WHEN EXISTS (SELECT 1 FROM target, trigger WHERE tbl_name = target.name COLLATE NOCASE AND sql LIKE '%%insert%%') THEN 2 ELSE 0 END`

// SequenceTable implements dialect.Dialect.
func (sqlite) SequenceTable(dialect.Capabilities) *dialect.SequenceTable { return sequenceTable }

// room is how many values a sequence has left.
const room = `(CASE WHEN increment > 0 THEN (max_value - value) / increment ELSE (value - min_value) / -increment END + 1 - called)`

// The table keeps the value that was given last, or, before the first, the one
// that is to be given, so that a sequence can give the last of its values.
var sequenceTable = &dialect.SequenceTable{
	Create: `CREATE TABLE IF NOT EXISTS alkahest_sequence (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL,
  called INTEGER NOT NULL,
  increment INTEGER NOT NULL,
  min_value INTEGER NOT NULL,
  max_value INTEGER NOT NULL,
  cycle INTEGER NOT NULL,
  carrier TEXT NOT NULL
)`,
	Define: `INSERT INTO alkahest_sequence (name, value, increment, min_value, max_value, cycle, carrier, called)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT DO NOTHING`,
	Increment: `SELECT increment, carrier FROM alkahest_sequence WHERE name = ?1`,
	Take: `UPDATE alkahest_sequence SET called = 1, value = CASE WHEN ` + room + ` >= ?1 THEN value + (?1 - 1 + called) * increment
  WHEN increment > 0 THEN min_value ELSE max_value END
  WHERE name = ?2 AND increment = ?3 AND carrier = '' AND (` + room + ` >= ?1 OR cycle AND ?1 = 1) RETURNING value - (?1 - 1) * increment`,
	Drop:          `DELETE FROM alkahest_sequence WHERE name = ?1`,
	InTransaction: true,
}
