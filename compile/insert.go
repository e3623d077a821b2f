package compile

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

func (c *Compiler) insert(p expr.InsertParts) {
	t := c.table(p.Into)
	if t == nil {
		return
	}
	outer := c.inserting
	c.inserting = &InsertContext{Table: t, InsertParts: p}
	defer func() { c.inserting = outer }()
	clause, portable := p.Conflict.(*expr.OnConflictClause)
	merges := portable && c.rules.Conflict.ByMerge
	if (!merges || c.rules.Merge.ValuesSource) && !c.rowsFit(len(p.Rows)) {
		return
	}
	if merges {
		c.mergeUpsert(clause)
		return
	}
	w := Write{Verb: expr.VerbInsert, Table: t, Columns: columnsOf(p.Columns, t), Rows: len(p.Rows), Values: p.Rows, Overriding: p.OverridingAlways, Returning: p.Returning}
	c.around(w, func() {
		c.insertWith(p)
		c.Text("INSERT")
		c.prefixed(p.Prefixes.Words)
		c.insertWord(p.Conflict)
		c.Text(" INTO ")
		c.TableName(t)
		defer c.bareScope(t)()
		if len(p.Columns) == 0 {
			c.defaultRows(p, w)
		} else {
			c.Text(" (")
			List(c, ", ", p.Columns, func(x expr.Expression) { c.columnName(x, t) })
			c.Text(")")
			c.overriding(w)
			c.output(w)
			c.insertRows(p)
		}
		c.conflict(p.Conflict)
		c.returning(w)
	})
}

// insertWith writes the WITH of an INSERT, unless it belongs before its SELECT.
func (c *Compiler) insertWith(p expr.InsertParts) {
	var from expr.Query
	if p.From != nil {
		from = p.From
	}
	c.statementWith(expr.VerbInsert, from)
}

// insertRows writes the rows, as values or as a SELECT.
func (c *Compiler) insertRows(p expr.InsertParts) {
	if p.From != nil {
		c.insertSelect(p)
		return
	}
	if len(p.Rows) == 0 {
		c.Fail(fmt.Errorf("compile: an INSERT into %s names columns and has no rows; give it rows, or no columns for a row of defaults", c.inserting.Table.FullName()))
		return
	}
	c.Text(" VALUES ")
	List(c, ", ", p.Rows, c.row)
	if p.Conflict != nil && p.Conflict.Resolution() == expr.Change {
		c.Text(c.rules.Conflict.RowAlias)
	}
}

// insertSelect writes the SELECT of an INSERT, which does not see the table
// that it inserts into unless it selects from it.
func (c *Compiler) insertSelect(p expr.InsertParts) {
	q := p.From
	if p.Conflict != nil && c.rules.Conflict.SelectNeedsWhere && len(q.Parts().Where) == 0 {
		q = q.Where(expr.All())
	}
	outer := c.scope
	c.scope = nil
	c.Text(" ")
	c.Select(q)
	c.scope = outer
}

// columnsOf returns those of the columns that belong to t.
func columnsOf(refs []expr.Expression, t *schema.Table) []*schema.Column {
	var cols []*schema.Column
	for _, x := range refs {
		if ref, ok := expr.Unwrap(x).(*expr.Column); ok && ref.From == expr.Source(t) {
			if col := t.Column(ref.Name); col != nil {
				cols = append(cols, col)
			}
		}
	}
	return cols
}

// rowsFit refuses more rows than one VALUES can have.
func (c *Compiler) rowsFit(n int) bool {
	limit := c.rules.MaxRows
	if limit == 0 || n <= limit {
		return true
	}
	c.Unsupported(fmt.Sprintf("%d rows in one VALUES, which has %d at most", n, limit), "insert them as a batch, which is split")
	return false
}

// defaultRows writes an INSERT of a row of defaults: of the first column, where
// the product can't leave them all out.
func (c *Compiler) defaultRows(p expr.InsertParts, w Write) {
	if len(p.Rows) > 1 {
		c.Fail(errors.New("compile: several rows of defaults can't be inserted by one statement; insert them one by one"))
		return
	}
	if c.inserting.Conflict != nil && !c.rules.Conflict.DefaultRow {
		c.Unsupported("a row of defaults beside what resolves conflicts", "set a column")
		return
	}
	if c.rules.DefaultRow != "" {
		c.output(w)
		c.Text(" " + c.rules.DefaultRow)
		return
	}
	c.Text(" (")
	c.firstColumn(w.Table)
	c.Text(")")
	c.output(w)
	c.Text(" VALUES (DEFAULT)")
}

// overriding writes what lets columns that are generated always take values.
func (c *Compiler) overriding(w Write) {
	if !w.Overrides() {
		return
	}
	if c.rules.Overriding == nil {
		c.Unsupported("values for a column that is generated always", "leave the column out, or declare it by NewIdentity")
		return
	}
	c.rules.Overriding(c)
}

func (c *Compiler) row(values []expr.Expression) {
	c.Text("(")
	List(c, ", ", values, c.rowValue)
	c.Text(")")
}

// rowValue writes a value of a row, which in standard SQL has no columns to
// read.
func (c *Compiler) rowValue(x expr.Expression) {
	t := c.inserting.Table
	if !c.rules.DML.ValuesSeeRow && uses(x, func(col *expr.Column) bool { return col.From == expr.Source(t) }) {
		c.Unsupported("a column of the row within the VALUES that make it", "write the expression out, or insert from a SELECT")
		return
	}
	c.assigned(x)
}

func (c *Compiler) assigned(x expr.Expression) {
	if expr.Unwrap(x) == expr.Expression(expr.DEFAULT) && !c.rules.DefaultInValues {
		c.Unsupported("DEFAULT as a value", "leave the column out")
		return
	}
	c.Expression(x)
}
