package mssql_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// TestFiltersOfIndexes holds which conditions a partial index may have.
func TestFiltersOfIndexes(t *testing.T) {
	people := table("p", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big), schema.IndexOn("ix", "n"))
	id, n := expr.NumColumn[int64](people, "id"), expr.NumColumn[int64](people, "n")
	for _, tc := range []struct {
		where expr.Predicate
		want  string
	}{
		{n.Gt(1).And(id.IsNotNull(), n.Ne(5)), "WHERE [n] > 1 AND [id] IS NOT NULL AND [n] <> 5"},
		{n.In(1, 2), "WHERE [n] IN (1, 2)"},
		{expr.SQL("n > 3").Pred(), "WHERE n > 3"},
		{n.Gt(1).Or(id.Lt(2)), ""},
		{n.Between(1, 2), ""},
		{n.NotIn(1), ""},
		{n.GtExpr(id), ""},
		{n.Add(1).Gt(2), ""},
	} {
		ix := *people.Indexes[0]
		ix.Where = expr.Unwrap(tc.where)
		got, want := ddl(t, schema.CreateIndex{Index: &ix}), tc.want
		if want == "" {
			want = "mssql does not have partial indexes by another condition"
		}
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
