package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// pool lends connections of one role. The one that came back last goes out
// first, so that those that are not needed grow old and are closed.
type pool struct {
	engine *Engine
	server *server
	role   driver.Role
	keep   int32 // so many stay when they are idle
	pool   *puddle.Pool[*link]
	idle   atomic.Int32
	first  atomic.Pointer[link] // made before the pool was

	mu    sync.Mutex
	links []*link // all that live
}

// askAfter is the idle time after which a connection is asked for a sign of
// life at checkout even without PrePing: firewalls forget connections.
const askAfter = time.Minute

func newPool(e *Engine, s *server, role driver.Role, keep, limit int) *pool {
	p := &pool{engine: e, server: s, role: role, keep: int32(keep)}
	inner, err := puddle.NewPool(&puddle.Config[*link]{
		Constructor: p.construct, Destructor: p.destruct, MaxSize: int32(limit),
	})
	if err != nil {
		panic(fmt.Sprintf("engine: a pool of %d connections: %v", limit, err)) // sizes are at least 1
	}
	p.pool = inner
	return p
}

// keepFirst takes a connection that is open already.
func (p *pool) keepFirst(ctx context.Context, conn driver.Conn) error {
	l, err := p.adopt(ctx, conn)
	if err != nil {
		return err
	}
	p.first.Store(l)
	return nil
}

func (p *pool) construct(ctx context.Context) (*link, error) {
	if l := p.first.Swap(nil); l != nil {
		return l, nil
	}
	conn, err := p.engine.dial(ctx, p.role)
	if err != nil {
		return nil, err
	}
	return p.adopt(ctx, conn)
}

func (p *pool) adopt(ctx context.Context, conn driver.Conn) (*link, error) {
	l := newLink(p.engine, p.server, conn)
	l.pool, l.fresh = p, true
	if err := l.setUp(ctx); err != nil {
		l.shut()
		return nil, err
	}
	p.mu.Lock()
	p.links = append(p.links, l)
	p.mu.Unlock()
	return l, nil
}

func (p *pool) destruct(l *link) {
	if l.idle {
		l.idle = false
		p.idle.Add(-1)
	}
	p.mu.Lock()
	if i := slices.Index(p.links, l); i >= 0 {
		p.links = slices.Delete(p.links, i, i+1)
	}
	p.mu.Unlock()
	l.shut()
}

func (p *pool) close() {
	if l := p.first.Swap(nil); l != nil {
		p.destruct(l)
	}
	p.pool.Close()
}

// acquire checks a connection out.
func (p *pool) acquire(ctx context.Context, at CallSite) (*link, error) {
	start := p.engine.checkoutStart(ctx)
	for {
		res, err := p.get(ctx)
		if err != nil {
			return nil, err
		}
		l := res.Value()
		l.res = res
		if l.idle {
			l.idle = false
			p.idle.Add(-1)
		}
		if !l.fresh && !l.usable(ctx) {
			if err := ctx.Err(); err != nil {
				p.discard(l)
				return nil, fmt.Errorf("engine: %w", context.Cause(ctx))
			}
			if !l.expired() {
				p.engine.tellInvalidate(ctx, errDead)
			}
			p.discard(l)
			continue
		}
		l.fresh = false
		l.held(at)
		p.engine.tellCheckout(ctx, start)
		return l, nil
	}
}

func (p *pool) get(ctx context.Context) (*puddle.Resource[*link], error) {
	if p.engine.closing.Load() {
		return nil, closedError("engine")
	}
	if p.idle.Load() > 0 { // without a timer
		// Should another take it first, a connection is made in the background.
		if res, err := p.pool.TryAcquire(context.Background()); err == nil {
			return res, nil
		}
	}
	wait := ctx
	if t := p.engine.opts.PoolTimeout; t > 0 {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeoutCause(ctx, t, sqlerr.ErrPoolTimeout)
		defer cancel()
	}
	res, err := p.pool.Acquire(wait)
	switch {
	case err == nil:
		return res, nil
	case errors.Is(err, puddle.ErrClosedPool):
		return nil, closedError("engine")
	case ctx.Err() != nil:
		return nil, fmt.Errorf("engine: waiting for a connection: %w", context.Cause(ctx))
	case wait.Err() != nil:
		return nil, p.timedOut()
	}
	return nil, err
}

func (p *pool) timedOut() error {
	holders := p.holders()
	if holders == "" {
		holders = "; none is in use, so the server is slow to accept one"
	}
	limit := p.pool.Stat().MaxResources()
	if limit == 1 {
		holders += "; there is one connection, so whoever holds it and asks for another waits for itself: end the transaction or close the result before the next begins"
	}
	return fmt.Errorf("engine: %w after %s (limit %d)%s", sqlerr.ErrPoolTimeout, p.engine.opts.PoolTimeout, limit, holders)
}

// release checks a connection in. Its error is that of the hook Reset.
func (p *pool) release(ctx context.Context, l *link) error {
	p.engine.tellCheckin(ctx)
	l.letGo()
	l.serve(p.engine)
	clean := l.tidy(ctx)
	p.engine.tellReset(ctx, l.resetFailure(clean))
	if !clean {
		p.engine.tellInvalidate(ctx, l.resetFailure(clean))
	}
	if !clean || !p.server.caps.OneConnection && (l.expired() || p.idle.Load() >= p.keep) {
		err := l.resetErr
		p.discard(l)
		return err
	}
	l.idle = true
	p.idle.Add(1)
	res := l.res
	l.res = nil
	res.Release()
	return nil
}

// discard closes a connection that is checked out.
func (p *pool) discard(l *link) {
	res := l.res
	l.res = nil
	res.Destroy()
}

// holders names the places that hold connections: "; held by a.go:10, b.go:7".
func (p *pool) holders() string {
	p.mu.Lock()
	links := slices.Clone(p.links)
	p.mu.Unlock()
	var at []string
	for _, l := range links {
		if h := l.holder(); h != "" {
			at = append(at, h)
		}
	}
	if len(at) == 0 {
		return ""
	}
	return "; held by " + strings.Join(at, ", ")
}

// holding is where a connection was checked out. Only addresses are kept; they
// become lines when somebody asks.
type holding struct {
	mu    sync.Mutex
	pcs   [16]uintptr
	n     int
	since time.Time
}

func (l *link) held(at CallSite) {
	l.holding.mu.Lock()
	l.holding.pcs[0], l.holding.n = uintptr(at), 1
	if at == 0 {
		l.holding.n = runtime.Callers(3, l.holding.pcs[:])
	}
	l.holding.since = time.Now()
	l.holding.mu.Unlock()
}

func (l *link) letGo() {
	l.holding.mu.Lock()
	l.holding.n = 0
	l.holding.mu.Unlock()
}

// holder returns the first line outside of this library, or "".
func (l *link) holder() string {
	l.holding.mu.Lock()
	pcs, since := slices.Clone(l.holding.pcs[:l.holding.n]), l.holding.since
	l.holding.mu.Unlock()
	if len(pcs) == 0 {
		return ""
	}
	frames := runtime.CallersFrames(pcs)
	var at string
	for {
		f, more := frames.Next()
		at = fmt.Sprintf("%s:%d", f.File, f.Line)
		if !ownFrame(f) || !more {
			return fmt.Sprintf("%s for %s", at, time.Since(since).Round(time.Millisecond))
		}
	}
}
