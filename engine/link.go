package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// link is a connection with what is kept beside it: prepared statements, and
// memory that is used again from one statement to the next. It is used by one
// goroutine at a time.
type link struct {
	engine *Engine
	server *server
	drv    driver.Conn
	born   time.Time

	pool  *pool // nil for a connection that no pool owns
	res   *puddle.Resource[*link]
	fresh bool // never checked out
	idle  bool
	// reader says that a connection which has left the pool only reads.
	reader bool
	info   map[any]any // by *Info
	holding

	exec   ExecOptions // of who uses the connection now
	tx     *Tx         // the open transaction, the outermost where they nest
	result *Result     // the open result
	// pending are statements that are sent before the next one: BEGIN,
	// SAVEPOINT. The first opening of them begin the transaction.
	pending []string
	opening int

	// touched says that text was run or the driver's connection was lent, so
	// that the session's settings may have changed.
	touched  bool
	resetErr error // of the hook Reset, at the last return
	cursors  int   // how many were opened, for their names
	// stored is what becomes of rows that are inserted into a table.
	stored map[*schema.Table]storedAt
	solos  map[*schema.Table]solo
	alone  insertion // memory of the one that goes alone
	target target
	marked uint64 // the last mark of a conflict, counted from firstMark

	prepared preparedCache
	kept     keptStatement
	key      expr.Key
	args     []sqltype.Value
	cells    []sqltype.Value // of arrays
	batch    batch
}

func newLink(e *Engine, s *server, conn driver.Conn) *link {
	l := &link{engine: e, server: s, drv: conn, born: time.Now()}
	l.prepared.limit = e.opts.PreparedCacheSize
	l.batch.deliver = l.deliver
	return l
}

func (l *link) setUp(ctx context.Context) error {
	if f := l.engine.opts.AfterConnect; f != nil {
		if err := l.lend(ctx, f); err != nil {
			return fmt.Errorf("engine: AfterConnect: %w", err)
		}
	}
	l.touched = false // what the hook has set stays
	return nil
}

// lend lets a hook use the connection.
func (l *link) lend(ctx context.Context, f func(context.Context, *Conn) error) error {
	c := &Conn{l: l, lent: true}
	defer func() { c.done = true }()
	return f(ctx, c)
}

func (l *link) expired() bool {
	age := l.engine.opts.Recycle
	return age > 0 && time.Since(l.born) > age
}

// usable reports whether an idle connection may be lent.
func (l *link) usable(ctx context.Context) bool {
	if l.drv.Broken() {
		return false
	}
	if l.server.caps.OneConnection {
		return true
	}
	if l.expired() {
		return false
	}
	if l.engine.opts.PrePing || l.res.IdleDuration() > askAfter {
		return l.drv.Ping(ctx) == nil
	}
	return true
}

// cleanUpTime bounds what is done for a connection after its user's context
// has ended.
const cleanUpTime = 5 * time.Second

// detached is ctx, or, where that has ended, one that leaves some time to clean
// up.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
}

// tidy brings the connection into the state in which it may be lent again, and
// reports whether that worked.
func (l *link) tidy(ctx context.Context) bool {
	if l.result != nil {
		l.result.Close()
	}
	if l.tx != nil {
		l.tx.done = true
		l.tx = nil
	}
	l.pending, l.opening = l.pending[:0], 0
	l.forget()
	if l.drv.Broken() {
		return false
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	if l.drv.InTx() {
		if _, err := l.drv.Exec(ctx, "ROLLBACK"); err != nil || l.drv.InTx() {
			return false
		}
	}
	if f := l.engine.opts.Reset; f != nil {
		if l.resetErr = l.lend(ctx, f); l.resetErr != nil {
			return false
		}
	}
	if l.touched && l.drv.Reset(ctx) != nil {
		return false
	}
	l.touched = false
	return !l.drv.Broken()
}

// forget lets go of the values of the last statements.
func (l *link) forget() {
	clear(l.args[:cap(l.args)])
	l.args = l.args[:0]
	if cap(l.args) > 4096 {
		l.args = nil
	}
	clear(l.cells[:cap(l.cells)])
	l.cells = l.cells[:0]
	if cap(l.cells) > 4096 {
		l.cells = nil
	}
	l.batch.forget()
}

// shut closes the connection.
func (l *link) shut() {
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTime)
	defer cancel()
	l.drv.Close(ctx) // there is nobody to tell of its error
	l.engine.tellClose(ctx)
}

// release gives the connection back. Its error is that of the hook Reset.
func (l *link) release(ctx context.Context) error {
	if l.pool == nil {
		return nil
	}
	if err := l.pool.release(ctx, l); err != nil {
		return fmt.Errorf("engine: Reset: %w", err)
	}
	return nil
}

var (
	errResultOpen = errors.New("engine: a result of this connection is still open; read it to its end or close it first")
	errTxOpen     = errors.New("engine: a transaction is open on this connection; run statements through it")
	errTxGone     = errors.New("engine: the database has ended the transaction; roll back and run it again from its start")
	errTxAborted  = errors.New("engine: a statement of this transaction failed, so that the database has undone it; roll back, or to a savepoint before that statement")
)

// free reports whether the connection can take a statement: no result is open,
// and the transaction that is believed to be open is. Without that check a
// statement after the database rolled back by itself would commit alone.
func (l *link) free() error {
	if l.result != nil {
		return errResultOpen
	}
	return l.stands()
}

// stands reports an error where the transaction that is believed to be open is
// not, as it has to be asked before each statement of several.
func (l *link) stands() error {
	if l.tx != nil && l.tx.two != nil && l.tx.two.prepared {
		return errPrepared
	}
	if l.tx != nil && l.tx.begun && !l.drv.InTx() {
		return l.tx.gone()
	}
	return nil
}
