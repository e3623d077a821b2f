// Package stdsql adapts a driver of database/sql to the driver contract.
//
// It knows the interfaces of database/sql/driver and their fallbacks. It must
// not know any product: how values are bound, which errors are which, and when
// a transaction is open beyond BEGIN and COMMIT are told by the glue in
// Options. It pools nothing, and nothing is ever sent twice: what a driver
// says about retrying decides nothing here.
package stdsql

import (
	"context"
	"errors"
	"fmt"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Options tell what database/sql does not. The zero value works with a driver
// that follows its conventions; errors then have no classes.
type Options struct {
	// Name is what Connector.String returns. It holds no secret.
	Name string
	// SetUp prepares a new connection: session settings, pragmas.
	SetUp func(ctx context.Context, c driver.Conn, role driver.Role) error
	// CheckSQL refuses a text before the driver sees it: more than one
	// statement, where the driver would run them all.
	CheckSQL func(sql string) error
	// Bind turns a value into what the driver takes. Nil is Bind.
	Bind func(sqltype.Value) (sqldriver.Value, error)
	// Convert reads a stored value that the built-in reading refuses. The
	// Value is of the wanted kind and may share memory with stored; false
	// refuses it for good.
	Convert func(want sqltype.Kind, column driver.Column, stored sqldriver.Value) (sqltype.Value, bool)
	// TextInteger reports whether integers of the named column type arrive as
	// text, as in a text protocol.
	TextInteger func(typeName string) bool
	// TimeLayouts are the forms of dates and times that arrive as text, tried
	// in order. Nil is ISO 8601 with a space or T.
	TimeLayouts []string
	// ZeroTimeUnread says that the driver gives the zero time.Time for a
	// stored text that it cannot read. It is refused then.
	ZeroTimeUnread bool
	// MapError turns an error that the server answered with into one of
	// package sqlerr, and returns nil for an error that it does not know.
	MapError func(error) error
	// CancelKeeps says that a call whose context ended leaves the connection
	// in order if MapError knows its error. Else the connection is dropped.
	CancelKeeps bool
	// InTx reports whether the connection is in a transaction, and whether
	// it can say. Nil, and a false second result, watch for BEGIN, START
	// TRANSACTION, COMMIT, END and ROLLBACK, and miss implicit commits.
	InTx func(sqldriver.Conn) (in, known bool)
	// Reset brings session state back, after SessionResetter did.
	Reset func(ctx context.Context, c driver.Conn) error
}

type connector struct {
	base sqldriver.Connector
	opts *Options
}

// New returns a connector over a driver's own.
func New(c sqldriver.Connector, opts Options) driver.Connector {
	return &connector{base: c, opts: opts.complete()}
}

func (o Options) complete() *Options {
	if o.CheckSQL == nil {
		o.CheckSQL = func(string) error { return nil }
	}
	if o.Bind == nil {
		o.Bind = Bind
	}
	if o.TimeLayouts == nil {
		o.TimeLayouts = defaultLayouts
	}
	return &o
}

// String implements driver.Connector.
func (c *connector) String() string { return c.opts.Name }

// GoString hides the driver's connector, which may hold a password.
func (c *connector) GoString() string { return c.opts.Name }

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context, role driver.Role) (driver.Conn, error) {
	raw, err := c.base.Connect(ctx)
	if err != nil {
		return nil, c.opts.connectError(ctx, err)
	}
	cn := &conn{raw: raw, opts: c.opts}
	if c.opts.SetUp != nil {
		if err := c.opts.SetUp(ctx, cn, role); err != nil {
			raw.Close()
			return nil, err
		}
	}
	return cn, nil
}

func (o *Options) connectError(ctx context.Context, err error) error {
	mapped := error(&driver.ConnError{Err: err})
	if o.MapError != nil {
		if m := o.MapError(err); m != nil {
			mapped = m
		}
	}
	if ctx.Err() != nil {
		return &interruptedError{context.Cause(ctx), mapped}
	}
	return mapped
}

// Wrap returns a Conn over an open connection, which it owns from then on.
func Wrap(c sqldriver.Conn, opts Options) driver.Conn {
	return &conn{raw: c, opts: opts.complete()}
}

var (
	errClosed   = errors.New("the connection was closed before")
	errRowsOpen = errors.New("stdsql: the rows of the last statement are still open; close them first")
)

// interruptedError is a failure that came after the caller's context ended.
type interruptedError struct{ cause, err error }

func (e *interruptedError) Error() string   { return e.cause.Error() + ": " + e.err.Error() }
func (e *interruptedError) Unwrap() []error { return []error{e.cause, e.err} }

func notSent(ctx context.Context) error {
	return fmt.Errorf("stdsql: nothing was sent: %w", context.Cause(ctx))
}

func argumentCount(got, want int) error {
	return fmt.Errorf("stdsql: %d arguments for %d parameters", got, want)
}
