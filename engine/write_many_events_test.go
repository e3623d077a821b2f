package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestManyRowsAreTold has events see the statements that are sent, with the
// savepoint around them, and give them another text.
func TestManyRowsAreTold(t *testing.T) {
	withMany(t, func(t *testing.T, e *engine.Engine) {
		table := ledger(t, e, "engine_many_told", 40)
		var told []string
		tell := func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
		listen(t, e, &engine.Events{
			Before: func(_ context.Context, x *engine.Execution) error {
				if !x.Own {
					x.SQL += " /* mine */"
				}
				return nil
			},
			After: func(_ context.Context, x *engine.Execution) {
				if x.Own {
					return
				}
				if !strings.HasSuffix(x.SQL, " /* mine */") {
					t.Errorf("sent: %s", x.SQL)
				}
				tell("%d of %d rows, failed %v", x.Rows, max(x.Times, 20), x.Err != nil)
			},
			Savepoint:  func(_ context.Context, name string) { tell("set %s", name) },
			Release:    func(_ context.Context, name string, err error) { tell("released %s %v", name, err) },
			RollbackTo: func(_ context.Context, name string, err error) { tell("undone %s %v", name, err) },
		})
		c := &changes{table: table, set: []string{"note"}, key: []string{"id"}}
		for i := range 20 {
			c.rows = append(c.rows, change{[]sqltype.Value{sqltype.TextValue("told")}, []sqltype.Value{whole(i)}})
		}
		err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			if err := c.send(t, tx, 0, 20); err != nil {
				return err
			}
			first := told
			slices.SortFunc(first, func(a, b string) int { return strings.Compare(a[:3], b[:3]) }) // the savepoint may go with the statement
			if d := cmp.Diff(first, []string{"20 of 20 rows, failed false", "released alkahest_1 <nil>", "set alkahest_1"}); d != "" {
				t.Errorf("told (-got +want):\n%s", d)
			}
			told = nil
			c.rows[5].key = []sqltype.Value{whole(-5)}
			return c.send(t, tx, 0, 20)
		})
		if got, want := what(err), "row 5: 0 rows"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		i := slices.IndexFunc(told, func(s string) bool { return strings.HasPrefix(s, "undone alkahest_") })
		if i < 0 || !slices.Contains(told[:i], "19 of 20 rows, failed false") || !slices.Contains(told[i:], "20 of 20 rows, failed true") {
			t.Errorf("of a row that is not there was told %q", told)
		}
	})
}
