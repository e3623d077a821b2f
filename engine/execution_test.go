package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// tenants makes schemas for a test, where the database lets it, and drops them.
func tenants(t *testing.T, url string, names ...string) *engine.Engine {
	t.Helper()
	attach := func(o *engine.Options) {
		if strings.HasPrefix(url, "sqlite") {
			o.AfterConnect = func(ctx context.Context, c *engine.Conn) error {
				for _, n := range names {
					if err := run(ctx, c, "ATTACH ':memory:' AS "+n); err != nil {
						return err
					}
				}
				return nil
			}
		}
	}
	e := open(t, url, attach)
	if strings.HasPrefix(url, "sqlite") {
		return e
	}
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, n := range names {
		cascade := " CASCADE"
		if strings.HasPrefix(url, "mariadb") {
			cascade = ""
		}
		for _, sql := range []string{"DROP SCHEMA IF EXISTS " + n + cascade, "CREATE SCHEMA " + n} {
			if err := run(t.Context(), c, sql); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() {
			if err := run(context.Background(), c, "DROP SCHEMA "+n+cascade); err != nil {
				t.Error(err)
			}
		})
	}
	return e
}

// run sends text that is put together, as no statement of a program is.
func run(ctx context.Context, c *engine.Conn, sql string) error {
	return c.Querier().Query(ctx, sql, nil, func(sqltype.Row) error { return nil })
}

// One program serves several tenants by the same declarations: what one
// inserts, the other does not see, and ids begin anew.
func TestSchemaTranslation(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		base := tenants(t, url, "engine_north", "engine_south")
		table := words(t, "engine_tenant", schema.NewSequence("engine_tenant_seq", schema.Start(100), schema.Increment(5)))
		for name, n := range map[string]int{"engine_north": 2, "engine_south": 40} {
			e := base.With(engine.ExecOptions{Schemas: map[string]string{"": name}})
			for range 2 { // the second finds what is there
				if err := e.CreateAll(t.Context(), table.MetaData()); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			exec(t, e, addWord(table, name))
			b := newWordBatch(table, 0, n, "id")
			tx := begin(t, e, engine.TxOptions{})
			if err := tx.Insert(t.Context(), &b.InsertBatch); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			ids := map[int64]bool{}
			for _, id := range b.ids {
				ids[id] = id > 100 && id%5 == 0
			}
			if len(ids) != n || b.ids[0] != 105 {
				t.Errorf("%s: got ids %v, want %d of them from 105 on", name, b.ids, n)
			}
		}
		count := expr.NewSelect(expr.CountAll()).From(table)
		in := func(name string) expr.Statement {
			return engine.With(count, engine.ExecOptions{Schemas: map[string]string{"": name}})
		}
		for name, want := range map[string]int64{"engine_north": 3, "engine_south": 41} {
			if got, err := engine.Scalar[int64](t.Context(), base, in(name)); got != want || err != nil {
				t.Errorf("%s: got %d rows, %v, want %d", name, got, err, want)
			}
		}
		if _, err := engine.Scalar[int64](t.Context(), base, count); err == nil && url != "sqlite://" { // which looks in all of them
			t.Error("without a translation there is a table")
		}
		for _, name := range []string{"engine_north", "engine_south"} {
			if err := base.With(engine.ExecOptions{Schemas: map[string]string{"": name}}).DropAll(t.Context(), table.MetaData()); err != nil {
				t.Errorf("drop: %v", err)
			}
			if _, err := engine.Scalar[int64](t.Context(), base, in(name)); err == nil {
				t.Errorf("%s: the table is still there", name)
			}
		}
	})
}

// The options of a statement count before those of its connection, and these
// before the engine's; none outlives its level.
func TestLevelsOfExecutionOptions(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		base := open(t, url, engine.Echo(slog.New(slog.NewTextHandler(&log, nil))), func(o *engine.Options) { o.Execution.Name = "options" })
		last := func() string {
			found := regexp.MustCompile(`name=(\w+)`).FindAllStringSubmatch(log.String(), -1)
			if len(found) == 0 {
				return ""
			}
			return found[len(found)-1][1]
		}
		check := func(x engine.Executor, s expr.Statement, want string) {
			t.Helper()
			if _, err := engine.Scalar[string](t.Context(), x, s); err != nil || last() != want {
				t.Errorf("got the options of %q, %v, want %q", last(), err, want)
			}
		}
		s := selectWord("x")
		own := engine.With(s, engine.ExecOptions{Name: "statement"})
		check(base, s, "options")
		check(base, own, "statement")
		view := base.With(engine.ExecOptions{Name: "view"})
		check(view, s, "view")
		c, err := view.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Configure(engine.ExecOptions{Name: "connection"}); err != nil {
			t.Fatal(err)
		}
		check(c, s, "connection")
		check(c, own, "statement")
		tx, err := c.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Configure(engine.ExecOptions{Name: "transaction"}); err != nil {
			t.Fatal(err)
		}
		check(tx, s, "transaction")
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(c, s, "connection")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		check(base, s, "options")
	})
}

func TestIsolationOfOneExecution(t *testing.T) {
	for name, c := range map[string]struct {
		url  func(testing.TB) string
		ask  expr.Statement
		want string
	}{
		"PostgreSQL":    {testdb.PG15, expr.SQL("SELECT current_setting('transaction_isolation')"), "serializable"},
		"PostgreSQL 18": {testdb.PG18, expr.SQL("SELECT current_setting('transaction_isolation')"), "serializable"},
	} {
		t.Run(name, func(t *testing.T) {
			base := open(t, c.url(t), engine.Pool(1, 0))
			serial := engine.ExecOptions{Isolation: engine.Serializable}
			if got, err := engine.Scalar[string](t.Context(), base, engine.With(c.ask, serial)); got != c.want || err != nil {
				t.Errorf("of a statement: got %q, %v, want %q", got, err, c.want)
			}
			if got, err := engine.Scalar[string](t.Context(), base, c.ask); got == c.want || err != nil {
				t.Errorf("of the next statement: got %q, %v, want the default", got, err)
			}
			tx := begin(t, base.With(serial), engine.TxOptions{})
			defer tx.Rollback(t.Context())
			if got, err := engine.Scalar[string](t.Context(), tx, c.ask); got != c.want || err != nil {
				t.Errorf("of a transaction: got %q, %v, want %q", got, err, c.want)
			}
			if _, err := tx.Exec(t.Context(), engine.With(c.ask, engine.ExecOptions{Isolation: engine.ReadCommitted})); err == nil {
				t.Error("another level within a transaction: got no error")
			}
		})
	}
}

// A write with a level is one transaction, committed or rolled back.
func TestWriteWithIsolationIsKept(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_apart")
		create(t, e, table)
		o := engine.ExecOptions{Isolation: engine.Serializable}
		exec(t, e, engine.With(addWord(table, "a"), o))
		if _, err := e.Exec(t.Context(), engine.With(addWord(table, "a"), o)); err == nil {
			t.Error("a word twice: got no error")
		}
		exec(t, e.With(o), addWord(table, "b"))
		if n, err := engine.Scalar[int64](t.Context(), e.With(o), expr.SQL("SELECT count(*) FROM engine_apart")); n != 2 || err != nil {
			t.Errorf("got %d rows, %v, want 2", n, err)
		}
		one(t, e)
	})
}

func TestTagsNameTheCall(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var sent []string
		e := open(t, url, engine.WithEvents(&engine.Events{Before: func(_ context.Context, x *engine.Execution) error {
			sent = append(sent, x.SQL)
			return nil
		}}))
		table := words(t, "engine_tagged")
		create(t, e, table)
		tagged := e.With(engine.ExecOptions{Caller: true, Tags: []engine.Tag{{Name: "route", Value: "/a*/ '; DROP"}}})
		want := regexp.MustCompile(`/\*caller='engine%2Fexecution_test\.go%3A[0-9]+',route='%2Fa%2A%2F%20%27%3B%20DROP'\*/$`)
		check := func(what string, err error) {
			t.Helper()
			if err != nil || !want.MatchString(sent[len(sent)-1]) {
				t.Errorf("%s: got %s, %v, want it to end as %s", what, sent[len(sent)-1], err, want)
			}
		}
		_, err := engine.Scalar[string](t.Context(), tagged, selectWord("x"))
		check("a query", err)
		_, err = tagged.Exec(t.Context(), expr.SQL("DELETE FROM engine_tagged WHERE word = 'y' -- a comment"))
		check("text", err)
		b := newWordBatch(table, 0, 3)
		tx := begin(t, tagged, engine.TxOptions{})
		check("a batch", tx.Insert(t.Context(), &b.InsertBatch))
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		one(t, e.With(engine.ExecOptions{Name: "no tag"}))
		if got := sent[len(sent)-1]; strings.Contains(got, "/*") {
			t.Errorf("without tags: got %s", got)
		}
	})
}

// What no transaction takes runs on an engine or connection, and is refused in
// a transaction.
func TestAutocommitTakesWhatNoTransactionDoes(t *testing.T) {
	for name, c := range map[string]struct {
		url  func(testing.TB) string
		text expr.Statement
	}{
		"SQLite":        {func(testing.TB) string { return "sqlite://" }, expr.SQL("VACUUM")},
		"PostgreSQL 15": {testdb.PG15, expr.SQL("VACUUM pg_catalog.pg_am")},
		"PostgreSQL 18": {testdb.PG18, expr.SQL("VACUUM pg_catalog.pg_am")},
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, c.url(t))
			exec(t, e, c.text)
			tx := begin(t, e, engine.TxOptions{})
			if _, err := tx.Exec(t.Context(), c.text); err == nil {
				t.Error("in a transaction: got no error")
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestClosingAViewClosesAll(t *testing.T) {
	e, err := engine.Open(t.Context(), "sqlite://")
	if err != nil {
		t.Fatal(err)
	}
	view := e.With(engine.ExecOptions{NoCache: true})
	one(t, view)
	if err := view.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.Ping(t.Context()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the engine is closed", err)
	}
}
