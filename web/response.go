package web

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

// response keeps what a handler writes until its session has ended. Its buffer
// is not used again for another request, so that a goroutine that goes on writing
// after its response disturbs no other one.
type response struct {
	w     http.ResponseWriter
	limit int
	// settle ends the session before a response that is sent early.
	settle func(status int) error
	// last may change the header just before it is sent; nil: nothing does.
	last func(h http.Header)
	size *size

	header  http.Header
	status  int // 0 before it is chosen
	body    bytes.Buffer
	sent    bool  // what comes goes through
	taken   bool  // by Hijack
	failure error // of settle: nothing of the response was sent
}

func newResponse(w http.ResponseWriter, limit int, s *size) *response {
	return &response{w: w, limit: limit, size: s, header: w.Header().Clone()}
}

// size is how long responses have been, so that there is room for the next one at
// once.
type size struct{ last atomic.Int64 }

// note remembers a response; a shorter one counts little.
func (s *size) note(n int) {
	if last := s.last.Load(); int64(n) != last {
		s.last.Store(max(int64(n), last-last/8))
	}
}

// Header implements http.ResponseWriter. Once the response is on its way it is
// where trailers are set.
func (r *response) Header() http.Header {
	if r.sent {
		return r.w.Header()
	}
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

// WriteHeader implements http.ResponseWriter. Informational responses are sent
// at once.
func (r *response) WriteHeader(status int) {
	switch {
	case r.sent:
		r.w.WriteHeader(status)
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		before := r.w.Header().Clone()
		r.setHeader(r.header)
		r.w.WriteHeader(status)
		r.setHeader(before)
	case r.status == 0:
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *response) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !r.sent && r.body.Len()+len(p) > r.limit {
		if err := r.send(); err != nil {
			return 0, err
		}
	}
	switch {
	case r.failure != nil:
		return 0, r.failure
	case r.sent:
		return r.w.Write(p)
	}
	if r.body.Cap() == 0 {
		r.body.Grow(min(max(len(p), int(r.size.last.Load())), r.limit))
	}
	return r.body.Write(p)
}

// FlushError implements what http.ResponseController looks for: the session ends,
// and what was written is sent.
func (r *response) FlushError() error {
	if err := r.send(); err != nil {
		return err
	}
	return http.NewResponseController(r.w).Flush()
}

// Flush implements http.Flusher.
func (r *response) Flush() { _ = r.FlushError() }

// Hijack implements http.Hijacker: the session ends, and the connection is the
// handler's.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !hijackable(r.w) {
		return nil, nil, fmt.Errorf("web: hijack: %w", http.ErrNotSupported)
	}
	if !r.sent {
		if err := r.early(http.StatusSwitchingProtocols); err != nil {
			return nil, nil, err
		}
	}
	conn, rw, err := http.NewResponseController(r.w).Hijack()
	if err == nil {
		r.sent, r.taken = true, true
	}
	return conn, rw, err
}

func hijackable(w http.ResponseWriter) bool {
	for {
		if _, ok := w.(http.Hijacker); ok {
			return true
		}
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = inner.Unwrap()
	}
}

// Unwrap lets http.ResponseController set deadlines.
func (r *response) Unwrap() http.ResponseWriter { return r.w }

// early ends the session before the handler has returned.
func (r *response) early(status int) error {
	if r.failure == nil {
		r.failure = r.settle(status)
	}
	return r.failure
}

// send ends the session and sends what there is; later writes go through.
func (r *response) send() error {
	if r.sent {
		return nil
	}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if err := r.early(r.status); err != nil {
		return err
	}
	return r.release()
}

// finish sends the whole response, whose length is known.
func (r *response) finish() error {
	if n := r.body.Len(); !r.sent && n > 0 {
		r.size.note(n)
		if h := r.Header(); h.Get("Content-Length") == "" && h.Get("Transfer-Encoding") == "" && h.Get("Trailer") == "" {
			h.Set("Content-Length", strconv.Itoa(n))
		}
	}
	return r.release()
}

// release sends what there is.
func (r *response) release() error {
	if r.sent {
		return nil
	}
	if r.last != nil {
		r.last(r.Header())
	}
	r.sent = true
	r.setHeader(r.header)
	if r.status != 0 {
		r.w.WriteHeader(r.status)
	}
	if r.body.Len() == 0 {
		return nil
	}
	_, err := r.w.Write(r.body.Bytes())
	r.body = bytes.Buffer{}
	return err
}

// setHeader makes the header of the response to come a copy of h.
func (r *response) setHeader(h http.Header) {
	out := r.w.Header()
	clear(out)
	maps.Copy(out, h.Clone())
}

// discard forgets what was written and not sent.
func (r *response) discard() {
	if !r.sent {
		settle, last := r.settle, r.last
		*r = *newResponse(r.w, r.limit, r.size)
		r.settle, r.last = settle, last
	}
}

// answered returns the status of the response, which is 200 where the handler has
// said nothing.
func (r *response) answered() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
