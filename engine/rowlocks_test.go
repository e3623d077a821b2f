package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// locked selects the words, which are locked so, or of which some are.
func locked(table *schema.Table, l expr.Lock, words ...string) *expr.Select {
	word := expr.TextColumn(table, "word")
	q := expr.NewSelect(word).From(table).OrderBy(word.Asc()).Locking(l)
	if words != nil {
		q = q.Where(word.In(words...))
	}
	return q
}

func TestLocksOfRows(t *testing.T) {
	withWords(t, "engine_rowlocks", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		for _, w := range []string{"a", "b", "c"} {
			exec(t, e, addWord(table, w))
		}
		take := func(tx *engine.Tx, l expr.Lock, words ...string) (string, error) {
			got, err := engine.Collect[string](t.Context(), tx, locked(table, l, words...))
			return fmt.Sprint(got), err
		}
		want := func(what, want string, got string, err error) {
			t.Helper()
			if got != want || err != nil {
				t.Errorf("%s: got %s, %v, want %s", what, got, err, want)
			}
		}
		mine, theirs := begin(t, e, engine.TxOptions{}), begin(t, e, engine.TxOptions{})
		got, err := take(mine, expr.Lock{Strength: expr.ForUpdate}, "a")
		want("a lock", "[a]", got, err)
		got, err = take(theirs, expr.Lock{Strength: expr.ForUpdate, Wait: expr.SkipLocked})
		want("without those that are locked", "[b c]", got, err)
		if _, err := take(begin(t, e, engine.TxOptions{}), expr.Lock{Strength: expr.ForShare, Wait: expr.NoWait}, "a"); !errors.Is(err, sqlerr.ErrLockTimeout) {
			t.Errorf("of a locked row without waiting: got %v, want ErrLockTimeout", err)
		}
		for _, tx := range []*engine.Tx{mine, theirs} {
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		one, other := begin(t, e, engine.TxOptions{}), begin(t, e, engine.TxOptions{})
		got, err = take(one, expr.Lock{Strength: expr.ForShare}, "a")
		want("a shared lock", "[a]", got, err)
		got, err = take(other, expr.Lock{Strength: expr.ForShare, Wait: expr.NoWait}, "a")
		want("a second shared lock", "[a]", got, err)
	})
}

// The weaker locks of PostgreSQL go together; elsewhere they are refused before
// anything is sent.
func TestLocksOfKeys(t *testing.T) {
	withWords(t, "engine_keylocks", func(t *testing.T, e *engine.Engine, table *schema.Table) {
		exec(t, e, addWord(table, "a"))
		one, other := begin(t, e, engine.TxOptions{}), begin(t, e, engine.TxOptions{})
		of := []expr.Source{table}
		_, err := engine.Collect[string](t.Context(), one, locked(table, expr.Lock{Strength: expr.ForNoKeyUpdate, Of: of}))
		var unsupported *compile.UnsupportedError
		if errors.As(err, &unsupported) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := engine.Collect[string](t.Context(), other, locked(table, expr.Lock{Strength: expr.ForKeyShare, Wait: expr.NoWait, Of: of}))
		if len(got) != 1 || err != nil {
			t.Errorf("got %v, %v beside FOR NO KEY UPDATE, want the row", got, err)
		}
		_, err = engine.Collect[string](t.Context(), other, locked(table, expr.Lock{Strength: expr.ForUpdate, Wait: expr.NoWait}))
		if !errors.Is(err, sqlerr.ErrLockTimeout) {
			t.Errorf("FOR UPDATE beside FOR NO KEY UPDATE: got %v, want ErrLockTimeout", err)
		}
	})
}
