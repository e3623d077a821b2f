package postgres

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// A row that is changed is told from one that is inserted by a setting of the
// transaction, which the condition of DO UPDATE sets and RETURNING reads: it is
// evaluated for the row in the way alone, before that is changed. The system
// column xmax says as much for rows of plain tables, but has no meaning that the
// manual would promise, and can't be returned from partitioned ones.
// https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET
var conflictRules = compile.ConflictRules{
	Clause: compile.StandardConflict, Excluded: compile.ExcludedRow, Skips: true, DefaultRow: true,
	Mark: func(c *compile.Compiler, mark *expr.Param) {
		c.Text("set_config('alkahest.mark', CAST(")
		c.Expression(mark)
		c.Text(" AS TEXT), TRUE) IS NOT NULL")
	},
	Marked: func(c *compile.Compiler) {
		c.Text("COALESCE(CAST(NULLIF(current_setting('alkahest.mark', TRUE), '') AS NUMERIC), 0)")
	},
}

// Conflict is ON CONFLICT with all that PostgreSQL has in it. It is immutable.
// https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
type Conflict struct {
	p   compile.ConflictClause
	err error
}

var (
	_ expr.Conflict    = Conflict{}
	_ compile.Renderer = Conflict{}
)

// OnConflict is ON CONFLICT with a target of columns and expressions, or
// without one, which DoNothing alone accepts.
func OnConflict(target ...expr.Expression) Conflict {
	return Conflict{p: compile.ConflictClause{Target: expr.UnwrapAll(target), Nothing: true}}
}

// OnConstraint is ON CONFLICT ON CONSTRAINT.
func OnConstraint(name string) Conflict {
	c := Conflict{p: compile.ConflictClause{Constraint: name, Nothing: true}}
	if name == "" {
		c.err = errors.New("postgresql: OnConstraint needs the constraint's name")
	}
	return c
}

// Partial is the condition of the partial index that the target means.
func (x Conflict) Partial(ps ...expr.Predicate) Conflict {
	x.p.Partial = append(slices.Clip(x.p.Partial), expr.UnwrapAll(ps)...)
	return x
}

// DoNothing skips the row.
func (x Conflict) DoNothing() Conflict {
	x.p.Nothing, x.p.Set = true, nil
	return x
}

// DoUpdate changes the row in the way. See expr.ConflictTarget.DoUpdate.
func (x Conflict) DoUpdate(set ...expr.Assignment) Conflict {
	x.p.Nothing, x.p.Set = false, expr.UnwrapAssignments(set)
	switch {
	case x.p.Constraint == "" && len(x.p.Target) == 0 && x.err == nil:
		x.err = errors.New("postgresql: ON CONFLICT DO UPDATE needs a target or a constraint")
	case len(set) == 0:
		x.err = errors.New("postgresql: ON CONFLICT DO UPDATE sets nothing; give it assignments, or use DoNothing")
	}
	return x
}

// Where adds conditions on the row in the way, without which it is not changed.
func (x Conflict) Where(ps ...expr.Predicate) Conflict {
	x.p.Where = append(slices.Clip(x.p.Where), expr.UnwrapAll(ps)...)
	return x
}

// Resolution implements expr.Conflict.
func (x Conflict) Resolution() expr.Resolution {
	if x.p.Nothing {
		return expr.Skip
	}
	return expr.Change
}

// AppendKey implements expr.Node.
func (x Conflict) AppendKey(k *expr.Key) {
	if x.err != nil {
		k.Fail(x.err)
	}
	k.Tag(expr.TagExtension)
	k.String("postgresql on conflict")
	k.String(x.p.Constraint)
	x.p.AppendKey(k)
}

// Render implements compile.Renderer.
func (x Conflict) Render(c *compile.Compiler) {
	if c.OnlyFor("the clause ON CONFLICT of package postgres", "use expr.OnConflict", name) {
		c.OnConflict(x.p)
	}
}

// Replaced implements expr.Replaceable.
func (x Conflict) Replaced(f func(expr.Expression) expr.Expression) expr.Node {
	x.p = x.p.Replaced(f)
	return x
}
