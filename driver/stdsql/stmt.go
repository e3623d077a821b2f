package stdsql

import (
	"context"
	"errors"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

type stmt struct {
	c       *conn
	raw     sqldriver.Stmt
	returns bool // the statement returns rows
	change  change
	check   checker
	named   []sqldriver.NamedValue
	values  []sqldriver.Value // of the current row
	closed  bool
}

func (s *stmt) bind(args []sqltype.Value) error {
	if s.closed {
		return errors.New("stdsql: the statement is closed")
	}
	if len(args) != len(s.named) {
		return argumentCount(len(args), len(s.named))
	}
	for i, v := range args {
		bound, err := s.c.opts.Bind(v)
		if err != nil {
			return err
		}
		s.named[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: bound}
		if err := s.check(&s.named[i]); err != nil {
			return err
		}
	}
	return nil
}

// Exec implements driver.Stmt.
func (s *stmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	if err := s.bind(args); err != nil {
		return driver.Result{}, err
	}
	if s.returns { // Exec may stop before the last row is made
		rows, err := s.query(ctx)
		if err != nil {
			return driver.Result{}, err
		}
		for rows.Next() {
		}
		return rows.Result(), rows.Close()
	}
	return s.exec(ctx)
}

func (s *stmt) exec(ctx context.Context) (driver.Result, error) {
	if err := s.c.begin(ctx); err != nil {
		return driver.Result{}, err
	}
	res, err := execStmt(ctx, s.raw, s.named)
	if err != nil {
		return driver.Result{}, s.c.fail(ctx, err)
	}
	s.c.note(s.change)
	return resultOf(res), nil
}

func execStmt(ctx context.Context, st sqldriver.Stmt, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if e, ok := st.(sqldriver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	//lint:ignore SA1019 a driver may have nothing newer
	return st.Exec(positional(args))
}

func positional(args []sqldriver.NamedValue) []sqldriver.Value {
	values := make([]sqldriver.Value, len(args))
	for i, a := range args {
		values[i] = a.Value
	}
	return values
}

// Query implements driver.Stmt.
func (s *stmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	if err := s.bind(args); err != nil {
		return nil, err
	}
	if !s.returns {
		res, err := s.exec(ctx)
		if err != nil {
			return nil, err
		}
		return driver.NoRows(res), nil
	}
	return s.query(ctx)
}

func (s *stmt) query(ctx context.Context) (driver.Rows, error) {
	c := s.c
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	var src sqldriver.Rows
	var err error
	if q, ok := s.raw.(sqldriver.StmtQueryContext); ok {
		src, err = q.QueryContext(ctx, s.named)
	} else {
		//lint:ignore SA1019 a driver may have nothing newer
		src, err = s.raw.Query(positional(s.named))
	}
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	r := newRows(driverSource{src}, c.opts, &s.values, &c.state)
	r.fail = func(err error) error { return c.fail(ctx, err) }
	return r, nil
}

// Close implements driver.Stmt. While rows are open it only takes note.
func (s *stmt) Close(ctx context.Context) error {
	if s.closed || s.c.broken {
		return nil
	}
	s.closed = true
	delete(s.c.stmts, s)
	if s.c.state.open != nil {
		s.c.ended = append(s.c.ended, s.raw)
		return nil
	}
	if err := s.raw.Close(); err != nil {
		return s.c.fail(ctx, err)
	}
	return nil
}

// checker makes an argument acceptable to the driver, as database/sql would.
type checker func(*sqldriver.NamedValue) error

func checkerOf(st sqldriver.Stmt, c sqldriver.Conn) checker {
	named, _ := st.(sqldriver.NamedValueChecker)
	if named == nil {
		named, _ = c.(sqldriver.NamedValueChecker)
	}
	//lint:ignore SA1019 a driver may have nothing newer
	columns, _ := st.(sqldriver.ColumnConverter)
	return func(nv *sqldriver.NamedValue) (err error) {
		if named != nil {
			if err = named.CheckNamedValue(nv); !errors.Is(err, sqldriver.ErrSkip) {
				return err
			}
		}
		if columns != nil {
			nv.Value, err = columns.ColumnConverter(nv.Ordinal - 1).ConvertValue(nv.Value)
			return err
		}
		if !sqldriver.IsValue(nv.Value) {
			nv.Value, err = sqldriver.DefaultParameterConverter.ConvertValue(nv.Value)
		}
		return err
	}
}
