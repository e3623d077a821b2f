package compile

import (
	"bytes"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

func (c *Compiler) update(p expr.UpdateParts) {
	if len(p.Set) == 0 {
		c.Fail(errors.New("compile: an UPDATE sets nothing; call Set"))
		return
	}
	t := c.table(p.Table)
	if t == nil {
		return
	}
	ch := &rowChange{
		Write: Write{Verb: expr.VerbUpdate, Table: t, Returning: p.Returning}, prefixes: p.Prefixes,
		others: p.From, style: c.rules.DML.UpdateOthers, where: p.Where, orderBy: p.OrderBy, limit: p.Limit,
	}
	// What reads the other sources is asked before they move into a subquery.
	read := ch.matching()
	set, ok := c.assignments(ch, p)
	if !ok || !c.plan(ch, c.rules.DML.UpdateReturnsOthers) {
		return
	}
	c.around(ch.Write, func() {
		c.statementWith(expr.VerbUpdate, nil)
		c.Text("UPDATE")
		c.prefixed(ch.prefixes.Words)
		c.Text(" ")
		c.TableName(t)
		c.prefixed(ch.prefixes.Hints)
		defer c.enter(ch)()
		defer c.withoutItself(ch)()
		if ch.style == OthersBeside && len(ch.others) > 0 {
			c.Text(", ")
			List(c, ", ", ch.others, c.source)
		}
		c.Text(" SET ")
		c.set(ch, set, read)
		c.output(ch.Write)
		c.readOthers(ch, " FROM ")
		c.rowsOf(ch)
		c.returning(ch.Write)
	})
}

// set writes the assignments. Where the product has no clause for other
// sources, the values that read them come from one row of read.
func (c *Compiler) set(ch *rowChange, set []expr.Assignment, read *expr.Select) {
	if ch.style != OthersInSubquery || len(ch.others) == 0 {
		List(c, ", ", set, func(a expr.Assignment) { c.assign(ch, a) })
		return
	}
	var targets, values []expr.Expression
	for i, a := range set {
		if ch.readsOthers(a.Value) {
			targets, values = append(targets, a.Target), append(values, a.Value)
			continue
		}
		if i > len(targets) { // not the first of those that are written
			c.Text(", ")
		}
		c.assign(ch, a)
	}
	if len(targets) == 0 {
		return
	}
	if len(targets) < len(set) {
		c.Text(", ")
	}
	if len(targets) > 1 {
		c.Text("(")
	}
	List(c, ", ", targets, func(x expr.Expression) { c.columnName(x, ch.Table) })
	if len(targets) > 1 {
		c.Text(")")
	}
	c.Text(" = ")
	q := read.Columns(values...)
	if c.rules.DML.FirstRow != nil {
		q = q.Where(c.rules.DML.FirstRow)
	}
	c.Expression(&expr.Subquery{Select: q})
}

func (c *Compiler) assign(ch *rowChange, a expr.Assignment) {
	if ch.style == OthersBeside && len(ch.others) > 0 {
		c.TableName(ch.Table)
		c.Text(".")
	}
	c.columnName(a.Target, ch.Table)
	c.Text(" = ")
	c.assigned(a.Value)
}

// assignments returns SET in an order in which no value reads what was set
// before it, where the product makes that a difference. Of a statement with
// other sources such a product promises no order at all.
func (c *Compiler) assignments(ch *rowChange, p expr.UpdateParts) ([]expr.Assignment, bool) {
	if !c.rules.DML.AssignsInOrder || p.InOrder || len(p.Set) < 2 {
		return p.Set, true
	}
	ordered, ok := InOrder(p.Set, readsColumn)
	if ok && len(ch.others) > 0 {
		ok = noneReads(p.Set)
	}
	if !ok {
		c.Unsupported("an UPDATE whose values read columns that it sets by other values", "set them by statements of their own, or say by SetInOrder that a value sees what is set before it")
	}
	return ordered, ok
}

// noneReads reports whether no value reads a column that another assignment
// sets.
func noneReads(set []expr.Assignment) bool {
	for i, a := range set {
		for j, b := range set {
			if i != j && readsColumn(a.Value, b.Target) {
				return false
			}
		}
	}
	return true
}

// InOrder sorts assignments so that each comes before those that set a column
// which it reads, and reports whether that can be.
func InOrder(set []expr.Assignment, reads func(value, column expr.Expression) bool) ([]expr.Assignment, bool) {
	left, out := slices.Clone(set), make([]expr.Assignment, 0, len(set))
	for len(left) > 0 {
		i := nextAssignment(left, reads)
		if i < 0 {
			return nil, false
		}
		out, left = append(out, left[i]), slices.Delete(left, i, i+1)
	}
	return out, true
}

// nextAssignment is the first of which no other reads the column.
func nextAssignment(left []expr.Assignment, reads func(value, column expr.Expression) bool) int {
	return slices.IndexFunc(left, func(a expr.Assignment) bool {
		for _, b := range left {
			if !sameColumn(a.Target, b.Target) && reads(b.Value, a.Target) {
				return false
			}
		}
		return true
	})
}

func sameColumn(a, b expr.Expression) bool {
	x, ok := expr.Unwrap(a).(*expr.Column)
	y, same := expr.Unwrap(b).(*expr.Column)
	return ok && same && x.Name == y.Name
}

// readsColumn reports whether the value may read the column, in a subquery too:
// raw text may read any.
func readsColumn(value, column expr.Expression) bool {
	var v, col expr.Key
	value.AppendKey(&v)
	column.AppendKey(&col)
	return v.HasText() || bytes.Contains(v.Bytes(), col.Bytes())
}
