package compile_test

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// option is a clause that only one product has, and that no package knows.
type option struct {
	text  string
	value expr.Expression
}

// AppendKey implements expr.Node.
func (o option) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("option of the tests")
	k.String(o.text)
	k.Node(o.value)
}

// Render implements compile.Renderer.
func (o option) Render(c *compile.Compiler) {
	if !c.OnlyFor("the option "+o.text, "leave it out", "mssql") {
		return
	}
	c.Text(o.text + " ")
	c.Expression(o.value)
}

// flights start and end somewhere.
var flights, airports = func() (f, a *schema.Table) {
	m := schema.NewMetaData()
	a = schema.MustTable(m, "airports", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	f = schema.MustTable(m, "flights", schema.NewColumn("id", bigint, schema.PrimaryKey()),
		schema.NewColumn("start", bigint, schema.ForeignKey("airports.id")), schema.NewColumn("goal", bigint, schema.ForeignKey("airports.id")))
	must(m.Resolve())
	return f, a
}()

func selectMoreCases() []statementCase {
	nextAge := users.Age.Add(1)
	next := nextAge.As("next")
	twice := expr.NewCTE("twice", expr.NewSelect(users.ID, users.Name).From(usersTable))
	first, second := expr.NewAlias(twice, "first"), expr.NewAlias(twice, "second")
	listed := expr.NewValues("v", []string{"n"}, expr.Row(expr.Value(int64(1))), expr.Row(expr.Value(int64(2))))
	n := expr.NumColumn[int64](listed, "n")
	theirs := expr.NewSelect(orders.ID, orders.Total).From(ordersTable).Where(orders.UserID.EqExpr(users.ID)).OrderBy(orders.ID.Desc())
	words := expr.NewCTE("listed", expr.NewSelect(n))
	return []statementCase{
		{"nested", "Rows within each row, in an order, the first of them alone.", sel().AddColumns(&expr.Nested{Select: theirs.Limit(2)}, &expr.Nested{Select: theirs})},
		{"nested_grouped", "They are those of a SELECT without groups.", sel().AddColumns(&expr.Nested{Select: theirs.GroupBy(orders.ID)})},
		{"adapted", "A condition on a table that is made one on its alias.", sel().From(usersTable).Join(manager, managers.ID.EqExpr(users.ID)).Where(adapted(users.Age.Gt(3).And(users.Active), usersTable, manager))},
		{"join_two_keys", "Where two foreign keys are between the sides a condition is asked for.", expr.NewSelect(flights.C("id")).From(flights).Join(airports)},
		{"group_by_value", "An expression with a value is the same one in GROUP BY, HAVING and ORDER BY.", expr.NewSelect(next, users.Age.Max()).GroupBy(nextAge).Having(nextAge.Gt(3)).OrderBy(nextAge.Asc())},
		{"group_by_unnamed", "Where the expression is no named column of the result, it can only be grouped by.", count().GroupBy(nextAge).Having(nextAge.Gt(3))},
		{"group_by_label", "A label stands for its expression in GROUP BY.", expr.NewSelect(next, expr.CountAll()).GroupBy(next).OrderBy(expr.Result("next").Desc())},
		{"order_over_label", "Within another expression of the order the labelled one is written again.", expr.NewSelect(next).OrderBy(next.Mul(2).Asc())},
		{"cte_aliases", "A CTE under two names.", expr.NewSelect(users.Name.Of(first), users.Name.Of(second)).From(first).Join(second, users.ID.Of(first).EqExpr(users.ID.Of(second)))},
		{"cte_values", "A table of values as a CTE.", expr.NewSelect(n.Of(words), users.Name).From(words).Join(usersTable, users.ID.EqExpr(n.Of(words)))},
		{"columns", "Other columns, and more of them.", sel().Columns(users.Age).AddColumns(users.ID, users.Nick)},
		{"statement_hint", "A hint for the whole statement is text of one product.", sel().Prefix("/*+ MAX_EXECUTION_TIME(1000) */", "mysql").Suffix("OPTION (MAXDOP 1)", "mssql")},
		{"extension", "Syntax that the program brings along, with a value, and refused elsewhere.", sel().Extend(expr.AtEnd, option{"OPTION FAST", expr.Unwrap(expr.Value(int64(10)))})},
		{"extension_places", "It may stand at four places.", sel().From(usersTable).Where(users.ID.Gt(0)).Extend(expr.BeforeColumns, word("/* columns */")).
			Extend(expr.BeforeFrom, word("/* from */")).Extend(expr.BeforeGroupBy, word("/* group */")).Extend(expr.AtEnd, word("/* end */")).GroupBy(users.ID, users.Name)},
	}
}

func adapted[N expr.Node](n N, from, to expr.Source) N {
	out, err := expr.Adapt(n, from, to)
	must(err)
	return out
}

// word is text at a place.
type word string

// AppendKey implements expr.Node.
func (w word) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("word of the tests")
	k.String(string(w))
}

// Render implements compile.Renderer.
func (w word) Render(c *compile.Compiler) { c.Text(string(w)) }
