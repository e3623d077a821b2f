package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ErrNoCursors says that the database can't hold a result open beside other
// statements of its transaction.
var ErrNoCursors = errors.New("engine: the database has no cursors that leave the connection free; read all rows, or pages by key")

// Cursor is a SELECT that is read in parts. Between the parts the transaction
// is free for other statements, whose changes the cursor does not see. It ends
// with its transaction at the latest.
type Cursor struct {
	t        *Tx
	name     string
	compiled *compile.Compiled
	fetch    *compile.Compiled
	stmt     driver.Stmt
	done     bool
}

// Cursor opens a cursor of a SELECT that is read size rows at a time. It is
// ErrNoCursors where the database has none, and with TxOptions.Autocommit, as a
// cursor lives in a transaction.
func (t *Tx) Cursor(ctx context.Context, s *expr.Select, size int, params ...sqltype.Value) (*Cursor, error) {
	switch {
	case t.done:
		return nil, t.usable()
	case !t.l.server.caps.Cursors || t.root().opts.Autocommit:
		return nil, ErrNoCursors
	case size < 1:
		return nil, fmt.Errorf("engine: a cursor reads at least 1 row at a time, not %d", size)
	}
	l := t.l
	c, args, err := l.bind(s, params)
	if err == nil {
		err = l.allow(c)
	}
	if err != nil {
		return nil, err
	}
	l.cursors++
	cur := &Cursor{t: t, name: fmt.Sprintf("alkahest_%d", l.cursors), compiled: c}
	declare := *c
	declare.SQL = "DECLARE " + cur.name + " NO SCROLL CURSOR FOR " + c.SQL
	declare.Columns, declare.Stored, declare.ReturnsRows = nil, nil, false
	if err := cur.declare(ctx, &declare, args); err != nil {
		return nil, err
	}
	fetch := *c
	fetch.SQL = fmt.Sprintf("FETCH FORWARD %d FROM %s", size, cur.name)
	fetch.Slots, fetch.Params, fetch.Conversions = nil, nil, nil
	cur.fetch = &fetch
	return cur, nil
}

// declare runs the statement without keeping it prepared: its name is never
// used again.
func (c *Cursor) declare(ctx context.Context, text *compile.Compiled, args []sqltype.Value) error {
	l := c.t.l
	stmt, err := l.drv.Prepare(ctx, text.SQL, text.Params)
	if err == nil {
		stmt = converting(text, stmt)
		if err = l.flushPending(ctx); err == nil {
			_, err = stmt.Exec(ctx, args)
		}
		if closeErr := stmt.Close(ctx); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return l.failed(ctx, err, text.SQL, reads)
	}
	return nil
}

// Fetch reads the next part. A part with fewer rows than asked for is the last
// one. The result must be closed, or read to its end, before the next Fetch.
func (c *Cursor) Fetch(ctx context.Context) (*Result, error) {
	if c.done || c.t.done {
		return nil, closedError("cursor")
	}
	l := c.t.l
	if err := l.free(); err != nil {
		return nil, err
	}
	if c.stmt == nil {
		stmt, err := l.drv.Prepare(ctx, c.fetch.SQL, nil)
		if err != nil {
			return nil, l.failed(ctx, notSent(err), c.fetch.SQL, reads)
		}
		c.stmt = converting(c.fetch, stmt)
	}
	rows, err := c.stmt.Query(ctx, nil)
	if err != nil {
		return nil, l.failed(ctx, err, c.fetch.SQL, reads)
	}
	r := &Result{l: l, rows: rows, compiled: c.fetch, ctx: ctx, effect: reads}
	l.result = r
	return r, nil
}

// Close ends the cursor. Closing one whose transaction has ended or failed is
// harmless.
func (c *Cursor) Close(ctx context.Context) error {
	if c.done {
		return nil
	}
	c.done = true
	l := c.t.l
	if c.t.done || c.t.aborted || l.drv.Broken() {
		return nil
	}
	if err := l.free(); err != nil {
		return err
	}
	if c.stmt != nil {
		if err := c.stmt.Close(ctx); err != nil {
			return l.failed(ctx, err, c.fetch.SQL, reads)
		}
	}
	return l.control(ctx, "CLOSE "+c.name, reads)
}
