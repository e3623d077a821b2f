package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

func TestStatusesOfErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 200},
		{errors.New("anything"), 500},
		{web.NotFound("no"), 404},
		{&web.StatusError{Status: 418, Err: sqlerr.ErrDeadlock}, 418},
		{&web.PanicError{Value: web.NotFound("no")}, 500},
		{sqlerr.ErrNoRows, 404},
		{sqlerr.ErrMultipleRows, 500},
		{&orm.StaleError{}, 409},
		{&sqlerr.ConstraintError{Kind: sqlerr.Unique}, 409},
		{&sqlerr.ConstraintError{Kind: sqlerr.PrimaryKey}, 409},
		{&sqlerr.ConstraintError{Kind: sqlerr.Exclusion}, 409},
		{&sqlerr.ConstraintError{Kind: sqlerr.ForeignKey}, 422},
		{&sqlerr.ConstraintError{Kind: sqlerr.NotNull}, 422},
		{&sqlerr.ConstraintError{Kind: sqlerr.Check}, 422},
		{&sqlerr.ValueError{}, 422},
		{&http.MaxBytesError{}, 413},
		{web.ErrTimeLimit, 504},
		{context.DeadlineExceeded, 504},
		{context.Canceled, web.StatusClientClosedRequest},
		{web.ErrTooManyStatements, 503},
		{sqlerr.ErrPoolTimeout, 503},
		{sqlerr.ErrLockTimeout, 503},
		{sqlerr.ErrConnectionLost, 503},
		{sqlerr.ErrDeadlock, 503},
		{sqlerr.ErrSerialization, 503},
		{errors.Join(sqlerr.ErrOutcomeUnknown, sqlerr.ErrConnectionLost), 500},
		{sqlerr.ErrClosed, 503},
		{orm.ErrConcurrentUse, 500},
		{orm.ErrNeedsRollback, 500},
		{sqlerr.ErrReadOnly, 500},
	} {
		if got := web.StatusOf(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := web.StatusOf(fmt.Errorf("more: %w", c.err)); got != c.want {
			t.Errorf("%v, wrapped: got %d, want %d", c.err, got, c.want)
		}
	}
}

// An engine that is closed is a server that goes down: others may take over.
func TestRequestsOfAClosedEngine(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		server := serve(t, web.New(db, web.Options{Log: quiet}).Handle(add))
		must(t, db.Close(t.Context()))
		wantStatus(t, send(t, "POST", server.URL, "x"), http.StatusServiceUnavailable)
	})
}

func TestErrorsAreAnsweredAsTheClientAccepts(t *testing.T) {
	for accept, wantJSON := range map[string]bool{
		"": false, "*/*": false, "text/html,application/xhtml+xml,*/*;q=0.8": false, "application/json": true,
		"application/problem+json": true, "text/plain;q=0.5, application/json": true, "application/json;q=0.5, text/html": false,
		"application/json, */*": true, "*/*, application/json": true, "application/json;q=0, text/html": false, "text/html;q=nonsense": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		web.WriteError(w, r, http.StatusConflict, errors.New("secret"))
		kind := w.Header().Get("Content-Type")
		if w.Code != http.StatusConflict || strings.HasPrefix(kind, "application/json") != wantJSON || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("Accept %q: got %d, %s: %s", accept, w.Code, kind, w.Body)
		}
		var body struct {
			Status int
			Error  string
		}
		if wantJSON && (json.Unmarshal(w.Body.Bytes(), &body) != nil || body.Status != 409 || body.Error != "Conflict") {
			t.Errorf("Accept %q: got %s", accept, w.Body)
		}
	}
}

// A page for an error may be longer than what is kept of a response.
func TestPagesOfErrors(t *testing.T) {
	db := open(t, "memory")
	page := strings.Repeat("sorry ", 100)
	o := web.Options{Buffer: 16, MaxBody: 10, Log: quiet, Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, page)
	}}
	h := web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		return errors.Join(add(w, r, s), web.NotFound("no"))
	})
	server := serve(t, h)
	for body, want := range map[string]int{"x": http.StatusNotFound, strings.Repeat("x", 11): http.StatusRequestEntityTooLarge} {
		if got := send(t, "POST", server.URL, body); got.status != want || got.body != page {
			t.Errorf("got %d and %d bytes, want %d and the page", got.status, len(got.body), want)
		}
	}
	wantNotes(t, db, "")
}

func TestErrorsOfDevelopmentSayMore(t *testing.T) {
	db := open(t, "memory")
	o := web.Options{Development: true, Log: quiet}
	h := web.New(db, o).Handle(func(http.ResponseWriter, *http.Request, *orm.Session) error { return errors.New("the reason") })
	server := serve(t, h)
	if got := send(t, "GET", server.URL, ""); got.status != 500 || !strings.Contains(got.body, "the reason") {
		t.Errorf("got %d %q", got.status, got.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL, nil)
	must(t, err)
	r.Header.Set("Accept", "application/json")
	if got := do(t, r); !strings.Contains(got.body, `"detail":"the reason"`) {
		t.Errorf("got %d %q", got.status, got.body)
	}
}

func TestFindingOr404(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		ctx := t.Context()
		must(t, orm.Transact(ctx, db, func(s *orm.Session) error { s.Add(&Note{Text: "a"}); s.Add(&Note{Text: "b"}); return nil }))
		s := orm.NewSession(db)
		defer s.Close(ctx)
		all := orm.Select(Notes).OrderBy(Notes.Text.Asc())
		none := all.Where(Notes.Text.Eq("c"))
		first, err := web.FirstOr404(ctx, s, all)
		must(t, err)
		one, err := web.OneOr404(ctx, s, all.Where(Notes.Text.Eq("a")))
		must(t, err)
		got, err := web.GetOr404(ctx, s, Notes, first.ID)
		must(t, err)
		if first.Text != "a" || one != first || got != first {
			t.Errorf("got %v, %v and %v, want one object", first, one, got)
		}
		_, noKey := web.GetOr404(ctx, s, Notes, int64(987654321))
		_, noFirst := web.FirstOr404(ctx, s, none)
		_, noOne := web.OneOr404(ctx, s, none)
		_, several := web.OneOr404(ctx, s, all)
		for what, err := range map[string]error{"GetOr404": noKey, "FirstOr404": noFirst, "OneOr404": noOne, "OneOr404 of two": several} {
			status, ok := errors.AsType[*web.StatusError](err)
			if !ok || status.Status != 404 {
				t.Errorf("%s: got %v, want status 404", what, err)
			}
		}
		if !errors.Is(noFirst, sqlerr.ErrNoRows) || !errors.Is(several, sqlerr.ErrMultipleRows) {
			t.Errorf("got %v and %v, want the causes", noFirst, several)
		}
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := web.FirstOr404(canceled, s, none); web.StatusOf(err) == 404 {
			t.Errorf("a query that failed is not one without a row: %v", err)
		}
	})
}
