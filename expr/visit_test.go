package expr_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/expr"
)

func TestVisitAndSame(t *testing.T) {
	people := expr.NewNamedTable("people")
	age, name := expr.NumColumn[int64](people, "age"), expr.TextColumn(people, "name")
	make := func(n int64) *expr.Select {
		inner := expr.NewSelect(age.Max().As("oldest")).From(people).Where(name.Eq("a"))
		return expr.NewSelect(name).From(people).Where(age.Gt(n), age.InSelect(inner)).OrderBy(age.Desc())
	}
	columns, binds := map[string]int{}, 0
	expr.Visit(make(5), func(n expr.Node) {
		switch n := n.(type) {
		case *expr.Column:
			columns[n.Name]++
		case *expr.Bind:
			binds++
		}
	})
	if columns["age"] != 4 || columns["name"] != 2 || binds != 2 {
		t.Errorf("got %v and %d values, want age 4 times, name twice and 2 values", columns, binds)
	}
	if !expr.Same(make(5), make(5)) {
		t.Error("two statements that are made alike are not the same")
	}
	if expr.Same(make(5), make(6)) || expr.Same(make(5), make(5).Limit(1)) {
		t.Error("statements that differ are the same")
	}
}
