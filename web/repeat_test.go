package web_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// Counter is a number that requests count up by reading and writing it.
type Counter struct{ ID, N int64 }

type counterTable struct {
	orm.Table[Counter]
	ID, N schema.Int64
}

var Counters = orm.Declare(base, "counters", counterTable{ID: schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), N: schema.BigInteger()})

// Requests that all change one row collide: those that lose run again, and what
// was acknowledged is there.
func TestHandlersRunAgainAfterACollision(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error { s.Add(&Counter{ID: 1}); return nil }))
		var metrics web.Metrics
		o := web.Options{Attempts: 50, Metrics: &metrics, Log: quiet, Session: []orm.SessionOption{orm.Isolation(engine.Serializable)}}
		sessions := web.New(db, o)
		count := func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			c, err := web.GetOr404(r.Context(), s, Counters, int64(1))
			if err != nil {
				return err
			}
			c.N++
			return s.Flush(r.Context())
		}
		mux := http.NewServeMux()
		mux.Handle("PUT /returned", sessions.Handle(count))
		mux.Handle("PUT /answered", sessions.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := count(w, r, web.Session(r.Context())); err != nil {
				http.Error(w, "the handler's own error", http.StatusInternalServerError)
			}
		})))
		server := serve(t, mux)
		var acknowledged atomic.Int64
		var clients sync.WaitGroup
		for i := range 6 {
			clients.Go(func() {
				for range 5 {
					if send(t, "PUT", server.URL+[]string{"/returned", "/answered"}[i%2], "").status == http.StatusOK {
						acknowledged.Add(1)
					}
				}
			})
		}
		clients.Wait()
		n, err := engine.Scalar[int64](t.Context(), db, expr.NewSelect(Counters.N))
		must(t, err)
		if n != acknowledged.Load() || n != 30 {
			t.Errorf("counted %d, acknowledged %d, want 30 (%s)", n, acknowledged.Load(), &metrics)
		}
		t.Log(&metrics)
		wantNoneOut(t, db)
	})
}

// collide is a handler that fails a number of times, after it has written to its
// session and its response.
func collide(times int, runs *int) func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	return func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		*runs++
		w.Header().Add("X-Run", fmt.Sprint(*runs))
		if err := add(w, r, s); err != nil {
			return err
		}
		if *runs <= times {
			return fmt.Errorf("the database says: %w", sqlerr.ErrSerialization)
		}
		return nil
	}
}

func TestWhichHandlersRunAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		for name, c := range map[string]struct {
			method       string
			change       func(o *web.Options)
			collisions   int
			runs, status int
		}{
			"PUT":                      {"PUT", nil, 2, 3, 201},
			"DELETE":                   {"DELETE", nil, 2, 3, 201},
			"PUT too often":            {"PUT", nil, 3, 3, 503},
			"PUT once":                 {"PUT", func(o *web.Options) { o.Attempts = -1 }, 1, 1, 503},
			"POST":                     {"POST", nil, 1, 1, 503},
			"POST that may":            {"POST", func(o *web.Options) { o.Repeat = true }, 2, 3, 201},
			"PUT whose body is longer": {"PUT", func(o *web.Options) { o.MaxBody = 4 }, 0, 0, 413},
		} {
			runs := 0
			sessions := web.New(db, web.Options{Log: quiet, Write: true})
			if c.change != nil {
				sessions = sessions.With(c.change)
			}
			got := send(t, c.method, serve(t, sessions.Handle(collide(c.collisions, &runs))).URL, "replayed")
			want := ""
			if c.status == http.StatusCreated {
				want = "replayed" // once, by the last run, which got the whole body
			}
			if got.status != c.status || runs != c.runs {
				t.Errorf("%s: got %d %q after %d runs, want %d after %d", name, got.status, got.body, runs, c.status, c.runs)
			}
			if list := got.header.Values("X-Run"); c.status == 201 && (len(list) != 1 || list[0] != fmt.Sprint(runs) || strings.Count(got.body, "note") != 1) {
				t.Errorf("%s: the response has remains of others: %q %q", name, list, got.body)
			}
			wantNotes(t, db, want)
			run(t, db, "DELETE FROM notes")
		}
		wantNoneOut(t, db)
	})
}

// A handler whose response is on its way has been seen, and does not run again.
func TestNoHandlerRunsAgainOnceItsResponseIsOnItsWay(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		runs := 0
		h := web.New(db, web.Options{Log: quiet}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			runs++
			s.Add(&Note{Text: "committed"})
			must(t, http.NewResponseController(w).Flush())
			return sqlerr.ErrSerialization
		})
		r, err := http.NewRequestWithContext(t.Context(), "PUT", serve(t, h).URL, nil)
		must(t, err)
		resp, err := client.Do(r)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil || runs != 1 {
			t.Errorf("got error %v after %d runs, want a response that is cut off, after one", err, runs)
		}
		wantNotes(t, db, "committed")
		wantNoneOut(t, db)
	})
}

// A connection that dies before COMMIT is sent takes nothing with it but time.
func TestHandlersRunAgainAfterALostConnection(t *testing.T) {
	for _, product := range []string{"postgres15", "postgres18", "mariadb"} {
		t.Run(product, func(t *testing.T) {
			direct := freshURL(t, product)
			db := connect(t, direct)
			must(t, db.CreateAll(t.Context(), base.MetaData))
			p := proxy.Start(t, direct)
			through := connect(t, p.URL())
			runs := 0
			h := web.New(through, web.Options{Log: quiet}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
				runs++
				if err := add(w, r, s); err != nil {
					return err
				}
				if runs <= 2 {
					p.CloseAll()
				}
				_, err := orm.Select(Notes).All(r.Context(), s)
				return err
			})
			wantStatus(t, send(t, "PUT", serve(t, h).URL, "written"), http.StatusCreated)
			if runs != 3 {
				t.Errorf("got %d runs, want 3", runs)
			}
			wantNotes(t, db, "written")
			wantNoneOut(t, through)
		})
	}
}
