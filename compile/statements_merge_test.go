package compile_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
)

// merging matches users with orders that have their key.
func merging() *expr.Merge {
	return expr.NewMerge(pairsTable).Using(ordersTable, pairs.A.EqExpr(expr.NewNum[int32](expr.Unwrap(orders.ID), nil)))
}

func pairFrom(b int32) []expr.Assignment {
	return []expr.Assignment{{Target: pairs.A, Value: orders.ID}, pairs.B.Set(b), pairs.V.SetExpr(orders.Note)}
}

var mergeCases = []statementCase{
	{"both", "Rows that match are changed, others are inserted.", merging().WhenMatched().Update(pairs.V.SetExpr(orders.Note)).WhenNotMatched().Insert(pairFrom(1)...)},
	{"conditions", "The first WHEN whose conditions hold counts.", merging().WhenMatched(orders.Note.Eq("gone").Or(orders.Note.IsNull())).Delete().WhenMatched().Update(pairs.V.SetExpr(orders.Note.Upper())).WhenNotMatched(orders.Note.IsNotNull()).Insert(pairFrom(1)...)},
	{"updates", "Two WHENs that update.", merging().WhenMatched(pairs.B.Gt(3)).Update(pairs.V.Set("much")).WhenMatched().Update(pairs.V.Set("little"))},
	{"one_condition", "A condition on each action.", merging().WhenMatched(pairs.B.Gt(3)).Update(pairs.V.Set("much")).WhenNotMatched(orders.ID.Lt(9)).Insert(pairFrom(1)...)},
	{"by_source", "Rows that the source does not have.", merging().WhenNotMatchedBySource(pairs.B.Gt(0)).Update(pairs.V.Set("gone")).WhenNotMatchedBySource().Delete()},
	{"nothing", "DO NOTHING, before other WHENs.", merging().WhenMatched(pairs.B.Gt(3)).DoNothing().WhenMatched().Update(pairs.V.Set("x"))},
	{"nothing_last", "DO NOTHING at the end, where it is what happens anyway.", merging().WhenMatched().Update(pairs.V.Set("x")).WhenNotMatched().DoNothing()},
	{"key", "A column by which rows are matched is updated.", merging().WhenMatched().Update(pairs.A.Set(9))},
	{"derived", "A SELECT as the source.", expr.NewMerge(usersTable).Using(sums, sumsUser.EqExpr(users.ID)).WhenMatched().Update(users.Age.SetExpr(sumsCount))},
	{"itself", "The table itself under another name.", expr.NewMerge(usersTable).Using(manager, users.Nick.EqExpr(managers.Name)).WhenMatched().Update(users.Age.SetExpr(managers.Age))},
	{"defaults", "A row of defaults.", expr.NewMerge(drawersTable).Using(ordersTable, orders.ID.EqExpr(drawers.ID)).WhenNotMatched().Insert()},
	{"explicit_id", "A value for a generated key.", expr.NewMerge(drawersTable).Using(ordersTable, orders.ID.EqExpr(drawers.ID)).WhenNotMatched().Insert(drawers.ID.SetExpr(orders.ID))},
	{"returning", "RETURNING, with what was done.", merging().WhenMatched().Update(pairs.V.Set("x")).WhenNotMatched().Insert(pairFrom(1)...).Returning(expr.MergedAs{}, pairs.A, orders.Note)},
	{"unreachable", "A WHEN that is never reached is refused.", merging().WhenMatched().Delete().WhenMatched(pairs.B.Gt(1)).Update(pairs.V.Set("x"))},
	{"same_table", "The table is not its own source.", expr.NewMerge(usersTable).Using(usersTable, users.ID.Eq(1)).WhenMatched().Delete()},
	{"no_source", "A MERGE needs a source.", expr.NewMerge(usersTable).WhenMatched().Delete()},
	{"no_whens", "A MERGE needs a WHEN.", merging()},
	{"nothing_set", "An UPDATE that sets nothing is refused.", merging().WhenMatched().Update()},
	{"target_unseen", "A row that is inserted sees the source alone.", merging().WhenNotMatched().Insert(pairs.A.SetExpr(pairs.B))},
}

var upsertMoreCases = []statementCase{
	{"rows", "Several rows in one statement.", somePairs().OnConflict(expr.OnConflict(pairs.A, pairs.B).DoUpdate(pairs.V.SetExcluded()))},
	{"condition", "A condition on the row in the way.", somePairs().OnConflict(expr.OnConflict(pairs.B, pairs.A).DoUpdate(pairs.V.SetExpr(pairs.V.ConcatExpr(pairs.V.Excluded()))).Where(pairs.V.Ne("kept")))},
	{"nothing", "Any key.", somePairs().OnConflict(expr.OnConflict().DoNothing())},
	{"select", "Rows of a SELECT.", expr.NewInsert(pairsTable).From([]expr.Expression{pairs.A, pairs.B}, expr.NewSelect(users.Age, users.Age.AddExpr(users.Age))).OnConflict(expr.OnConflict(pairs.A, pairs.B).DoUpdate(pairs.V.Set("again")))},
	{"key", "A column of the key is changed.", somePairs().OnConflict(expr.OnConflict(pairs.A, pairs.B).DoUpdate(pairs.B.SetExpr(pairs.B.Add(100))))},
	{"returning", "RETURNING of the rows that were inserted or changed.", somePairs().OnConflict(expr.OnConflict(pairs.A, pairs.B).DoUpdate(pairs.V.SetExcluded())).Returning(pairs.A, pairs.V)},
	{"generated", "A key that is not sent is in nobody's way.", expr.NewInsert(usersTable).Values(row...).OnConflict(expr.OnConflict().DoNothing())},
	{"constraint", "A key by a name that the declaration does not have is refused.", somePairs().OnConflict(expr.OnConstraint("no_such").DoNothing())},
}

func somePairs() *expr.Insert {
	return expr.NewInsert(pairsTable).Values(pairs.A.Set(1), pairs.B.Set(2), pairs.V.Set("new")).Values(pairs.A.Set(7), pairs.B.Set(8), pairs.V.Set("newer"))
}

// TestEffectsOfMerge runs MERGE where it is had, with all that the version of
// the server has.
func TestEffectsOfMerge(t *testing.T) {
	both := merging().WhenMatched(orders.Note.Eq("y")).Delete().WhenMatched().Update(pairs.V.SetExpr(orders.Note)).WhenNotMatched().Insert(pairFrom(5)...)
	all := expr.NewSelect(pairs.A, pairs.B, pairs.V).From(pairsTable).OrderBy(pairs.A.Asc(), pairs.B.Asc())
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		if p.name != "postgresql" {
			return
		}
		must(shop.Resolve())
		ddl(t, c, p.rules(), createAll(p, shop)...)
		for _, s := range population {
			rowsOf(t, p, c, s)
		}
		rowsOf(t, p, c, both)
		if got, want := rowsOf(t, p, c, all), "1 2 x, 1 3 x, 3 5 x"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if t.Name() != "TestEffectsOfMerge/pg18" {
			return
		}
		p.caps.Version = dialect.Version{18}
		gone := merging().WhenMatched(orders.ID.Eq(1)).Update(pairs.B.SetExpr(pairs.B.Add(10))).WhenNotMatchedBySource().Delete().WhenNotMatched().Insert(pairFrom(6)...).Returning(expr.MergedAs{}, pairs.A, pairs.B)
		rowsOf(t, p, c, expr.NewDelete(ordersTable).Where(orders.ID.Eq(3)))
		if got, want := rowsOf(t, p, c, gone), "UPDATE 1 12, UPDATE 1 13, DELETE 3 5, INSERT 2 6"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
