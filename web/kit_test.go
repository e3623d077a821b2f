package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// Note is what requests of the tests write and read.
type Note struct {
	ID   int64
	Text string
}

type noteTable struct {
	orm.Table[Note]
	ID   schema.Int64
	Text schema.Text
}

var base = orm.NewBase()

var Notes = orm.Declare(base, "notes", noteTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Text: schema.String(50, schema.Unique()),
})

// products are the databases that a test runs on.
var products = []string{"memory", "file", "postgres15", "postgres18", "mariadb"}

// everywhere runs a test on each database, with the tables of base.
func everywhere(t *testing.T, f func(t *testing.T, db *engine.Engine)) {
	t.Helper()
	for _, name := range products {
		t.Run(name, func(t *testing.T) { f(t, open(t, name)) })
	}
}

func open(t testing.TB, product string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	db := connect(t, freshURL(t, product), opts...)
	must(t, db.CreateAll(t.Context(), base.MetaData))
	return db
}

// freshURL returns the URL of an empty database, which goes with the test.
func freshURL(t testing.TB, product string) string {
	t.Helper()
	switch product {
	case "memory":
		return "sqlite:///:memory:"
	case "file":
		return "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
	case "postgres15":
		return freshSchema(t, testdb.PG15(t))
	case "postgres18":
		return freshSchema(t, testdb.PG18(t))
	case "mariadb":
		return freshDatabase(t, testdb.MariaDB(t))
	}
	t.Fatalf("no database %q", product)
	return ""
}

// connect opens a URL and closes it with the test, which fails where connections
// are still out then.
func connect(t testing.TB, url string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), url, opts...)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("web_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

// text is a statement whose text a test has made. Programs have expr.SQL, which
// takes constants only.
func text(sql string) expr.Statement {
	f := reflect.ValueOf(expr.SQL)
	v := reflect.ValueOf(sql).Convert(f.Type().In(0))
	return f.Call([]reflect.Value{v})[0].Interface().(expr.Statement)
}

func run(t testing.TB, x engine.Executor, sql string) {
	t.Helper()
	_, err := x.Exec(context.Background(), text(sql))
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// notes returns the texts of the notes that are in the database, in order.
func notes(t testing.TB, db *engine.Engine) string {
	t.Helper()
	list, err := engine.Collect[string](context.Background(), db, expr.NewSelect(Notes.Text).OrderBy(Notes.Text.Asc()))
	must(t, err)
	return strings.Join(list, ",")
}

func wantNotes(t testing.TB, db *engine.Engine, want string) {
	t.Helper()
	if got := notes(t, db); got != want {
		t.Errorf("got notes %q, want %q", got, want)
	}
}

// quiet is a log that nobody reads.
var quiet = slog.New(slog.DiscardHandler)

// serve starts a server, which ends with the test.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// answer is what a client got.
type answer struct {
	status int
	body   string
	header http.Header
}

func send(t testing.TB, method, url, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	must(t, err)
	return do(t, r)
}

// client follows no redirects.
var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func do(t testing.TB, r *http.Request) answer {
	t.Helper()
	resp, err := client.Do(r)
	must(t, err)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{status: resp.StatusCode, body: string(all), header: resp.Header}
}

func wantStatus(t testing.TB, got answer, want int) {
	t.Helper()
	if got.status != want {
		t.Errorf("got status %d (%s), want %d", got.status, strings.TrimSpace(got.body), want)
	}
}

// wantNoneOut waits until no connection is out any more.
func wantNoneOut(t testing.TB, db *engine.Engine) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		out := db.Stats().InUse
		if out == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are still out", out)
		}
	}
}

// add is a handler that writes a note with the text of its body.
func add(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	n := &Note{Text: string(body)}
	s.Add(n)
	if err := s.Flush(r.Context()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	_, err = fmt.Fprintf(w, "note %d", n.ID)
	return err
}

func countCheckout(n *atomic.Int64) func(context.Context, time.Duration) {
	return func(context.Context, time.Duration) { n.Add(1) }
}
