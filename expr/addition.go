package expr

import "slices"

// Addition is what Plus adds to a SELECT.
type Addition struct {
	Joins   []Joining
	Columns []Expression
	Where   []Predicate
	OrderBy []Order
	Limit   *int // nil: that of the statement
	// LimitInText writes the limit into the text, for one of which there are few: a
	// database that plans for it finds the better way to few rows.
	LimitInText bool
	Offset      *int // nil: that of the statement
	Lock        Lock // without a strength: that of the statement
}

// Joining is a join of an Addition.
type Joining struct {
	Left Source // which is joined, as JoinFrom takes it; nil: the last source of FROM
	Kind JoinKind
	To   Source
	On   []Predicate
}

// Plus adds several clauses at once, as the methods for each of them do, which copy
// the statement each time.
func (s *Select) Plus(a *Addition) *Select {
	c := *s
	for i := range a.Joins {
		j := &a.Joins[i]
		place := lastSource
		if j.Left != nil {
			place = func(from []Source) int {
				return slices.IndexFunc(from, func(f Source) bool { return f.Provides(j.Left) })
			}
		}
		c.addJoin(place, j.Kind, j.To, j.On)
	}
	if len(a.Columns) > 0 {
		c.columns = appendUnwrapped(c.columns, a.Columns)
	}
	if len(a.Where) > 0 {
		c.where = appendUnwrapped(c.where, a.Where)
	}
	if len(a.OrderBy) > 0 {
		c.orderBy = append(slices.Clip(c.orderBy), a.OrderBy...)
	}
	if a.Limit != nil {
		c.limit = rowCount("LIMIT", *a.Limit)
		if b, ok := c.limit.(*Bind); ok {
			b.InText = a.LimitInText
		}
	}
	if a.Offset != nil {
		c.offset = rowCount("OFFSET", *a.Offset)
	}
	if a.Lock.Strength != NoLock {
		c.lock = a.Lock
	}
	return &c
}
