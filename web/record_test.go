package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

func TestQueriesOfARequest(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var got []web.Query
		h := web.New(db, web.Options{Record: true}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			if err := add(w, r, s); err != nil {
				return err
			}
			if _, err := web.FirstOr404(r.Context(), s, orm.Select(Notes).Where(Notes.Text.Eq("secret"))); err != nil {
				return err
			}
			got = web.Queries(r.Context())
			return nil
		})
		wantStatus(t, send(t, "POST", serve(t, h).URL, "secret"), http.StatusCreated)
		var inserts, selects int
		for _, q := range got {
			switch {
			case strings.HasPrefix(q.SQL, "INSERT INTO") && strings.HasPrefix(q.Place, "web/kit_test.go:"):
				inserts++
			case strings.HasPrefix(q.SQL, "SELECT") && strings.HasPrefix(q.Place, "web/record_test.go:") && q.Rows == 1:
				selects++
			}
			if q.Duration <= 0 || q.Times != 1 || strings.Contains(q.SQL, "secret") {
				t.Errorf("got %+v", q)
			}
		}
		if inserts != 1 || selects != 1 {
			t.Errorf("got %+v, want an INSERT of kit_test.go and a SELECT of record_test.go, of one row", got)
		}
	})
}

func TestQueriesAreKeptWhereAsked(t *testing.T) {
	db := open(t, "memory")
	h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		if err := add(w, r, s); err != nil {
			return err
		}
		if list := web.Queries(r.Context()); list != nil {
			t.Errorf("got %v, want none", list)
		}
		return nil
	})
	got := send(t, "POST", serve(t, h).URL, "x")
	wantStatus(t, got, http.StatusCreated)
	if h := got.header.Get("Server-Timing"); h != "" {
		t.Errorf("got Server-Timing %q outside of development", h)
	}
	if list := web.Queries(t.Context()); list != nil {
		t.Errorf("got %v outside of a request", list)
	}
}

var timing = regexp.MustCompile(`^db;dur=\d+\.\d{3};desc="(\d+) statements", total;dur=\d+\.\d{3}$`)

func TestServerTimingAndTheLogOfDevelopment(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var log bytes.Buffer
		o := web.Options{Development: true, Log: slog.New(slog.NewTextHandler(&log, nil))}
		h := web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			if err := add(w, r, s); err != nil {
				return err
			}
			if r.URL.Path == "/fails" {
				return web.NotFound("gone")
			}
			return nil
		})
		server := serve(t, h)
		for _, path := range []string{"/", "/fails"} {
			got := send(t, "POST", server.URL+path, "a value "+path)
			if m := timing.FindStringSubmatch(got.header.Get("Server-Timing")); m == nil || m[1] == "0" {
				t.Errorf("%s: got Server-Timing %q", path, got.header.Get("Server-Timing"))
			}
		}
		server.Close() // so that the last line is written
		for _, want := range []string{"msg=statement", `sql="INSERT INTO`, "place=web/kit_test.go:", "msg=request method=POST status=201 outcome=committed", `status=404 outcome="rolled back"`} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log has no %s:\n%s", want, log.String())
			}
		}
		if strings.Contains(log.String(), "a value") {
			t.Errorf("the log has a value:\n%s", log.String())
		}
	})
}
