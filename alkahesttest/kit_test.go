package alkahesttest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// User writes posts.
type User struct {
	ID    int64
	Name  string
	Admin bool
	Posts orm.Many[Post]
}

type userTable struct {
	orm.Table[User]
	ID    schema.Int64
	Name  schema.Text
	Admin schema.Bool
	Posts orm.HasMany[User, Post]
}

// Post has an author.
type Post struct {
	ID       int64
	Title    string
	AuthorID int64
	Author   orm.One[User]
}

type postTable struct {
	orm.Table[Post]
	ID       schema.Int64
	Title    schema.Text
	AuthorID schema.Int64
	Author   orm.BelongsTo[Post, User]
}

var Base = orm.NewBase()

var Users = orm.Declare(Base, "users", userTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50, schema.Unique()),
})

var Posts = orm.Declare(Base, "posts", postTable{
	ID:    schema.BigInteger(schema.PrimaryKey()),
	Title: schema.String(100), AuthorID: schema.BigInteger(schema.ForeignKey("users.id")),
})

// products are the databases that the tests run on.
var products = []string{"sqlite", "memory", "postgres15", "postgres18", "mariadb"}

// everywhere runs a test with a database of each product, with tables and the
// user Ann.
func everywhere(t *testing.T, f func(t *testing.T, db *engine.Engine), of ...string) {
	t.Helper()
	if len(of) == 0 {
		of = products
	}
	for _, name := range of {
		t.Run(name, func(t *testing.T) { f(t, filled(t, empty(t, name))) })
	}
}

func filled(t testing.TB, db *engine.Engine) *engine.Engine {
	t.Helper()
	must(t, db.CreateAll(t.Context(), Base.MetaData))
	must(t, orm.Transact(t.Context(), db, func(s *orm.Session) error {
		s.Add(&User{Name: "Ann"})
		return nil
	}))
	return db
}

// empty returns a database with nothing in it.
func empty(t testing.TB, name string) *engine.Engine {
	t.Helper()
	wide := engine.Pool(40, 0)
	switch name {
	case "memory":
		return alkahesttest.Memory(t)
	case "sqlite":
		return alkahesttest.Open(t, "sqlite:///"+filepath.Join(t.TempDir(), "kit.db"))
	case "postgres15":
		return alkahesttest.Open(t, freshSchema(t, testdb.PG15(t)), wide)
	case "postgres18":
		return alkahesttest.Open(t, freshSchema(t, testdb.PG18(t)), wide)
	}
	return alkahesttest.Open(t, freshDatabase(t, testdb.MariaDB(t)), wide)
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("kit_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := alkahesttest.Open(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := alkahesttest.Open(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

// run executes a text that a test has made.
func run(t testing.TB, db *engine.Engine, text string) {
	t.Helper()
	must(t, try(db, text))
}

func try(db *engine.Engine, text string) error {
	ctx := context.Background()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	drv, err := c.Driver()
	if err != nil {
		return err
	}
	_, err = drv.Exec(ctx, text)
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// names are those of all users, in order.
func names(t testing.TB, db *engine.Engine) []string {
	t.Helper()
	all, err := engine.Collect[string](context.Background(), db, expr.NewSelect(Users.Name).OrderBy(Users.Name.Asc()))
	must(t, err)
	return all
}

// want compares what there is with what is wanted.
func want[T any](t testing.TB, got, want T) {
	t.Helper()
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("got -, want +:\n%s", d)
	}
}

// refuses asks for an error that says all of the words.
func refuses(t testing.TB, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("got the error %v, want one that says %q", err, w)
		}
	}
}

// fakeTB is a test whose failures are looked at.
type fakeTB struct {
	testing.TB
	failures []string
	fatal    bool
	cleanups []func()
	parent   *testing.T
}

// faked runs f as a test of its own, and returns how it failed.
func faked(t *testing.T, f func(t testing.TB)) *fakeTB {
	t.Helper()
	k := &fakeTB{TB: t, parent: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer k.cleanUp()
		f(k)
	}()
	<-done
	return k
}

func (k *fakeTB) cleanUp() {
	for len(k.cleanups) > 0 {
		last := k.cleanups[len(k.cleanups)-1]
		k.cleanups = k.cleanups[:len(k.cleanups)-1]
		last()
	}
}

func (k *fakeTB) Cleanup(f func()) { k.cleanups = append(k.cleanups, f) }
func (k *fakeTB) Errorf(form string, a ...any) {
	k.failures = append(k.failures, fmt.Sprintf(form, a...))
}

func (k *fakeTB) Error(a ...any)               { k.failures = append(k.failures, fmt.Sprint(a...)) }
func (k *fakeTB) Fatalf(form string, a ...any) { k.Errorf(form, a...); k.FailNow() }
func (k *fakeTB) Fatal(a ...any)               { k.Error(a...); k.FailNow() }
func (k *fakeTB) FailNow()                     { k.fatal = true; runtime.Goexit() }
func (k *fakeTB) Failed() bool                 { return len(k.failures) > 0 }
func (k *fakeTB) Helper()                      {}

// says asks for one failure that says all of the words.
func (k *fakeTB) says(words ...string) {
	k.parent.Helper()
	if len(k.failures) != 1 {
		k.parent.Errorf("got the failures %q, want one", k.failures)
		return
	}
	for _, w := range words {
		if !strings.Contains(k.failures[0], w) {
			k.parent.Errorf("got the failure %q, want one that says %q", k.failures[0], w)
		}
	}
}
