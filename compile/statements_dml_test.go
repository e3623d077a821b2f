package compile_test

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// pairs is a table with a key of two columns.
var (
	pairs = struct {
		A, B schema.Int32
		V    schema.Text
	}{schema.Integer(schema.PrimaryKey()), schema.Integer(schema.PrimaryKey()), schema.String(20, schema.Nullable())}
	pairsTable = declare(shop, "pairs", &pairs)
	sums       = &expr.Derived{Name: "sums", Select: expr.NewSelect(orders.UserID.As("userid"), expr.CountAll().As("n"), orders.ID.Max().As("last")).GroupBy(orders.UserID)}
	sumsUser   = column[int64](sums, "userid")
	sumsCount  = column[int32](sums, "n")
	oldest     = expr.NewNum[int32](&expr.Subquery{Select: expr.NewSelect(managers.Age.Max()).From(manager)}, users.Age.Codec())
)

func column[T any](from expr.Source, name string) expr.Num[T] {
	bits := 64
	if _, small := any(*new(T)).(int32); small {
		bits = 32
	}
	codec := sqltype.CodecOf[T](sqltype.Integer{Bits: bits})
	return expr.NewNum[T](&expr.Column{From: from, Name: name, Codec: codec}, codec)
}

func withMatches(u *expr.Update) *expr.Update {
	return u.From(ordersTable).Where(orders.UserID.EqExpr(users.ID), orders.Note.Eq("x"))
}

var updateFromCases = []statementCase{
	{"constant", "A condition on another table chooses the rows.", withMatches(expr.NewUpdate(usersTable)).Set(users.Name.Set("y"))},
	{"value", "A value of another table.", withMatches(expr.NewUpdate(usersTable)).Set(users.Nick.SetExpr(orders.Note))},
	{"values", "Some values are of another table, some are not.", withMatches(expr.NewUpdate(usersTable)).Set(users.Nick.SetExpr(orders.Note), users.Age.Set(3), users.Name.SetExpr(orders.Note.Upper()), users.Active.Set(true))},
	{"alias", "The table itself under another name.", expr.NewUpdate(usersTable).From(manager).Set(users.Age.SetExpr(managers.Age)).Where(users.Name.EqExpr(managers.Nick))},
	{"derived", "A SELECT as the other source.", expr.NewUpdate(usersTable).From(sums).Set(users.Age.SetExpr(sumsCount)).Where(sumsUser.EqExpr(users.ID))},
	{"join", "A join as the other source.", expr.NewUpdate(usersTable).From(&expr.Join{L: ordersTable, R: manager, On: expr.Unwrap(managers.ID.EqExpr(orders.UserID))}).Set(users.Age.SetExpr(managers.Age)).Where(users.ID.EqExpr(orders.ID))},
	{"everything", "Every combination of rows, which is told as such.", expr.NewUpdate(usersTable).From(manager).Set(users.Active.Set(false)).Where(expr.All())},
	{"returning", "RETURNING of the table that is changed.", withMatches(expr.NewUpdate(usersTable)).Set(users.Name.Set("y")).Returning(users.ID, users.Name.Upper().As("upper"))},
	{"returning_others", "RETURNING of other tables is refused where it is not had.", withMatches(expr.NewUpdate(usersTable)).Set(users.Name.Set("y")).Returning(users.ID, orders.Note)},
	{"same_table", "The table itself is no other source.", expr.NewUpdate(usersTable).From(usersTable).Set(users.Age.Set(1)).Where(expr.All())},
	{"forgotten", "A source that is not given is refused.", expr.NewUpdate(usersTable).Set(users.Nick.SetExpr(orders.Note)).Where(expr.All())},
	{"swap", "Values that read each other's columns are refused where they would be read too late.", expr.NewUpdate(usersTable).Set(users.Name.SetExpr(users.Nick), users.Nick.SetExpr(users.Name)).Where(users.Nick.IsNotNull())},
	{"ordered", "Values are those of the row before, so that assignments are sorted where they see each other.", expr.NewUpdate(usersTable).Set(users.Name.Set("new"), users.Nick.SetExpr(users.Name)).Where(expr.All())},
	{"in_order", "Assignments in the order of the program.", expr.NewUpdate(usersTable).SetInOrder(users.Name.Set("new"), users.Nick.SetExpr(users.Name)).Where(expr.All())},
	{"ordered_with_others", "Where other tables are read there is no order of assignments.", withMatches(expr.NewUpdate(usersTable)).Set(users.Name.Set("new"), users.Nick.SetExpr(users.Name))},
	{"ordered_subquery", "A subquery's columns count too.", expr.NewUpdate(usersTable).Set(users.Age.SetExpr(oldest), users.Nick.Set("oldest")).Where(users.ID.Eq(1))},
	{"limit", "LIMIT, by a SELECT of keys where the clause is not had.", expr.NewUpdate(usersTable).Set(users.Active.Set(false)).Where(users.Age.Gt(3)).OrderBy(users.Age.Desc()).Limit(2)},
	{"self", "A subquery reads the table that is changed: apart from it where it must be.", expr.NewUpdate(usersTable).Set(users.Age.SetExpr(oldest)).Where(users.ID.InSelect(expr.NewSelect(users.ID).Where(users.Age.Lt(3)).Limit(5)))},
	{"self_correlated", "Beside the row it can't be read apart.", expr.NewUpdate(usersTable).Set(users.Age.Set(0)).Where(expr.Exists(expr.NewSelect(managers.ID).From(manager).Where(managers.Name.EqExpr(users.Name))))},
	{"order_alone", "ORDER BY alone is refused where it is not had.", expr.NewUpdate(usersTable).Set(users.Active.Set(false)).Where(expr.All()).OrderBy(users.ID.Desc())},
}

var deleteUsingCases = []statementCase{
	{"table", "A condition on another table.", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID), users.Active.Not())},
	{"either", "A condition with OR.", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID).And(users.Active.Not()).Or(users.Age.Gt(99)))},
	{"alias", "The table itself under another name: the younger of each name.", expr.NewDelete(usersTable).Using(manager).Where(users.Name.EqExpr(managers.Name), users.Age.LtExpr(managers.Age))},
	{"derived", "A SELECT as the other source.", expr.NewDelete(usersTable).Using(sums).Where(users.ID.EqExpr(sumsUser), sumsCount.Gt(9))},
	{"returning", "RETURNING of the table whose rows are deleted.", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID)).Returning(orders.ID)},
	{"returning_others", "RETURNING of other tables is refused where it is not had.", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID)).Returning(orders.ID, users.Name)},
	{"same_table", "The table itself is no other source.", expr.NewDelete(usersTable).Using(usersTable).Where(expr.All())},
	{"limit", "LIMIT, by a SELECT of keys where the clause is not had.", expr.NewDelete(ordersTable).Where(expr.All()).OrderBy(orders.ID.Asc()).Limit(1)},
	{"limit_pairs", "A key of two columns.", expr.NewDelete(pairsTable).Where(pairs.A.Gt(0)).OrderBy(pairs.B.Desc()).Limit(2)},
	{"limit_using", "LIMIT beside other tables is refused.", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID)).Limit(1)},
	{"self", "A subquery reads the table whose rows are deleted.", expr.NewDelete(usersTable).Where(users.ID.InSelect(expr.NewSelect(managers.ID).From(manager).Where(managers.Age.Gt(30)).Union(expr.NewSelect(users.ID).Where(users.Age.Lt(26)))))},
	{"self_correlated", "Beside the row it can't be read apart.", expr.NewDelete(usersTable).Where(users.Age.LtExpr(expr.OrderedOfQuery[int32](expr.NewSelect(managers.Age.Max()).From(manager).Where(managers.Name.EqExpr(users.Name)))))},
	{"limit_negative", "A negative LIMIT is refused.", expr.NewDelete(ordersTable).Where(expr.All()).Limit(-1)},
}

var insertMoreCases = []statementCase{
	{"own_column", "A value can't read the row that it makes.", expr.NewInsert(pairsTable).Values(pairs.A.Set(1), pairs.B.SetExpr(pairs.A.Add(1)))},
	{"no_rows", "Columns without rows are refused.", expr.NewInsert(pairsTable).Rows([]expr.Expression{pairs.A, pairs.B})},
	{"subquery", "A value may be a SELECT.", expr.NewInsert(pairsTable).Values(pairs.A.SetExpr(expr.NewNum[int32](&expr.Subquery{Select: expr.NewSelect(expr.CountAll()).From(usersTable)}, nil)), pairs.B.Set(2))},
}
