package mysql

import (
	"math"
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
)

// autoColumn returns the column of the table that is AUTO_INCREMENT, or nil.
// There can be one, and it must be the first of a key, in which keyOrder puts
// it.
func (s server) autoColumn(t *schema.Table) *schema.Column {
	for _, col := range t.Columns() {
		_, integer := schema.IntegerType(col.Type)
		if integer && col.ServerDefault == nil && inKey(col) && s.auto(col) {
			return col
		}
	}
	return nil
}

// auto reports whether AUTO_INCREMENT does what the column asks for.
func (s server) auto(col *schema.Column) bool {
	if o := s.options(col); o != nil {
		ascends := o.IncrementValue() == 1 && !o.Cycles() && o.StartValue() >= 1 && (o.Max == nil || *o.Max == math.MaxInt64)
		return ascends && !col.SharesSequence() && (col.Identity != nil || !s.Sequences)
	}
	return col.Table.AutoincrementColumn() == col
}

// options returns the options of the Sequence or Identity of the column, or
// nil.
func (s server) options(col *schema.Column) *schema.SequenceOptions {
	switch {
	case col.OwnSequence() != nil:
		return &col.Sequence.SequenceOptions
	case col.Identity != nil:
		return &col.Identity.SequenceOptions
	}
	return nil
}

// inKey reports whether the column is, or can be made, the first of a key.
func inKey(col *schema.Column) bool {
	t := col.Table
	if t.PrimaryKey != nil && slices.Contains(t.PrimaryKey.Columns, col) {
		return true
	}
	for _, u := range t.Uniques {
		if u.Columns[0] == col {
			return true
		}
	}
	return false
}

// keyOrder puts the AUTO_INCREMENT column first
// (https://dev.mysql.com/doc/refman/8.4/en/innodb-auto-increment-handling.html).
func (s server) keyOrder(t *schema.Table) []*schema.Column {
	columns := t.PrimaryKey.Columns
	i := slices.Index(columns, s.autoColumn(t))
	if i <= 0 {
		return columns
	}
	return slices.Concat(columns[i:i+1], columns[:i], columns[i+1:])
}

func (s server) sequenceFor(col *schema.Column) *schema.Sequence {
	if s.autoColumn(col.Table) == col {
		return nil
	}
	if own := col.OwnSequence(); own != nil {
		return own
	}
	return col.ImpliedSequence()
}

// SequenceFor implements dialect.Dialect.
func (m mysql) SequenceFor(c dialect.Capabilities, col *schema.Column) *schema.Sequence {
	return server{c, m}.sequenceFor(col)
}

// BulkKeys implements dialect.Dialect. A statement can't take several values of
// a sequence without a table of that many rows.
func (mysql) BulkKeys(dialect.Capabilities, *schema.Table, *schema.Column) *dialect.BulkKeys {
	return nil
}

// changesInserts says whether the target is other than a plain table of InnoDB,
// or has a trigger before INSERT, or whether that can't be seen: triggers are
// shown to those alone who hold the privilege TRIGGER
// (https://mariadb.com/kb/en/information-schema-triggers-table/). InnoDB reserves
// the ids of an INSERT of known rows at once, in each lock mode
// (https://dev.mysql.com/doc/refman/8.4/en/innodb-auto-increment-handling.html);
// MyISAM and Aria may number them by the column before
// (https://mariadb.com/kb/en/auto_increment/).
const changesInserts = `SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM information_schema.tables i
    WHERE i.table_schema = o.s AND i.table_name = o.t AND i.table_type = 'BASE TABLE' AND i.engine = 'InnoDB')
  OR EXISTS (SELECT 1 FROM information_schema.triggers g WHERE g.event_object_schema = o.s AND g.event_object_table = o.t
    AND g.action_timing = 'BEFORE' AND g.event_manipulation = 'INSERT')
  OR NOT (EXISTS (SELECT 1 FROM information_schema.user_privileges p WHERE p.grantee = o.g AND p.privilege_type = 'TRIGGER')
    OR EXISTS (SELECT 1 FROM information_schema.schema_privileges p WHERE p.grantee = o.g AND p.privilege_type = 'TRIGGER'
      AND o.s LIKE p.table_schema)
    OR EXISTS (SELECT 1 FROM information_schema.table_privileges p WHERE p.grantee = o.g AND p.privilege_type = 'TRIGGER'
      AND p.table_schema = o.s AND p.table_name = o.t)) THEN 1
  WHEN EXISTS (SELECT 1 FROM information_schema.triggers g WHERE g.event_object_schema = o.s AND g.event_object_table = o.t
    AND g.event_manipulation = 'INSERT') THEN 2 ELSE 0 END
  FROM (SELECT COALESCE(NULLIF(?, ''), DATABASE()) AS s, ? AS t,
    CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''') AS g) o`

// RowIDCheck implements dialect.Dialect. It is not asked: there are no row ids.
func (mysql) RowIDCheck(*schema.Table) (string, error) { return "", nil }

// SequenceTable implements dialect.Dialect.
func (mysql) SequenceTable(c dialect.Capabilities) *dialect.SequenceTable {
	if c.Sequences {
		return nil
	}
	return sequenceTable
}

// lastTaken is the last of the values that are taken. The table keeps the next
// value, in a type that holds also what is past the last.
const lastTaken = "next_value + (p.n - 1) * " + wide

// wide is the step in a type that does not overflow.
const wide = "CAST(increment AS DECIMAL(40, 0))"

const fits = "(" + lastTaken + " BETWEEN min_value AND max_value)"

// LAST_INSERT_ID returns an unsigned number. Take updates one column only: the order of assignments is not defined where
// there are several tables
// (https://dev.mysql.com/doc/refman/8.4/en/update.html).
var sequenceTable = &dialect.SequenceTable{
	Create: "CREATE TABLE IF NOT EXISTS alkahest_sequence (\n" +
		"  name VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,\n" +
		"  next_value DECIMAL(40, 0) NOT NULL,\n" +
		"  increment BIGINT NOT NULL,\n" +
		"  min_value BIGINT NOT NULL,\n" +
		"  max_value BIGINT NOT NULL,\n" +
		"  cycles BOOLEAN NOT NULL,\n" +
		"  carrier VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL\n" +
		") ENGINE=InnoDB",
	Define: "INSERT INTO alkahest_sequence (name, next_value, increment, min_value, max_value, cycles, carrier)" +
		" VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)",
	Increment: "SELECT increment, carrier FROM alkahest_sequence WHERE name = ?",
	Take: "UPDATE alkahest_sequence JOIN (SELECT ? AS n, ? AS name, ? AS step) p ON alkahest_sequence.name = p.name" +
		" SET next_value = CAST(LAST_INSERT_ID(IF(" + fits + ", next_value, IF(increment > 0, min_value, max_value))) AS SIGNED)" +
		" + p.n * " + wide +
		" WHERE carrier = '' AND increment = p.step AND (" + fits + " OR cycles AND p.n = 1)",
	TakeAsInsertID: true,
	Drop:           "DELETE FROM alkahest_sequence WHERE name = ?",
}
