package expr

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Query is a statement that gives rows: a SELECT, a set operation of SELECTs,
// and, within a CTE, an INSERT, UPDATE or DELETE that returns rows. What stands
// between parentheses as a subquery or in FROM must be a SELECT or a set
// operation; compile refuses the others by name.
type Query interface {
	Statement
	// Output returns the columns of the result, which must not be changed.
	Output() []Expression
}

// Output implements Query.
func (s *Select) Output() []Expression { return s.columns }

// Output implements Query: what RETURNING gives.
func (s *Insert) Output() []Expression { return s.returning }

// Output implements Query: what RETURNING gives.
func (s *Update) Output() []Expression { return s.returning }

// Output implements Query: what RETURNING gives.
func (s *Delete) Output() []Expression { return s.returning }

// OutputName returns the name under which a column of a query is known outside
// of it: its label, or the name of a plain column; "" for an expression that
// needs a label.
func OutputName(x Expression) string {
	switch x := Unwrap(x).(type) {
	case *Label:
		return x.Name
	case *Column:
		return x.Name
	case *OutputColumn:
		return x.Name
	}
	return ""
}

// OutputSource is a source whose columns are those of a query.
type OutputSource interface {
	Source
	// OutputNames returns the names of its columns, in order; "" for one that
	// can't be spoken of.
	OutputNames() []string
}

func outputNames(q Query) []string {
	columns := q.Output()
	names := make([]string, len(columns))
	for i, x := range columns {
		names[i] = OutputName(x)
	}
	return names
}

// NewDerived returns a query as a source with a name of its own.
func NewDerived(name string, q Query) *Derived { return &Derived{Select: q, Name: name} }

// NewLateral returns a query as a source that sees the sources to its left. A
// product without LATERAL refuses it, or has another word for it (APPLY).
func NewLateral(name string, q Query) *Derived { return &Derived{Select: q, Name: name, Lateral: true} }

// NewAlias returns a source under another name.
func NewAlias(of Source, name string) *Alias { return &Alias{Of: of, Name: name} }

// NamedTable is a table of which only the name is known. Schema is "" for the
// one that the connection looks in.
type NamedTable struct{ Schema, Name string }

// NewNamedTable returns a table that no metadata describes.
func NewNamedTable(name string) *NamedTable { return &NamedTable{Name: name} }

// Provides implements Source.
func (t *NamedTable) Provides(s Source) bool {
	u, ok := s.(*NamedTable)
	return ok && *t == *u
}

// AppendKey implements Node.
func (t *NamedTable) AppendKey(k *Key) {
	k.Tag(tagNamedTable)
	k.String(t.Schema)
	k.String(t.Name)
}

// OutputColumn is a column of the result, by its name: for ORDER BY, and in a
// set operation for nothing else.
type OutputColumn struct {
	Name string
	Type sqltype.Type
}

// Result returns the column of the result that has the name or label, to order
// by.
func Result(name string) *OutputColumn { return &OutputColumn{Name: name} }

// Asc orders by the column, smallest first.
func (c *OutputColumn) Asc() Order { return Order{X: c} }

// Desc orders by the column, largest first.
func (c *OutputColumn) Desc() Order { return Order{X: c, Desc: true} }

// SQLType implements Expression.
func (c *OutputColumn) SQLType() sqltype.Type {
	if c.Type == nil {
		return sqltype.Null{}
	}
	return c.Type
}

// AppendKey implements Node.
func (c *OutputColumn) AppendKey(k *Key) {
	k.Tag(tagOutputColumn)
	k.String(c.Name)
}

// outside returns the column of a source that the expression is within the query
// that the source is made of: for a column the one of the same name, for a
// labelled expression the label.
//
//go:noinline
func outside(x Expression, c *sqltype.Codec, src Source) Expression {
	if _, bad := x.(Invalid); bad {
		return x
	}
	name := OutputName(x)
	if name == "" {
		return Invalid{errNoLabel}
	}
	return &Column{From: src, Name: name, Codec: c}
}

var errNoLabel = errors.New("expr: an expression of a subquery is used outside of it, but has no name there; give it one by As")

// Of returns the column of src that s is there: src is an alias of its table, or
// made of a query that has s among its columns.
//
//go:noinline
func (s Scalar[T]) Of(src Source) Scalar[T] { return NewScalar[T](outside(s.Unwrap(), s.c, src), s.c) }

// Of returns the column of src that s is there; see Scalar.Of.
//
//go:noinline
func (s Ordered[T]) Of(src Source) Ordered[T] {
	return Ordered[T]{NewScalar[T](outside(s.Unwrap(), s.c, src), s.c)}
}

// Of returns the column of src that s is there; see Scalar.Of.
//
//go:noinline
func (s Num[T]) Of(src Source) Num[T] {
	return Num[T]{Ordered[T]{NewScalar[T](outside(s.Unwrap(), s.c, src), s.c)}}
}

// Of returns the column of src that s is there; see Scalar.Of.
//
//go:noinline
func (s TextOf[T]) Of(src Source) TextOf[T] {
	return TextOf[T]{Ordered[T]{NewScalar[T](outside(s.Unwrap(), s.c, src), s.c)}}
}

// Of returns the column of src that s is there; see Scalar.Of.
//
//go:noinline
func (s BoolOf[T]) Of(src Source) BoolOf[T] {
	return BoolOf[T]{NewScalar[T](outside(s.Unwrap(), s.c, src), s.c)}
}

// As gives the expression a name in the result.
//
//go:noinline
func (s Ordered[T]) As(name string) Ordered[T] { return Ordered[T]{s.Scalar.As(name)} }

// As gives the number a name in the result.
//
//go:noinline
func (s Num[T]) As(name string) Num[T] { return Num[T]{s.Ordered.As(name)} }

// As gives the text a name in the result.
//
//go:noinline
func (s TextOf[T]) As(name string) TextOf[T] { return TextOf[T]{s.Ordered.As(name)} }

// As gives the truth value a name in the result.
//
//go:noinline
func (s BoolOf[T]) As(name string) BoolOf[T] { return BoolOf[T]{s.Scalar.As(name)} }

// As gives the condition a name in the result.
func (p Pred) As(name string) BoolOf[bool] {
	return NewBool[bool](&Label{X: p.Unwrap(), Name: name}, boolCodec)
}

// NumColumn returns a column of a source by name, as a number.
func NumColumn[T any](src Source, name string) Num[T] { return Num[T]{OrderedColumn[T](src, name)} }

// TextColumn returns a column of a source by name, as text.
func TextColumn(src Source, name string) TextOf[string] {
	return TextOf[string]{OrderedColumn[string](src, name)}
}

// BoolColumn returns a column of a source by name, as a truth value.
func BoolColumn(src Source, name string) BoolOf[bool] {
	return BoolOf[bool]{OrderedColumn[bool](src, name).Scalar}
}

// OrderedColumn returns a column of a source by name, as values of the type
// that T has in SQL by default.
func OrderedColumn[T any](src Source, name string) Ordered[T] {
	c, err := codecOfGo[T]()
	if err != nil {
		return Ordered[T]{NewScalar[T](Invalid{fmt.Errorf("expr: column %q: %w", name, err)}, nil)}
	}
	return Ordered[T]{NewScalar[T](&Column{From: src, Name: name, Codec: c}, c)}
}

// NumOfQuery returns the single value of a query as a number.
func NumOfQuery[T any](q Query) Num[T] { return Num[T]{OrderedOfQuery[T](q)} }

// TextOfQuery returns the single value of a query as text.
func TextOfQuery(q Query) TextOf[string] { return TextOf[string]{OrderedOfQuery[string](q)} }

// OrderedOfQuery returns the single value of a query: that of its one column in
// its one row, or NULL where it has none.
func OrderedOfQuery[T any](q Query) Ordered[T] {
	if n := len(q.Output()); n != 1 {
		return Ordered[T]{NewScalar[T](Invalid{fmt.Errorf("expr: a query of %d columns is used as a value; select one", n)}, nil)}
	}
	c, err := codecAs[T](q.Output()[0].SQLType())
	if err != nil {
		return Ordered[T]{NewScalar[T](Invalid{err}, nil)}
	}
	return Ordered[T]{NewScalar[T](&Subquery{Select: q}, c)}
}

// codecAs returns the codec of a T in the SQL type, or in that which T has by
// default where the SQL type is not known.
func codecAs[T any](t sqltype.Type) (*sqltype.Codec, error) {
	if _, unknown := t.(sqltype.Null); !unknown {
		if c, err := sqltype.CodecFor(t, reflect.TypeFor[T]()); err == nil {
			return c, nil
		}
	}
	return codecOfGo[T]()
}
