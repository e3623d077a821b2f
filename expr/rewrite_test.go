package expr_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// everyClause is a SELECT that has the column name, and a value of its own, in
// each clause.
func everyClause() *expr.Select {
	n := int64(0)
	next := func() expr.Num[int64] { n++; return age.Add(n) }
	inner := expr.NewSelect(next().As("n")).From(users).Where(next().Gt(0))
	cte := expr.NewCTE("c", inner)
	numbers := expr.Recursive("r", expr.NewSelect(next().As("x")).From(users), func(self *expr.CTE) expr.Query {
		return expr.NewSelect(expr.NumColumn[int64](self, "x").AddExpr(next())).From(self, users)
	})
	derived := expr.NewDerived("d", expr.Union(inner.Where(next().Lt(0)), inner).OrderBy(next().Asc()))
	window := expr.PartitionBy(next()).OrderBy(next().Asc()).Range(expr.PrecedingBy(next()), expr.FollowingBy(next()))
	values := expr.NewValues("v", []string{"a"}, expr.Row(next()))
	called := expr.FromFunc("series", "f", next())
	raw := expr.FromSQL("t", expr.SQL("SELECT :n", expr.NamedExpr("n", next())))
	sample := expr.TableSample(users, "s", 10).Seeded(next())
	return expr.NewSelect(next(), expr.SumOf(age).Filter(next().Gt(0)).Over(window)).
		From(users, cte, numbers, derived, values, called, raw, sample).
		Join(orders, orderID.EqExpr(next())).
		DistinctOn(next()).
		Where(next().Gt(0), expr.Exists(inner.Where(next().Gt(0)))).
		GroupBy(next(), expr.Rollup(next())).
		Having(next().Gt(0)).
		Window("w", expr.WindowOrder(next().Asc())).
		OrderBy(next().Desc()).
		LimitExpr(next()).OffsetExpr(next()).
		Extend(expr.AtEnd, expr.Order{X: next()})
}

func countOf(n expr.Node, is func(expr.Node) bool) int {
	count := 0
	expr.Visit(n, func(n expr.Node) {
		if is(n) {
			count++
		}
	})
	return count
}

func TestRewriteReachesEveryClause(t *testing.T) {
	base := everyClause()
	before := structure(t, base)
	years := num(users, "years").Unwrap()
	isAge := func(n expr.Node) bool { c, ok := n.(*expr.Column); return ok && c.Name == "age" }
	got, err := expr.Rewrite(base, func(n expr.Node) expr.Node {
		if isAge(n) {
			return years
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	isYears := func(n expr.Node) bool { return n == expr.Node(years) }
	if had, left, has := countOf(base, isAge), countOf(got, isAge), countOf(got, isYears); had < 25 || left != 0 || has != had {
		t.Errorf("%d columns were replaced of %d, and %d are left; want all, which are at least 25", has, had, left)
	}
	if structure(t, base) != before {
		t.Error("the statement itself has changed")
	}
	if want := strings.ReplaceAll(before, "\x03age", "\x05years"); structure(t, got) != want {
		t.Error("more than the columns has changed")
	}
}

func TestRewriteKeepsWhatDoesNotChange(t *testing.T) {
	base := everyClause()
	got, err := expr.Rewrite(base, func(expr.Node) expr.Node { return nil })
	if err != nil || got != base {
		t.Errorf("got another statement, %v; want the same one", err)
	}
	kept := expr.NewAlias(orders, "o")
	q := expr.NewSelect(id).From(users, kept)
	got, err = expr.Rewrite(q, func(n expr.Node) expr.Node {
		if n == expr.Node(kept) {
			return n // whole, with what is within
		}
		if c, ok := n.(*expr.Column); ok && c.Name == "id" {
			return age.Unwrap()
		}
		if n == expr.Node(orders) {
			t.Error("a node that is kept was gone into")
		}
		return nil
	})
	if err != nil || got.Parts().From[1] != expr.Source(kept) || !expr.Same(got, expr.NewSelect(age).From(users, kept)) {
		t.Errorf("got %v, want the alias as it is", err)
	}
}

func TestRewriteRefusesWhatCannotStandThere(t *testing.T) {
	q := expr.NewSelect(id).From(users)
	_, err := expr.Rewrite(q, func(n expr.Node) expr.Node {
		if n == expr.Node(users) {
			return age
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "can't stand in the place of a *expr_test.place") {
		t.Errorf("got %v, want an error that names both", err)
	}
}

// TestAdapt has a typed condition on a table hold for its alias.
func TestAdapt(t *testing.T) {
	boss := expr.NewAlias(users, "boss")
	got, err := expr.Adapt(age.Gt(3).And(name.Eq("x"), orderID.Eq(1)), users, boss)
	want := num(boss, "age").Gt(3).And(expr.NewText[string](&expr.Column{From: boss, Name: "name", Codec: varchar}, varchar).Eq("x"), orderID.Eq(1))
	if err != nil || !expr.Same(got, want) {
		t.Errorf("the condition is not that of the alias (%v)", err)
	}
	sum, err := expr.Adapt(age.Add(1), users, boss)
	if err != nil || !expr.Same(sum.Mul(2), num(boss, "age").Add(1).Mul(2)) {
		t.Errorf("the number is not that of the alias (%v)", err)
	}
	both := expr.NewSelect(id, num(boss, "id")).From(users).Join(boss, num(boss, "id").EqExpr(id))
	other := expr.NewAlias(users, "other")
	adapted, err := expr.Adapt(both, users, other)
	if err != nil || !expr.Same(adapted, expr.NewSelect(num(other, "id"), num(boss, "id")).From(other).Join(boss, num(boss, "id").EqExpr(num(other, "id")))) {
		t.Errorf("the table is not the alias, or the other alias is changed (%v)", err)
	}
	if _, err := expr.Adapt[expr.Expression](expr.Typed[int64](expr.NULL, sqltype.Integer{Bits: 64}), users, boss); err != nil {
		t.Error(err)
	}
}
