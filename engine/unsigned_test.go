package engine_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Ids beyond what is signed are refused, whether they are generated or sent, and
// leave no row. The largest signed number is an id as all others.
func TestUnsignedIDs(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) *engine.Engine{
		"RETURNING": func(t *testing.T) *engine.Engine { return open(t, testdb.MariaDB(t)) },
		"last id":   mySQL,
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			table := schema.MustTable(schema.NewMetaData(), "engine_unsigned",
				schema.NewColumn("id", sqltype.Integer{Bits: 64, Unsigned: true}, schema.PrimaryKey()),
				schema.NewColumn("word", sqltype.String{Length: 40}), schema.NewColumn("score", sqltype.Float{Bits: 64}))
			create(t, e, table)
			exec(t, e, expr.SQL("ALTER TABLE engine_unsigned AUTO_INCREMENT = 9223372036854775807"))
			ids := make([]uint64, 300)
			b := newWordBatch(table, 0, 1, "id")
			b.Store = func(i int, row sqltype.Row) error { ids[i] = row.Uint64(0); return row.Err() }
			insert(t, e, &b.InsertBatch)
			if ids[0] != math.MaxInt64 {
				t.Errorf("got %d, want the largest signed number", ids[0])
			}
			refused := func(what string, b *engine.InsertBatch) {
				err := tryInsert(t, e, b)
				var value *sqlerr.ValueError
				if !errors.As(err, &value) || value.Column != "engine_unsigned.id" {
					t.Errorf("%s: got %v, want an error that names the column", what, err)
				}
				if got, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(expr.CountAll()).From(table)); err != nil || got != 1 {
					t.Errorf("%s: %d rows are there, %v, want 1", what, got, err)
				}
			}
			for _, n := range []int{1, 2, 300} {
				b := newWordBatch(table, 1, n, "id")
				b.Store = func(i int, row sqltype.Row) error { ids[i] = row.Uint64(0); return row.Err() }
				refused(fmt.Sprint(n, " generated"), &b.InsertBatch)
				own := newWordBatch(table, 1, n)
				own.Columns, own.Exprs = append([]*schema.Column{table.Column("id")}, own.Columns...), nil
				bind := own.Bind
				own.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					return bind(i, append(dst, sqltype.Uint64Value(math.MaxInt64+1+uint64(i))))
				}
				refused(fmt.Sprint(n, " sent"), &own.InsertBatch)
			}
		})
	}
}
