package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ConflictRules are how one product resolves conflicts: what becomes of the
// rows of an INSERT that violate a unique key.
type ConflictRules struct {
	// Clause writes the portable clause; nil where the product has nothing that
	// does it.
	Clause func(c *Compiler, x *expr.OnConflictClause)
	// ByMerge says that an INSERT with the portable clause is written as a MERGE.
	ByMerge bool
	// Excluded writes what the row that was not inserted has for a column, within
	// the clause.
	Excluded func(c *Compiler, column string)
	// RowAlias is written behind VALUES so that Excluded can name the row; "" for
	// nothing.
	RowAlias string
	// DefaultRow says that the clause may stand behind a row of defaults.
	DefaultRow bool
	// SelectNeedsWhere says that a SELECT without WHERE would swallow the clause.
	SelectNeedsWhere bool
	// Skips says that DO NOTHING can be written so that it does nothing at all;
	// where not, those who insert row by row skip those that the database refuses.
	Skips bool
	// Mark writes a condition that is true and, when it is evaluated for a row
	// that is changed, notes the mark of the statement. Marked writes what was
	// noted last. They are nil where Clause notes the mark itself, or nothing can.
	Mark func(c *Compiler, mark *expr.Param)
	// Marked writes, in RETURNING, the mark that was noted last; nil where that
	// can't be told.
	Marked func(c *Compiler)
	// MarkedByInsertID says that the mark is the Result's LastInsertID, where the
	// statement does not return rows.
	MarkedByInsertID bool
}

// InsertContext is what a clause that resolves conflicts may ask about the
// INSERT around it.
type InsertContext struct {
	Table *schema.Table
	expr.InsertParts
	// Mark is to be noted where a row is changed instead of inserted; nil for
	// none.
	Mark *expr.Param
}

// Inserting returns the INSERT whose clause is being written, or nil.
func (c *Compiler) Inserting() *InsertContext { return c.inserting }

// Marked is a clause that notes a mark when it changes a row, so that such a
// row can be told from one that was inserted. The value of the mark must be
// another for each execution on a connection, and a multiple of MarkStep.
type Marked struct {
	Clause expr.Conflict
	Mark   *expr.Param
}

// What Marked notes, beyond the value of the mark.
const (
	MarkChanged  = iota // the row in the way was changed
	MarkSkipped         // its condition did not hold
	MarkOtherKey        // the row is in the way by another key than the target
	// MarkStep is the distance of two marks.
	MarkStep
)

// Resolution implements expr.Conflict.
func (m *Marked) Resolution() expr.Resolution { return m.Clause.Resolution() }

// AppendKey implements expr.Node.
func (m *Marked) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("marked conflict")
	k.Node(m.Mark)
	k.Node(m.Clause)
}

// LastMark is, in the RETURNING of an INSERT whose clause is Marked, the mark
// that was noted last on the connection.
type LastMark struct{}

// SQLType implements expr.Expression.
func (LastMark) SQLType() sqltype.Type { return MarkType }

// MarkType is the type of marks. Their values are beyond those of any generated
// key.
var MarkType = sqltype.Integer{Bits: 64, Unsigned: true}

// AppendKey implements expr.Node.
func (LastMark) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("last mark")
}

// Render implements Renderer.
func (LastMark) Render(c *Compiler) {
	if c.rules.Conflict.Marked == nil {
		c.Unsupported("a sign of whether a row was inserted or changed", "tell it by a column that DoUpdate sets")
		return
	}
	c.rules.Conflict.Marked(c)
}

// Drawn is a value that was drawn from a generator for this row.
type Drawn struct{ X expr.Expression }

// SQLType implements expr.Expression.
func (d *Drawn) SQLType() sqltype.Type { return d.X.SQLType() }

// AppendKey implements expr.Node.
func (d *Drawn) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("drawn")
	k.Node(d.X)
}

// Render implements Renderer.
func (d *Drawn) Render(c *Compiler) { c.Expression(d.X) }

// IsDrawn reports whether a value of a row comes from a generator.
func IsDrawn(x expr.Expression) bool {
	switch expr.Unwrap(x).(type) {
	case *expr.NextValue, *Drawn:
		return true
	}
	return false
}

// MayLose notes that the statement may lose data without an error, and how to
// find out. See Compiled.Losses.
func (c *Compiler) MayLose(x Losses) { c.losses = &x }

// InsertWord is a clause that is written, or is written too, right after the
// word INSERT.
type InsertWord interface{ RenderWord(c *Compiler) }

func (c *Compiler) insertWord(x expr.Conflict) {
	if m, ok := x.(*Marked); ok {
		x = m.Clause
	}
	if w, ok := x.(InsertWord); ok {
		w.RenderWord(c)
	}
}

// conflict writes the clause that resolves conflicts.
func (c *Compiler) conflict(x expr.Conflict) {
	switch x := x.(type) {
	case nil:
	case *Marked:
		c.inserting.Mark = x.Mark
		c.conflict(x.Clause)
	case *expr.OnConflictClause:
		if c.rules.Conflict.Clause == nil {
			c.Unsupported("ON CONFLICT", "look for the row first, and insert or update it")
			return
		}
		if _, err := ConflictKey(c.inserting.Table, x); err != nil {
			c.Fail(err)
			return
		}
		c.rules.Conflict.Clause(c, x)
	case Renderer:
		x.Render(c)
	default:
		c.Fail(fmt.Errorf("compile: a clause of type %T can't be written; it must implement compile.Renderer", x))
	}
}

// OnlyFor reports whether the product is one of those that have a construct,
// and refuses it where not.
func (c *Compiler) OnlyFor(construct, instead string, dialects ...string) bool {
	for _, d := range dialects {
		if c.rules.Dialect == d {
			return true
		}
	}
	c.Unsupported(construct, instead)
	return false
}

// ConflictClause is ON CONFLICT with all that a product may have in it.
type ConflictClause struct {
	Constraint string            // ON CONSTRAINT, instead of Target
	Target     []expr.Expression // columns and expressions
	Partial    []expr.Expression // the condition of a partial index
	Nothing    bool
	Set        []expr.Assignment
	Where      []expr.Expression
}

// StandardConflict writes the portable clause as PostgreSQL and SQLite have it.
func StandardConflict(c *Compiler, x *expr.OnConflictClause) {
	p := x.Parts()
	key, _ := ConflictKey(c.inserting.Table, x)
	c.OnConflict(ConflictClause{Target: refs(key), Partial: p.Partial, Nothing: p.Nothing, Set: p.Set, Where: p.Where})
}

// OnConflict writes ON CONFLICT.
func (c *Compiler) OnConflict(x ConflictClause) {
	c.Text(" ON CONFLICT")
	switch {
	case x.Constraint != "":
		c.Text(" ON CONSTRAINT ")
		c.Identifier(x.Constraint)
	case len(x.Target) > 0:
		c.Text(" (")
		List(c, ", ", x.Target, c.conflictTarget)
		c.Text(")")
		// A database knows the index by conditions that are constant.
		c.Literally(func() { c.clause(" WHERE ", x.Partial) })
	}
	if x.Nothing {
		c.Text(" DO NOTHING")
		return
	}
	c.Text(" DO UPDATE SET ")
	List(c, ", ", x.Set, c.ConflictAssignment)
	c.Changing(func() { c.conflictWhere(x.Where) })
}

func (c *Compiler) conflictTarget(x expr.Expression) {
	if _, ok := x.(*expr.Column); ok {
		c.columnName(x, c.inserting.Table)
		return
	}
	c.Text("(")
	c.Expression(x)
	c.Text(")")
}

// ConflictAssignment writes column = value, where a column within the value is
// that of the row in the way.
func (c *Compiler) ConflictAssignment(a expr.Assignment) {
	c.columnName(a.Target, c.inserting.Table)
	c.Text(" = ")
	c.Changing(func() { c.assigned(a.Value) })
}

// Changing runs write where columns are those of the row in the way, qualified
// so that they are not taken for those of the row that was not inserted, and
// where Excluded may stand.
func (c *Compiler) Changing(write func()) {
	bare, changing := c.scope.bare, c.changing
	c.scope.bare, c.changing = false, true
	write()
	c.scope.bare, c.changing = bare, changing
}

// conflictWhere writes the condition on the row in the way, and notes the mark
// where that holds.
func (c *Compiler) conflictWhere(where []expr.Expression) {
	mark := c.inserting.Mark
	if mark == nil || c.rules.Conflict.Mark == nil {
		c.clause(" WHERE ", where)
		return
	}
	c.Text(" WHERE ")
	if len(where) == 0 {
		c.rules.Conflict.Mark(c, mark)
		return
	}
	c.Text("CASE WHEN ")
	c.variadicOf(where)
	c.Text(" THEN ")
	c.rules.Conflict.Mark(c, mark)
	c.Text(" END")
}

var errExcluded = errors.New("compile: Excluded stands outside of what resolves a conflict; use it in DoUpdate and its condition")

func (c *Compiler) excluded(x *expr.ExcludedColumn) {
	col, ok := x.Column.(*expr.Column)
	switch {
	case !c.changing || c.inserting == nil:
		c.Fail(errExcluded)
	case !ok:
		c.Fail(fmt.Errorf("compile: Excluded is of a column, not of a %T", x.Column))
	case col.From != expr.Source(c.inserting.Table):
		c.Fail(fmt.Errorf("compile: Excluded is of column %s.%s in a statement on %s", sourceName(col.From), col.Name, c.inserting.Table.FullName()))
	default:
		c.rules.Conflict.Excluded(c, col.Name)
	}
}

// ExcludedRow writes excluded.column.
func ExcludedRow(c *Compiler, column string) {
	c.Text("excluded.")
	c.Identifier(column)
}

// AppendKey writes the clause's structure for a node that holds it.
func (x *ConflictClause) AppendKey(k *expr.Key) {
	k.Bool(x.Nothing)
	k.Fixed(x.Partial)
	for _, list := range [][]expr.Expression{x.Target, x.Where} {
		k.Int(len(list))
		for _, n := range list {
			k.Node(n)
		}
	}
	k.Int(len(x.Set))
	for _, a := range x.Set {
		k.Node(a)
	}
}

// Replaced returns the clause with the results of f in the places of its
// expressions.
func (x ConflictClause) Replaced(f func(expr.Expression) expr.Expression) ConflictClause {
	x.Target, x.Partial, x.Where = expr.ReplacedIn(x.Target, f), expr.ReplacedIn(x.Partial, f), expr.ReplacedIn(x.Where, f)
	x.Set = expr.ReplacedInSet(x.Set, f)
	return x
}
