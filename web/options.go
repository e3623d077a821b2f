package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/alkahest-go/alkahest/orm"
)

// What Options have where they are 0.
const (
	defaultMaxBody  = 1 << 20
	defaultBuffer   = 1 << 20
	defaultAttempts = 3
)

// Options are those of the sessions of requests. The zero value is a good one.
type Options struct {
	// Session are options of every session, such as orm.Bind and orm.Restrict.
	Session []orm.SessionOption
	// ForRequest returns the options of a session that depend on its request, such
	// as the criteria of a tenant. It is called once a request, before the handler;
	// its error is answered as one of the handler would be.
	ForRequest func(r *http.Request) ([]orm.SessionOption, error)
	// Replica is what safe methods (GET, HEAD, OPTIONS, TRACE) read from; nil: the
	// database that everything else is in.
	Replica orm.Beginner
	// Autocommit gives safe methods sessions of orm.Autocommit: their statements see
	// what is committed when each runs, and the database is spared BEGIN and COMMIT.
	Autocommit bool
	// Write gives safe methods a session that may write, from the primary. Without
	// it theirs only reads.
	Write bool
	// Repeat says that handlers may run again whatever the method is, after a
	// serialization failure or the like. Without it, those of POST, PATCH and
	// CONNECT run once: what they do beside the session may not be repeatable.
	Repeat bool
	// Attempts is how often a handler runs at most; 3 if 0, 1 if negative.
	Attempts int
	// Timeout is how long a request may take, 0 for no limit: then its context
	// ends, by ErrTimeLimit.
	Timeout time.Duration
	// Statements is how many statements a request may send, 0 for no limit: one
	// more is refused by ErrTooManyStatements. COMMIT, and what the library asks the
	// catalog, don't count.
	Statements int
	// MaxBody is how many bytes the body of a request may have; 1 MiB if 0, any
	// number if negative.
	MaxBody int64
	// Buffer is how many bytes of a response are kept until the commit; 1 MiB if 0.
	// A longer response commits before its first byte is sent, and the session is
	// closed then, unless it only reads.
	Buffer int
	// Development adds the header Server-Timing to responses, logs the statements of
	// requests, and puts the text of errors into responses.
	Development bool
	// Record keeps the statements of a request for Queries. Development does too.
	Record bool
	// Log is where errors with status 500 and above are logged, panics and, in
	// development, statements; slog.Default() if nil.
	Log *slog.Logger
	// Error writes the response of an error; nil: WriteError. It must not use the
	// session, which is closed.
	Error func(w http.ResponseWriter, r *http.Request, status int, err error)
	// Metrics count requests; nil: nothing does.
	Metrics *Metrics
}

func (o Options) withDefaults() Options {
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.Buffer <= 0 {
		o.Buffer = defaultBuffer
	}
	switch {
	case o.Attempts == 0:
		o.Attempts = defaultAttempts
	case o.Attempts < 0:
		o.Attempts = 1
	}
	return o
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}

// safe reports whether a method only reads, by RFC 9110, section 9.2.1.
func safe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// idempotent reports whether a request may be made twice, by RFC 9110, section
// 9.2.2.
func idempotent(method string) bool {
	return safe(method) || method == http.MethodPut || method == http.MethodDelete
}
