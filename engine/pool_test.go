package engine_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// counted counts connections that are made.
func counted(n *atomic.Int64) *engine.Events {
	return &engine.Events{Connect: func(context.Context, time.Duration, error) { n.Add(1) }}
}

func one(t testing.TB, x engine.Executor) {
	t.Helper()
	if n, err := engine.Scalar[int64](t.Context(), x, expr.SQL("SELECT 1")); n != 1 || err != nil {
		t.Fatalf("got %d, %v, want 1", n, err)
	}
}

func hold(t testing.TB, e *engine.Engine, n int) []*engine.Conn {
	t.Helper()
	conns := make([]*engine.Conn, n)
	for i := range conns {
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c
	}
	return conns
}

func letGo(t testing.TB, conns []*engine.Conn) {
	t.Helper()
	for _, c := range conns {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// twoServers are the products whose pools hold several connections that write.
func twoServers(t *testing.T, f func(t *testing.T, url string)) {
	for name, url := range map[string]func(testing.TB) string{"PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB} {
		t.Run(name, func(t *testing.T) { f(t, url(t)) })
	}
}

func TestPoolKeepsItsSizeAndClosesTheOverflow(t *testing.T) {
	twoServers(t, func(t *testing.T, url string) {
		var made atomic.Int64
		e := open(t, url, engine.Pool(2, 1), engine.WithEvents(counted(&made)), func(o *engine.Options) { o.PoolTimeout = time.Second })
		conns := hold(t, e, 3)
		if _, err := e.Conn(t.Context()); !errors.Is(err, sqlerr.ErrPoolTimeout) {
			t.Errorf("a fourth connection: got %v, want ErrPoolTimeout", err)
		}
		letGo(t, conns)
		if n := made.Load(); n != 3 {
			t.Errorf("got %d connections made, want 3", n)
		}
		letGo(t, hold(t, e, 2))
		if n := made.Load(); n != 3 {
			t.Errorf("two of the three were to be kept: got %d made", n)
		}
		letGo(t, hold(t, e, 3))
		if n := made.Load(); n != 4 {
			t.Errorf("the third was to be closed: got %d made, want 4", n)
		}
	})
}

// A file has one connection that writes, and readers besides.
func TestPoolOfAFileHasOneWriter(t *testing.T) {
	e := file(t, engine.Options{PoolTimeout: 20 * time.Millisecond})
	exec(t, e, createPeople)
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Exec(t.Context(), addPerson("Alice")); !errors.Is(err, sqlerr.ErrPoolTimeout) {
		t.Errorf("a second writer: got %v, want ErrPoolTimeout", err)
	}
	wantNames(t, e)
	letGo(t, []*engine.Conn{c})
	exec(t, e, addPerson("Alice"))
	wantNames(t, e, "Alice")
}

func TestPoolIsLastInFirstOut(t *testing.T) {
	twoServers(t, func(t *testing.T, url string) {
		e := open(t, url, engine.Pool(3, 0))
		id := expr.Statement(expr.SQL("SELECT pg_backend_pid()"))
		if caps, err := e.Capabilities(t.Context()); err != nil {
			t.Fatal(err)
		} else if caps.Product == "MariaDB" {
			id = expr.SQL("SELECT connection_id()")
		}
		for last := range 3 {
			conns := hold(t, e, 3)
			conns[last], conns[2] = conns[2], conns[last]
			want, err := engine.Scalar[int64](t.Context(), conns[2], id)
			if err != nil {
				t.Fatal(err)
			}
			letGo(t, conns)
			if got, err := engine.Scalar[int64](t.Context(), e, id); got != want || err != nil {
				t.Errorf("got the connection %d, %v, want the last that came back, %d", got, err, want)
			}
		}
	})
}

func TestRecycle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "sqlite:///" + path }, "PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			for limit, want := range map[time.Duration]int64{time.Nanosecond: 3, time.Hour: 1} {
				var made atomic.Int64
				e := open(t, url(t), engine.WithEvents(counted(&made)), func(o *engine.Options) { o.Recycle = limit })
				for range 3 {
					conn := hold(t, e, 1)
					one(t, conn[0])
					letGo(t, conn)
				}
				if n := made.Load(); n != want {
					t.Errorf("with a limit of %s: got %d connections for 3 uses, want %d", limit, n, want)
				}
			}
		})
	}
}

func TestALostConnectionTakesTheIdleOnesWithIt(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB} {
		t.Run(name, func(t *testing.T) {
			e, other := open(t, url(t), engine.Pool(3, 0)), open(t, url(t))
			conns := hold(t, e, 3)
			for _, c := range conns {
				kill(t, other, c)
			}
			if _, err := conns[0].Exec(t.Context(), expr.SQL("SELECT 1")); err == nil {
				t.Error("a dead connection: got no error")
			}
			letGo(t, conns)
			for range 3 {
				one(t, e)
			}
		})
	}
}

func TestFirstUseByManyAtOnce(t *testing.T) {
	var made atomic.Int64
	e := memory(t, engine.Options{Events: []*engine.Events{counted(&made)}})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { one(t, e) })
	}
	wg.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("got %d connections to a database that is one", n)
	}
}

// testConcurrent inserts from many goroutines at once, while others read.
func testConcurrent(t *testing.T, e *engine.Engine, table *schema.Table, goroutines, rounds int) {
	t.Helper()
	create(t, e, table)
	var wg sync.WaitGroup
	ids := make(chan int64, goroutines*rounds*3)
	errs := make(chan error, goroutines*2)
	for g := range goroutines {
		wg.Go(func() {
			for r := range rounds {
				b := newWordBatch(table, (g*rounds+r)*3, 3, "id")
				err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error { return tx.Insert(t.Context(), &b.InsertBatch) })
				if err != nil {
					errs <- err
					return
				}
				for _, id := range b.ids {
					ids <- id
				}
			}
		})
		wg.Go(func() {
			for range rounds {
				if _, err := engine.Collect[string](t.Context(), e, expr.NewSelect(table.C("word")).Limit(5)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(ids)
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	seen := map[int64]bool{}
	for id := range ids {
		if seen[id] {
			t.Errorf("the id %d was given twice", id)
		}
		seen[id] = true
	}
	if len(seen) != goroutines*rounds*3 {
		t.Errorf("got %d ids, want %d", len(seen), goroutines*rounds*3)
	}
}

func TestConcurrentInserts(t *testing.T) {
	for name, options := range map[string][]schema.Option{
		"generated": nil, "sequence": {schema.NewSequence("engine_conc", schema.Increment(5))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("memory", func(t *testing.T) {
				testConcurrent(t, memory(t, engine.Options{}), words(t, "engine_concurrent", options...), 8, 30)
			})
			t.Run("file", func(t *testing.T) {
				testConcurrent(t, file(t, engine.Options{}), words(t, "engine_concurrent", options...), 8, 30)
			})
			onServers(t, func(t *testing.T, e *engine.Engine) {
				testConcurrent(t, e, words(t, "engine_concurrent", options...), 8, 30)
			})
			t.Run("service connection", func(t *testing.T) {
				testConcurrent(t, mySQL(t), words(t, "engine_concurrent", options...), 8, 30)
			})
		})
	}
}

func TestBeforeConnectChangesTheURL(t *testing.T) {
	dir := t.TempDir()
	hidden := errors.New("no credentials now")
	var calls atomic.Int64
	e := open(t, "sqlite:///"+filepath.Join(dir, "wrong.db"), func(o *engine.Options) {
		o.BeforeConnect = func(_ context.Context, u *engine.URL) (*engine.URL, error) {
			if calls.Add(1) == 1 {
				return nil, hidden
			}
			return u.WithDatabase(filepath.Join(dir, "right.db")), nil
		}
	})
	if err := e.Ping(t.Context()); !errors.Is(err, hidden) {
		t.Errorf("got %v, want the hook's error", err)
	}
	exec(t, e, expr.SQL("CREATE TABLE here (x)"))
	right := open(t, "sqlite:///"+filepath.Join(dir, "right.db"))
	if n, err := engine.Scalar[int64](t.Context(), right, expr.SQL("SELECT count(*) FROM here")); n != 0 || err != nil {
		t.Errorf("the table is not where the hook said: %v", err)
	}
}

func TestPreparedStatementsThatHadToGo(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "sqlite://" }, "PostgreSQL": testdb.PG15, "MariaDB": testdb.MariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t, url(t), func(o *engine.Options) { o.PreparedCacheSize, o.StatementCacheSize = 2, 3 })
			for i := range 40 {
				var list []expr.Expression
				for range 1 + i%5 {
					list = append(list, expr.BindValue(sqltype.Integer{Bits: 64}, sqltype.Int64Value(int64(i))))
				}
				s := expr.NewSelect(&expr.Func{Name: "coalesce", Args: append(list, list[0]), Type: sqltype.Integer{Bits: 64}})
				if n, err := engine.Scalar[int64](t.Context(), e, s); n != int64(i) || err != nil {
					t.Fatalf("got %d, %v, want %d", n, err, i)
				}
			}
		})
	}
}

func TestTooManyParametersAreRefused(t *testing.T) {
	e := memory(t, engine.Options{})
	values := make([]expr.Expression, 40000)
	for i := range values {
		values[i] = expr.BindValue(sqltype.Integer{Bits: 64}, sqltype.Int64Value(int64(i)))
	}
	_, err := engine.Scalar[bool](t.Context(), e, expr.NewSelect(&expr.In{X: values[0], List: values}))
	if err == nil || !strings.Contains(err.Error(), "40001 parameters") && !strings.Contains(err.Error(), "40000 parameters") {
		t.Errorf("got %v, want an error that says how many there are", err)
	}
}

// A statement of the core that leaves out a column with a sequence draws from
// it as the ORM does, on every product.
func TestCoreInsertDrawsFromTheSequence(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_core", schema.NewSequence("engine_core_seq", schema.Start(100), schema.Increment(5)))
		create(t, e, table)
		exec(t, e, addWord(table, "a"))
		exec(t, e, addWord(table, "b"))
		ids, err := engine.Collect[int64](t.Context(), e, expr.NewSelect(table.C("id")).OrderBy(expr.Order{X: table.C("id")}))
		if diff := cmp.Diff(ids, []int64{100, 105}); diff != "" || err != nil {
			t.Errorf("ids (-got +want), %v:\n%s", err, diff)
		}
	})
}
