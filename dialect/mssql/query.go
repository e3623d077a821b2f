package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// namedWindows is SQL Server 2022, the first with WINDOW
// (https://learn.microsoft.com/sql/t-sql/queries/select-window-transact-sql).
var namedWindows = dialect.Version{16, 0, 0}

// queryRules are those of
// https://learn.microsoft.com/sql/t-sql/queries/select-transact-sql: WITH stands
// before the outermost statement alone, and an order in a subquery needs a TOP.
func queryRules(q compile.QueryRules, c dialect.Capabilities) compile.QueryRules {
	q.With = compile.WithRules{RecursiveAll: true}
	delete(q.SetWords, expr.IntersectAllOp)
	delete(q.SetWords, expr.ExceptAllOp)
	q.SetOrdered = false
	q.Lateral = compile.LateralApply
	// https://learn.microsoft.com/sql/t-sql/functions/percentile-cont-transact-sql
	q.Filter, q.WithinGroup, q.WithinGroupOver = false, false, true
	q.NamedWindows = c.Product == azure || c.Version.AtLeast(namedWindows[:]...)
	q.Frames = compile.FrameSupport{}
	q.Fetch = fetch
	q.Sample = sample
	q.StringAgg = stringAgg
	return q
}

// fetch refuses an OFFSET beside what TOP says.
func fetch(c *compile.Compiler, p expr.Parts) {
	if p.Offset != nil {
		c.Unsupported("OFFSET beside a LIMIT with ties or of percents", "number the rows in a subquery")
	}
}

// sample writes TABLESAMPLE, which takes whole pages, and constants alone
// (https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql).
func sample(c *compile.Compiler, s *expr.Sample) {
	if s.Method != "" && s.Method != "system" {
		c.Unsupported("TABLESAMPLE by another method than system", "leave the method out")
		return
	}
	c.Source(s.Of)
	c.As(s.Name)
	c.Text(" TABLESAMPLE (")
	c.Expression(s.Percent)
	c.Text(" PERCENT)")
	if s.Seed != nil {
		c.Text(" REPEATABLE (")
		c.Literally(func() { c.Expression(s.Seed) })
		c.Text(")")
	}
}

// stringAgg writes STRING_AGG, whose order stands behind it
// (https://learn.microsoft.com/sql/t-sql/functions/string-agg-transact-sql).
func stringAgg(c *compile.Compiler, f *expr.Func) {
	if f.Distinct {
		c.Unsupported("DISTINCT in STRING_AGG", "select the distinct texts in a subquery")
		return
	}
	c.Call("STRING_AGG", f.Args...)
	if a := f.Aggregate; a != nil && len(a.OrderBy) > 0 {
		c.Text(" WITHIN GROUP (ORDER BY ")
		compile.List(c, ", ", a.OrderBy, c.Order)
		c.Text(")")
	}
}
