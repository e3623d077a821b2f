package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// variety is a handler whose path says what becomes of the request.
func variety(hangUp func()) func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		if err := add(w, r, s); err != nil {
			return err
		}
		switch r.URL.Path {
		case "/collides":
			return sqlerr.ErrSerialization
		case "/fails":
			return errors.New("no")
		case "/panics":
			panic("no")
		case "/gone":
			hangUp()
			<-r.Context().Done()
		}
		return nil
	}
}

func TestMetricsByExpvar(t *testing.T) {
	db := open(t, "memory")
	var metrics web.Metrics
	expvar.Publish(uniqueName(), &metrics)
	var mu sync.Mutex
	var told []web.Finished
	metrics.Listen(func(_ context.Context, f web.Finished) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, f)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	server := serve(t, web.New(db, web.Options{Metrics: &metrics, Log: quiet}).Handle(variety(hangUp)))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, call := range []string{"POST /a", "PUT /b", "PUT /collides", "POST /fails", "POST /panics"} {
		method, path, _ := strings.Cut(call, " ")
		send(t, method, server.URL+path, path)
	}
	r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/gone", strings.NewReader("gone"))
	must(t, err)
	if resp, err := client.Do(r); err == nil {
		resp.Body.Close()
		t.Errorf("got %d, want nothing", resp.StatusCode)
	}
	server.Close()
	var got web.Counts
	must(t, json.Unmarshal([]byte(metrics.String()), &got))
	for what, n := range map[string][2]int64{
		"requests": {got.Requests, 6}, "committed": {got.Outcomes["committed"], 2}, "rolled back": {got.Outcomes["rolled back"], 2},
		"panicked": {got.Outcomes["panicked"], 1}, "client gone": {got.Outcomes["client gone"], 1}, "repeats": {got.Repeats, 2},
		"2xx": {got.Statuses["2xx"], 2}, "4xx": {got.Statuses["4xx"], 1}, "5xx": {got.Statuses["5xx"], 3},
		"active": {int64(got.Active), 0}, "statements": {got.Statements, 8}, "told": {int64(len(told)), 6},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: got %d, want %d", what, n[0], n[1])
		}
	}
	if got.Seconds <= 0 || got.DatabaseSeconds <= 0 || got.Seconds < got.DatabaseSeconds {
		t.Errorf("got %v s, of which %v s in the database", got.Seconds, got.DatabaseSeconds)
	}
	if f := told[2]; f.Method != "PUT" || f.Status != 503 || f.Outcome != web.RolledBack || f.Attempts != 3 {
		t.Errorf("got %+v", f)
	}
	wantNotes(t, db, "/a,/b")
}
