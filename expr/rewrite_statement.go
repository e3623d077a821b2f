package expr

import "maps"

func (r *replacing) query(q Query) Node {
	switch q := q.(type) {
	case *Select:
		return r.selectOf(q)
	case *Compound:
		return &Compound{
			op: q.op, with: r.ctes(q.with), parts: list(r, q.parts), orderBy: list(r, q.orderBy), limit: one(r, q.limit), offset: one(r, q.offset), err: q.err,
		}
	case *Insert:
		return r.insert(q)
	case *Update:
		c := *q
		c.table, c.from, c.set, c.where = one(r, q.table), list(r, q.from), r.assignments(q.set), list(r, q.where)
		c.orderBy, c.limit, c.returning = list(r, q.orderBy), one(r, q.limit), list(r, q.returning)
		return &c
	case *Delete:
		c := *q
		c.from, c.using, c.where = one(r, q.from), list(r, q.using), list(r, q.where)
		c.orderBy, c.limit, c.returning = list(r, q.orderBy), one(r, q.limit), list(r, q.returning)
		return &c
	}
	return r.foreign(q)
}

func (r *replacing) selectOf(s *Select) *Select {
	c := *s
	if s.rare != nil {
		c.rare = r.rare(s.rare)
	}
	c.columns, c.from, c.where = list(r, s.columns), list(r, s.from), list(r, s.where)
	c.groupBy, c.having, c.orderBy = list(r, s.groupBy), list(r, s.having), list(r, s.orderBy)
	c.limit, c.offset, c.lock.Of = one(r, s.limit), one(r, s.offset), list(r, s.lock.Of)
	return &c
}

func (r *replacing) rare(s *rareClauses) *rareClauses {
	c := *s
	c.With, c.DistinctOn, c.correlated = r.ctes(s.With), list(r, s.DistinctOn), list(r, s.correlated)
	c.Windows, c.TableHints, c.Extensions = nil, nil, nil
	for _, w := range s.Windows {
		c.Windows = append(c.Windows, NamedWindow{w.Name, r.window(w.Window)})
	}
	for _, h := range s.TableHints {
		c.TableHints = append(c.TableHints, TableHint{one(r, h.Of), h.Hint})
	}
	for _, x := range s.Extensions {
		c.Extensions = append(c.Extensions, Extension{x.At, one(r, x.Node)})
	}
	return &c
}

func (r *replacing) insert(s *Insert) *Insert {
	c := *s
	c.into, c.columns, c.rows = one(r, s.into), list(r, s.columns), lists(r, s.rows)
	c.conflict, c.returning = one(r, s.conflict), list(r, s.returning)
	if s.from != nil {
		c.from = one(r, s.from)
	}
	return &c
}

func (r *replacing) merge(s *Merge) *Merge {
	c := *s
	c.into, c.using, c.on, c.returning = one(r, s.into), one(r, s.using), list(r, s.on), list(r, s.returning)
	c.whens = nil
	for _, w := range s.whens {
		w.Where, w.Set = list(r, w.Where), r.assignments(w.Set)
		c.whens = append(c.whens, w)
	}
	return &c
}

func (r *replacing) onConflict(x *OnConflictClause) *OnConflictClause {
	c := *x
	c.p.Target, c.p.Partial, c.p.Where, c.p.Set = list(r, x.p.Target), list(r, x.p.Partial), list(r, x.p.Where), r.assignments(x.p.Set)
	return &c
}

func (r *replacing) assignments(set []Assignment) []Assignment {
	return ReplacedInSet(set, func(x Expression) Expression { return one(r, x) })
}

func (r *replacing) ctes(with []*CTE) []*CTE {
	var out []*CTE
	for _, c := range with {
		out = append(out, one(r, c))
	}
	return out
}

// source makes a source of other parts. A table has none.
func (r *replacing) source(s Source) Node {
	switch s := s.(type) {
	case *Alias:
		return &Alias{Of: one(r, s.Of), Name: s.Name}
	case *Join:
		return &Join{Kind: s.Kind, L: one(r, s.L), R: one(r, s.R), On: one(r, s.On)}
	case *Derived:
		return &Derived{Select: one(r, s.Select), Name: s.Name, Lateral: s.Lateral}
	case *CTE:
		return r.cte(s)
	case *Sample:
		c := *s
		c.Of, c.Percent, c.Seed = one(r, s.Of), one(r, s.Percent), one(r, s.Seed)
		return &c
	case *Values:
		c := *s
		c.Rows = lists(r, s.Rows)
		return &c
	case *TableFunction:
		c := *s
		c.Func = one(r, s.Func)
		return &c
	case *RawSource:
		return &RawSource{Text: one(r, s.Text), Name: s.Name}
	case *NamedTable:
		return s
	}
	return r.foreign(s)
}

// cte makes a CTE of another query. A recursive one selects from itself, so that
// it is first seen whether anything within it changes, and then made anew with
// the new one in its place.
func (r *replacing) cte(s *CTE) *CTE {
	c := *s
	if !s.recursive {
		c.query = one(r, s.query)
		return &c
	}
	before, changes := maps.Clone(r.done), r.changes
	r.done[s] = s
	if c.query = one(r, s.query); r.changes == changes {
		return s
	}
	r.done = before
	r.done[s] = &c
	c.query = one(r, s.query)
	return &c
}
