package oracle

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// since21 is the first version with EXCEPT, ALL in set operations, WINDOW and
// frames of GROUPS
// (https://docs.oracle.com/en/database/oracle/oracle-database/21/sqlrf/SELECT.html).
var since21 = dialect.Version{21, 0, 0}

func (s server) queryRules(q compile.QueryRules) compile.QueryRules {
	q.With = compile.WithRules{RecursiveAll: true, InsertInside: true, NoUpdate: true, NoDelete: true, Nested: true}
	q.SetWords[expr.ExceptOp] = " MINUS "
	if !s.Version.AtLeast(since21[:]...) {
		delete(q.SetWords, expr.IntersectAllOp)
		delete(q.SetWords, expr.ExceptAllOp)
		q.NamedWindows = false
		q.Frames = compile.FrameSupport{Distance: true}
	}
	q.Filter, q.WithinGroupOver = false, true
	q.Fetch = fetch
	q.Sample = sample
	if !s.booleans() {
		q.Values = compile.ValuesAsSelects
	}
	q.StringAgg = listAgg
	return q
}

func fetch(c *compile.Compiler, p expr.Parts) {
	if p.Offset != nil {
		c.Text(" OFFSET ")
		c.Expression(p.Offset)
		c.Text(" ROWS")
	}
	c.Text(" FETCH FIRST ")
	c.Expression(p.Limit)
	if p.Percent {
		c.Text(" PERCENT")
	}
	if p.Ties {
		c.Text(" ROWS WITH TIES")
	} else {
		c.Text(" ROWS ONLY")
	}
}

// sample writes SAMPLE, by rows unless whole blocks are asked for.
func sample(c *compile.Compiler, s *expr.Sample) {
	c.Source(s.Of)
	switch s.Method {
	case "", "bernoulli":
		c.Text(" SAMPLE (")
	case "system":
		c.Text(" SAMPLE BLOCK (")
	default:
		c.Unsupported("SAMPLE by another method than bernoulli and system", "leave the method out")
	}
	c.Expression(s.Percent)
	c.Text(")")
	if s.Seed != nil {
		c.Text(" SEED (")
		c.Literally(func() { c.Expression(s.Seed) })
		c.Text(")")
	}
	c.As(s.Name)
}

// listAgg joins texts by LISTAGG, whose order stands behind it
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/LISTAGG.html).
func listAgg(c *compile.Compiler, f *expr.Func) {
	c.Text("LISTAGG(")
	if f.Distinct {
		c.Text("DISTINCT ")
	}
	compile.List(c, ", ", f.Args, c.Expression)
	c.Text(")")
	if a := f.Aggregate; a != nil && len(a.OrderBy) > 0 {
		c.Text(" WITHIN GROUP (ORDER BY ")
		compile.List(c, ", ", a.OrderBy, c.Order)
		c.Text(")")
	}
}
