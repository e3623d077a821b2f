package compile

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// withoutItself keeps in mind, until end is called, that subqueries can't read
// the table whose rows are changed, where the product says so.
func (c *Compiler) withoutItself(ch *rowChange) (end func()) {
	outer := c.unreadable
	rules := &c.rules.DML
	if ch.Verb == expr.VerbUpdate && rules.UpdateHidesTable || ch.Verb == expr.VerbDelete && rules.DeleteHidesTable {
		c.unreadable = ch.Table
	}
	return func() { c.unreadable = outer }
}

// apart writes a query that reads the table which the statement changes, where
// the product lets it do so in a derived table alone, and reports whether it
// did. LIMIT has it computed before a row is changed: what has none may be made
// a part of the statement again
// (https://dev.mysql.com/doc/refman/8.4/en/derived-table-optimization.html).
func (c *Compiler) apart(q expr.Query) bool {
	t := c.unreadable
	if t == nil {
		return false
	}
	inner := sourcesWithin(q)
	if !slices.ContainsFunc(inner, func(s expr.Source) bool { return reads(s, t) }) {
		return false
	}
	if c.correlated(q, inner) {
		c.Unsupported("a subquery that reads both the row and the table which the statement changes", "read the table under another name, by From of the UPDATE or Using of the DELETE")
		return true
	}
	c.unreadable = nil
	_, set := q.(*expr.Compound) // which is computed by itself
	c.derivedApart(q, !set && !limited(q))
	c.unreadable = t
	return true
}

func (c *Compiler) derivedApart(q expr.Query, endless bool) {
	c.Text("SELECT * FROM (")
	c.Query(q)
	if endless {
		c.Text(c.rules.DML.NoLimit)
	}
	c.Text(")")
	c.As("apart")
}

func limited(q expr.Query) bool {
	switch q := q.(type) {
	case *expr.Select:
		p := q.Parts()
		return p.Limit != nil || p.Offset != nil
	case *expr.Compound:
		p := q.Parts()
		return p.Limit != nil || p.Offset != nil
	}
	return false
}

// listed writes the query of IN, which on some products has no LIMIT but in a
// derived table.
func (c *Compiler) listed(x *expr.Subquery) {
	if !limited(x.Select) || !c.rules.Query.ListsHaveNoLimit {
		c.subquery(x)
		return
	}
	if c.correlated(x.Select, sourcesWithin(x.Select)) {
		c.Unsupported("LIMIT in the subquery of an IN that reads the row", "number the rows by expr.RowNumber in the subquery")
		return
	}
	outer := c.unreadable
	c.unreadable = nil // it is read apart already
	c.Text("(")
	c.derivedApart(x.Select, false)
	c.Text(")")
	c.unreadable = outer
}

// sourcesWithin returns what a query and its subqueries select from.
func sourcesWithin(q expr.Query) []expr.Source {
	var out []expr.Source
	expr.Visit(q, func(n expr.Node) {
		if s, ok := n.(*expr.Select); ok {
			out = append(out, s.Sources()...)
		}
	})
	return out
}

// reads reports whether a source is the table or has it within.
func reads(s expr.Source, t *schema.Table) bool {
	switch s := s.(type) {
	case *expr.Alias:
		return reads(s.Of, t)
	case *expr.Sample:
		return reads(s.Of, t)
	case *expr.Join:
		return reads(s.L, t) || reads(s.R, t)
	}
	return s == expr.Source(t)
}

// correlated reports whether a query has columns of the statement around it.
func (c *Compiler) correlated(q expr.Query, inner []expr.Source) bool {
	found := false
	expr.Visit(q, func(n expr.Node) {
		col, ok := n.(*expr.Column)
		if ok && c.scope.provides(col.From) && !slices.ContainsFunc(inner, func(s expr.Source) bool { return s.Provides(col.From) }) {
			found = true
		}
	})
	return found
}
