package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// onSequenceTables runs a test where sequences are carried by a table: in the
// business transaction, and in transactions of their own.
func onSequenceTables(t *testing.T, f func(t *testing.T, e *engine.Engine)) {
	t.Run("SQLite", func(t *testing.T) { f(t, file(t, engine.Options{})) })
	t.Run("MySQL's path", func(t *testing.T) { f(t, mySQL(t)) })
}

// tryDrawn inserts rows and returns their ids, or why not.
func tryDrawn(t *testing.T, e *engine.Engine, table *schema.Table, first, n int) ([]int64, error) {
	t.Helper()
	b := newWordBatch(table, first, n, "id")
	return b.ids, tryInsert(t, e, &b.InsertBatch)
}

// A sequence that has fewer values left than a batch has rows says so, and keeps
// them.
func TestSequenceThatEndsWithinABatch(t *testing.T) {
	for name, options := range map[string][]schema.SequenceOption{
		"up":     {schema.Start(1), schema.Increment(3), schema.Max(31)},
		"down":   {schema.Start(20), schema.Increment(-2), schema.Min(0), schema.Max(20)},
		"at max": {schema.Start(1<<63 - 12), schema.Increment(1), schema.Max(1<<63 - 2)},
		"cached": {schema.Start(1), schema.Increment(3), schema.Max(31), schema.Cache(4)},
	} {
		t.Run(name, func(t *testing.T) {
			onSequenceTables(t, func(t *testing.T, e *engine.Engine) {
				table := words(t, "engine_ends", schema.NewSequence("engine_ends_seq", options...))
				create(t, e, table)
				if _, err := tryDrawn(t, e, table, 0, 40); !errors.Is(err, sqlerr.ErrIDExhausted) || !strings.Contains(err.Error(), "engine_ends.id") {
					t.Errorf("40 rows of 11 values: got %v, want ErrIDExhausted of the column", err)
				}
				seen := map[int64]bool{}
				for at, n := range []int{3, 1, 7} {
					ids, err := tryDrawn(t, e, table, at*10, n)
					if err != nil {
						t.Fatalf("%d rows: %v", n, err)
					}
					for _, id := range ids {
						seen[id] = true
					}
				}
				if len(seen) != 11 {
					t.Errorf("got %d different ids, want all 11", len(seen))
				}
				if _, err := tryDrawn(t, e, table, 50, 1); !errors.Is(err, sqlerr.ErrIDExhausted) {
					t.Errorf("the row after the last value: got %v, want ErrIDExhausted", err)
				}
			})
		})
	}
}

// A sequence table that was changed by hand is an error that says what is wrong,
// not a wrong id.
func TestDamagedSequenceTable(t *testing.T) {
	for name, tc := range map[string]struct {
		damage expr.Statement
		want   string
	}{
		"row deleted":   {expr.SQL("DELETE FROM alkahest_sequence WHERE name = 'engine_damaged_seq'"), "sequence engine_damaged_seq does not exist; create it with CreateAll"},
		"other step":    {expr.SQL("UPDATE alkahest_sequence SET increment = 3 WHERE name = 'engine_damaged_seq'"), "sequence engine_damaged_seq is there with increment 3, not 5"},
		"other carrier": {expr.SQL("UPDATE alkahest_sequence SET carrier = 'a.b' WHERE name = 'engine_damaged_seq'"), "sequence engine_damaged_seq is carried by the column a.b"},
	} {
		t.Run(name, func(t *testing.T) {
			onSequenceTables(t, func(t *testing.T, e *engine.Engine) {
				table := words(t, "engine_damaged", schema.NewSequence("engine_damaged_seq", schema.Start(100), schema.Increment(5)))
				create(t, e, table)
				for first := range 2 { // so that what can be remembered is
					if _, err := tryDrawn(t, e, table, first, 1); err != nil {
						t.Fatal(err)
					}
				}
				exec(t, e, tc.damage)
				for _, n := range []int{1, 50} {
					if _, err := tryDrawn(t, e, table, 10, n); err == nil || !strings.Contains(err.Error(), tc.want) {
						t.Errorf("%d rows: got %v, want %q", n, err, tc.want)
					}
				}
			})
		})
	}
}

func TestMissingSequenceTable(t *testing.T) {
	e := file(t, engine.Options{})
	table := words(t, "engine_missing", schema.NewSequence("engine_missing_seq", schema.Increment(5)))
	create(t, e, table)
	exec(t, e, expr.SQL("DROP TABLE alkahest_sequence"))
	if _, err := tryDrawn(t, e, table, 0, 1); err == nil || !strings.Contains(err.Error(), "sequences are made by CreateAll") {
		t.Errorf("got %v, want what to do", err)
	}
}

// Cache says how many values are taken at once. What is left of them is dropped
// with the engine, and never given twice.
func TestCacheOfASequence(t *testing.T) {
	var takes atomic.Int64
	count := func(o *engine.Options) {
		o.Events = append(o.Events, &engine.Events{Before: func(_ context.Context, x *engine.Execution) error {
			if strings.HasPrefix(x.SQL, "UPDATE alkahest_sequence") {
				takes.Add(1)
			}
			return nil
		}})
	}
	table := words(t, "engine_cached", schema.NewSequence("engine_cached_seq", schema.Start(100), schema.Increment(5), schema.Cache(50)))
	first := mySQLAt(t, open(t, testdb.MariaDB(t)).URL(), count)
	create(t, first, table)
	seen := map[int64]bool{}
	draw := func(e *engine.Engine, from, n int) {
		for _, id := range drawn(t, e, table, from, n, true) {
			if seen[id] || (id-100)%5 != 0 {
				t.Errorf("the id %d was given, again or outside of the sequence", id)
			}
			seen[id] = true
		}
	}
	for i := range 60 {
		draw(first, i, 1)
	}
	if got := takes.Load(); got != 2 {
		t.Errorf("60 rows one by one took %d blocks, want 2 of 50", got)
	}
	draw(first, 100, 70) // 40 that are left, and 30 of another block
	second := mySQL(t)
	for i := range 10 {
		draw(second, 200+i, 1)
		draw(first, 300+i, 1)
	}
	draw(first, 400, 120)
	if got := takes.Load(); got != 4 {
		t.Errorf("took %d blocks in all, want 4", got)
	}
}

// The connection on which blocks are taken is made anew when it was killed, also
// while transactions hold all connections of the pool.
func TestBlocksAfterTheirConnectionWasKilled(t *testing.T) {
	admin := open(t, testdb.MariaDB(t))
	exec(t, admin, expr.SQL("CREATE OR REPLACE DATABASE engine_killed"))
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), expr.SQL("DROP DATABASE engine_killed")); err != nil {
			t.Error(err)
		}
	})
	e := mySQLAt(t, admin.URL().WithDatabase("engine_killed"), engine.Pool(1, 0))
	table := words(t, "engine_killed", schema.NewSequence("engine_killed_seq", schema.Start(100), schema.Increment(5)))
	create(t, e, table)
	seen := map[int64]bool{}
	for round := range 5 {
		err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			for part := range 2 {
				if part == 1 {
					killService(t, admin, tx)
				}
				b := newWordBatch(table, round*100+part*40, 40, "id")
				if err := tx.Insert(t.Context(), &b.InsertBatch); err != nil {
					return err
				}
				for _, id := range b.ids {
					if seen[id] {
						t.Errorf("the id %d was given twice", id)
					}
					seen[id] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if len(seen) != 400 {
		t.Errorf("got %d ids, want 400", len(seen))
	}
}

// killService kills the connections to the database engine_killed that are not
// the transaction's: the one on which blocks are taken.
func killService(t *testing.T, admin *engine.Engine, tx *engine.Tx) {
	t.Helper()
	own, err := engine.Scalar[int64](t.Context(), tx, expr.SQL("SELECT CAST(CONNECTION_ID() AS SIGNED)"))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := engine.Collect[int64](t.Context(), admin, expr.SQL(`SELECT CAST(p.id AS SIGNED) FROM information_schema.processlist p
		WHERE p.command = 'Sleep' AND p.db = 'engine_killed' AND p.id <> :own`, expr.Named("own", own)))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if _, err := admin.Exec(t.Context(), expr.SQL("KILL CONNECTION :id", expr.Named("id", id))); err != nil && !strings.Contains(err.Error(), "1094") {
			t.Fatal(err) // but for that it is gone already
		}
	}
	if len(ids) == 0 { // one that was killed before may still be there
		t.Error("there was no connection to be killed")
	}
}

// Who holds the row of a sequence makes others wait, and no longer than he holds
// it.
func TestBlocksWaitForALock(t *testing.T) {
	e := mySQL(t)
	table := words(t, "engine_waits", schema.NewSequence("engine_waits_seq", schema.Start(100), schema.Increment(5)))
	create(t, e, table)
	holder, err := e.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback(context.Background())
	if _, err := engine.Collect[int64](t.Context(), holder, expr.SQL("SELECT increment FROM alkahest_sequence WHERE name = 'engine_waits_seq' FOR UPDATE")); err != nil {
		t.Fatal(err)
	}
	const writers = 4
	errs := make([]error, writers)
	var done atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			_, errs[w] = tryDrawn(t, e, table, w*10, 5)
			done.Add(1)
		})
	}
	waits := func() int64 {
		n, err := engine.Scalar[int64](t.Context(), e, expr.SQL("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'UPDATE alkahest_sequence%'"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for end := time.Now().Add(20 * time.Second); waits() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody waits for the sequence that is held")
		}
	}
	if n := done.Load(); n != 0 {
		t.Errorf("%d writers went on while the sequence was held", n)
	}
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

// Values of rows that a savepoint rolled back are given again where the table
// moves with the transaction, and to nobody else before.
func TestSequenceTableMovesWithTheSavepoint(t *testing.T) {
	e := file(t, engine.Options{})
	table := words(t, "drawn", schema.NewSequence("drawn_seq", schema.Start(100), schema.Increment(5)))
	create(t, e, table)
	var got []string
	err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		put := func(first, n int) {
			b := newWordBatch(table, first, n, "id")
			if err := tx.Insert(t.Context(), &b.InsertBatch); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(b.ids))
		}
		put(0, 2)
		save, err := tx.Savepoint(t.Context())
		if err != nil {
			return err
		}
		put(10, 3)
		if err := save.Rollback(t.Context()); err != nil {
			return err
		}
		put(20, 1)
		return nil
	})
	if want := "[[100 105] [110 115 120] [110]]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got the ids %v, %v, want %s", got, err, want)
	}
}
