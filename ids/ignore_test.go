package ids_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Where conflicts are skipped, a generator that has come to its end is an error
// still: MariaDB's INSERT IGNORE makes a warning of it, and leaves the row out.
func TestExhaustedBesideConflicts(t *testing.T) {
	for _, name := range []string{"mariadb", "mysql"} {
		db := open(t, name)
		for clause, on := range map[string]expr.Conflict{"IGNORE": mysql.Ignore(), "DO NOTHING": expr.OnConflict().DoNothing()} {
			for i, n := range []int{1, 2, 40} {
				m := schema.NewMetaData()
				table := keyed(m, "ids_end", small)
				must(t, db.CreateAll(t.Context(), m))
				give(t, db, table, 1<<15-2)
				must(t, tryDraw(t, db, table, 1))
				b := insertion(table, n, []string{"tag"}, func(i int, _ string) int64 { return int64(i) })
				b.Returning, b.Conflict = nil, on
				wantExhausted(t, insert(t.Context(), db.inner, b), "")
				if rows := column(t, db, table, "id"); len(rows) != 2 {
					t.Errorf("%s, %s, %d: %v rows are there, want 2", name, clause, i, rows)
				}
				must(t, db.DropAll(t.Context(), m))
			}
		}
	}
}
