package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Conn is a connection that is checked out. Statements outside of a
// transaction commit by themselves. It is used by one goroutine at a time and
// must be closed.
type Conn struct {
	l    *link
	lent bool // to a hook, which does not own it
	done bool
}

// Conn checks a connection out that may write. Where writers wait for each
// other that is the one writer.
func (e *Engine) Conn(ctx context.Context) (*Conn, error) { return e.conn(ctx, false) }

// ReadConn checks a connection out that only reads, where the database has
// such connections; elsewhere it is one like any other, and only refuses the
// statements that are known to write.
func (e *Engine) ReadConn(ctx context.Context) (*Conn, error) { return e.conn(ctx, true) }

func (e *Engine) conn(ctx context.Context, readOnly bool) (*Conn, error) {
	l, err := e.acquire(ctx, readOnly)
	if err != nil {
		return nil, err
	}
	return &Conn{l: l}, nil
}

// usable reports why the connection can't take a statement of its own.
func (c *Conn) usable() error {
	if c.done {
		return closedError("connection")
	}
	if c.l.tx != nil {
		return errTxOpen
	}
	return nil
}

// Engine implements Executor.
func (c *Conn) Engine() *Engine { return c.l.engine }

// Exec implements Executor.
func (c *Conn) Exec(ctx context.Context, s expr.Statement, params ...sqltype.Value) (driver.Result, error) {
	if err := c.usable(); err != nil {
		return driver.Result{}, err
	}
	return c.l.execute(ctx, s, params)
}

// Query implements Executor.
func (c *Conn) Query(ctx context.Context, s expr.Statement, params ...sqltype.Value) (*Result, error) {
	if err := c.usable(); err != nil {
		return nil, err
	}
	return c.l.query(ctx, s, params)
}

// Begin begins a transaction on this connection, with its first statement.
// Until it ends all statements go through it.
func (c *Conn) Begin(ctx context.Context, o TxOptions) (*Tx, error) {
	if err := c.usable(); err != nil {
		return nil, err
	}
	if c.l.result != nil {
		return nil, errResultOpen
	}
	return c.l.begin(o, false)
}

// Raw lends the driver's own connection, such as *pgx.Conn, to f. What f
// leaves open, such as a transaction, is the caller's to end before it returns.
// An error of f after which the driver knows that the connection is dead is sqlerr.ErrOutcomeUnknown,
// or ErrConnectionLost within a transaction, as that of any other write.
func (c *Conn) Raw(ctx context.Context, f func(driverConn any) error) error {
	if c.done {
		return closedError("connection")
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("engine: %w", context.Cause(ctx))
	}
	if c.l.result != nil {
		return errResultOpen
	}
	if err := c.l.flushPending(ctx); err != nil {
		return c.l.failed(ctx, err, "", reads)
	}
	c.l.unsure()
	err := f(c.l.drv.Raw())
	if err == nil || !c.l.drv.Broken() {
		return err
	}
	state := sqlerr.ErrOutcomeUnknown // f is not asked whether it has written
	if c.l.tx != nil {
		state = sqlerr.ErrConnectionLost
	}
	return fmt.Errorf("engine: %w", &outcomeError{state: state, err: err})
}

// Close gives the connection back. An open transaction is rolled back. An
// error of the hook Reset is returned, and has closed the connection.
func (c *Conn) Close() error {
	if c.done {
		return closedError("connection")
	}
	if c.lent {
		return errors.New("engine: a connection that a hook was given is closed by the engine")
	}
	c.done = true
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTime)
	defer cancel()
	if c.l.pool == nil { // detached
		c.l.abandon()
		c.l.shut()
		return nil
	}
	return c.l.release(ctx)
}
