package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// queryRules are those of https://dev.mysql.com/doc/refman/8.4/en/select.html
// and https://mariadb.com/kb/en/select/.
func (s server) queryRules(q compile.QueryRules) compile.QueryRules {
	q.With.InsertInside = true
	q.With.NoUpdate, q.With.NoDelete = s.maria(), s.maria()
	if !s.since(dialect.Version{8, 0, 31}, dialect.Version{10, 3}) {
		for _, op := range []expr.SetOp{expr.IntersectOp, expr.ExceptOp} {
			delete(q.SetWords, op)
		}
	}
	if !s.since(dialect.Version{8, 0, 31}, dialect.Version{10, 5}) {
		for _, op := range []expr.SetOp{expr.IntersectAllOp, expr.ExceptAllOp} {
			delete(q.SetWords, op)
		}
	}
	q.SetParens = s.since(dialect.Version{8, 0, 22}, dialect.Version{10, 4})
	q.SetOrdered = q.SetParens
	if !s.since(dialect.Version{8, 0, 14}, dialect.Version{}) {
		q.Lateral = compile.NoLateral
	}
	q.Filter, q.WithinGroup = false, false
	// https://mariadb.com/kb/en/percentile_cont/
	q.WithinGroupOver = s.maria()
	q.Frames = compile.FrameSupport{Distance: true}
	q.GroupSets = compile.RollupAtTheEnd
	if !s.since(dialect.Version{}, dialect.Version{10, 6}) {
		q.Fetch = nil
	}
	q.LimitIsValue = true
	q.GroupByPlace = true
	// https://dev.mysql.com/doc/refman/8.4/en/subquery-restrictions.html,
	// https://mariadb.com/kb/en/subquery-limitations/
	q.ListsHaveNoLimit = true
	q.Values = compile.ValuesAsSelects
	if s.since(dialect.Version{8, 0, 19}, dialect.Version{}) {
		q.Values = values
	}
	q.StringAgg = stringAgg
	q.Nested = s.nestedRows()
	return q
}

// values writes the rows of VALUES by ROW
// (https://dev.mysql.com/doc/refman/8.4/en/values.html).
func values(c *compile.Compiler, v *expr.Values) {
	c.Text("(VALUES ")
	c.ValuesRows(v, "ROW(", false)
	c.Text(")")
	c.As(v.Name)
	c.Text(" (")
	compile.List(c, ", ", v.OutputNames(), c.Identifier)
	c.Text(")")
}

// stringAgg writes GROUP_CONCAT, whose separator is a literal
// (https://dev.mysql.com/doc/refman/8.4/en/aggregate-functions.html).
func stringAgg(c *compile.Compiler, f *expr.Func) {
	c.Text("GROUP_CONCAT(")
	if f.Distinct {
		c.Text("DISTINCT ")
	}
	c.Expression(f.Args[0])
	if a := f.Aggregate; a != nil && len(a.OrderBy) > 0 {
		c.Text(" ORDER BY ")
		compile.List(c, ", ", a.OrderBy, c.Order)
	}
	c.Text(" SEPARATOR ")
	c.Expression(f.Args[1])
	c.Text(")")
}
