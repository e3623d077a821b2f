package engine

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Result is the rows of a query. It is used by one goroutine, and must be
// closed, or read until Next says false, before its connection is used again.
type Result struct {
	l        *link
	rows     driver.Rows
	compiled *compile.Compiled
	ctx      context.Context // of the query, for what is left to do at its end
	watch    *watch
	effect   effect
	args     []sqltype.Value
	renewed  bool
	release  bool // the result holds its connection alone
	closed   bool
	own      *Tx     // the transaction that the result has to itself
	of       *Result // the result that has this one as one of several
	read     int64
	done     driver.Result
	err      error
}

// query runs a statement for its rows.
func (l *link) query(ctx context.Context, s expr.Statement, params []sqltype.Value) (*Result, error) {
	s, restore := l.configured(s)
	defer restore()
	s, err := l.rewritten(ctx, s)
	if err != nil {
		return nil, err
	}
	if apart, err := l.apart(); err != nil {
		return nil, err
	} else if apart {
		return l.queryApart(ctx, s, params)
	}
	s = l.server.withDefaults(s)
	if l.exec.explain != nil { // values are not taken for a statement that is not run
		return l.queryPlan(ctx, s, params)
	}
	if s, err = l.withTaken(ctx, s); err != nil {
		return nil, err
	}
	c, args, err := l.bind(s, params)
	if err == nil {
		err = l.allow(c)
	}
	if err == nil {
		err = l.onlyReads(s, c)
	}
	if err == nil && c.Losses != nil {
		err = errLossesRows
	}
	if err != nil {
		return nil, err
	}
	return l.queryCompiled(ctx, l.tagged(c), args)
}

func (l *link) queryCompiled(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (*Result, error) {
	var w *watch
	if l.engine.observed(ctx) {
		var err error
		if w, err = l.watch(ctx, c.SQL, c.Verb, 1, args); err != nil {
			return nil, err
		}
		c = l.reworded(c, w)
	}
	effect := l.effectOf(c.Verb, c.SQL)
	rows, err := l.open(ctx, c, args)
	if err != nil {
		err = l.showing(args, l.failed(ctx, err, c.SQL, effect))
		if w != nil {
			err = w.done(ctx, -1, err)
		}
		return nil, err
	}
	r := l.newResult()
	*r = Result{l: l, rows: rows, compiled: c, args: args, ctx: ctx, watch: w, effect: effect}
	l.result = r
	return r, nil
}

// newResult returns memory for a result: that of the transaction for its first one,
// which many have no other than.
func (l *link) newResult() *Result {
	if l.tx == nil || l.tx.resulted {
		return new(Result)
	}
	l.tx.resulted = true
	return &l.tx.result
}

func (l *link) open(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (driver.Rows, error) {
	if err := l.stands(); err != nil {
		return nil, err
	}
	stmt, err := l.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(l.pending) > 0 && l.server.caps.Pipelines {
		return l.openBatched(ctx, driver.Item{Stmt: stmt, Args: args})
	}
	if err := l.flushPending(ctx); err != nil {
		return nil, err
	}
	rows, err := stmt.Query(ctx, args)
	if err != nil && l.renews(ctx, err) {
		if stmt, err = l.prepare(ctx, c); err == nil {
			rows, err = stmt.Query(ctx, args)
		}
	}
	return rows, err
}

// Columns returns the columns: what the database says, or, where it does not
// tell a type's name, at least the names.
func (r *Result) Columns() []driver.Column { return r.rows.Columns() }

// ResultColumns returns the columns as the statement declared them: nil for
// raw text.
func (r *Result) ResultColumns() []compile.ResultColumn { return r.compiled.Columns }

// SQL returns the statement's text.
func (r *Result) SQL() string { return r.compiled.SQL }

// Next goes to the next row. After the last one, or an error, it closes the
// result and returns false; Err tells which it was.
func (r *Result) Next() bool {
	if r.closed {
		return false
	}
	if r.rows.Next() || r.read == 0 && r.of == nil && r.again() {
		r.read++
		return true
	}
	r.Close()
	return false
}

// again sends the statement once more where the server called it stale instead
// of giving a first row, and reports whether there is one now.
func (r *Result) again() bool {
	l := r.l
	if r.renewed || r.rows.Err() == nil {
		return false
	}
	r.renewed = true
	err := r.rows.Close()
	if !l.renews(r.ctx, err) {
		return false
	}
	stmt, err := l.prepare(r.ctx, r.compiled)
	if err != nil {
		return false // Close gives the first error
	}
	rows, err := stmt.Query(r.ctx, r.args)
	if err != nil {
		return false
	}
	r.rows = rows
	return r.rows.Next()
}

// Row returns the current row. It is valid until Next or Close.
func (r *Result) Row() sqltype.Row { return r.rows }

// Err returns the error that ended the rows, if any. Values of the current row
// that did not fit the type they were read as are reported by Row().Err().
func (r *Result) Err() error { return r.err }

// Done returns the counts of the execution, once the result is closed.
func (r *Result) Done() driver.Result { return r.done }

// Close ends the result and gives its connection free. It returns what Err
// returns, and may be called again.
func (r *Result) Close() error {
	if r.closed {
		return r.err
	}
	r.closed = true
	if r.of != nil {
		return r.of.setEnded(r)
	}
	err := r.rows.Close()
	if err != nil {
		r.err = r.l.showing(r.args, r.l.failed(r.ctx, err, r.compiled.SQL, r.effect))
	} else {
		r.done = r.rows.Result()
		if r.l.tx != nil {
			r.l.tx.aborted = false
		}
	}
	if r.watch != nil {
		r.err = r.watch.done(r.ctx, r.read, r.err)
	}
	l := r.l
	l.result = nil
	if r.own != nil {
		r.err = r.own.settle(r.ctx, r.err)
	}
	if r.release {
		l.release(r.ctx)
	}
	return r.err
}

var (
	errNoRows       = fmt.Errorf("engine: %w", sqlerr.ErrNoRows)
	errMultipleRows = fmt.Errorf("engine: %w", sqlerr.ErrMultipleRows)
)
