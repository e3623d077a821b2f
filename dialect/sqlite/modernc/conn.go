package modernc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// conn is one connection. It is opened without SQLite's mutex, since one
// goroutine at a time uses it.
type conn struct {
	cfg       *Config
	tls       *libc.TLS
	db        uintptr
	outMemory uintptr // room for two results of a call
	stmts     map[*stmt]struct{}
	control   map[string]*stmt // BEGIN, COMMIT and the like
	batchRows rows

	queryOnly bool
	touched   bool // a pragma ran since settings
	broken    bool

	// Of the running statement:
	done        <-chan struct{}
	cancelled   bool // a callback has seen done
	busySince   time.Time
	busyTimeout time.Duration
}

// begin is called before each use of the engine. ctx is watched until end.
func (c *conn) begin(ctx context.Context) error {
	if c.db == 0 {
		return fmt.Errorf("sqlite: connection: %w", sqlerr.ErrClosed)
	}
	c.cancelled = false
	c.done = ctx.Done()
	if c.done == nil {
		return nil
	}
	select {
	case <-c.done:
		c.done = nil
		return cancelledError(ctx)
	default:
		return nil
	}
}

func (c *conn) end() { c.done = nil }

// out returns the address of zeroed room for two results.
func (c *conn) out() (uintptr, error) {
	const size = 2 * mem.WordSize
	if c.outMemory == 0 {
		if c.outMemory = libc.Xmalloc(c.tls, cSize(int(size))); c.outMemory == 0 {
			return 0, errNoMemory
		}
	}
	*at[[2]uintptr](c.outMemory) = [2]uintptr{}
	return c.outMemory, nil
}

// Prepare implements driver.Conn. The types are not needed: SQLite takes
// whatever is bound.
func (c *conn) Prepare(ctx context.Context, sql string, _ []sqltype.Type) (driver.Stmt, error) {
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	defer c.end()
	s, err := c.prepare(ctx, sql, lib.SQLITE_PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (c *conn) prepare(ctx context.Context, sql string, flags uint32) (*stmt, error) {
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, errors.New("sqlite: the statement holds a NUL, where SQLite would stop reading")
	}
	text, err := cString(c.tls, sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	out, err := c.out()
	if err != nil {
		return nil, err
	}
	tail := out + mem.WordSize
	if rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, text, int32(len(sql)+1), flags, out, tail); rc != lib.SQLITE_OK {
		return nil, c.failure(ctx, rc)
	}
	handle := *at[uintptr](out)
	if handle == 0 {
		return nil, errors.New("sqlite: the statement is empty")
	}
	if rest := sql[*at[uintptr](tail)-text:]; !blank(rest) {
		lib.Xsqlite3_finalize(c.tls, handle)
		return nil, errors.New("sqlite: the text holds more than one statement; run them one by one")
	}
	s := &stmt{
		c:        c,
		handle:   handle,
		sql:      sql,
		params:   int(lib.Xsqlite3_bind_parameter_count(c.tls, handle)),
		readOnly: lib.Xsqlite3_stmt_readonly(c.tls, handle) != 0,
		pragma:   firstWord(sql) == "PRAGMA",
	}
	c.stmts[s] = struct{}{}
	return s, nil
}

// Exec implements driver.Conn.
func (c *conn) Exec(ctx context.Context, sql string) (driver.Result, error) {
	if s := c.control[sql]; s != nil {
		return s.Exec(ctx, nil)
	}
	if err := c.begin(ctx); err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	s, err := c.prepare(ctx, sql, 0)
	c.end()
	if err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	if c.keep(sql) {
		c.control[sql] = s
	} else {
		defer s.finalize()
	}
	return s.Exec(ctx, nil)
}

// keep reports whether sql is one of the few statements that come again and
// again as text.
func (c *conn) keep(sql string) bool {
	if len(sql) > 32 || len(c.control) >= 16 {
		return false
	}
	switch firstWord(sql) {
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE":
		if c.control == nil {
			c.control = make(map[string]*stmt)
		}
		return true
	}
	return false
}

// Batch implements driver.Conn. There is no network to save trips on; what it
// saves is memory.
func (c *conn) Batch(ctx context.Context, items []driver.Item, deliver func(i int, rows driver.Rows) error) error {
	for i, it := range items {
		if err := c.batchItem(ctx, i, it, deliver); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) batchItem(ctx context.Context, i int, it driver.Item, deliver func(int, driver.Rows) error) error {
	if it.Stmt == nil {
		res, err := c.Exec(ctx, it.SQL)
		if err != nil {
			return &driver.BatchError{Index: i, Err: err}
		}
		return deliver(i, driver.NoRows(res))
	}
	s, ok := it.Stmt.(*stmt)
	if !ok || s.c != c {
		return &driver.BatchError{Index: i, Err: errors.New("sqlite: the statement belongs to another connection")}
	}
	r := &c.batchRows
	if err := s.query(ctx, it.Args, r); err != nil {
		return &driver.BatchError{Index: i, Err: err}
	}
	if err := deliver(i, r); err != nil {
		r.Close()
		return err
	}
	for r.Next() { // the rest is read so that the statement runs to its end
	}
	if err := r.Close(); err != nil {
		return &driver.BatchError{Index: i, Err: err}
	}
	return nil
}

// Ping implements driver.Conn. SQLite has no server that could be gone.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	c.end()
	return nil
}

// InTx implements driver.Conn.
func (c *conn) InTx() bool {
	return c.db != 0 && lib.Xsqlite3_get_autocommit(c.tls, c.db) == 0
}

// Reset implements driver.Conn: it makes the connection's settings again if a
// pragma may have changed them. Temporary tables and attached databases stay.
func (c *conn) Reset(ctx context.Context) error {
	if !c.touched {
		return nil
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	defer c.end()
	// PRAGMA busy_timeout would have replaced the handler.
	lib.Xsqlite3_busy_handler(c.tls, c.db, busyCallback, c.db)
	if err := c.settings(ctx); err != nil {
		return err
	}
	c.touched = false
	return nil
}

// Broken implements driver.Conn.
func (c *conn) Broken() bool { return c.broken || c.db == 0 }

// Close implements driver.Conn. An open transaction is rolled back.
func (c *conn) Close(context.Context) error {
	c.free()
	return nil
}

func (c *conn) free() {
	if c.tls == nil {
		return
	}
	for s := range c.stmts {
		s.finalize()
	}
	c.control = nil
	if c.db != 0 {
		unregister(c)
		lib.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	if c.outMemory != 0 {
		libc.Xfree(c.tls, c.outMemory)
		c.outMemory = 0
	}
	c.tls.Close()
	c.tls = nil
}

// Raw implements driver.Conn; it returns a *Handle.
func (c *conn) Raw() any { return &Handle{c: c} }
