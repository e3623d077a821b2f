package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// Query writes a SELECT or a set operation, without parentheses around it.
func (c *Compiler) Query(q expr.Query) {
	switch q := q.(type) {
	case *expr.Select:
		c.Select(q)
	case *expr.Compound:
		c.compound(q)
	case Renderer:
		q.Render(c)
	case nil:
		c.Fail(fmt.Errorf("compile: a subquery is missing"))
	default:
		c.Fail(fmt.Errorf("compile: %s can't be a subquery; make it a CTE by expr.NewCTE", verbWords[q.Verb()]))
	}
}

// statementWith writes the WITH of a statement that changes rows, or notes that
// it belongs before the query whose rows an INSERT takes.
func (c *Compiler) statementWith(verb expr.Verb, from expr.Query) {
	rules := &c.rules.Query.With
	if c.withDone || c.key == nil || len(c.key.CTEs()) == 0 {
		return
	}
	switch {
	case verb == expr.VerbUpdate && rules.NoUpdate, verb == expr.VerbDelete && rules.NoDelete:
		c.withDone, c.ctesInPlace = true, true
	case verb == expr.VerbInsert && rules.InsertInside && from == nil:
		c.Unsupported("WITH before "+verbWords[verb], "use a subquery in its place")
	case verb == expr.VerbInsert && rules.InsertInside:
		c.top = from
	default:
		c.withDone = true
		c.ctes(c.key.CTEs(), true)
	}
}

// with writes the WITH of a query: for the outermost one that of all CTEs that
// belong to no other.
func (c *Compiler) with(q expr.Query) {
	nested := c.rules.Query.With.Nested
	if !c.withDone && expr.Statement(q) == c.top {
		c.withDone = true
		c.ctes(c.usesOf(q), true)
		return
	}
	if nested && c.key != nil && !c.ctesInPlace {
		own := func(u expr.CTEUse) bool { return u.Owner != q }
		c.ctes(slices.DeleteFunc(slices.Clone(c.key.CTEs()), own), false)
	}
}

// cteInPlace writes a CTE where it is used, as a derived table without a name:
// the statement has no place for WITH.
func (c *Compiler) cteInPlace(s *expr.CTE) {
	scope := c.scope
	c.scope, c.ctesInPlace = nil, false
	k := &expr.Key{}
	s.AppendKey(k)
	c.Text("(")
	c.ctes(k.CTEs(), true)
	c.Text("SELECT * FROM ")
	c.Identifier(s.Name())
	c.Text(")")
	c.scope, c.ctesInPlace = scope, true
}

// usesOf returns the CTEs that stand before the outermost query.
func (c *Compiler) usesOf(q expr.Query) []expr.CTEUse {
	k := c.key
	if k == nil { // in DDL
		k = &expr.Key{}
		q.AppendKey(k)
	}
	return k.CTEs()
}

// ctes writes a WITH, without those that belong to a query within where the
// product lets them stand there.
func (c *Compiler) ctes(uses []expr.CTEUse, outermost bool) {
	if outermost && c.rules.Query.With.Nested {
		inner := func(u expr.CTEUse) bool { return u.Owner != nil && expr.Statement(u.Owner) != c.top }
		uses = slices.DeleteFunc(slices.Clone(uses), inner)
	}
	if len(uses) == 0 {
		return
	}
	c.Text("WITH ")
	if slices.ContainsFunc(uses, func(u expr.CTEUse) bool { return u.CTE.Parts().Recursive }) {
		c.Text(c.rules.Query.With.Recursive)
	}
	names := map[string]bool{}
	List(c, ", ", uses, func(u expr.CTEUse) {
		p := u.CTE.Parts()
		if names[p.Name] {
			c.Fail(fmt.Errorf("compile: two CTEs are called %q; give one another name", p.Name))
		}
		names[p.Name] = true
		c.cte(p, outermost)
	})
	c.Text(" ")
}

func (c *Compiler) cte(p expr.CTEParts, outermost bool) {
	if q, ok := p.Query.(*expr.Compound); ok && p.Recursive && c.rules.Query.With.RecursiveAll && q.Parts().Op != expr.UnionAllOp {
		c.Unsupported("a recursive CTE by UNION", "use UnionAll, and select its rows DISTINCT where there are no circles")
		return
	}
	c.Identifier(p.Name)
	if len(p.Columns) > 0 {
		if n := len(p.Query.Output()); n != len(p.Columns) {
			c.Fail(fmt.Errorf("compile: the CTE %q names %d columns, and its query has %d", p.Name, len(p.Columns), n))
		}
		c.Text(" (")
		List(c, ", ", p.Columns, c.Identifier)
		c.Text(")")
	}
	c.Text(" AS ")
	c.materialized(p.Materialized)
	c.Text("(")
	scope := c.scope
	if outermost {
		c.scope = nil
	}
	switch q := p.Query.(type) {
	case *expr.Insert:
		c.changingCTE(func() { c.insert(described(c, q, q.Parts().Into).Parts()) })
	case *expr.Update:
		c.changingCTE(func() { c.update(described(c, q, q.Parts().Table).Parts()) })
	case *expr.Delete:
		c.changingCTE(func() { c.delete(described(c, q, q.Parts().From).Parts()) })
	default:
		c.inDerived(p.Name, p.Query, len(p.Columns) > 0)
		c.Query(p.Query)
	}
	c.scope = scope
	c.Text(")")
}

func (c *Compiler) materialized(m expr.Materialization) {
	if m == expr.MaterializeDefault {
		return
	}
	if !c.rules.Query.With.Materialized {
		c.Unsupported("MATERIALIZED", "leave it to the database")
		return
	}
	if m == expr.MaterializeNever {
		c.Text("NOT ")
	}
	c.Text("MATERIALIZED ")
}

// changingCTE writes a statement that changes rows as a part of another, whose
// result is not its own.
func (c *Compiler) changingCTE(write func()) {
	if !c.rules.Query.With.Changes {
		c.Unsupported("INSERT, UPDATE and DELETE in WITH", "send them as statements of their own, in a transaction")
		return
	}
	columns, returns, inserting, changing, losses := c.columns, c.returns, c.inserting, c.changing, c.losses
	write()
	c.columns, c.returns, c.inserting, c.changing, c.losses = columns, returns, inserting, changing, losses
}

// inDerived refuses columns of a query in FROM that can't be told apart, unless
// they are named from outside.
func (c *Compiler) inDerived(name string, q expr.Query, named bool) {
	if named {
		return
	}
	seen := map[string]bool{}
	for _, x := range q.Output() {
		n := expr.OutputName(x)
		if n != "" && seen[n] {
			c.Fail(fmt.Errorf("compile: %s has two columns called %q; give one another name by As", name, n))
		}
		seen[n] = true
	}
}
