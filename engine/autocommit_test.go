package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func TestQueriesWithoutATransaction(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		begun := 0
		e := open(t, url, engine.WithEvents(&engine.Events{Begin: func(context.Context, engine.TxOptions) { begun++ }}))
		tx := begin(t, e, engine.TxOptions{ReadOnly: true, Autocommit: true})
		for _, word := range []string{"one", "two"} {
			if got, err := engine.Scalar[string](t.Context(), tx, selectWord(word)); err != nil || got != word {
				t.Errorf("got %q, %v, want %q", got, err, word)
			}
		}
		if _, err := tx.Savepoint(t.Context()); err == nil {
			t.Error("a savepoint: got no error")
		}
		if _, err := tx.Cursor(t.Context(), expr.NewSelect(expr.Value("one")), 10); !errors.Is(err, engine.ErrNoCursors) {
			t.Errorf("a cursor: got %v, want ErrNoCursors", err)
		}
		for _, text := range []string{"SELECT 1", "DELETE FROM nowhere"} {
			if _, err := tx.Exec(t.Context(), expr.UnsafeSQL(text)); !errors.Is(err, sqlerr.ErrReadOnly) {
				t.Errorf("%s: got %v, want ErrReadOnly", text, err)
			}
			if _, err := tx.Query(t.Context(), expr.UnsafeSQL(text)); !errors.Is(err, sqlerr.ErrReadOnly) {
				t.Errorf("%s as a query: got %v, want ErrReadOnly", text, err)
			}
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Error(err)
		}
		if begun != 0 || e.Stats().InUse != 0 {
			t.Errorf("%d transactions were begun and %d connections are in use, want none", begun, e.Stats().InUse)
		}
		for _, o := range []engine.TxOptions{{Autocommit: true}, {Autocommit: true, ReadOnly: true, Isolation: engine.Serializable}, {Autocommit: true, ReadOnly: true, Deferrable: true}} {
			if _, err := e.Begin(t.Context(), o); err == nil {
				t.Errorf("%+v: got no error", o)
			}
		}
	})
}

// A query that changes rows in its WITH is one as far as its first word goes.
func TestNoCTEWritesWithoutATransaction(t *testing.T) {
	e := open(t, testdb.PG15(t))
	table := schema.MustTable(schema.NewMetaData(), "engine_autocommit", schema.NewColumn("id", big, schema.PrimaryKey()))
	if err := e.CreateAll(t.Context(), table.MetaData()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.DropAll(context.Background(), table.MetaData()) })
	id := expr.NumColumn[int64](table, "id")
	added := expr.NewCTE("added", expr.NewInsert(table).Values(id.Set(1)).Returning(id))
	tx := begin(t, e, engine.TxOptions{ReadOnly: true, Autocommit: true})
	if _, err := tx.Query(t.Context(), expr.NewSelect(expr.NumColumn[int64](added, "id")).From(added)); !errors.Is(err, sqlerr.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	kept := expr.NewCTE("kept", expr.NewSelect(id).From(table))
	if got, err := engine.Collect[int64](t.Context(), tx, expr.NewSelect(expr.NumColumn[int64](kept, "id")).From(kept)); err != nil || len(got) != 0 {
		t.Errorf("a CTE that only reads: got %v, %v, want no rows", got, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}
