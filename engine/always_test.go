package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// countSent counts the statements that are sent.
func countSent(n *atomic.Int64) engine.Options {
	return engine.Options{Events: []*engine.Events{{Before: func(context.Context, *engine.Execution) error {
		n.Add(1)
		return nil
	}}}}
}

func onAlways(t *testing.T, f func(t *testing.T, e *engine.Engine, sent *atomic.Int64)) {
	for name, start := range map[string]func(t *testing.T, o engine.Options) *engine.Engine{
		"PostgreSQL 15": func(t *testing.T, o engine.Options) *engine.Engine {
			return open(t, testdb.PG15(t), engine.WithOptions(o))
		},
		"PostgreSQL 18": func(t *testing.T, o engine.Options) *engine.Engine {
			return open(t, testdb.PG18(t), engine.WithOptions(o))
		},
		"by MERGE": mergingPG18,
	} {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int64
			f(t, start(t, countSent(&sent)), &sent)
		})
	}
}

func wantAlways(t *testing.T, err error, column string) {
	t.Helper()
	if !errors.Is(err, sqlerr.ErrGeneratedAlways) || !strings.Contains(err.Error(), column) || !strings.Contains(err.Error(), "OverridingAlways") {
		t.Errorf("got %v, want ErrGeneratedAlways for %s, and how to override", err, column)
	}
}

// ownIDs are words with ids of the program's own, from 1000 times first on.
func ownIDs(table *schema.Table, first, n int) *wordBatch {
	b := newWordBatch(table, first, n, "id", "made")
	b.Columns, b.Exprs = append(b.Columns, table.Column("id")), append(b.Exprs, nil)
	bind := b.Bind
	b.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		dst, err := bind(i, dst)
		return append(dst, sqltype.Int64Value(int64(100000+first+i))), err
	}
	return b
}

// A value for a column that is generated always is refused before anything is
// sent, so that a transaction goes on, and taken where that is said.
func TestValueForAlwaysIdentity(t *testing.T) {
	onAlways(t, func(t *testing.T, e *engine.Engine, sent *atomic.Int64) {
		table := words(t, "engine_override", schema.AlwaysIdentity())
		create(t, e, table)
		first := 0
		for _, n := range []int{1, 2, 300} {
			b := ownIDs(table, first, n)
			err := e.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				before := sent.Load()
				wantAlways(t, tx.Insert(t.Context(), &b.InsertBatch), "engine_override.id")
				if got := sent.Load(); got != before {
					t.Errorf("%d statements were sent", got-before)
				}
				b.OverridingAlways = true
				return tx.Insert(t.Context(), &b.InsertBatch)
			})
			if err != nil {
				t.Fatal(err)
			}
			b.check(t, e, first)
			if b.ids[n-1] != int64(100000+first+n-1) {
				t.Errorf("got the id %d, want %d", b.ids[n-1], 100000+first+n-1)
			}
			first += n
			generated := newWordBatch(table, first, n, "id")
			generated.OverridingAlways = true // says nothing about what is not sent
			insert(t, e, &generated.InsertBatch)
			generated.check(t, e, first)
			first += n
		}
	})
}

// The same of INSERT statements: of rows, and of what a SELECT gives.
func TestInsertStatementForAlwaysIdentity(t *testing.T) {
	onAlways(t, func(t *testing.T, e *engine.Engine, sent *atomic.Int64) {
		table := words(t, "engine_override_s", schema.AlwaysIdentity())
		create(t, e, table)
		row := func(id expr.Expression, w int) *expr.Insert {
			return expr.NewInsert(table).Values(expr.Assignment{Target: table.C("id"), Value: id},
				expr.Assignment{Target: table.C("word"), Value: expr.BindValue(table.Column("word").Type, sqltype.TextValue(word(w)))})
		}
		id := func(n int64) expr.Expression { return expr.BindValue(big, sqltype.Int64Value(n)) }
		twice := expr.NewInsert(table).From([]expr.Expression{table.C("id"), table.C("word")},
			expr.NewSelect(&expr.Binary{Op: expr.OpAdd, L: table.C("id"), R: id(500)}, expr.BindValue(sqltype.Text{}, sqltype.TextValue("again"))).From(table))
		exec(t, e, row(expr.DEFAULT, 1))
		for _, ins := range []*expr.Insert{row(id(70), 2), twice} {
			before := sent.Load()
			_, err := e.Exec(t.Context(), ins)
			wantAlways(t, err, "engine_override_s.id")
			if got := sent.Load(); got != before {
				t.Errorf("%d statements were sent", got-before)
			}
		}
		exec(t, e, twice.OverridingAlways())
		exec(t, e, row(id(70), 2).OverridingAlways())
		for w, want := range map[string]int64{word(1): 1, "again": 501, word(2): 70} {
			got, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(table.C("id")).From(table).
				Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: table.C("word"), R: expr.BindValue(sqltype.Text{}, sqltype.TextValue(w))})))
			if err != nil || got != want {
				t.Errorf("%q has the id %d, %v, want %d", w, got, err, want)
			}
		}
		_, err := e.Exec(t.Context(), expr.SQL("INSERT INTO engine_override_s (id, word) VALUES (71, 'raw')"))
		wantAlways(t, err, "engine_override_s")
	})
}
