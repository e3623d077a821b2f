package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestExplainGivesATree(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		table := words(t, "engine_explained")
		create(t, e, table)
		for i := range 30 {
			exec(t, e, addWord(table, fmt.Sprint("word ", i)))
		}
		a, b := expr.NewAlias(table, "a"), expr.NewAlias(table, "b")
		codec := sqltype.CodecOf[int64](table.Column("id").Type)
		id := func(from *expr.Alias) expr.Scalar[int64] {
			return expr.NewScalar[int64](&expr.Column{From: from, Name: "id", Codec: codec}, codec)
		}
		join := expr.NewSelect(id(a)).From(a).Join(b, id(a).EqExpr(id(b))).Where(id(a).Eq(7))
		plan, err := engine.Explain(t.Context(), e, join)
		if err != nil {
			t.Fatal(err)
		}
		seen, steps := map[string]bool{}, 0
		for n := range plan.All() {
			seen[n.Table] = true
			if steps++; n.Actual != nil {
				t.Errorf("%s has counts of a statement that was not run", n.Operation)
			}
		}
		if !seen["a"] || !seen["b"] || steps < 3 || len(plan.Children) == 0 || !strings.Contains(plan.String(), "\n  ") {
			t.Errorf("got the plan\n%s\nwant one that reads a and b", plan)
		}
		before := allWords(t, e, table)
		remove := expr.NewDelete(table).Where(col[string](table, "word").Eq("word 3"))
		if plan, err := engine.Explain(t.Context(), e, remove); err != nil || !strings.Contains(plan.String(), "engine_explained") {
			t.Errorf("a DELETE: got %v, %v", plan, err)
		}
		if got := allWords(t, e, table); got != before {
			t.Error("the DELETE was run")
		}
		byKey := expr.NewSelect(table.C("score")).From(table).Where(col[string](table, "word").Eq("word 3"))
		for range 2 { // beside the statement itself
			if _, err := engine.Explain(t.Context(), e, byKey); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Collect[*float64](t.Context(), e, byKey); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestExplainAnalyzeCounts(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine.Engine) {
		table := words(t, "engine_analyzed")
		create(t, e, table)
		for i := range 5 {
			exec(t, e, addWord(table, fmt.Sprint("word ", i)))
		}
		plan, err := engine.ExplainAnalyze(t.Context(), e, expr.NewSelect(table.C("score")).From(table))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for n := range plan.All() {
			if n.Table == "engine_analyzed" && n.Actual != nil {
				found = found || n.Actual.Rows == 5 && n.Actual.Loops == 1
			}
		}
		if !found {
			t.Errorf("got the plan\n%s\nwant 5 rows in 1 loop", plan)
		}
		tx := begin(t, e, engine.TxOptions{})
		if _, err := engine.ExplainAnalyze(t.Context(), tx, expr.NewDelete(table).Where(expr.All())); err != nil {
			t.Fatal(err)
		}
		if got := allWords(t, tx, table); got != "" {
			t.Errorf("the DELETE was not run: %s", got)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	var unsupported *compile.UnsupportedError
	if _, err := engine.ExplainAnalyze(t.Context(), open(t, "sqlite://"), selectWord("x")); !errors.As(err, &unsupported) {
		t.Errorf("SQLite: got %v", err)
	}
}

// An index that serves a query is named in its plan.
func TestExplainNamesTheIndex(t *testing.T) {
	e := open(t, "sqlite://")
	table := words(t, "engine_indexed")
	create(t, e, table)
	plan, err := engine.Explain(t.Context(), e, expr.NewSelect(table.C("score")).From(table).Where(col[string](table, "word").Eq("w")))
	if err != nil || len(plan.Children) != 1 {
		t.Fatalf("got %v, %v", plan, err)
	}
	if n := plan.Children[0]; n.Operation != "SEARCH" || n.Table != "engine_indexed" || n.Index != "sqlite_autoindex_engine_indexed_1" {
		t.Errorf("SQLite: got %+v", n)
	}
	pg := open(t, testdb.PG18(t))
	create(t, pg, table)
	tx := begin(t, pg, engine.TxOptions{})
	defer tx.Rollback(t.Context())
	exec(t, tx, expr.SQL("SET LOCAL enable_seqscan = off"))
	exec(t, tx, expr.SQL("SET LOCAL enable_bitmapscan = off"))
	plan, err = engine.Explain(t.Context(), tx, expr.NewSelect(table.C("score")).From(table).Where(col[string](table, "word").Eq("w")))
	if err != nil || plan.Operation != "Index Scan" || plan.Index != "engine_indexed_word_key" || plan.Table != "engine_indexed" || plan.Rows < 0 || plan.Cost <= 0 {
		t.Errorf("PostgreSQL: got %+v, %v", plan, err)
	}
}
