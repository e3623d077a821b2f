package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// shouted is text that is stored in small letters and read in capital ones, so
// that it shows where the database turned it.
var shouted = expr.NewExpressed("shouted", sqltype.String{Length: 40},
	func(x expr.Expression) expr.Expression { return expr.Fn[string]("lower", x) },
	func(x expr.Expression) expr.Expression { return expr.Fn[string]("upper", x) })

type shoutTable struct {
	*schema.Table
	id   expr.Num[int64]
	word expr.TextOf[string]
}

func newShouts(t *testing.T, e *engine.Engine, name string, of sqltype.Type) shoutTable {
	t.Helper()
	table := schema.MustTable(schema.NewMetaData(), name,
		schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("word", of))
	drop := func() {
		if err := e.DropAll(context.Background(), table.MetaData()); err != nil {
			t.Error(err)
		}
	}
	drop()
	if err := e.CreateAll(t.Context(), table.MetaData()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return shoutTable{table, expr.NumColumn[int64](table, "id"), expr.NewText[string](expr.Unwrap(table.C("word")), sqltype.CodecOf[string](of))}
}

func readTexts(t *testing.T, e *engine.Engine, q expr.Query) []string {
	t.Helper()
	got, err := engine.Collect[string](t.Context(), e, q.(expr.Statement))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestExpressionsAroundValues has the database turn what is sent and read.
func TestExpressionsAroundValues(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		s := newShouts(t, e, "engine_shouts", shouted)
		exec(t, e, expr.NewInsert(s.Table).Values(s.id.Set(1), s.word.Set("Ab")).Values(s.id.Set(2), s.word.Set("cD")))
		exec(t, e, expr.NewUpdate(s.Table).Set(s.word.Set("EF")).Where(s.word.Eq("CD")))
		stored := expr.NewCTE("stored", expr.NewSelect(s.word.Concat("").As("w")).From(s.Table))
		for name, tc := range map[string]struct {
			q    expr.Query
			want []string
		}{
			"read":     {expr.NewSelect(s.word).OrderBy(s.id.Asc()), []string{"AB", "EF"}},
			"labelled": {expr.NewSelect(s.word.As("w")).OrderBy(s.id.Asc()), []string{"AB", "EF"}},
			"compared": {expr.NewSelect(s.word).Where(s.word.In("AB", "x")), []string{"AB"}},
			"stored":   {expr.NewSelect(expr.TextColumn(stored, "w").Concat("!")).From(stored).OrderBy(expr.TextColumn(stored, "w").Asc()), []string{"ab!", "ef!"}},
			"united":   {expr.UnionAll(expr.NewSelect(s.word).Where(s.id.Eq(1)), expr.NewSelect(s.word).Where(s.id.Eq(2))), []string{"AB", "EF"}},
		} {
			if d := cmp.Diff(readTexts(t, e, tc.q), tc.want); d != "" {
				t.Errorf("%s (-got +want):\n%s", name, d)
			}
		}
	})
}

// TestExpressionsAroundValuesOfBatches sends enough rows for the ways in bulk,
// which have no place for an expression.
func TestExpressionsAroundValuesOfBatches(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		s := newShouts(t, e, "engine_shouts_bulk", shouted)
		const n = 700
		read := make([]string, n)
		insert(t, e, &engine.InsertBatch{
			Table: s.Table, N: n, Columns: s.Columns(), Exprs: make([]expr.Expression, 2), Returning: []*schema.Column{s.Column("word")},
			Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.Int64Value(int64(i+1)), sqltype.TextValue(fmt.Sprintf("Word %d", i))), nil
			},
			Store: func(i int, row sqltype.Row) error { read[i] = string(row.Text(0)); return row.Err() },
		})
		stored := readTexts(t, e, expr.NewSelect(expr.Typed[string](s.word, sqltype.String{Length: 40})).From(s.Table).OrderBy(s.id.Asc()))
		for i := range n {
			want := fmt.Sprintf("word %d", i)
			if stored[i] != want || read[i] != strings.ToUpper(want) {
				t.Fatalf("row %d is stored as %q and was read as %q", i, stored[i], read[i])
			}
		}
	})
}

// TestExpressionsOfOneDialect has a value turned on one product alone, and too
// many of them refused.
func TestExpressionsOfOneDialect(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		plain := sqltype.String{Length: 40}
		s := newShouts(t, e, "engine_shouts_one", sqltype.WithVariant(plain, shouted, "postgresql"))
		exec(t, e, expr.NewInsert(s.Table).Values(s.id.Set(1), s.word.Set("Ab")))
		want := "Ab"
		turned := e.Dialect().Name() == "postgresql"
		if turned {
			want = "AB"
		}
		if d := cmp.Diff(readTexts(t, e, expr.NewSelect(s.word)), []string{want}); d != "" {
			t.Errorf("rows (-got +want):\n%s", d)
		}
		_, err := engine.Collect[string](t.Context(), e, expr.NewSelect(s.word).Where(s.word.In(make([]string, 2000)...)))
		var unsupported *compile.UnsupportedError
		if errors.As(err, &unsupported) != turned {
			t.Errorf("got the error %v, want a refusal", err)
		}
	})
}
