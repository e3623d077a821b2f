package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/alkahest-go/alkahest/internal/backoff"
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
	w := &work{s: s, request: q, handle: handle, begun: time.Now(), record: &record{limit: s.o.Statements, keep: s.o.Record || s.o.Development}}
	s.o.Metrics.begin()
	defer w.finish(ctx) // also where the handler aborts, or ends its goroutine
	w.run(w.record.observe(ctx))
	return w.ending.err
}

// work is all that is done for one request.
type work struct {
	s        *Sessions
	request  Request
	handle   func(ctx context.Context) (status int, err error)
	begun    time.Time
	record   *record
	attempts int
	ending   ending // of the last run of the handler
}

// ending is what came of one run of a handler.
type ending struct {
	status int
	err    error // still to be answered
	cause  error // why there was no commit; err, or what the handler has answered itself
	repeat bool  // the handler may run again
}

// aborted is what came of a handler that did not return.
var aborted = ending{cause: &PanicError{Value: http.ErrAbortHandler}}

// run runs the handler until there is an outcome.
func (w *work) run(ctx context.Context) {
	for {
		w.attempts++
		w.ending = aborted
		w.ending = w.once(ctx)
		if !w.ending.repeat || w.attempts == w.s.o.Attempts || w.request.Again == nil {
			return
		}
		if backoff.Wait(ctx, w.attempts) != nil || w.request.Again() != nil {
			return
		}
	}
}

// once runs the handler in a unit of work of its own.
func (w *work) once(ctx context.Context) (e ending) {
	u := w.unit()
	ctx, cancel := context.WithCancel(context.WithValue(ctx, unitKey{}, u))
	defer func() {
		cancel()
		u.close(ctx)
	}()
	w.record.begin()
	status, err := guarded(ctx, w.handle)
	answered := err == nil && status >= http.StatusBadRequest
	if answered {
		err = u.answered(status)
	}
	err = interrupted(ctx, u.end(ctx, err))
	e = ending{status: status, cause: err, repeat: u.mayRepeat(err)}
	if err != nil && !answered {
		e.status, e.err = StatusOf(err), err
	}
	return e
}

// interrupted adds to an error that the request had ended before, which may be
// why.
func interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, context.Cause(ctx)) {
		return err
	}
	return fmt.Errorf("%w (%w)", err, context.Cause(ctx))
}

func (w *work) unit() *unit {
	return &unit{sessions: w.s, request: w.request, record: w.record, write: w.s.o.Write, repeat: w.s.o.Repeat || idempotent(w.request.Method)}
}

// finish tells what became of the request.
func (w *work) finish(ctx context.Context) {
	f := Finished{Method: w.request.Method, Status: w.ending.status, Outcome: outcomeOf(w.ending.cause), Attempts: w.attempts, Duration: time.Since(w.begun)}
	f.Statements, f.Database = w.record.counts()
	if w.s.o.Development {
		w.record.log(ctx, w.s.o.logger(), f)
	}
	w.s.o.Metrics.end(ctx, f)
}

// outcomeOf returns what became of a session that was not committed because of
// err, or was where that is nil.
func outcomeOf(err error) Outcome {
	_, panicked := errors.AsType[*PanicError](err)
	switch {
	case err == nil:
		return Committed
	case panicked:
		return Panicked
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		return Unknown
	case StatusOf(err) == StatusClientClosedRequest:
		return ClientGone
	}
	return RolledBack
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
