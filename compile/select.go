package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Select writes a SELECT, without parentheses around it.
func (c *Compiler) Select(s *expr.Select) {
	p := s.Parts()
	if len(p.Columns) == 0 {
		c.Fail(errors.New("compile: a SELECT has no columns; give it some, or expr.CountAll()"))
		return
	}
	c.labels(p.Columns)
	c.with(s)
	c.scope = &scope{sources: p.From, outer: c.scope, windows: p.Windows, hints: p.TableHints}
	defer func() { c.scope = c.scope.outer }()
	c.cartesian(p.From, p.Where)
	c.Text("SELECT ")
	c.hints(p.Prefixes, "", " ")
	c.distinct(p)
	if c.rules.BeforeColumns != nil {
		c.rules.BeforeColumns(c, p)
	}
	c.extensions(p.Extensions, expr.BeforeColumns)
	if c.isResult(s) {
		List(c, ", ", p.Columns, c.selected)
	} else {
		List(c, ", ", p.Columns, c.labelled)
	}
	c.extensions(p.Extensions, expr.BeforeFrom)
	if len(p.From) > 0 {
		c.Text(" FROM ")
		List(c, ", ", p.From, c.source)
	} else {
		c.Text(c.rules.NoSource)
	}
	c.clause(" WHERE ", p.Where)
	c.extensions(p.Extensions, expr.BeforeGroupBy)
	c.groupBy(p.GroupBy, p.Columns)
	c.clause(" HAVING ", c.having(p))
	c.windowClause(p.Windows)
	c.orderBy(c.groupedOrder(p), p.Columns)
	c.limit(p)
	if p.Lock.Strength != expr.NoLock {
		c.lock(p.Lock)
	}
	c.hints(p.Suffixes, " ", "")
	c.extensions(p.Extensions, expr.AtEnd)
}

// extensions writes what the program or a dialect adds at a place.
func (c *Compiler) extensions(list []expr.Extension, at expr.Place) {
	for _, x := range list {
		if x.At != at {
			continue
		}
		r, ok := x.Node.(Renderer)
		if !ok {
			c.Fail(fmt.Errorf("compile: an extension of type %T can't be written; it must implement compile.Renderer", x.Node))
			return
		}
		if at != expr.BeforeColumns {
			c.Text(" ")
		}
		r.Render(c)
		if at == expr.BeforeColumns {
			c.Text(" ")
		}
	}
}

// labels refuses a label that is given to two columns.
func (c *Compiler) labels(columns []expr.Expression) {
	for i, x := range columns {
		l, ok := x.(*expr.Label)
		if !ok {
			continue
		}
		for _, y := range columns[:i] {
			if m, ok := y.(*expr.Label); ok && l.Name == m.Name {
				c.Fail(fmt.Errorf("compile: two columns of a SELECT are labelled %q; give one another name", l.Name))
			}
		}
	}
}

func (c *Compiler) distinct(p expr.Parts) {
	switch {
	case len(p.DistinctOn) > 0 && !c.rules.Query.DistinctOn:
		c.Unsupported("DISTINCT ON", "number the rows by expr.RowNumber in a subquery, and take the first")
	case len(p.DistinctOn) > 0:
		c.Text("DISTINCT ON (")
		List(c, ", ", p.DistinctOn, c.Expression)
		c.Text(") ")
	case p.Distinct:
		c.Text("DISTINCT ")
	}
}

// hints writes the texts that are meant for the product.
func (c *Compiler) hints(list []expr.Hint, before, after string) {
	for _, h := range list {
		if len(h.Products) == 0 || slices.Contains(h.Products, c.rules.Dialect) || slices.Contains(h.Products, c.rules.Parent) {
			c.Text(before + h.Text + after)
		}
	}
}

// selected writes a column of the statement's result.
func (c *Compiler) selected(x expr.Expression) {
	if !c.expressedColumn(expr.Unwrap(x)) {
		c.labelled(x)
	}
}

// labelled writes a column of a query with its label.
func (c *Compiler) labelled(x expr.Expression) {
	c.Expression(x)
	if l, ok := x.(*expr.Label); ok {
		c.Text(" AS ")
		c.Identifier(l.Name)
	}
}

// clause writes conditions that all must hold.
func (c *Compiler) clause(word string, conditions []expr.Expression) {
	if len(conditions) == 0 {
		return
	}
	c.Text(word)
	c.variadicOf(conditions)
}

func (c *Compiler) variadicOf(conditions []expr.Expression) {
	if len(conditions) == 1 {
		c.Condition(conditions[0])
		return
	}
	c.variadic(&expr.Variadic{Op: expr.OpAnd, Xs: conditions})
}

// orderBy writes ORDER BY, whose terms may be columns of the result.
func (c *Compiler) orderBy(terms []expr.Order, columns []expr.Expression) {
	if len(terms) == 0 {
		return
	}
	c.Text(" ORDER BY ")
	List(c, ", ", terms, func(o expr.Order) {
		if columns != nil {
			o = c.resultOrder(o, columns)
		}
		c.Order(o)
	})
}

// resultOrder returns the term with the name of the column of the result that it
// is, or, where the name would stand within an expression, with the column.
func (c *Compiler) resultOrder(o expr.Order, columns []expr.Expression) expr.Order {
	x := expr.Unwrap(o.X)
	_, named := x.(*expr.OutputColumn)
	if _, labelled := x.(*expr.Label); !labelled && !named {
		return o
	}
	for _, col := range columns {
		col = expr.Unwrap(col)
		name := expr.OutputName(col)
		if name == "" || !sameOutput(col, x) {
			continue
		}
		o.X = &expr.OutputColumn{Name: name}
		if o.Nulls != expr.NullsDefault && !c.rules.NullsOrder {
			o.X = col
		}
		return o
	}
	if named {
		c.Fail(fmt.Errorf("compile: ORDER BY names the column %q of the result, which has none of that name", x.(*expr.OutputColumn).Name))
	}
	return o
}

// Order writes one term of ORDER BY.
func (c *Compiler) Order(o expr.Order) {
	if o.Nulls != expr.NullsDefault && !c.rules.NullsOrder {
		first, last := "0", "1"
		if o.Nulls == expr.NullsFirst {
			first, last = "1", "0"
		}
		c.Text("CASE WHEN ")
		c.Operand(o.X, expr.OpIsNull, false)
		c.Text(" IS NULL THEN " + last + " ELSE " + first + " END, ")
	}
	c.Expression(o.X)
	c.direction(o)
}

func (c *Compiler) direction(o expr.Order) {
	if o.Desc {
		c.Text(" DESC")
	}
	if c.rules.NullsOrder {
		switch o.Nulls {
		case expr.NullsFirst:
			c.Text(" NULLS FIRST")
		case expr.NullsLast:
			c.Text(" NULLS LAST")
		}
	}
}

func (c *Compiler) limit(p expr.Parts) {
	if p.Limit == nil && p.Offset == nil {
		return
	}
	if c.rules.Query.LimitIsValue && !(isValue(p.Limit) && isValue(p.Offset)) {
		c.Unsupported("LIMIT and OFFSET of an expression", "compute it in the program")
		return
	}
	if p.Ties || p.Percent {
		if c.rules.Query.Fetch == nil {
			c.Unsupported("LIMIT with ties or of percents", "number the rows by expr.Rank in a subquery")
			return
		}
		c.rules.Query.Fetch(c, p)
		return
	}
	c.rules.Limit(c, p)
}

// isValue reports whether x is a bound value or nothing.
func isValue(x expr.Expression) bool {
	switch expr.Unwrap(x).(type) {
	case nil, *expr.Bind, *expr.Param, *expr.Blank:
		return true
	}
	return false
}

// FetchTies writes OFFSET and FETCH FIRST with ties, as standard SQL does.
func FetchTies(c *Compiler, p expr.Parts) {
	if p.Percent {
		c.Unsupported("LIMIT of percents", "count the rows first")
		return
	}
	if p.Offset != nil {
		c.Text(" OFFSET ")
		c.Operand(p.Offset, expr.OpNeg, false)
		c.Text(" ROWS")
	}
	c.Text(" FETCH FIRST ")
	c.Operand(p.Limit, expr.OpNeg, false)
	c.Text(" ROWS WITH TIES")
}

func (c *Compiler) lock(l expr.Lock) {
	if c.rules.Lock == nil && l.Optional {
		return
	}
	if c.rules.Lock == nil {
		c.Unsupported("row locks (FOR UPDATE)", "run the statement in a write transaction")
		return
	}
	c.rules.Lock(c, l)
}

// LockClause writes a locking clause in the words of PostgreSQL and MySQL 8.
func LockClause(c *Compiler, l expr.Lock) {
	words := map[expr.LockStrength]string{expr.ForShare: " FOR SHARE", expr.ForUpdate: " FOR UPDATE"}
	word, ok := words[l.Strength]
	if !ok {
		c.Unsupported("FOR KEY SHARE and FOR NO KEY UPDATE", "use ForShare or ForUpdate")
		return
	}
	c.Text(word)
	LockRest(c, l)
}

// LockRest writes what follows the strength of a lock.
func LockRest(c *Compiler, l expr.Lock) {
	if len(l.Of) > 0 {
		c.Text(" OF ")
		List(c, ", ", l.Of, c.lockTarget)
	}
	LockWait(c, l)
}

func (c *Compiler) lockTarget(s expr.Source) {
	if t, ok := s.(*schema.Table); ok {
		c.Identifier(t.Name)
		return
	}
	c.sourceRef(s)
}

// LockWait writes NOWAIT or SKIP LOCKED.
func LockWait(c *Compiler, l expr.Lock) {
	switch l.Wait {
	case expr.NoWait:
		c.Text(" NOWAIT")
	case expr.SkipLocked:
		c.Text(" SKIP LOCKED")
	}
}
