package examples

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// database is a product on which the examples run.
type database struct {
	name string
	// fresh returns the URL of an empty database, which goes with the test.
	fresh func(t *testing.T) string
	// forgets says that each run sees a database of its own.
	forgets bool
}

var databases = []database{
	{name: "sqlite memory", fresh: func(*testing.T) string { return "sqlite:///:memory:" }, forgets: true},
	{name: "sqlite file", fresh: func(t *testing.T) string { return "sqlite:///" + filepath.Join(t.TempDir(), "examples.db") }},
	{name: "postgresql 15", fresh: func(t *testing.T) string { return postgres(t, testdb.PG15(t)) }},
	{name: "postgresql 18", fresh: func(t *testing.T) string { return postgres(t, testdb.PG18(t)) }},
	{name: "pgbouncer", fresh: func(t *testing.T) string { return pooled(t, testdb.PgBouncer(t), testdb.PG15(t)) }},
	{name: "mariadb", fresh: func(t *testing.T) string { return mariadb(t, testdb.MariaDB(t)) }},
}

// each runs the test for each database, in a fresh one.
func each(t *testing.T, test func(t *testing.T, db database, url string)) {
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) { test(t, db, db.fresh(t)) })
	}
}

// kept is each for databases that the next run sees again.
func kept(t *testing.T, test func(t *testing.T, url string)) {
	each(t, func(t *testing.T, db database, url string) {
		if db.forgets {
			t.Skip("each run has a database of its own")
		}
		test(t, url)
	})
}

func newName() string { return "examples_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:16] }

func named(t *testing.T, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func postgres(t *testing.T, server string) string {
	name := newName()
	do := func(statement string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, statement)
		return err
	}
	if err := do("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := do("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return named(t, server, name)
}

// pooled returns the URL of a fresh database of the server, reached through the
// pooler.
func pooled(t *testing.T, pooler, server string) string {
	inside, err := url.Parse(postgres(t, server))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(named(t, pooler, strings.TrimPrefix(inside.Path, "/")))
	if err != nil {
		t.Fatal(err)
	}
	options := u.Query()
	options.Set("pgbouncer", "true")
	u.RawQuery = options.Encode()
	return u.String()
}

func mariadb(t *testing.T, server string) string {
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", u.User.String()+"@tcp("+u.Host+")/")
	if err != nil {
		t.Fatal(err)
	}
	name := newName()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP DATABASE " + name); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return named(t, server, name)
}
