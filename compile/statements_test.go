package compile_test

import (
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var moment = time.Date(2026, 11, 22, 8, 0, 0, 123456000, time.UTC)

var statementGroups = []struct {
	name  string
	cases []statementCase
}{
	{"select", selectCases},
	{"where", whereCases},
	{"join", joinCases},
	{"order", orderCases},
	{"lock", lockCases},
	{"from", fromCases},
	{"cte", cteCases},
	{"set", setCases},
	{"window", windowCases},
	{"aggregate", aggregateCases},
	{"clause", clauseCases},
	{"insert", insertCases},
	{"insert_select", insertSelectCases},
	{"upsert", upsertCases},
	{"update", updateCases},
	{"delete", deleteCases},
	{"insert_more", insertMoreCases},
	{"update_from", updateFromCases},
	{"delete_using", deleteUsingCases},
	{"named_table", namedCases},
	{"called", calledCases},
	{"merge", mergeCases},
	{"upsert_more", upsertMoreCases},
	{"select_more", selectMoreCases()},
}

func sel() *expr.Select { return expr.NewSelect(users.ID, users.Name) }

func count() *expr.Select { return expr.NewSelect(expr.CountAll()).From(usersTable) }

var total = expr.NewNum[sqltype.Decimal](&expr.Func{Name: "sum", Args: []expr.Expression{expr.Unwrap(orders.Total)}, Type: sqltype.Numeric{}}, sqltype.CodecOf[sqltype.Decimal](sqltype.Numeric{}))

var selectCases = []statementCase{
	{"columns", "FROM is taken from the columns.", sel()},
	{"constant", "A SELECT needs no table.", expr.NewSelect(expr.Value(int64(1)), expr.Value("text"), expr.Value(true))},
	{"distinct", "DISTINCT.", expr.NewSelect(users.Age).Distinct()},
	{"label", "A result column may be named; the name is quoted.", expr.NewSelect(users.Age.Add(1).As(`next "age`))},
	{"aggregate", "Aggregates, GROUP BY and HAVING.", expr.NewSelect(users.Age, expr.CountAll(), users.Score.Max(), expr.CountDistinct(users.Name)).GroupBy(users.Age).Having(expr.CountAll().Gt(1))},
	{"arithmetic", "Operands get parentheses where precedence asks for them.", expr.NewSelect(users.Age.Add(1).Mul(2), users.Age.SubExpr(users.Age.Sub(1)), users.Age.Neg().Neg(), users.Age.Mod(7))},
	{"division", "Division is true division; INTEGER division has its own operator.", expr.NewSelect(div(expr.OpDiv), div(expr.OpIntDiv))},
	{"bits", "Operators on bits bind differently in each product, so that they always get parentheses.", expr.NewSelect(bits())},
	{"concat", "Text is joined by || or CONCAT.", expr.NewSelect(users.Name.Concat(" aka ").ConcatExpr(users.Nick).Upper())},
	{"concat_of_sum", "A sum within || is kept together.", expr.NewSelect(&expr.Binary{Op: expr.OpConcat, L: expr.Unwrap(users.Name), R: expr.Unwrap(users.Age.Add(1).SubExpr(users.Age)), Type: sqltype.Text{}})},
	{"case", "CASE WHEN.", expr.NewSelect(&expr.Case{Whens: []expr.When{{If: expr.Unwrap(users.Age.Lt(18)), Then: expr.Unwrap(expr.Value("minor"))}}, Else: expr.Unwrap(users.Name)})},
	{"cast", "CAST names types as the product's CAST does.", expr.NewSelect(casts()...)},
	{"subquery", "A SELECT as a value, correlated with the one around it.", expr.NewSelect(users.Name, &expr.Subquery{Select: expr.NewSelect(total).From(ordersTable).Where(orders.UserID.EqExpr(users.ID))}).From(usersTable)},
	{"functions", "Functions are called by name.", expr.NewSelect(users.Name.Lower(), users.Age.Abs(), &expr.Func{Name: "coalesce", Args: []expr.Expression{expr.Unwrap(users.Nick), expr.Unwrap(expr.Value("none"))}, Type: sqltype.Text{}})},
	{"function_injected", "A function's name is no place for SQL.", expr.NewSelect(&expr.Func{Name: "now(); --"})},
	{"raw", "Raw SQL has values at its places; quotes and casts stay as they are.", expr.NewSelect(expr.SQL("length(':x') + :n", expr.Named("n", int64(2)))).From(usersTable)},
	{"unsigned", "Unsigned values of 64 bits have a type of their own.", expr.NewSelect(expr.BindValue(sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(7)), users.Age.AddExpr(expr.NewNum[int32](expr.BindValue(sqltype.Integer{Bits: 64, Unsigned: true}, sqltype.Uint64Value(5_000_000_000)), nil)))},
	{"values_alone", "Values whose place says nothing of their type.", expr.NewSelect(text("a").Concat("b"), text("A").Lower(), &expr.Func{Name: "coalesce", Args: []expr.Expression{expr.Unwrap(text("a")), expr.Unwrap(text("b"))}, Type: sqltype.Text{}}, &expr.Case{Whens: []expr.When{{If: expr.Unwrap(text("a").Eq("b")), Then: expr.Unwrap(text("c"))}}, Else: expr.Unwrap(text("d"))})},
	{"no_columns", "A SELECT without columns is refused.", expr.NewSelect()},
	{"foreign_column", "A column whose table is not in FROM is refused.", sel().From(usersTable).Where(orders.ID.Eq(1))},
	{"next_value", "The next value of a sequence needs a product that has them.", expr.NewSelect(tickets.Next().Add(1))},
}

func text(s string) expr.TextOf[string] {
	return expr.NewText[string](expr.Unwrap(expr.Value(s)), sqltype.CodecOf[string](sqltype.Text{}))
}

func div(op expr.Op) expr.Expression {
	return &expr.Binary{Op: op, L: expr.Unwrap(users.Age), R: expr.Unwrap(users.Age.Add(2))}
}

func bits() expr.Expression {
	age := expr.Unwrap(users.Age)
	and := &expr.Binary{Op: expr.OpBitAnd, L: age, R: expr.Unwrap(users.Age.Add(1))}
	or := &expr.Binary{Op: expr.OpBitOr, L: and, R: &expr.Unary{Op: expr.OpBitNot, X: age}}
	return &expr.Binary{Op: expr.OpAdd, L: or, R: &expr.Unary{Op: expr.OpBitNot, X: or}}
}

func casts() []expr.Expression {
	var list []expr.Expression
	for _, t := range []sqltype.Type{
		sqltype.Integer{Bits: 64},
		sqltype.Numeric{Precision: 10, Scale: 2},
		sqltype.Float{Bits: 64},
		sqltype.String{Length: 5, Collation: "ignored"},
		sqltype.Text{},
		sqltype.DateTime{Precision: 6},
	} {
		list = append(list, &expr.Cast{X: expr.Unwrap(expr.Value("20261122")), Type: t})
	}
	return list
}

var whereCases = []statementCase{
	{"comparisons", "Comparisons with bound values.", sel().Where(users.Age.Eq(1), users.Age.Ne(2), users.Age.Lt(3), users.Age.Le(4), users.Age.Gt(5), users.Age.Ge(6))},
	{"null", "Eq of a NULL is IS NULL.", sel().Where(users.Nick.IsNull().Or(users.Nick.IsNotNull()))},
	{"distinct", "NULL-safe comparison.", sel().Where(users.Nick.IsDistinctFrom("x").And(users.Nick.IsNotDistinctFrom("y")))},
	{"in", "IN and NOT IN.", sel().Where(users.Age.In(1, 2, 3), users.Age.NotIn(4))},
	{"in_empty", "Nothing is in an empty list, and everything is not in it.", count().Where(users.Age.In().Not(), users.Age.NotIn())},
	{"in_select", "IN of a SELECT.", sel().Where(users.ID.InSelect(expr.NewSelect(orders.UserID).Where(orders.Note.IsNull())), users.ID.NotInSelect(expr.NewSelect(orders.ID)))},
	{"in_limit", "IN of some rows of a SELECT, and of a set operation.", sel().Where(users.ID.InSelect(expr.NewSelect(orders.UserID).OrderBy(orders.ID.Desc()).Limit(2)), users.ID.NotInSelect(expr.NewSelect(orders.ID).Union(expr.NewSelect(orders.UserID)).OrderBy(orders.ID.Asc()).Limit(1)))},
	{"in_limit_correlated", "IN of some rows that belong to the row.", sel().From(usersTable).Where(users.Age.InSelect(expr.NewSelect(managers.Age).From(manager).Where(managers.Name.EqExpr(users.Name)).OrderBy(managers.Age.Asc()).Limit(2)))},
	{"exists", "EXISTS sees the columns of the statement around it.", sel().Where(expr.Exists(expr.NewSelect(orders.ID).From(ordersTable).Where(orders.UserID.EqExpr(users.ID))))},
	{"between", "BETWEEN.", sel().Where(users.Age.Between(1, 9), users.Age.Between(2, 3).Not())},
	{"like", "LIKE with the program's wildcards, and with text that has none.", sel().Where(users.Name.Like("a%"), users.Name.NotLike("_b"), users.Name.Contains("50%_/x"), users.Name.StartsWith("a"), users.Name.EndsWith("z"))},
	{"ilike", "LIKE without regard to case.", sel().Where(users.Name.ILike("A%").Or(users.Name.ILike("b").Not()))},
	{"and_or", "AND within OR needs no parentheses, OR within AND does.", sel().Where(users.Age.Eq(1).And(users.Age.Eq(2).Or(users.Age.Eq(3).And(users.Age.Eq(4)))))},
	{"and_or_empty", "AND of nothing is true, OR of nothing is false.", count().Where(expr.And().Or(expr.Or()))},
	{"not", "NOT binds the whole condition.", sel().Where(users.Age.Eq(1).And(users.Active).Not(), users.Active.Not(), expr.Not(users.Age.Eq(2)).Not())},
	{"comparison_of_comparisons", "Comparisons do not chain, and each product orders them differently.", sel().Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: expr.Unwrap(users.Age.Lt(3)), R: expr.Unwrap(users.Name.Like("a"))}), expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: expr.Unwrap(users.Age.Eq(3))}))},
	{"columns", "A column compared with a column.", sel().Where(users.Name.EqExpr(users.Nick), users.Score.GtExpr(users.Score.Add(1)))},
	{"times", "Times are bound.", sel().Where(users.Joined.Ge(moment))},
	{"raw", "A condition in raw SQL stands in parentheses beside others.", sel().Where(expr.SQL("1 = 1 OR 1 = :n", expr.Named("n", int64(2))).Pred(), users.Age.Gt(0))},
	{"value_twice", "A value that is used twice is sent once where the product can.", sel().Where(twice())},
	{"tuple", "Rows are compared as a whole.", sel().Where(expr.NewPred(&expr.In{X: &expr.Tuple{Xs: []expr.Expression{expr.Unwrap(users.ID), expr.Unwrap(users.Age)}}, List: []expr.Expression{pair(1, 2), pair(3, 4)}}))},
}

func twice() expr.Predicate {
	v := expr.Value(int32(5))
	return users.Age.LtExpr(v).Or(users.Age.GtExpr(v))
}

func pair(a int64, b int32) expr.Expression {
	return &expr.Tuple{Xs: []expr.Expression{expr.Unwrap(expr.Value(a)), expr.Unwrap(expr.Value(b))}}
}

var joinCases = []statementCase{
	{"inner", "JOIN … ON.", sel().Join(ordersTable, orders.UserID.EqExpr(users.ID), orders.Total.Gt(sqltype.MustParseDecimal("1.50")))},
	{"left", "LEFT JOIN.", expr.NewSelect(users.Name, orders.Note).From(usersTable).LeftJoin(ordersTable, orders.UserID.EqExpr(users.ID))},
	{"alias", "A table joined with itself under another name.", expr.NewSelect(users.Name, managers.Name).From(usersTable).Join(manager, managers.ID.EqExpr(users.ID))},
	{"three", "Joins are written from left to right.", sel().Join(ordersTable, orders.UserID.EqExpr(users.ID)).LeftJoin(manager, managers.Age.GtExpr(users.Age))},
	{"full", "FULL JOIN is refused where it is not had.", expr.NewSelect(users.Name).From(&expr.Join{Kind: expr.FullJoin, L: usersTable, R: ordersTable, On: expr.Unwrap(orders.UserID.EqExpr(users.ID))})},
	{"cross", "CROSS JOIN.", expr.NewSelect(users.Name).From(&expr.Join{Kind: expr.CrossJoin, L: usersTable, R: ordersTable})},
	{"right", "RIGHT JOIN, with a join on its right side.", expr.NewSelect(users.Name).From(&expr.Join{Kind: expr.RightJoin, L: manager, R: &expr.Join{L: usersTable, R: ordersTable, On: expr.Unwrap(orders.UserID.EqExpr(users.ID))}, On: expr.Unwrap(managers.ID.EqExpr(users.ID))})},
	{"derived", "A SELECT in FROM.", derived()},
	{"without_from", "A join with nothing on its left is refused.", expr.NewSelect(expr.Value(int64(1))).Join(usersTable)},
	{"alias_not_in_from", "A table is not its alias.", expr.NewSelect(users.Name).From(manager)},
}

func derived() *expr.Select {
	d := &expr.Derived{Select: expr.NewSelect(orders.UserID, total.As("sum")).GroupBy(orders.UserID), Name: "sums"}
	user := expr.NewNum[int64](&expr.Column{From: d, Name: "userid", Codec: orders.UserID.Codec()}, orders.UserID.Codec())
	return expr.NewSelect(users.Name).From(usersTable).Join(d, user.EqExpr(users.ID))
}

var orderCases = []statementCase{
	{"by", "ORDER BY.", sel().OrderBy(users.Age.Desc(), users.Name.Asc())},
	{"nulls", "Where NULLs stand, spelled out where the product has no words for it.", sel().OrderBy(users.Nick.Asc().Last(), users.Nick.Desc().First())},
	{"limit", "LIMIT.", sel().OrderBy(users.ID.Asc()).Limit(10)},
	{"limit_offset", "LIMIT and OFFSET.", sel().OrderBy(users.ID.Asc()).Limit(10).Offset(20)},
	{"offset", "OFFSET alone needs a LIMIT in some products.", sel().OrderBy(users.ID.Asc()).Offset(20)},
	{"limit_zero", "LIMIT 0 returns nothing.", sel().Limit(0)},
	{"limit_negative", "A negative LIMIT is refused.", sel().Limit(-1)},
}

var lockCases = []statementCase{
	{"update", "FOR UPDATE.", sel().Locking(expr.Lock{Strength: expr.ForUpdate})},
	{"share", "FOR SHARE.", sel().Locking(expr.Lock{Strength: expr.ForShare})},
	{"nowait", "NOWAIT.", sel().Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.NoWait})},
	{"skip_locked", "SKIP LOCKED.", sel().Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.SkipLocked}).Limit(1)},
	{"of", "FOR UPDATE OF one table of two.", sel().Join(manager, managers.ID.EqExpr(users.ID)).Locking(expr.Lock{Strength: expr.ForUpdate, Of: []expr.Source{manager}})},
}

var row = []expr.Assignment{
	users.Name.Set("Alice"), users.Nick.SetNull(), users.Age.Set(30), users.Score.Set(1.5), users.Active.Set(true), users.Joined.Set(moment),
}

var (
	alwaysTable = schema.MustTable(schema.NewMetaData(), "stamps", schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.AlwaysIdentity()), schema.NewColumn("n", integer))
	alwaysRow   = []expr.Assignment{
		{Target: alwaysTable.C("id"), Value: expr.BindValue(bigint, sqltype.Int64Value(7))},
		{Target: alwaysTable.C("n"), Value: expr.BindValue(integer, sqltype.Int64Value(1))},
	}
)

var insertCases = []statementCase{
	{"row", "One row.", expr.NewInsert(usersTable).Values(row...)},
	{"rows", "Several rows.", expr.NewInsert(usersTable).Values(row...).Values(row...)},
	{"returning", "RETURNING is refused where it is not had.", expr.NewInsert(usersTable).Values(row...).Returning(users.ID, users.Name.Upper().As("upper"))},
	{"defaults", "A row of defaults.", expr.NewInsert(drawersTable)},
	{"default", "DEFAULT as a value.", expr.NewInsert(usersTable).Values(append(row[:len(row):len(row)], users.ID.SetDefault())...)},
	{"expression", "An expression as a value.", expr.NewInsert(usersTable).Values(append(row[1:len(row):len(row)], users.Name.SetExpr(expr.NewText[string](expr.SQL("'A'").Typed(sqltype.Text{}), users.Name.Codec()).Lower()))...)},
	{"shape", "Rows that set other columns are refused.", expr.NewInsert(usersTable).Values(row...).Values(row[1:]...)},
	{"foreign_column", "A column of another table can't be set.", expr.NewInsert(usersTable).Values(orders.Note.Set("x"))},
	{"alias", "Nothing can be inserted into an alias.", expr.NewInsert(manager).Values(row...)},
	{"overriding", "A value for a column that is generated always, where the statement says so and the product has one.", expr.NewInsert(alwaysTable).OverridingAlways().Values(alwaysRow...)},
	{"overriding_select", "A SELECT may give such values too.", expr.NewInsert(alwaysTable).OverridingAlways().From([]expr.Expression{alwaysTable.C("id")}, expr.NewSelect(users.ID).From(usersTable))},
	{"too_long", "A value that the column can't hold is refused before it is sent.", expr.NewInsert(usersTable).Values(users.Nick.Set("a nickname of more than 20"))},
}

var updateCases = []statementCase{
	{"where", "The assigned column is bare, the condition's is not.", expr.NewUpdate(usersTable).Set(users.Name.Set("Bob"), users.Age.SetExpr(users.Age.Add(1))).Where(users.ID.Eq(1))},
	{"all", "An UPDATE of all rows says so.", expr.NewUpdate(usersTable).Set(users.Active.Set(false)).Where(expr.All())},
	{"unconditional", "An UPDATE without a condition is refused.", expr.NewUpdate(usersTable).Set(users.Active.Set(false))},
	{"nothing", "An UPDATE that sets nothing is refused.", expr.NewUpdate(usersTable).Where(expr.All())},
	{"subquery", "A value may be a SELECT that sees the row.", expr.NewUpdate(ordersTable).Set(expr.Assignment{Target: expr.Unwrap(orders.Note), Value: &expr.Subquery{Select: expr.NewSelect(users.Name).From(usersTable).Where(users.ID.EqExpr(orders.UserID))}}).Where(orders.ID.Gt(0))},
	{"default", "DEFAULT as a value.", expr.NewUpdate(usersTable).Set(users.Nick.SetDefault()).Where(users.ID.Eq(1))},
	{"returning", "RETURNING of the rows as they are now.", expr.NewUpdate(usersTable).Set(users.Age.Set(2)).Where(users.ID.Eq(1)).Returning(users.ID, users.Age)},
	{"foreign_column", "A column of another table can't be set.", expr.NewUpdate(usersTable).Set(orders.Note.Set("x")).Where(expr.All())},
}

var deleteCases = []statementCase{
	{"where", "DELETE with a condition.", expr.NewDelete(ordersTable).Where(orders.UserID.Eq(3), orders.Note.IsNull())},
	{"all", "A DELETE of all rows says so.", expr.NewDelete(ordersTable).Where(expr.All())},
	{"unconditional", "A DELETE without a condition is refused.", expr.NewDelete(ordersTable)},
	{"returning", "RETURNING of the rows that were.", expr.NewDelete(ordersTable).Where(orders.ID.Eq(1)).Returning(orders.ID)},
	{"in_select", "A condition with a SELECT of another table.", expr.NewDelete(ordersTable).Where(orders.UserID.InSelect(expr.NewSelect(users.ID).Where(users.Active.Not())))},
}
