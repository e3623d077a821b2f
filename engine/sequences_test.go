package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
)

var errUndo = errors.New("undo it")

// drawn inserts rows in a transaction, which is undone where keep is false, and
// returns the ids that they got.
func drawn(t *testing.T, e *engine.Engine, table *schema.Table, first, n int, keep bool) []int64 {
	t.Helper()
	b := newWordBatch(table, first, n, "id")
	err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
		if err := tx.Insert(t.Context(), &b.InsertBatch); err != nil {
			return err
		}
		if !keep {
			return errUndo
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return b.ids
}

// The sequence table moves in the transaction that takes the ids: what was
// rolled back is given again, and nothing of a block is left in the program.
func TestSequenceTableMovesWithTheTransaction(t *testing.T) {
	for name, e := range map[string]*engine.Engine{"memory": memory(t, engine.Options{}), "file": file(t, engine.Options{})} {
		table := words(t, "drawn", schema.NewSequence("drawn_seq", schema.Start(100), schema.Increment(5)))
		create(t, e, table)
		got := fmt.Sprint(
			drawn(t, e, table, 0, 1, true), drawn(t, e, table, 1, 3, false), drawn(t, e, table, 1, 2, true), drawn(t, e, table, 3, 1, false), drawn(t, e, table, 3, 1, true),
		)
		if want := "[100] [105 110 115] [105 110] [115] [115]"; got != want {
			t.Errorf("%s: got the ids %s, want %s", name, got, want)
		}
	}
}

// Where the server has no sequences, a block of ids is taken in a transaction
// of its own: it stays taken whatever becomes of the rows.
func TestBlocksOfASequenceStayTaken(t *testing.T) {
	e := mySQL(t)
	table := words(t, "engine_blocks", schema.NewSequence("engine_blocks_seq", schema.Start(100), schema.Increment(5)))
	create(t, e, table)
	seen := map[int64]bool{}
	for i := range 12 {
		keep := i%2 == 1
		for _, id := range drawn(t, e, table, i*3, 3, keep) {
			if seen[id] || id < 100 || (id-100)%5 != 0 {
				t.Errorf("the id %d was given, again or outside of the sequence", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != 36 {
		t.Errorf("got %d ids, want 36", len(seen))
	}
}
