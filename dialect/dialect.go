// Package dialect is the contract of one product: its rules for writing SQL,
// what it is capable of, how its transactions begin, what exists in a
// database. It knows no driver; a dialect that must run SQL is handed a
// Querier.
package dialect

import (
	"context"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Querier runs a query on one connection for a dialect. each is called for
// each row; the row is valid until it returns.
type Querier interface {
	Query(ctx context.Context, sql string, args []sqltype.Value, each func(row sqltype.Row) error) error
}

// Dialect is one product. It is used by many goroutines at once and has no
// state.
type Dialect interface {
	// Name is the product's name, such as "postgresql". It is for messages: code
	// asks Capabilities.
	Name() string
	// Probe asks the server what it is. It is called once an engine, on the
	// first connection.
	Probe(ctx context.Context, q Querier) (Capabilities, error)
	// Rules says how a server with these capabilities writes SQL. The result is
	// kept and shared.
	Rules(c Capabilities) *compile.Rules
	// Begin returns the statements that begin a transaction, in order, or an
	// error that names what the product can't do. The last one is what begins
	// it; what comes before may be run in advance.
	Begin(c Capabilities, o TxOptions) ([]string, error)
	// Existing reports which tables, sequences and enumeration types of the
	// metadata are there.
	Existing(ctx context.Context, q Querier, m *schema.MetaData) (*Existing, error)
	// BulkKeys says how the values of a generated column can be had before the
	// rows are sent; nil where that is not possible.
	BulkKeys(c Capabilities, t *schema.Table, col *schema.Column) *BulkKeys
	// RowIDCheck returns a query, without parameters, about rows that are inserted
	// into the table, for products of KeysByRowID; others are not asked. It
	// returns one row: the name of the column that is the engine's row id, NULL
	// where none is or the target is no plain table; and 1 where a trigger may
	// change a row after it was stored, when RETURNING has told it, 2 where there
	// are other triggers of INSERT, else 0.
	RowIDCheck(t *schema.Table) (string, error)
	// SequenceTable returns the statements of the table that carries sequences
	// where the product has none; nil where it has.
	SequenceTable(c Capabilities) *SequenceTable
	// SequenceFor returns the sequence that fills the column, or nil where the
	// column's own generator does (an identity, AUTO_INCREMENT, SQLite's rowid),
	// or nothing. It is not col.Sequence alone: a product may carry that by the
	// column's own generator, and may need a sequence, named after table and
	// column, for an Identity that its generators can't honour. Where the product
	// has sequences, the sequence must exist before the table, whose DEFAULT may
	// draw from it; where not, values are taken from the SequenceTable before
	// the row is sent.
	SequenceFor(c Capabilities, col *schema.Column) *schema.Sequence
}

// Capabilities are what one server can do, found on the first connection.
type Capabilities struct {
	Product string // what the server says it is, such as "MariaDB"
	Version Version
	// Keys is how the values that the database generated for an inserted row
	// are fetched.
	Keys KeyFetch
	// KeyStep is the distance of the ids of one multi-row INSERT
	// (auto_increment_increment); 0 where that has no meaning. It is asked again
	// on each connection through KeyStepQuery.
	KeyStep      uint64
	KeyStepQuery string
	// KeyStepNote is set where the step may change between two statements of one
	// connection (a Galera cluster whose nodes leave and join), so that an answer
	// of KeyStepQuery says nothing of the next statement. It is an expression
	// that is NULL, stands for a generated key, and makes its statement write
	// down the step that it uses, which the query KeyStepNoted then tells.
	KeyStepNote  expr.Expression
	KeyStepNoted string
	// KeysInSteps says, of a product of KeysByValuesReturning, that the keys which
	// the database generates for one multi-row VALUES are LastInsertID and those
	// that follow it by the step, in the order of the rows, where the query
	// InsertTriggers finds nothing: so they need not be returned.
	KeysInSteps bool
	// InsertTriggers is a query with two parameters, schema ("" for the
	// current) and table, whose one row says by a truth value or number whether
	// something in the database may change the ids of inserted rows: a BEFORE
	// INSERT trigger, a rule, row security, an INSTEAD OF trigger, a storage engine
	// that numbers rows in its own way. "" where nothing can. The number 2 says that
	// nothing does, but that other statements run between the rows (an AFTER INSERT
	// trigger), which may change KeyStep.
	InsertTriggers string
	// SchemaVersion is a query for a number that changes with the tables and
	// triggers that have no schema in their name, for products of KeysByRowID.
	SchemaVersion string
	// Pipelines says that a batch is one round trip.
	Pipelines bool
	// Cursors says that a SELECT can be declared as a cursor and fetched in
	// parts, with the connection free between them.
	Cursors bool
	// ReadsPlaces says that an IN of up to 1,000 parameters is read faster than the
	// same values as one: that the one is unpacked to a table, which is joined.
	ReadsPlaces bool
	// Sequences says that the product has sequences.
	Sequences bool
	// SequencesByName says that an INSERT has to name the sequence of a column
	// that it leaves out: the column has no DEFAULT that draws from it.
	SequencesByName bool
	// Savepoints are the words for savepoints where they are not the standard's.
	Savepoints SavepointWords
	// TwoPhase is how a transaction is prepared before it is committed; nil where
	// it can't be.
	TwoPhase *TwoPhase
	// Databases is how whole databases are made and dropped; nil where a database
	// is a file, or nothing is known.
	Databases *Databases
	// SingleWriter says that one connection at a time may write, so that
	// writers wait for each other outside the database.
	SingleWriter bool
	// OneConnection says that the database is the connection: it vanishes with
	// it (SQLite's :memory:).
	OneConnection bool
	// AbortsOnError says that an error of a statement undoes the transaction, so
	// that nothing but ROLLBACK, also to a savepoint, is accepted after it.
	AbortsOnError bool
	// CheckDeferred is a statement that checks the constraints which wait for
	// COMMIT; "" where none do.
	CheckDeferred string
	// TransactionalDDL says that DDL can be rolled back; where not, each DDL
	// statement commits.
	TransactionalDDL bool
	// SessionState says that what is set on a connection stays there; false
	// behind a pooler that lends a server connection for a transaction at a
	// time.
	SessionState bool
	// NaN says that floating-point columns hold NaN and the infinities.
	NaN bool
	// NumericDigits is how many digits of a NUMERIC are kept exactly; 0: all.
	NumericDigits int
	// Isolation are the isolation levels, the default first.
	Isolation []Isolation
	// Modes are settings that change what SQL means, such as an SQL mode.
	Modes string
}

// Fingerprint is what the text of statements depends on, as part of a
// statement's key.
func (c *Capabilities) Fingerprint() string {
	return c.Product + " " + c.Version.String() + " " + strconv.Itoa(int(c.Keys)) + " " + c.Modes
}

// KeyFetch is how generated values come back.
type KeyFetch uint8

// How generated values come back.
const (
	// KeysByReturning: INSERT … RETURNING, one row a statement, pipelined where
	// the driver can.
	KeysByReturning KeyFetch = iota
	// KeysByRowID: the engine's last row id, read after each single-row INSERT
	// of a table whose key it is; RETURNING for everything else (SQLite).
	KeysByRowID
	// KeysByValuesReturning: one multi-row INSERT … VALUES … RETURNING, whose
	// ids ascend by the server's step in the order of VALUES (MariaDB).
	KeysByValuesReturning
	// KeysByLastInsertID: the id of the first row of a plain multi-row INSERT …
	// VALUES, from the protocol, and the server's step (MySQL).
	KeysByLastInsertID
	// KeysByMerge: one statement of many rows, each of which comes back with its
	// position among them (a MERGE with OUTPUT: SQL Server); RETURNING for a
	// single row.
	KeysByMerge
)

// Version is a version number, most significant part first.
type Version [3]int

// String returns "major.minor.patch".
func (v Version) String() string {
	parts := make([]string, len(v))
	for i, n := range v {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// AtLeast reports whether v is the version of the given parts or a later one.
func (v Version) AtLeast(parts ...int) bool {
	for i, p := range parts {
		if v[i] != p {
			return v[i] > p
		}
	}
	return true
}

// ParseVersion reads the numbers at the start of s, such as "15.18 (Debian)".
func ParseVersion(s string) Version {
	var v Version
	part := 0
	for i := 0; i < len(s) && part < len(v); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			v[part] = v[part]*10 + int(c-'0')
		case c == '.':
			part++
		default:
			return v
		}
	}
	return v
}

// Isolation is an isolation level of standard SQL, or a product's own.
type Isolation uint8

// The isolation levels.
const (
	DefaultIsolation Isolation = iota
	ReadUncommitted
	ReadCommitted
	RepeatableRead
	Snapshot
	Serializable
)

// String returns the level in the words of SQL.
func (i Isolation) String() string {
	switch i {
	case ReadUncommitted:
		return "READ UNCOMMITTED"
	case ReadCommitted:
		return "READ COMMITTED"
	case RepeatableRead:
		return "REPEATABLE READ"
	case Snapshot:
		return "SNAPSHOT"
	case Serializable:
		return "SERIALIZABLE"
	}
	return "DEFAULT"
}

// TxOptions say how a transaction begins.
type TxOptions struct {
	Isolation Isolation
	ReadOnly  bool
	// Deferrable waits for a snapshot that can't fail (PostgreSQL, with
	// Serializable and ReadOnly).
	Deferrable bool
	// Autocommit begins no transaction, which saves what BEGIN and COMMIT cost: each
	// query sees what is committed when it runs. It is for ReadOnly, and without
	// Isolation. As the database does not watch over it, only queries made of
	// expressions are taken: no raw text, and no savepoint.
	Autocommit bool
}

// SavepointWords are how a product spells savepoints, each to be followed by a
// name. The zero value is standard SQL.
type SavepointWords struct {
	Set, RollbackTo string
	// Release is "" beside a Set that is not, where savepoints are not released.
	Release string
	// None says that there are no savepoints.
	None bool
	// Replaces says that a savepoint takes the place of one of the same name.
	Replaces bool
}

// Words returns the words, those of standard SQL where none are given.
func (w SavepointWords) Words() SavepointWords {
	if w.Set == "" {
		w.Set, w.RollbackTo, w.Release = "SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"
	}
	return w
}

// Existing is what is there already.
type Existing struct {
	Tables    map[string]bool  // by schema.Table.FullName
	Indexes   map[string]bool  // by index name within the table: "table/index"
	Sequences map[string]int64 // by schema.Sequence.FullName: its increment
	Enums     map[string]bool
}

// BulkKeys is how values of a generated column are had before the rows are
// sent.
type BulkKeys struct {
	// Reserve is a query with one parameter, a count, that takes so many values,
	// or none where the user may not draw from the generator, as an INSERT may. It
	// returns them in runs: the first value, and how many follow each other by Step.
	Reserve string
	Step    int64
}

// SequenceTable is the table that carries sequences where the product has
// none. Each statement's parameters are told with it.
type SequenceTable struct {
	// Create creates the table where it is missing. No parameters.
	Create string
	// Define adds a sequence that is not there: name, start, increment, min,
	// max, cycle (0 or 1), carrier ("" or "table.column" whose own generator
	// carries it).
	Define string
	// Increment returns the increment of a sequence, and its carrier: name.
	Increment string
	// Take takes n values and returns the first: n, name, increment. Of a
	// sequence that has fewer left, that has another increment, or that is
	// carried otherwise, it returns no row, and where TakeAsInsertID, affects none.
	// A sequence that cycles starts again when n is 1.
	Take string
	// TakeAsInsertID says that Take returns no rows: the first value is the
	// Result's LastInsertID, a signed number that is to be converted back.
	TakeAsInsertID bool
	// Drop removes a sequence: name.
	Drop string
	// InTransaction says that Take runs in the business transaction; else it
	// runs in its own, on a service connection.
	InTransaction bool
}
