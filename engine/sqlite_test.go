package engine_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// memory returns an engine over a fresh database in memory.
func memory(t testing.TB, o engine.Options) *engine.Engine { return sqliteAt(t, modernc.Memory, o) }

// file returns an engine over a fresh database in a file.
func file(t testing.TB, o engine.Options) *engine.Engine {
	return sqliteAt(t, filepath.Join(t.TempDir(), "test.db"), o)
}

func sqliteAt(t testing.TB, path string, o engine.Options) *engine.Engine {
	t.Helper()
	e := engine.New(sqlite.Dialect, modernc.New(modernc.Config{Path: path}), o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

var (
	meta   = schema.NewMetaData()
	people = schema.MustTable(meta, "people",
		schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()),
		schema.NewColumn("name", sqltype.String{Length: 50}, schema.NotNull()),
		schema.NewColumn("score", sqltype.Float{Bits: 64}),
	)
	createPeople = expr.SQL("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score REAL)")
	countPeople  = expr.SQL("SELECT count(*) FROM people")
)

func addPerson(name string) *expr.Insert {
	return expr.NewInsert(people).Values(expr.Assignment{
		Target: people.C("name"), Value: expr.BindValue(sqltype.String{Length: 50}, sqltype.TextValue(name)),
	})
}

func names(t testing.TB, x engine.Executor) []string {
	t.Helper()
	all, err := engine.Collect[string](t.Context(), x, expr.NewSelect(people.C("name")).OrderBy(expr.Order{X: people.C("id")}))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func exec(t testing.TB, x engine.Executor, s expr.Statement) {
	t.Helper()
	if _, err := x.Exec(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func wantNames(t testing.TB, x engine.Executor, want ...string) {
	t.Helper()
	if diff := cmp.Diff(names(t, x), want); diff != "" {
		t.Errorf("names (-got +want):\n%s", diff)
	}
}

// both runs a test on a database in memory and on one in a file.
func both(t *testing.T, o engine.Options, f func(t *testing.T, e *engine.Engine)) {
	for name, open := range map[string]func(testing.TB, engine.Options) *engine.Engine{"memory": memory, "file": file} {
		t.Run(name, func(t *testing.T) {
			e := open(t, o)
			exec(t, e, createPeople)
			f(t, e)
		})
	}
}

func TestAutocommit(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		res, err := e.Exec(t.Context(), addPerson("Alice"))
		if err != nil || res.RowsAffected != 1 || res.LastInsertID != 1 {
			t.Fatalf("got %+v, %v, want one row with id 1", res, err)
		}
		exec(t, e, addPerson("Bob"))
		wantNames(t, e, "Alice", "Bob")
		n, err := engine.Scalar[int64](t.Context(), e, countPeople)
		if n != 2 || err != nil {
			t.Errorf("got %d, %v, want 2", n, err)
		}
	})
}

func TestTransactionCommitsAndRollsBack(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		tx, err := e.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, addPerson("Alice"))
		wantNames(t, tx, "Alice")
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantNames(t, e)
		if tx, err = e.Begin(t.Context(), engine.TxOptions{}); err != nil {
			t.Fatal(err)
		}
		exec(t, tx, addPerson("Bob"))
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantNames(t, e, "Bob")
		if _, err := tx.Exec(t.Context(), addPerson("late")); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("a statement after the end: got %v, want ErrClosed", err)
		}
		if err := tx.Commit(t.Context()); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("a second commit: got %v, want ErrClosed", err)
		}
	})
}

func TestSavepointsNest(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			outer, err := tx.Savepoint(t.Context())
			if err != nil {
				return err
			}
			exec(t, tx, addPerson("kept"))
			inner, err := tx.Savepoint(t.Context())
			if err != nil {
				return err
			}
			exec(t, tx, addPerson("undone"))
			if err := inner.Rollback(t.Context()); err != nil {
				return err
			}
			exec(t, tx, addPerson("after"))
			if err := outer.Release(t.Context()); err != nil {
				return err
			}
			if err := inner.Release(t.Context()); !errors.Is(err, sqlerr.ErrClosed) {
				t.Errorf("release of a savepoint that is gone: got %v, want ErrClosed", err)
			}
			empty, err := tx.Savepoint(t.Context())
			if err != nil {
				return err
			}
			return empty.Rollback(t.Context())
		})
		if err != nil {
			t.Fatal(err)
		}
		wantNames(t, e, "kept", "after")
	})
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		exec(t, e, addPerson("Alice"))
		tx, err := e.Begin(t.Context(), engine.TxOptions{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		wantNames(t, tx, "Alice")
		for _, s := range []expr.Statement{addPerson("Bob"), expr.SQL("/* */ DELETE FROM people")} {
			if _, err := tx.Exec(t.Context(), s); !errors.Is(err, sqlerr.ErrReadOnly) {
				t.Errorf("got %v, want ErrReadOnly", err)
			}
		}
	})
}

func TestDatabaseRefusesWritesOfReaders(t *testing.T) {
	e := file(t, engine.Options{})
	exec(t, e, createPeople)
	tx, err := e.Begin(t.Context(), engine.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	_, err = tx.Exec(t.Context(), expr.SQL("WITH x AS (SELECT 1) INSERT INTO people (name) SELECT 'x' FROM x"))
	if !errors.Is(err, sqlerr.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

func TestReadersSeeTheLastCommitWhileAWriterIsBusy(t *testing.T) {
	e := file(t, engine.Options{})
	exec(t, e, createPeople)
	exec(t, e, addPerson("Alice"))
	tx, err := e.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	exec(t, tx, addPerson("Bob"))
	wantNames(t, e, "Alice")
}

func TestCheckoutTimeoutNamesTheHolder(t *testing.T) {
	both(t, engine.Options{PoolTimeout: 300 * time.Millisecond}, func(t *testing.T, e *engine.Engine) {
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = e.Conn(t.Context())
		if !errors.Is(err, sqlerr.ErrPoolTimeout) || !strings.Contains(err.Error(), "sqlite_test.go:") {
			t.Errorf("got %v, want ErrPoolTimeout that names this file", err)
		}
	})
}

func TestCloseWaitsForWhatIsOut(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := e.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "sqlite_test.go:") {
			t.Errorf("got %v, want the deadline and the holder", err)
		}
		if _, err := e.Conn(t.Context()); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("a checkout after Close: got %v, want ErrClosed", err)
		}
		exec(t, c, addPerson("still"))
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Errorf("close after all came back: %v", err)
		}
	})
}

func TestNestedUseIsAnError(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		exec(t, e, addPerson("Alice"))
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r, err := c.Query(t.Context(), countPeople)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(t.Context(), addPerson("Bob")); err == nil || !strings.Contains(err.Error(), "still open") {
			t.Errorf("got %v, want that a result is open", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		tx, err := c.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(t.Context(), addPerson("Bob")); err == nil || !strings.Contains(err.Error(), "transaction is open") {
			t.Errorf("got %v, want that a transaction is open", err)
		}
		exec(t, tx, addPerson("Carol"))
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		wantNames(t, c, "Alice")
	})
}

// A statement that looks the same but for its values must not be given the
// values of another.
func TestCacheKeepsStatementsApart(t *testing.T) {
	e := memory(t, engine.Options{StatementCacheSize: 2})
	exec(t, e, createPeople)
	for i := range 50 {
		name := string(rune('a' + i%26))
		s := expr.NewSelect(expr.BindValue(sqltype.Text{}, sqltype.TextValue(name)))
		switch i % 3 {
		case 1:
			s = expr.NewSelect(expr.BindValue(sqltype.Text{}, sqltype.TextValue(name))).Limit(1 + i)
		case 2:
			again := expr.BindValue(sqltype.Text{}, sqltype.TextValue(name))
			s = expr.NewSelect(again, again)
		}
		got, err := engine.Scalar[string](t.Context(), e, s)
		if err != nil || got != name {
			t.Fatalf("statement %d: got %q, %v, want %q", i, got, err, name)
		}
	}
}

func TestValuesThatTheDatabaseWouldChangeAreRefused(t *testing.T) {
	e := memory(t, engine.Options{})
	for _, v := range []struct {
		t sqltype.Type
		v sqltype.Value
	}{
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(math.NaN())},
		{sqltype.Float{Bits: 64}, sqltype.Float64Value(math.Inf(-1))},
		{sqltype.Numeric{}, sqltype.DecimalValue("1.234567890123456")},
	} {
		_, err := engine.Scalar[string](t.Context(), e, expr.NewSelect(expr.BindValue(v.t, v.v)))
		var ve *sqlerr.ValueError
		if !errors.As(err, &ve) {
			t.Errorf("%s: got %v, want a ValueError", v.t, err)
		}
	}
}

func TestErrorsCarryTheStatement(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		exec(t, e, addPerson("Alice"))
		_, err := e.Exec(t.Context(), addPerson("Alice"))
		var se *sqlerr.StatementError
		var ce *sqlerr.ConstraintError
		if !errors.As(err, &se) || !strings.HasPrefix(se.SQL, "INSERT") || !errors.As(err, &ce) || ce.Kind != sqlerr.Unique {
			t.Errorf("got %v, want a unique violation with its statement", err)
		}
		if strings.Contains(err.Error(), "Alice") {
			t.Errorf("the error tells the value: %v", err)
		}
	})
}

func TestTransactRollsBackOnPanic(t *testing.T) {
	both(t, engine.Options{PoolTimeout: time.Second}, func(t *testing.T, e *engine.Engine) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				exec(t, tx, addPerson("Alice"))
				panic("boom")
			})
		}()
		wantNames(t, e)
	})
}

func TestTransactRunsAgain(t *testing.T) {
	e := memory(t, engine.Options{})
	exec(t, e, createPeople)
	runs := 0
	err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		runs++
		exec(t, tx, addPerson("Alice"))
		if tx.Attempt() < 3 {
			return sqlerr.ErrDeadlock
		}
		return nil
	})
	if err != nil || runs != 3 {
		t.Errorf("got %d runs and %v, want 3 and no error", runs, err)
	}
	wantNames(t, e, "Alice")
	runs = 0
	err = e.Transact(t.Context(), engine.TxOptions{}, func(*engine.Tx) error {
		runs++
		return errors.Join(sqlerr.ErrDeadlock, sqlerr.ErrOutcomeUnknown)
	})
	if runs != 1 || !errors.Is(err, sqlerr.ErrOutcomeUnknown) {
		t.Errorf("got %d runs and %v, want 1 and ErrOutcomeUnknown", runs, err)
	}
}

func TestEchoHidesParameters(t *testing.T) {
	for _, show := range []bool{false, true} {
		var log bytes.Buffer
		e := memory(t, engine.Options{Echo: slog.New(slog.NewTextHandler(&log, nil)), ShowParameters: show})
		exec(t, e, createPeople)
		exec(t, e, addPerson("Alice"))
		text := log.String()
		if strings.Contains(text, "Alice") != show || strings.Contains(text, "1 parameters hidden") == show ||
			!strings.Contains(text, "INSERT INTO") || !strings.Contains(text, "duration=") || !strings.Contains(text, "rows=1") {
			t.Errorf("with ShowParameters %v the log is:\n%s", show, text)
		}
	}
}

func TestEventsInOrder(t *testing.T) {
	var got []string
	note := func(s string) { got = append(got, s) }
	ev := &engine.Events{
		Connect:  func(context.Context, time.Duration, error) { note("connect") },
		Checkout: func(context.Context, time.Duration) { note("checkout") },
		Checkin:  func(context.Context) { note("checkin") },
		Begin:    func(context.Context, engine.TxOptions) { note("begin") },
		Commit:   func(context.Context, error) { note("commit") },
		Rollback: func(context.Context, error) { note("rollback") },
		Before:   func(_ context.Context, x *engine.Execution) error { note("before " + x.SQL[:6]); return nil },
		After:    func(_ context.Context, x *engine.Execution) { note("after " + x.SQL[:6]) },
	}
	e := memory(t, engine.Options{Events: []*engine.Events{ev}})
	if err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		_, err := tx.Exec(t.Context(), createPeople)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := []string{"connect", "checkout", "before CREATE", "begin", "after CREATE", "before COMMIT", "after COMMIT", "commit", "checkin"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("events (-got +want):\n%s", diff)
	}
}

func TestHooks(t *testing.T) {
	var resets int
	e := memory(t, engine.Options{
		AfterConnect: func(ctx context.Context, c *engine.Conn) error {
			_, err := c.Exec(ctx, expr.SQL("CREATE TABLE made_by_hook (x)"))
			return err
		},
		Reset: func(context.Context, *engine.Conn) error { resets++; return nil },
	})
	exec(t, e, expr.SQL("INSERT INTO made_by_hook VALUES (1)"))
	if n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT count(*) FROM made_by_hook")); n != 1 || err != nil {
		t.Errorf("got %d, %v, want 1", n, err)
	}
	if resets != 2 {
		t.Errorf("got %d resets, want one for each check-in: 2", resets)
	}
}

func TestFailedConnectIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	e := sqliteAt(t, filepath.Join(dir, "test.db"), engine.Options{})
	if err := e.Ping(t.Context()); err == nil {
		t.Fatal("got no error for a folder that does not exist")
	}
	mkdir(t, dir)
	if err := e.Ping(t.Context()); err != nil {
		t.Errorf("after the folder was made: %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	both(t, engine.Options{}, func(t *testing.T, e *engine.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := e.Begin(ctx, engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, addPerson("Alice"))
		cancel()
		if err := tx.Commit(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("commit: got %v, want context.Canceled", err)
		}
		wantNames(t, e)
	})
}

func TestTransactionWithinOneThatEnded(t *testing.T) {
	e := memory(t, engine.Options{})
	exec(t, e, createPeople)
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tx, err := c.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := tx.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, inner, addPerson("Alice"))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*engine.Tx{tx, inner} {
		if _, err := x.Exec(t.Context(), addPerson("Bob")); !errors.Is(err, sqlerr.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
	wantNames(t, e)
}
