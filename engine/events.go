package engine

import (
	"context"
	"time"

	"github.com/alkahest-go/alkahest/expr"
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
	// Before is told of a statement that is about to be sent; an error keeps
	// it from being sent. After is told what came of it: for a query, once its
	// rows are closed. x is valid until the function returns.
	Before func(ctx context.Context, x *Execution) error
	After  func(ctx context.Context, x *Execution)
}

// Execution is one execution of a statement, or of a batch of the same
// statement. It holds no values.
type Execution struct {
	SQL   string
	Verb  expr.Verb
	Name  string // of ExecOptions
	Times int    // how often the statement is executed: 1 but for batches
	// Duration, Rows and Err are set for After. Rows is the number of rows
	// read or matched, -1 where that is not known.
	Duration time.Duration
	Rows     int64
	Err      error
}
