package compile_test

import "github.com/alkahest-go/alkahest/expr"

var byAge = expr.PartitionBy(users.Active).OrderBy(users.Age.Asc())

func summed(w expr.Window) *expr.Select {
	return expr.NewSelect(users.ID, expr.SumOf(users.Score).Over(w))
}

var windowCases = []statementCase{
	{"ranking", "Functions that rank the rows of a window.", expr.NewSelect(expr.RowNumber().Over(byAge), expr.Rank().Over(byAge), expr.DenseRank().Over(byAge), expr.PercentRank().Over(byAge), expr.CumeDist().Over(byAge), expr.NTile(4).Over(byAge))},
	{"values", "Functions that take values of other rows.", expr.NewSelect(expr.Lag(users.Name, 1).Over(byAge), expr.Lead(users.Age, 2).Over(byAge), expr.FirstValue(users.ID).Over(byAge), expr.LastValue(users.Joined).Over(byAge))},
	{"whole", "OVER () is all rows.", expr.NewSelect(users.ID, expr.CountAll().Over())},
	{"rows", "A frame of rows.", summed(byAge.Rows(expr.Preceding(2), expr.Following(3)))},
	{"rows_running", "A frame up to the current row.", summed(byAge.Rows(expr.UnboundedPreceding(), expr.CurrentRow()))},
	{"range", "A frame by difference.", summed(expr.WindowOrder(users.Age.Asc()).Range(expr.Preceding(5), expr.UnboundedFollowing()))},
	{"groups", "A frame by groups of equal rows.", summed(byAge.Groups(expr.Preceding(1), expr.CurrentRow()))},
	{"exclude", "A frame without the current row.", summed(byAge.Rows(expr.Preceding(1), expr.Following(1)).Exclude(expr.ExcludeCurrentRow))},
	{"below_zero", "A frame can't count fewer than no rows.", summed(byAge.Rows(expr.Preceding(-1), expr.CurrentRow()))},
	{"named", "A window with a name.", expr.NewSelect(expr.CountAll().Over(expr.WindowNamed("w")), expr.SumOf(users.Age).Over(expr.WindowNamed("w").OrderBy(users.ID.Asc()))).From(usersTable).Window("w", expr.PartitionBy(users.Active)).Where(users.ID.Gt(0))},
	{"unnamed", "A name that no window has is refused.", expr.NewSelect(expr.Rank().Over(expr.WindowNamed("w").OrderBy(users.ID.Asc()))).From(usersTable)},
	{"without_over", "A window function without OVER is refused.", expr.NewSelect(expr.RowNumber()).From(usersTable)},
	{"order_by", "A window function in ORDER BY.", sel().OrderBy(expr.RowNumber().Over(expr.WindowOrder(users.Age.Desc())).Asc())},
}

var aggregateCases = []statementCase{
	{"filter", "FILTER, or a CASE in its place.", expr.NewSelect(expr.CountAll().Filter(users.Active), expr.SumOf(users.Age).Filter(users.Age.Gt(1), users.Active.Not()))},
	{"string_agg", "Texts of a group joined.", expr.NewSelect(expr.StringAgg(users.Name, ", "))},
	{"string_agg_ordered", "Texts of a group joined in an order.", expr.NewSelect(expr.StringAgg(users.Name, ", ").OrderedBy(users.ID.Desc()))},
	{"within_group", "An ordered-set function.", expr.NewSelect(percentile())},
	{"rollup", "GROUP BY ROLLUP.", expr.NewSelect(users.Active, users.Age, expr.CountAll()).GroupBy(expr.Rollup(users.Active, users.Age))},
	{"cube", "GROUP BY CUBE beside another term.", expr.NewSelect(users.Active, users.Age, expr.CountAll()).GroupBy(users.Active, expr.Cube(users.Age))},
	{"grouping_sets", "GROUPING SETS, one of which is empty.", expr.NewSelect(users.Active, users.Age, expr.Grouping(users.Age)).GroupBy(expr.GroupingSets([]expr.Expression{users.Active, users.Age}, []expr.Expression{users.Age}, nil))},
}

func percentile() expr.Expression {
	half := expr.NewNum[float64](&expr.Func{Name: "percentile_cont", Args: []expr.Expression{expr.Unwrap(expr.Value(0.5))}, Type: users.Score.SQLType()}, users.Score.Codec())
	return half.WithinGroup(users.Score.Asc())
}

var clauseCases = []statementCase{
	{"distinct_on", "DISTINCT ON.", expr.NewSelect(orders.UserID, orders.ID).DistinctOn(orders.UserID).OrderBy(orders.UserID.Asc(), orders.ID.Desc())},
	{"with_ties", "LIMIT with those that are equal to the last.", sel().OrderBy(users.Age.Asc()).LimitWithTies(2)},
	{"percent", "LIMIT by a percentage.", sel().OrderBy(users.Age.Asc()).LimitPercent(50)},
	{"limit_expression", "LIMIT by an expression.", sel().OrderBy(users.ID.Asc()).LimitExpr(expr.NewNum[int64](expr.Value(int64(2)), users.ID.Codec()).Add(3))},
	{"prefix", "Text before the columns and behind the statement.", sel().Prefix("/* before */").Prefix("SQL_NO_CACHE", "mysql").Suffix("/* behind */")},
	{"label_twice", "A label that is given twice is refused.", expr.NewSelect(users.ID.As("x"), users.Name.As("x"))},
	{"order_by_label", "The order may name a label.", expr.NewSelect(users.Age.Add(1).As("next")).OrderBy(expr.Result("next").Desc().Last(), users.Age.Add(1).As("next").Asc())},
	{"order_by_nothing", "An order by a column that the result does not have is refused.", sel().OrderBy(expr.Result("nothing").Asc())},
	{"correlate", "A subquery without a FROM of its own.", sel().Where(users.ID.EqExpr(expr.OrderedOfQuery[int64](expr.NewSelect(users.ID).Correlate(usersTable).Where(users.Age.Gt(1)))))},
	{"scalar", "A subquery as a number.", expr.NewSelect(users.ID, expr.NumOfQuery[int64](expr.NewSelect(expr.CountAll()).From(ordersTable).Where(orders.UserID.EqExpr(users.ID))).Add(1).As("n")).From(usersTable)},
	{"lock_optional", "A lock that is left out where a product has none.", sel().Locking(expr.Lock{Strength: expr.ForUpdate, Optional: true})},
	{"lock_key_share", "The strengths that PostgreSQL alone has.", sel().Locking(expr.Lock{Strength: expr.ForKeyShare})},
}
