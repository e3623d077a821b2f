package mysql

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A row that is changed is told from one that is inserted by LAST_INSERT_ID,
// which the update sets to a number that no id is: neither the count of rows nor
// the protocol's id tells them apart where a row is changed to what it is.
// https://mariadb.com/kb/en/last_insert_id/
// https://dev.mysql.com/doc/refman/8.4/en/information-functions.html#function_last-insert-id
func (s server) conflictRules() compile.ConflictRules {
	r := compile.ConflictRules{
		DefaultRow: true, Clause: s.onConflict, Excluded: excludedValue, MarkedByInsertID: true,
		Marked: func(c *compile.Compiler) { c.Text("LAST_INSERT_ID()") },
	}
	if s.since(dialect.Version{8, 0, 19}, dialect.Version{}) {
		// VALUES() is deprecated there:
		// https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html
		r.RowAlias, r.Excluded = " AS excluded", excludedByName
	}
	return r
}

func excludedValue(c *compile.Compiler, column string) {
	c.Text("VALUES(")
	c.Identifier(column)
	c.Text(")")
}

func excludedByName(c *compile.Compiler, column string) {
	if in := c.Inserting(); in.From != nil || len(in.Columns) == 0 { // there is no place for the name
		excludedValue(c, column)
		return
	}
	compile.ExcludedRow(c, column)
}

// onConflict writes the portable clause as ON DUPLICATE KEY UPDATE, where the
// target is the only key that can set it off.
func (s server) onConflict(c *compile.Compiler, x *expr.OnConflictClause) {
	p, in := x.Parts(), c.Inserting()
	u := &upsert{c: c, in: in, where: p.Where}
	u.target, _ = compile.ConflictKey(in.Table, x) // which was asked before
	switch {
	case len(p.Partial) > 0:
		c.Unsupported("ON CONFLICT for a partial index", "it has no such indexes")
		return
	case len(u.target) > 0 && !u.aims():
		return
	}
	if p.Nothing {
		still := u.carrier()
		if still == nil {
			c.Fail(fmt.Errorf("mysql: %s has no columns", in.Table.FullName()))
			return
		}
		c.Text(" ON DUPLICATE KEY UPDATE ")
		c.ConflictAssignment(expr.Assignment{Target: still.Ref(), Value: still.Ref()})
		return
	}
	u.write(p.Set)
}

// upsert is an ON DUPLICATE KEY UPDATE that is being written.
type upsert struct {
	c      *compile.Compiler
	in     *compile.InsertContext
	target []*schema.Column
	// drawn says that a key beside the target is drawn from a sequence, which may
	// give a value that is taken.
	drawn bool
	where []expr.Expression
}

// aims refuses the target where the rows can violate another key of the table.
func (u *upsert) aims() bool {
	for _, key := range compile.UniqueKeys(u.in.Table) {
		if !key.Is(u.target) && u.mayViolate(key.Columns) {
			u.c.Unsupported("ON CONFLICT for one of several keys", fmt.Sprintf(
				"ON DUPLICATE KEY UPDATE is set off by any unique key, and the rows send what can violate %s too: %s, or say by mysql.OnDuplicateKeyUpdate that any key is meant",
				key.Name, u.wayOut(key.Columns)))
			return false
		}
	}
	return true
}

func (u *upsert) wayOut(columns []*schema.Column) string {
	for _, c := range columns {
		if c.Generated() {
			return "leave " + c.FullName() + " to its generator"
		}
	}
	return "name that key"
}

// mayViolate reports whether the rows can violate a key: not where they leave
// out a column of it that stays NULL or gets a new value of its own.
func (u *upsert) mayViolate(key []*schema.Column) bool {
	for _, col := range key {
		given, drawn := u.given(col)
		switch {
		case drawn:
			u.drawn = true
			return false
		case given:
		case col.Generated(), col.ServerDefault == nil && col.Nullable:
			return false
		}
	}
	return true
}

// given reports whether the rows have a value for the column, and whether that
// is drawn from a sequence.
func (u *upsert) given(col *schema.Column) (given, drawn bool) {
	at := slices.IndexFunc(u.in.Columns, func(x expr.Expression) bool {
		c, ok := x.(*expr.Column)
		return ok && c.Name == col.Name
	})
	if at < 0 {
		return false, false
	}
	drawn = true
	for _, row := range u.in.Rows {
		drawn = drawn && compile.IsDrawn(row[at])
	}
	if u.in.From != nil {
		drawn = compile.IsDrawn(u.in.From.Parts().Columns[at])
	}
	return true, drawn
}

// write writes the clause. Its assignments are made one after the other, each
// seeing those before it, so that they are brought into an order in which none
// reads what was changed
// (https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html).
func (u *upsert) write(set []expr.Assignment) {
	everywhere := u.everywhere()
	ordered, ok := compile.InOrder(set, func(value, column expr.Expression) bool {
		return reads(append(slices.Clip(everywhere), value), column)
	})
	if !ok {
		u.c.Unsupported("an upsert whose assignments and condition read columns that others of them set", "set one of the columns by a statement of its own")
		return
	}
	u.c.Text(" ON DUPLICATE KEY UPDATE ")
	if u.in.Mark != nil {
		u.mark()
		u.c.Text(", ")
	}
	compile.List(u.c, ", ", ordered, u.assign)
}

// everywhere returns what is read by each assignment.
func (u *upsert) everywhere() []expr.Expression {
	if !u.drawn {
		return u.where
	}
	all := slices.Clip(u.where)
	for _, col := range u.target {
		all = append(all, col.Ref())
	}
	return all
}

func (u *upsert) assign(a expr.Assignment) {
	if len(u.where) == 0 && !u.drawn {
		u.c.ConflictAssignment(a)
		return
	}
	u.c.ConflictAssignment(expr.Assignment{Target: a.Target, Value: &conditional{u, a}})
}

// meant writes whether the row in the way is so by the target.
func (u *upsert) meant() {
	compile.List(u.c, " AND ", u.target, func(col *schema.Column) {
		u.c.Expression(col.Ref())
		u.c.Text(" = ")
		u.c.Expression(expr.Excluded(col.Ref()))
	})
}

// condition writes what has to hold for the row in the way to be changed.
func (u *upsert) condition() {
	if u.drawn && len(u.target) > 0 {
		u.meant()
		if len(u.where) > 0 {
			u.c.Text(" AND ")
		}
	}
	if len(u.where) > 0 {
		u.c.Operand(&expr.Variadic{Op: expr.OpAnd, Xs: u.where}, expr.OpAnd, false)
	}
}

// mark notes the mark by an assignment that changes nothing, before all others.
func (u *upsert) mark() {
	col := u.carrier()
	u.c.Identifier(col.Name)
	u.c.Text(" = IF(LAST_INSERT_ID(")
	u.c.Changing(func() {
		note := func(n int) {
			u.c.Expression(u.in.Mark)
			if n > 0 {
				u.c.Text(fmt.Sprintf(" + %d", n))
			}
		}
		if len(u.target) > 0 {
			u.c.Text("IF(")
			u.meant()
			u.c.Text(", ")
		}
		if len(u.where) > 0 {
			u.c.Text("IF(")
			u.c.Operand(&expr.Variadic{Op: expr.OpAnd, Xs: u.where}, expr.OpAnd, false)
			u.c.Text(", ")
			note(compile.MarkChanged)
			u.c.Text(", ")
			note(compile.MarkSkipped)
			u.c.Text(")")
		} else {
			note(compile.MarkChanged)
		}
		if len(u.target) > 0 {
			u.c.Text(", ")
			note(compile.MarkOtherKey)
			u.c.Text(")")
		}
		u.c.Text(") IS NULL, ")
		u.c.Expression(col.Ref())
		u.c.Text(", ")
		u.c.Expression(col.Ref())
		u.c.Text(")")
	})
}

// carrier returns a column that can be set to what it is.
func (u *upsert) carrier() *schema.Column {
	if len(u.target) > 0 {
		return u.target[0]
	}
	if pk := u.in.Table.PrimaryKey; pk != nil {
		return pk.Columns[0]
	}
	if cols := u.in.Table.Columns(); len(cols) > 0 {
		return cols[0]
	}
	return nil
}

// conditional is the value of an assignment that is made under a condition.
type conditional struct {
	u *upsert
	a expr.Assignment
}

// SQLType implements expr.Expression.
func (x *conditional) SQLType() sqltype.Type { return x.a.Value.SQLType() }

// AppendKey implements expr.Node.
func (x *conditional) AppendKey(k *expr.Key) { k.Node(x.a.Value) }

// Render implements compile.Renderer.
func (x *conditional) Render(c *compile.Compiler) {
	c.Text("IF(")
	x.u.condition()
	c.Text(", ")
	c.Expression(x.a.Value)
	c.Text(", ")
	c.Expression(x.a.Target)
	c.Text(")")
}
