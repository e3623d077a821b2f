package engine

import (
	"slices"

	"github.com/alkahest-go/alkahest/driver"
)

// Driver returns the connection in terms of package driver, for an engine that
// New makes over it, such as one whose transactions are savepoints. It is valid
// until Close, which rolls back what is open on it. Until then nothing else is
// done through c.
func (c *Conn) Driver() (driver.Conn, error) {
	switch {
	case c.done:
		return nil, closedError("connection")
	case c.l.result != nil:
		return nil, errResultOpen
	case c.l.tx != nil:
		return nil, errTxOpen
	}
	c.l.unsure()
	return c.l.drv, nil
}

// Options returns a copy of the options with which the engine was opened, with
// what is meant by those that were left out. Events that were added by Listen
// are not among them.
func (e *Engine) Options() Options {
	o := e.opts
	o.Events = slices.Clone(o.Events)
	return o
}
