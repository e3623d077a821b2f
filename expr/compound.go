package expr

import (
	"fmt"
	"slices"
)

// SetOp is how a set operation joins the rows of its queries.
type SetOp uint8

// The set operations.
const (
	UnionOp SetOp = iota
	UnionAllOp
	IntersectOp
	IntersectAllOp
	ExceptOp
	ExceptAllOp
)

// Compound is a set operation of queries, each of which may be one itself: they
// are grouped as they are nested. It is immutable.
type Compound struct {
	op      SetOp
	parts   []Query
	orderBy []Order
	limit   Expression
	offset  Expression
	with    []*CTE
	err     error
}

// Union returns the rows of all queries, equal ones once.
func Union(qs ...Query) *Compound { return newCompound(UnionOp, qs) }

// UnionAll returns the rows of all queries.
func UnionAll(qs ...Query) *Compound { return newCompound(UnionAllOp, qs) }

// Intersect returns the rows that every query has, equal ones once.
func Intersect(qs ...Query) *Compound { return newCompound(IntersectOp, qs) }

// IntersectAll returns the rows that every query has, as often as the one that
// has them least.
func IntersectAll(qs ...Query) *Compound { return newCompound(IntersectAllOp, qs) }

// Except returns the rows of the first query that no other has, equal ones once.
func Except(qs ...Query) *Compound { return newCompound(ExceptOp, qs) }

// ExceptAll returns the rows of the first query, each as often as the others
// leave it.
func ExceptAll(qs ...Query) *Compound { return newCompound(ExceptAllOp, qs) }

func newCompound(op SetOp, qs []Query) *Compound {
	c := &Compound{op: op, parts: slices.Clone(qs)}
	if len(qs) == 0 {
		c.err = fmt.Errorf("expr: a set operation has no query")
		return c
	}
	n := len(qs[0].Output())
	for i, q := range qs[1:] {
		if m := len(q.Output()); m != n {
			c.err = fmt.Errorf("expr: the queries of a set operation must have equally many columns: the first has %d, number %d has %d", n, i+2, m)
		}
	}
	return c
}

// Union returns the rows of s and of all queries, equal ones once.
func (s *Select) Union(qs ...Query) *Compound { return Union(after(s, qs)...) }

// UnionAll returns the rows of s and of all queries.
func (s *Select) UnionAll(qs ...Query) *Compound { return UnionAll(after(s, qs)...) }

// Intersect returns the rows that s and every query have, equal ones once.
func (s *Select) Intersect(qs ...Query) *Compound { return Intersect(after(s, qs)...) }

// Except returns the rows of s that no query has, equal ones once.
func (s *Select) Except(qs ...Query) *Compound { return Except(after(s, qs)...) }

func after(s *Select, qs []Query) []Query { return append([]Query{s}, qs...) }

func (s *Compound) change(change func(c *Compound)) *Compound {
	c := *s
	change(&c)
	return &c
}

// OrderBy adds terms to ORDER BY: columns of the result, by Result or as they
// stand in the first query.
func (s *Compound) OrderBy(os ...Order) *Compound {
	return s.change(func(c *Compound) { c.orderBy = append(slices.Clip(c.orderBy), os...) })
}

// Limit returns at most n rows.
func (s *Compound) Limit(n int) *Compound {
	return s.change(func(c *Compound) { c.limit = rowCount("LIMIT", n) })
}

// Offset skips n rows.
func (s *Compound) Offset(n int) *Compound {
	return s.change(func(c *Compound) { c.offset = rowCount("OFFSET", n) })
}

// With puts CTEs into the WITH of this set operation.
func (s *Compound) With(ctes ...*CTE) *Compound {
	return s.change(func(c *Compound) { c.with = append(slices.Clip(c.with), ctes...) })
}

// CompoundParts are the parts of a Compound.
type CompoundParts struct {
	Op            SetOp
	Queries       []Query
	OrderBy       []Order
	Limit, Offset Expression // nil: none
	With          []*CTE
}

// Parts returns the parts, which must not be changed.
func (s *Compound) Parts() CompoundParts {
	return CompoundParts{Op: s.op, Queries: s.parts, OrderBy: s.orderBy, Limit: s.limit, Offset: s.offset, With: s.with}
}

// Output implements Query: the columns are called as in the first query.
func (s *Compound) Output() []Expression {
	if len(s.parts) == 0 {
		return nil
	}
	return s.parts[0].Output()
}

// Verb implements Statement.
func (s *Compound) Verb() Verb { return VerbSelect }

// AppendKey implements Node.
func (s *Compound) AppendKey(k *Key) {
	if s.err != nil {
		k.Fail(s.err)
	}
	k.Tag(tagCompound)
	k.Tag(byte(s.op))
	keyWith(k, s, s.with)
	keyNodes(k, s.parts)
	keyNodes(k, s.orderBy)
	k.rows("LIMIT", s.limit)
	k.rows("OFFSET", s.offset)
}
