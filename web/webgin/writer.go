package webgin

import (
	"bufio"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
)

// unwritten is the size of a response of which nothing was written.
const unwritten = -1

// writer is a gin.ResponseWriter over a response that is kept.
type writer struct {
	gin.ResponseWriter // what it is sent to
	kept               http.ResponseWriter
	status, size       int
}

// Header implements http.ResponseWriter.
func (w *writer) Header() http.Header { return w.kept.Header() }

// Unwrap lets http.ResponseController reach the response.
func (w *writer) Unwrap() http.ResponseWriter { return w.kept }

// WriteHeader implements http.ResponseWriter: gin sends the status with the first
// byte.
func (w *writer) WriteHeader(status int) {
	if status > 0 && !w.Written() {
		w.status = status
	}
}

// WriteHeaderNow implements gin.ResponseWriter.
func (w *writer) WriteHeaderNow() {
	if !w.Written() {
		w.size = 0
		w.kept.WriteHeader(w.status)
	}
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeaderNow()
	n, err := w.kept.Write(p)
	w.size += n
	return n, err
}

// WriteString implements gin.ResponseWriter.
func (w *writer) WriteString(text string) (int, error) { return w.Write([]byte(text)) }

// Status implements gin.ResponseWriter.
func (w *writer) Status() int { return w.status }

// Size implements gin.ResponseWriter.
func (w *writer) Size() int { return w.size }

// Written implements gin.ResponseWriter.
func (w *writer) Written() bool { return w.size != unwritten }

// Flush implements http.Flusher: the session ends, and what was written is sent.
func (w *writer) Flush() {
	w.WriteHeaderNow()
	_ = http.NewResponseController(w.kept).Flush()
}

// Hijack implements http.Hijacker: the session ends.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size < 0 {
		w.size = 0
	}
	return http.NewResponseController(w.kept).Hijack()
}
