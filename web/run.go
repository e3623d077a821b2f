package web

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Request is what Run knows of a request, whatever framework it came by.
type Request struct {
	Method string
	// Session are options of this request's session, after those of Options.
	Session []orm.SessionOption
	// Again puts the request back to its beginning and forgets the response, so that
	// the handler can run again. An error says that this can't be done. nil: it runs
	// once.
	Again func() error
}

// Run runs a handler with a session, which Session returns of its context. It is
// committed where handle returns a status below 400 and no error, and rolled back
// otherwise. After a deadlock, a serialization failure or a connection that was
// lost before COMMIT, a handler that may run again does, from its beginning. A
// response must not be sent before Run has returned nil.
//
// The error that it returns is still to be answered, with the status of StatusOf:
// it is that of handle, that of the commit, or a *PanicError. Within a handler
// that has a session already, handle shares it, and nothing is committed.
//
// It is for frameworks that are not of net/http; Wrap and Handle do all this.
func (s *Sessions) Run(ctx context.Context, q Request, handle func(ctx context.Context) (status int, err error)) error {
	if u := unitOf(ctx); u != nil {
		return u.share(ctx, s.o, handle)
	}
	if s.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.o.Timeout, ErrTimeLimit)
		defer cancel()
	}
	for attempt := 1; ; attempt++ {
		e := s.once(ctx, q, handle)
		if !e.repeatable || attempt == s.o.Attempts || q.Again == nil || q.Again() != nil || pause(ctx, attempt) != nil {
			return e.err
		}
	}
}

// ending is what came of one run of a handler.
type ending struct {
	err        error // to be answered; nil: the handler has done that
	repeatable bool
}

// once runs the handler in a unit of work of its own.
func (s *Sessions) once(ctx context.Context, q Request, handle func(ctx context.Context) (int, error)) ending {
	u := &unit{sessions: s, request: q, write: s.o.Write, repeat: s.o.Repeat || idempotent(q.Method)}
	ctx, cancel := context.WithCancel(context.WithValue(ctx, unitKey{}, u))
	defer func() { // also where the handler aborts, or ends its goroutine
		cancel()
		u.close(ctx)
	}()
	status, err := guarded(ctx, handle)
	if err == nil && status >= http.StatusBadRequest {
		cause := u.end(ctx, errAnswered{status, u.failure})
		return ending{repeatable: u.mayRepeat(cause)}
	}
	err = u.end(ctx, err)
	return ending{err: err, repeatable: u.mayRepeat(err)}
}

// mayRepeat reports whether the handler may run again after an error.
func (u *unit) mayRepeat(err error) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.repeat && !u.sessions.within && sqlerr.Retryable(err)
}

// errAnswered is a failure that the handler has answered itself.
type errAnswered struct {
	status int
	err    error // nil where it is not known
}

// Error says the status.
func (e errAnswered) Error() string { return fmt.Sprintf("web: answered with status %d", e.status) }

// Unwrap returns what was answered.
func (e errAnswered) Unwrap() error { return e.err }

// share runs a handler within another.
func (u *unit) share(ctx context.Context, o Options, handle func(ctx context.Context) (int, error)) error {
	if err := u.adopt(o); err != nil {
		return err
	}
	_, err := handle(ctx)
	if err != nil {
		u.mu.Lock()
		u.failure = err
		u.mu.Unlock()
	}
	return err
}

// PanicError is a handler's panic. Its session is rolled back.
type PanicError struct {
	Value any // what panic was called with
	Stack []byte
}

// Error shows the value.
func (e *PanicError) Error() string { return fmt.Sprintf("web: the handler panicked: %v", e.Value) }

// Unwrap returns the value where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// guarded makes an error of a panic, but for the one that aborts a response.
func guarded(ctx context.Context, handle func(ctx context.Context) (int, error)) (status int, err error) {
	defer func() {
		if v := recover(); v != nil {
			if known, ok := v.(error); ok && errors.Is(known, http.ErrAbortHandler) {
				panic(v)
			}
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return handle(ctx)
}

// pause waits longer with each attempt, by chance, so that two that collided
// don't collide again.
func pause(ctx context.Context, attempt int) error {
	longest := min(time.Millisecond<<attempt, 250*time.Millisecond)
	t := time.NewTimer(rand.N(longest) + time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
