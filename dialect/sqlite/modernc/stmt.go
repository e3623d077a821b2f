package modernc

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// stmt is a prepared statement.
type stmt struct {
	c        *conn
	handle   uintptr // 0 once finalized
	sql      string
	params   int
	readOnly bool
	pragma   bool
	running  bool // has open rows
	values   arena

	columns    []driver.Column
	reprepared int32 // how often SQLite had prepared it again when columns were read
}

// Exec implements driver.Stmt.
func (s *stmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	if err := s.start(ctx, args); err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	c := s.c
	before := s.totalChanges()
	rc := lib.Xsqlite3_step(c.tls, s.handle)
	for rc == lib.SQLITE_ROW {
		rc = lib.Xsqlite3_step(c.tls, s.handle)
	}
	err := s.stop(ctx, rc)
	if err != nil {
		return driver.Result{RowsAffected: -1}, err
	}
	return s.result(before), nil
}

// Query implements driver.Stmt. It runs the statement up to its first row, so
// that most errors come from here, and so that a write with RETURNING is done
// when it returns.
func (s *stmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	// A new object each time: a late Close on old rows must not end new ones.
	r := new(rows)
	if err := s.query(ctx, args, r); err != nil {
		return nil, err
	}
	return r, nil
}

func (s *stmt) query(ctx context.Context, args []sqltype.Value, r *rows) error {
	if err := s.start(ctx, args); err != nil {
		return err
	}
	*r = rows{s: s, ctx: ctx, changes: s.totalChanges(), scratch: r.scratch[:0]}
	rc := lib.Xsqlite3_step(s.c.tls, s.handle)
	if rc == lib.SQLITE_ROW {
		s.running = true
		s.readColumns()
		r.setRow()
		r.pending = true
		return nil
	}
	s.readColumns()
	r.finish(rc)
	return r.err
}

// start binds the values and makes the statement ready for its first step.
func (s *stmt) start(ctx context.Context, args []sqltype.Value) error {
	c := s.c
	if s.handle == 0 {
		return fmt.Errorf("sqlite: statement: %w", sqlerr.ErrClosed)
	}
	if s.running {
		return errors.New("sqlite: the statement still has open rows; close them first")
	}
	if err := s.bind(args); err != nil {
		return err
	}
	if s.pragma {
		c.touched = true
	}
	return c.begin(ctx)
}

// stop ends an execution whose last step returned rc.
func (s *stmt) stop(ctx context.Context, rc int32) (err error) {
	c := s.c
	s.running = false
	if rc != lib.SQLITE_DONE && rc != lib.SQLITE_ROW {
		err = c.failure(ctx, rc)
	}
	if rc2 := lib.Xsqlite3_reset(c.tls, s.handle); err == nil && rc2 != lib.SQLITE_OK {
		err = c.failure(ctx, rc2)
	}
	c.end()
	s.values.trim(c.tls)
	if rc == lib.SQLITE_FULL {
		err = s.whyFull(err)
	}
	return err
}

func (s *stmt) totalChanges() int64 {
	if s.readOnly {
		return 0
	}
	return lib.Xsqlite3_total_changes64(s.c.tls, s.c.db)
}

// result says what the statement did. SQLite leaves the count of the last
// INSERT, UPDATE or DELETE standing when another statement runs, such as DDL:
// before tells whether there is a new one.
func (s *stmt) result(before int64) driver.Result {
	if s.readOnly {
		return driver.Result{}
	}
	c := s.c
	res := driver.Result{LastInsertID: uint64(lib.Xsqlite3_last_insert_rowid(c.tls, c.db))}
	if lib.Xsqlite3_total_changes64(c.tls, c.db) != before {
		res.RowsAffected = lib.Xsqlite3_changes64(c.tls, c.db)
	}
	return res
}

// Recompiled implements driver.Recompiler.
func (s *stmt) Recompiled() int {
	if s.handle == 0 {
		return -1
	}
	return int(lib.Xsqlite3_stmt_status(s.c.tls, s.handle, lib.SQLITE_STMTSTATUS_REPREPARE, 0))
}

// readColumns brings columns up to date: SQLite prepares a statement again by
// itself after the schema has changed.
func (s *stmt) readColumns() {
	c := s.c
	reprepared := lib.Xsqlite3_stmt_status(c.tls, s.handle, lib.SQLITE_STMTSTATUS_REPREPARE, 0)
	if s.columns != nil && reprepared == s.reprepared {
		return
	}
	s.reprepared = reprepared
	n := lib.Xsqlite3_column_count(c.tls, s.handle)
	s.columns = make([]driver.Column, n)
	for i := range n {
		s.columns[i] = driver.Column{
			Name: libc.GoString(lib.Xsqlite3_column_name(c.tls, s.handle, i)),
			Type: libc.GoString(lib.Xsqlite3_column_decltype(c.tls, s.handle, i)),
		}
	}
}

// Close implements driver.Stmt.
func (s *stmt) Close(context.Context) error {
	s.finalize()
	return nil
}

func (s *stmt) finalize() {
	if s.handle == 0 {
		return
	}
	lib.Xsqlite3_finalize(s.c.tls, s.handle)
	s.values.free(s.c.tls)
	s.handle, s.running = 0, false
	delete(s.c.stmts, s)
}
