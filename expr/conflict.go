package expr

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Conflict is the clause of an INSERT that says what becomes of a row which
// violates a unique key, instead of an error. OnConflict makes the portable
// one. Those of one product are in its dialect's package, as nodes that render
// themselves (see compile.Renderer).
type Conflict interface {
	Node
	// Resolution says what becomes of such a row.
	Resolution() Resolution
}

// Resolution is what becomes of a row that violates a unique key.
type Resolution uint8

// The resolutions.
const (
	// Skip: the row is not inserted, and the one in its way stays as it is.
	Skip Resolution = iota
	// Change: the row is not inserted, and the one in its way is changed.
	Change
	// Replace: the rows in its way are deleted.
	Replace
	// Refuse: the statement fails.
	Refuse
)

// ConflictTarget is a unique key, told by its columns or its name.
type ConflictTarget struct{ p ConflictParts }

// OnConflict names the unique key whose violation is meant, by its columns: a
// primary key, a UNIQUE constraint or a unique index of all rows. A row that
// violates another key is an error. Without columns any key is meant, which
// DoUpdate refuses.
//
// On MySQL and MariaDB the clause is ON DUPLICATE KEY UPDATE, which any unique
// key sets off. There it is accepted only where the rows can violate no other
// key of the table's declaration: a generated key that is not sent is none.
func OnConflict(columns ...Expression) ConflictTarget {
	return ConflictTarget{ConflictParts{Target: unwrapAll(columns)}}
}

// OnConstraint names the unique key whose violation is meant by the name that
// its constraint has in the table's declaration.
func OnConstraint(name string) ConflictTarget { return ConflictTarget{ConflictParts{Constraint: name}} }

// Partial says that the key is that of a partial index with these conditions.
// PostgreSQL and SQLite have such indexes; others refuse it.
func (t ConflictTarget) Partial(ps ...Predicate) ConflictTarget {
	t.p.Partial = append(slices.Clip(t.p.Partial), unwrapAll(ps)...)
	return t
}

// DoNothing skips a row that violates the key. On MySQL and MariaDB, where no
// clause does just that, the statement sets a column of the row in its way to
// what it is.
func (t ConflictTarget) DoNothing() *OnConflictClause {
	x := &OnConflictClause{p: t.p}
	x.p.Nothing = true
	return x
}

// DoUpdate changes the row that is in the way. In the values, a column is what
// that row holds, and Excluded what the row that was not inserted has.
func (t ConflictTarget) DoUpdate(set ...Assignment) *OnConflictClause {
	x := &OnConflictClause{p: t.p}
	switch {
	case len(t.p.Target) == 0 && t.p.Constraint == "":
		x.err = errNoTarget
	case len(set) == 0:
		x.err = errNothingSet
	}
	x.p.Set = UnwrapAssignments(set)
	return x
}

var (
	errNoTarget   = errors.New("expr: DoUpdate needs the columns of the unique key that it is for; give them to OnConflict")
	errNothingSet = errors.New("expr: DoUpdate sets nothing; give it assignments, or use DoNothing")
)

// OnConflictClause is the portable clause of OnConflict. It is immutable.
type OnConflictClause struct {
	p   ConflictParts
	err error
}

// ConflictParts are the parts of an OnConflictClause.
type ConflictParts struct {
	Target     []Expression // the columns of the unique key; empty for any key
	Constraint string       // the key's name, instead of Target
	Partial    []Expression // the conditions of a partial index
	Nothing    bool         // DO NOTHING
	Set        []Assignment // DO UPDATE
	Where      []Expression
}

// Parts returns the parts, which must not be changed.
func (x *OnConflictClause) Parts() ConflictParts { return x.p }

// Where adds conditions on the row in the way, all of which must hold for it to
// be changed. Else the row is skipped.
func (x *OnConflictClause) Where(ps ...Predicate) *OnConflictClause {
	c := *x
	c.p.Where = append(slices.Clip(c.p.Where), unwrapAll(ps)...)
	return &c
}

// Resolution implements Conflict.
func (x *OnConflictClause) Resolution() Resolution {
	if x.p.Nothing {
		return Skip
	}
	return Change
}

// AppendKey implements Node.
func (x *OnConflictClause) AppendKey(k *Key) {
	if x.err != nil {
		k.Fail(x.err)
	}
	k.Tag(tagConflict)
	k.Bool(x.p.Nothing)
	keyNodes(k, x.p.Target)
	k.String(x.p.Constraint)
	k.Fixed(x.p.Partial)
	keyNodes(k, x.p.Set)
	keyNodes(k, x.p.Where)
}

// UnwrapAssignments returns the assignments without the Go types of their
// sides, for nodes of other packages that keep them.
func UnwrapAssignments(set []Assignment) []Assignment {
	out := make([]Assignment, len(set))
	for i, a := range set {
		out[i] = Assignment{Target: Unwrap(a.Target), Value: Unwrap(a.Value)}
	}
	return out
}

// UnwrapAll returns the expressions without their Go types, for nodes of other
// packages that keep them.
func UnwrapAll[X Expression](xs []X) []Expression { return unwrapAll(xs) }

// ExcludedColumn is the value that a row which was not inserted, because of a
// conflict, has for a column. It stands in the clause that resolves the
// conflict only.
type ExcludedColumn struct{ Column Expression }

// SQLType implements Expression.
func (x *ExcludedColumn) SQLType() sqltype.Type { return x.Column.SQLType() }

// AppendKey implements Node.
func (x *ExcludedColumn) AppendKey(k *Key) {
	k.Tag(tagExcluded)
	k.Node(x.Column)
}

// Excluded is the value of a column in the row that was not inserted because
// of a conflict. Typed columns have it as a method, with their Go type.
func Excluded(column Expression) *ExcludedColumn { return &ExcludedColumn{Column: Unwrap(column)} }

// Excluded is the column in the row that was not inserted because of a
// conflict.
//
//go:noinline
func (s Scalar[T]) Excluded() Scalar[T] { return NewScalar[T](Excluded(s), s.c) }

// Excluded is the column in the row that was not inserted because of a
// conflict.
//
//go:noinline
func (s Num[T]) Excluded() Num[T] { return NewNum[T](Excluded(s), s.c) }

// Excluded is the column in the row that was not inserted because of a
// conflict.
//
//go:noinline
func (s TextOf[T]) Excluded() TextOf[T] { return NewText[T](Excluded(s), s.c) }

// Excluded is the column in the row that was not inserted because of a
// conflict.
//
//go:noinline
func (s Ordered[T]) Excluded() Ordered[T] { return Ordered[T]{s.Scalar.Excluded()} }

// Excluded is the column in the row that was not inserted because of a
// conflict.
//
//go:noinline
func (s BoolOf[T]) Excluded() BoolOf[T] { return NewBool[T](Excluded(s), s.c) }

// SetExcluded gives the column what the row that was not inserted because of a
// conflict has for it.
//
//go:noinline
func (s Scalar[T]) SetExcluded() Assignment {
	return Assignment{Target: s.Unwrap(), Value: Excluded(s)}
}
