package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func benchTable(b *testing.B, e *engine.Engine) *schema.Table {
	b.Helper()
	table := words(b, "engine_bench")
	if err := e.DropAll(b.Context(), table.MetaData()); err != nil {
		b.Fatal(err)
	}
	if err := e.CreateAll(b.Context(), table.MetaData()); err != nil {
		b.Fatal(err)
	}
	return table
}

func BenchmarkSelectOneInTx(b *testing.B) {
	e := memory(b, engine.Options{})
	table := benchTable(b, e)
	if _, err := e.Exec(b.Context(), addWord(table, "a")); err != nil {
		b.Fatal(err)
	}
	tx := begin(b, e, engine.TxOptions{})
	s := expr.NewSelect(table.C("id"), table.C("word")).Where(expr.NewPred(&expr.Binary{
		Op: expr.OpEq, L: table.C("id"), R: &expr.Param{Type: big},
	}))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		r, err := tx.Query(ctx, s, sqltype.Int64Value(1))
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
			if r.Row().Int64(0) != 1 {
				b.Fatal("not the row")
			}
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSelectOneByEngine(b *testing.B) {
	e := memory(b, engine.Options{})
	table := benchTable(b, e)
	if _, err := e.Exec(b.Context(), addWord(table, "a")); err != nil {
		b.Fatal(err)
	}
	s := expr.NewSelect(table.C("id"), table.C("word")).Where(expr.NewPred(&expr.Binary{
		Op: expr.OpEq, L: table.C("id"), R: &expr.Param{Type: big},
	}))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		r, err := e.Query(ctx, s, sqltype.Int64Value(1))
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchInsert(b *testing.B, e *engine.Engine, n int) {
	table := benchTable(b, e)
	ctx := b.Context()
	next := 0
	batch := newWordBatch(table, 0, n, "id")
	bind := batch.Bind
	batch.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return bind(next+i, dst) }
	b.ReportAllocs()
	for b.Loop() {
		tx, err := e.Begin(ctx, engine.TxOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := tx.Insert(ctx, &batch.InsertBatch); err != nil {
			b.Fatal(err)
		}
		if err := tx.Commit(ctx); err != nil {
			b.Fatal(err)
		}
		next += n
	}
}

func BenchmarkInsertOneSQLite(b *testing.B)  { benchInsert(b, memory(b, engine.Options{}), 1) }
func BenchmarkInsert10kSQLite(b *testing.B)  { benchInsert(b, memory(b, engine.Options{}), 10000) }
func BenchmarkInsertOnePG(b *testing.B)      { benchInsert(b, open(b, testdb.PG15(b)), 1) }
func BenchmarkInsert10kPG(b *testing.B)      { benchInsert(b, open(b, testdb.PG15(b)), 10000) }
func BenchmarkInsertOneMariaDB(b *testing.B) { benchInsert(b, open(b, testdb.MariaDB(b)), 1) }
func BenchmarkInsert10kMariaDB(b *testing.B) { benchInsert(b, open(b, testdb.MariaDB(b)), 10000) }
