package cases_test

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
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialecttest/cases"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

var update = flag.Bool("update", false, "write the golden files")

var writers = []cases.Writer{
	{Name: "sqlite", Rules: sqlite.Dialect.Rules(dialect.Capabilities{Product: "SQLite", Version: dialect.Version{3, 53, 3}})},
	{Name: "postgresql", Rules: postgres.Dialect.Rules(dialect.Capabilities{Product: "PostgreSQL", Version: dialect.Version{15}, Sequences: true})},
	{Name: "mariadb", Rules: mysql.Dialect.Rules(dialect.Capabilities{Product: "MariaDB", Version: dialect.Version{10, 11}, Sequences: true})},
	{Name: "mysql", Rules: mysql.Dialect.Rules(dialect.Capabilities{Product: "MySQL", Version: dialect.Version{8, 4}})},
	{Name: "mssql", Rules: mssql.Dialect.Rules(dialect.Capabilities{Product: "Microsoft SQL Server", Version: dialect.Version{16}, Sequences: true})},
	{Name: "oracle", Rules: oracle.Dialect.Rules(dialect.Capabilities{Product: "Oracle Database", Version: dialect.Version{19}, Sequences: true})},
}

// TestGoldenSQL compares the SQL of each case, refusals included, for six dialects.
func TestGoldenSQL(t *testing.T) {
	for _, c := range cases.All() {
		t.Run(c.Name, func(t *testing.T) { cases.CompareSQL(t, filepath.Join("testdata", "sql"), c, writers, *update) })
	}
}

// The cases are run on the databases, and their rows compared.

func TestSQLite(t *testing.T)       { run(t, onSQLite()) }
func TestPostgreSQL15(t *testing.T) { run(t, onPostgreSQL(t, testdb.PG15(t))) }
func TestPostgreSQL18(t *testing.T) { run(t, onPostgreSQL(t, testdb.PG18(t))) }
func TestMariaDB(t *testing.T)      { run(t, onMariaDB(t)) }

func run(t *testing.T, target cases.Target) {
	t.Parallel()
	cases.Run(t, target)
}

// TestEveryCaseHasItsStatement holds the list of cases against the rows.
func TestEveryCaseHasItsStatement(t *testing.T) {
	known, err := cases.Expected()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range cases.All() {
		if seen[c.Name] || known[c.Name] == "" {
			t.Errorf("%s is there twice, or without its rows", c.Name)
		}
		seen[c.Name] = true
	}
	for name := range known {
		if !seen[name] {
			t.Errorf("%s has rows and no statement", name)
		}
	}
}

func onSQLite() cases.Target {
	attach := func(ctx context.Context, c *engine.Conn) error {
		_, err := c.Exec(ctx, expr.SQL("ATTACH ':memory:' AS inv"))
		return err
	}
	return cases.Target{Like: "sqlite", Other: "inv", Open: func(t *testing.T) *engine.Engine {
		return open(t, "sqlite:///:memory:", engine.Options{AfterConnect: attach})
	}}
}

// onPostgreSQL gives each engine a database of its own, with a second schema.
func onPostgreSQL(t *testing.T, server string) cases.Target {
	admin := open(t, server, engine.Options{})
	return cases.Target{Like: "postgresql", Other: "inv", Setup: pgSetup, Open: func(t *testing.T) *engine.Engine {
		name := fresh()
		exec(t, admin, "CREATE DATABASE "+name)
		t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
		e := open(t, in(t, server, name), engine.Options{})
		exec(t, e, "CREATE SCHEMA inv")
		return e
	}}
}

// onMariaDB gives each engine a database of its own. The second schema is a
// database, which all share.
func onMariaDB(t *testing.T) cases.Target {
	server := testdb.MariaDB(t)
	admin := open(t, server, engine.Options{})
	other := fresh()
	exec(t, admin, "CREATE DATABASE "+other)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+other) })
	return cases.Target{Like: "mariadb", Other: other, Open: func(t *testing.T) *engine.Engine {
		name := fresh()
		exec(t, admin, "CREATE DATABASE "+name)
		t.Cleanup(func() { exec(t, admin, "DROP DATABASE "+name) })
		return open(t, in(t, server, name), engine.Options{})
	}}
}

// pgSetup makes the table of PostgreSQL's own types, and generators that start
// beyond the rows.
var pgSetup = []expr.Statement{
	sql("CREATE EXTENSION hstore"),
	sql("CREATE TABLE pgt (id int PRIMARY KEY, j jsonb, arr int[], tags varchar[], rng int4range, h hstore, ts tsvector, u uuid)"),
	sql(`INSERT INTO pgt VALUES (1, '{"a": {"b": 5}, "k": 1, "c": [1]}', '{1,2,3}', '{a,b}', '[1,8)', 'k=>v,a=>1', to_tsvector('foo bar'), NULL)`),
	sql("SELECT setval(pg_get_serial_sequence(t, 'id'), 100) FROM unnest(ARRAY['users', 'addresses', 'orders', 'items', 'tags', 'nodes', 'docs', 'compref', 'deflt']) t"),
}

func fresh() string { return fmt.Sprintf("cases_%d_%d", time.Now().Unix(), rand.Int32()) }

// in returns the URL of another database of the server.
func in(t *testing.T, server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

func open(t *testing.T, u string, o engine.Options) *engine.Engine {
	e, err := engine.Open(t.Context(), u, engine.WithOptions(o))
	if err != nil {
		t.Fatal(err)
	}
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
