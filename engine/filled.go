package engine

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// checkFilled refuses an INSERT that leaves out a column of the primary key
// which nothing fills: databases differ in what they store then.
func checkFilled(t *schema.Table, sends func(c *schema.Column) bool) error {
	if t.PrimaryKey == nil {
		return nil
	}
	for _, c := range t.PrimaryKey.Columns {
		if !c.Filled() && !sends(c) {
			return fmt.Errorf("engine: column %s is part of the primary key, and nothing fills it: send a value, or give the column a generator "+
				"(a Sequence, an Identity, an integer type), a client default (DefaultFunc) or a server default (ServerDefault)", c.FullName())
		}
	}
	return nil
}

// checkAlways refuses an INSERT that gives a column which is generated always a
// value: databases differ in what they make of that, and some take it.
func checkAlways(t *schema.Table, gives func(c *schema.Column) bool) error {
	for _, c := range t.Columns() {
		if (c.Computed != nil || c.Identity != nil && c.Identity.Always) && gives(c) {
			return fmt.Errorf("engine: column %s: %w", c.FullName(), sqlerr.ErrGeneratedAlways)
		}
	}
	return nil
}

// checkInsert refuses what an INSERT must not leave out, and what it must not
// give.
func checkInsert(t *schema.Table, p expr.InsertParts) error {
	if err := checkFilled(t, isSent(p.Columns)); err != nil || p.OverridingAlways {
		return err
	}
	return checkAlways(t, func(c *schema.Column) bool {
		for i, x := range p.Columns {
			if isColumn(x, c) && (p.From != nil || !allDefault(p.Rows, i)) {
				return true
			}
		}
		return false
	})
}

// allDefault reports whether the rows have DEFAULT in a column.
func allDefault(rows [][]expr.Expression, column int) bool {
	for _, row := range rows {
		if column < len(row) && !isDefault(row[column]) {
			return false
		}
	}
	return true
}

func isDefault(x expr.Expression) bool {
	return x != nil && expr.Unwrap(x) == expr.Expression(expr.DEFAULT)
}

// check refuses the same of a batch.
func (b *InsertBatch) check() error {
	sends := func(c *schema.Column) bool { return slices.Contains(b.Columns, c) }
	if err := checkFilled(b.Table, sends); err != nil || b.OverridingAlways {
		return err
	}
	return checkAlways(b.Table, func(c *schema.Column) bool {
		i := slices.Index(b.Columns, c)
		return i >= 0 && !isDefault(exprAt(b.Exprs, i))
	})
}

// idAboveSigned refuses an id of an unsigned column that not every program can
// hold: drivers and other languages make a negative number of it.
func idAboveSigned(c *schema.Column) error {
	return &sqlerr.ValueError{
		Column: c.FullName(), Type: c.Type.String(),
		Reason: "the id is above 9223372036854775807; a key of so many ids is best a UUID",
	}
}

// unsignedKey reports whether the column is a generated key of unsigned numbers
// of 64 bits.
func unsignedKey(c *schema.Column) bool {
	i, ok := schema.IntegerType(c.Type)
	return ok && i.Unsigned && i.Bits == 64 && c.IsPrimaryKey() && c.Generated()
}

// unsignedColumn returns the generated key of unsigned numbers that is sent.
func (p *insertPlan) unsignedColumn() *schema.Column {
	return p.columns[slices.IndexFunc(p.columns, unsignedKey)]
}
