package engine_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

func setsOf(t *testing.T, x engine.Executor, s expr.Statement) [][]map[string]any {
	t.Helper()
	var got [][]map[string]any
	for r, err := range engine.Sets(t.Context(), x, s) {
		if err != nil {
			t.Fatal(err)
		}
		var set []map[string]any
		for rec, err := range engine.Rows[engine.Record](r) {
			if err != nil {
				t.Fatal(err)
			}
			m, err := rec.Map()
			if err != nil {
				t.Fatal(err)
			}
			set = append(set, m)
		}
		got = append(got, set)
	}
	return got
}

func TestResultsOfAProcedure(t *testing.T) {
	e := open(t, testdb.MariaDB(t))
	exec(t, e, expr.SQL("DROP PROCEDURE IF EXISTS engine_sets"))
	exec(t, e, expr.SQL("CREATE PROCEDURE engine_sets() BEGIN SELECT 1 AS a UNION ALL SELECT 2; SELECT 'x' AS b, 3 AS c; SELECT 4 AS d WHERE FALSE; END"))
	t.Cleanup(func() { e.Exec(context.Background(), expr.SQL("DROP PROCEDURE engine_sets")) })
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want := [][]map[string]any{{{"a": int64(1)}, {"a": int64(2)}}, {{"b": "x", "c": int64(3)}}, nil}
	if diff := cmp.Diff(setsOf(t, c, expr.SQL("CALL engine_sets()")), want); diff != "" {
		t.Errorf("results (-got +want):\n%s", diff)
	}
	one(t, c)
	for range engine.Sets(t.Context(), c, expr.SQL("CALL engine_sets()")) {
		break // the others are passed over
	}
	one(t, c)
	if got, err := engine.Collect[int64](t.Context(), c, expr.SQL("CALL engine_sets()")); err != nil || !cmp.Equal(got, []int64{1, 2}) {
		t.Errorf("the first result alone: got %v, %v, want 1 and 2", got, err)
	}
	one(t, c)
}

func TestOneResultIsASet(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		want := [][]map[string]any{{{"a": int64(1)}}}
		if diff := cmp.Diff(setsOf(t, e, expr.SQL("SELECT 1 AS a")), want); diff != "" {
			t.Errorf("results (-got +want):\n%s", diff)
		}
		for _, err := range engine.Sets(t.Context(), e, expr.SQL("SELECT nothing_such")) {
			if err == nil {
				t.Error("got a result of what is no SQL")
			}
		}
		one(t, e)
	})
}
