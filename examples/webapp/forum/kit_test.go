package forum_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a forum with its sample content, as browsers see it.
type site struct {
	*httptest.Server
	db *engine.Engine
}

// everywhere runs a test on a forum in each database. The books have to balance
// after it.
func everywhere(t *testing.T, test func(t *testing.T, s *site)) {
	for name, fresh := range map[string]func(t *testing.T) string{
		"sqlite memory": func(*testing.T) string { return "sqlite:///:memory:" },
		"sqlite file":   func(t *testing.T) string { return "sqlite:///" + filepath.Join(t.TempDir(), "forum.db") },
		"postgresql 15": func(t *testing.T) string { return freshSchema(t, testdb.PG15(t)) },
		"postgresql 18": func(t *testing.T) string { return freshSchema(t, testdb.PG18(t)) },
		"mariadb":       func(t *testing.T) string { return freshDatabase(t, testdb.MariaDB(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, fresh(t))
			test(t, s)
			must(t, s.session(func(o *orm.Session) error { return forum.Audit(context.Background(), o) }))
		})
	}
}

func open(t *testing.T, url string) *site {
	t.Helper()
	db := connect(t, url)
	must(t, forum.Prepare(t.Context(), db))
	server := httptest.NewServer(forum.New(db, forum.Options{Rounds: 1000}))
	t.Cleanup(server.Close)
	return &site{Server: server, db: db}
}

// session does something with the database behind the pages.
func (s *site) session(f func(s *orm.Session) error) error {
	return orm.Transact(context.Background(), s.db, f)
}

func connect(t *testing.T, url string) *engine.Engine {
	t.Helper()
	db, err := engine.Open(context.Background(), url)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := db.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("forum_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t *testing.T, url string) string {
	t.Helper()
	name, admin := uniqueName(), connect(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t *testing.T, url string) string {
	t.Helper()
	name, admin := uniqueName(), connect(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

func run(t *testing.T, db *engine.Engine, sql string) {
	t.Helper()
	_, err := db.Exec(context.Background(), expr.UnsafeSQL(sql))
	must(t, err)
}

// browser keeps cookies and follows redirects, as browsers do.
type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
}

func (s *site) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &browser{t: t, site: s, client: &http.Client{Jar: jar}}
}

// member is a browser in which somebody has signed up.
func (s *site) member(t *testing.T, name string) *browser {
	t.Helper()
	b := s.browser(t)
	b.send("/sign-up", "name", name, "password", "correct horse").is(200, "Sign out")
	return b
}

// answer is the page at which the browser has arrived.
type answer struct {
	t      *testing.T
	path   string
	status int
	header http.Header
	text   string
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.site.URL+path, nil)
	must(b.t, err)
	return b.do(r)
}

// send sends a form of pairs of names and values.
func (b *browser) send(path string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, b.site.URL+path, strings.NewReader(form.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	response, err := b.client.Do(r)
	must(b.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(b.t, err)
	return answer{t: b.t, path: response.Request.URL.RequestURI(), status: response.StatusCode, header: response.Header, text: string(body)}
}

// is asserts the status, and what the page has.
func (a answer) is(status int, has ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("%s: got status %d, want %d: %s", a.path, a.status, status, a.text)
	}
	for _, text := range has {
		if !strings.Contains(a.text, text) {
			a.t.Errorf("%s: the page has no %q: %s", a.path, text, a.text)
		}
	}
	return a
}

// lacks asserts what the page does not have.
func (a answer) lacks(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text, text) {
			a.t.Errorf("%s: the page has %q", a.path, text)
		}
	}
	return a
}

// value returns what an input of the page has.
func (a answer) value(name string) string {
	a.t.Helper()
	_, rest, ok := strings.Cut(a.text, `name="`+name+`" value="`)
	if !ok {
		a.t.Fatalf("%s: no input %s: %s", a.path, name, a.text)
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
