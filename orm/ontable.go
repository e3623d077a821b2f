package orm

import (
	"fmt"

	"github.com/alkahest-go/alkahest/schema"
)

// Over makes the tables of m those of the Base, so that entities are mapped on
// them by DeclareOn and MapOn. A MetaData has one Base.
func Over(m *schema.MetaData) BaseOption { return func(b *Base) { b.MetaData = m } }

// DeclareOn is Declare on a table that is there already, one of the Base's. Each
// column of the struct is the table's of its name, of which the literal says no
// more than the name and the type. Columns of the table that the struct does not
// have are neither read nor written.
func DeclareOn[C any, P interface {
	*C
	tabler
}](base *Base, table *schema.Table, columns C) P {
	p := P(&columns)
	base.declareOn(p, table)
	return p
}

//go:noinline
func (b *Base) declareOn(p tabler, table *schema.Table) {
	m := b.declared(p, func(columns []schema.StructColumn) (*schema.Table, []*schema.Column, error) {
		if err := b.has(table); err != nil {
			return nil, nil, err
		}
		return schema.BindTable(table, columns)
	})
	if m.table != nil {
		m.others()
	}
}

// MapOn is Map on a table that is there already, one of the Base's. The tags say
// the names of columns, or nothing. Columns of the table that the struct does not
// have are neither read nor written.
func MapOn[T any](base *Base, table *schema.Table) *Entity[T] {
	return byTags[T](base, func(m *mapper) {
		if err := base.has(table); err != nil {
			m.fail("", "%v", err)
			return
		}
		m.table = table
		for _, f := range m.expand(m.fields(), embedded) {
			m.mapOn(f)
		}
		m.others()
	})
}

func (b *Base) has(t *schema.Table) error {
	switch {
	case t == nil:
		return fmt.Errorf("orm: an entity is to be mapped on a table that is nil")
	case t.MetaData() != b.MetaData:
		return fmt.Errorf("orm: an entity is to be mapped on the table %s, which is none of the Base: make the Base by orm.NewBase(orm.Over(…)) of the table's MetaData", t.FullName())
	}
	return nil
}

func (m *mapper) mapOn(f field) {
	name, rest := f.columnTag()
	def := m.table.Column(name)
	switch {
	case def == nil:
		m.fail(f.name, "has no column %q in the table %s: name another in its tag, or tag it `db:\"-\"`", name, m.table.FullName())
	case def.Type == nil:
		m.fail(f.name, "maps to column %q, whose type is that of what it references: say the type in the table", name)
	case m.attrOf(def) != nil:
		m.fail(f.name, "maps to column %q, and so does %s; name one of them otherwise", name, m.attrOf(def).name)
	case len(rest) > 0:
		m.fail(f.name, "says more than the name of its column, which the table %s has declared: leave %q out", m.table.FullName(), rest[0])
	default:
		m.addAttr(f, def)
	}
}

// others refuses columns that have no field and that an INSERT could not leave
// out.
func (m *mapper) others() {
	for _, c := range m.table.Columns() {
		switch {
		case m.attrOf(c) != nil:
		case c.IsPrimaryKey():
			m.fail("", "has no field for the column %q of the primary key of %s: add one", c.Name, m.table.FullName())
		case c.Default != nil || !c.Nullable && !c.Filled():
			m.fail("", "has no field for the column %q, which the database neither fills nor takes as NULL: add a field, or give the column a server default", c.Name)
		}
	}
}
