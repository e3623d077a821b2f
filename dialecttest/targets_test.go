package dialecttest_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

var update = flag.Bool("update", false, "write the lists of skipped tests")

// run runs the suite. batches is the target's share of the random batches.
func run(t *testing.T, target dialecttest.Target, batches int) {
	t.Parallel()
	target.Skips, target.Update = filepath.Join("testdata", target.Name+".txt"), *update
	target.Effort = effort(t, batches)
	target.Least = 300
	dialecttest.Run(t, target)
}

func TestSQLiteMemory(t *testing.T) {
	target := sqliteTarget(func() string { return "sqlite:///:memory:" })
	target.Name = "sqlite-modernc-memory"
	run(t, target, 25_000)
}

func TestSQLiteFile(t *testing.T) {
	target := sqliteTarget(func() string { return fileURL(t) })
	target.Name = "sqlite-modernc-file"
	run(t, target, 20_000)
}

// sqliteTarget opens a database of its own for each engine.
func sqliteTarget(url func() string) dialecttest.Target {
	return dialecttest.Target{Product: sqliteProduct, Open: func(t *testing.T, o engine.Options) *engine.Engine {
		return open(t, url(), o)
	}}
}

func fileURL(t *testing.T) string { return "sqlite:///" + filepath.Join(t.TempDir(), "test.db") }

func TestSQLiteThroughDatabaseSQL(t *testing.T) {
	for name, path := range map[string]func(t *testing.T) string{
		"memory": func(*testing.T) string { return storage.Memory },
		"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "test.db") },
	} {
		t.Run(name, func(t *testing.T) {
			except := map[string]string{}
			if name == "memory" {
				for _, test := range []string{"a write", "within a transaction", "the next statement"} {
					except["cancel/"+test] = "the database ends with its connection, which a cancel gives up"
				}
			}
			run(t, dialecttest.Target{Name: "sqlite-moderncsql-" + name, Product: sqliteProduct, Except: except, Open: func(t *testing.T, o engine.Options) *engine.Engine {
				connector, err := moderncsql.New(storage.Config{Path: path(t)})
				if err != nil {
					t.Fatal(err)
				}
				return closing(t, engine.New(sqlite.Dialect, connector, o))
			}}, 10_000)
		})
	}
}

func TestPostgreSQL15(t *testing.T) {
	run(t, postgres(t, "postgres15-pgx", testdb.PG15(t), ""), 15_000)
}

func TestPostgreSQL18(t *testing.T) {
	run(t, postgres(t, "postgres18-pgx", testdb.PG18(t), ""), 15_000)
}

// postgres gives each engine a schema of its own. Engines connect to via, or,
// where that is empty, to the server.
func postgres(t *testing.T, name, server, via string) dialecttest.Target {
	admin := open(t, server, engine.Options{})
	if via == "" {
		via = server
	}
	return dialecttest.Target{Name: name, Product: postgresProduct, OtherSchema: otherSchema(t, admin), Open: func(t *testing.T, o engine.Options) *engine.Engine {
		schema := fresh()
		exec(t, admin, "CREATE SCHEMA "+schema)
		t.Cleanup(func() { exec(t, admin, "DROP SCHEMA "+schema+" CASCADE") })
		return open(t, with(t, via, "", "search_path", schema), o)
	}}
}

// A pooler in transaction mode carries no search path, so that each engine has
// a database of its own.
func TestPgBouncer(t *testing.T) {
	server := testdb.PgBouncer(t)
	admin := open(t, testdb.PG15(t), engine.Options{})
	run(t, dialecttest.Target{Name: "postgres15-pgx-pgbouncer", Product: postgresProduct, OtherSchema: "public", Open: func(t *testing.T, o engine.Options) *engine.Engine {
		database := fresh()
		exec(t, admin, "CREATE DATABASE "+database)
		t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+database+" WITH (FORCE)") })
		return open(t, with(t, server, database, "pgbouncer", "true"), o)
	}}, 5_000)
}

func TestMariaDB(t *testing.T) {
	run(t, mariadb(t, "mariadb-gosqldriver", testdb.MariaDB(t), "", open), 10_000)
}

// mariadb gives each engine a database of its own, to which connect opens it
// via another address than the server's, if there is one.
func mariadb(t *testing.T, name, server, via string, connect func(t *testing.T, u string, o engine.Options) *engine.Engine) dialecttest.Target {
	admin := open(t, server, engine.Options{})
	if via == "" {
		via = server
	}
	return dialecttest.Target{Name: name, Product: mariadbProduct, OtherSchema: otherSchema(t, admin), Open: func(t *testing.T, o engine.Options) *engine.Engine {
		database := fresh()
		exec(t, admin, "CREATE DATABASE "+database)
		t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+database) })
		return connect(t, with(t, via, database, "", ""), o)
	}}
}

// effort is how many random batches a target's share is.
func effort(t *testing.T, batches int) dialecttest.Effort {
	return dialecttest.Effort{
		Batches: soak.Count(batches), Objects: 10_000, Seed: soak.Seed(t),
		Report: func(t *testing.T, count, wrong int, seed uint64) { soak.Report(t, t.Name(), count, wrong, seed) },
	}
}

// otherSchema makes a schema that is there until the test ends. MariaDB takes
// the word for a database.
func otherSchema(t *testing.T, admin *engine.Engine) string {
	name := fresh()
	exec(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { exec(t, admin, "DROP SCHEMA "+name) })
	return name
}

func fresh() string { return fmt.Sprintf("dialecttest_%d_%d", time.Now().Unix(), rand.Int32()) }

func with(t *testing.T, server, database, option, value string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	if database != "" {
		u.Path = "/" + database
	}
	if option != "" {
		q := u.Query()
		q.Set(option, value)
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func open(t *testing.T, u string, o engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), u, engine.WithOptions(o))
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, e)
}

func closing(t *testing.T, e *engine.Engine) *engine.Engine {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}

// sql is a statement that a test makes.
type sql string

// AppendKey implements expr.Node.
func (s sql) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String(string(s))
}

// Verb implements expr.Statement.
func (sql) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s sql) Render(c *compile.Compiler) { c.Text(string(s)) }

func exec(t *testing.T, e *engine.Engine, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := e.Exec(ctx, sql(text)); err != nil {
		t.Error(err)
	}
}
