package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// body is the body of a request, of which what was read is kept where the handler
// may run again.
type body struct {
	source io.ReadCloser
	limit  int64
	keep   func() bool

	read    bytes.Buffer // what was kept
	at      int          // how much of it this run of the handler has read
	forgone bool         // not all that was read was kept
}

// newBody puts the limit on the body of a request: a read beyond it is an
// *http.MaxBytesError. w is told, so that the connection is closed.
func newBody(w http.ResponseWriter, r *http.Request, limit int64, keep func() bool) *body {
	b := &body{source: r.Body, limit: limit, keep: keep}
	if limit > 0 {
		b.source = http.MaxBytesReader(w, r.Body, limit)
	} else {
		b.limit = defaultMaxBody // of what is kept
	}
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.at < b.read.Len() {
		n := copy(p, b.read.Bytes()[b.at:])
		b.at += n
		return n, nil
	}
	n, err := b.source.Read(p)
	switch {
	case n == 0:
	case !b.forgone && b.keep() && int64(b.read.Len()+n) <= b.limit:
		b.read.Write(p[:n])
		b.at += n
	default:
		b.forgone = true
	}
	return n, err
}

// Close implements io.Closer. The source is closed by the server: the handler may
// read it again.
func (b *body) Close() error { return nil }

// rewind puts the body back to its beginning.
func (b *body) rewind() error {
	if b.forgone {
		return errNotKept
	}
	b.at = 0
	return nil
}

var errNotKept = errors.New("web: the body of the request was not kept")
