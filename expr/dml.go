package expr

import (
	"errors"
	"fmt"
	"slices"
)

// Assignment gives a column a value in INSERT or UPDATE. Target is a *Column.
type Assignment struct {
	Target Expression
	Value  Expression
}

// AppendKey implements Node.
func (a Assignment) AppendKey(k *Key) {
	k.Node(a.Target)
	k.Node(a.Value)
}

// Insert is INSERT of one or more rows, or of what a SELECT gives. It is
// immutable.
type Insert struct {
	into      Source
	columns   []Expression
	rows      [][]Expression
	from      *Select
	conflict  Conflict
	override  bool
	returning []Expression
	err       error
}

// NewInsert returns INSERT INTO the table. Without Values or Rows it inserts
// one row of defaults.
func NewInsert(into Source) *Insert { return &Insert{into: into} }

func (s *Insert) with(change func(c *Insert)) *Insert {
	c := *s
	change(&c)
	return &c
}

// Values adds a row. Every further row must set the same columns.
func (s *Insert) Values(row ...Assignment) *Insert {
	return s.with(func(c *Insert) {
		columns, values := make([]Expression, len(row)), make([]Expression, len(row))
		for i, a := range row {
			columns[i], values[i] = Unwrap(a.Target), Unwrap(a.Value)
		}
		switch {
		case c.from != nil:
			c.err = errRowsAndSelect
		case len(c.rows) == 0:
			c.columns = columns
		case !sameColumns(c.columns, columns):
			c.err = errRowShape
		}
		c.rows = append(slices.Clip(c.rows), values)
	})
}

// Rows sets the columns and rows at once: every row has one value a column.
func (s *Insert) Rows(columns []Expression, rows ...[]Expression) *Insert {
	return s.with(func(c *Insert) {
		c.columns, c.rows = unwrapAll(columns), rows
		if c.from != nil {
			c.err = errRowsAndSelect
		}
		for _, r := range rows {
			if len(r) != len(columns) {
				c.err = errRowShape
			}
		}
	})
}

// From inserts the rows of a SELECT, whose columns are those that are given, in
// their order. It takes the place of Values and Rows. Where the product has
// RETURNING, Returning tells the generated keys of the rows, in an order that no
// database promises: return a column beside them that tells the rows apart.
func (s *Insert) From(columns []Expression, q *Select) *Insert {
	return s.with(func(c *Insert) {
		c.columns, c.from = unwrapAll(columns), q
		switch n := len(q.Parts().Columns); {
		case len(c.rows) > 0:
			c.err = errRowsAndSelect
		case n == 0:
			c.err = errors.New("expr: an INSERT from a SELECT needs columns")
		case n != len(columns):
			c.err = fmt.Errorf("expr: an INSERT from a SELECT names %d columns, and the SELECT has %d", len(columns), n)
		}
	})
}

// OnConflict says what becomes of rows that violate a unique key; without it
// they are an error. A statement has one such clause: the last one given.
func (s *Insert) OnConflict(clause Conflict) *Insert {
	return s.with(func(c *Insert) { c.conflict = clause })
}

// OverridingAlways lets the rows give values to a column that is generated
// always, which is refused without it. The column's generator does not move.
func (s *Insert) OverridingAlways() *Insert {
	return s.with(func(c *Insert) { c.override = true })
}

// Returning returns the columns of the inserted rows, in an order that no
// database promises.
func (s *Insert) Returning(xs ...Expression) *Insert {
	return s.with(func(c *Insert) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// InsertParts are the clauses of an Insert.
type InsertParts struct {
	Into     Source
	Columns  []Expression
	Rows     [][]Expression
	From     *Select  // instead of Rows
	Conflict Conflict // nil: a conflict is an error
	// OverridingAlways says that columns which are generated always take values.
	OverridingAlways bool
	Returning        []Expression
}

// Parts returns the clauses, which must not be changed.
func (s *Insert) Parts() InsertParts {
	return InsertParts{
		Into: s.into, Columns: s.columns, Rows: s.rows, From: s.from, Conflict: s.conflict, OverridingAlways: s.override, Returning: s.returning,
	}
}

// Filling returns the statement with other columns, and rows or SELECT, and all
// else as it is.
func (s *Insert) Filling(columns []Expression, rows [][]Expression, from *Select) *Insert {
	return s.with(func(c *Insert) { c.columns, c.rows, c.from = columns, rows, from })
}

// Verb implements Statement.
func (s *Insert) Verb() Verb { return VerbInsert }

// AppendKey implements Node.
func (s *Insert) AppendKey(k *Key) {
	if s.err != nil {
		k.Fail(s.err)
	}
	k.Tag(tagInsert)
	k.Node(s.into)
	keyNodes(k, s.columns)
	k.Int(len(s.rows))
	for _, r := range s.rows {
		keyNodes(k, r)
	}
	k.Bool(s.from != nil)
	if s.from != nil {
		k.Node(s.from)
	}
	k.Node(s.conflict)
	k.Bool(s.override)
	keyNodes(k, s.returning)
}

// Update is UPDATE. It is immutable.
type Update struct {
	table     Source
	set       []Assignment
	where     []Expression
	returning []Expression
}

// NewUpdate returns UPDATE of the table. One without Where changes every row,
// and must say so by Where(expr.All()).
func NewUpdate(table Source) *Update { return &Update{table: table} }

func (s *Update) with(change func(c *Update)) *Update {
	c := *s
	change(&c)
	return &c
}

// Set adds assignments.
func (s *Update) Set(as ...Assignment) *Update {
	return s.with(func(c *Update) {
		c.set = slices.Clip(c.set)
		for _, a := range as {
			c.set = append(c.set, Assignment{Target: Unwrap(a.Target), Value: Unwrap(a.Value)})
		}
	})
}

// Where adds conditions, all of which must hold.
func (s *Update) Where(ps ...Predicate) *Update {
	return s.with(func(c *Update) { c.where = append(slices.Clip(c.where), unwrapAll(ps)...) })
}

// Returning returns columns of the updated rows.
func (s *Update) Returning(xs ...Expression) *Update {
	return s.with(func(c *Update) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// UpdateParts are the clauses of an Update.
type UpdateParts struct {
	Table     Source
	Set       []Assignment
	Where     []Expression
	Returning []Expression
}

// Parts returns the clauses, which must not be changed.
func (s *Update) Parts() UpdateParts {
	return UpdateParts{Table: s.table, Set: s.set, Where: s.where, Returning: s.returning}
}

// Verb implements Statement.
func (s *Update) Verb() Verb { return VerbUpdate }

// AppendKey implements Node.
func (s *Update) AppendKey(k *Key) {
	k.Tag(tagUpdate)
	k.Node(s.table)
	keyNodes(k, s.set)
	keyNodes(k, s.where)
	keyNodes(k, s.returning)
}

// Delete is DELETE. It is immutable.
type Delete struct {
	from      Source
	where     []Expression
	returning []Expression
}

// NewDelete returns DELETE FROM the table. One without Where deletes every
// row, and must say so by Where(expr.All()).
func NewDelete(from Source) *Delete { return &Delete{from: from} }

func (s *Delete) with(change func(c *Delete)) *Delete {
	c := *s
	change(&c)
	return &c
}

// Where adds conditions, all of which must hold.
func (s *Delete) Where(ps ...Predicate) *Delete {
	return s.with(func(c *Delete) { c.where = append(slices.Clip(c.where), unwrapAll(ps)...) })
}

// Returning returns columns of the deleted rows.
func (s *Delete) Returning(xs ...Expression) *Delete {
	return s.with(func(c *Delete) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// DeleteParts are the clauses of a Delete.
type DeleteParts struct {
	From      Source
	Where     []Expression
	Returning []Expression
}

// Parts returns the clauses, which must not be changed.
func (s *Delete) Parts() DeleteParts {
	return DeleteParts{From: s.from, Where: s.where, Returning: s.returning}
}

// Verb implements Statement.
func (s *Delete) Verb() Verb { return VerbDelete }

// AppendKey implements Node.
func (s *Delete) AppendKey(k *Key) {
	k.Tag(tagDelete)
	k.Node(s.from)
	keyNodes(k, s.where)
	keyNodes(k, s.returning)
}

// All is the condition that every row meets. An UPDATE or DELETE without any
// condition is refused; All says that every row is meant.
func All() Pred { return Pred{TRUE} }

func sameColumns(a, b []Expression) bool {
	return slices.EqualFunc(a, b, func(x, y Expression) bool {
		c, ok1 := x.(*Column)
		d, ok2 := y.(*Column)
		return ok1 && ok2 && c.Name == d.Name
	})
}
