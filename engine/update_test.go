package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A batch of updates may set expressions, and gets back what the rows have
// then, under a new key too; by RETURNING or read after it.
func testExpressedUpdates(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	big := sqltype.Integer{Bits: 64}
	table, err := schema.NewTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
		schema.NewColumn("size", big), schema.NewColumn("twice", big),
		schema.NewColumn("touched", big, schema.UpdateValue(int64(9))),
	)
	if err != nil {
		t.Fatal(err)
	}
	create(t, e, table)
	number := func(n int64) expr.Expression { return expr.BindValue(big, sqltype.Int64Value(n)) }
	set := func(column string, n int64) expr.Assignment {
		return expr.Assignment{Target: table.C(column), Value: number(n)}
	}
	exec(t, e, expr.NewInsert(table).Values(set("id", 1), set("size", 10), set("twice", 0)).Values(set("id", 2), set("size", 20), set("twice", 0)))
	for _, readBack := range []bool{false, true} {
		var got [][2]int64
		err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			got = nil
			return tx.Update(t.Context(), &engine.UpdateBatch{
				Table: table, Set: []*schema.Column{table.Column("twice"), table.Column("id"), table.Column("size")},
				Exprs: []expr.Expression{&expr.Binary{Op: expr.OpMul, L: table.C("size"), R: number(2)}, nil, &expr.Binary{Op: expr.OpAdd, L: table.C("size"), R: number(1)}},
				Key:   []*schema.Column{table.Column("id")}, N: 2, WithoutDefaults: true,
				Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					was := int64(i + 1)
					if readBack {
						was += 100
					}
					return append(dst, sqltype.Int64Value(was+100), sqltype.Int64Value(was)), nil
				},
				Returning: []*schema.Column{table.Column("id"), table.Column("twice")}, ReadBack: readBack,
				Store: func(_ int, row sqltype.Row) error {
					got = append(got, [2]int64{row.Int64(0), row.Int64(1)})
					return nil
				},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := [][2]int64{{101, 20}, {102, 40}}
		if readBack {
			want = [][2]int64{{201, 22}, {202, 42}}
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("told, read back %v (-got +want):\n%s", readBack, diff)
		}
	}
	if diff := cmp.Diff(texts(t, e, table), []string{"201 12 22 -", "202 22 42 -"}); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
}

func TestUpdatesOfExpressions(t *testing.T) {
	testExpressedUpdates(t, memory(t, engine.Options{}), "expressed_updates")
}

func TestUpdatesOfExpressionsOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) { testExpressedUpdates(t, e, "engine_expressed_updates") })
}
