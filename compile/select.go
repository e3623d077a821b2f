package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Select writes a SELECT, without parentheses around it.
func (c *Compiler) Select(s *expr.Select) {
	p := s.Parts()
	if len(p.Columns) == 0 {
		c.Fail(errors.New("compile: a SELECT has no columns"))
		return
	}
	c.scope = &scope{sources: p.From, outer: c.scope}
	defer func() { c.scope = c.scope.outer }()
	c.Text("SELECT ")
	if p.Distinct {
		c.Text("DISTINCT ")
	}
	if c.rules.BeforeColumns != nil {
		c.rules.BeforeColumns(c, p)
	}
	List(c, ", ", p.Columns, c.selected)
	if len(p.From) > 0 {
		c.Text(" FROM ")
		List(c, ", ", p.From, c.source)
	} else {
		c.Text(c.rules.NoSource)
	}
	c.clause(" WHERE ", p.Where)
	if len(p.GroupBy) > 0 {
		c.Text(" GROUP BY ")
		List(c, ", ", p.GroupBy, c.Expression)
	}
	c.clause(" HAVING ", p.Having)
	c.orderBy(p.OrderBy)
	c.limit(p)
	if p.Lock.Strength != expr.NoLock {
		c.lock(p.Lock)
	}
}

func (c *Compiler) selected(x expr.Expression) {
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

func (c *Compiler) source(s expr.Source) {
	switch s := s.(type) {
	case *schema.Table:
		c.TableName(s)
	case *expr.Alias:
		c.source(s.Of)
		c.Text(c.rules.AliasWord)
		c.Identifier(s.Name)
	case *expr.Join:
		c.join(s)
	case *expr.Derived:
		c.Text("(")
		// A derived table does not see the sources beside it.
		outer := c.scope
		c.scope = outer.outer
		c.Select(s.Select)
		c.scope = outer
		c.Text(")" + c.rules.AliasWord)
		c.Identifier(s.Name)
	case *expr.TableFunction:
		c.tableFunction(s)
	case *expr.RawSource:
		c.rawSource(s)
	case Renderer:
		s.Render(c)
	default:
		c.Fail(fmt.Errorf("compile: a source of type %T can't be written; it must implement compile.Renderer", s))
	}
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
	c.source(j.L)
	c.Text(joinWords[j.Kind])
	if inner, ok := j.R.(*expr.Join); ok {
		c.Text("(")
		c.join(inner)
		c.Text(")")
	} else {
		c.source(j.R)
	}
	if j.On != nil && j.Kind != expr.CrossJoin {
		c.Text(" ON ")
		c.Condition(j.On)
	}
}

func (c *Compiler) orderBy(terms []expr.Order) {
	if len(terms) == 0 {
		return
	}
	c.Text(" ORDER BY ")
	List(c, ", ", terms, c.Order)
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
	if p.Limit != nil || p.Offset != nil {
		c.rules.Limit(c, p)
	}
}

func (c *Compiler) lock(l expr.Lock) {
	if c.rules.Lock == nil {
		c.Unsupported("row locks (FOR UPDATE)", "run the statement in a write transaction")
		return
	}
	c.rules.Lock(c, l)
}

// LockClause writes a locking clause in the words of PostgreSQL and MySQL 8.
func LockClause(c *Compiler, l expr.Lock) {
	if l.Strength == expr.ForShare {
		c.Text(" FOR SHARE")
	} else {
		c.Text(" FOR UPDATE")
	}
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
