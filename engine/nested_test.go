package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

func id(from expr.Source) expr.Num[int64] { return expr.NumColumn[int64](from, "id") }

// wideRows has in each row the last two rows, of 231 columns, the
// first of which has all rows before that.
func wideRows(table *schema.Table) *expr.Select {
	far, further := &expr.Alias{Of: table, Name: "far"}, &expr.Alias{Of: table, Name: "further"}
	innermost := expr.NewSelect(id(further)).From(further).Where(id(further).LtExpr(id(far))).OrderBy(id(further).Desc())
	columns := []expr.Expression{&expr.Nested{Select: innermost}}
	for i := range int64(230) {
		columns = append(columns, id(far).Add(i))
	}
	inner := expr.NewSelect(columns...).From(far).Where(id(far).GeExpr(id(table))).OrderBy(id(far).Desc()).Limit(2)
	return expr.NewSelect(id(table), &expr.Nested{Select: inner}).From(table).OrderBy(id(table).Asc())
}

// TestNestedRowsOfManyColumns reads rows within rows that have more values than a
// function takes arguments, and rows within these.
func TestNestedRowsOfManyColumns(t *testing.T) {
	bigint := sqltype.Integer{Bits: 64}
	m := schema.NewMetaData()
	table := schema.MustTable(m, "engine_nested", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	read := func(t *testing.T, e *engine.Engine) {
		ctx := t.Context()
		if err := e.CreateAll(ctx, m); err != nil {
			t.Fatal(err)
		}
		defer e.DropAll(ctx, m)
		if _, err := e.Exec(ctx, expr.NewInsert(table).Values(id(table).Set(1)).Values(id(table).Set(2)).Values(id(table).Set(3))); err != nil {
			t.Fatal(err)
		}
		rows, err := e.Query(ctx, wideRows(table))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var sums []int64
		for rows.Next() {
			nested := rows.Nested(1)
			for nested.Next() {
				sum := int64(0)
				for i := range 230 {
					sum += nested.Row().Int64(i+1) - int64(i)
				}
				below := nested.Nested(0)
				for below.Next() {
					sum = sum*10 + below.Row().Int64(0)
				}
				if err := below.Err(); err != nil {
					t.Error(err)
				}
				sums = append(sums, sum)
			}
			if err := nested.Err(); err != nil || nested.Row().Err() != nil {
				t.Error(err, nested.Row().Err())
			}
			if other := rows.Nested(0); other.Next() || other.Err() == nil {
				t.Error("a column that is no expr.Nested has rows")
			}
		}
		want := []int64{69021, 4601, 69021, 4601, 69021}
		if err := rows.Close(); err != nil || len(sums) != len(want) {
			t.Fatalf("got %v, %v, want %v", sums, err, want)
		}
		for i := range want {
			if sums[i] != want[i] {
				t.Errorf("got %v, want %v", sums, want)
			}
		}
	}
	t.Run("SQLite", func(t *testing.T) { read(t, open(t, "sqlite:///:memory:")) })
	onServers(t, read)
}
