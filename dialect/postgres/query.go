package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// queryRules are those of
// https://www.postgresql.org/docs/current/sql-select.html.
func queryRules(q compile.QueryRules) compile.QueryRules {
	q.With.Materialized, q.With.Changes = true, true
	q.OrderedAggregates = true
	q.DistinctOn = true
	q.Sample = sample
	q.Nested = nestedRows
	return q
}

// sample writes TABLESAMPLE behind the alias, by pages unless another method is
// named.
func sample(c *compile.Compiler, s *expr.Sample) {
	method := s.Method
	if method == "" {
		method = "SYSTEM"
	}
	c.Source(s.Of)
	c.As(s.Name)
	c.Text(" TABLESAMPLE ")
	c.FunctionName(method)
	c.Text("(")
	c.Expression(s.Percent)
	c.Text(")")
	if s.Seed != nil {
		c.Text(" REPEATABLE (")
		c.Literally(func() { c.Expression(s.Seed) })
		c.Text(")")
	}
}

// lock writes the locking clause with the two strengths that PostgreSQL alone
// has.
func lock(c *compile.Compiler, l expr.Lock) {
	switch l.Strength {
	case expr.ForKeyShare:
		c.Text(" FOR KEY SHARE")
	case expr.ForNoKeyUpdate:
		c.Text(" FOR NO KEY UPDATE")
	default:
		compile.LockClause(c, l)
		return
	}
	compile.LockRest(c, l)
}
