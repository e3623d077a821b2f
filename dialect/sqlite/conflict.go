package sqlite

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// A SELECT without WHERE would take ON CONFLICT for the ON of a join
// (https://www.sqlite.org/lang_upsert.html#parsing_ambiguity).
var conflictRules = compile.ConflictRules{
	Clause: compile.StandardConflict, Excluded: compile.ExcludedRow, SelectNeedsWhere: true, Skips: true,
}

// Conflict is one or more ON CONFLICT clauses with all that SQLite has in
// them. It is immutable. https://www.sqlite.org/lang_upsert.html
type Conflict struct {
	done []compile.ConflictClause // those before p
	p    compile.ConflictClause
	err  error
}

var (
	_ expr.Conflict    = Conflict{}
	_ compile.Renderer = Conflict{}
)

// OnConflict is ON CONFLICT with a target of columns and expressions, or
// without one, for any key.
func OnConflict(target ...expr.Expression) Conflict {
	return Conflict{p: compile.ConflictClause{Target: expr.UnwrapAll(target), Nothing: true}}
}

// OnConflict adds a clause behind the others, the first of which that applies
// decides. Only the last may be without a target.
func (x Conflict) OnConflict(target ...expr.Expression) Conflict {
	if len(x.p.Target) == 0 && x.err == nil {
		x.err = errors.New("sqlite: only the last ON CONFLICT may be without a target")
	}
	x.done = append(slices.Clip(x.done), x.p)
	x.p = compile.ConflictClause{Target: expr.UnwrapAll(target), Nothing: true}
	return x
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
	if len(set) == 0 {
		x.err = errors.New("sqlite: ON CONFLICT DO UPDATE sets nothing; give it assignments, or use DoNothing")
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
	for _, p := range x.all() {
		if !p.Nothing {
			return expr.Change
		}
	}
	return expr.Skip
}

func (x Conflict) all() []compile.ConflictClause { return append(slices.Clip(x.done), x.p) }

// AppendKey implements expr.Node.
func (x Conflict) AppendKey(k *expr.Key) {
	if x.err != nil {
		k.Fail(x.err)
	}
	k.Tag(expr.TagExtension)
	k.String("sqlite on conflict")
	k.Int(len(x.done))
	for _, p := range x.all() {
		p.AppendKey(k)
	}
}

// Render implements compile.Renderer.
func (x Conflict) Render(c *compile.Compiler) {
	if !c.OnlyFor("the clause ON CONFLICT of package sqlite", "use expr.OnConflict", name) {
		return
	}
	for _, p := range x.all() {
		c.OnConflict(p)
	}
}

// Replaced implements expr.Replaceable.
func (x Conflict) Replaced(f func(expr.Expression) expr.Expression) expr.Node {
	done := x.done
	x.p, x.done = x.p.Replaced(f), nil
	for _, p := range done {
		x.done = append(x.done, p.Replaced(f))
	}
	return x
}

// Or is INSERT OR …, which applies to unique keys and, but for OrReplace, to
// NOT NULL and CHECK as well. https://www.sqlite.org/lang_conflict.html
type Or string

// What INSERT OR … does with a row that violates a constraint.
const (
	// OrIgnore skips the row, also where it violates NOT NULL or CHECK.
	// OnConflict().DoNothing() skips it for unique keys alone.
	OrIgnore Or = "IGNORE"
	// OrReplace deletes the rows in the way. What references them goes as their
	// foreign keys say, and the row gets an id of its own.
	OrReplace Or = "REPLACE"
	// OrAbort fails and undoes the statement, which is what SQLite does by itself.
	OrAbort Or = "ABORT"
	// OrFail fails and keeps what the statement did before.
	OrFail Or = "FAIL"
	// OrRollback fails and ends the transaction.
	OrRollback Or = "ROLLBACK"
)

// Resolution implements expr.Conflict.
func (x Or) Resolution() expr.Resolution {
	switch x {
	case OrIgnore:
		return expr.Skip
	case OrReplace:
		return expr.Replace
	}
	return expr.Refuse
}

// AppendKey implements expr.Node.
func (x Or) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("sqlite or")
	k.String(string(x))
}

// RenderWord implements compile.InsertWord.
func (x Or) RenderWord(c *compile.Compiler) {
	switch x {
	case OrIgnore, OrReplace, OrAbort, OrFail, OrRollback:
		if c.OnlyFor("INSERT OR "+string(x), "use expr.OnConflict", name) {
			c.Text(" OR " + string(x))
		}
	default:
		c.Fail(errors.New("sqlite: an Or is one of the constants of this package"))
	}
}

// Render implements compile.Renderer: nothing stands at the end of the
// statement.
func (Or) Render(*compile.Compiler) {}
