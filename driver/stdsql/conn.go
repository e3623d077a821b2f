package stdsql

import (
	"context"
	"errors"
	"fmt"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

type conn struct {
	raw    sqldriver.Conn
	opts   *Options
	state  state
	inTx   bool // as far as the texts of statements tell
	ended  []sqldriver.Stmt
	stmts  map[*stmt]bool // that are open
	broken bool
}

// state is shared by the connection and its rows.
type state struct{ open *rows }

// begin is called before each use of the driver.
func (c *conn) begin(ctx context.Context) error {
	if c.broken {
		return &driver.ConnError{Err: errClosed}
	}
	if c.state.open != nil {
		return errRowsOpen
	}
	if ctx.Err() != nil {
		return notSent(ctx)
	}
	for _, st := range c.ended {
		st.Close()
	}
	c.ended = c.ended[:0]
	return nil
}

// Prepare implements driver.Conn.
func (c *conn) Prepare(ctx context.Context, sql string, params []sqltype.Type) (driver.Stmt, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	if err := c.opts.CheckSQL(sql); err != nil {
		return nil, err
	}
	raw, err := c.prepare(ctx, sql)
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	if n := raw.NumInput(); n >= 0 && n != len(params) {
		raw.Close()
		return nil, fmt.Errorf("stdsql: the statement has %d parameters, and %d types were given", n, len(params))
	}
	s := &stmt{
		c: c, raw: raw, returns: returnsRows(sql), change: changeOf(sql),
		check: checkerOf(raw, c.raw), named: make([]sqldriver.NamedValue, len(params)),
	}
	if c.stmts == nil {
		c.stmts = map[*stmt]bool{}
	}
	c.stmts[s] = true
	return s, nil
}

func (c *conn) prepare(ctx context.Context, sql string) (sqldriver.Stmt, error) {
	if p, ok := c.raw.(sqldriver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, sql)
	}
	return c.raw.Prepare(sql)
}

// Exec implements driver.Conn.
func (c *conn) Exec(ctx context.Context, sql string) (driver.Result, error) {
	if err := c.begin(ctx); err != nil {
		return driver.Result{}, err
	}
	if err := c.opts.CheckSQL(sql); err != nil {
		return driver.Result{}, err
	}
	res, err := c.exec(ctx, sql)
	if err != nil {
		return driver.Result{}, c.fail(ctx, err)
	}
	c.note(changeOf(sql))
	return resultOf(res), nil
}

func (c *conn) exec(ctx context.Context, sql string) (sqldriver.Result, error) {
	var res sqldriver.Result
	err := sqldriver.ErrSkip
	switch e := c.raw.(type) {
	case sqldriver.ExecerContext:
		res, err = e.ExecContext(ctx, sql, nil)
	//lint:ignore SA1019 a driver may have nothing newer
	case sqldriver.Execer:
		res, err = e.Exec(sql, nil)
	}
	if !errors.Is(err, sqldriver.ErrSkip) {
		return res, err
	}
	st, err := c.prepare(ctx, sql)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return execStmt(ctx, st, nil)
}

func resultOf(res sqldriver.Result) driver.Result {
	out := driver.Result{RowsAffected: -1}
	if n, err := res.RowsAffected(); err == nil {
		out.RowsAffected = n
	}
	if id, err := res.LastInsertId(); err == nil {
		out.LastInsertID = uint64(id)
	}
	return out
}

// Batch implements driver.Conn, one item after the other.
func (c *conn) Batch(ctx context.Context, items []driver.Item, deliver func(int, driver.Rows) error) error {
	return driver.RunBatch(ctx, c, items, deliver)
}

// Ping implements driver.Conn. A driver that cannot ping is asked whether the
// connection is valid.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	if p, ok := c.raw.(sqldriver.Pinger); ok {
		if err := p.Ping(ctx); err != nil {
			return c.fail(ctx, err)
		}
		return nil
	}
	return c.validate(errors.New("the driver says that the connection is not valid"))
}

func (c *conn) validate(err error) error {
	if v, ok := c.raw.(sqldriver.Validator); ok && !v.IsValid() {
		return c.lost(err, false)
	}
	return nil
}

// InTx implements driver.Conn.
func (c *conn) InTx() bool {
	if c.broken {
		return false
	}
	if c.opts.InTx != nil {
		if in, known := c.opts.InTx(c.raw); known {
			return in
		}
	}
	return c.inTx
}

func (c *conn) note(ch change) {
	if ch != unchanged {
		c.inTx = ch == begins
	}
}

// Reset implements driver.Conn.
func (c *conn) Reset(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	if r, ok := c.raw.(sqldriver.SessionResetter); ok {
		if err := r.ResetSession(ctx); err != nil {
			return c.lost(err, true)
		}
	}
	if err := c.validate(errors.New("the driver says that the connection is not valid")); err != nil {
		return err
	}
	if c.opts.Reset != nil {
		return c.opts.Reset(ctx, c)
	}
	return nil
}

// Broken implements driver.Conn.
func (c *conn) Broken() bool { return c.broken }

// Close implements driver.Conn. database/sql has no way to bound it. It closes
// the statements first, as database/sql does: a driver may keep the connection,
// with its transaction and locks, until the last of them is closed.
func (c *conn) Close(context.Context) error {
	if c.raw == nil {
		return nil
	}
	if open := c.state.open; open != nil {
		open.src.close()
	}
	for s := range c.stmts {
		s.raw.Close()
	}
	for _, st := range c.ended {
		st.Close()
	}
	c.stmts, c.ended = nil, nil
	raw := c.raw
	c.raw, c.broken = nil, true
	if err := raw.Close(); err != nil {
		return fmt.Errorf("stdsql: close: %w", err)
	}
	return nil
}

// Raw implements driver.Conn: it returns the driver's driver.Conn.
func (c *conn) Raw() any { return c.raw }
