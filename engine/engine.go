package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// The names of transactions and capabilities, which belong to package dialect.
type (
	// TxOptions say how a transaction begins.
	TxOptions = dialect.TxOptions
	// Isolation is an isolation level.
	Isolation = dialect.Isolation
	// Capabilities are what one server can do.
	Capabilities = dialect.Capabilities
)

// The isolation levels.
const (
	DefaultIsolation = dialect.DefaultIsolation
	ReadUncommitted  = dialect.ReadUncommitted
	ReadCommitted    = dialect.ReadCommitted
	RepeatableRead   = dialect.RepeatableRead
	Snapshot         = dialect.Snapshot
	Serializable     = dialect.Serializable
)

// Engine is one database: its pool of connections and its caches. It is used
// by many goroutines at once and lives as long as the program, or until Close.
//
// It connects at the first use. That connection asks the server what it is and
// what it can do, which then holds for the engine's life.
type Engine struct {
	*core
	exec ExecOptions
}

// core is what the engines over one pool share.
type core struct {
	base      *Engine // the one that was opened
	url       *URL
	dialect   dialect.Dialect
	opts      Options
	listeners listeners

	connect connectors
	server  atomic.Pointer[server]
	probing struct {
		sync.Mutex
		call *probe
	}

	closing   atomic.Bool
	closeOnce sync.Once
	closed    chan struct{} // closed once every connection is
	service   serviceLink
}

// Open returns the engine of a URL, as ParseURL reads it. It does not connect;
// what is wrong with the URL is said here.
func Open(ctx context.Context, rawURL string, opts ...Option) (*Engine, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("engine: %w", context.Cause(ctx))
	}
	u, err := ParseURL(rawURL)
	if err != nil {
		return nil, err
	}
	return OpenURL(u, opts...)
}

// OpenURL is Open of a URL that is parsed already.
func OpenURL(u *URL, opts ...Option) (*Engine, error) {
	open, err := opener(u)
	if err != nil {
		return nil, err
	}
	e := newEngine(opts)
	d, c, err := open(u, &e.opts)
	if err != nil {
		return nil, fmt.Errorf("engine: %s: %w", u, err)
	}
	e.url, e.dialect = u, d
	e.connect = connectors{engine: e, open: open, url: u, current: c}
	return e, nil
}

// New returns an engine over a connector of the caller's, for what a URL can't
// say.
func New(d dialect.Dialect, c driver.Connector, o Options) *Engine {
	e := newEngine([]Option{WithOptions(o)})
	e.dialect = d
	e.connect = connectors{engine: e, current: c}
	return e
}

func newEngine(opts []Option) *Engine {
	e := &Engine{core: &core{closed: make(chan struct{})}}
	e.base = e
	for _, o := range opts {
		o(&e.opts)
	}
	e.opts.setDefaults()
	e.exec = e.opts.Execution
	e.setEvents(func([]*Events) []*Events { return slices.Clone(e.opts.Events) })
	return e
}

// Engine returns e; it is there for Executor.
func (e *Engine) Engine() *Engine { return e }

// URL returns the URL, or nil for an engine that was made by New.
func (e *Engine) URL() *URL { return e.url }

// String names the database without any secret.
func (e *Engine) String() string {
	if e.url != nil {
		return e.url.String()
	}
	return e.connect.current.String()
}

// GoString is String, so that %#v shows no secret.
func (e *Engine) GoString() string { return "engine.Engine(" + e.String() + ")" }

// LogValue is String, for log/slog.
func (e *Engine) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Dialect returns the product's dialect.
func (e *Engine) Dialect() dialect.Dialect { return e.dialect }

// Capabilities returns what the server can do. The first call connects.
func (e *Engine) Capabilities(ctx context.Context) (Capabilities, error) {
	s, err := e.ready(ctx)
	if err != nil {
		return Capabilities{}, err
	}
	return s.caps, nil
}

// Ping connects, if need be, and asks the server for a sign of life.
func (e *Engine) Ping(ctx context.Context) error {
	c, err := e.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.l.drv.Ping(ctx); err != nil {
		return c.l.failed(ctx, err, "", reads)
	}
	return nil
}

// Close refuses new checkouts, waits for the connections that are out and
// closes all. If ctx ends before, it returns an error that names who holds
// connections; those are closed when they come back.
func (e *Engine) Close(ctx context.Context) error {
	e.closing.Store(true)
	e.closeOnce.Do(func() { go e.shutDown() })
	select {
	case <-e.closed:
		return nil
	case <-ctx.Done():
	}
	var holders string
	if s := e.server.Load(); s != nil {
		holders = s.holders()
	}
	return fmt.Errorf("engine: connections are still in use%s: %w", holders, context.Cause(ctx))
}

func (e *Engine) shutDown() {
	defer close(e.closed)
	e.probing.Lock()
	call := e.probing.call
	e.probing.Unlock()
	if call != nil {
		<-call.done
	}
	if s := e.server.Load(); s != nil {
		s.write.close()
		if s.read != s.write {
			s.read.close()
		}
	}
	e.service.close()
	e.tellShutDown()
}

// closedError is ErrClosed, and says of what.
func closedError(what string) error { return fmt.Errorf("engine: %s: %w", what, sqlerr.ErrClosed) }

// connectors makes connections, and the connector anew where a hook changes
// the URL.
type connectors struct {
	engine  *Engine
	open    Opener
	mu      sync.Mutex
	url     *URL
	current driver.Connector
}

func (k *connectors) connector(ctx context.Context) (driver.Connector, error) {
	before := k.engine.opts.BeforeConnect
	if before == nil || k.open == nil {
		return k.current, nil
	}
	u, err := before(ctx, k.engine.url)
	if err != nil {
		return nil, fmt.Errorf("engine: BeforeConnect: %w", err)
	}
	if u == nil {
		return nil, errors.New("engine: BeforeConnect returned no URL; return the one that it was given to change nothing")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.url.Equal(u) {
		return k.current, nil
	}
	_, c, err := k.open(u, &k.engine.opts)
	if err != nil {
		return nil, fmt.Errorf("engine: %s: %w", u, err)
	}
	k.url, k.current = u, c
	return c, nil
}

// dial makes one connection. ctx may be without an end, so the time is
// bounded here.
func (e *Engine) dial(ctx context.Context, role driver.Role) (driver.Conn, error) {
	if t := e.opts.ConnectTimeout; t > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t, errConnectTimeout)
		defer cancel()
	}
	start := time.Now()
	c, err := e.connect.connector(ctx)
	var conn driver.Conn
	if err == nil {
		conn, err = c.Connect(ctx, role)
	}
	if err != nil {
		err = fmt.Errorf("engine: can't connect to %s: %w", e, err)
	}
	e.tellConnect(ctx, time.Since(start), err)
	return conn, err
}

var errConnectTimeout = errors.New("the server did not answer in time")
