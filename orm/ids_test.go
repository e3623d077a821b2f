package orm_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Item is known by its code, whatever its id.
type Item struct {
	ID   int64
	Code string
	Note *string
}

type itemTable struct {
	orm.Table[Item]
	ID   schema.Int64
	Code schema.Text
	Note schema.Text
}

// itemTables are the ways in which a key is generated.
func itemTables(base *orm.Base) []*itemTable {
	declare := func(name string, opts ...schema.Option) *itemTable {
		return orm.Declare(base, name, itemTable{
			ID: schema.BigInteger(append(opts, schema.PrimaryKey())...), Code: schema.String(40, schema.Unique()), Note: schema.String(40),
		})
	}
	return []*itemTable{
		declare("items_auto"),
		declare("items_sequence", schema.NewSequence("items_seq", schema.Start(7), schema.Increment(3))),
		declare("items_identity", schema.NewIdentity(schema.Start(50))),
	}
}

// wantOwnIDs reads each row by its code, on another connection where there is
// one.
func wantOwnIDs(t *testing.T, db *database, table *itemTable, items []*Item) {
	t.Helper()
	s := session(t, db, orm.ReadOnly())
	all, err := orm.Select(table).NoTrack().All(t.Context(), s)
	must(t, err)
	must(t, s.Close(t.Context()))
	byCode := map[string]int64{}
	for _, it := range all {
		byCode[it.Code] = it.ID
	}
	seen := map[int64]bool{}
	for _, it := range items {
		if it.ID == 0 || seen[it.ID] || byCode[it.Code] != it.ID {
			t.Fatalf("%s: %q has the id %d, its row has %d", table.Schema().Name, it.Code, it.ID, byCode[it.Code])
		}
		seen[it.ID] = true
	}
}

func TestIDsOfManyObjects(t *testing.T) {
	base := orm.NewBase()
	tables := itemTables(base)
	everywhere(t, base, func(t *testing.T, db *database) {
		for _, table := range tables {
			explicit := int64(0) // below what is generated: products move their generators along
			for _, n := range []int{1, 2, 31, 32, 33, 999, 5000} {
				s := session(t, db)
				var items []*Item
				for i := range n {
					it := &Item{Code: fmt.Sprintf("%d-%d", n, i)}
					if i%7 == 3 {
						explicit--
						it.ID = explicit
					}
					if i%3 == 0 {
						it.Note = ptr("x")
					}
					items = append(items, it)
					s.Add(it, orm.Into(table))
				}
				must(t, s.Commit(t.Context()))
				must(t, s.Close(t.Context()))
				wantOwnIDs(t, db, table, items)
			}
		}
	})
}

func TestIDsOfConcurrentSessions(t *testing.T) {
	base := orm.NewBase()
	tables := itemTables(base)
	everywhere(t, base, func(t *testing.T, db *database) {
		for _, table := range tables {
			const goroutines, rounds, size = 8, 5, 40
			all := make([][]*Item, goroutines)
			errs := make([]error, goroutines)
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					s := orm.NewSession(db)
					defer s.Close(t.Context())
					for r := range rounds {
						for i := range size {
							it := &Item{Code: fmt.Sprintf("%d-%d-%d", g, r, i)}
							s.Add(it, orm.Into(table))
							all[g] = append(all[g], it)
						}
						if errs[g] = s.Commit(t.Context()); errs[g] != nil {
							return
						}
					}
				})
			}
			wg.Wait()
			must(t, errors.Join(errs...))
			var items []*Item
			for _, list := range all {
				items = append(items, list...)
			}
			same(t, "objects", len(items), goroutines*rounds*size)
			wantOwnIDs(t, db, table, items)
		}
	})
}
