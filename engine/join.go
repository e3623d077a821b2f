package engine

import (
	"context"
	"errors"

	"github.com/alkahest-go/alkahest/driver"
)

// JoinMode says what Commit and Rollback mean in a transaction that belongs to
// the caller.
type JoinMode uint8

// What Commit and Rollback mean.
const (
	// JoinSavepoint works within a savepoint: Commit releases it, Rollback
	// undoes what was done since.
	JoinSavepoint JoinMode = iota
	// JoinRefuse leaves all to the caller: Commit does nothing but end the use,
	// and Rollback says that it can't undo.
	JoinRefuse
)

// join is a transaction's tie to the caller's.
type join struct {
	mode  JoinMode
	save  *Savepoint
	inner bool // of a transaction of this engine
}

var errJoined = errors.New("engine: the transaction is the caller's, who has to roll it back")

// OverTx returns a transaction within one of the caller's, for sessions too:
// conn is the driver contract over it. The caller's transaction is neither
// committed nor rolled back here, and conn is not closed.
//
// The glue packages do it in one call: OverSQLTx of packages pgx, gosqldriver,
// moderncsql and mattn takes a *sql.Tx of their driver, and pgx.OverTx a pgx.Tx.
// stdsql.WrapTx makes conn of a *sql.Tx of any other driver.
func (e *Engine) OverTx(ctx context.Context, conn driver.Conn, mode JoinMode) (*Tx, error) {
	s, err := e.ready(ctx)
	if err != nil {
		return nil, err
	}
	if conn.Broken() || !conn.InTx() {
		return nil, errors.New("engine: OverTx needs a connection with an open transaction")
	}
	l := newLink(e, s, conn)
	l.serve(e)
	t := &Tx{l: l, begun: true, join: &join{mode: mode}, attempt: 1}
	l.tx = t
	if mode == JoinSavepoint {
		if t.join.save, err = t.Savepoint(ctx); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// leave ends the use of the transaction around this one.
func (t *Tx) leave(ctx context.Context, keep bool) (err error) {
	l := t.l
	switch save := t.join.save; {
	case save == nil && !keep:
		err = errJoined
	case save == nil || save.done:
	case keep && t.root().aborted:
		err = errors.Join(errTxAborted, save.Rollback(ctx))
	case keep:
		err = save.Release(ctx)
	default:
		err = save.Rollback(ctx)
	}
	if t.join.inner {
		t.done = true
		return err
	}
	if !l.drv.Broken() && l.drv.InTx() && len(l.pending) > 0 { // the RELEASE after a ROLLBACK TO
		err = errors.Join(err, l.flushPending(ctx))
	}
	l.prepared.clear(ctx)
	t.end(ctx)
	return err
}
