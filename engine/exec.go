package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Executor runs statements: an Engine, each statement on a connection and in a
// transaction of its own; a Conn; a Tx. params are the values of the
// statement's expr.Param places.
type Executor interface {
	// Exec runs a statement and discards its rows.
	Exec(ctx context.Context, s expr.Statement, params ...sqltype.Value) (driver.Result, error)
	// Query runs a statement and returns its rows, which must be closed or read
	// to their end before the connection is used again.
	Query(ctx context.Context, s expr.Statement, params ...sqltype.Value) (*Result, error)
	// Engine returns the engine that this belongs to.
	Engine() *Engine
}

var (
	_ Executor = (*Engine)(nil)
	_ Executor = (*Conn)(nil)
	_ Executor = (*Tx)(nil)
)

// Exec implements Executor: the statement commits by itself.
func (e *Engine) Exec(ctx context.Context, s expr.Statement, params ...sqltype.Value) (driver.Result, error) {
	for again := false; ; again = true {
		l, err := e.acquire(ctx, false)
		if err != nil {
			return driver.Result{}, err
		}
		res, err := l.execute(ctx, s, params)
		l.release(ctx)
		if again || !unsent(ctx, err) {
			return res, err
		}
	}
}

// Query implements Executor. The result holds a connection until it is closed
// or read to its end. Where writers wait for each other a SELECT goes to a
// reader, and everything else to the writer.
func (e *Engine) Query(ctx context.Context, s expr.Statement, params ...sqltype.Value) (*Result, error) {
	for again := false; ; again = true {
		l, err := e.acquire(ctx, s.Verb() == expr.VerbSelect)
		if err != nil {
			return nil, err
		}
		r, err := l.query(ctx, s, params)
		if err == nil {
			r.release = true
			return r, nil
		}
		l.release(ctx)
		if again || !unsent(ctx, err) {
			return nil, err
		}
	}
}

func (e *Engine) acquire(ctx context.Context, readOnly bool) (*link, error) {
	return e.acquireAt(ctx, readOnly, 0)
}

// acquireAt is acquire for a call of the program that is known; 0 where it has to
// be looked for.
func (e *Engine) acquireAt(ctx context.Context, readOnly bool, at CallSite) (*link, error) {
	s, err := e.ready(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.pool(readOnly).acquire(ctx, at)
	if err == nil {
		l.serve(e)
	}
	return l, err
}

// compile returns the statement's text, leaving its values in l.key.
func (l *link) compile(s expr.Statement) (*compile.Compiled, error) {
	l.key.Reset()
	if c := l.kept.of(l, s); c != nil {
		l.target = target{}
		return c, nil
	}
	l.key.Fill(l.exec.Values)
	s.AppendKey(&l.key)
	l.target = targetOf(s)
	get := l.server.cache.get
	if l.exec.NoCache {
		get = anew
	}
	c, err := get(s, &l.key, l.server)
	if err != nil {
		return nil, err
	}
	if c.Cartesian != nil {
		if err := l.engine.cartesian(c); err != nil {
			return nil, err
		}
	}
	if limit := l.server.rules.MaxParameters; limit > 0 && len(c.Slots) > limit {
		return nil, fmt.Errorf("engine: the statement has %d parameters; %s takes %d at most, split it", len(c.Slots), l.server.rules.Dialect, limit)
	}
	l.kept.note(l, s, c)
	return c, nil
}

// bind compiles the statement and collects its values. They are valid until the
// next statement of the connection.
func (l *link) bind(s expr.Statement, params []sqltype.Value) (*compile.Compiled, []sqltype.Value, error) {
	c, err := l.compile(s)
	if err != nil {
		return nil, nil, err
	}
	if err := checkParams(c, len(params)); err != nil {
		return nil, nil, err
	}
	l.args = c.Args(l.args[:0], l.key.Binds(), params)
	return c, l.args, l.server.checkValues(l.args)
}

func checkParams(c *compile.Compiled, given int) error {
	want := 0
	for _, s := range c.Slots {
		if s.Bind < 0 {
			want = max(want, s.Param+1)
		}
	}
	if given < want {
		return fmt.Errorf("engine: the statement has %d parameters and was given %d values", want, given)
	}
	return nil
}

// checkValues refuses values that the database would change.
func (s *server) checkValues(args []sqltype.Value) error {
	if s.caps.NaN && s.caps.NumericDigits == 0 {
		return nil
	}
	for i := range args {
		if !s.mayRefuse(args[i].Kind()) {
			continue
		}
		if err := s.refused(args[i]); err != nil {
			return err
		}
	}
	return nil
}

// mayRefuse reports whether the database lacks some values of the kind.
func (s *server) mayRefuse(k sqltype.Kind) bool {
	return k == sqltype.KindFloat64 && !s.caps.NaN || k == sqltype.KindDecimal && s.caps.NumericDigits > 0
}

// refused is the error of a value whose kind the database may refuse; nil where it
// has this one.
func (s *server) refused(v sqltype.Value) error {
	switch v.Kind() {
	case sqltype.KindFloat64:
		if f := v.Float64(); math.IsNaN(f) || math.IsInf(f, 0) {
			return &sqlerr.ValueError{Type: "DOUBLE PRECISION", Reason: "the database has no NaN and no infinity; send NULL"}
		}
	case sqltype.KindDecimal:
		if n := s.caps.NumericDigits; significant(v.Text()) > n {
			return &sqlerr.ValueError{Type: "NUMERIC", Reason: fmt.Sprintf("the database keeps %d digits exactly; use fewer, or text", n)}
		}
	}
	return nil
}

// significant counts the digits that have to be kept. Whole numbers of up to
// 18 digits are integers to every database, and count as none.
func significant(s string) int {
	s = strings.TrimLeft(s, "-+0")
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	switch {
	case frac == "" && len(whole) <= 18:
		return 0
	case frac == "":
		return len(whole)
	case whole == "":
		return len(strings.TrimLeft(frac, "0"))
	}
	return len(whole) + len(frac)
}

// exec runs a statement for its effect.
func (l *link) execute(ctx context.Context, s expr.Statement, params []sqltype.Value) (driver.Result, error) {
	s, restore := l.configured(s)
	defer restore()
	s, err := l.rewritten(ctx, s)
	if err != nil {
		return driver.Result{}, err
	}
	if apart, err := l.apart(); err != nil {
		return driver.Result{}, err
	} else if apart {
		return l.execApart(ctx, s, params)
	}
	s, err = l.withTaken(ctx, l.server.withDefaults(s))
	if err != nil {
		return driver.Result{}, err
	}
	c, args, err := l.bind(s, params)
	if err == nil {
		err = l.allow(c)
	}
	if err != nil {
		return driver.Result{}, err
	}
	c = l.tagged(c)
	if c.Losses != nil {
		return l.execLossy(ctx, c, args)
	}
	return l.execCompiled(ctx, c, args)
}

// allow refuses what must not be sent now.
func (l *link) allow(c *compile.Compiled) error {
	if err := l.free(); err != nil {
		return err
	}
	if c.Verb == expr.VerbText {
		l.unsure()
	}
	if c.Verb != expr.VerbSelect && l.readOnly() && writes(c) {
		return &sqlerr.StatementError{SQL: c.SQL, Err: fmt.Errorf("engine: %w: use a transaction that may write", sqlerr.ErrReadOnly)}
	}
	return nil
}

// writes reports whether the statement is certain to write. What it can't tell
// is left to the database.
func writes(c *compile.Compiled) bool {
	if c.Verb != expr.VerbText {
		return true
	}
	switch firstWord(c.SQL) {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "TRUNCATE", "CREATE", "ALTER", "DROP", "GRANT", "REVOKE":
		return true
	}
	return false
}

func (l *link) execCompiled(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (driver.Result, error) {
	var w *watch
	if l.engine.observed(ctx) {
		var err error
		if w, err = l.watch(ctx, c.SQL, c.Verb, 1, args); err != nil {
			return driver.Result{}, err
		}
		c = l.reworded(c, w)
	}
	res, err := l.send(ctx, c, args)
	if err != nil {
		err = l.showing(args, l.failed(ctx, err, c.SQL, l.effectOf(c.Verb, c.SQL)))
	} else if l.tx != nil {
		l.tx.aborted = false
	}
	if w != nil {
		err = w.done(ctx, res.RowsAffected, err)
	}
	return res, err
}

// send runs the statement, with what is pending before it.
func (l *link) send(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (driver.Result, error) {
	if err := l.stands(); err != nil {
		return driver.Result{}, err
	}
	if len(l.pending) > 0 {
		return l.sendPending(ctx, c, args)
	}
	if bare(c) {
		return l.drv.Exec(ctx, c.SQL)
	}
	stmt, err := l.prepare(ctx, c)
	if err != nil {
		return driver.Result{}, err
	}
	res, err := stmt.Exec(ctx, args)
	if err != nil && l.renews(ctx, err) {
		if stmt, err = l.prepare(ctx, c); err == nil {
			res, err = stmt.Exec(ctx, args)
		}
	}
	return res, err
}

// bare reports whether the statement is text without values, which is not worth
// preparing: DDL and settings.
func bare(c *compile.Compiled) bool { return c.Verb == expr.VerbText && len(c.Slots) == 0 }

// renews reports whether a statement that the server called stale may be
// prepared and sent again: it was not executed, and outside a transaction
// nothing was undone with it.
func (l *link) renews(ctx context.Context, err error) bool {
	if l.tx != nil || !errors.Is(err, sqlerr.ErrStalePlan) || l.drv.Broken() {
		return false
	}
	l.prepared.clear(ctx)
	return true
}

// prepare returns the connection's prepared statement.
func (l *link) prepare(ctx context.Context, c *compile.Compiled) (driver.Stmt, error) {
	if stmt, ok := l.prepared.lru.get(c); ok {
		return stmt, nil
	}
	stmt, err := l.drv.Prepare(ctx, c.SQL, c.Params)
	if err != nil {
		return nil, notSent(err)
	}
	stmt = converting(c, stmt)
	l.prepared.put(ctx, c, stmt)
	return stmt, nil
}

// sendPending sends BEGIN or SAVEPOINT and the statement, in one round trip
// where the driver can.
func (l *link) sendPending(ctx context.Context, c *compile.Compiled, args []sqltype.Value) (driver.Result, error) {
	if !l.server.caps.Pipelines {
		if err := l.flushPending(ctx); err != nil {
			return driver.Result{}, err
		}
		return l.send(ctx, c, args)
	}
	item := driver.Item{SQL: c.SQL}
	if !bare(c) {
		stmt, err := l.prepare(ctx, c)
		if err != nil {
			return driver.Result{}, err
		}
		item = driver.Item{Stmt: stmt, Args: args}
	}
	l.batch.items = append(l.batch.items[:0], item)
	err := l.sendBatch(ctx, nil)
	return l.batch.result, err
}

// flushPending sends BEGIN and SAVEPOINT by themselves.
func (l *link) flushPending(ctx context.Context) error {
	for len(l.pending) > 0 {
		if _, err := l.drv.Exec(ctx, l.pending[0]); err != nil {
			return notSent(err)
		}
		l.tellSavepoints(ctx, l.pending[0])
		l.pending = append(l.pending[:0], l.pending[1:]...)
		if l.opening > 0 {
			if l.opening--; l.opening == 0 {
				l.began(ctx)
			}
		}
	}
	return nil
}

func (l *link) began(ctx context.Context) {
	l.tx.begun = true
	l.engine.tellBegin(ctx, l.tx.opts)
}

// batch is the memory of one round trip of several statements.
type batch struct {
	items   []driver.Item
	deliver func(i int, rows driver.Rows) error // l.deliver, made once
	skip    int                                 // pending statements at the front
	each    func(i int, rows driver.Rows) error
	result  driver.Result // of the last item that each did not take
	// conversions are the items whose values are converted; nil for none.
	conversions []*convertingStmt
}

func (b *batch) forget() {
	clear(b.items[:cap(b.items)])
	b.items, b.each = b.items[:0], nil
	if cap(b.items) > 4096 {
		b.items = nil
	}
}

// sendBatch sends l.batch.items, with what is pending before them. each, which
// may be nil, takes the rows of each item.
func (l *link) sendBatch(ctx context.Context, each func(i int, rows driver.Rows) error) error {
	if err := l.stands(); err != nil {
		return err
	}
	b := &l.batch
	b.skip, b.each, b.result = 0, each, driver.Result{}
	if n := len(l.pending); n > 0 && l.server.caps.Pipelines {
		for range n {
			b.items = append(b.items, driver.Item{})
		}
		copy(b.items[n:], b.items)
		for i, sql := range l.pending {
			b.items[i] = driver.Item{SQL: sql}
		}
		b.skip = n
	} else if err := l.flushPending(ctx); err != nil {
		return err
	}
	err := b.convert()
	if err == nil {
		err = l.drv.Batch(ctx, b.items, b.deliver)
	}
	if b.skip > 0 {
		l.settlePending(ctx, err)
	}
	var failed *driver.BatchError
	if b.skip > 0 && errors.As(err, &failed) {
		return &driver.BatchError{Index: failed.Index - b.skip, Err: failed.Err}
	}
	return err
}

// settlePending notes which of the pending statements were executed.
func (l *link) settlePending(ctx context.Context, err error) {
	n := l.batch.skip
	var failed *driver.BatchError
	if errors.As(err, &failed) {
		n = min(n, failed.Index)
	}
	if l.opening > 0 && n >= l.opening && l.drv.InTx() {
		l.began(ctx)
	}
	if l.tx.begun {
		l.tellSavepoints(ctx, l.pending[:n]...)
		l.pending, l.opening = l.pending[:0], 0
	}
}

func (l *link) deliver(i int, rows driver.Rows) error {
	b := &l.batch
	if i < b.skip {
		return nil
	}
	if b.each != nil {
		return b.each(i-b.skip, b.converted(i, rows))
	}
	for rows.Next() { // what was not asked for is discarded
	}
	if err := rows.Close(); err != nil {
		return err
	}
	b.result = rows.Result()
	return nil
}
