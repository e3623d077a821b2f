package engine_test

import (
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A statement that is kept reads by the values that it is given, among others of the
// connection, and for each schema as its own text.
func TestKeptStatements(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url, engine.Pool(1, 0))
		table := words(t, "engine_kept")
		if err := errors.Join(e.DropAll(t.Context(), table.MetaData()), e.CreateAll(t.Context(), table.MetaData())); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"a", "b", "c"} {
			exec(t, e, addWord(table, word))
		}
		byID := func(columns ...expr.Expression) *expr.Select {
			return expr.NewSelect(columns...).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("id"), R: &expr.Param{Type: big}}))
		}
		kept, other := byID(table.C("word")), byID(table.C("id"), table.C("word"))
		read := func(e *engine.Engine, s *expr.Select, id int64) (word string, err error) {
			tx := begin(t, e, engine.TxOptions{})
			defer func() { err = errors.Join(err, tx.Rollback(t.Context())) }()
			r, err := tx.QueryKept(t.Context(), s, sqltype.Int64Value(id))
			if err != nil {
				return "", err
			}
			for r.Next() {
				word += string(r.Row().Text(s.Width() - 1))
			}
			return word, r.Close()
		}
		want := map[int64]string{1: "a", 2: "b", 3: "c"}
		elsewhere := e.With(engine.ExecOptions{Schemas: map[string]string{"": "engine_kept_nowhere"}})
		for range 3 {
			for _, id := range []int64{2, 1, 3} {
				if got, err := read(e, kept, id); err != nil || got != want[id] {
					t.Errorf("row %d: got %q, %v, want %q", id, got, err, want[id])
				}
				if got, err := read(e, other, id); err != nil || got != want[id] {
					t.Errorf("row %d by another statement: got %q, %v, want %q", id, got, err, want[id])
				}
				if got, err := read(elsewhere, kept, id); err == nil {
					t.Errorf("of a schema that there is not: got %q", got)
				}
			}
		}
	})
}
