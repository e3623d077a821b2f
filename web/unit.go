package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/alkahest-go/alkahest/orm"
)

// commitTime bounds a COMMIT, which the end of its request does not.
const commitTime = 30 * time.Second

// unit is the unit of work of one run of a handler: its session, until that is
// committed or rolled back.
type unit struct {
	sessions *Sessions
	request  Request

	mu      sync.Mutex
	write   bool // the session may write
	repeat  bool // the handler may run again
	session *orm.Session
	reads   bool  // the session is one that only reads
	over    bool  // it is closed
	flowing bool  // the response is being sent, of a request that only reads
	failure error // what a handler within has answered, or why the commit failed
}

type unitKey struct{}

func unitOf(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	return u
}

// Session returns the session of the request that the context is of. It is made
// by the first call, and sends nothing before its first statement. It belongs to
// the goroutine of the handler, and ends with the response: a use after that is
// sqlerr.ErrClosed.
//
// It panics where no Sessions serve the request.
func Session(ctx context.Context) *orm.Session {
	u := unitOf(ctx)
	if u == nil {
		panic("web: the context has no session: put the handler into Sessions.Wrap or Sessions.Handle, and use the context of its request")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.session == nil {
		u.session = u.open()
		if u.over {
			_ = u.session.Close(ctx) // nothing is open
		}
	}
	return u.session
}

// onlyReads reports whether the session is, or will be, one that only reads.
func (u *unit) onlyReads() bool {
	if u.session != nil {
		return u.reads
	}
	return safe(u.request.Method) && !u.write
}

// open makes the session.
func (u *unit) open() *orm.Session {
	s := u.sessions
	db, opts := s.db, append(s.o.Session[:len(s.o.Session):len(s.o.Session)], u.request.Session...)
	u.reads = u.onlyReads()
	if u.reads {
		opts = append(opts, orm.ReadOnly())
		if s.o.Replica != nil {
			db = s.o.Replica
		}
	}
	return orm.NewSession(db, opts...)
}

// adopt takes over what the options of a handler within say.
func (u *unit) adopt(o Options) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if o.Write && u.onlyReads() && (u.session != nil || u.flowing) {
		return errReadsAlready
	}
	u.write, u.repeat = u.write || o.Write, u.repeat || o.Repeat
	return nil
}

var errReadsAlready = errors.New("web: Options.Write of a handler whose request has a session that only reads already; give Write to the Sessions around it")

func (u *unit) repeats() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.repeat
}

// settle ends the session before the handler has returned, since its response is
// about to be sent. A session that only reads stays open: no change can be lost.
func (u *unit) settle(ctx context.Context, status int) error {
	u.mu.Lock()
	u.flowing = u.onlyReads()
	flowing := u.flowing
	u.mu.Unlock()
	switch {
	case flowing:
		return nil
	case status >= http.StatusBadRequest:
		_ = u.end(ctx, errAnswered{status: status}) // which is why
		return nil
	}
	return u.end(ctx, nil)
}

// commit ends the session with its changes, unless the request has ended. The
// commit itself is not interrupted by that.
func (u *unit) commit(ctx context.Context) error {
	s := u.current()
	if s != nil {
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	if err := context.Cause(ctx); err != nil || s == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	return s.Commit(ctx)
}

func (u *unit) current() *orm.Session {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.session
}

// end commits where failed is nil, and closes the session in any case. It
// returns why there was no commit.
func (u *unit) end(ctx context.Context, failed error) error {
	if u.ended() {
		return errors.Join(failed, u.failure)
	}
	err := failed
	if err == nil {
		err = u.commit(ctx)
	}
	u.close(ctx)
	u.failure = err
	return err
}

func (u *unit) ended() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.over
}

// close rolls back what is open. A session that another goroutine uses is closed
// as soon as that leaves it, which the end of the request's context hastens.
func (u *unit) close(ctx context.Context) {
	u.mu.Lock()
	s := u.session
	u.over = true
	u.mu.Unlock()
	if s == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.Close(ctx); errors.Is(err, orm.ErrConcurrentUse) {
		go closeWhenFree(ctx, s)
	}
}

func closeWhenFree(ctx context.Context, s *orm.Session) {
	for pause := time.Millisecond; errors.Is(s.Close(ctx), orm.ErrConcurrentUse); pause = min(2*pause, time.Second) {
		time.Sleep(pause)
	}
}
