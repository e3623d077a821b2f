// Package driver is the contract of one Go driver: how to connect, prepare,
// execute, read typed rows, send batches and cancel. It knows neither SQL
// dialects nor what the statements mean; the glue packages under
// dialect/<database>/<driver> implement it, and engine is its only user.
//
// # Errors
//
// An implementation tells three things apart, and nothing else is retried on
// its word:
//   - The server answered with an error: the error is, or wraps, one of the
//     types and sentinels of package sqlerr, found by SQLSTATE or vendor
//     number, never by message. The connection stays usable unless Broken says
//     otherwise.
//   - The connection died, or its state is not known: the error is a
//     *ConnError and Broken is true from then on. ConnError.Sent is false only
//     if it is certain that no byte of the request was handed to the network.
//   - The caller's context ended: the error wraps context.Cause(ctx) as well as
//     one of the two above: a server that confirmed the cancel is an answer; a
//     connection that had to be dropped is a *ConnError.
//   - A value cannot be sent: *sqlerr.ValueError, and nothing was sent.
package driver

import (
	"context"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Role says what a connection is for.
type Role uint8

// The roles of a connection. A driver whose database makes no difference may
// treat them alike.
const (
	ReadWrite Role = iota
	// ReadOnly connections refuse writes where the database can.
	ReadOnly
	// Service connections are the library's own, outside the pool's limit:
	// they take blocks of ids and cancel statements.
	Service
)

// Connector makes connections to one database. It is used by many goroutines
// at once.
type Connector interface {
	// Connect opens a connection that is ready for use: it has the session
	// settings that the glue relies on (time zone, SQL mode, encoding).
	Connect(ctx context.Context, role Role) (Conn, error)
	// String names the database without any secret, for logs and errors.
	String() string
}

// Conn is one connection, used by one goroutine at a time.
type Conn interface {
	// Prepare parses sql, whose parameters have the given types in order. The
	// types are what the values will be, for drivers that send them; a
	// parameter may still be NULL. sql is one statement. Where the database may
	// end a transaction while it prepares, that is an error here.
	Prepare(ctx context.Context, sql string, params []sqltype.Type) (Stmt, error)
	// Exec runs sql, which has no parameters and returns no rows that matter:
	// DDL, BEGIN, SAVEPOINT, SET. It is one statement.
	Exec(ctx context.Context, sql string) (Result, error)
	// Batch runs the items in order, in as few round trips as the driver can,
	// and calls deliver once for each item with its rows (for an item without
	// rows, Rows that are already at their end). Rows are valid until deliver
	// returns. The first failing item ends the batch with a *BatchError; what
	// follows it is not executed. If deliver returns an error, the rest of the
	// batch may have been executed already, and Batch returns that error after
	// the connection is in order again. Items share the surrounding
	// transaction; outside one, each commits for itself.
	Batch(ctx context.Context, items []Item, deliver func(i int, rows Rows) error) error
	// Ping asks the server for a sign of life.
	Ping(ctx context.Context) error
	// InTx reports whether the connection is inside a transaction, as far as
	// the driver knows without asking (from ReadyForQuery, sqlite3_get_autocommit,
	// the OK packet's status).
	InTx() bool
	// Reset brings session state back to what Connect left, after a rollback:
	// called when a connection returns to the pool. A driver with nothing to
	// do returns nil.
	Reset(ctx context.Context) error
	// Broken reports whether the connection can't be used any more.
	Broken() bool
	// Close ends the connection. It does not wait longer than ctx allows.
	Close(ctx context.Context) error
	// Raw returns the driver's own connection, such as *pgx.Conn.
	Raw() any
}

// Stmt is a prepared statement of one connection.
type Stmt interface {
	// Exec runs the statement and discards its rows.
	Exec(ctx context.Context, args []sqltype.Value) (Result, error)
	// Query runs the statement and returns its rows, which must be closed
	// before the connection is used again. Errors of the statement may come
	// from Query or from Rows.Err.
	Query(ctx context.Context, args []sqltype.Value) (Rows, error)
	// Close frees the statement. It may be deferred to the connection's next
	// use of the network.
	Close(ctx context.Context) error
}

// Prober is a Conn that sees without asking the server whether this has hung up.
type Prober interface {
	Conn
	// Alive reports whether nothing is known against the connection. It is called
	// between statements.
	Alive() bool
}

// Recompiler is a Stmt of an engine within the process, which prepares it again
// by itself once the schema has changed.
type Recompiler interface {
	Stmt
	// Recompiled returns how often that was done.
	Recompiled() int
}

// Binder is a Conn whose statements take arguments that were converted before,
// while another execution was under way.
type Binder interface {
	Conn
	// NewBound returns room for the arguments of one execution.
	NewBound() Bound
}

// Bound is arguments of one execution, in the form in which a driver sends them.
type Bound interface {
	// Bind converts args in place of what was there. They are shared, and must not
	// change before the execution. It may be called while the connection is in use.
	// After an error there is nothing to execute with.
	Bind(args []sqltype.Value) error
}

// BoundStmt is a Stmt of a Binder. Bound arguments are of the same connection,
// and are not bound again before the execution returns.
type BoundStmt interface {
	Stmt
	// ExecBound is Exec.
	ExecBound(ctx context.Context, args Bound) (Result, error)
	// QueryBound is Query.
	QueryBound(ctx context.Context, args Bound) (Rows, error)
}

// Item is one execution within a batch: of Stmt with Args, or, where Stmt is
// nil, of the text SQL, which has no parameters.
type Item struct {
	Stmt Stmt
	Args []sqltype.Value
	SQL  string
}

// Rows are the rows of one execution. After Next returned false they are
// closed, and Err says whether that was an error.
type Rows interface {
	sqltype.Row
	// Columns describes the columns. It may be called before the first Next.
	Columns() []Column
	// Next goes to the next row.
	Next() bool
	// Close ends the rows early; it is harmless on closed ones. It returns
	// what Err returns.
	Close() error
	// Result returns the count and id of the execution, once the rows are
	// closed.
	Result() Result
}

// SetRows are Rows of a statement that may have several results, such as a call
// of a procedure. Without WantSets, Rows end after the first result, and the
// others are passed over.
type SetRows interface {
	Rows
	// WantSets is called before the first Next. From then on a Next that returns
	// false ends the rows only after the last result.
	WantSets()
	// NextSet goes to the next result that has columns, past the rows that are
	// left of this one. After the last one, or an error, the rows are closed and
	// it returns false.
	NextSet() bool
}

// Column describes a column of a result.
type Column struct {
	Name string
	Type string // the driver's name of the type, such as "int8"; "" if unknown
}

// Result is what an execution did.
type Result struct {
	// RowsAffected is the number of rows that the statement matched, or -1.
	// For an UPDATE it counts matched rows, changed or not.
	RowsAffected int64
	// LastInsertID is what the protocol or engine said, read as unsigned. It
	// means something only where Capabilities say so.
	LastInsertID uint64
}

// BatchError is the failure of one item of a batch.
type BatchError struct {
	Index int
	Err   error
}

// Error gives the cause.
func (e *BatchError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BatchError) Unwrap() error { return e.Err }

// ConnError says that the connection died or is in an unknown state. What that
// means for the statement is decided by engine, which knows whether it was a
// write and whether a transaction was open.
type ConnError struct {
	// Sent is false only if no byte of the request can have reached the server.
	Sent bool
	Err  error
}

// Error gives the cause.
func (e *ConnError) Error() string { return "connection failed: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ConnError) Unwrap() error { return e.Err }

// RunBatch is Conn.Batch for drivers without pipelining: one execution after
// the other.
func RunBatch(ctx context.Context, c Conn, items []Item, deliver func(i int, rows Rows) error) error {
	for i, it := range items {
		if err := runItem(ctx, c, i, it, deliver); err != nil {
			return err
		}
	}
	return nil
}

func runItem(ctx context.Context, c Conn, i int, it Item, deliver func(int, Rows) error) error {
	if it.Stmt == nil {
		res, err := c.Exec(ctx, it.SQL)
		if err != nil {
			return &BatchError{Index: i, Err: err}
		}
		return deliver(i, NoRows(res))
	}
	rows, err := it.Stmt.Query(ctx, it.Args)
	if err != nil {
		return &BatchError{Index: i, Err: err}
	}
	if err := deliver(i, rows); err != nil {
		rows.Close()
		return err
	}
	for rows.Next() { // the rest is read so that the statement runs to its end
	}
	if err := rows.Close(); err != nil {
		return &BatchError{Index: i, Err: err}
	}
	return nil
}

type noRows struct {
	Rows
	result Result
}

// NoRows returns Rows that are at their end, with the given result.
func NoRows(r Result) Rows { return noRows{result: r} }

func (noRows) Columns() []Column { return nil }
func (noRows) Next() bool        { return false }
func (noRows) Close() error      { return nil }
func (noRows) Err() error        { return nil }
func (r noRows) Result() Result  { return r.result }
