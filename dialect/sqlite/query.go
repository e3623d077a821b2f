package sqlite

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// queryRules are those of https://www.sqlite.org/lang_select.html: a query of a
// set operation is a plain SELECT, without parentheses, order or limit.
func queryRules(q compile.QueryRules) compile.QueryRules {
	q.With.Materialized = true
	delete(q.SetWords, expr.IntersectAllOp)
	delete(q.SetWords, expr.ExceptAllOp)
	q.SetParens, q.SetOrdered = false, false
	q.Lateral = compile.NoLateral
	q.OrderedAggregates, q.WithinGroup = true, false
	q.GroupSets = compile.NoGroupSets
	q.Fetch = nil
	q.Values = values
	q.Nested = nestedRows
	q.StringAgg = func(c *compile.Compiler, f *expr.Func) {
		c.Text("group_concat")
		c.Arguments(f)
	}
	return q
}

// values names the columns of VALUES, which are column1, column2, …
func values(c *compile.Compiler, v *expr.Values) {
	c.Text("(SELECT ")
	for i, name := range v.OutputNames() {
		if i > 0 {
			c.Text(", ")
		}
		c.Text("column" + strconv.Itoa(i+1) + " AS ")
		c.Identifier(name)
	}
	c.Text(" FROM (VALUES ")
	c.ValuesRows(v, "(", false)
	c.Text("))")
	c.As(v.Name)
}
