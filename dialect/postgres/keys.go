package postgres

import (
	"strconv"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// optionSerial is the table option that makes the key SERIAL.
const optionSerial = "postgres.serial"

func option(t *schema.Table, key string) bool {
	on, err := strconv.ParseBool(t.Options[key])
	return err == nil && on
}

// numbered reports whether the type is one that an identity can have: the
// server's integers are signed.
func numbered(col *schema.Column) bool {
	i, ok := schema.IntegerType(col.Type)
	return ok && !(i.Unsigned && i.Bits == 64)
}

// isIdentity reports whether the column is GENERATED … AS IDENTITY.
func isIdentity(col *schema.Column) bool {
	if !numbered(col) || col.OwnSequence() != nil || col.ServerDefault != nil || isSerial(col) {
		return false
	}
	return col.Identity != nil || col.Table.AutoincrementColumn() == col
}

// isSerial reports whether the column is SERIAL.
func isSerial(col *schema.Column) bool {
	return option(col.Table, optionSerial) && col.Table.AutoincrementColumn() == col && numbered(col) && col.Identity == nil && col.OwnSequence() == nil
}

// serial is SERIAL in the width of the column's type, which is that of the
// sequence as well.
func serial(col *schema.Column) string {
	i, _ := schema.IntegerType(col.Type)
	switch integer(i) {
	case "SMALLINT":
		return "SMALLSERIAL"
	case "INTEGER":
		return "SERIAL"
	}
	return "BIGSERIAL"
}

// SequenceFor implements dialect.Dialect.
func (postgres) SequenceFor(_ dialect.Capabilities, col *schema.Column) *schema.Sequence {
	return sequenceFor(col)
}

// sequenceFor returns the column's own sequence, or one for a type that no
// identity has.
func sequenceFor(col *schema.Column) *schema.Sequence {
	if s := col.OwnSequence(); s != nil {
		return s
	}
	if isIdentity(col) || isSerial(col) {
		return nil
	}
	return col.ImpliedSequence()
}

// RowIDCheck implements dialect.Dialect. It is not asked: there are no row ids.
func (postgres) RowIDCheck(*schema.Table) (string, error) { return "", nil }

// SequenceTable implements dialect.Dialect.
func (postgres) SequenceTable(dialect.Capabilities) *dialect.SequenceTable { return nil }

// BulkKeys implements dialect.Dialect. The value of GENERATED ALWAYS can't be
// sent, so that there is no use in having it first. An identity fills rows for
// everybody who may insert, but its sequence gives values to those alone who
// have a privilege on it
// (https://www.postgresql.org/docs/current/ddl-priv.html).
func (postgres) BulkKeys(_ dialect.Capabilities, t *schema.Table, col *schema.Column) *dialect.BulkKeys {
	sequence, err, down := "", error(nil), false
	switch s := sequenceFor(col); {
	case !numbered(col), col.Identity != nil && col.Identity.Always:
		return nil
	case s != nil:
		sequence, err = reference(s.Schema, s.Name)
		down = s.IncrementValue() < 0
	case isIdentity(col), isSerial(col):
		sequence, err = ownedSequence(t, col)
		down = col.Identity != nil && col.Identity.IncrementValue() < 0
	default:
		return nil
	}
	if err != nil {
		return nil // the same name is an error when the statement is compiled
	}
	if down {
		return &dialect.BulkKeys{Reserve: reserve(sequence, "greatest"), Step: -1}
	}
	return &dialect.BulkKeys{Reserve: reserve(sequence, "least"), Step: 1}
}

// reserve draws values in one query. Values that differ and are as close as
// whole numbers can be need not be listed. first is the function that gives the
// first of two of them.
func reserve(sequence, first string) string {
	return "WITH drawn AS (SELECT nextval(" + sequence + ") AS v FROM generate_series(1, CAST($1 AS BIGINT))" +
		" WHERE has_sequence_privilege(" + sequence + ", 'USAGE, UPDATE'))," +
		" run AS (SELECT min(v) AS a, max(v) AS b, count(*) AS n, CAST(max(v) AS NUMERIC) - min(v) = count(*) - 1 AS dense FROM drawn)" +
		" SELECT " + first + "(a, b), n FROM run WHERE dense" +
		" UNION ALL SELECT drawn.v, 1 FROM run, drawn WHERE NOT run.dense"
}

// ownedSequence asks for the sequence of an identity or SERIAL once, in a
// subquery.
func ownedSequence(t *schema.Table, col *schema.Column) (string, error) {
	table, err := reference(t.Schema, t.Name)
	if err != nil {
		return "", err
	}
	column, err := literal(sqltype.TextValue(col.Name), sqltype.Text{})
	return "(SELECT CAST(pg_get_serial_sequence(" + table + ", " + column + ") AS REGCLASS))", err
}

// changesInserts says whether a relation is other than a plain table, or has
// row security, a rule for INSERT, or a row trigger before INSERT: the bits 1,
// 2 and 4 of tgtype (https://www.postgresql.org/docs/current/catalog-pg-trigger.html).
//
// With a snapshot that is older than the lock that the transaction's first row
// took, the catalog can't say it: a trigger that came in between is not seen.
const changesInserts = `SELECT coalesce(bool_or(c.relkind <> 'r' OR c.relrowsecurity OR current_setting('transaction_isolation') <> 'read committed'
    OR EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgtype & 7 = 7)
    OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type = '3')), true)
  FROM pg_catalog.pg_class c
  WHERE c.oid = to_regclass(CASE WHEN $1 = '' THEN '' ELSE quote_ident($1) || '.' END || quote_ident($2))`
