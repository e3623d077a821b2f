package gosqldriver

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	sqldriver "database/sql/driver"

	"github.com/go-sql-driver/mysql"

	"github.com/alkahest-go/alkahest/driver"
)

const defaultGrace = 5 * time.Second

type connector struct {
	cfg   *Config
	base  sqldriver.Connector
	name  string
	grace time.Duration
	plan  atomic.Pointer[sessionPlan] // from the first connection's server
}

// New returns a connector to the database that cfg names. It does not connect
// yet.
//
// A connection has the time zone +00:00, the encoding utf8mb4, autocommit, and
// the server's sql_mode made strict, without the modes that change what
// statements mean. It is used as it was set up: statements that change those
// settings take effect until the connection is Reset.
func New(cfg Config) (driver.Connector, error) {
	native, err := cfg.native()
	if err != nil {
		return nil, err
	}
	native.DialFunc = dial
	base, err := mysql.NewConnector(native)
	if err != nil {
		return nil, fmt.Errorf("gosqldriver: %w", err)
	}
	c := &connector{cfg: &cfg, base: base, name: cfg.String(), grace: cfg.CancelGrace}
	if c.grace <= 0 {
		c.grace = defaultGrace
	}
	return c, nil
}

// String implements driver.Connector.
func (c *connector) String() string { return c.name }

// GoString hides the configuration.
func (c *connector) GoString() string { return c.name }

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context, role driver.Role) (driver.Conn, error) {
	cn, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { cn.net.Close() })
	err = cn.setUp(role)
	if !stop() && err == nil {
		err = ctx.Err() // the socket may be closed already
	}
	if err != nil {
		cn.hangUp()
		return nil, connectError(ctx, err)
	}
	return cn, nil
}

// open connects without setting the session up.
func (c *connector) open(ctx context.Context) (*conn, error) {
	var nc *netConn
	raw, err := c.base.Connect(context.WithValue(ctx, netConnKey{}, &nc))
	if err != nil {
		return nil, connectError(ctx, err)
	}
	full, ok := raw.(nativeConn)
	if !ok || nc == nil {
		return nil, errShape
	}
	s, err := shapeOf(raw)
	if err != nil {
		full.Close()
		return nil, err
	}
	nc.frame(c.cfg.TLS != nil || c.cfg.Compress)
	return &conn{connector: c, raw: full, net: nc, shape: s, since: time.Now()}, nil
}

// unavailableNumbers are refusals that say nothing about the request: the
// server has no room or is going away.
var unavailableNumbers = map[uint16]bool{1040: true, 1203: true}

func connectError(ctx context.Context, err error) error {
	var e *mysql.MySQLError
	var planned *sessionError
	switch {
	case errors.As(err, &planned):
	case errors.As(err, &e) && !fatalNumbers[e.Number] && !unavailableNumbers[e.Number] && !notReady(e):
		err = answered(e)
	default:
		err = &driver.ConnError{Err: err}
	}
	if ctx.Err() != nil {
		return &interruptedError{context.Cause(ctx), err}
	}
	return err
}
