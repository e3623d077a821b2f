package orm

import (
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/schema"
)

// Description tells how an entity is mapped. It is a copy: changing it changes
// nothing.
type Description struct {
	Entity        reflect.Type
	Table         *schema.Table
	Attributes    []Attribute // of columns in their order, and then of expressions
	Relationships []RelationshipDescription
}

// Attribute is a field of an entity.
type Attribute struct {
	// Name is the field's path, as "Home.City".
	Name string
	// Type is the field's Go type; of a Deferred, that of its value.
	Type reflect.Type
	// Column is nil for a field that an expression fills.
	Column *schema.Column
	// PrimaryKey says that the column is part of the primary key; Deferred, that
	// queries may leave it out; ReadOnly, that it is never written, be it that the
	// database computes it.
	PrimaryKey, Deferred, ReadOnly bool
	// Discriminator says that the column tells of which entity of a hierarchy a row
	// is.
	Discriminator bool
}

// RelationshipDescription tells what a relationship joins.
type RelationshipDescription struct {
	Name string
	// Kind is HasMany, HasOne, BelongsTo or ManyToMany.
	Kind   string
	Target reflect.Type
	// Local and Remote are the columns that are equal where two rows belong
	// together; with a table Between, Local is equal to its Near, and Remote to its
	// Far columns.
	Local, Remote, Near, Far []*schema.Column
	Between                  *schema.Table
}

// Describe returns how the entities of a table are mapped. The errors of the
// model are those of Base.Check.
func Describe[T any](src Source[T]) (*Description, error) {
	m, _, err := mapperFrom(src, nil)
	if err != nil {
		return nil, err
	}
	return m.description(), nil
}

// Describe returns how each entity is mapped, in the order of declaration.
func (b *Base) Describe() ([]*Description, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*Description, len(b.mappers))
	for i, m := range b.mappers {
		out[i] = m.description()
	}
	return out, nil
}

// Attribute returns the attribute of a field, or nil.
func (d *Description) Attribute(name string) *Attribute {
	i := slices.IndexFunc(d.Attributes, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Attributes[i]
}

// PrimaryKey returns the names of the fields of the primary key, in the order in
// which Get takes them.
func (d *Description) PrimaryKey() []string {
	var out []string
	if d.Table.PrimaryKey == nil {
		return nil
	}
	for _, c := range d.Table.PrimaryKey.Columns {
		for _, a := range d.Attributes {
			if a.Column == c {
				out = append(out, a.Name)
			}
		}
	}
	return out
}

func (m *mapper) description() *Description {
	d := &Description{Entity: m.goType, Table: m.stored()}
	for _, a := range m.readable() {
		d.Attributes = append(d.Attributes, m.attribute(a))
	}
	for _, r := range m.relations {
		d.Relationships = append(d.Relationships, RelationshipDescription{
			Name: r.field.name, Kind: r.kind.String(), Target: r.target.goType,
			Local: columnsOf(r.local), Remote: columnsOf(r.remote), Near: slices.Clone(r.near), Far: slices.Clone(r.far), Between: r.between,
		})
	}
	return d
}

func (m *mapper) attribute(a *attr) Attribute {
	x := Attribute{Name: a.name, Type: a.leaf.Go, Deferred: a.deferred, ReadOnly: a.computed || a.cell != nil || m.levels == nil && m.table.Inlined() != nil}
	if a.cell == nil {
		kind := m.top().kindAttr
		x.Column, x.PrimaryKey, x.Discriminator = a.col, a.col.IsPrimaryKey(), kind != nil && kind.name == a.name
	}
	return x
}
