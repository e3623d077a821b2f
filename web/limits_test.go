package web_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

func TestBudgetsOfStatements(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		other := connect(t, "sqlite:///:memory:")
		must(t, other.CreateAll(t.Context(), base.MetaData))
		var last error
		h := web.New(db, web.Options{Statements: 3, Log: quiet}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			for range len(r.URL.Path) - 1 {
				if _, last = orm.Select(Notes).All(r.Context(), s); last != nil {
					return last
				}
			}
			_, last = engine.Collect[string](r.Context(), other, expr.NewSelect(Notes.Text)) // of another database, without the session
			return last
		})
		server := serve(t, h)
		for range 2 { // each request has its own
			wantStatus(t, send(t, "POST", server.URL+"/12", ""), http.StatusOK)
			for _, path := range []string{"/123", "/1234"} {
				wantStatus(t, send(t, "POST", server.URL+path, ""), http.StatusServiceUnavailable)
				if !errors.Is(last, web.ErrTooManyStatements) || !strings.Contains(last.Error(), "3") {
					t.Errorf("got %v, want ErrTooManyStatements, with the limit", last)
				}
			}
		}
		wantNoneOut(t, db)
	})
}

// endless is a statement that takes longer than any test, by the name of a
// dialect.
var endless = map[string]string{
	"sqlite":     "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000000000) SELECT count(*) FROM c",
	"postgresql": "SELECT pg_sleep(600)",
	"mysql":      "SELECT sleep(600)",
}

func TestTimeLimits(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var metrics web.Metrics
		o := web.Options{Timeout: 30 * time.Millisecond, Log: quiet, Metrics: &metrics}
		mux := http.NewServeMux()
		mux.Handle("/statement", web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			s.Add(&Note{Text: "statement"})
			tx, err := s.Tx(r.Context())
			if err != nil {
				return err
			}
			_, err = tx.Exec(r.Context(), text(endless[db.Dialect().Name()]))
			return err
		}))
		mux.Handle("/handler", web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			err := add(w, r, s)
			<-r.Context().Done()
			return err // nil, but the time is over
		}))
		server := serve(t, mux)
		wantStatus(t, send(t, "POST", server.URL+"/statement", ""), http.StatusGatewayTimeout)
		wantStatus(t, send(t, "POST", server.URL+"/handler", "handler"), http.StatusGatewayTimeout)
		wantNotes(t, db, "")
		if n := metrics.Counts().Outcomes["rolled back"]; n != 2 {
			t.Errorf("got %v, want two that were rolled back", &metrics)
		}
		wantNoneOut(t, db)
	})
}

// unsized hides how long a body is, so that it is sent in chunks.
type unsized struct{ io.Reader }

func TestBodiesThatAreTooLarge(t *testing.T) {
	db := open(t, "memory")
	ran := 0
	h := web.New(db, web.Options{MaxBody: 10}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		ran++
		return add(w, r, s)
	})
	server := serve(t, h)
	for _, body := range []io.Reader{strings.NewReader("eleven byte"), unsized{strings.NewReader("eleven byte")}} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, body)
		must(t, err)
		wantStatus(t, do(t, r), http.StatusRequestEntityTooLarge)
	}
	if ran != 1 { // the one whose length nobody could know
		t.Errorf("the handler ran %d times, want once", ran)
	}
	wantNotes(t, db, "")
	wantStatus(t, send(t, "POST", server.URL, "ten bytes!"), http.StatusCreated)
	wantNotes(t, db, "ten bytes!")
	large := web.New(db, web.Options{MaxBody: -1}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if n != 3<<20 || err != nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
	}))
	wantStatus(t, send(t, "PUT", serve(t, large).URL, strings.Repeat("x", 3<<20)), http.StatusOK)
}
