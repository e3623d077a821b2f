package stdsql

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// fail turns an error of a call on an open connection into one of the
// contract's. The driver's word that nothing was sent is not trusted.
func (c *conn) fail(ctx context.Context, err error) error {
	out, keep := c.opts.classify(ctx, err)
	if v, ok := c.raw.(sqldriver.Validator); ok && keep && !v.IsValid() {
		out, keep = &driver.ConnError{Sent: true, Err: err}, false
		if ctx.Err() != nil {
			out = &interruptedError{context.Cause(ctx), out}
		}
	}
	if !keep {
		c.broken = true
	}
	return out
}

func (c *conn) lost(err error, sent bool) error {
	c.broken = true
	return &driver.ConnError{Sent: sent, Err: err}
}

// classify also says whether the connection is still in order.
func (o *Options) classify(ctx context.Context, err error) (out error, keep bool) {
	var value *sqlerr.ValueError
	if errors.As(err, &value) {
		return err, true
	}
	var known error
	if o.MapError != nil {
		known = o.MapError(err)
	}
	var lost *driver.ConnError
	switch {
	case errors.As(known, &lost):
		out = known
	case connectionDied(err) && known == nil:
		out = &driver.ConnError{Sent: true, Err: err}
	case ctx.Err() != nil && (known == nil || !o.CancelKeeps):
		out = &driver.ConnError{Sent: true, Err: err}
	case known != nil:
		out, keep = known, true
	default:
		out, keep = &sqlerr.DatabaseError{Code: "unknown", Message: err.Error(), Err: err}, true
	}
	if ctx.Err() != nil {
		out = &interruptedError{context.Cause(ctx), out}
	}
	return out, keep
}

func connectionDied(err error) bool {
	var network net.Error
	var system syscall.Errno
	for _, dead := range []error{
		sqldriver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, sql.ErrConnDone,
		os.ErrDeadlineExceeded, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, dead) {
			return true
		}
	}
	return errors.As(err, &network) || errors.As(err, &system)
}
