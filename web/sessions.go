package web

import (
	"net/http"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
)

// Sessions give each request its session. They are used by many goroutines at
// once.
type Sessions struct {
	db orm.Beginner
	o  Options
	// size is shared by those that With returns.
	size *size
	// within says that db is a transaction, which no handler can run again in.
	within bool
}

// New returns the sessions of requests over a database: an *engine.Engine, or
// what a test has in its place.
func New(db orm.Beginner, o Options) *Sessions {
	_, within := db.(*engine.Tx)
	return &Sessions{db: db, o: o.withDefaults(), within: within, size: &size{}}
}

// With returns sessions over the same database with other options, for routes
// that need them:
//
//	writing := sessions.With(func(o *web.Options) { o.Write = true })
//	mux.Handle("GET /confirm/{token}", writing.Handle(confirm))
//
// Within a handler that has a session already, only Write and Repeat count, and
// Write only before the session is asked for.
func (s *Sessions) With(change func(o *Options)) *Sessions {
	other := *s
	change(&other.o)
	other.o = other.o.withDefaults()
	return &other
}

// Wrap returns a handler whose requests have a session, which Session returns.
// It is committed once next has returned, unless the status is 400 or above, and
// the response is sent after that. What is within another Wrap or Handle shares
// the session of that.
func (s *Sessions) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, func(w http.ResponseWriter, r *http.Request) error {
			next.ServeHTTP(w, r)
			return nil
		})
	})
}

// Handle is Wrap of a handler that is handed its session and returns an error,
// whose response has the status of StatusOf.
func (s *Sessions) Handle(h func(w http.ResponseWriter, r *http.Request, s *orm.Session) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, func(w http.ResponseWriter, r *http.Request) error {
			return h(w, r, Session(r.Context()))
		})
	})
}
