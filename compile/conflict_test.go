package compile_test

import (
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

type accountColumns struct {
	ID     schema.Int64
	Email  schema.Text
	Name   schema.Text
	Visits schema.Int64
	Best   schema.Int64
}

// accounts have a generated key beside the one that an upsert means.
var accounts, accountsTable = declareAccounts()

func declareAccounts() (accountColumns, *schema.Table) {
	c := accountColumns{
		ID:     schema.BigInteger(schema.PrimaryKey()),
		Email:  schema.String(50),
		Name:   schema.String(50, schema.Nullable()),
		Visits: schema.BigInteger(schema.ServerDefaultValue(int64(0))),
		Best:   schema.BigInteger(schema.ServerDefaultValue(int64(0))),
	}
	t := declare(shop, "accounts", &c, schema.UniqueOn("accounts_email", "email"))
	return c, t
}

func account() *expr.Insert {
	return expr.NewInsert(accountsTable).Values(accounts.Email.Set("a@x"), accounts.Name.Set("A"), accounts.Visits.Set(1))
}

func accountWithID() *expr.Insert {
	return expr.NewInsert(accountsTable).Values(accounts.ID.Set(7), accounts.Email.Set("a@x"))
}

var (
	onEmail = expr.OnConflict(accounts.Email)
	renamed = accounts.Name.SetExcluded()
	visited = accounts.Visits.SetExpr(accounts.Visits.AddExpr(accounts.Visits.Excluded()))
)

var upsertCases = []statementCase{
	{"nothing", "A row whose key is taken is skipped.", account().OnConflict(onEmail.DoNothing())},
	{"nothing_any", "Without a target any unique key is meant.", account().OnConflict(expr.OnConflict().DoNothing())},
	{"update", "The row in the way is changed, from its own values and those of the row that was not inserted.", account().OnConflict(onEmail.DoUpdate(renamed, visited))},
	{"update_rows", "Several rows.", account().Values(accounts.Email.Set("b@x"), accounts.Name.Set("B"), accounts.Visits.Set(2)).OnConflict(onEmail.DoUpdate(renamed, visited))},
	{"update_where", "The row in the way is changed where a condition holds.", account().OnConflict(onEmail.DoUpdate(renamed, visited).Where(accounts.Visits.Lt(100), accounts.ID.Gt(0)))},
	{"update_condition_circle", "A condition on two columns that are set holds for neither of them.", account().OnConflict(onEmail.DoUpdate(renamed, visited).Where(accounts.Visits.Lt(100), accounts.Name.IsNotNull()))},
	{"update_condition_last", "An assignment to a column that the condition reads comes last where assignments see each other.", account().OnConflict(onEmail.DoUpdate(visited, renamed).Where(accounts.Visits.LtExpr(accounts.Visits.Excluded())))},
	{"update_order", "An assignment comes before one that sets what it reads.", account().OnConflict(onEmail.DoUpdate(visited, accounts.Best.SetExpr(accounts.Visits.Add(1))))},
	{"update_circle", "Columns that take each other's value can't be set one after the other.", account().OnConflict(onEmail.DoUpdate(accounts.Best.SetExpr(accounts.Visits), accounts.Visits.SetExpr(accounts.Best)))},
	{"update_raw", "Raw SQL may read any column.", account().OnConflict(onEmail.DoUpdate(visited, accounts.Name.SetExpr(expr.NewText[string](expr.SQL("'x'"), accounts.Name.Codec()))))},
	{"update_subquery", "A value may be a SELECT that sees the row in the way.", account().OnConflict(onEmail.DoUpdate(expr.Assignment{Target: expr.Unwrap(accounts.Best), Value: &expr.Subquery{Select: expr.NewSelect(expr.CountAll()).From(usersTable).Where(users.ID.EqExpr(accounts.ID))}}))},
	{"update_key", "The target may be the primary key, where no other key can be violated.", expr.NewInsert(usersTable).Values(append(row[:len(row):len(row)], users.ID.Set(7))...).OnConflict(expr.OnConflict(users.ID).DoUpdate(users.Name.SetExcluded()))},
	{"update_returning", "RETURNING tells the row that is there now.", account().OnConflict(onEmail.DoUpdate(renamed)).Returning(accounts.ID, accounts.Visits)},
	{"second_key", "A second key that the rows can violate is refused where the target can't be said.", accountWithID().OnConflict(onEmail.DoUpdate(accounts.Email.SetExcluded()))},
	{"second_key_generated", "The same for a target that is the key, beside a unique column.", accountWithID().OnConflict(expr.OnConflict(accounts.ID).DoNothing())},
	{"no_key", "A target that is no key of the table.", account().OnConflict(expr.OnConflict(accounts.Visits).DoNothing())},
	{"no_target", "DoUpdate needs a target.", account().OnConflict(expr.OnConflict().DoUpdate(renamed))},
	{"nothing_set", "DoUpdate needs assignments.", account().OnConflict(onEmail.DoUpdate())},
	{"foreign_target", "A target of another table.", account().OnConflict(expr.OnConflict(users.Name).DoNothing())},
	{"foreign_excluded", "The row that was not inserted has no columns of another table.", account().OnConflict(onEmail.DoUpdate(accounts.Name.SetExpr(users.Name.Excluded())))},
	{"excluded_outside", "Excluded stands within the clause only.", expr.NewUpdate(accountsTable).Set(renamed).Where(expr.All())},
	{"defaults", "A row of defaults.", expr.NewInsert(drawersTable).OnConflict(expr.OnConflict().DoNothing())},
	{"select", "A SELECT beside the clause.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email, accounts.Visits}, expr.NewSelect(users.Name, users.ID)).OnConflict(onEmail.DoUpdate(accounts.Visits.SetExcluded()))},
	{"select_where", "A SELECT with a condition beside the clause.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name).Where(users.Age.Gt(1))).OnConflict(onEmail.DoNothing())},
	{"postgres_constraint", "The constraint by its name.", account().OnConflict(postgres.OnConstraint("accounts_email").DoUpdate(renamed).Where(accounts.Visits.Gt(1)))},
	{"postgres_target", "A target of columns, and none.", account().OnConflict(postgres.OnConflict(accounts.Email).DoUpdate(renamed))},
	{"postgres_any", "Any key.", account().OnConflict(postgres.OnConflict().DoNothing())},
	{"postgres_no_target", "DO UPDATE without a target is refused.", account().OnConflict(postgres.OnConflict().DoUpdate(renamed))},
	{"sqlite_clauses", "Several clauses, the last without a target.", accountWithID().OnConflict(sqlite.OnConflict(accounts.Email).DoUpdate(accounts.Name.SetExcluded()).Where(accounts.Visits.Gt(1)).OnConflict().DoNothing())},
	{"sqlite_or_ignore", "OR IGNORE.", account().OnConflict(sqlite.OrIgnore)},
	{"sqlite_or_replace", "OR REPLACE.", account().OnConflict(sqlite.OrReplace)},
	{"sqlite_or_other", "An OR of one's own is refused.", account().OnConflict(sqlite.Or("x; --"))},
	{"mysql_any_key", "ON DUPLICATE KEY UPDATE says that any key is meant.", accountWithID().OnConflict(mysql.OnDuplicateKeyUpdate(visited, accounts.Name.SetExcluded()))},
	{"mysql_nothing_set", "ON DUPLICATE KEY UPDATE needs assignments.", account().OnConflict(mysql.OnDuplicateKeyUpdate())},
	{"mysql_ignore", "IGNORE.", account().OnConflict(mysql.Ignore())},
}

var insertSelectCases = []statementCase{
	{"columns", "The columns take what the SELECT gives, in order.", expr.NewInsert(ordersTable).From([]expr.Expression{orders.UserID, orders.Total, orders.Note}, expr.NewSelect(users.ID, expr.Value(int64(1)), users.Name).Where(users.Age.Gt(3)))},
	{"returning", "The ids come back where there is RETURNING.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name)).Returning(accounts.ID, accounts.Email)},
	{"same_table", "A SELECT from the table itself.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(accounts.Email.Concat("2")).Where(accounts.ID.Gt(1)))},
	{"correlated", "The SELECT does not see the row that is inserted.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name).From(usersTable).Where(users.ID.EqExpr(accounts.ID)))},
	{"union", "A set operation is selected from; what has no name there gets one.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name.Concat("@x")).Union(expr.NewSelect(users.Nick).Where(users.Nick.IsNotNull())))},
	{"except", "The last queries of one as well, with their limit.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.ID, accounts.Email}, expr.NewSelect(users.ID, users.Name).Except(expr.NewSelect(accounts.ID, accounts.Email)).OrderBy(users.ID.Asc()).Limit(3))},
	{"union_twice_named", "Two columns of one name, and a conflict.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.ID, accounts.Email}, expr.NewSelect(users.ID, users.Name).UnionAll(expr.NewSelect(users.ID, users.Name))).OnConflict(expr.OnConflict().DoNothing())},
	{"count", "Each column needs one of the SELECT.", expr.NewInsert(accountsTable).From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name, users.ID))},
	{"and_values", "Rows of values and a SELECT exclude each other.", account().From([]expr.Expression{accounts.Email}, expr.NewSelect(users.Name))},
}
