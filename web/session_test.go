package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// get is a handler that answers with the text of a note.
func get(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return web.NotFound("there is no note %s", r.PathValue("id"))
	}
	n, err := web.GetOr404(r.Context(), s, Notes, id)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, n.Text)
	return err
}

func TestSessionsOfRequests(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sessions := web.New(db, web.Options{})
		mux := http.NewServeMux()
		mux.Handle("POST /notes", sessions.Handle(add))
		mux.Handle("GET /notes/{id}", sessions.Handle(get))
		server := serve(t, mux)
		created := send(t, "POST", server.URL+"/notes", "first")
		wantStatus(t, created, http.StatusCreated)
		wantNotes(t, db, "first")
		id := strings.TrimPrefix(created.body, "note ")
		if got := send(t, "GET", server.URL+"/notes/"+id, ""); got.status != http.StatusOK || got.body != "first" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		wantStatus(t, send(t, "GET", server.URL+"/notes/987654321", ""), http.StatusNotFound)
		if got := send(t, "GET", server.URL+"/notes/x", ""); got.status != http.StatusNotFound || got.body != "there is no note x\n" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		wantStatus(t, send(t, "POST", server.URL+"/notes", "first"), http.StatusConflict)
		wantStatus(t, send(t, "POST", server.URL+"/notes", strings.Repeat("long", 20)), http.StatusUnprocessableEntity)
		wantNotes(t, db, "first")
		wantNoneOut(t, db)
	})
}

// A session is made by the first call, and a request whose handler asks for none
// takes no connection.
func TestASessionBeginsNothingBeforeItsFirstStatement(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var checkouts atomic.Int64
		remove := db.Listen(&engine.Events{Checkout: countCheckout(&checkouts)})
		defer remove()
		h := web.New(db, web.Options{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := web.Session(r.Context())
			if web.Session(r.Context()) != s {
				t.Error("a request has two sessions")
			}
			if s.InTransaction() || r.URL.Path == "/reads" {
				_, err := orm.Select(Notes).All(r.Context(), s)
				must(t, err)
			}
		}))
		server := serve(t, h)
		wantStatus(t, send(t, "POST", server.URL+"/", ""), http.StatusOK)
		if n := checkouts.Load(); n != 0 {
			t.Errorf("got %d checkouts without a statement, want 0", n)
		}
		wantStatus(t, send(t, "POST", server.URL+"/reads", ""), http.StatusOK)
		if n := checkouts.Load(); n != 1 {
			t.Errorf("got %d checkouts, want 1", n)
		}
		wantNoneOut(t, db)
	})
}

func TestNoTwoRequestsShareASession(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		const clients = 8
		var seen sync.Map
		var together sync.WaitGroup
		together.Add(clients)
		h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			if _, twice := seen.LoadOrStore(s, true); twice {
				return errors.New("the session is another request's")
			}
			together.Done()
			together.Wait() // all are there at once
			return add(w, r, s)
		})
		server := serve(t, h)
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() { wantStatus(t, send(t, "POST", server.URL, fmt.Sprint(i)), http.StatusCreated) })
		}
		wg.Wait()
		wantNotes(t, db, "0,1,2,3,4,5,6,7")
		wantNoneOut(t, db)
	})
}

func TestErrorsAndErrorStatusesRollBack(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sessions := web.New(db, web.Options{Log: quiet})
		mux := http.NewServeMux()
		mux.Handle("/status/{status}", sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, err := strconv.Atoi(r.PathValue("status"))
			must(t, err)
			s := web.Session(r.Context())
			s.Add(&Note{Text: r.PathValue("status")})
			must(t, s.Flush(r.Context()))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "the handler's own")
		})))
		mux.Handle("/error", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			return errors.Join(add(w, r, s), errors.New("secret"))
		}))
		mux.Handle("/forbidden", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			return errors.Join(add(w, r, s), &web.StatusError{Status: http.StatusForbidden, Text: "not yours", Err: errors.New("secret")})
		}))
		server := serve(t, mux)
		for _, status := range []int{400, 404, 409, 500, 503} {
			got := send(t, "POST", server.URL+"/status/"+fmt.Sprint(status), "")
			if got.status != status || got.body != "the handler's own" {
				t.Errorf("got %d %q", got.status, got.body)
			}
		}
		if got := send(t, "POST", server.URL+"/error", "x"); got.status != 500 || got.body != "Internal Server Error\n" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		if got := send(t, "POST", server.URL+"/forbidden", "x"); got.status != 403 || got.body != "not yours\n" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		wantNotes(t, db, "")
		for _, status := range []int{200, 204, 303} {
			wantStatus(t, send(t, "POST", server.URL+"/status/"+fmt.Sprint(status), ""), status)
		}
		wantNotes(t, db, "200,204,303")
		wantNoneOut(t, db)
	})
}

func TestSafeMethodsOnlyRead(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sessions := web.New(db, web.Options{Log: quiet})
		mux := http.NewServeMux()
		mux.Handle("/", sessions.Handle(add))
		mux.Handle("/writes", sessions.With(func(o *web.Options) { o.Write = true }).Handle(add))
		mux.Handle("/changes", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			s.Add(&Note{Text: "never flushed"}) // so that the commit has to refuse it
			return nil
		}))
		server := serve(t, mux)
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			wantStatus(t, send(t, method, server.URL, method), http.StatusInternalServerError)
			wantStatus(t, send(t, method, server.URL+"/changes", ""), http.StatusInternalServerError)
		}
		wantNotes(t, db, "")
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			wantStatus(t, send(t, method, server.URL+"/writes", method), http.StatusCreated)
		}
		wantNotes(t, db, "GET,HEAD,OPTIONS")
		wantNoneOut(t, db)
	})
}

func TestSafeMethodsReadTheReplica(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		replica := connect(t, "sqlite:///:memory:")
		must(t, replica.CreateAll(t.Context(), base.MetaData))
		must(t, orm.Transact(t.Context(), replica, func(s *orm.Session) error { s.Add(&Note{Text: "of the replica"}); return nil }))
		must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error { s.Add(&Note{Text: "of the primary"}); return nil }))
		sessions := web.New(db, web.Options{Replica: replica})
		read := func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			n, err := web.OneOr404(r.Context(), s, orm.Select(Notes))
			if err != nil {
				return err
			}
			_, err = io.WriteString(w, n.Text)
			return err
		}
		mux := http.NewServeMux()
		mux.Handle("/", sessions.Handle(read))
		mux.Handle("/writes", sessions.With(func(o *web.Options) { o.Write = true }).Handle(read))
		server := serve(t, mux)
		for path, want := range map[string]string{"GET /": "of the replica", "POST /": "of the primary", "GET /writes": "of the primary"} {
			method, path, _ := strings.Cut(path, " ")
			if got := send(t, method, server.URL+path, ""); got.body != want {
				t.Errorf("%s %s: got %d %q, want %q", method, path, got.status, got.body, want)
			}
		}
	})
}

// What is within another Wrap shares its session: all is committed, or nothing.
func TestHandlersWithinShareTheSession(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sessions := web.New(db, web.Options{})
		mux := http.NewServeMux()
		mux.Handle("POST /fails", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			return errors.Join(add(w, r, s), web.NotFound("no"))
		}))
		mux.Handle("POST /works", sessions.Handle(add))
		mux.Handle("GET /writes", sessions.With(func(o *web.Options) { o.Write = true }).Handle(add))
		server := serve(t, sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "POST" {
				web.Session(r.Context()).Add(&Note{Text: "outer " + r.URL.Path})
			}
			mux.ServeHTTP(w, r)
		})))
		if got := send(t, "POST", server.URL+"/fails", "inner"); got.status != http.StatusNotFound || got.body != "no\n" {
			t.Errorf("got %d %q", got.status, got.body)
		}
		wantNotes(t, db, "")
		wantStatus(t, send(t, "POST", server.URL+"/works", "inner"), http.StatusCreated)
		wantStatus(t, send(t, "GET", server.URL+"/writes", "written"), http.StatusCreated)
		wantNotes(t, db, "inner,outer /works,written")
		wantNoneOut(t, db)
	})
}

func TestTheSessionEndsWithTheResponse(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		kept := make(chan func() error, 2)
		h := web.New(db, web.Options{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			use := func() error {
				_, err := orm.Select(Notes).All(context.WithoutCancel(r.Context()), web.Session(r.Context()))
				return err
			}
			if r.URL.Path == "/used" {
				must(t, use())
			}
			kept <- use // a goroutine that goes on after the response does this
		}))
		server := serve(t, h)
		for _, path := range []string{"/used", "/first asked for too late"} {
			wantStatus(t, send(t, "POST", server.URL+strings.ReplaceAll(path, " ", "%20"), ""), http.StatusOK)
			if err := (<-kept)(); !errors.Is(err, sqlerr.ErrClosed) {
				t.Errorf("%s: got %v, want ErrClosed", path, err)
			}
		}
		wantNoneOut(t, db)
	})
}

func TestTwoGoroutinesWithOneRequestsSession(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		h := web.New(db, web.Options{Log: quiet}).Handle(twoAtOnce)
		server := serve(t, h)
		wantStatus(t, send(t, "POST", server.URL, ""), http.StatusInternalServerError)
		wantNotes(t, db, "")
		wantNoneOut(t, db)
	})
}

// twoAtOnce has two goroutines use the session until one of them is told.
func twoAtOnce(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	s.Add(&Note{Text: "never"})
	if err := s.Flush(r.Context()); err != nil {
		return err
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			for {
				if _, err := orm.Select(Notes).All(r.Context(), s); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

func TestSafeMethodsWithoutATransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var begun atomic.Int64
		defer db.Listen(&engine.Events{Begin: func(context.Context, engine.TxOptions) { begun.Add(1) }})()
		sessions := web.New(db, web.Options{Autocommit: true, Log: quiet})
		mux := http.NewServeMux()
		mux.Handle("/", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			n, err := orm.Select(Notes).Count(r.Context(), s)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(w, n)
			return err
		}))
		mux.Handle("/add", sessions.Handle(add))
		mux.Handle("/text", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			tx, err := s.Tx(r.Context())
			if err != nil {
				return err
			}
			_, err = tx.Exec(r.Context(), expr.UnsafeSQL("DELETE FROM notes"))
			return err
		}))
		server := serve(t, mux)
		wantStatus(t, send(t, "GET", server.URL, ""), http.StatusOK)
		if n := begun.Load(); n != 0 {
			t.Errorf("a GET has begun %d transactions, want none", n)
		}
		wantStatus(t, send(t, "POST", server.URL+"/add", "one"), http.StatusCreated)
		if n := begun.Load(); n != 1 {
			t.Errorf("a POST has begun %d transactions, want one", n)
		}
		wantStatus(t, send(t, "GET", server.URL+"/add", "two"), http.StatusInternalServerError)
		wantStatus(t, send(t, "GET", server.URL+"/text", ""), http.StatusInternalServerError)
		wantNotes(t, db, "one")
		wantNoneOut(t, db)
	})
}
