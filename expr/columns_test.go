package expr_test

import (
	"slices"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
)

// The columns of a SELECT are chosen, added to and asked for; the statement that
// it was made of stays as it is.
func TestColumnsOfASelect(t *testing.T) {
	people := expr.NewNamedTable("people")
	id, name := expr.NumColumn[int64](people, "id"), expr.TextColumn(people, "name")
	first := expr.NewSelect(id)
	other := first.Columns(name, id.Add(1).As("next"))
	more := other.AddColumns(id)
	for _, c := range []struct {
		s    *expr.Select
		want []string
	}{
		{first, []string{"id"}},
		{other, []string{"name", "next"}},
		{more, []string{"name", "next", "id"}},
	} {
		var got []string
		for _, x := range c.s.Output() {
			got = append(got, expr.OutputName(x))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got the columns %v, want %v", got, c.want)
		}
		if got := expr.NewDerived("d", c.s).OutputNames(); !slices.Equal(got, c.want) {
			t.Errorf("a derived table has the columns %v, want %v", got, c.want)
		}
	}
	d := expr.NewDerived("d", more)
	col, ok := expr.Unwrap(id.Add(1).As("next").Of(d)).(*expr.Column)
	if !ok || col.From != expr.Source(d) || col.Name != "next" {
		t.Errorf("got %v for a column of the derived table", col)
	}
}
