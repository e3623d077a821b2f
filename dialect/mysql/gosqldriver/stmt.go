package gosqldriver

import (
	"context"
	"fmt"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nativeStmt is the Go driver's prepared statement. Its calls without a
// context are the ones to use: contexts are watched here, because the Go
// driver's own watch closes the connection and lets the statement run on.
type nativeStmt interface {
	sqldriver.Stmt
	Exec(args []sqldriver.Value) (sqldriver.Result, error)
	Query(args []sqldriver.Value) (sqldriver.Rows, error)
}

type stmt struct {
	c      *conn
	raw    nativeStmt
	closed bool
	plain  bool // known to return no rows
	params int
	args   bound
	row    rowMemory
}

var _ driver.BoundStmt = (*stmt)(nil)

// Exec implements driver.Stmt. The first execution is a Query, because of a
// statement that returns rows the Go driver's Exec gives no count.
func (s *stmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	if err := s.args.Bind(args); err != nil {
		return driver.Result{}, err
	}
	return s.exec(ctx, s.args.values)
}

// ExecBound implements driver.BoundStmt.
func (s *stmt) ExecBound(ctx context.Context, args driver.Bound) (driver.Result, error) {
	return s.exec(ctx, args.(*bound).values)
}

func (s *stmt) exec(ctx context.Context, args []sqldriver.Value) (driver.Result, error) {
	if !s.plain {
		rows, err := s.query(ctx, args)
		if err != nil {
			return driver.Result{}, err
		}
		s.plain = len(rows.Columns()) == 0
		for rows.Next() {
		}
		return rows.Result(), rows.Close()
	}
	if err := s.takes(args); err != nil {
		return driver.Result{}, err
	}
	w, err := s.c.begin(ctx)
	if err != nil {
		return driver.Result{}, err
	}
	res, err := s.raw.Exec(args)
	if err = s.c.end(ctx, w, err); err != nil {
		return driver.Result{}, err
	}
	return resultOf(res), nil
}

// Query implements driver.Stmt.
func (s *stmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	if err := s.args.Bind(args); err != nil {
		return nil, err
	}
	return s.query(ctx, s.args.values)
}

// QueryBound implements driver.BoundStmt.
func (s *stmt) QueryBound(ctx context.Context, args driver.Bound) (driver.Rows, error) {
	return s.query(ctx, args.(*bound).values)
}

func (s *stmt) query(ctx context.Context, args []sqldriver.Value) (driver.Rows, error) {
	if err := s.takes(args); err != nil {
		return nil, err
	}
	w, err := s.c.begin(ctx)
	if err != nil {
		return nil, err
	}
	src, err := s.raw.Query(args)
	if err != nil {
		return nil, s.c.end(ctx, w, err)
	}
	return s.c.newRows(ctx, w, src, &s.row, true)
}

// Close implements driver.Stmt. While rows are open it only takes note.
func (s *stmt) Close(context.Context) error {
	if s.closed || s.c.broken {
		return nil
	}
	s.closed = true
	if s.c.open != nil {
		s.c.pending = append(s.c.pending, s)
		return nil
	}
	if err := s.raw.Close(); err != nil {
		return s.c.lost(err, false)
	}
	return nil
}

func (s *stmt) takes(args []sqldriver.Value) error {
	if s.closed {
		return fmt.Errorf("gosqldriver: the statement is closed")
	}
	if len(args) != s.params {
		return fmt.Errorf("gosqldriver: %d arguments for %d parameters", len(args), s.params)
	}
	return nil
}

// textStmt is a statement that the server does not prepare, and that has no
// parameters.
type textStmt struct {
	c   *conn
	sql string
	row rowMemory
}

// Exec implements driver.Stmt.
func (s *textStmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	if len(args) > 0 {
		return driver.Result{}, fmt.Errorf("gosqldriver: %d arguments for 0 parameters", len(args))
	}
	return s.c.Exec(ctx, s.sql)
}

// Query implements driver.Stmt.
func (s *textStmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("gosqldriver: %d arguments for 0 parameters", len(args))
	}
	w, err := s.c.begin(ctx)
	if err != nil {
		return nil, err
	}
	s.c.note(s.sql)
	src, err := s.c.raw.QueryContext(context.Background(), s.sql, nil)
	if err != nil {
		return nil, s.c.end(ctx, w, err)
	}
	return s.c.newRows(ctx, w, src, &s.row, false)
}

// Close implements driver.Stmt.
func (s *textStmt) Close(context.Context) error { return nil }
