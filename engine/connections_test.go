package engine_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	upstream "github.com/jackc/pgx/v5"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestNew(t *testing.T) {
	for name, parts := range map[string]func(t *testing.T) (dialect.Dialect, driver.Connector){
		"SQLite": func(*testing.T) (dialect.Dialect, driver.Connector) {
			return sqlite.Dialect, modernc.New(modernc.Config{Path: modernc.Memory})
		},
		"PostgreSQL": func(t *testing.T) (dialect.Dialect, driver.Connector) {
			cfg, err := pgx.ParseConfig(testdb.PG15(t), upstream.ParseConfigOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return postgres.Dialect, pgx.New(cfg)
		},
		"MariaDB": func(t *testing.T) (dialect.Dialect, driver.Connector) {
			u, err := url.Parse(testdb.MariaDB(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := gosqldriver.ParseConfig(u)
			if err != nil {
				t.Fatal(err)
			}
			c, err := gosqldriver.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			return mysql.Dialect, c
		},
	} {
		t.Run(name, func(t *testing.T) {
			var made atomic.Int64
			d, c := parts(t)
			e := engine.New(d, c, engine.Options{Events: []*engine.Events{counted(&made)}})
			one(t, e)
			if err := e.Close(t.Context()); err != nil || e.Dialect() != d || made.Load() != 1 {
				t.Errorf("got %v, the dialect %s and %d connections, want none, %s and 1", err, e.Dialect().Name(), made.Load(), d.Name())
			}
		})
	}
}

// What a URL says in its options is so in the session.
func TestOptionsOfURLsReachTheDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		url           func(testing.TB) string
		option, value string
		ask           expr.Statement
	}{
		"SQLite":     {func(testing.TB) string { return "sqlite://" }, "cache_size", "-1234", expr.SQL("PRAGMA cache_size")},
		"PostgreSQL": {testdb.PG15, "lock_timeout", "1234ms", expr.SQL("SHOW lock_timeout")},
		"MariaDB":    {testdb.MariaDB, "set.lock_wait_timeout", "1234", expr.SQL("SELECT CAST(@@lock_wait_timeout AS CHAR)")},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := engine.ParseURL(c.url(t))
			if err != nil {
				t.Fatal(err)
			}
			e := open(t, u.WithOption(c.option, c.value).Reveal())
			got, err := engine.Scalar[string](t.Context(), e, c.ask)
			if got != c.value || err != nil {
				t.Errorf("got %q, %v, want %s", got, err, c.value)
			}
		})
	}
}

// A temporary table is of one session.
func TestConnIsOneConnection(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		exec(t, c, expr.SQL("CREATE TEMPORARY TABLE engine_own (x INTEGER)"))
		for range 5 {
			exec(t, c, expr.SQL("INSERT INTO engine_own VALUES (1)"))
		}
		if n, err := engine.Scalar[int64](t.Context(), c, expr.SQL("SELECT count(*) FROM engine_own")); n != 5 || err != nil {
			t.Errorf("got %d rows, %v, want 5", n, err)
		}
		exec(t, c, expr.SQL("DROP TABLE engine_own"))
	})
}

func TestCapabilitiesAreFixedByTheFirstConnection(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var made atomic.Int64
		e := open(t, url, engine.WithEvents(counted(&made)))
		var all [8]engine.Capabilities
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() {
				var err error
				if all[i], err = e.Capabilities(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		one(t, e)
		for _, c := range all {
			if diff := cmp.Diff(c, all[0]); diff != "" || c.Version == (dialect.Version{}) {
				t.Errorf("capabilities (-got +first):\n%s", diff)
			}
		}
		if made.Load() != 1 {
			t.Errorf("got %d connections, want 1", made.Load())
		}
		version := expr.Statement(expr.SQL("SELECT sqlite_version()"))
		if !strings.HasPrefix(url, "sqlite") {
			version = expr.SQL("SELECT version()")
		}
		said, err := engine.Scalar[string](t.Context(), e, version)
		if err != nil || !strings.Contains(said, strings.TrimSuffix(all[0].Version.String(), ".0")) {
			t.Errorf("got the version %s, %v, want what the database says: %s", all[0].Version, err, said)
		}
	})
}

// The hook is asked for each connection, and what it says is used.
func TestBeforeConnectChangesTheCredentials(t *testing.T) {
	for name, right := range map[string]func(testing.TB) string{"PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB} {
		t.Run(name, func(t *testing.T) {
			u, err := engine.ParseURL(right(t))
			if err != nil {
				t.Fatal(err)
			}
			var asked atomic.Int64
			e := open(t, u.WithUser("nobody_such", "wrong").Reveal(), engine.Pool(3, 0), func(o *engine.Options) {
				o.BeforeConnect = func(_ context.Context, from *engine.URL) (*engine.URL, error) {
					asked.Add(1)
					return from.WithUser(u.User(), u.Password()), nil
				}
			})
			conns := hold(t, e, 3)
			for _, c := range conns {
				one(t, c)
			}
			letGo(t, conns)
			if asked.Load() != 3 {
				t.Errorf("the hook was asked %d times, want once for each of 3 connections", asked.Load())
			}
		})
	}
}

// Behind a pooler in transaction mode a statement's name and a setting would
// be lost, or met by another program. They are looked for on a connection of
// its own, where nothing hides them.
func TestPgBouncerModeLeavesNothingInTheSession(t *testing.T) {
	for _, pooled := range []bool{true, false} {
		u, err := engine.ParseURL(testdb.PG15(t))
		if err != nil {
			t.Fatal(err)
		}
		if pooled {
			u = u.WithOption("pgbouncer", "true")
		}
		e := open(t, u.Reveal())
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for i := range 5 {
			s := expr.NewSelect(expr.BindValue(big, sqltype.Int64Value(int64(i))))
			if n, err := engine.Scalar[int64](t.Context(), c, s); n != int64(i) || err != nil {
				t.Fatalf("got %d, %v, want %d", n, err, i)
			}
		}
		named, err := engine.Scalar[int64](t.Context(), c, expr.SQL("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"))
		if err != nil || (named == 0) != pooled {
			t.Errorf("with pgbouncer=%v there are %d named statements, %v", pooled, named, err)
		}
		set, err := engine.Scalar[int64](t.Context(), c, expr.SQL("SELECT count(*) FROM pg_settings WHERE source = 'session'"))
		if pooled && (set != 0 || err != nil) {
			t.Errorf("got %d settings of the session, %v, want none", set, err)
		}
	}
}

// Each connection forgets statements that were not used for long, at the
// server too.
func TestPreparedStatementsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		url func(testing.TB) string
		ask expr.Statement
	}{
		"PostgreSQL": {testdb.PG15, expr.SQL("SELECT count(*) FROM pg_prepared_statements")},
		"MariaDB": {testdb.MariaDB, expr.SQL(`SELECT CAST(sum(CASE variable_name WHEN 'COM_STMT_PREPARE' THEN variable_value ELSE -variable_value END) AS SIGNED)
	FROM information_schema.session_status WHERE variable_name IN ('COM_STMT_PREPARE', 'COM_STMT_CLOSE')`)},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, c.url(t), func(o *engine.Options) { o.PreparedCacheSize = 10 })
			conn, err := e.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for n := 1; n <= 40; n++ {
				list := make([]expr.Expression, n)
				for i := range list {
					list[i] = expr.BindValue(big, sqltype.Int64Value(int64(i)))
				}
				exec(t, conn, expr.NewSelect(list...))
			}
			n, err := engine.Scalar[int64](t.Context(), conn, c.ask)
			if err != nil || n < 5 || n > 12 {
				t.Errorf("got %d prepared statements, %v, want about the 10 that are kept", n, err)
			}
		})
	}
}

func TestCommentsAreKept(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := schema.MustTable(schema.NewMetaData(), "engine_comments", schema.TableComment("it's a 'table'"),
			schema.NewColumn("id", big, schema.PrimaryKey(), schema.Comment(`the "key"`)))
		create(t, e, table)
		ask := expr.Statement(expr.SQL(`SELECT obj_description('engine_comments'::regclass) || '|' || col_description('engine_comments'::regclass, 1)`))
		if caps, err := e.Capabilities(t.Context()); err != nil {
			t.Fatal(err)
		} else if caps.Product == "MariaDB" {
			ask = expr.SQL(`SELECT concat(table_comment, '|', column_comment) FROM information_schema.tables JOIN information_schema.columns
	USING (table_schema, table_name) WHERE table_schema = database() AND table_name = 'engine_comments'`)
		}
		if got, err := engine.Scalar[string](t.Context(), e, ask); got != `it's a 'table'|the "key"` || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
