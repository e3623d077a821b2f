package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Stock has a key of two columns that the program gives.
type Stock struct {
	Place string
	Shelf int32
	Count int64
}

type stockTable struct {
	orm.Table[Stock]
	Place schema.Text
	Shelf schema.Int32
	Count schema.Int64
}

func TestNaturalKeys(t *testing.T) {
	base := orm.NewBase()
	table := orm.Declare(base, "stock", stockTable{
		Place: schema.String(20, schema.PrimaryKey()), Shelf: schema.IntegerOf[int32](32, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		for i := range int32(6) {
			s.Add(&Stock{Place: fmt.Sprint("place ", i/3), Shelf: i % 3, Count: int64(i)})
		}
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		s = session(t, db)
		a, err := orm.Get(ctx, s, table, "place 1", 2)
		must(t, err)
		same(t, "got", *a, Stock{"place 1", 2, 5})
		var seen []int64
		for e, err := range orm.Select(table).Partition(2).Each(ctx, s) {
			must(t, err)
			seen = append(seen, e.Count)
			if e.Count == 5 && e != a {
				t.Error("a row has two objects")
			}
		}
		same(t, "seen", seen, []int64{0, 1, 2, 3, 4, 5})
		// The key is a field as any other: it changes, and is the object's.
		a.Place, a.Shelf = "place 0", 9
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t, "update stock(place,shelf)")
		moved, err := orm.Get(ctx, s, table, "place 0", 9)
		must(t, err)
		if _, err := orm.Get(ctx, s, table, "place 1", 2); moved != a || !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("got %p for the new key and %v for the old, want %p and ErrNoRows", moved, err, a)
		}
		must(t, s.Rollback(ctx))
		same(t, "restored", *a, Stock{"place 1", 2, 5})
		again, err := orm.Get(ctx, s, table, "place 1", 2)
		must(t, err)
		if again != a {
			t.Error("the object lost its key")
		}
		a.Shelf = 7
		must(t, s.Commit(ctx))
		s.Delete(a)
		must(t, s.Commit(ctx))
		n, err := orm.Select(table).Where(table.Place.Eq("place 1")).Count(ctx, s)
		must(t, err)
		same(t, "left", n, 2)
	})
}
