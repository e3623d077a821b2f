package alkahesttest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// conn is the sandbox as one connection of its engine.
type conn struct {
	b        *sandbox
	stmts    map[*stmt]struct{} // that are open
	inTx     bool
	readOnly bool
	closed   bool
}

var errConnClosed = &driver.ConnError{Err: errors.New("the sandbox's connection was closed before")}

// do runs one statement: alone behind a savepoint, where no transaction is open.
func (c *conn) do(ctx context.Context, f func() error) error {
	switch {
	case c.closed:
		return errConnClosed
	case c.b.lost != nil:
		return &driver.ConnError{Err: c.b.lost}
	case c.inTx:
		return c.b.note(f())
	}
	if err := c.b.point(ctx); err != nil {
		return err
	}
	err := c.b.note(f())
	if err != nil {
		return errors.Join(err, c.b.undo(ctx))
	}
	return nil
}

// Prepare implements driver.Conn.
func (c *conn) Prepare(ctx context.Context, sql string, params []sqltype.Type) (driver.Stmt, error) {
	k := kindOf(sql)
	if err := c.refuses(k, sql); err != nil {
		return nil, err
	}
	if k.ofTx() {
		return &stmt{c: c, sql: sql}, nil
	}
	s := &stmt{c: c, sql: sql}
	err := c.do(ctx, func() (err error) {
		s.Stmt, err = c.b.drv.Prepare(ctx, sql, params)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.stmts[s] = struct{}{}
	return s, nil
}

// Exec implements driver.Conn.
func (c *conn) Exec(ctx context.Context, sql string) (res driver.Result, err error) {
	k := kindOf(sql)
	if err := c.refuses(k, sql); err != nil {
		return driver.Result{}, err
	}
	switch k {
	case begins:
		return res, c.begin(ctx, sql)
	case commits:
		return res, c.commit(ctx)
	case rollsBack:
		return res, c.rollback(ctx)
	case sets:
		return res, nil
	}
	err = c.do(ctx, func() (err error) {
		res, err = c.b.drv.Exec(ctx, sql)
		return err
	})
	c.changed(err)
	return res, err
}

// changed notes that a statement may have done something.
func (c *conn) changed(err error) {
	if err == nil {
		c.b.fresh = false
	}
}

func (c *conn) begin(ctx context.Context, sql string) error {
	switch {
	case c.closed:
		return errConnClosed
	case c.inTx:
		return errors.New("alkahesttest: a transaction is open on this connection already")
	}
	if err := c.b.point(ctx); err != nil {
		return err
	}
	c.inTx, c.readOnly = true, strings.Contains(strings.ToUpper(sql), "READ ONLY")
	return nil
}

func (c *conn) commit(ctx context.Context) error {
	if !c.inTx {
		return errors.New("alkahesttest: no transaction is open on this connection")
	}
	if err := c.b.checkDeferred(ctx); err != nil {
		return errors.Join(err, c.rollback(ctx))
	}
	c.inTx, c.readOnly, c.b.fresh = false, false, false
	return nil
}

func (c *conn) rollback(ctx context.Context) error {
	if !c.inTx {
		return nil
	}
	c.inTx, c.readOnly = false, false
	return c.b.undo(ctx)
}

// refuses says why a statement can't be run here.
func (c *conn) refuses(k kind, sql string) error {
	switch {
	case k == twoPhase:
		return c.b.lacks("two-phase commit, " + head(sql))
	case k == chains:
		return c.b.lacks(head(sql) + " that begins the next transaction")
	case k == defines && !c.b.caps.TransactionalDDL:
		return c.b.lacks(head(sql) + ", by which this product commits")
	case c.readOnly && (k == writes || k == defines):
		return fmt.Errorf("alkahesttest: %w: %s in a transaction that only reads", sqlerr.ErrReadOnly, head(sql))
	}
	return nil
}

// Batch implements driver.Conn.
func (c *conn) Batch(ctx context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	n := 0
	for ; n < len(items) && items[n].Stmt == nil && kindOf(items[n].SQL).opens(); n++ {
		res, err := c.Exec(ctx, items[n].SQL)
		if err != nil {
			return &driver.BatchError{Index: n, Err: err}
		}
		if err := deliver(n, driver.NoRows(res)); err != nil {
			return err
		}
	}
	if n == len(items) {
		return nil
	}
	rest := func(i int, rows driver.Rows) error { return deliver(n+i, rows) }
	err := c.batch(ctx, items[n:], rest)
	var failed *driver.BatchError
	if n > 0 && errors.As(err, &failed) {
		return &driver.BatchError{Index: n + failed.Index, Err: failed.Err}
	}
	return err
}

// batch runs items in one round trip where they are all of one transaction.
func (c *conn) batch(ctx context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	own := make([]driver.Item, len(items))
	together := c.inTx && !c.closed
	for i, it := range items {
		if it.Stmt == nil {
			k := kindOf(it.SQL)
			together = together && !k.ofTx() && c.refuses(k, it.SQL) == nil
			own[i] = it
			continue
		}
		s, ok := it.Stmt.(*stmt)
		if together = together && ok && s.Stmt != nil && c.refuses(kindOf(s.sql), s.sql) == nil; together {
			own[i] = driver.Item{Stmt: s.Stmt, Args: it.Args}
		}
	}
	if !together {
		return driver.RunBatch(ctx, c, items, deliver)
	}
	return c.do(ctx, func() error { return c.b.drv.Batch(ctx, own, deliver) })
}

// Ping implements driver.Conn.
func (c *conn) Ping(ctx context.Context) error {
	return c.do(ctx, func() error { return c.b.drv.Ping(ctx) })
}

// InTx implements driver.Conn.
func (c *conn) InTx() bool { return c.inTx && c.b.lost == nil }

// Reset implements driver.Conn.
func (c *conn) Reset(ctx context.Context) error {
	err := c.do(ctx, func() error { return c.b.drv.Reset(ctx) })
	c.changed(err)
	return err
}

// Broken implements driver.Conn.
func (c *conn) Broken() bool { return c.closed || c.b.lost != nil || c.b.drv.Broken() }

// Close implements driver.Conn. The sandbox goes on.
func (c *conn) Close(ctx context.Context) error {
	if c.closed {
		return nil
	}
	err := c.rollback(ctx)
	for s := range c.stmts {
		err = errors.Join(err, s.Stmt.Close(ctx))
	}
	c.closed = true
	<-c.b.out
	return err
}

// Raw implements driver.Conn.
func (c *conn) Raw() any { return c.b.drv.Raw() }

// copying is a conn of a driver that takes rows by a protocol of its own.
type copying struct {
	*conn
	copier driver.Copier
}

// Copy implements driver.Copier.
func (c *copying) Copy(ctx context.Context, rows driver.Copy) (res driver.Result, err error) {
	if err := c.refuses(writes, "COPY"); err != nil {
		return res, err
	}
	err = c.do(ctx, func() (err error) {
		res, err = c.copier.Copy(ctx, rows)
		return err
	})
	c.changed(err)
	return res, err
}

// stmt is a prepared statement, or, without one, a text that begins or ends a
// transaction.
type stmt struct {
	driver.Stmt
	c   *conn
	sql string
}

// Exec implements driver.Stmt.
func (s *stmt) Exec(ctx context.Context, args []sqltype.Value) (res driver.Result, err error) {
	if s.Stmt == nil {
		return s.c.Exec(ctx, s.sql)
	}
	if err := s.c.refuses(kindOf(s.sql), s.sql); err != nil {
		return res, err
	}
	err = s.c.do(ctx, func() (err error) {
		res, err = s.Stmt.Exec(ctx, args)
		return err
	})
	s.c.changed(err)
	return res, err
}

// Query implements driver.Stmt.
func (s *stmt) Query(ctx context.Context, args []sqltype.Value) (rows driver.Rows, err error) {
	if s.Stmt == nil {
		res, err := s.c.Exec(ctx, s.sql)
		return driver.NoRows(res), err
	}
	if err := s.c.refuses(kindOf(s.sql), s.sql); err != nil {
		return nil, err
	}
	err = s.c.do(ctx, func() (err error) {
		rows, err = s.Stmt.Query(ctx, args)
		return err
	})
	if err == nil && !s.c.inTx {
		s.c.b.rows = rows
	}
	return rows, err
}

// Close implements driver.Stmt.
func (s *stmt) Close(ctx context.Context) error {
	if s.Stmt == nil || s.c.closed {
		return nil
	}
	delete(s.c.stmts, s)
	return s.Stmt.Close(ctx)
}
