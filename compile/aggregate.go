package compile

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/alkahest-go/alkahest/expr"
)

// skipsNulls are the aggregates for which a row whose first argument is NULL is
// not there, so that a CASE can stand for FILTER.
var skipsNulls = map[string]bool{
	"count": true, "sum": true, "avg": true, "min": true, "max": true, "total": true,
	"stddev": true, "stddev_pop": true, "stddev_samp": true, "variance": true, "var_pop": true, "var_samp": true,
	"bool_and": true, "bool_or": true, "every": true, "bit_and": true, "bit_or": true, "bit_xor": true,
	"group_concat": true, expr.StringAggName: true, "listagg": true,
}

// call writes a function with the clauses of an aggregate. over says that OVER
// follows.
func (c *Compiler) call(f *expr.Func, over bool) {
	if f.Window && !over {
		c.Fail(fmt.Errorf("compile: %s has no value without a window; call Over", f.Name))
		return
	}
	a := f.Aggregate
	if a == nil {
		c.function(f)
		return
	}
	if len(a.Filter) > 0 && !c.rules.Query.Filter {
		c.call(c.filtered(f), over)
		return
	}
	if len(a.WithinGroup) > 0 && !c.withinGroup(over) {
		return
	}
	c.function(f)
	if len(a.WithinGroup) > 0 {
		c.Text(" WITHIN GROUP (ORDER BY ")
		List(c, ", ", a.WithinGroup, c.Order)
		c.Text(")")
	}
	if len(a.Filter) > 0 {
		c.Text(" FILTER (WHERE ")
		c.variadicOf(a.Filter)
		c.Text(")")
	}
}

// filtered returns the call with its conditions in a CASE around its first
// argument.
func (c *Compiler) filtered(f *expr.Func) *expr.Func {
	if !skipsNulls[f.Name] || len(f.Args) == 0 {
		c.Unsupported("FILTER of "+f.Name, "put the condition into WHERE")
		return &expr.Func{Name: f.Name}
	}
	a := *f.Aggregate
	first := f.Args[0]
	if first == expr.Expression(expr.STAR) {
		first = expr.FrameCount(1)
	}
	g := *f
	g.Args = append([]expr.Expression{&expr.Case{Whens: []expr.When{{If: &expr.Variadic{Op: expr.OpAnd, Xs: a.Filter}, Then: first}}}}, f.Args[1:]...)
	a.Filter = nil
	g.Aggregate = &a
	return &g
}

// FunctionName writes the name of a function as it is, and refuses what is none.
func (c *Compiler) FunctionName(name string) {
	if !plainName(name) {
		c.Fail(&UnsupportedError{Construct: "a function named " + quoteForMessage(name), Dialect: c.rules.Dialect, Instead: "a function's name is letters, digits, _ and dots"})
		return
	}
	c.Text(name)
}

// Arguments writes the arguments of a function between parentheses, with
// DISTINCT and the order of an aggregate's values.
func (c *Compiler) Arguments(f *expr.Func) {
	c.Text("(")
	if f.Distinct {
		c.Text("DISTINCT ")
	}
	List(c, ", ", f.Args, c.Expression)
	if a := f.Aggregate; a != nil && len(a.OrderBy) > 0 {
		if !c.rules.Query.OrderedAggregates {
			c.Unsupported("ORDER BY in "+f.Name, "order the rows in a subquery, or sort the values in the program")
			return
		}
		c.Text(" ORDER BY ")
		List(c, ", ", a.OrderBy, c.Order)
	}
	c.Text(")")
}

// groupBy writes GROUP BY.
func (c *Compiler) groupBy(xs, columns []expr.Expression) {
	if len(xs) == 0 {
		return
	}
	c.Text(" GROUP BY ")
	if g, ok := xs[len(xs)-1].(*expr.Groups); ok && c.rules.Query.GroupSets == RollupAtTheEnd {
		if g.Kind != expr.RollupGroups || len(xs) > 1 {
			c.Unsupported("GROUPING SETS, CUBE, and ROLLUP beside other terms", "use UNION ALL of several groupings")
			return
		}
		List(c, ", ", g.Children(), c.Expression)
		c.Text(" WITH ROLLUP")
		return
	}
	List(c, ", ", xs, func(x expr.Expression) {
		if i := c.placeOf(x, columns); i > 0 {
			c.Text(strconv.Itoa(i))
			return
		}
		c.Expression(x)
	})
}

// placeOf returns the place of a column of the result, from 1, where GROUP BY
// has to speak of it so; else 0.
func (c *Compiler) placeOf(x expr.Expression, columns []expr.Expression) int {
	if !c.rules.Query.GroupByPlace || !hasValue(x) {
		return 0
	}
	for i, col := range columns {
		l, ok := col.(*expr.Label)
		if col == x || ok && expr.Unwrap(l.X) == x {
			return i + 1
		}
		switch col.(type) {
		case *expr.Text, expr.Const, Renderer: // who knows how many columns that is
			return 0
		}
	}
	return 0
}

// hasValue reports whether x has a bound value, not looking into subqueries.
func hasValue(x expr.Expression) bool {
	x = expr.Unwrap(x)
	if _, ok := x.(*expr.Bind); ok {
		return true
	}
	return slices.ContainsFunc(expr.Children(x), hasValue)
}

var groupingWords = map[expr.GroupingKind]string{
	expr.RollupGroups: "ROLLUP", expr.CubeGroups: "CUBE", expr.GroupingSetsGroups: "GROUPING SETS",
}

// groups writes a term of GROUP BY that stands for several groupings.
func (c *Compiler) groups(g *expr.Groups) {
	if c.rules.Query.GroupSets != StandardSets {
		c.Unsupported(groupingWords[g.Kind], "use UNION ALL of several groupings")
		return
	}
	c.Text(groupingWords[g.Kind] + " (")
	List(c, ", ", g.Sets, func(set []expr.Expression) {
		if g.Kind == expr.GroupingSetsGroups {
			c.tuple(set)
			return
		}
		c.Expression(set[0])
	})
	c.Text(")")
}

// withinGroup reports whether WITHIN GROUP may be written, and refuses it where
// not.
func (c *Compiler) withinGroup(over bool) bool {
	r := c.rules.Query
	switch {
	case over && r.WithinGroupOver, !over && r.WithinGroup:
		return true
	case over && r.WithinGroup:
		c.Unsupported("WITHIN GROUP before OVER", "compute it by GROUP BY in a subquery")
	case r.WithinGroupOver:
		c.Unsupported("WITHIN GROUP without OVER", "give it a window by Over")
	default:
		c.Unsupported("WITHIN GROUP", "compute it from the ordered rows")
	}
	return false
}
