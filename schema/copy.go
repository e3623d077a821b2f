package schema

import (
	"fmt"
	"maps"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// CopyOption says what is otherwise in the copy of a table.
type CopyOption func(t *Table)

// CopyNamed gives the copy another name.
func CopyNamed(name string) CopyOption { return func(t *Table) { t.Name = name } }

// CopyInSchema puts the copy into another schema.
func CopyInSchema(name string) CopyOption { return func(t *Table) { t.Schema = name } }

// CopyTo declares a copy of the table in m, with all that belongs to it. Names
// that the convention made are made anew, by the convention of m. A foreign key
// references the table of the same name in m, where it may be declared later; one
// into the schema of the original references the schema of the copy. What is run
// beside the original is run beside the copy, about the original.
func (t *Table) CopyTo(m *MetaData, opts ...CopyOption) (*Table, error) {
	if err := t.meta.Resolve(); err != nil {
		return nil, err
	}
	c := newTable(m, t.Name)
	c.Schema = t.Schema
	for _, o := range opts {
		o(c)
	}
	c.Comment, c.Options, c.Info, c.Prefixes = t.Comment, maps.Clone(t.Options), maps.Clone(t.Info), slices.Clone(t.Prefixes)
	c.Selected, c.Temporary, c.Constraints, c.hooks, c.origin = t.Selected, t.Temporary, slices.Clone(t.Constraints), slices.Clone(t.hooks), t
	for _, col := range t.columns {
		if err := c.copyColumn(col, t); err != nil {
			return nil, fmt.Errorf("schema: a copy of table %q: %w", t.FullName(), err)
		}
	}
	c.copyConstraints(t)
	c.copyForeignKeys(t)
	c.nameConstraints()
	return c, m.addTable(c)
}

// Sources returns the table, and what it is a copy of: expressions of the
// original's constraints speak of its columns.
func (t *Table) Sources() []expr.Source {
	list := []expr.Source{t}
	for o := t.origin; o != nil; o = o.origin {
		list = append(list, o)
	}
	return list
}

func (t *Table) copyColumn(col *Column, from *Table) error {
	c := *col
	c.unique, c.index, c.foreign, c.checks, c.twoValued = nil, nil, nil, nil, nil // they are constraints already
	c.Info, c.Options = maps.Clone(col.Info), maps.Clone(col.Options)
	if s := col.Sequence; s != nil {
		moved := *s
		moved.meta, moved.owned = nil, nil
		if s.Schema == from.Schema {
			moved.Schema = t.Schema
		}
		c.Sequence = &moved
		if err := t.meta.addSequence(&moved); err != nil {
			return err
		}
	}
	return t.addColumn(&c)
}

func (t *Table) copyConstraints(from *Table) {
	if pk := from.PrimaryKey; pk != nil {
		k := *pk
		k.Columns, k.named = t.same(pk.Columns), false
		k.Name = from.given(from.meta.Naming.PrimaryKey, pk.Name, pk.Columns)
		t.PrimaryKey = &k
	}
	for _, u := range from.Uniques {
		k := *u
		k.Columns, k.named = t.same(u.Columns), false
		k.Name = from.given(from.meta.Naming.Unique, u.Name, u.Columns)
		t.Uniques = append(t.Uniques, &k)
	}
	for i, x := range from.Checks {
		k := *x
		k.named = false
		k.Name = from.given(numbered(from.meta.Naming.Check, i), x.Name, nil)
		t.Checks = append(t.Checks, &k)
	}
	for _, ix := range from.Indexes {
		k := *ix
		k.Table, k.Terms, k.named = t, slices.Clone(ix.Terms), false
		k.Name = from.given(from.meta.Naming.Index, ix.Name, ix.columns())
		t.Indexes = append(t.Indexes, &k)
	}
}

// given returns the name of a constraint, or "" where the convention made it.
func (t *Table) given(pattern, name string, cols []*Column) string {
	if name == t.conventional(pattern, "", false, cols) {
		return ""
	}
	return FinalName(name)
}

func (t *Table) copyForeignKeys(from *Table) {
	for _, fk := range from.ForeignKeys {
		k := *fk
		k.Table, k.Columns, k.References, k.Referenced, k.named = t, t.same(fk.Columns), nil, nil, false
		first := *fk
		first.Name, first.named = "", false
		if k.Name = FinalName(fk.Name); first.name() == fk.Name {
			k.Name = ""
		}
		target := fk.References.FullName()
		switch {
		case fk.References == from:
			target = t.FullName()
		case fk.References.Schema == from.Schema:
			target = fullName(t.Schema, fk.References.Name)
		}
		var names []string
		for _, c := range fk.Referenced {
			names = append(names, c.Name)
		}
		t.meta.later(func() error { return k.resolve(target, names) })
		t.ForeignKeys = append(t.ForeignKeys, &k)
	}
}

// same returns the columns of the same names.
func (t *Table) same(cols []*Column) []*Column {
	mine := make([]*Column, len(cols))
	for i, c := range cols {
		mine[i] = t.byName[c.Name]
	}
	return mine
}
