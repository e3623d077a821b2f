package sqlite

import (
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
	if _, integer := sqltype.Base(col.Type).(sqltype.Integer); !integer || !col.Generated() {
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
	if native(col) {
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

// otherThanRowIDTable says whether the target of an INSERT is a view, a virtual
// table or a table without rowid, of which the last row id says nothing. A
// trigger of a table can't change it
// (https://www.sqlite.org/c3ref/last_insert_rowid.html).
const otherThanRowIDTable = `SELECT EXISTS (SELECT 1 FROM pragma_table_list WHERE name = ?2 COLLATE NOCASE
  AND (?1 = '' OR schema = ?1 COLLATE NOCASE) AND (type <> 'table' OR wr))`

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
	Increment: `SELECT increment FROM alkahest_sequence WHERE name = ?1`,
	Take: `UPDATE alkahest_sequence SET called = 1, value = CASE WHEN ` + room + ` >= ?1 THEN value + (?1 - 1 + called) * increment
  WHEN increment > 0 THEN min_value ELSE max_value END
  WHERE name = ?2 AND carrier = '' AND (` + room + ` >= ?1 OR cycle AND ?1 = 1) RETURNING value - (?1 - 1) * increment`,
	Drop:          `DELETE FROM alkahest_sequence WHERE name = ?1`,
	InTransaction: true,
}
