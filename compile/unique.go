package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// UniqueKey is a key of a table's declaration.
type UniqueKey struct {
	// Name says which, for messages.
	Name string
	// Columns are its columns; nil for an index that has expressions.
	Columns []*schema.Column
	// Partial says that it is an index of some rows.
	Partial bool
}

// Is reports whether the key is that of all rows over these columns, in any
// order.
func (k UniqueKey) Is(columns []*schema.Column) bool {
	if k.Partial || len(k.Columns) != len(columns) {
		return false
	}
	return !slices.ContainsFunc(k.Columns, func(c *schema.Column) bool { return !slices.Contains(columns, c) })
}

// UniqueKeys lists the keys of a table: the primary key, UNIQUE constraints,
// unique indexes.
func UniqueKeys(t *schema.Table) []UniqueKey {
	var keys []UniqueKey
	if t.PrimaryKey != nil {
		keys = append(keys, UniqueKey{Name: "the primary key (" + columnNames(t.PrimaryKey.Columns) + ")", Columns: t.PrimaryKey.Columns})
	}
	for _, u := range t.Uniques {
		keys = append(keys, UniqueKey{Name: "the unique key (" + columnNames(u.Columns) + ")", Columns: u.Columns})
	}
	for _, ix := range t.Indexes {
		if ix.Unique {
			keys = append(keys, UniqueKey{Name: "the unique index " + ix.Name, Columns: indexed(ix), Partial: ix.Where != nil})
		}
	}
	return keys
}

// indexed returns the columns of an index, nil where it has expressions.
func indexed(ix *schema.Index) []*schema.Column {
	var cols []*schema.Column
	for _, term := range ix.Terms {
		c, ok := expr.Unwrap(term.X).(*expr.Column)
		if !ok || ix.Table.Column(c.Name) == nil {
			return nil
		}
		cols = append(cols, ix.Table.Column(c.Name))
	}
	return cols
}

// ConflictKey returns the columns of the key that a portable clause is for, nil
// for any key, or says why the table has none such.
func ConflictKey(t *schema.Table, x *expr.OnConflictClause) ([]*schema.Column, error) {
	p := x.Parts()
	if p.Constraint != "" {
		return namedKey(t, p.Constraint)
	}
	if len(p.Target) == 0 {
		return nil, nil
	}
	if len(t.Columns()) == 0 {
		return nil, fmt.Errorf("compile: OnConflict needs the keys of %s, of which only the name is known; declare the table, or use the product's own clause", t.FullName())
	}
	cols := make([]*schema.Column, len(p.Target))
	for i, x := range p.Target {
		if cols[i] = columnOf(x, t); cols[i] == nil {
			return nil, fmt.Errorf("compile: the target of OnConflict is columns of %s; a product's own clause may have other targets", t.FullName())
		}
	}
	for _, key := range UniqueKeys(t) {
		key.Partial = key.Partial && len(p.Partial) == 0
		if key.Is(cols) {
			return cols, nil
		}
	}
	return nil, fmt.Errorf("compile: OnConflict names (%s), which are no unique key in the declaration of %s; declare one, or use the product's own clause",
		columnNames(cols), t.FullName())
}

func namedKey(t *schema.Table, name string) ([]*schema.Column, error) {
	if pk := t.PrimaryKey; pk != nil && pk.Name == name {
		return pk.Columns, nil
	}
	for _, u := range t.Uniques {
		if u.Name == name {
			return u.Columns, nil
		}
	}
	return nil, fmt.Errorf("compile: OnConstraint names %q, which is no primary key and no UNIQUE in the declaration of %s; declare it by that name, or use the product's own clause",
		name, t.FullName())
}

func refs(columns []*schema.Column) []expr.Expression {
	xs := make([]expr.Expression, len(columns))
	for i, c := range columns {
		xs[i] = c.Ref()
	}
	return xs
}

func columnNames(cols []*schema.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}
