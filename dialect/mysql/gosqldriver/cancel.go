package gosqldriver

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/driver"
)

// watch stops one statement when its context ends.
type watch struct {
	c        *conn
	start    func() // w.run, made once
	stop     func() bool
	answered chan struct{} // closed when the statement has ended
	finished chan struct{} // closed when run has ended
	killed   bool          // a KILL QUERY was executed; valid after finished
	dropped  bool          // the connection was closed; valid after finished
}

func (c *conn) watch(ctx context.Context) *watch {
	w := c.unused
	if w == nil {
		w = &watch{c: c, answered: make(chan struct{}), finished: make(chan struct{})}
		w.start = w.run
	}
	c.unused = nil
	w.stop = context.AfterFunc(ctx, w.start)
	return w
}

// end is called when the statement has ended. It returns once no KILL QUERY
// can be under way any more, and reports whether the context had ended.
func (w *watch) end() bool {
	if w.stop() { // it has not run, and will not
		w.c.unused, w.stop = w, nil
		return false
	}
	close(w.answered)
	<-w.finished
	return true
}

func (w *watch) run() {
	defer close(w.finished)
	ctx, cancel := context.WithTimeout(context.Background(), w.c.connector.grace)
	defer cancel()
	go func() {
		select {
		case <-w.answered: // ends the way to the KILL, not the KILL itself
			cancel()
		case <-ctx.Done():
		}
	}()
	switch w.c.connector.kill(ctx, w.c, w.answered) {
	case killDone:
		w.killed = true
		w.await(ctx)
	case killNotSent:
		select {
		case <-w.answered:
		default:
			w.drop()
		}
	case killUnknown: // it may still hit whatever runs next
		w.drop()
	}
}

func (w *watch) await(ctx context.Context) {
	select {
	case <-w.answered:
		return
	case <-ctx.Done():
	}
	select {
	case <-w.answered: // which is what ended ctx
	default:
		w.drop()
	}
}

func (w *watch) drop() {
	w.dropped = true
	w.c.net.Close()
}

type killOutcome uint8

const (
	killNotSent killOutcome = iota
	killDone
	killUnknown
)

// kill stops the statement that target runs, over a connection of its own. It
// sends nothing unless that connection has reached the same server, and the
// server has run for longer than target exists: ids of connections are only
// unique within one run of one server.
func (c *connector) kill(ctx context.Context, target *conn, answered <-chan struct{}) killOutcome {
	side, err := c.open(ctx)
	if err != nil {
		return killNotSent
	}
	defer side.hangUp()
	stop := context.AfterFunc(ctx, func() { side.net.Close() })
	same := side.isServerOf(target)
	if !stop() || !same {
		return killNotSent
	}
	select {
	case <-answered:
		return killNotSent
	default:
	}
	if err := side.net.SetDeadline(time.Now().Add(c.grace)); err != nil {
		return killNotSent
	}
	err = side.run("KILL QUERY " + strconv.FormatUint(target.id, 10))
	var refused *mysql.MySQLError
	switch {
	case err == nil:
		return killDone
	case errors.As(err, &refused), side.net.written.Load() == 0:
		return killNotSent
	}
	return killUnknown
}

func (c *conn) isServerOf(target *conn) bool {
	plan := c.connector.plan.Load()
	if plan == nil {
		return false
	}
	rows, err := c.texts(plan.show)
	if err != nil || len(rows) != 1 || len(rows[0]) != showColumns || rows[0][4] != target.server {
		return false
	}
	rows, err = c.texts("SHOW GLOBAL STATUS LIKE 'Uptime'")
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
		return false
	}
	uptime, err := strconv.ParseInt(rows[0][1], 10, 64)
	const slack = 2 // seconds; Uptime is whole seconds
	return err == nil && uptime+slack >= int64(time.Since(target.since)/time.Second)
}

// begin opens one exchange with the server. Each begin without an error is
// followed by one end.
func (c *conn) begin(ctx context.Context) (*watch, error) {
	if c.broken {
		return nil, &driver.ConnError{Err: errClosed}
	}
	if c.open != nil {
		return nil, errRowsOpen
	}
	if ctx.Err() != nil {
		return nil, notSent(ctx)
	}
	if err := c.prepareUse(); err != nil {
		return nil, err
	}
	c.before = c.net.written.Load()
	if ctx.Done() == nil {
		return nil, nil
	}
	return c.watch(ctx), nil
}

// end closes the exchange that begin opened, and classifies its error.
func (c *conn) end(ctx context.Context, w *watch, err error) error {
	if err == nil {
		c.rolledBack = false // the answer tells the status
	}
	return c.close(ctx, w, err)
}

// close is end for an exchange whose answer tells no status.
func (c *conn) close(ctx context.Context, w *watch, err error) error {
	sent := c.net.written.Load() != c.before
	cancelled := w != nil && w.end()
	if err != nil {
		err = c.classify(err, sent)
	}
	c.lastUse = time.Now()
	if !cancelled {
		c.askStatus(err)
		return err
	}
	if w.dropped {
		c.hangUp()
	}
	interrupted := isInterrupt(err)
	if w.killed && !interrupted && !c.broken {
		c.absorb()
	}
	c.askStatus(err)
	if interrupted || c.broken && err != nil {
		return &interruptedError{context.Cause(ctx), err}
	}
	return err
}

// askStatus asks whether the transaction is still there after an error: errors
// carry no status, and some end it (a full table of locks, a time-out where
// innodb_rollback_on_timeout is set).
func (c *conn) askStatus(err error) {
	if err == nil || !c.InTx() {
		return
	}
	asked := c.bounded(func() error { return c.raw.Ping(context.Background()) })
	var refused *mysql.MySQLError
	switch {
	case asked == nil:
	case errors.As(asked, &refused) && refused.Number == deadlockNumber:
		c.rolledBack = true
	default:
		c.hangUp()
	}
}

// bounded runs f, and gives the server some time for it.
func (c *conn) bounded(f func() error) error {
	if err := c.net.SetDeadline(time.Now().Add(c.connector.grace)); err != nil {
		return err
	}
	return errors.Join(f(), c.net.SetDeadline(time.Time{}))
}

func isInterrupt(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && interruptNumbers[e.Number]
}

// absorb runs a statement for the sake of a KILL QUERY that came after the one
// it was meant for had ended: the server may keep it for the next.
func (c *conn) absorb() {
	err := c.bounded(func() error {
		if err := c.run("DO 0"); !isInterrupt(err) {
			return err
		}
		return nil
	})
	if err != nil {
		c.hangUp()
	}
}

// notSentError is a context that had ended before anything was sent.
type notSentError struct{ cause error }

func notSent(ctx context.Context) error { return &notSentError{context.Cause(ctx)} }

func (e *notSentError) Error() string { return "gosqldriver: nothing was sent: " + e.cause.Error() }
func (e *notSentError) Unwrap() error { return e.cause }
