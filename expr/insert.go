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
	bare      bool // without client defaults
	returning []Expression
	prefixes  Prefixes
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

// From inserts the rows of a query, whose columns are those that are given, in
// their order; a set operation is selected from. It takes the place of Values and
// Rows. Where the product has RETURNING, Returning tells the generated keys of the rows, in an order that no
// database promises: return a column beside them that tells the rows apart.
func (s *Insert) From(columns []Expression, q Query) *Insert {
	return s.with(func(c *Insert) {
		c.columns, c.from = unwrapAll(columns), selecting(q)
		switch n := len(q.Output()); {
		case len(c.rows) > 0:
			c.err = errRowsAndSelect
		case n == 0:
			c.err = errors.New("expr: an INSERT from a SELECT needs columns")
		case n != len(columns):
			c.err = fmt.Errorf("expr: an INSERT from a SELECT names %d columns, and the SELECT has %d", len(columns), n)
		}
	})
}

// selecting returns a query as a SELECT: that of all columns of it, where it is
// none itself.
func selecting(q Query) *Select {
	if s, ok := q.(*Select); ok {
		return s
	}
	names := outputNames(q)
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			names[i] = fmt.Sprintf("column %d", i+1)
		}
	}
	of := NewDerived("inserted rows", labelledAs(q, names))
	columns := make([]Expression, len(names))
	for i, name := range names {
		columns[i] = &Column{From: of, Name: name}
	}
	return NewSelect(columns...).From(of)
}

// labelledAs gives the columns of a query names: those of the first SELECT of a
// set operation.
func labelledAs(q Query, names []string) Query {
	switch q := q.(type) {
	case *Select:
		columns := slices.Clone(q.columns)
		for i, x := range columns {
			if OutputName(x) != names[i] {
				if l, ok := x.(*Label); ok {
					x = l.X
				}
				columns[i] = &Label{X: x, Name: names[i]}
			}
		}
		return q.Columns(columns...)
	case *Compound:
		if len(q.parts) == 0 {
			return q
		}
		return q.change(func(c *Compound) {
			c.parts = slices.Clone(q.parts)
			c.parts[0] = labelledAs(q.parts[0], names)
		})
	}
	return q
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

// WithoutDefaults sends the columns that are given and no others: those that
// have a client default and are left out stay to the database.
func (s *Insert) WithoutDefaults() *Insert {
	return s.with(func(c *Insert) { c.bare = true })
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
	// WithoutDefaults says that client defaults are not applied.
	WithoutDefaults bool
	// OverridingAlways says that columns which are generated always take values.
	OverridingAlways bool
	Returning        []Expression
	Prefixes         Prefixes
}

// Parts returns the clauses, which must not be changed.
func (s *Insert) Parts() InsertParts {
	return InsertParts{
		Into: s.into, Columns: s.columns, Rows: s.rows, From: s.from, Conflict: s.conflict, WithoutDefaults: s.bare,
		OverridingAlways: s.override, Returning: s.returning, Prefixes: s.prefixes,
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
	k.Bool(s.bare)
	keyNodes(k, s.returning)
	s.prefixes.appendKey(k)
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
