package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func items(name string, n int) []*Item {
	list := make([]*Item, n)
	for i := range list {
		list[i] = &Item{Code: fmt.Sprintf("%s %d", name, i)}
	}
	return list
}

// wantNoIDs checks that none of the objects has an id, and that the table has
// as many rows as before.
func wantNoIDs(t *testing.T, db *database, table *itemTable, list []*Item, rows int) {
	t.Helper()
	for _, it := range list {
		if it.ID != 0 {
			t.Fatalf("%q kept the id %d, which no row has", it.Code, it.ID)
		}
	}
	wantCount(t, db, table.Schema(), rows)
}

func wantCount(t *testing.T, db *database, table *schema.Table, rows int) {
	t.Helper()
	n, err := engine.Scalar[int64](t.Context(), db.inner, expr.NewSelect(expr.CountAll()).From(table))
	if err != nil || n != int64(rows) {
		t.Fatalf("%s has %d rows, %v, want %d", table.Name, n, err, rows)
	}
}

// A flush whose generator has come to its end says so, gives no object an id,
// and the session goes on after the rollback.
func TestFlushWithExhaustedGenerator(t *testing.T) {
	base := orm.NewBase()
	declare := func(name string, o schema.Option) *itemTable {
		return orm.Declare(base, name, itemTable{ID: schema.BigInteger(o, schema.PrimaryKey()), Code: schema.String(40, schema.Unique()), Note: schema.String(40)})
	}
	tables := []*itemTable{
		declare("items_end_seq", schema.NewSequence("items_end_ids", schema.Max(3))),
		declare("items_end_identity", schema.NewIdentity(schema.Start(5), schema.Increment(5), schema.Max(15))),
	}
	everywhere(t, base, func(t *testing.T, db *database) {
		for _, table := range tables {
			s := session(t, db)
			for i := range 3 {
				s.Add(&Item{Code: fmt.Sprint("before ", i)}, orm.Into(table))
				must(t, s.Commit(t.Context()))
			}
			for n, size := range []int{1, 2, 40} {
				list := items("late", size)
				for _, it := range list {
					s.Add(it, orm.Into(table))
				}
				err := s.Flush(t.Context())
				var e *sqlerr.IDExhaustedError
				if !errors.Is(err, sqlerr.ErrIDExhausted) || !errors.As(err, &e) || e.Column != "id" {
					t.Fatalf("%s, %d objects: got %v, want ErrIDExhausted of the column id", table.Schema().Name, size, err)
				}
				must(t, s.Rollback(t.Context()))
				wantNoIDs(t, db, table, list, 3+n)
				own := &Item{ID: int64(1000 + n), Code: fmt.Sprint("own ", n)}
				s.Add(own, orm.Into(table))
				must(t, s.Commit(t.Context()))
			}
			must(t, s.Close(t.Context()))
		}
	})
}
