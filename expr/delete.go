package expr

import "slices"

// Delete is DELETE. It is immutable.
type Delete struct {
	from      Source
	using     []Source
	where     []Expression
	orderBy   []Order
	limit     Expression
	returning []Expression
	prefixes  Prefixes
}

// NewDelete returns DELETE FROM the table. One without Where deletes every
// row, and must say so by Where(expr.All()).
func NewDelete(from Source) *Delete { return &Delete{from: from} }

func (s *Delete) with(change func(c *Delete)) *Delete {
	c := *s
	change(&c)
	return &c
}

// Using adds sources that the conditions may read: tables, aliases, derived
// tables, and joins of them. The table whose rows are deleted is not among them,
// unless under another name.
func (s *Delete) Using(others ...Source) *Delete {
	return s.with(func(c *Delete) { c.using = append(slices.Clip(c.using), others...) })
}

// Where adds conditions, all of which must hold.
func (s *Delete) Where(ps ...Predicate) *Delete {
	return s.with(func(c *Delete) { c.where = append(slices.Clip(c.where), unwrapAll(ps)...) })
}

// OrderBy says which rows come first: those that Limit means and, where the
// database has the clause itself, those that are deleted first.
func (s *Delete) OrderBy(os ...Order) *Delete {
	return s.with(func(c *Delete) { c.orderBy = append(slices.Clip(c.orderBy), os...) })
}

// Limit deletes at most n rows. Where the database has no such clause the rows
// are chosen by a SELECT of their primary key.
func (s *Delete) Limit(n int) *Delete {
	return s.with(func(c *Delete) { c.limit = rowCount("LIMIT", n) })
}

// Returning returns columns of the deleted rows, as they were.
func (s *Delete) Returning(xs ...Expression) *Delete {
	return s.with(func(c *Delete) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// DeleteParts are the clauses of a Delete.
type DeleteParts struct {
	From      Source
	Using     []Source
	Where     []Expression
	OrderBy   []Order
	Limit     Expression // nil: none
	Returning []Expression
	Prefixes  Prefixes
}

// Parts returns the clauses, which must not be changed.
func (s *Delete) Parts() DeleteParts {
	return DeleteParts{From: s.from, Using: s.using, Where: s.where, OrderBy: s.orderBy, Limit: s.limit, Returning: s.returning, Prefixes: s.prefixes}
}

// Verb implements Statement.
func (s *Delete) Verb() Verb { return VerbDelete }

// AppendKey implements Node.
func (s *Delete) AppendKey(k *Key) {
	k.Tag(tagDelete)
	k.Node(s.from)
	keyNodes(k, s.using)
	keyNodes(k, s.where)
	keyNodes(k, s.orderBy)
	k.rows("LIMIT", s.limit)
	keyNodes(k, s.returning)
	s.prefixes.appendKey(k)
}
