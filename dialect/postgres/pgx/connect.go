package pgx

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	upstream "github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/alkahest-go/alkahest/driver"
)

// sessionParams are the settings that the glue relies on. Being part of the
// start-up message, they are what RESET ALL goes back to, and PgBouncer
// carries each of them along.
var sessionParams = map[string]string{
	"TimeZone":                    "UTC",
	"DateStyle":                   "ISO, MDY",
	"client_encoding":             "UTF8",
	"standard_conforming_strings": "on",
}

const defaultCancelTimeout = 5 * time.Second

type connector struct{ config Config }

// New returns a connector for the database of config, which it copies.
func New(config Config) driver.Connector {
	config.ConnConfig = config.ConnConfig.Copy()
	return &connector{config: config}
}

// String names the database without its password.
func (c *connector) String() string { return c.config.String() }

// GoString keeps the password out of %#v.
func (c *connector) GoString() string { return c.config.GoString() }

// Connect opens a connection. Its error is a *sqlerr.DatabaseError if a server
// refused it, such as for a wrong password, and a *driver.ConnError otherwise.
func (c *connector) Connect(ctx context.Context, role driver.Role) (driver.Conn, error) {
	config := c.config.ConnConfig.Copy()
	if c.config.BeforeConnect != nil {
		if err := c.config.BeforeConnect(ctx, config); err != nil {
			return nil, fmt.Errorf("pgx: BeforeConnect: %w", err)
		}
	}
	for name, value := range sessionParams {
		setParam(config, name, value)
	}
	if role == driver.ReadOnly && !c.config.PgBouncer {
		setParam(config, "default_transaction_read_only", "on")
	}
	timeout := c.config.CancelTimeout
	if timeout == 0 {
		timeout = defaultCancelTimeout
	}
	var last *stream // of the host that is tried, which is the first that answers
	build := config.BuildFrontend
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		last = newStream(r, config.MaxProtocolMessageBodyLen)
		return build(last, w)
	}
	config.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		h := &canceller{pg: pg, timeout: timeout}
		s := sessionOf(pg)
		s.cancel, s.stream = h, last
		return h
	}
	up, err := upstream.ConnectConfig(ctx, config)
	if err != nil {
		return nil, connectFailure(ctx, err)
	}
	if err := verifySession(up.PgConn()); err != nil {
		up.Close(ctx)
		return nil, err
	}
	return newConn(up, c.config.PgBouncer), nil
}

// setParam sets a run-time parameter, whose name is not sensitive to case.
func setParam(config *upstream.ConnConfig, name, value string) {
	for k := range config.RuntimeParams {
		if strings.EqualFold(k, name) {
			delete(config.RuntimeParams, k)
		}
	}
	config.RuntimeParams[name] = value
}

func verifySession(pg *pgconn.PgConn) error {
	for _, name := range []string{"client_encoding", "standard_conforming_strings"} {
		if got := pg.ParameterStatus(name); got != sessionParams[name] {
			return fmt.Errorf("pgx: the server has %s = %q and did not accept %q", name, got, sessionParams[name])
		}
	}
	return nil
}

// Wrap makes a connection of the caller's usable as a driver.Conn, for example
// the Conn of a pgx.Tx. It stays the caller's: Close frees the statements that
// were prepared through it and leaves it open. While the wrapper is in use the
// caller must not use the connection, nor a second wrapper.
//
// Named statements are used only if the connection's DefaultQueryExecMode says
// that they are allowed (cache_statement). What happens when a context ends is
// decided by the connection's own configuration.
func Wrap(up *upstream.Conn) driver.Conn {
	c := newConn(up, up.Config().DefaultQueryExecMode != upstream.QueryExecModeCacheStatement)
	c.wrapped = true
	return c
}
