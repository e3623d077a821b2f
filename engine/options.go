package engine

import (
	"context"
	"log/slog"
	"time"
)

// Options say how an engine works. The zero value is what most programs want.
type Options struct {
	// PoolSize is how many idle connections are kept: 5 if 0.
	PoolSize int
	// Overflow is how many connections there may be beyond PoolSize while they
	// are needed: 10 if 0, none if negative.
	Overflow int
	// PoolTimeout is how long a checkout waits for a connection: 30 s if 0, as
	// long as the context allows if negative.
	PoolTimeout time.Duration
	// ConnectTimeout is how long connecting may take: 30 s if 0, without end if
	// negative. A connection that is on its way when its checkout times out is
	// kept for the next.
	ConnectTimeout time.Duration
	// Recycle is the age at which a connection is replaced by a new one when
	// it is idle. 0 is never.
	Recycle time.Duration
	// PrePing asks the server for a sign of life at each checkout, and replaces
	// connections that give none.
	PrePing bool

	// StatementCacheSize is how many compiled statements are kept: 500 if 0,
	// none if negative.
	StatementCacheSize int
	// PreparedCacheSize is how many prepared statements each connection keeps:
	// 256 if 0, none if negative.
	PreparedCacheSize int

	// Cartesian says what becomes of statements that join rows each with each,
	// without CrossJoin. Warnings is where the engine warns: slog.Default() if
	// nil.
	Cartesian CartesianPolicy
	Warnings  *slog.Logger

	// Execution is what Engine.With and its kin can change later.
	Execution ExecOptions

	// Echo logs each statement with its duration; nil: none. EchoLevel is
	// slog.LevelInfo if nil. Parameters are only counted, unless
	// ShowParameters, which shows them in the errors of statements too.
	Echo           *slog.Logger
	EchoLevel      slog.Leveler
	ShowParameters bool

	// BeforeConnect is called before each connect with the engine's URL and
	// returns the one to use, for passwords that change. It is not called for
	// engines that were made by New.
	BeforeConnect func(ctx context.Context, u *URL) (*URL, error)
	// AfterConnect sets up a new connection: search path, time-outs. c is valid
	// until it returns. An error closes the connection.
	AfterConnect func(ctx context.Context, c *Conn) error
	// Reset is called when a connection returns to the pool, outside of a
	// transaction. c is valid until it returns. An error closes the connection,
	// and is returned by Conn.Close.
	Reset func(ctx context.Context, c *Conn) error
	// Events are told what happens.
	Events []*Events
}

// Option changes the options with which an engine is opened. A function
// literal that sets fields is one.
type Option func(o *Options)

// WithOptions replaces all options.
func WithOptions(options Options) Option { return func(o *Options) { *o = options } }

// Echo logs each statement to the logger, with parameters hidden.
func Echo(l *slog.Logger) Option { return func(o *Options) { o.Echo = l } }

// Pool sets how many connections are kept, and how many more there may be;
// none beyond size for an overflow of 0.
func Pool(size, overflow int) Option {
	return func(o *Options) {
		o.PoolSize, o.Overflow = size, overflow
		if overflow == 0 {
			o.Overflow = -1
		}
	}
}

// WithEvents adds events.
func WithEvents(ev *Events) Option { return func(o *Options) { o.Events = append(o.Events, ev) } }

func (o *Options) setDefaults() {
	o.PoolSize = orDefault(o.PoolSize, 5)
	o.Overflow = max(orDefault(o.Overflow, 10), 0)
	o.PoolTimeout = max(orDefault(o.PoolTimeout, 30*time.Second), 0)
	o.ConnectTimeout = max(orDefault(o.ConnectTimeout, 30*time.Second), 0)
	o.StatementCacheSize = max(orDefault(o.StatementCacheSize, 500), 0)
	o.PreparedCacheSize = max(orDefault(o.PreparedCacheSize, 256), 0)
	o.PoolSize = max(o.PoolSize, 1)
	if o.EchoLevel == nil {
		o.EchoLevel = slog.LevelInfo
	}
}

func orDefault[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// EchoPool logs what happens to connections: that they are made, lent, given
// back, closed before their time and closed.
func EchoPool(log *slog.Logger, level slog.Level) Option {
	note := func(ctx context.Context, what string, attrs ...slog.Attr) {
		log.LogAttrs(ctx, level, "connection "+what, attrs...)
	}
	failure := func(err error) []slog.Attr {
		if err == nil {
			return nil
		}
		return []slog.Attr{slog.Any("error", err)}
	}
	return WithEvents(&Events{
		Connect: func(ctx context.Context, took time.Duration, err error) {
			note(ctx, "made", append(failure(err), slog.Duration("duration", took))...)
		},
		Close: func(ctx context.Context) { note(ctx, "closed") },
		Checkout: func(ctx context.Context, waited time.Duration) {
			note(ctx, "lent", slog.Duration("waited", waited))
		},
		Checkin:    func(ctx context.Context) { note(ctx, "given back") },
		Invalidate: func(ctx context.Context, cause error) { note(ctx, "invalidated", failure(cause)...) },
		Detach:     func(ctx context.Context) { note(ctx, "detached") },
	})
}
