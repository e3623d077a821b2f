package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// urls are the databases of tests that open engines with options of their own.
func urls(t *testing.T, f func(t *testing.T, url string)) {
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "sqlite://" }, "PostgreSQL 15": testdb.PG15, "PostgreSQL 18": testdb.PG18, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) { f(t, url(t)) })
	}
}

// selectWord is a SELECT that any of the products takes, with a value.
func selectWord(word string) expr.Statement { return expr.NewSelect(expr.Value(word)) }

func TestEventsOfTransactions(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var got []string
		note := func(what string, err error) {
			if err != nil {
				what += ": " + err.Error()
			}
			got = append(got, what)
		}
		e := open(t, url, engine.WithEvents(&engine.Events{
			Begin:      func(context.Context, engine.TxOptions) { note("begin", nil) },
			Commit:     func(_ context.Context, err error) { note("commit", err) },
			Rollback:   func(_ context.Context, err error) { note("rollback", err) },
			Savepoint:  func(_ context.Context, name string) { note("savepoint "+name, nil) },
			Release:    func(_ context.Context, name string, err error) { note("release "+name, err) },
			RollbackTo: func(_ context.Context, name string, err error) { note("rollback to "+name, err) },
		}))
		for _, commit := range []bool{true, false} {
			tx := begin(t, e, engine.TxOptions{})
			for _, keep := range []bool{true, false} {
				s, err := tx.Savepoint(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				one(t, tx)
				end := s.Rollback
				if keep {
					end = s.Release
				}
				if err := end(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			end := tx.Rollback
			if commit {
				end = tx.Commit
			}
			if err := end(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		within := []string{"begin", "savepoint alkahest_1", "release alkahest_1", "savepoint alkahest_2", "rollback to alkahest_2"}
		want := slices.Concat(within, []string{"commit"}, within, []string{"rollback"})
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("events (-got +want):\n%s", diff)
		}
	})
}

func TestEventsOfConnections(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var made, out, in, closed atomic.Int64
		e := open(t, url, engine.Pool(1, 0), engine.WithEvents(&engine.Events{
			Connect:  func(context.Context, time.Duration, error) { made.Add(1) },
			Close:    func(context.Context) { closed.Add(1) },
			Checkout: func(context.Context, time.Duration) { out.Add(1) },
			Checkin:  func(context.Context) { in.Add(1) },
		}))
		one(t, e)
		one(t, e)
		before := fmt.Sprint(made.Load(), out.Load(), in.Load(), closed.Load())
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := before + ", then " + fmt.Sprint(made.Load(), out.Load(), in.Load(), closed.Load()); got != "1 2 2 0, then 1 2 2 1" {
			t.Errorf("got %s connects, checkouts, checkins and closes", got)
		}
	})
}

func TestEventsOfStatements(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var got []string
		e := open(t, url, engine.WithEvents(&engine.Events{
			Before: func(_ context.Context, x *engine.Execution) error { got = append(got, "before "+x.SQL); return nil },
			After: func(_ context.Context, x *engine.Execution) {
				got = append(got, fmt.Sprintf("after %s, rows %v, failed %v, timed %v", x.SQL, x.Rows > 0, x.Err != nil, x.Duration > 0))
			},
		}))
		one(t, e)
		if _, err := e.Exec(t.Context(), expr.SQL("SELEKT 1")); err == nil {
			t.Error("got no error for what is no SQL")
		}
		want := []string{
			"before SELECT 1", "after SELECT 1, rows true, failed false, timed true",
			"before SELEKT 1", "after SELEKT 1, rows false, failed true, timed true",
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("events (-got +want):\n%s", diff)
		}
	})
}

var echoed = regexp.MustCompile(`msg=sql sql=.*SELECT.* duration=[0-9.]+(ns|µs|ms|s) rows=1 parameters=`)

func TestEchoTellsStatementsAndTimes(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		for _, show := range []bool{false, true} {
			var log bytes.Buffer
			e := open(t, url, engine.Echo(slog.New(slog.NewTextHandler(&log, nil))), func(o *engine.Options) { o.ShowParameters = show })
			if got, err := engine.Scalar[string](t.Context(), e, selectWord("secret")); got != "secret" || err != nil {
				t.Fatalf("got %q, %v, want secret", got, err)
			}
			if text := log.String(); !echoed.MatchString(text) || strings.Contains(text, "secret") != show {
				t.Errorf("with ShowParameters %v the log is:\n%s", show, text)
			}
		}
	})
}

// Every hook that fails says so to whoever needed the connection, which is
// closed.
func TestErrorsOfHooksReachTheCaller(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		cause := errors.New("not with this one")
		var made, closed atomic.Int64
		ev := &engine.Events{
			Connect: func(context.Context, time.Duration, error) { made.Add(1) }, Close: func(context.Context) { closed.Add(1) },
		}
		after := open(t, url, engine.WithEvents(ev), func(o *engine.Options) {
			o.AfterConnect = func(context.Context, *engine.Conn) error { return cause }
		})
		if err := after.Ping(t.Context()); !errors.Is(err, cause) {
			t.Errorf("AfterConnect: got %v, want the hook's error", err)
		}
		if made.Load() != 1 || closed.Load() != 1 {
			t.Errorf("AfterConnect: got %d connections made and %d closed, want 1 and 1", made.Load(), closed.Load())
		}
		reset := open(t, url, engine.WithEvents(ev), func(o *engine.Options) {
			o.Reset = func(context.Context, *engine.Conn) error { return cause }
		})
		c, err := reset.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); !errors.Is(err, cause) {
			t.Errorf("Reset: got %v, want the hook's error", err)
		}
		if _, err := c.Exec(t.Context(), expr.SQL("SELECT 1")); err == nil {
			t.Error("Reset: the connection is still in use")
		}
		again, err := reset.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if made.Load() != 3 {
			t.Errorf("Reset: got %d connections made, want the third to replace the one that was closed", made.Load())
		}
		connect := open(t, url, func(o *engine.Options) {
			o.BeforeConnect = func(context.Context, *engine.URL) (*engine.URL, error) { return nil, cause }
		})
		if err := connect.Ping(t.Context()); !errors.Is(err, cause) {
			t.Errorf("BeforeConnect: got %v, want the hook's error", err)
		}
	})
}

func TestErrorsShowValuesWhereAsked(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		for _, show := range []bool{false, true} {
			e := open(t, url, func(o *engine.Options) { o.ShowParameters = show })
			table := words(t, "engine_shown")
			create(t, e, table)
			exec(t, e, addWord(table, "secret"))
			_, err := e.Exec(t.Context(), addWord(table, "secret"))
			if err == nil || strings.Contains(err.Error(), "secret") != show {
				t.Errorf("a statement, with ShowParameters %v: got %v", show, err)
			}
			_, err = engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT nothing_such FROM engine_shown WHERE word = :w", expr.Named("w", "secret")))
			if err == nil || strings.Contains(err.Error(), "secret") != show {
				t.Errorf("a query, with ShowParameters %v: got %v", show, err)
			}
		}
	})
}
