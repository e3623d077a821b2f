package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A statement that leaves out a column with a client default sends that: each
// row its own, an INSERT from a SELECT one for all, an UPDATE its own kind.
func TestClientDefaultsOfStatements(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testClientDefaults(t, memory(t, engine.Options{})) })
	onServers(t, testClientDefaults)
}

func testClientDefaults(t *testing.T, e *engine.Engine) {
	var calls int64
	count := func() int64 { calls++; return calls }
	table, err := schema.NewTable(schema.NewMetaData(), "engine_client_defaults",
		schema.NewColumn("id", big, schema.PrimaryKey(), schema.DefaultFunc(count)),
		schema.NewColumn("word", sqltype.String{Length: 10}, schema.DefaultValue("w")),
		schema.NewColumn("size", big, schema.DefaultExpr(expr.SQL("2 + 3"))),
		schema.NewColumn("changed", big, schema.Nullable(), schema.UpdateFunc(func() int64 { return 100 })),
		schema.NewColumn("noted", big, schema.Nullable(), schema.UpdateExpr(expr.SQL("7 * 6"))),
	)
	if err != nil {
		t.Fatal(err)
	}
	create(t, e, table)
	ctx := t.Context()
	number := func(column string, n int64) expr.Assignment {
		return expr.Assignment{Target: table.C(column), Value: expr.BindValue(big, sqltype.Int64Value(n))}
	}
	for _, s := range []expr.Statement{
		expr.NewInsert(table),
		expr.NewInsert(table).Values(number("size", 1)).Values(number("size", 2)),
		expr.NewInsert(table).From([]expr.Expression{table.C("id")}, expr.NewSelect(&expr.Binary{Op: expr.OpAdd, L: table.C("id"), R: expr.BindValue(big, sqltype.Int64Value(10))}).From(table).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("id"), R: expr.BindValue(big, sqltype.Int64Value(1))}))),
		expr.NewInsert(table).Values(number("id", 20), number("size", 9), expr.Assignment{Target: table.C("word"), Value: expr.NULL}).WithoutDefaults(),
		expr.NewUpdate(table).Set(number("size", 3)).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("id"), R: expr.BindValue(big, sqltype.Int64Value(2))})),
		expr.NewUpdate(table).Set(number("changed", 5)).Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("id"), R: expr.BindValue(big, sqltype.Int64Value(3))})),
	} {
		exec(t, e, s)
	}
	updateBatch(t, ctx, e, table, 11)
	want := []string{"1 w 5 - -", "2 w 3 100 42", "3 w 2 5 42", "11 w 6 100 42", "20 - 9 - -"}
	if diff := cmp.Diff(texts(t, e, table), want); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
}

// updateBatch sets the size of a row as a batch does.
func updateBatch(t *testing.T, ctx context.Context, e *engine.Engine, table *schema.Table, id int64) {
	t.Helper()
	err := e.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		return tx.Update(ctx, &engine.UpdateBatch{
			Table: table, Set: []*schema.Column{table.Column("size")}, Key: []*schema.Column{table.Column("id")}, N: 1,
			Bind: func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.Int64Value(6), sqltype.Int64Value(id)), nil
			},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// texts returns the rows of a table as text, with - for NULL.
func texts(t *testing.T, e *engine.Engine, table *schema.Table) []string {
	t.Helper()
	var parts []expr.Expression
	for _, c := range table.Columns() {
		x := expr.Expression(&expr.Cast{X: c.Ref(), Type: sqltype.String{Length: 20}})
		parts = append(parts, &expr.Func{Name: "coalesce", Args: []expr.Expression{x, expr.SQL("'-'")}, Type: sqltype.Text{}}, expr.SQL("' '"))
	}
	x := parts[0]
	for _, p := range parts[1 : len(parts)-1] {
		x = &expr.Binary{Op: expr.OpConcat, L: x, R: p, Type: sqltype.Text{}}
	}
	list, err := engine.Collect[string](t.Context(), e, expr.NewSelect(x).From(table).OrderBy(expr.Order{X: table.C("id")}))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
