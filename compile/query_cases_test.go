package compile_test

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	totals  = expr.NewSelect(orders.UserID, total.As("sum")).From(ordersTable).GroupBy(orders.UserID)
	perUser = expr.NewDerived("totals", totals)
	cheap   = expr.NewCTE("cheap", expr.NewSelect(orders.ID, orders.UserID).Where(orders.Total.Lt(sqltype.MustParseDecimal("5"))))
)

// counter is a recursive CTE of numbers up to 5.
var counter = expr.Recursive("counter", expr.NewSelect(users.ID).Where(users.ID.Eq(1)), func(self *expr.CTE) expr.Query {
	return expr.NewSelect(users.ID.Of(self).Add(1)).Where(users.ID.Of(self).Lt(5))
})

var fromCases = []statementCase{
	{"derived", "A query in FROM has a name; its columns go by their names there.", expr.NewSelect(users.Name, total.As("sum").Of(perUser)).From(usersTable).Join(perUser, orders.UserID.Of(perUser).EqExpr(users.ID))},
	{"derived_alone", "FROM is taken from columns of a derived table too.", expr.NewSelect(total.As("sum").Of(perUser)).OrderBy(total.As("sum").Of(perUser).Desc())},
	{"derived_unknown", "A column that a derived table does not have is refused.", expr.NewSelect(orders.Note.Of(perUser))},
	{"derived_twice", "Two columns of one name in a derived table are refused.", expr.NewSelect(users.ID.Of(expr.NewDerived("d", expr.NewSelect(users.ID, orders.ID))))},
	{"derived_unnamed", "An expression needs a label to be used outside of its query.", expr.NewSelect(expr.CountAll().Of(perUser))},
	{"lateral", "A LATERAL query sees the sources to its left.", lateralCase(expr.LeftJoin)},
	{"lateral_cross", "A LATERAL query without a condition.", lateralCase(expr.CrossJoin)},
	{"join_inferred", "A join without a condition is along the foreign key.", expr.NewSelect(users.Name, orders.Total).From(usersTable).Join(ordersTable)},
	{"join_inferred_reverse", "The foreign key may point either way, and the columns may name both sides already.", expr.NewSelect(orders.Total, users.Name).LeftJoin(usersTable)},
	{"join_inferred_alias", "An alias has the foreign keys of its table.", expr.NewSelect(managers.Name, orders.Total).From(manager).Join(ordersTable)},
	{"join_inferred_derived", "A derived table has the foreign keys of the columns that it selects.", expr.NewSelect(users.Name).From(usersTable).Join(perUser)},
	{"join_no_key", "Where no foreign key is between the sides, a condition is asked for.", expr.NewSelect(users.Name).From(usersTable).Join(drawersTable)},
	{"join_right_full", "RIGHT, FULL and CROSS JOIN.", expr.NewSelect(users.ID).From(usersTable).RightJoin(ordersTable).CrossJoin(drawersTable)},
	{"sample", "A part of a table, by chance.", expr.NewSelect(users.ID.Of(chosen)).From(chosen)},
	{"sample_seeded", "A part of a table that is the same each time.", expr.NewSelect(expr.CountAll()).From(chosen.By("bernoulli").Seeded(expr.Value(int64(7))))},
	{"values", "Rows that are written in the statement.", expr.NewSelect(expr.NumColumn[int64](written, "id"), expr.TextColumn(written, "word"), users.Name).From(usersTable).Join(written, expr.NumColumn[int64](written, "id").EqExpr(users.ID))},
	{"values_short", "A row with too few values is refused.", expr.NewSelect(expr.TextColumn(expr.NewValues("v", []string{"a", "b"}, expr.Row(expr.Value("x"))), "a"))},
	{"named_table", "A table that no metadata describes.", expr.NewSelect(expr.NumColumn[int64](expr.NewNamedTable("users"), "id"))},
	{"table_hints", "Hints behind a table are for the products that are named.", sel().HintOn(usersTable, "USE INDEX ()", "mysql").HintOn(usersTable, "WITH (NOLOCK)", "mssql")},
}

var (
	chosen  = expr.TableSample(usersTable, "some", 10)
	written = expr.NewValues("written", []string{"id", "word"}, expr.Row(expr.Value(int64(1)), expr.Value("one")), expr.Row(expr.Value(int64(2)), expr.Value("two")))
)

func lateralCase(kind expr.JoinKind) *expr.Select {
	last := expr.NewLateral("last", expr.NewSelect(orders.Total).Where(orders.UserID.EqExpr(users.ID)).OrderBy(orders.ID.Desc()).Limit(1))
	if kind == expr.CrossJoin {
		return expr.NewSelect(users.Name, orders.Total.Of(last)).From(usersTable).CrossJoin(last)
	}
	return expr.NewSelect(users.Name, orders.Total.Of(last)).From(usersTable).LeftJoin(last, expr.All())
}

var cteCases = []statementCase{
	{"cte", "A CTE is a source; it is written once, before the statement.", expr.NewSelect(users.Name).From(usersTable).Join(cheap).Where(users.ID.InSelect(expr.NewSelect(orders.UserID.Of(cheap))))},
	{"chained", "A CTE that uses another stands behind it.", expr.NewSelect(orders.ID.Of(expr.NewCTE("again", expr.NewSelect(orders.ID.Of(cheap)))))},
	{"recursive", "A recursive CTE selects from itself.", expr.NewSelect(users.ID.Of(counter)).OrderBy(users.ID.Of(counter).Asc())},
	{"no_recursion", "A recursive CTE that does not select from itself is refused.", expr.NewSelect(users.ID.Of(aimless))},
	{"materialized", "A CTE may be computed by itself.", expr.NewSelect(expr.CountAll()).From(expr.NewCTE("m", sel(), expr.Materialized()))},
	{"not_materialized", "A CTE may be part of the statement.", expr.NewSelect(expr.CountAll()).From(expr.NewCTE("m", sel(), expr.NotMaterialized()))},
	{"columns", "A CTE may name its columns.", expr.NewSelect(expr.NumColumn[int64](relabelled, "a"), expr.TextColumn(relabelled, "b"))},
	{"nested", "A query within keeps a CTE of its own.", expr.NewSelect(orders.ID.Of(keeper)).From(keeper)},
	{"two_of_a_name", "Two CTEs of one name are refused.", expr.NewSelect(expr.CountAll()).From(expr.NewCTE("m", sel()), expr.NewCTE("m", sel()))},
	{"deleting", "A CTE may change rows.", expr.NewSelect(orders.ID.Of(gone)).From(gone)},
	{"deleting_unused", "A CTE that changes rows needs no one to look at them.", sel().With(expr.NewCTE("gone", expr.NewDelete(ordersTable).Where(orders.ID.Eq(-1))))},
	{"insert", "An INSERT from a CTE.", expr.NewInsert(drawersTable).From([]expr.Expression{drawers.ID}, expr.NewSelect(orders.ID.Of(cheap)))},
	{"update", "An UPDATE with a CTE.", expr.NewUpdate(usersTable).Set(users.Age.Set(1)).Where(users.ID.InSelect(expr.NewSelect(orders.UserID.Of(cheap))))},
	{"delete", "A DELETE with a CTE.", expr.NewDelete(ordersTable).Where(orders.ID.InSelect(expr.NewSelect(orders.ID.Of(cheap))))},
}

var (
	aimless    = expr.Recursive("aimless", expr.NewSelect(users.ID), func(*expr.CTE) expr.Query { return expr.NewSelect(users.ID) })
	relabelled = expr.NewCTE("renamed", expr.NewSelect(expr.CountAll(), users.Name).GroupBy(users.Name), expr.CTEColumns("a", "b"))
	keeper     = expr.NewDerived("keeper", expr.NewSelect(orders.ID.Of(cheap)).With(cheap))
	gone       = expr.NewCTE("gone", expr.NewDelete(ordersTable).Where(orders.ID.Eq(-1)).Returning(orders.ID))
)

func ids(limit int) *expr.Select {
	return expr.NewSelect(users.ID).OrderBy(users.ID.Asc()).Limit(limit)
}

var setCases = []statementCase{
	{"union", "UNION and UNION ALL.", expr.UnionAll(expr.Union(expr.NewSelect(users.ID), expr.NewSelect(orders.ID)), expr.NewSelect(drawers.ID))},
	{"intersect", "INTERSECT of a UNION: they are grouped as they are nested.", expr.Intersect(expr.Union(expr.NewSelect(users.ID), expr.NewSelect(orders.ID)), expr.NewSelect(drawers.ID))},
	{"except", "EXCEPT, whose second query is a UNION.", expr.Except(expr.NewSelect(users.ID), expr.Union(expr.NewSelect(orders.ID), expr.NewSelect(drawers.ID)))},
	{"intersect_all", "INTERSECT ALL.", expr.IntersectAll(expr.NewSelect(users.ID), expr.NewSelect(orders.ID))},
	{"except_all", "EXCEPT ALL.", expr.ExceptAll(expr.NewSelect(users.ID), expr.NewSelect(orders.ID))},
	{"limit", "A limit of all rows.", expr.NewSelect(users.ID).Union(expr.NewSelect(orders.ID)).OrderBy(users.ID.Asc()).Limit(3)},
	{"offset", "An offset without an order.", expr.NewSelect(users.ID).Union(expr.NewSelect(orders.ID)).Limit(3).Offset(1)},
	{"ordered_members", "A query may have an order and a limit of its own.", expr.UnionAll(ids(1), ids(2))},
	{"order", "The order names columns of the result.", expr.NewSelect(users.ID, users.Name.As("called")).Union(expr.NewSelect(orders.ID, orders.Note)).OrderBy(users.ID.Desc(), expr.Result("called").Asc()).Limit(3).Offset(1)},
	{"order_nulls", "NULLs in the order.", expr.NewSelect(users.Nick).Union(expr.NewSelect(orders.Note)).OrderBy(users.Nick.Asc().Last())},
	{"order_unknown", "An order by what is no column of the result is refused.", expr.NewSelect(users.ID).Union(expr.NewSelect(orders.ID)).OrderBy(users.Name.Asc())},
	{"shape", "The queries must have equally many columns.", expr.Union(expr.NewSelect(users.ID), sel())},
	{"in", "IN of a set operation.", sel().Where(users.ID.InSelect(expr.Union(expr.NewSelect(orders.UserID), expr.NewSelect(drawers.ID))))},
	{"derived", "A set operation in FROM.", expr.NewSelect(users.ID.Of(both), expr.CountAll()).GroupBy(users.ID.Of(both))},
	{"cte", "A set operation with a CTE.", expr.Union(expr.NewSelect(orders.ID.Of(cheap)), expr.NewSelect(users.ID))},
}

var both = expr.NewDerived("both", expr.UnionAll(expr.NewSelect(users.ID), expr.NewSelect(orders.ID)))
