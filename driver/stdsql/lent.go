package stdsql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// querier is what *sql.Tx and *sql.Conn have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

var errNotOurs = errors.New("stdsql: the transaction belongs to the caller, who commits it or rolls it back")

// lent is a connection that belongs to the caller and is used through
// database/sql, which does not retry on a transaction or a connection.
type lent struct {
	q      querier
	opts   *Options
	state  state
	ended  []*sql.Stmt
	tx     bool // q is a transaction
	inTx   bool
	broken bool
}

// WrapTx returns a Conn that runs in the caller's transaction. It refuses to
// begin, commit or roll back (savepoints are fine), and closing it leaves the
// transaction open. SetUp is not called. Raw returns the *sql.Tx.
func WrapTx(tx *sql.Tx, opts Options) driver.Conn {
	return &lent{q: tx, opts: opts.complete(), tx: true, inTx: true}
}

// WrapConn returns a Conn over the caller's connection, which is not closed
// with it. SetUp is not called. Raw returns the *sql.Conn.
func WrapConn(c *sql.Conn, opts Options) driver.Conn {
	return &lent{q: c, opts: opts.complete()}
}

func (l *lent) begin(ctx context.Context) error {
	if l.broken {
		return &driver.ConnError{Err: errClosed}
	}
	if l.state.open != nil {
		return errRowsOpen
	}
	if ctx.Err() != nil {
		return notSent(ctx)
	}
	for _, st := range l.ended {
		st.Close()
	}
	l.ended = l.ended[:0]
	return nil
}

func (l *lent) fail(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		l.broken = true
		return fmt.Errorf("stdsql: the caller's transaction: %w: %w", sqlerr.ErrClosed, err)
	}
	out, keep := l.opts.classify(ctx, err)
	// Some servers undo a transaction that loses a deadlock, and commit each of
	// its later statements by itself.
	l.broken = l.broken || !keep || l.tx && errors.Is(out, sqlerr.ErrDeadlock)
	return out
}

// Prepare implements driver.Conn.
func (l *lent) Prepare(ctx context.Context, text string, params []sqltype.Type) (driver.Stmt, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	ch := changeOf(text)
	if l.tx && ch != unchanged {
		return nil, errNotOurs
	}
	if err := l.opts.CheckSQL(text); err != nil {
		return nil, err
	}
	raw, err := l.q.PrepareContext(ctx, text)
	if err != nil {
		return nil, l.fail(ctx, err)
	}
	return &lentStmt{l: l, raw: raw, returns: returnsRows(text), change: ch, args: make([]any, len(params))}, nil
}

// Exec implements driver.Conn.
func (l *lent) Exec(ctx context.Context, text string) (driver.Result, error) {
	if err := l.begin(ctx); err != nil {
		return driver.Result{}, err
	}
	ch := changeOf(text)
	if l.tx && ch != unchanged {
		return driver.Result{}, errNotOurs
	}
	if err := l.opts.CheckSQL(text); err != nil {
		return driver.Result{}, err
	}
	res, err := l.q.ExecContext(ctx, text)
	if err != nil {
		return driver.Result{}, l.fail(ctx, err)
	}
	l.note(ch)
	return resultOf(res), nil
}

func (l *lent) note(ch change) {
	if ch != unchanged {
		l.inTx = ch == begins
	}
}

// Batch implements driver.Conn, one item after the other.
func (l *lent) Batch(ctx context.Context, items []driver.Item, deliver func(int, driver.Rows) error) error {
	return driver.RunBatch(ctx, l, items, deliver)
}

// Ping implements driver.Conn. A transaction cannot be pinged.
func (l *lent) Ping(ctx context.Context) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	if c, ok := l.q.(*sql.Conn); ok {
		if err := c.PingContext(ctx); err != nil {
			return l.fail(ctx, err)
		}
	}
	return nil
}

// InTx implements driver.Conn.
func (l *lent) InTx() bool { return l.inTx && !l.broken }

// Reset implements driver.Conn: the session is the caller's.
func (l *lent) Reset(ctx context.Context) error { return l.begin(ctx) }

// Broken implements driver.Conn.
func (l *lent) Broken() bool { return l.broken }

// Close implements driver.Conn. What was lent stays open.
func (l *lent) Close(context.Context) error {
	var err error
	if open := l.state.open; open != nil {
		err = open.Close()
	}
	for _, st := range l.ended {
		err = errors.Join(err, st.Close())
	}
	l.ended, l.broken = nil, true
	return err
}

// Raw implements driver.Conn: it returns the *sql.Tx or *sql.Conn.
func (l *lent) Raw() any { return l.q }

type lentStmt struct {
	l       *lent
	raw     *sql.Stmt
	returns bool
	change  change
	args    []any
	values  []sqldriver.Value
	closed  bool
}

func (s *lentStmt) bind(args []sqltype.Value) error {
	if s.closed {
		return errors.New("stdsql: the statement is closed")
	}
	if len(args) != len(s.args) {
		return argumentCount(len(args), len(s.args))
	}
	for i, v := range args {
		bound, err := s.l.opts.Bind(v)
		if err != nil {
			return err
		}
		s.args[i] = bound
	}
	return nil
}

// Exec implements driver.Stmt.
func (s *lentStmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	rows, err := s.Query(ctx, args)
	if err != nil {
		return driver.Result{}, err
	}
	for rows.Next() {
	}
	return rows.Result(), rows.Close()
}

// Query implements driver.Stmt.
func (s *lentStmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	if err := s.bind(args); err != nil {
		return nil, err
	}
	l := s.l
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	if !s.returns {
		res, err := s.raw.ExecContext(ctx, s.args...)
		if err != nil {
			return nil, l.fail(ctx, err)
		}
		l.note(s.change)
		return driver.NoRows(resultOf(res)), nil
	}
	raw, err := s.raw.QueryContext(ctx, s.args...)
	if err != nil {
		return nil, l.fail(ctx, err)
	}
	src, err := newSQLSource(raw)
	if err != nil {
		return nil, l.fail(ctx, err)
	}
	r := newRows(src, l.opts, &s.values, &l.state)
	r.fail = func(err error) error { return l.fail(ctx, err) }
	return r, nil
}

// Close implements driver.Stmt. While rows are open it only takes note.
func (s *lentStmt) Close(ctx context.Context) error {
	if s.closed || s.l.broken {
		return nil
	}
	s.closed = true
	if s.l.state.open != nil {
		s.l.ended = append(s.l.ended, s.raw)
		return nil
	}
	if err := s.raw.Close(); err != nil {
		return s.l.fail(ctx, err)
	}
	return nil
}
