package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestInsertedKey(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_inserted", schema.NewIdentity(schema.Start(10)))
		create(t, e, table)
		for _, want := range []int64{10, 11} {
			got, err := engine.InsertedKey[int64](t.Context(), e, addWord(table, word(int(want))))
			if got != want || err != nil {
				t.Errorf("got %d, %v, want %d", got, err, want)
			}
		}
		stored, err := engine.Scalar[string](t.Context(), e, expr.SQL("SELECT word FROM engine_inserted WHERE id = 11"))
		if stored != word(11) || err != nil {
			t.Errorf("under 11 is %q, %v, want %q", stored, err, word(11))
		}
		two := addWord(table, "a").Values(col[string](table, "word").Set("b"))
		if _, err := engine.InsertedKey[int64](t.Context(), e, two); err == nil {
			t.Error("two rows: got no error")
		}
	})
}

func TestInsertedKeyOfSeveralColumns(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		table, err := schema.NewTable(schema.NewMetaData(), "engine_inserted_pair",
			schema.NewColumn("a", big, schema.PrimaryKey()), schema.NewColumn("b", sqltype.String{Length: 5}, schema.PrimaryKey()))
		if err != nil {
			t.Fatal(err)
		}
		create(t, e, table)
		type pair struct {
			A int64
			B string
		}
		ins := expr.NewInsert(table).Values(col[int64](table, "a").Set(3), col[string](table, "b").Set("x"))
		if got, err := engine.InsertedKey[pair](t.Context(), e, ins); got != (pair{3, "x"}) || err != nil {
			t.Errorf("got %v, %v, want 3 and x", got, err)
		}
	})
}

// Rows that an UPDATE matched count, changed or not.
func TestRowCountIsOfMatchedRows(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		up := expr.NewUpdate(b).Set(col[string](b, "name").Set("x")).Where(col[int64](b, "id").In(1, 2))
		for range 2 {
			res, err := e.Exec(t.Context(), up)
			if res.RowsAffected != 2 || err != nil {
				t.Errorf("got %d rows, %v, want 2", res.RowsAffected, err)
			}
		}
		res, err := e.Exec(t.Context(), expr.NewDelete(b).Where(col[int64](b, "id").Eq(9)))
		if res.RowsAffected != 0 || err != nil {
			t.Errorf("got %d rows, %v, want none", res.RowsAffected, err)
		}
	})
}
