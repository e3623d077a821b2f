package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Tx is a transaction. It is used by one goroutine at a time and must be ended
// by Commit or Rollback, of which the first counts. BEGIN is sent with the
// first statement, so a Tx that does nothing costs nothing.
type Tx struct {
	l        *link
	opts     TxOptions
	owns     bool // the connection goes back to the pool with the end
	begun    bool // the database has begun it
	done     bool
	aborted  bool // a statement failed where that undoes all of them
	alone    bool // its only statement is under way, and commits by itself
	join     *join
	two      *twoPhase // nil for a transaction of one phase
	saves    []*Savepoint
	named    int // savepoints so far
	attempt  int
	before   ExecOptions               // of the connection
	meddlers map[*schema.Table]meddler // of tables
	stored   map[*schema.Table]stored
	version  *int64 // of the schema, nil before it was asked
	ended    error  // the error with which the database ended it; nil where it told none
	result   Result // the first one
	resulted bool   // there was one
}

// gone says that the database has ended the transaction, and why.
func (t *Tx) gone() error {
	if t.ended == nil {
		return errTxGone
	}
	return fmt.Errorf("%w (%w)", errTxGone, t.ended)
}

// Begin checks a connection out and begins a transaction on it.
func (e *Engine) Begin(ctx context.Context, o TxOptions) (*Tx, error) {
	return e.BeginAt(ctx, o, 0)
}

// begin prepares what the next statement will send first.
func (l *link) begin(o TxOptions, owns bool) (*Tx, error) {
	if o.Isolation == DefaultIsolation {
		o.Isolation = l.exec.Isolation
	}
	texts, err := l.opens(o)
	if err != nil {
		return nil, err
	}
	l.pending = append(l.pending[:0], texts...)
	l.opening = len(texts)
	l.tx = &Tx{l: l, opts: o, owns: owns, attempt: 1, before: l.exec}
	return l.tx, nil
}

// opens returns the statements that begin a transaction.
func (l *link) opens(o TxOptions) ([]string, error) {
	if o.Autocommit {
		return nil, checkAutocommit(o)
	}
	return l.server.begin(l.engine.dialect, o)
}

// Begin begins a transaction within this one: a savepoint, which Commit
// releases and Rollback goes back to. Until its end the outer transaction is
// used through it.
func (t *Tx) Begin(ctx context.Context, o TxOptions) (*Tx, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	if o.Isolation != DefaultIsolation || o.Deferrable {
		return nil, errors.New("engine: a transaction within another has its isolation; leave it out")
	}
	save, err := t.root().Savepoint(ctx)
	if err != nil {
		return nil, err
	}
	o.ReadOnly = o.ReadOnly || t.opts.ReadOnly
	return &Tx{l: t.l, opts: o, attempt: 1, join: &join{save: save, inner: true}}, nil
}

// root returns the outermost transaction, which keeps what concerns all.
func (t *Tx) root() *Tx {
	if t.l.tx != nil {
		return t.l.tx
	}
	return t
}

// Engine implements Executor.
func (t *Tx) Engine() *Engine { return t.l.engine }

// Options returns the options with which the transaction began.
func (t *Tx) Options() TxOptions { return t.opts }

// Begun reports whether the database has begun the transaction: whether it has
// executed a statement.
func (t *Tx) Begun() bool { return t.root().begun }

// Attempt returns 1, or, within Transact, the how-manieth run this is.
func (t *Tx) Attempt() int { return t.attempt }

func (t *Tx) usable() error {
	if t.done || t.join != nil && t.join.save != nil && (t.join.save.done || t.join.save.tx.done) {
		return closedError("transaction")
	}
	return nil
}

// takes reports why the transaction can't take a statement.
func (t *Tx) takes(s expr.Statement) error {
	if err := t.usable(); err != nil {
		return err
	}
	switch v := s.Verb(); {
	case v == expr.VerbSelect || !t.opts.ReadOnly:
		return nil
	case t.opts.Autocommit:
		return errNoQuery
	case v == expr.VerbText:
		return nil
	}
	return fmt.Errorf("engine: %w: use a transaction that may write", sqlerr.ErrReadOnly)
}

// Returns reports whether INSERT, UPDATE or DELETE can tell the rows that it
// changes by RETURNING, or OUTPUT, on this database.
func (t *Tx) Returns(v expr.Verb) bool {
	r := t.l.server.rules.Returning
	switch v {
	case expr.VerbInsert:
		return r.Insert
	case expr.VerbUpdate:
		return r.Update
	case expr.VerbDelete:
		return r.Delete
	}
	return false
}

// Exec implements Executor.
func (t *Tx) Exec(ctx context.Context, s expr.Statement, params ...sqltype.Value) (driver.Result, error) {
	if err := t.takes(s); err != nil {
		return driver.Result{}, err
	}
	res, err := t.l.execute(ctx, s, params)
	if err != nil && t.replace(ctx, err) {
		res, err = t.l.execute(ctx, s, params)
	}
	return res, err
}

// Query implements Executor.
func (t *Tx) Query(ctx context.Context, s expr.Statement, params ...sqltype.Value) (*Result, error) {
	if err := t.takes(s); err != nil {
		return nil, err
	}
	r, err := t.l.query(ctx, s, params)
	if err != nil && t.replace(ctx, err) {
		r, err = t.l.query(ctx, s, params)
	}
	return r, err
}

// replace takes another connection where the first one turned out to be dead
// before anything of the transaction was sent. It reports whether the
// statement may be tried again.
func (t *Tx) replace(ctx context.Context, err error) bool {
	if t.begun || !t.owns || t.l.opening == 0 || !t.l.drv.Broken() || !unsent(ctx, err) {
		return false
	}
	old := t.l
	pending, opening := slices.Clone(old.pending), old.opening
	old.tx = nil
	old.release(ctx) // first: the pool may have no room for another
	fresh, err := old.engine.acquire(ctx, t.opts.ReadOnly)
	if err != nil {
		old.tx, t.owns = t, false // what is left of it refuses everything
		return false
	}
	fresh.pending, fresh.opening = append(fresh.pending[:0], pending...), opening
	fresh.tx, t.l = t, fresh
	fresh.use(old.exec)
	t.aborted = false
	return true
}

// Commit makes the work durable. An error that is sqlerr.ErrOutcomeUnknown says
// that it may or may not be; after any other error it is not. The transaction
// has ended in every case.
func (t *Tx) Commit(ctx context.Context) error {
	switch err := t.usable(); {
	case err != nil:
		return err
	case t.l.result != nil:
		return errResultOpen
	case t.join != nil:
		return t.leave(ctx, true)
	case t.two != nil:
		return t.commitPhase(ctx)
	case !t.begun:
		t.end(ctx)
		return nil
	}
	err := t.commit(ctx)
	t.l.engine.tellCommit(ctx, err)
	if err != nil && t.l.drv.InTx() {
		t.rollback(ctx)
	}
	t.end(ctx)
	return err
}

func (t *Tx) commit(ctx context.Context) error {
	switch {
	case t.aborted:
		return errTxAborted
	case !t.l.drv.InTx() && !t.l.drv.Broken():
		return t.l.tx.gone()
	case ctx.Err() != nil:
		return fmt.Errorf("engine: rolled back instead of committed: %w", context.Cause(ctx))
	}
	return t.l.control(ctx, "COMMIT", commits)
}

// control runs a statement of transaction control.
func (l *link) control(ctx context.Context, sql string, what effect) error {
	var w *watch
	if l.engine.observed(ctx) {
		var err error
		if w, err = l.watchOwn(ctx, sql, expr.VerbText, nil); err != nil {
			return err
		}
		sql = w.x.SQL
	}
	_, err := l.drv.Exec(ctx, sql)
	if err != nil {
		err = l.failed(ctx, err, sql, what)
	}
	if w != nil {
		err = w.done(ctx, -1, err)
	}
	return err
}

// Rollback undoes the work. It works also after ctx has ended. Where the
// connection is dead the database undoes the work by itself, which is no error.
func (t *Tx) Rollback(ctx context.Context) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.l.result != nil {
		t.l.result.Close()
	}
	if t.join != nil {
		return t.leave(ctx, false)
	}
	if t.two != nil {
		return t.rollbackPhase(ctx)
	}
	var err error
	if t.begun || t.l.drv.InTx() {
		err = t.rollback(ctx)
		t.l.engine.tellRollback(ctx, err)
	}
	t.end(ctx)
	return err
}

func (t *Tx) rollback(ctx context.Context) error {
	l := t.l
	if l.drv.Broken() || !l.drv.InTx() {
		return nil
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	err := l.control(ctx, "ROLLBACK", reads)
	if err != nil && l.drv.Broken() {
		return nil
	}
	return err
}

// end lets go of the connection.
func (t *Tx) end(ctx context.Context) {
	l := t.l
	t.done = true
	for _, s := range t.saves {
		s.done = true
	}
	l.tx = nil
	l.pending, l.opening = l.pending[:0], 0
	l.use(t.before)
	switch {
	case t.two != nil && t.two.prepared && t.two.words.Bound:
		t.letGoPrepared(ctx)
	case t.owns:
		l.release(ctx)
	}
}

// Raw lends the driver's own connection to f, inside the transaction. f must
// not end it.
func (t *Tx) Raw(ctx context.Context, f func(driverConn any) error) error {
	if err := t.usable(); err != nil {
		return err
	}
	c := &Conn{l: t.l, lent: true}
	return c.Raw(ctx, f)
}
