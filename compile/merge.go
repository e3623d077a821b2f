package compile

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// MergeRules are how one product writes MERGE.
type MergeRules struct {
	// Hint is written behind the table.
	Hint string
	// Conditions says that a WHEN has conditions; where not, its UPDATE or INSERT
	// has a WHERE.
	Conditions bool
	// BySource says that there is WHEN NOT MATCHED BY SOURCE.
	BySource bool
	// Delete and Nothing say that there are DELETE and DO NOTHING.
	Delete, Nothing bool
	// DefaultRow says that INSERT DEFAULT VALUES may be the action.
	DefaultRow bool
	// OneEach says that an action stands once for the rows of one kind.
	OneEach bool
	// FixedKeys says that a column which ON reads can't be updated.
	FixedKeys bool
	// Returning says that the statement may have a returning clause.
	Returning bool
	// Action is, in that clause, what was done with a row; "" for nothing.
	Action string
	// ValuesSource says that VALUES may stand as a source; where not, a SELECT
	// does.
	ValuesSource bool
}

func (c *Compiler) merge(p expr.MergeParts) {
	if c.rules.Merge == nil {
		c.Unsupported("MERGE", "use OnConflict, or an UPDATE with From and an INSERT from a SELECT")
		return
	}
	t := c.table(p.Into)
	if t == nil || !c.mergeFits(t, p) {
		return
	}
	w := Write{Verb: expr.VerbMerge, Merge: true, Table: t, Columns: mergeColumns(p, t), Returning: p.Returning}
	c.around(w, func() {
		c.Text("MERGE INTO ")
		c.TableName(t)
		c.Text(c.rules.Merge.Hint + " USING ")
		c.scope = &scope{sources: []expr.Source{t, p.Using}, outer: c.scope}
		c.source(p.Using)
		c.clause(" ON (", p.On)
		c.Text(")")
		for i, when := range p.Whens {
			c.when(t, p, i, when)
		}
		c.output(w)
		c.returning(w)
		c.scope = c.scope.outer
	})
}

// mergeColumns lists the columns of t that rows are inserted with.
func mergeColumns(p expr.MergeParts, t *schema.Table) []*schema.Column {
	var cols []*schema.Column
	for _, w := range p.Whens {
		for _, a := range w.Set {
			if col := columnOf(a.Target, t); col != nil && w.Action == expr.MergeInsert && !slices.Contains(cols, col) {
				cols = append(cols, col)
			}
		}
	}
	return cols
}

// mergeFits refuses what would not be reached, and what the product has not.
func (c *Compiler) mergeFits(t *schema.Table, p expr.MergeParts) bool {
	if p.Using.Provides(t) {
		c.Fail(fmt.Errorf("compile: %s is the table of the MERGE and its source too; give the latter an alias", t.FullName()))
		return false
	}
	for i, w := range p.Whens {
		for _, before := range p.Whens[:i] {
			if before.Match == w.Match && len(before.Where) == 0 {
				c.Fail(fmt.Errorf("compile: WHEN %d of the MERGE is never reached: one before it is for all its rows; give that conditions", i+1))
				return false
			}
			if c.rules.Merge.OneEach && before.Match == w.Match && before.Action == w.Action {
				c.Unsupported("two WHENs with the same action in MERGE", "join them by CASE, or use statements of their own")
				return false
			}
		}
	}
	return true
}

var matchWords = map[expr.MergeMatch]string{
	expr.Matched: " WHEN MATCHED", expr.NotMatched: " WHEN NOT MATCHED", expr.NotMatchedBySource: " WHEN NOT MATCHED BY SOURCE",
}

// when writes the i-th WHEN of a MERGE, in the scope of the sources whose rows
// it has.
func (c *Compiler) when(t *schema.Table, p expr.MergeParts, i int, w expr.MergeWhen) {
	r := c.rules.Merge
	last := !slices.ContainsFunc(p.Whens[i+1:], func(x expr.MergeWhen) bool { return x.Match == w.Match })
	switch {
	case w.Match == expr.NotMatchedBySource && !r.BySource:
		c.Unsupported("WHEN NOT MATCHED BY SOURCE in MERGE", "change those rows by a statement with NOT EXISTS")
		return
	case w.Action == expr.MergeDelete && !r.Delete:
		c.Unsupported("DELETE in MERGE", "delete the rows by a DELETE with Using")
		return
	case w.Action == expr.MergeNothing && !r.Nothing && last:
		return
	case w.Action == expr.MergeNothing && !r.Nothing:
		c.Unsupported("DO NOTHING in MERGE", "give the WHENs behind it the opposite condition")
		return
	}
	both := c.scope
	switch w.Match {
	case expr.NotMatched:
		c.scope = &scope{sources: []expr.Source{p.Using}, outer: both.outer}
	case expr.NotMatchedBySource:
		c.scope = &scope{sources: []expr.Source{t}, outer: both.outer}
	}
	c.Text(matchWords[w.Match])
	if r.Conditions {
		c.clause(" AND ", w.Where)
	}
	c.Text(" THEN ")
	c.mergeAction(t, p, w)
	if !r.Conditions {
		c.clause(" WHERE ", w.Where)
	}
	c.scope = both
}

func (c *Compiler) mergeAction(t *schema.Table, p expr.MergeParts, w expr.MergeWhen) {
	switch w.Action {
	case expr.MergeUpdate:
		c.Text("UPDATE SET ")
		List(c, ", ", w.Set, func(a expr.Assignment) { c.mergeAssign(t, p.On, a) })
	case expr.MergeDelete:
		c.Text("DELETE")
	case expr.MergeInsert:
		c.mergeInsert(t, w.Set)
	default:
		c.Text("DO NOTHING")
	}
}

func (c *Compiler) mergeAssign(t *schema.Table, on []expr.Expression, a expr.Assignment) {
	if col := columnOf(a.Target, t); col != nil && c.rules.Merge.FixedKeys && readsAny(on, col) {
		c.keyIsFixed()
		return
	}
	c.columnName(a.Target, t)
	c.Text(" = ")
	c.assigned(a.Value)
}

func (c *Compiler) keyIsFixed() {
	c.Unsupported("an UPDATE in MERGE of a column by which the rows are matched", "update it by a statement of its own")
}

func readsAny(xs []expr.Expression, col *schema.Column) bool {
	return slices.ContainsFunc(xs, func(x expr.Expression) bool { return readsColumn(x, col.Ref()) })
}

func (c *Compiler) mergeInsert(t *schema.Table, set []expr.Assignment) {
	if len(set) == 0 {
		if !c.rules.Merge.DefaultRow {
			c.Unsupported("a row of defaults in MERGE", "set a column")
			return
		}
		c.Text("INSERT DEFAULT VALUES")
		return
	}
	c.Text("INSERT (")
	List(c, ", ", set, func(a expr.Assignment) { c.columnName(a.Target, t) })
	c.Text(") VALUES (")
	List(c, ", ", set, func(a expr.Assignment) { c.assigned(a.Value) })
	c.Text(")")
}

func (c *Compiler) mergedAs() {
	if c.rules.Merge == nil || c.rules.Merge.Action == "" {
		c.Unsupported("what a MERGE did with a row", "tell it by a column that the WHENs set differently")
		return
	}
	c.Text(c.rules.Merge.Action)
}
