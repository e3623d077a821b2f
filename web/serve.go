package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// handler is a handler that returns what is still to be answered.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve runs the handler of one request.
func (s *Sessions) serve(w http.ResponseWriter, r *http.Request, h handler) {
	if unitOf(r.Context()) != nil {
		s.serveWithin(w, r, h)
		return
	}
	x := &exchange{s: s, r: r, h: h, out: newResponse(w, s.o.Buffer, s.size), begun: time.Now()}
	x.limitBody()
	q, err := x.request()
	if err == nil {
		err = s.Run(r.Context(), q, x.run)
	}
	x.finish(err)
}

// serveWithin runs a handler whose request has a session already.
func (s *Sessions) serveWithin(w http.ResponseWriter, r *http.Request, h handler) {
	err := s.Run(r.Context(), Request{Method: r.Method}, func(context.Context) (int, error) { return 0, h(w, r) })
	if err == nil {
		return
	}
	if out := responseOf(w); out != nil {
		out.discard()
	}
	s.answer(w, r, err)
}

// responseOf finds the response behind what other middleware has put before it.
func responseOf(w http.ResponseWriter) *response {
	for {
		switch known := w.(type) {
		case *response:
			return known
		case interface{ Unwrap() http.ResponseWriter }:
			w = known.Unwrap()
		default:
			return nil
		}
	}
}

// exchange is one request and its response, over all runs of the handler.
type exchange struct {
	s     *Sessions
	r     *http.Request
	h     handler
	out   *response
	body  *body
	unit  *unit // of the current run
	begun time.Time
}

func (x *exchange) limitBody() {
	if x.r.Body == nil || x.r.Body == http.NoBody {
		return
	}
	x.body = newBody(x.out.w, x.r, x.s.o.MaxBody, func() bool { return x.unit != nil && x.unit.repeats() })
}

// request says what Run has to know; or why the request is refused.
func (x *exchange) request() (Request, error) {
	o := x.s.o
	if o.MaxBody > 0 && x.r.ContentLength > o.MaxBody {
		return Request{}, &http.MaxBytesError{Limit: o.MaxBody}
	}
	q := Request{Method: x.r.Method, Again: x.again}
	if o.ForRequest == nil {
		return q, nil
	}
	var err error
	q.Session, err = o.ForRequest(x.r)
	return q, err
}

// again makes the request new. What was sent can't be taken back.
func (x *exchange) again() error {
	if x.out.sent {
		return errSent
	}
	if x.body != nil {
		if err := x.body.rewind(); err != nil {
			return err
		}
	}
	x.out.discard()
	return nil
}

var errSent = errors.New("web: the response is on its way")

// run is one run of the handler.
func (x *exchange) run(ctx context.Context) (int, error) {
	x.unit = unitOf(ctx)
	x.out.settle = func(status int) error { return x.unit.settle(ctx, status) }
	if x.s.o.Development {
		x.out.last = func(h http.Header) { h.Set("Server-Timing", x.unit.record.timing(x.begun)) }
	}
	r := x.r.WithContext(ctx)
	if x.body != nil {
		r.Body = x.body
	}
	err := x.h(x.out, r)
	return x.out.answered(), err
}

// finish sends the response, or that of the error.
func (x *exchange) finish(err error) {
	switch {
	case err == nil:
		if x.out.finish() != nil {
			return // the client is gone
		}
	case x.out.sent:
		x.s.logError(x.r, StatusOf(err), err)
		panic(http.ErrAbortHandler) // so that the client sees that this is not all
	default:
		x.out.discard()
		x.out.settle = func(int) error { return nil } // the session has ended, or never was
		x.s.answer(x.out, x.r, err)
		_ = x.out.finish()
	}
}

// answer writes the response of an error.
func (s *Sessions) answer(w http.ResponseWriter, r *http.Request, err error) {
	status := StatusOf(err)
	s.logError(r, status, err)
	if s.o.Error != nil {
		s.o.Error(w, r, status, err)
		return
	}
	writeError(w, r, status, err, s.o.Development)
}

// logError logs errors that are not the client's.
func (s *Sessions) logError(r *http.Request, status int, err error) {
	if status < http.StatusInternalServerError {
		return
	}
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status), slog.Any("error", err)}
	if p, ok := asPanic(err); ok {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	s.o.logger().LogAttrs(r.Context(), slog.LevelError, "request failed", attrs...)
}
