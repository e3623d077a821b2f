package expr_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/expr"
)

// Clauses that come at once are those that come one after the other, and the
// statement before stays as it was.
func TestClausesAtOnce(t *testing.T) {
	of := num(orders, "user_id")
	on := expr.NewPred(&expr.Binary{Op: expr.OpEq, L: of, R: id})
	base := expr.NewSelect(id).From(users)
	five, ten := 5, 10
	lock := expr.Lock{Strength: expr.ForUpdate}
	for name, c := range map[string]struct {
		at   expr.Addition
		want *expr.Select
	}{
		"nothing": {expr.Addition{}, base},
		"a join":  {expr.Addition{Joins: []expr.Joining{{Kind: expr.LeftJoin, To: orders, On: []expr.Predicate{on}}}}, base.LeftJoin(orders, on)},
		"a join of a named source": {
			expr.Addition{Joins: []expr.Joining{{Left: users, Kind: expr.InnerJoin, To: orders, On: []expr.Predicate{on}}}},
			base.JoinFrom(users, expr.InnerJoin, orders, on),
		},
		"all others": {
			expr.Addition{Columns: []expr.Expression{of}, Where: []expr.Predicate{id.Gt(1), id.Lt(9)}, OrderBy: []expr.Order{id.Desc()}, Limit: &five, Offset: &ten, Lock: lock},
			base.AddColumns(of).Where(id.Gt(1)).Where(id.Lt(9)).OrderBy(id.Desc()).Limit(5).Offset(10).Locking(lock),
		},
	} {
		if got := base.Plus(&c.at); !expr.Same(got, c.want) {
			t.Errorf("%s: the statements are not the same", name)
		}
	}
	if !expr.Same(base, expr.NewSelect(id).From(users)) || base.Width() != 1 {
		t.Errorf("the statement has changed: it has %d columns", base.Width())
	}
}
