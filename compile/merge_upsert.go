package compile

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// mergeUpsert writes an INSERT with the portable clause as a MERGE, for products
// that have nothing else: MERGE INTO t USING (VALUES (?, ?)) AS excluded (a, b)
// ON (t.a = excluded.a) WHEN MATCHED THEN UPDATE SET b = excluded.b WHEN NOT
// MATCHED THEN INSERT (a, b) VALUES (excluded.a, excluded.b).
func (c *Compiler) mergeUpsert(x *expr.OnConflictClause) {
	in := c.inserting
	t, p := in.Table, x.Parts()
	key, err := ConflictKey(t, x)
	if err != nil {
		c.Fail(err)
		return
	}
	if !c.upsertable(p) {
		return
	}
	w := Write{
		Verb: expr.VerbInsert, Merge: true, Table: t, Columns: columnsOf(in.Columns, t), Rows: len(in.Rows), Values: in.Rows,
		Overriding: in.OverridingAlways, Returning: in.Returning,
	}
	c.around(w, func() {
		c.Text("MERGE INTO ")
		c.TableName(t)
		c.Text(c.rules.Merge.Hint + " USING (")
		c.excludedRows()
		c.scope = &scope{sources: []expr.Source{t}, outer: c.scope}
		c.Text(" ON (")
		c.sameKey(t, key)
		c.Text(")")
		c.upsertMatched(p, key)
		c.Text(" WHEN NOT MATCHED THEN INSERT (")
		List(c, ", ", in.Columns, func(x expr.Expression) { c.columnName(x, t) })
		c.Text(")")
		c.overriding(w)
		c.Text(" VALUES (")
		List(c, ", ", w.Columns, func(col *schema.Column) { ExcludedRow(c, col.Name) })
		c.Text(")")
		c.output(w)
		c.returning(w)
		c.scope = c.scope.outer
	})
}

// upsertable refuses what a MERGE can't take from an INSERT.
func (c *Compiler) upsertable(p expr.ConflictParts) bool {
	in := c.inserting
	generated := func(x expr.Expression) bool {
		return expr.Unwrap(x) == expr.Expression(expr.DEFAULT) || IsDrawn(x)
	}
	switch {
	case len(p.Partial) > 0:
		c.Unsupported("ON CONFLICT for a partial index", "name a key of all rows")
	case len(in.Columns) == 0:
		c.Unsupported("a row of defaults beside what resolves conflicts", "set a column")
	case slices.ContainsFunc(in.Rows, func(row []expr.Expression) bool { return slices.ContainsFunc(row, generated) }):
		c.Unsupported("DEFAULT or the next value of a sequence in an upsert", "leave the column out")
	case len(in.Returning) > 0 && !c.rules.Merge.Returning:
		c.Unsupported("RETURNING of an upsert", "read the rows by their key")
	default:
		return true
	}
	return false
}

// excludedRows writes the rows as a source that is called excluded.
func (c *Compiler) excludedRows() {
	in, outer := c.inserting, c.scope
	c.scope = nil
	names := func() {
		List(c, ", ", in.Columns, func(x expr.Expression) { c.columnName(x, in.Table) })
	}
	switch {
	case in.From != nil:
		c.excludedSelect(names)
	case c.rules.Merge.ValuesSource:
		c.Text("VALUES ")
		List(c, ", ", in.Rows, c.row)
		c.Text(")" + c.rules.AliasWord + "excluded (")
		names()
		c.Text(")")
	default:
		for i, row := range in.Rows {
			if i > 0 {
				c.Text(" UNION ALL ")
			}
			c.Text("SELECT ")
			c.namedRow(row)
			c.Text(c.rules.NoSource)
		}
		c.Text(")" + c.rules.AliasWord + "excluded")
	}
	c.scope = outer
}

// namedRow writes the values of a row with the names of their columns.
func (c *Compiler) namedRow(row []expr.Expression) {
	for i, x := range row {
		if i > 0 {
			c.Text(", ")
		}
		c.rowValue(x)
		c.Text(" AS ")
		c.columnName(c.inserting.Columns[i], c.inserting.Table)
	}
}

func (c *Compiler) excludedSelect(names func()) {
	in := c.inserting
	if c.rules.Merge.ValuesSource {
		c.Select(in.From)
		c.Text(")" + c.rules.AliasWord + "excluded (")
		names()
		c.Text(")")
		return
	}
	columns := slices.Clone(in.From.Parts().Columns)
	for i, x := range in.Columns {
		if ref, ok := x.(*expr.Column); ok && i < len(columns) {
			if l, labelled := columns[i].(*expr.Label); labelled {
				columns[i] = l.X
			}
			columns[i] = &expr.Label{X: columns[i], Name: ref.Name}
		}
	}
	c.Select(in.From.Columns(columns...))
	c.Text(")" + c.rules.AliasWord + "excluded")
}

// sameKey writes what makes a row one that is there: the target, or any key of
// which the rows have all columns.
func (c *Compiler) sameKey(t *schema.Table, key []*schema.Column) {
	sent := columnsOf(c.inserting.Columns, t)
	var keys [][]*schema.Column
	add := func(cols []*schema.Column) {
		if len(cols) > 0 && !slices.ContainsFunc(cols, func(col *schema.Column) bool { return !slices.Contains(sent, col) }) {
			keys = append(keys, cols)
		}
	}
	if key != nil {
		add(key)
	} else {
		for _, k := range UniqueKeys(t) {
			if !k.Partial {
				add(k.Columns)
			}
		}
	}
	if len(keys) == 0 {
		c.Text("1 = 0")
	}
	List(c, " OR ", keys, func(cols []*schema.Column) {
		List(c, " AND ", cols, func(col *schema.Column) {
			c.Expression(col.Ref())
			c.Text(" = ")
			ExcludedRow(c, col.Name)
		})
	})
}

func (c *Compiler) upsertMatched(p expr.ConflictParts, key []*schema.Column) {
	if p.Nothing {
		return
	}
	c.Text(" WHEN MATCHED")
	if c.rules.Merge.Conditions {
		c.Changing(func() { c.clause(" AND ", p.Where) })
	}
	c.Text(" THEN UPDATE SET ")
	List(c, ", ", p.Set, func(a expr.Assignment) {
		if col := columnOf(a.Target, c.inserting.Table); c.rules.Merge.FixedKeys && slices.Contains(key, col) {
			c.keyIsFixed()
			return
		}
		c.ConflictAssignment(a)
	})
	if !c.rules.Merge.Conditions {
		c.Changing(func() { c.clause(" WHERE ", p.Where) })
	}
}
