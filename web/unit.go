package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// commitTime bounds a COMMIT, which the end of its request does not.
const commitTime = 30 * time.Second

// unit is the unit of work of one run of a handler: its session, until that is
// committed or rolled back.
type unit struct {
	sessions *Sessions
	request  Request
	record   *record

	ending sync.Mutex // held while the session ends

	mu      sync.Mutex
	write   bool // the session may write
	repeat  bool // the handler may run again
	session *orm.Session
	reads   bool  // the session is one that only reads
	over    bool  // it is closed, or about to be
	flowing bool  // the response is being sent, of a request that only reads
	failure error // why there was no commit; before the end, what a handler within has answered
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
		if s.o.Autocommit {
			opts = append(opts, orm.Autocommit())
		}
		if s.o.Replica != nil {
			db = s.o.Replica
		}
	}
	return orm.NewSession(db, opts...)
}

// share runs a handler within another.
func (u *unit) share(ctx context.Context, o Options, handle func(ctx context.Context) (int, error)) error {
	if err := u.adopt(o); err != nil {
		return err
	}
	_, err := handle(ctx)
	if err != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.failure = err
	}
	return err
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

// mayRepeat reports whether the handler may run again after an error.
func (u *unit) mayRepeat(err error) bool {
	return u.repeats() && !u.sessions.within && sqlerr.Retryable(err)
}

// errAnswered is a failure that the handler has answered itself.
type errAnswered struct {
	status int
	err    error // what it was, as far as that is known
}

// Error says the status.
func (e *errAnswered) Error() string { return fmt.Sprintf("web: answered with status %d", e.status) }

// Unwrap returns what it was.
func (e *errAnswered) Unwrap() error { return e.err }

// answered is the failure of a handler that has answered by an error status. What
// it was is what a handler within has returned, or what a statement has.
func (u *unit) answered(status int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.failure != nil {
		return &errAnswered{status, u.failure}
	}
	return &errAnswered{status, u.record.failed()}
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
		_ = u.end(ctx, u.answered(status)) // which is why
		return nil
	}
	return u.end(ctx, nil)
}

// end commits where failed is nil, and closes the session in any case. It
// returns why there was no commit.
func (u *unit) end(ctx context.Context, failed error) error {
	u.ending.Lock()
	defer u.ending.Unlock()
	s, reads, before, over := u.stop()
	if over {
		if failed == nil || errors.Is(failed, before) {
			return before
		}
		return errors.Join(failed, before)
	}
	if failed == nil {
		failed = commit(ctx, s, reads)
	}
	u.mu.Lock()
	u.failure = failed
	u.mu.Unlock()
	end(ctx, s)
	return failed
}

// stop marks the end. It returns the session, which is nil where none was made,
// whether it only reads, and, where the end was marked before, what came of it.
func (u *unit) stop() (s *orm.Session, reads bool, before error, over bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	over, u.over = u.over, true
	return u.session, u.reads, u.failure, over
}

// commit ends a session with its changes, unless the request has ended, which
// does not interrupt the commit itself.
func commit(ctx context.Context, s *orm.Session, reads bool) error {
	if s != nil && !reads {
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("web: the request ended before the commit: %w", context.Cause(ctx))
	}
	switch {
	case s == nil:
		return nil
	case reads: // nothing can be lost
		return s.Commit(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	return s.Commit(ctx)
}

// close rolls back what was not committed.
func (u *unit) close(ctx context.Context) {
	s, _, _, _ := u.stop()
	end(ctx, s)
}

// end closes a session. One that another goroutine uses is closed as soon as that
// leaves it, which the end of the request's context hastens.
func end(ctx context.Context, s *orm.Session) {
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
