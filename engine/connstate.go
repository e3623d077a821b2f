package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
)

var (
	errDead     = errors.New("engine: the connection is broken, or gave no sign of life")
	errNotReset = errors.New("engine: the connection could not be brought back into its first state")
	errNotOwned = errors.New("engine: a connection that a hook was given stays with the engine")
	errAsked    = errors.New("engine: the program asked for it")
)

// resetFailure is why a connection that came back can't be lent again.
func (l *link) resetFailure(clean bool) error {
	switch {
	case clean:
		return nil
	case l.resetErr != nil:
		return l.resetErr
	case l.drv.Broken():
		return errDead
	}
	return errNotReset
}

// Info is a value that is kept beside each connection as long as that lives,
// from one checkout to the next. It is a variable of a package, made once.
type Info[T any] struct{ name string }

// NewInfo makes an Info. The name is for people.
func NewInfo[T any](name string) *Info[T] { return &Info[T]{name: name} }

// String returns the name.
func (i *Info[T]) String() string { return i.name }

// Of returns the value of the connection, and whether it was set.
func (i *Info[T]) Of(c *Conn) (T, bool) {
	v, ok := c.l.info[i].(T)
	return v, ok
}

// Set sets the value of the connection.
func (i *Info[T]) Set(c *Conn, v T) error {
	if c.done {
		return closedError("connection")
	}
	if c.l.info == nil {
		c.l.info = map[any]any{}
	}
	c.l.info[i] = v
	return nil
}

// Closed reports whether the connection was given back, invalidated, or is
// that of a hook which has returned.
func (c *Conn) Closed() bool { return c.done }

// Invalidate closes the connection instead of giving it back, for one that is
// in a state that only the program knows; the pool makes another when it is
// needed. What was open on it is lost, as by a connection that dies. cause,
// which may be nil, is told to events.
func (c *Conn) Invalidate(ctx context.Context, cause error) error {
	if err := c.takeAway("invalidating its only connection", "close the engine"); err != nil {
		return err
	}
	if cause == nil {
		cause = errAsked
	}
	l := c.l
	l.abandon()
	c.done = true
	l.engine.tellInvalidate(ctx, cause)
	if l.pool == nil {
		l.shut()
		return nil
	}
	l.letGo()
	l.pool.discard(l)
	return nil
}

// Detach takes the connection out of the pool, which may make another in its
// place. It is the program's until Close, which then ends it: for a session
// with settings, locks or notifications of its own.
func (c *Conn) Detach(ctx context.Context) error {
	if err := c.takeAway("detaching its only connection", "use a database in a file"); err != nil {
		return err
	}
	l := c.l
	if l.pool == nil {
		return nil
	}
	p := l.pool
	l.reader = l.readOnly()
	l.letGo()
	p.mu.Lock()
	if i := slices.Index(p.links, l); i >= 0 {
		p.links = slices.Delete(p.links, i, i+1)
	}
	p.mu.Unlock()
	l.res.Hijack()
	l.res, l.pool = nil, nil
	l.engine.tellDetach(ctx)
	return nil
}

// takeAway reports why the pool can't do without the connection.
func (c *Conn) takeAway(what, instead string) error {
	switch {
	case c.done:
		return closedError("connection")
	case c.lent:
		return errNotOwned
	case c.l.server.caps.OneConnection:
		return &compile.UnsupportedError{Construct: what, Dialect: c.l.server.rules.Dialect, Instead: instead}
	}
	return nil
}

// abandon ends what is open on a connection that is about to be closed.
func (l *link) abandon() {
	if l.result != nil {
		l.result.Close() // its error is of rows that nobody wants any more
	}
	if l.tx != nil {
		l.tx.done = true
		l.tx = nil
	}
}

// Renew closes the connections that are idle, and those that are out when they
// come back, so that later checkouts get new ones. A database that is its
// connection keeps it.
func (e *Engine) Renew() {
	if s := e.server.Load(); s != nil {
		s.lost()
	}
}
