package webchi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
	"github.com/alkahest-go/alkahest/web/webchi"
)

func send(h http.Handler, r *http.Request) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return shown(w.Code, w.Body)
}

func Example() {
	sessions := web.New(open(), web.Options{})
	router := chi.NewRouter()
	router.Use(webchi.Middleware(sessions))
	router.Method("POST", "/notes", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		n := &Note{}
		if err := writeNote.Decode(w, r, n); err != nil {
			return err
		}
		s.Add(n)
		if err := s.Flush(r.Context()); err != nil {
			return err
		}
		w.WriteHeader(http.StatusCreated)
		return json.NewEncoder(w).Encode(n)
	}))
	router.Method("GET", "/notes/{id}", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		n, err := webchi.ByParam(r, Notes, "id")
		if err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(n)
	}))
	for _, r := range []*http.Request{
		request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"text": "milk"}`), request("POST", "/notes", `{"id": 7}`),
		request("GET", "/notes/1", ""), request("GET", "/notes/2", ""), request("GET", "/notes/x", ""),
	} {
		fmt.Println(send(router, r))
	}
	// Output:
	// 201 {"id":1,"text":"milk"}
	// 409 Conflict
	// 422 Unprocessable Entity id: can't be set here text: is missing
	// 200 {"id":1,"text":"milk"}
	// 404 Not Found
	// 404 Not Found
}

// router has a route within another for each way in which a handler ends.
func router(sessions *web.Sessions) http.Handler {
	runs := 0
	notes := chi.NewRouter()
	handle := func(end func(w http.ResponseWriter, text string) error) http.Handler {
		return sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			text := chi.URLParam(r, "text")
			s.Add(&Note{Text: text})
			if err := s.Flush(r.Context()); err != nil {
				return err
			}
			return end(w, text)
		})
	}
	notes.Method("PUT", "/{text}", handle(func(w http.ResponseWriter, text string) error {
		if runs++; runs < 3 {
			return fmt.Errorf("try again: %w", sqlerr.ErrSerialization)
		}
		_, err := fmt.Fprint(w, text, " after ", runs)
		return err
	}))
	notes.Method("POST", "/status/{text}", handle(func(w http.ResponseWriter, _ string) error { w.WriteHeader(http.StatusTeapot); return nil }))
	notes.Method("POST", "/error/{text}", handle(func(http.ResponseWriter, string) error { return web.NotFound("not here") }))
	notes.Method("POST", "/panic/{text}", handle(func(http.ResponseWriter, string) error { panic("on the way") }))
	outer := chi.NewRouter()
	outer.Use(webchi.Middleware(sessions))
	outer.Mount("/in/notes", notes)
	return outer
}

func TestChiRequestsHaveSessions(t *testing.T) {
	db := opened(t)
	h := router(web.New(db, web.Options{}))
	want(t, db, send(h, request("POST", "/in/notes/status/a", "")), "418", "")
	want(t, db, send(h, request("POST", "/in/notes/error/b", "")), "404 not here", "")
	want(t, db, send(h, request("POST", "/in/notes/panic/c", "")), "500", "")
	want(t, db, send(h, request("PUT", "/in/notes/d", "")), "200 d after 3", "d")
}
