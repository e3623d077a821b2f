package expr

import "slices"

// Join joins the last source of FROM with another. Without a condition the
// foreign key between the two sides is taken: there must be exactly one.
func (s *Select) Join(to Source, on ...Predicate) *Select { return s.join(InnerJoin, to, on) }

// LeftJoin joins the last source of FROM with another, keeping rows that have
// no partner. Its condition is as that of Join.
func (s *Select) LeftJoin(to Source, on ...Predicate) *Select { return s.join(LeftJoin, to, on) }

// RightJoin joins the last source of FROM with another, keeping rows of the
// other that have no partner. Its condition is as that of Join.
func (s *Select) RightJoin(to Source, on ...Predicate) *Select { return s.join(RightJoin, to, on) }

// FullJoin joins the last source of FROM with another, keeping rows of both
// that have no partner. Its condition is as that of Join.
func (s *Select) FullJoin(to Source, on ...Predicate) *Select { return s.join(FullJoin, to, on) }

// CrossJoin joins the last source of FROM with another: every pair of rows.
func (s *Select) CrossJoin(to Source) *Select { return s.join(CrossJoin, to, nil) }

// JoinFrom joins that source of FROM to which the columns of left belong, where it
// need not be the last one.
func (s *Select) JoinFrom(left Source, kind JoinKind, to Source, on ...Predicate) *Select {
	return s.joinAt(func(from []Source) int {
		return slices.IndexFunc(from, func(f Source) bool { return f.Provides(left) })
	}, kind, to, on)
}

func (s *Select) join(kind JoinKind, to Source, on []Predicate) *Select {
	return s.joinAt(lastSource, kind, to, on)
}

// lastSource is the place of the last source.
func lastSource(from []Source) int { return len(from) - 1 }

// joinAt joins the source at a place, the last one where that is below zero.
func (s *Select) joinAt(place func([]Source) int, kind JoinKind, to Source, on []Predicate) *Select {
	return s.with(func(c *Select) { c.addJoin(place, kind, to, on) })
}

// addJoin is joinAt of a statement that nobody else has yet.
func (s *Select) addJoin(place func([]Source) int, kind JoinKind, to Source, on []Predicate) {
	from := s.joinable(to)
	if len(from) == 0 {
		s.where = append(slices.Clip(s.where), Invalid{errJoinWithoutFrom})
		return
	}
	i := place(from)
	if i < 0 {
		i = len(from) - 1
	}
	s.implied = s.implied || len(s.from) == 0
	s.from = slices.Clone(from)
	s.from[i] = NewJoin(kind, from[i], to, on...)
}

// joinable returns FROM without what is about to be joined, which the columns
// may have brought there.
func (s *Select) joinable(to Source) []Source {
	from := s.Sources()
	if len(s.from) > 0 && !s.implied {
		return from
	}
	return slices.DeleteFunc(slices.Clone(from), to.Provides)
}

// NewJoin joins two sources. Without a condition the foreign key between them
// is taken, except for a cross join.
func NewJoin(kind JoinKind, l, r Source, on ...Predicate) *Join {
	j := &Join{Kind: kind, L: l, R: r}
	if len(on) > 0 {
		j.On = allOf(on)
	}
	return j
}
