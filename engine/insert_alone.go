package engine

import (
	"context"
	"errors"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// InsertCommit is Insert and then Commit, for a transaction that has nothing to
// do afterwards. Where it has had nothing to do before either, and inserts one
// row, the statement commits by itself: BEGIN and COMMIT, and their round trips,
// are saved. That is done only for a table in which nothing works on rows while
// they are inserted, so that an error of the statement leaves nothing behind;
// the first insert of each connection finds that out. The transaction's events
// are told all the same.
//
// After an error that is sqlerr.ErrOutcomeUnknown the row may be there, and the
// transaction has ended. After any other error nothing of it is, and the
// transaction is to be rolled back.
func (t *Tx) InsertCommit(ctx context.Context, b *InsertBatch) error {
	if t.untouched(b) && ctx.Err() == nil {
		done, err := t.insertAlone(ctx, b)
		if done || err != nil {
			return err
		}
	}
	if err := t.Insert(ctx, b); err != nil {
		return err
	}
	if t.ordinary() && b.N == 1 {
		if err := t.noteAlone(ctx, b); err != nil {
			return err
		}
	}
	return t.Commit(ctx)
}

// ordinary reports whether the transaction is the outermost, and like one that
// the database makes around a single statement.
func (t *Tx) ordinary() bool {
	return t.opts == (TxOptions{}) && t.join == nil && t.two == nil && t.l.tx == t && len(t.saves) == 0
}

// untouched reports whether the batch could be all that the transaction does.
func (t *Tx) untouched(b *InsertBatch) bool {
	l := t.l
	return b.N == 1 && b.Conflict == nil && !t.done && !t.begun && t.ordinary() && l.opening == 1 && len(l.pending) == 1 && t.writable() == nil
}

// solo is what a connection knows about inserting single rows into a table
// without a transaction around them.
type solo struct {
	// may says that nothing works on the rows.
	may bool
	// stmt is the statement, of an engine that prepares it again by itself, and
	// recompiled how often it had done so when the schema was looked at.
	stmt       driver.Recompiler
	recompiled int
}

// noteAlone finds out whether the next row may go alone. A row was inserted in
// this transaction, which so holds the table.
func (t *Tx) noteAlone(ctx context.Context, b *InsertBatch) error {
	l := t.l
	if known, ok := l.solos[b.Table]; ok && known.stmt == nil {
		return nil
	}
	p, err := l.server.insertPlan(l, b)
	if err != nil {
		return err
	}
	var s solo
	switch caps := &l.server.caps; {
	case len(p.taken) > 0 || !p.oneStatement():
	case caps.Keys == dialect.KeysByRowID:
		if s, err = t.recompilations(p); err != nil {
			return err
		}
	case caps.InsertTriggers != "":
		x := &insertion{ctx: ctx, l: l, b: b, p: p}
		found, err := x.meddler()
		if err != nil {
			return err
		}
		s.may = found == noMeddler
	}
	if l.solos == nil {
		l.solos = map[*schema.Table]solo{}
	}
	l.solos[b.Table] = s
	return nil
}

// oneStatement reports whether one statement inserts a row and tells all that
// is wanted of it.
func (p *insertPlan) oneStatement() bool {
	caps := &p.server.caps
	if len(p.back) == 0 {
		return true
	}
	return caps.Keys == dialect.KeysByReturning || p.keyOnly()
}

// recompilations looks at the statement of a table whose schema was looked at in
// this transaction.
func (t *Tx) recompilations(p *insertPlan) (solo, error) {
	found, ok := t.stored[p.table]
	if !ok || found.triggers || len(p.back) > 0 && !found.tells(p.key) {
		return solo{}, nil
	}
	c, err := p.statement(variant{rows: 1})
	if err != nil {
		return solo{}, err
	}
	stmt, _ := t.l.prepared.lru.get(c)
	s, ok := stmt.(driver.Recompiler)
	if !ok {
		return solo{}, nil
	}
	return solo{may: true, stmt: s, recompiled: s.Recompiled()}, nil
}

// insertAlone inserts the row of a batch by a statement that commits by itself.
// It does nothing, and says so, where that may not be.
func (t *Tx) insertAlone(ctx context.Context, b *InsertBatch) (done bool, err error) {
	l := t.l
	s := l.solos[b.Table]
	if !s.may || s.stmt != nil && s.stmt.Recompiled() != s.recompiled || !l.answers() {
		return false, nil
	}
	p, err := l.server.insertPlan(l, b)
	if err != nil {
		return false, err
	}
	if len(p.taken) > 0 || !p.oneStatement() {
		return false, nil
	}
	x := &l.alone
	*x = insertion{ctx: ctx, l: l, b: b, p: p, args: l.args[:0], binds: append(x.binds[:0], l.key.Binds()...), known: x.known}
	x.aim()
	begin := l.pending[0]
	l.pending, l.opening, t.alone = l.pending[:0], 0, true
	l.engine.tellBegin(ctx, t.opts)
	switch {
	case s.stmt != nil:
		err = x.rowIDAlone(s)
	case l.server.caps.KeysInSteps && len(p.back) > 0 && p.drawn == nil:
		err = x.byLastInsertID(x.storeID)
	default:
		err = x.run()
	}
	if err == nil {
		err = x.finish(1)
	}
	l.args = x.args[:0]
	t.alone = false
	told := x.told
	x.forget() // before another has the connection
	return t.settleAlone(ctx, b.Table, told, begin, err)
}

// forget lets go of the batch.
func (x *insertion) forget() {
	clear(x.binds)
	*x = insertion{binds: x.binds[:0], known: knownRow{values: x.known.values[:0]}}
}

// answers reports whether the server has not hung up, as far as can be told
// without asking it: of a statement that commits by itself nobody could say
// whether it was done.
func (l *link) answers() bool {
	if l.server.caps.SingleWriter || l.server.caps.OneConnection {
		return !l.drv.Broken()
	}
	p, ok := l.drv.(driver.Prober)
	return ok && p.Alive()
}

// rowIDAlone inserts the row into a table whose last row id tells the key, which
// is asked again where the statement was prepared anew for it.
func (x *insertion) rowIDAlone(s solo) error {
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	return x.watched(w, 1, x.eachRow(c, 0, 1, func(i int, res driver.Result) error {
		x.told = true
		if now := s.stmt.Recompiled(); now != s.recompiled {
			found, err := x.ask()
			if err != nil || found.triggers || len(x.p.back) > 0 && !found.tells(x.p.key) {
				return errSchemaMoved
			}
			s.recompiled = now
			x.l.solos[x.p.table] = s
		}
		if len(x.p.back) == 0 {
			return nil
		}
		return x.storeKnown(i, sqltype.Int64Value(int64(res.LastInsertID)))
	}))
}

var errSchemaMoved = errors.New("engine: somebody changed the schema at the moment of the insert, so that the id of the row is not certain; look for the row by other columns")

// takenError is something wrong with a row that the database has taken and
// committed.
type takenError struct{ err error }

// Error says both.
func (e *takenError) Error() string {
	return "engine: the database has taken the statement, which commits by itself, but what it answered is wrong; read the database before doing it again: " + e.err.Error()
}

// Unwrap returns the cause, and sqlerr.ErrOutcomeUnknown.
func (e *takenError) Unwrap() []error { return []error{sqlerr.ErrOutcomeUnknown, e.err} }

// settleAlone ends the transaction after its only statement, or puts it back to
// where it was: not begun.
func (t *Tx) settleAlone(ctx context.Context, table *schema.Table, told bool, begin string, err error) (done bool, _ error) {
	l := t.l
	if err == nil {
		l.engine.tellCommit(ctx, nil)
		t.end(ctx)
		return true, nil
	}
	var count *RowCountError
	var refused *sqlerr.StatementError
	switch {
	case !errors.As(err, &refused) && (told || errors.As(err, &count)):
		err = &takenError{err}
		fallthrough
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		delete(l.solos, table)
		l.engine.tellCommit(ctx, err)
		t.end(ctx)
		return true, err
	}
	l.engine.tellRollback(ctx, nil)
	t.aborted = false
	l.pending, l.opening = append(l.pending[:0], begin), 1
	if unsent(ctx, err) || errors.Is(err, sqlerr.ErrStalePlan) && !l.drv.Broken() {
		return false, nil // by the way of others, which knows what to do
	}
	return false, err
}
