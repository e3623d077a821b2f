package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// withWords gives the test a table of its own on each server.
func withWords(t *testing.T, name string, f func(t *testing.T, e *engine.Engine, table *schema.Table)) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, name)
		create(t, e, table)
		f(t, e, table)
	})
}

func addWord(table *schema.Table, w string) *expr.Insert {
	return expr.NewInsert(table).Values(expr.Assignment{
		Target: table.C("word"), Value: expr.BindValue(sqltype.String{Length: 40}, sqltype.TextValue(w)),
	})
}

func allWords(t testing.TB, x engine.Executor, table *schema.Table) string {
	t.Helper()
	all, err := engine.Collect[string](t.Context(), x, expr.NewSelect(table.C("word")).OrderBy(expr.Order{X: table.C("id")}))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func begin(t testing.TB, e *engine.Engine, o engine.TxOptions) *engine.Tx {
	t.Helper()
	tx, err := e.Begin(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback(context.Background()) })
	return tx
}

func wantWords(t testing.TB, x engine.Executor, table *schema.Table, want string) {
	t.Helper()
	if got := allWords(t, x, table); got != want {
		t.Errorf("got the words %q, want %q", got, want)
	}
}

func TestSavepointsOnServers(t *testing.T) {
	withWords(t, "engine_savepoints", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{})
		exec(t, tx, addWord(table, "a"))
		inner, err := tx.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, inner, addWord(table, "b"))
		if _, err := inner.Exec(t.Context(), addWord(table, "a")); err == nil {
			t.Fatal("got no error for a word that is there")
		}
		if err := inner.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if inner, err = tx.Begin(t.Context(), engine.TxOptions{}); err != nil {
			t.Fatal(err)
		}
		exec(t, inner, addWord(table, "c"))
		if err := inner.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantWords(t, e, table, "a c")
	})
}

// PostgreSQL answers COMMIT of a transaction in which a statement failed with
// success, and rolls back.
func TestCommitAfterAFailedStatementIsNoFalseSuccess(t *testing.T) {
	withWords(t, "engine_aborted", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{})
		exec(t, tx, addWord(table, "a"))
		if _, err := tx.Exec(t.Context(), addWord(table, "a")); err == nil {
			t.Fatal("got no error for a word that is there")
		}
		err := tx.Commit(t.Context())
		got := allWords(t, e, table)
		if (err == nil) != (got == "a") {
			t.Errorf("commit said %v, and the words are %q", err, got)
		}
	})
}

func TestReadOnlyOnServers(t *testing.T) {
	withWords(t, "engine_readonly", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{ReadOnly: true})
		wantWords(t, tx, table, "")
		if _, err := tx.Exec(t.Context(), addWord(table, "a")); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("an insert: got %v, want ErrReadOnly", err)
		}
		// What can't be told by its verb is refused by the database.
		if _, err := tx.Exec(t.Context(), expr.SQL("/* x */ SELECT 1 FROM engine_readonly FOR UPDATE")); !errors.Is(err, sqlerr.ErrReadOnly) && err != nil {
			t.Errorf("a locking read: got %v, want none or ErrReadOnly", err)
		}
	})
}

func TestIsolationOnServers(t *testing.T) {
	withWords(t, "engine_isolation", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{Isolation: engine.RepeatableRead})
		wantWords(t, tx, table, "")
		exec(t, e, addWord(table, "a"))
		wantWords(t, tx, table, "")
		tx = begin(t, e, engine.TxOptions{Isolation: engine.ReadCommitted})
		wantWords(t, tx, table, "a")
		exec(t, e, addWord(table, "b"))
		wantWords(t, tx, table, "a b")
	})
}

// kill ends the connection of tx from another one.
func kill(t *testing.T, e *engine.Engine, tx engine.Executor) {
	t.Helper()
	id, end := expr.SQL("SELECT pg_backend_pid()"), "SELECT pg_terminate_backend(:id)"
	caps, err := e.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if caps.Product == "MariaDB" {
		id, end = expr.SQL("SELECT connection_id()"), ""
	}
	pid, err := engine.Scalar[int64](t.Context(), tx, id)
	if err != nil {
		t.Fatal(err)
	}
	if end == "" {
		exec(t, e, expr.SQL("KILL CONNECTION :id", expr.Named("id", pid)))
		return
	}
	exec(t, e, expr.SQL("SELECT pg_terminate_backend(CAST(:id AS INTEGER))", expr.Named("id", pid)))
}

func TestLostInsideATransaction(t *testing.T) {
	withWords(t, "engine_lost", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{})
		exec(t, tx, addWord(table, "a"))
		kill(t, e, tx)
		_, err := tx.Exec(t.Context(), addWord(table, "b"))
		if !errors.Is(err, sqlerr.ErrConnectionLost) || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			t.Errorf("a statement: got %v, want ErrConnectionLost", err)
		}
		if err := tx.Commit(t.Context()); err == nil {
			t.Error("commit: got no error")
		}
		wantWords(t, e, table, "")

		runs := 0
		err = e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			runs++
			exec(t, tx, addWord(table, "c"))
			if runs == 1 {
				kill(t, e, tx)
			}
			_, err := tx.Exec(t.Context(), addWord(table, "d"))
			return err
		})
		if err != nil || runs != 2 {
			t.Errorf("Transact: got %d runs and %v, want 2 and no error", runs, err)
		}
		wantWords(t, e, table, "c d")
	})
}

func TestLostOnCommit(t *testing.T) {
	withWords(t, "engine_lostcommit", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		tx := begin(t, e, engine.TxOptions{})
		exec(t, tx, addWord(table, "a"))
		kill(t, e, tx)
		err := tx.Commit(t.Context())
		if !errors.Is(err, sqlerr.ErrOutcomeUnknown) && !errors.Is(err, sqlerr.ErrConnectionLost) {
			t.Errorf("got %v, want ErrOutcomeUnknown or, if nothing was sent, ErrConnectionLost", err)
		}
		if sqlerr.Retryable(err) && errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			t.Error("an unknown outcome must not be retried")
		}
	})
}

// A connection that died in the pool is found out without the caller noticing,
// where PrePing is on.
func TestPrePing(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB} {
		t.Run(name, func(t *testing.T) {
			e := open(t, url(t), engine.Pool(1, 0), func(o *engine.Options) { o.PrePing = true })
			other := open(t, url(t))
			for range 3 {
				c, err := e.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				kill(t, other, c)
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				if n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT 1")); n != 1 || err != nil {
					t.Fatalf("got %d, %v, want 1", n, err)
				}
			}
		})
	}
}

// A change of the table makes prepared statements stale.
func TestStaleStatementsAreRenewed(t *testing.T) {
	withWords(t, "engine_stale", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		exec(t, e, addWord(table, "a"))
		s := expr.SQL("SELECT * FROM engine_stale WHERE word = :w", expr.Named("w", "a"))
		for _, ddl := range []expr.Statement{
			expr.SQL("SELECT 1"), expr.SQL("ALTER TABLE engine_stale ADD COLUMN extra INTEGER"),
			expr.SQL("ALTER TABLE engine_stale DROP COLUMN extra"),
		} {
			exec(t, e, ddl)
			r, err := e.Query(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for r.Next() {
				n++
			}
			if err := r.Close(); err != nil || n != 1 {
				t.Errorf("got %d rows and %v, want 1", n, err)
			}
		}
	})
}

func TestCancelReachesTheServer(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		caps, err := e.Capabilities(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sleep := expr.Statement(expr.SQL("SELECT 1 FROM pg_sleep(20)"))
		if caps.Product == "MariaDB" {
			sleep = expr.SQL("SELECT sleep(20)")
		}
		_, err = engine.Scalar[int64](ctx, e, sleep)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want context.DeadlineExceeded", err)
		}
		if n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT 1")); n != 1 || err != nil {
			t.Errorf("the next statement: got %d, %v, want 1", n, err)
		}
	})
}

func TestRaw(t *testing.T) {
	e := open(t, testdb.PG15(t))
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Raw(t.Context(), func(raw any) error {
		_, err := raw.(*upstream.Conn).Exec(t.Context(), "SET application_name = 'raw'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if name, err := engine.Scalar[string](t.Context(), c, expr.SQL("SHOW application_name")); name != "raw" || err != nil {
		t.Errorf("got %q, %v, want raw", name, err)
	}
}

// The caller's transaction goes on, whatever is done within it.
func TestOverTheCallersTransaction(t *testing.T) {
	e := open(t, testdb.PG15(t))
	table := words(t, "engine_overtx")
	create(t, e, table)
	raw, err := upstream.Connect(t.Context(), testdb.PG15(t))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close(context.Background())
	own, err := raw.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, keep := range []bool{true, false, true} {
		tx, err := e.OverTx(t.Context(), pgx.Wrap(raw), engine.JoinSavepoint)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, addWord(table, string(rune('a'+i))))
		end := tx.Rollback
		if keep {
			end = tx.Commit
		}
		if err := end(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	refuse, err := e.OverTx(t.Context(), pgx.Wrap(raw), engine.JoinRefuse)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, refuse, addWord(table, "d"))
	if err := refuse.Rollback(t.Context()); err == nil {
		t.Error("a rollback of the caller's transaction: got no error")
	}
	wantWords(t, e, table, "")
	if err := own.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantWords(t, e, table, "a c d")
}

func TestBehindPgBouncer(t *testing.T) {
	e := open(t, testdb.PgBouncer(t), func(o *engine.Options) { o.PoolSize = 4 })
	u := *e.URL()
	e = open(t, u.WithOption("pgbouncer", "true").Reveal())
	testInserts(t, e, words(t, "engine_pgbouncer"))
}

// The first statement of a transaction travels with its BEGIN; whatever comes
// of it, the connection stays in order.
func TestFirstQueryOfATransaction(t *testing.T) {
	withWords(t, "engine_first", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		exec(t, e, addWord(table, "a"))
		exec(t, e, addWord(table, "b"))
		tx := begin(t, e, engine.TxOptions{})
		wantWords(t, tx, table, "a b")
		if !tx.Begun() {
			t.Error("the transaction has not begun")
		}
		exec(t, tx, addWord(table, "c"))
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		tx = begin(t, e, engine.TxOptions{})
		r, err := tx.Query(t.Context(), expr.NewSelect(table.C("word")))
		if err != nil || !r.Next() {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil { // early
			t.Fatal(err)
		}
		if _, err := engine.Scalar[int64](t.Context(), tx, expr.SQL("SELECT 1 FROM engine_no_such_table")); err == nil {
			t.Error("a table that does not exist: got no error")
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, s := range []expr.Statement{expr.SQL("SELECT 1 / :n", expr.Named("n", int64(0))), expr.SQL("SELECT 1 FROM engine_no_such_table")} {
			tx = begin(t, e, engine.TxOptions{})
			_, err = engine.Scalar[int64](t.Context(), tx, s)
			var se *sqlerr.StatementError
			if err != nil && !errors.As(err, &se) && !errors.Is(err, sqlerr.ErrNoRows) {
				t.Logf("%v", err)
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		wantWords(t, e, table, "a b c")
	})
}
