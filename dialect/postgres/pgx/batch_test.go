package pgx_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var int8Type = sqltype.Integer{Bits: 64}

// A batch that does not fit into buffers gives each item's own rows, in order.
func TestBatchOrder(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_batch", "id int8 GENERATED ALWAYS AS IDENTITY, n int8, pad text")
		insert := prepare(t, conn, "INSERT INTO pgxglue_batch (n, pad) VALUES ($1, $2) RETURNING id, n, pad", int8Type, sqltype.Text{})
		pad := string(make([]byte, 0))
		for range 100 {
			pad += "0123456789"
		}
		items := []driver.Item{{SQL: "BEGIN"}}
		for i := range 3000 {
			items = append(items, driver.Item{Stmt: insert, Args: []sqltype.Value{sqltype.Int64Value(int64(i)), sqltype.TextValue(pad)}})
		}
		items = append(items, driver.Item{SQL: "COMMIT"})
		next := 0
		err := conn.Batch(t.Context(), items, func(i int, rows driver.Rows) error {
			if i != next {
				t.Fatalf("got item %d, want %d", i, next)
			}
			next++
			n := 0
			for rows.Next() {
				n++
				if rows.Int64(0) != int64(i) || rows.Int64(1) != int64(i-1) || len(rows.Text(2)) != len(pad) {
					t.Fatalf("item %d has row (%d, %d)", i, rows.Int64(0), rows.Int64(1))
				}
			}
			if items[i].Stmt != nil && (n != 1 || rows.Result().RowsAffected != 1) {
				t.Fatalf("item %d: got %d rows and %d affected, want 1 and 1", i, n, rows.Result().RowsAffected)
			}
			return rows.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		if next != len(items) || conn.InTx() {
			t.Errorf("got %d items and InTx %v, want %d and false", next, conn.InTx(), len(items))
		}
		if got := intOf(t, conn, "SELECT count(*) FROM pgxglue_batch"); got != 3000 {
			t.Errorf("got %d rows, want 3000", got)
		}
	})
}

// What fails in the middle is named by its index; what follows is not done.
func TestBatchFailure(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		for _, inTx := range []bool{true, false} {
			t.Run(fmt.Sprintf("in transaction %v", inTx), func(t *testing.T) {
				conn := connect(t, url)
				table(t, conn, "pgxglue_fail", "id int8 PRIMARY KEY")
				insert := prepare(t, conn, "INSERT INTO pgxglue_fail VALUES ($1) RETURNING id", int8Type)
				var items []driver.Item
				for _, id := range []int64{1, 2, 3, 2, 4, 5} {
					items = append(items, driver.Item{Stmt: insert, Args: ints(id)})
				}
				if inTx {
					exec(t, conn, "BEGIN")
				}
				delivered := 0
				err := conn.Batch(t.Context(), items, func(_ int, rows driver.Rows) error {
					if rows.Next() {
						delivered++
					}
					return rows.Close()
				})
				var failed *driver.BatchError
				if !errors.As(err, &failed) || failed.Index != 3 || delivered != 3 {
					t.Errorf("got %v after %d items, want a BatchError of item 3 after 3", err, delivered)
				}
				var unique *sqlerr.ConstraintError
				if !errors.As(err, &unique) || unique.Kind != sqlerr.Unique {
					t.Errorf("got %v, want a unique violation", err)
				}
				want := int64(3)
				if inTx {
					exec(t, conn, "ROLLBACK")
					want = 0
				}
				if got := intOf(t, conn, "SELECT count(*) FROM pgxglue_fail"); got != want {
					t.Errorf("got %d rows, want %d", got, want)
				}
			})
		}
	})
}

// A value that cannot be sent fails its own item; those before it are done.
func TestBatchUnfitValue(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_unfit", "id int4")
		insert := prepare(t, conn, "INSERT INTO pgxglue_unfit VALUES ($1)", sqltype.Integer{Bits: 32})
		exec(t, conn, "BEGIN")
		var seen []int
		err := conn.Batch(t.Context(), []driver.Item{
			{Stmt: insert, Args: ints(1)}, {Stmt: insert, Args: ints(1 << 40)}, {Stmt: insert, Args: ints(3)},
		}, func(i int, _ driver.Rows) error { seen = append(seen, i); return nil })
		var failed *driver.BatchError
		var unfit *sqlerr.ValueError
		if !errors.As(err, &failed) || failed.Index != 1 || !errors.As(err, &unfit) {
			t.Errorf("got %v, want a ValueError of item 1", err)
		}
		exec(t, conn, "COMMIT")
		if d := cmp.Diff(seen, []int{0}); d != "" {
			t.Error(d)
		}
		if got := intOf(t, conn, "SELECT count(*) FROM pgxglue_unfit"); got != 1 {
			t.Errorf("got %d rows, want 1", got)
		}
	})
}

// An error of the receiver ends the batch and leaves the connection in order.
func TestBatchDeliverError(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		exec(t, conn, "BEGIN")
		series := prepare(t, conn, "SELECT n FROM generate_series(1, 1000) AS n")
		stop := errors.New("enough")
		err := conn.Batch(t.Context(), []driver.Item{{Stmt: series}, {Stmt: series}, {Stmt: series}},
			func(i int, rows driver.Rows) error {
				rows.Next()
				if i == 1 {
					return stop
				}
				return nil
			})
		if err != stop {
			t.Errorf("got %v, want the receiver's own error", err)
		}
		if got := intOf(t, conn, "SELECT 5"); got != 5 || !conn.InTx() {
			t.Errorf("got %d and InTx %v, want 5 and true", got, conn.InTx())
		}
		exec(t, conn, "ROLLBACK")
	})
}

// Transaction control in the middle of a batch keeps its meaning.
func TestBatchWithTransactions(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		table(t, conn, "pgxglue_tx", "id int8")
		insert := prepare(t, conn, "INSERT INTO pgxglue_tx VALUES ($1)", int8Type)
		err := conn.Batch(t.Context(), []driver.Item{
			{SQL: "BEGIN"},
			{Stmt: insert, Args: ints(1)},
			{SQL: "COMMIT"},
			{Stmt: insert, Args: ints(2)},
			{SQL: "SELECT 1/0"},
		}, func(int, driver.Rows) error { return nil })
		var failed *driver.BatchError
		if !errors.As(err, &failed) || failed.Index != 4 {
			t.Errorf("got %v, want a BatchError of item 4", err)
		}
		if got := intOf(t, conn, "SELECT count(*) FROM pgxglue_tx"); got != 2 {
			t.Errorf("got %d rows, want 2: each item outside the transaction commits for itself", got)
		}
	})
}
