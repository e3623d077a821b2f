package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestViewsInCreateAll reads a table through views that are declared before it.
func TestViewsInCreateAll(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		m, elsewhere := schema.NewMetaData(), schema.NewMetaData()
		columns := func() []schema.TableItem {
			return []schema.TableItem{schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big)}
		}
		// The view is declared first, over a table of the same name.
		source := schema.MustTable(elsewhere, "engine_view_source", columns()...)
		large := expr.NewPred(&expr.Binary{Op: expr.OpGt, L: source.C("n"), R: expr.BindValue(big, sqltype.Int64Value(10))})
		view, err := schema.NewView(m, "engine_view", expr.NewSelect(source.C("id"), source.C("n")).Where(large))
		if err != nil {
			t.Fatal(err)
		}
		second, err := schema.NewView(m, "engine_view_again", expr.NewSelect(view.C("n")))
		if err != nil {
			t.Fatal(err)
		}
		table := schema.MustTable(m, "engine_view_source", columns()...)
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := e.CreateAll(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range []int64{5, 15, 25} {
			exec(t, e, expr.NewInsert(table).Values(expr.Assignment{Target: table.C("n"), Value: expr.BindValue(big, sqltype.Int64Value(n))}))
		}
		if n := count(t, e, view); n != 2 {
			t.Errorf("got %d rows of the view, want 2", n)
		}
		if n, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(second.C("n")).OrderBy(expr.Order{X: second.C("n"), Desc: true}).Limit(1)); n != 25 || err != nil {
			t.Errorf("got %d, %v from the view of the view, want 25", n, err)
		}
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	})
}
