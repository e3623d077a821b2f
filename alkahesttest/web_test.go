package alkahesttest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// application adds users by POST and lists them by GET.
func application(db *engine.Engine) http.Handler {
	sessions := web.New(db, web.Options{})
	mux := http.NewServeMux()
	mux.Handle("POST /users/{name}", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		s.Add(&User{Name: r.PathValue("name")})
		if err := s.Flush(r.Context()); err != nil {
			return err
		}
		w.WriteHeader(http.StatusCreated)
		if r.URL.Query().Has("fail") {
			return web.NotFound("asked to fail")
		}
		return nil
	}))
	mux.Handle("GET /users", sessions.Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		all, err := orm.Select(Users).OrderBy(Users.Name.Asc()).All(r.Context(), s)
		for _, u := range all {
			fmt.Fprintln(w, u.Name)
		}
		return err
	}))
	return mux
}

func request(h http.Handler, method, path string) (status int, body string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Code, w.Body.String()
}

// Requests commit and roll back within the sandbox, and the next ones see it.
func TestSandboxThroughTheMiddleware(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		t.Run("test", func(t *testing.T) {
			app := application(alkahesttest.Sandbox(t, db))
			for path, wanted := range map[string]int{
				"/users/Bob": http.StatusCreated, "/users/Cid?fail": http.StatusNotFound, "/users/Ann": http.StatusConflict,
			} {
				if status, body := request(app, "POST", path); status != wanted {
					t.Errorf("POST %s: got %d %q, want %d", path, status, body, wanted)
				}
			}
			if _, body := request(app, "GET", "/users"); body != "Ann\nBob\n" {
				t.Errorf("got %q, want Ann and Bob", body)
			}
		})
		want(t, names(t, db), []string{"Ann"})
	})
}

// A test that holds a transaction open while it calls a handler is told so.
func TestSandboxIsHeldDuringARequest(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		box := alkahesttest.Sandbox(t, db, alkahesttest.Patience(50*time.Millisecond))
		var told error
		sessions := web.New(box, web.Options{Error: func(w http.ResponseWriter, _ *http.Request, status int, err error) {
			told = err
			w.WriteHeader(status)
		}})
		h := sessions.Handle(func(_ http.ResponseWriter, r *http.Request, s *orm.Session) error {
			_, err := orm.Select(Users).All(r.Context(), s)
			return err
		})
		s := orm.NewSession(box)
		defer s.Close(t.Context())
		s.Add(&User{Name: "Bob"})
		must(t, s.Flush(t.Context()))
		if status, _ := request(h, "GET", "/"); status != http.StatusServiceUnavailable {
			t.Errorf("got %d, want %d", status, http.StatusServiceUnavailable)
		}
		if told == nil || !strings.Contains(told.Error(), "web_test.go:") {
			t.Errorf("got %v, want the line that holds the connection", told)
		}
	}, ofTransactions...)
}
