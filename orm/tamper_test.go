package orm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/orm"
)

// What a database returns of inserted rows is believed only as far as it can
// be right: a row too few, a row twice or a row that was not sent is an error
// that leaves no id on an object, or is found out and made good.
func TestReturnedRowsThatAreNotThoseSent(t *testing.T) {
	base := orm.NewBase()
	tables := itemTables(base)
	on(t, []string{"postgres15", "postgres18", "mariadb"}, base, func(t *testing.T, db *database) {
		p := proxy.Start(t, db.url)
		behind := connect(t, p.URL())
		for _, table := range tables {
			for _, c := range []struct {
				name    string
				how     proxy.Tampering
				objects int
				atLeast int // rows of the result
			}{
				{"the only row is missing", proxy.DropRow, 1, 1},
				{"the only row comes twice", proxy.DoubleRow, 1, 1},
				{"a row is missing", proxy.DropRow, 200, 2},
				{"a row comes twice", proxy.DoubleRow, 200, 2},
				{"a row is another's", proxy.AlterRow, 200, 2},
			} {
				name := table.Schema().Name + ": " + c.name
				if c.objects > 1 && !db.isPostgres() && table.Schema().Column("id").OwnSequence() == nil {
					continue // the ids are counted from the first one, and only that row is returned
				}
				p.Tamper(c.how, c.atLeast)
				items, err := tampered(t, behind, table, name, c.objects)
				if !p.Tampered() {
					t.Errorf("%s: no result was tampered with", name)
				}
				if err == nil && (c.objects == 1 || db.isPostgres()) {
					t.Errorf("%s: got no error", name)
				}
				if err == nil {
					wantOwnIDs(t, db, table, items)
				}
			}
		}
	})
}

// tampered inserts objects. After an error none of them may have an id, and no
// row may be there.
func tampered(t *testing.T, db *engine.Engine, table *itemTable, name string, n int) ([]*Item, error) {
	t.Helper()
	s := session(t, db)
	items := make([]*Item, n)
	for i := range items {
		items[i] = &Item{Code: fmt.Sprintf("%s %d", name[len(name)-12:], i)}
		s.Add(items[i], orm.Into(table))
	}
	err := s.Commit(t.Context())
	if err == nil {
		return items, nil
	}
	var failed *orm.FlushError
	if !errors.As(err, &failed) {
		t.Errorf("%s: got %v, want a FlushError", name, err)
	}
	for _, it := range items {
		if it.ID != 0 {
			t.Errorf("%s: after %v an object has the id %d", name, err, it.ID)
			break
		}
	}
	must(t, s.Rollback(t.Context()))
	left, qerr := orm.Select(table).Where(table.Code.Eq(items[0].Code)).Count(t.Context(), s)
	must(t, qerr)
	if left != 0 {
		t.Errorf("%s: after %v a row is there", name, err)
	}
	return nil, err
}
