package engine

import (
	"context"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Events are functions that are told what an engine does, each nil or safe for
// use by several goroutines. They must not use the connection that the event
// is about.
type Events struct {
	// Connect follows the making of a connection, or its failure.
	Connect func(ctx context.Context, took time.Duration, err error)
	// Close follows the end of a connection that was made, whatever ended it.
	Close func(ctx context.Context)
	// Checkout and Checkin say that a connection left the pool or came back.
	Checkout func(ctx context.Context, waited time.Duration)
	Checkin  func(ctx context.Context)
	// Reset follows the clean-up of a connection that came back. Where it failed
	// the connection is closed.
	Reset func(ctx context.Context, err error)
	// Invalidate says that a connection is closed before its time, and why: it is
	// broken, gave no sign of life, or Conn.Invalidate was called. Close follows.
	Invalidate func(ctx context.Context, cause error)
	// Detach says that a connection left the pool for good, by Conn.Detach.
	Detach func(ctx context.Context)
	// EngineClosed follows the end of the last connection, by Engine.Close.
	EngineClosed func()
	// Begin follows the begin of a transaction that reached the database, which
	// is with its first statement. Commit and Rollback follow its end.
	Begin    func(ctx context.Context, o TxOptions)
	Commit   func(ctx context.Context, err error)
	Rollback func(ctx context.Context, err error)
	// Savepoint follows a savepoint that reached the database, which is with the
	// first statement after it. Release and RollbackTo follow its end, unless
	// that is the end of the transaction or of a savepoint around it.
	Savepoint  func(ctx context.Context, name string)
	Release    func(ctx context.Context, name string, err error)
	RollbackTo func(ctx context.Context, name string, err error)
	// Prepare follows the first phase of a transaction that has two. Commit or
	// Rollback follows the second one.
	Prepare func(ctx context.Context, id string, err error)
	// BeforeDDL is told of a change of tables or other elements before it is
	// sent; an error keeps it from being sent. AfterDDL is told what came of it.
	BeforeDDL func(ctx context.Context, e schema.Element) error
	AfterDDL  func(ctx context.Context, e schema.Element, err error)
	// Statement is handed each statement of Exec and Query before it is compiled,
	// and returns the one to execute, of the same kind: nil leaves it as it is. An
	// error keeps it from being executed. Rows of Tx.Insert, Update and Delete are
	// no statements of the program, and are not told here.
	Statement func(ctx context.Context, s expr.Statement) (expr.Statement, error)
	// Before is told of a statement that is about to be sent; an error keeps it
	// from being sent. It may set x.SQL to another text with the same parameters
	// and columns, but not for the rows of Tx.Insert, which are then refused.
	// Each text is a prepared statement of its own. After is told what came of it:
	// for a query, once its rows are closed. x is valid until the function returns.
	Before func(ctx context.Context, x *Execution) error
	After  func(ctx context.Context, x *Execution)
	// Error is handed the error of a statement that was sent, and returns the one
	// that the program gets instead; nil leaves it as it is. errors.Is and As
	// still find what it replaces. It is called before After.
	Error func(ctx context.Context, x *Execution, err error) error
}

// Execution is one execution of a statement, or of a batch of the same
// statement. It holds no values.
type Execution struct {
	SQL   string
	Verb  expr.Verb
	Name  string // of ExecOptions
	Times int    // how often the statement is executed: 1 but for batches
	// Own says that the library has it sent for itself: COMMIT and the like, and
	// questions to the catalog.
	Own bool
	// Duration, Rows and Err are set for After. Rows is the number of rows
	// read or matched, -1 where that is not known.
	Duration time.Duration
	Rows     int64
	Err      error
}
