package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// source writes a source of FROM, with the hints that it has there.
func (c *Compiler) source(s expr.Source) {
	c.bareSource(s)
	if c.scope == nil {
		return
	}
	for _, h := range c.scope.hints {
		if h.Of == s {
			c.hints([]expr.Hint{h.Hint}, " ", "")
		}
	}
}

func (c *Compiler) bareSource(s expr.Source) {
	switch s := s.(type) {
	case *schema.Table:
		if q := s.Inlined(); q != nil {
			c.inPlace(q)
			c.As(s.Name)
			return
		}
		c.TableName(s)
	case *expr.NamedTable:
		c.qualified(s.Schema, s.Name)
	case *expr.CTE:
		if c.ctesInPlace {
			c.cteInPlace(s)
			c.Text(c.rules.AliasWord)
		}
		c.Identifier(s.Name())
	case *expr.Alias:
		c.aliased(s.Of)
		c.Text(c.rules.AliasWord)
		c.Identifier(s.Name)
	case *expr.Join:
		c.join(s)
	case *expr.Derived:
		c.derived(s)
	case *expr.Sample:
		if c.rules.Query.Sample == nil {
			c.Unsupported("TABLESAMPLE", "order by a random number and limit the rows")
			return
		}
		c.rules.Query.Sample(c, s)
	case *expr.TableFunction:
		c.tableFunction(s)
	case *expr.RawSource:
		c.rawSource(s)
	case *expr.Values:
		c.rules.Query.Values(c, s)
	case Renderer:
		s.Render(c)
	default:
		c.Fail(fmt.Errorf("compile: a source of type %T can't be written; it must implement compile.Renderer", s))
	}
}

// aliased writes a source whose name follows.
func (c *Compiler) aliased(s expr.Source) {
	switch of := s.(type) {
	case *expr.CTE:
		if c.ctesInPlace {
			c.cteInPlace(of)
			return
		}
	case *schema.Table:
		if q := of.Inlined(); q != nil {
			c.inPlace(q)
			return
		}
	}
	c.source(s)
}

// inPlace writes the query that stands for a table. It does not see the sources
// beside it.
func (c *Compiler) inPlace(q expr.Query) {
	outer := c.scope
	if outer != nil {
		c.scope = outer.outer
	}
	c.Text("(")
	c.Query(q)
	c.scope = outer
	c.Text(")")
}

// Source writes a source as it stands in FROM.
func (c *Compiler) Source(s expr.Source) { c.source(s) }

// As writes the alias of a source.
func (c *Compiler) As(name string) {
	c.Text(c.rules.AliasWord)
	c.Identifier(name)
}

func (c *Compiler) derived(d *expr.Derived) {
	c.inDerived(d.Name, d.Select, false)
	outer := c.scope
	if d.Lateral {
		switch c.rules.Query.Lateral {
		case NoLateral:
			c.Unsupported("LATERAL", "use a scalar subquery for each column, or number the rows by expr.RowNumber")
		case LateralWord:
			c.Text("LATERAL ")
		}
	} else if outer != nil {
		// A derived table does not see the sources beside it.
		c.scope = outer.outer
	}
	c.Text("(")
	c.Query(d.Select)
	c.scope = outer
	c.Text(")")
	c.As(d.Name)
}

var joinWords = map[expr.JoinKind]string{
	expr.InnerJoin: " JOIN ", expr.LeftJoin: " LEFT JOIN ", expr.RightJoin: " RIGHT JOIN ",
	expr.FullJoin: " FULL JOIN ", expr.CrossJoin: " CROSS JOIN ",
}

func (c *Compiler) join(j *expr.Join) {
	if j.Kind == expr.FullJoin && !c.rules.FullJoin {
		c.Unsupported("FULL JOIN", "use a UNION of a LEFT JOIN and what is missing from it")
		return
	}
	on := j.On
	if on == nil && j.Kind != expr.CrossJoin {
		on = c.foreignKey(j)
	}
	c.source(j.L)
	if c.applies(j, on) {
		return
	}
	c.Text(joinWords[j.Kind])
	if inner, ok := j.R.(*expr.Join); ok {
		c.Text("(")
		c.join(inner)
		c.Text(")")
	} else {
		c.source(j.R)
	}
	if on != nil && j.Kind != expr.CrossJoin {
		c.Text(" ON ")
		c.Condition(on)
	}
}

// applies writes a join with a LATERAL source where the product calls that
// APPLY, which has no condition, and reports whether it did.
func (c *Compiler) applies(j *expr.Join, on expr.Expression) bool {
	d, ok := j.R.(*expr.Derived)
	if !ok || !d.Lateral || c.rules.Query.Lateral != LateralApply {
		return false
	}
	switch {
	case j.Kind != expr.CrossJoin && !always(on), j.Kind == expr.RightJoin, j.Kind == expr.FullJoin:
		c.Unsupported("a condition of a join with LATERAL", "put it into the subquery, and join on expr.All()")
	case j.Kind == expr.LeftJoin:
		c.Text(" OUTER APPLY ")
	default:
		c.Text(" CROSS APPLY ")
	}
	c.source(d)
	return true
}

// always reports whether a condition is true by itself.
func always(x expr.Expression) bool {
	x = expr.Unwrap(x)
	if v, ok := x.(*expr.Variadic); ok && v.Op == expr.OpAnd {
		return !slices.ContainsFunc(v.Xs, func(y expr.Expression) bool { return !always(y) })
	}
	return x == expr.Expression(expr.TRUE)
}

// sourceRef writes the name under which the columns of a source are known.
func (c *Compiler) sourceRef(s expr.Source) {
	switch s := s.(type) {
	case *schema.Table:
		c.qualifier(s.Schema, s.Name)
	case *expr.NamedTable:
		c.qualifier(s.Schema, s.Name)
	default:
		name, ok := ownName(s)
		if !ok {
			c.Fail(fmt.Errorf("compile: columns of a %T have no name to go by; give it an alias", s))
			return
		}
		c.Identifier(name)
	}
}

// ownName returns the name that a source has in the statement.
func ownName(s expr.Source) (string, bool) {
	switch s := s.(type) {
	case *expr.Alias:
		return s.Name, true
	case *expr.Derived:
		return s.Name, true
	case *expr.CTE:
		return s.Name(), true
	case *expr.Sample:
		return s.Name, true
	case *expr.Values:
		return s.Name, true
	case interface{ SourceName() string }:
		return s.SourceName(), true
	}
	return "", false
}

func sourceName(s expr.Source) string {
	switch s := s.(type) {
	case *schema.Table:
		return s.FullName()
	case *expr.NamedTable:
		return s.Name
	}
	if name, ok := ownName(s); ok {
		return name
	}
	return fmt.Sprintf("%T", s)
}

// provided reports whether the source of a column has it, as far as that is
// known.
func provided(x *expr.Column) bool {
	src := x.From
	if a, ok := src.(*expr.Alias); ok {
		src = a.Of
	}
	o, ok := src.(expr.OutputSource)
	return !ok || slices.Contains(o.OutputNames(), x.Name)
}

// ValuesWithNames writes (VALUES …) AS name (columns), with the types of the
// first row's values, which parameters do not tell.
func ValuesWithNames(c *Compiler, v *expr.Values) {
	c.Text("(VALUES ")
	c.ValuesRows(v, "(", true)
	c.Text(")")
	c.As(v.Name)
	c.Text(" (")
	List(c, ", ", v.OutputNames(), c.Identifier)
	c.Text(")")
}

// ValuesRows writes the rows of a table of values, each behind open, with the
// types of the first row's values where cast is true.
func (c *Compiler) ValuesRows(v *expr.Values, open string, cast bool) {
	for i, row := range v.Rows {
		if i > 0 {
			c.Text(", ")
		}
		c.Text(open)
		for j, x := range row {
			if j > 0 {
				c.Text(", ")
			}
			_, unknown := v.Columns[j].Type.(sqltype.Null)
			if cast && i == 0 && !unknown {
				x = &expr.Cast{X: x, Type: v.Columns[j].Type}
			}
			c.Expression(x)
		}
		c.Text(")")
	}
}

// ValuesAsSelects writes a table of rows as a UNION ALL of SELECTs, the first of
// which names the columns.
func ValuesAsSelects(c *Compiler, v *expr.Values) {
	c.Text("(")
	for i, row := range v.Rows {
		if i > 0 {
			c.Text(" UNION ALL ")
		}
		c.Text("SELECT ")
		for j, x := range row {
			if j > 0 {
				c.Text(", ")
			}
			c.Expression(x)
			if i == 0 {
				c.Text(" AS ")
				c.Identifier(v.Columns[j].Name)
			}
		}
		c.Text(c.rules.NoSource)
	}
	c.Text(")")
	c.As(v.Name)
}
