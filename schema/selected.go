package schema

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Selected says that what stands under a table's name is made by a query: a
// view, a materialized view, or a table that is filled once. Its constraints
// are what the program knows of its rows; no DDL comes of them.
type Selected struct {
	Kind SelectedKind
	// Query is the SELECT. Its values are written as literals.
	Query expr.Statement
	// Check refuses rows that are written through a view and not seen in it.
	Check CheckOption
	// Unfilled leaves a materialized view or a table empty at first.
	Unfilled bool
}

// SelectedKind is what a query makes.
type SelectedKind uint8

// What a query makes.
const (
	View             SelectedKind = iota // the query is run when the view is read
	MaterializedView                     // the query was run when the view was made or refreshed
	TableAs                              // the query was run when the table was made
	// Inline makes nothing: the query stands in FROM wherever the table does, by
	// the names of its columns. Its values are parameters. Such a table can only be
	// read.
	Inline
)

// Inlined returns the query that stands in the place of the table, or nil.
func (t *Table) Inlined() expr.Query {
	if t.Selected == nil || t.Selected.Kind != Inline {
		return nil
	}
	q, _ := t.Selected.Query.(expr.Query)
	return q
}

// NewInline returns what stands for a query that is told later, by the field
// Query of Selected, before a statement has it. It belongs to no MetaData.
func NewInline(m *MetaData, name string) *Table {
	t := newTable(m, name)
	t.Selected = &Selected{Kind: Inline}
	return t
}

// CheckOption is a view's WITH CHECK OPTION.
type CheckOption uint8

// What is checked of rows that are written through a view.
const (
	NoCheck       CheckOption = iota
	CheckCascaded             // the conditions of this view and of those that it reads
	CheckLocal                // the conditions of this view
)

// SelectedOption is a property of what a query makes.
type SelectedOption func(s *Selected)

// WithCheck refuses rows that are written through a view and not seen in it.
func WithCheck(c CheckOption) SelectedOption { return func(s *Selected) { s.Check = c } }

// Unfilled leaves a materialized view or a table empty at first.
func Unfilled() SelectedOption { return func(s *Selected) { s.Unfilled = true } }

// By makes the table what a query selects, whose columns must be those of the
// table in their order: for columns that are declared as a struct. CreateAll
// makes what queries make after all tables, in the order of declaration.
func By(kind SelectedKind, query expr.Statement, opts ...SelectedOption) TableItem {
	return itemFunc(func(t *Table) error {
		if t.Selected != nil {
			return errors.New("is made by two queries; keep one")
		}
		if _, ok := query.(expr.Query); kind == Inline && !ok {
			return fmt.Errorf("is a %T in FROM; give it a SELECT or a set operation", query)
		}
		s := &Selected{Kind: kind, Query: query}
		for _, o := range opts {
			o(s)
		}
		t.Selected = s
		return nil
	})
}

// NewSelected declares a view, a materialized view or a table that is made by a
// query. Its columns are those of the query: each must have a name (As) and a
// type.
func NewSelected(m *MetaData, name string, kind SelectedKind, query expr.Statement, opts ...SelectedOption) (*Table, error) {
	parts, ok := query.(interface{ Parts() expr.Parts })
	if !ok {
		return nil, fmt.Errorf("schema: table %q: the columns of a %T are not known; declare them, and say By", name, query)
	}
	var items []TableItem
	for i, x := range parts.Parts().Columns {
		c, err := selectedColumn(x)
		if err != nil {
			return nil, fmt.Errorf("schema: table %q: column %d of the query %w", name, i+1, err)
		}
		items = append(items, c)
	}
	return NewTable(m, name, append(items, By(kind, query, opts...))...)
}

// NewView declares a view: see NewSelected.
func NewView(m *MetaData, name string, query expr.Statement, opts ...SelectedOption) (*Table, error) {
	return NewSelected(m, name, View, query, opts...)
}

func selectedColumn(x expr.Expression) (*Column, error) {
	name, inner := "", expr.Unwrap(x)
	if l, ok := inner.(*expr.Label); ok {
		name, inner = l.Name, expr.Unwrap(l.X)
	}
	c := &Column{Name: name, Type: inner.SQLType(), Nullable: true}
	if col, ok := inner.(*expr.Column); ok {
		c.Codec = col.Codec
		if name == "" {
			c.Name = col.Name
		}
	}
	switch {
	case c.Name == "":
		return nil, errors.New("has no name; give it one by As")
	case c.Type == nil || c.Type.Kind() == sqltype.KindNull:
		return nil, errors.New("has no type that is known; cast it, or declare the columns and say By")
	}
	return c, nil
}

// CreateView is CREATE VIEW of a table that is made by a query, as CreateTable
// is too, with what CREATE VIEW alone can say.
type CreateView struct {
	View *Table
	// OrReplace changes a view that is there.
	OrReplace bool
}

// RefreshView is REFRESH MATERIALIZED VIEW.
type RefreshView struct {
	View *Table
	// Concurrently lets the view be read meanwhile; it needs a unique index.
	Concurrently bool
}

func (CreateView) ddl()  {}
func (RefreshView) ddl() {}

// Temporary makes the table one of the connection, where the database can: it
// is gone with it.
func Temporary() TableItem {
	return itemFunc(func(t *Table) error { t.Temporary = true; return nil })
}
