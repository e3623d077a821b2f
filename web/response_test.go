package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/web"
)

// failing is a session's option by which every commit fails.
func failing(err error) orm.SessionOption {
	return orm.Events(&orm.SessionEvents{BeforeCommit: func(context.Context, *orm.Session) error { return err }})
}

// The ways in which a handler sends its success.
var ways = map[string]func(w http.ResponseWriter) error{
	"plain":   func(w http.ResponseWriter) error { _, err := io.WriteString(w, "success"); return err },
	"flushed": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	"flusher": func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
	"overfull": func(w http.ResponseWriter) error {
		_, err := io.WriteString(w, strings.Repeat("success", 10))
		return err
	},
	"hijacked": func(w http.ResponseWriter) error {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return nil // the commit has failed, and the response is not the handler's
		}
		defer conn.Close()
		_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nsuccess")
		return err
	},
}

func TestTheResponseOfAFailedCommitIsAnError(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		for way, succeed := range ways {
			for _, fails := range []bool{true, false} {
				o := web.Options{Buffer: 32, Log: quiet}
				if fails {
					o.Session = []orm.SessionOption{failing(errors.New("no commit today"))}
				}
				h := web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
					s.Add(&Note{Text: way})
					return succeed(w)
				})
				got := send(t, "POST", serve(t, h).URL, "")
				switch {
				case fails && (got.status != 500 || strings.Contains(got.body, "success")):
					t.Errorf("%s: got %d %q although the commit failed", way, got.status, got.body)
				case !fails && got.status != 200:
					t.Errorf("%s: got %d %q", way, got.status, got.body)
				}
				want := ""
				if !fails {
					want = way
				}
				wantNotes(t, db, want)
			}
			run(t, db, "DELETE FROM notes")
		}
		wantNoneOut(t, db)
	})
}

// Leaf has a key that is checked at COMMIT.
type Leaf struct{ ID, ParentID int64 }

type leafTable struct {
	orm.Table[Leaf]
	ID, ParentID schema.Int64
}

var leaves = orm.NewBase()

var Leaves = orm.Declare(leaves, "leaves", leafTable{ID: schema.BigInteger(schema.PrimaryKey()), ParentID: schema.BigInteger(schema.ForeignKey("leaves.id", schema.Deferred()))})

func TestDeferredConstraintsFailTheRequest(t *testing.T) {
	for _, product := range []string{"memory", "file", "postgres15", "postgres18"} { // MariaDB checks no key at COMMIT
		t.Run(product, func(t *testing.T) {
			db := connect(t, freshURL(t, product))
			must(t, db.CreateAll(t.Context(), leaves.MetaData))
			h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
				s.Add(&Leaf{ParentID: 987654321})
				if err := s.Flush(r.Context()); err != nil {
					return fmt.Errorf("the key is checked too early: %w", err)
				}
				_, err := io.WriteString(w, "success")
				return err
			})
			got := send(t, "POST", serve(t, h).URL, "")
			if got.status != http.StatusUnprocessableEntity || strings.Contains(got.body, "success") {
				t.Errorf("got %d %q", got.status, got.body)
			}
			wantNoneOut(t, db)
		})
	}
}

// Where COMMIT was sent and its reply is lost, nobody can know: the response is an
// error, and the handler does not run again.
func TestUnknownOutcomes(t *testing.T) {
	for product, url := range map[string]func(testing.TB) string{"postgres15": testdb.PG15, "postgres18": testdb.PG18, "mariadb": testdb.MariaDB} {
		t.Run(product, func(t *testing.T) {
			_ = url(t)
			direct := freshURL(t, product)
			db := connect(t, direct)
			must(t, db.CreateAll(t.Context(), base.MetaData))
			p := proxy.Start(t, direct)
			var metrics web.Metrics
			runs := 0
			through := connect(t, p.URL())
			h := web.New(through, web.Options{Log: quiet, Metrics: &metrics, Repeat: true}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
				runs++
				err := add(w, r, s)
				p.EatReply(1) // of the COMMIT
				return err
			})
			got := send(t, "POST", serve(t, h).URL, "written")
			if got.status != http.StatusInternalServerError || runs != 1 {
				t.Errorf("got %d %q after %d runs, want status 500 after one", got.status, got.body, runs)
			}
			wantNotes(t, db, "written")
			if n := metrics.Counts().Outcomes["unknown"]; n != 1 {
				t.Errorf("got %d unknown outcomes, want 1", n)
			}
			wantNoneOut(t, through)
		})
	}
}

func TestALongResponseEndsASessionThatWrites(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var after error
		h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			s.Add(&Note{Text: r.Method})
			must(t, http.NewResponseController(w).Flush())
			wantNotes(t, db, "POST") // before the handler has returned
			_, after = orm.Select(Notes).All(r.Context(), s)
			return nil
		})
		wantStatus(t, send(t, "POST", serve(t, h).URL, ""), http.StatusOK)
		if !errors.Is(after, sqlerr.ErrClosed) {
			t.Errorf("after the flush: got %v, want ErrClosed", after)
		}
		wantNoneOut(t, db)
	})
}

// A session that only reads may be read while its response is on its way; an
// error then cuts the response off, so that nobody takes it for whole.
func TestReadingWhileTheResponseIsSent(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error {
			for i := range 10 {
				s.Add(&Note{Text: fmt.Sprintf("note %d", i)})
			}
			return nil
		}))
		h := web.New(db, web.Options{Buffer: 16, Log: quiet}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			for n, err := range orm.Select(Notes).Partition(2).Each(r.Context(), s) {
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintln(w, n.Text); err != nil {
					return err
				}
			}
			if r.URL.Path == "/fails" {
				return errors.New("too late for a status")
			}
			return nil
		})
		server := serve(t, h)
		if got := send(t, "GET", server.URL, ""); strings.Count(got.body, "note ") != 10 {
			t.Errorf("got %d %q, want ten notes", got.status, got.body)
		}
		resp, err := client.Get(server.URL + "/fails")
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Error("the response of a handler that failed looks whole")
		}
		wantNoneOut(t, db)
	})
}

func TestWhatTheWriterKeeps(t *testing.T) {
	db := open(t, "memory")
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Own", "1")
		w.Header().Del("X-Outer")
		_, _ = io.WriteString(w, "<html>")
		w.WriteHeader(http.StatusTeapot) // too late, as always
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		must(t, http.NewResponseController(w).Flush())
		w.Header().Set("X-Sum", "42")
	})
	mux.HandleFunc("/none", func(http.ResponseWriter, *http.Request) {})
	wrapped := web.New(db, web.Options{}).Wrap(mux)
	server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Outer", "1")
		wrapped.ServeHTTP(w, r)
	}))
	got := send(t, "GET", server.URL+"/plain", "")
	if got.status != 200 || got.body != "<html>" || got.header.Get("X-Own") != "1" || got.header.Get("X-Outer") != "" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("got %+v", got)
	}
	var hints []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		hints = append(hints, fmt.Sprint(code, " ", h.Get("Link")))
		return nil
	}}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", server.URL+"/hints", nil)
	must(t, err)
	if got := do(t, r); got.status != 202 || got.header.Get("Link") != "" || got.header.Get("X-Outer") != "1" || len(hints) != 1 || hints[0] != "103 </style.css>; rel=preload" {
		t.Errorf("got %+v after hints %q", got, hints)
	}
	resp, err := client.Get(server.URL + "/trailers")
	must(t, err)
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil || resp.Trailer.Get("X-Sum") != "42" {
		t.Errorf("got trailers %v, %v", resp.Trailer, err)
	}
	wantStatus(t, send(t, "GET", server.URL+"/none", ""), http.StatusOK)
}

// A connection that can't be taken over is refused before anything is committed.
func TestHijackWithoutAConnection(t *testing.T) {
	db := open(t, "memory")
	h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
		s.Add(&Note{Text: "not yet"})
		_, _, err := http.NewResponseController(w).Hijack()
		if !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("got %v, want ErrNotSupported", err)
		}
		wantNotes(t, db, "")
		return nil
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
	wantNotes(t, db, "not yet")
}

func TestHijackedConnections(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		h := web.New(db, web.Options{}).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			s.Add(&Note{Text: "before"})
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			wantNotes(t, db, "before")
			_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\nraw bytes\n")
			return rw.Flush()
		})
		r, err := http.NewRequestWithContext(t.Context(), "POST", serve(t, h).URL, nil)
		must(t, err)
		resp, err := client.Do(r)
		must(t, err)
		defer resp.Body.Close()
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		if resp.StatusCode != http.StatusSwitchingProtocols || line != "raw bytes\n" {
			t.Errorf("got %d %q, %v", resp.StatusCode, line, err)
		}
		wantNoneOut(t, db)
	})
}
