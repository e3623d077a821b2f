package expr

import "slices"

// Update is UPDATE. It is immutable.
type Update struct {
	table     Source
	from      []Source
	set       []Assignment
	inOrder   bool
	where     []Expression
	orderBy   []Order
	limit     Expression
	returning []Expression
	prefixes  Prefixes
}

// NewUpdate returns UPDATE of the table. One without Where changes every row,
// and must say so by Where(expr.All()).
func NewUpdate(table Source) *Update { return &Update{table: table} }

func (s *Update) with(change func(c *Update)) *Update {
	c := *s
	change(&c)
	return &c
}

// From adds sources that the conditions and the values may read: tables,
// aliases, derived tables, and joins of them. The table that is changed is not
// among them, unless under another name. A row for which there are several
// combinations of the others is changed once, and it is not defined by which.
func (s *Update) From(others ...Source) *Update {
	return s.with(func(c *Update) { c.from = append(slices.Clip(c.from), others...) })
}

// Set adds assignments. Their values are those of the row before any of them,
// on every database.
func (s *Update) Set(as ...Assignment) *Update {
	return s.with(func(c *Update) { c.set = append(slices.Clip(c.set), UnwrapAssignments(as)...) })
}

// SetInOrder is Set, and has all assignments written in the order in which they
// were given. That is a difference on MySQL and MariaDB, where a value sees what
// the assignments before it have set; Set writes them so that none does.
func (s *Update) SetInOrder(as ...Assignment) *Update {
	return s.Set(as...).with(func(c *Update) { c.inOrder = true })
}

// Where adds conditions, all of which must hold.
func (s *Update) Where(ps ...Predicate) *Update {
	return s.with(func(c *Update) { c.where = append(slices.Clip(c.where), unwrapAll(ps)...) })
}

// OrderBy says which rows come first: those that Limit means and, where the
// database has the clause itself, those that are changed first.
func (s *Update) OrderBy(os ...Order) *Update {
	return s.with(func(c *Update) { c.orderBy = append(slices.Clip(c.orderBy), os...) })
}

// Limit changes at most n rows. Where the database has no such clause the rows
// are chosen by a SELECT of their primary key.
func (s *Update) Limit(n int) *Update {
	return s.with(func(c *Update) { c.limit = rowCount("LIMIT", n) })
}

// Returning returns columns of the updated rows, as they are afterwards.
func (s *Update) Returning(xs ...Expression) *Update {
	return s.with(func(c *Update) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// UpdateParts are the clauses of an Update.
type UpdateParts struct {
	Table     Source
	From      []Source
	Set       []Assignment
	InOrder   bool // Set is written as it is
	Where     []Expression
	OrderBy   []Order
	Limit     Expression // nil: none
	Returning []Expression
	Prefixes  Prefixes
}

// Parts returns the clauses, which must not be changed.
func (s *Update) Parts() UpdateParts {
	return UpdateParts{
		Table: s.table, From: s.from, Set: s.set, InOrder: s.inOrder, Where: s.where, OrderBy: s.orderBy, Limit: s.limit, Returning: s.returning, Prefixes: s.prefixes,
	}
}

// Verb implements Statement.
func (s *Update) Verb() Verb { return VerbUpdate }

// AppendKey implements Node.
func (s *Update) AppendKey(k *Key) {
	k.Tag(tagUpdate)
	k.Node(s.table)
	keyNodes(k, s.from)
	keyNodes(k, s.set)
	k.Bool(s.inOrder)
	keyNodes(k, s.where)
	keyNodes(k, s.orderBy)
	k.rows("LIMIT", s.limit)
	keyNodes(k, s.returning)
	s.prefixes.appendKey(k)
}
