package engine_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Ids beyond what is signed are those of their rows, told by RETURNING or as
// the last id, and are an error where a signed number is wanted,
// which leaves no row.
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
			exec(t, e, expr.SQL("ALTER TABLE engine_unsigned AUTO_INCREMENT = 9223372036854775809"))
			first := 0
			for _, n := range []int{1, 2, 300} {
				ids := make([]uint64, n)
				b := newWordBatch(table, first, n, "id")
				b.Store = func(i int, row sqltype.Row) error { ids[i] = row.Uint64(0); return row.Err() }
				insert(t, e, &b.InsertBatch)
				for i, id := range ids {
					got, err := engine.Scalar[string](t.Context(), e, expr.NewSelect(table.C("word")).From(table).
						Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("id"), R: expr.BindValue(table.Column("id").Type, sqltype.Uint64Value(id))})))
					if err != nil || id <= 1<<63 || got != word(first+i) {
						t.Fatalf("row %d was told the id %d, of which the row has %q, %v", i, id, got, err)
					}
				}
				first += n
				b.Store = func(_ int, row sqltype.Row) error { _ = row.Int64(0); return row.Err() }
				b.Bind = newWordBatch(table, first, n).Bind
				if err := tryInsert(t, e, &b.InsertBatch); err == nil || !strings.Contains(err.Error(), " signed ") {
					t.Errorf("%d rows: got %v, want an id above 2^63 to be refused as a signed number", n, err)
				}
				if got, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(expr.CountAll()).From(table)); err != nil || got != int64(first) {
					t.Errorf("%d rows: %d rows are there, %v, want %d", n, got, err, first)
				}
			}
		})
	}
}
