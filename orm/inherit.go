package orm

import (
	"reflect"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Hierarchical is implemented by the struct of columns of an entity from which
// others derive.
type Hierarchical interface {
	// Discriminator says what tells the types of rows apart.
	Discriminator() Discriminator
}

// Discriminator tells the types of rows apart.
type Discriminator struct {
	x      expr.Expression
	value  any
	tables bool
}

// DiscriminatedBy is a column, or a Property, whose value says of which type a row
// is; that of the base itself is value, which may be Abstract. A new entity gets
// the value by itself, but from a Property.
func DiscriminatedBy[V any](x expr.Expression, value V) Discriminator {
	return Discriminator{x: x, value: value}
}

// EachItsTable is for types whose rows are in a table of their own each, with all
// columns: they derive by ConcreteTable.
func EachItsTable() Discriminator { return Discriminator{tables: true} }

// abstractKind is the type of Abstract.
type abstractKind struct{}

// Abstract is, instead of a value of the discriminator, that no row is of the type
// itself, but of those that derive from it.
var Abstract abstractKind

// Placement says where the rows of a derived entity are.
type Placement struct {
	how      inheritance
	table    string
	value    any
	key      []string
	options  []schema.ForeignKeyOption
	selectIn bool
}

// SingleTable has the rows in the table of the base, which gets the columns of
// the derived entity. value is what the discriminator says of them; it may be
// Abstract.
func SingleTable[V any](value V) Placement { return Placement{how: singleTable, value: value} }

// JoinedTable has a table for the columns of the derived entity, whose rows have
// the key of their row in the base's table, which they reference. value is what
// the discriminator says of them; it may be Abstract.
func JoinedTable[V any](table string, value V) Placement {
	return Placement{how: joinedTable, table: table, value: value}
}

// ConcreteTable has a table for all columns of the derived entity, also those that
// it embeds. Keys of the tables have nothing to do with each other. The base says
// EachItsTable.
func ConcreteTable(table string) Placement { return Placement{how: concreteTable, table: table} }

// Key names the key's columns of a JoinedTable, in the order of the base's key,
// after which they are named else.
func (p Placement) Key(columns ...string) Placement { p.key = columns; return p }

// References gives options to the foreign key of a JoinedTable, such as ON DELETE.
func (p Placement) References(opts ...schema.ForeignKeyOption) Placement { p.options = opts; return p }

// SelectIn has queries of the base read the columns of a JoinedTable, and of what
// derives from it, by a statement of their own, where rows are of the type.
// Without it they are joined.
func (p Placement) SelectIn() Placement { p.selectIn = true; return p }

// SharedColumn is an option of a column of a SingleTable entity that another
// entity of the table has declared too, by the same name and type.
func SharedColumn() schema.Option { return schema.Attach(sharedColumn{}) }

type sharedColumn struct{}

// Attached implements schema.Attachment.
func (sharedColumn) Attached() {}

func isShared(c schema.StructColumn) bool {
	d := c.Declaration()
	return d != nil && slices.ContainsFunc(d.Attachments, func(x schema.Attachment) bool { _, ok := x.(sharedColumn); return ok })
}

// Parent is what Inherit derives from: what Declare, or Inherit, returned.
type Parent interface{ held() *mapping }

// Inherit maps an entity that derives from another, whose struct it embeds as its
// first field. The struct of columns embeds that of the base, which is generic in
// its entity; what it says of the base's columns is not read again. Queries of
// the base find the derived entities too: As gives the whole.
func Inherit[C any, P interface {
	*C
	tabler
}](from Parent, place Placement, columns C, items ...schema.TableItem) P {
	p := P(&columns)
	inherit(p, from, place, items)
	return p
}

//go:noinline
func inherit(p tabler, from Parent, place Placement, items []schema.TableItem) {
	parent := from.held().m
	if parent == nil {
		parent = &mapper{base: NewBase(), goType: reflect.TypeFor[struct{}]()}
	}
	h := p.begin(parent.base)
	m, ptr := h.m, reflect.ValueOf(p)
	if m.derive(parent, place) {
		if place.how == concreteTable {
			m.deriveConcrete(ptr, place, items)
		} else {
			m.deriveColumns(ptr, place, items)
		}
	}
	m.later(ptr)
	if m.table != nil {
		h.from = m.table
		m.bindParts(ptr, "", m.table)
		expressions(ptr, func(_ string, e expressive, _ reflect.Value) { e.bind(m.table) })
		aliasRelations(ptr, m.table)
		for up := parent; up != nil; up = up.parent {
			up.complete.Store(false) // its queries find the new one
		}
	}
	parent.base.add(m)
	remember(m)
}

// later has the declaration say the rest on first use.
func (m *mapper) later(ptr reflect.Value) {
	m.extra = func() []schema.TableItem {
		m.define(ptr)
		return m.constraintsOf(ptr)
	}
	m.criteria = func() []expr.Predicate { return criteriaOf(ptr) }
	m.rules = func() []JoinRule { return m.rulesOf(ptr) }
}

// derive makes the mapper one of a hierarchy, where it can be.
func (m *mapper) derive(parent *mapper, place Placement) bool {
	root := parent
	for root.parent != nil {
		root = root.parent
	}
	switch t := m.goType; {
	case parent.table == nil || len(parent.errs) > 0:
		m.fail("", "derives from %s, whose model has errors", parent.goType)
	case root.levels == nil:
		m.fail("", "derives from %s, which does not say how rows are told apart: give its struct of columns a method Discriminator", root.goType)
	case t.Kind() != reflect.Struct || t.NumField() == 0 || !t.Field(0).Anonymous || t.Field(0).Type != parent.goType:
		m.fail("", "derives from %s: embed that as the first field", parent.goType)
	case (place.how == concreteTable) != root.told.tables:
		m.fail("", "derives from %s, and one of the two has a table for all columns: say EachItsTable there and ConcreteTable here, or neither", root.goType)
	default:
		m.parent, m.how, m.selectIn = parent, place.how, place.selectIn
		m.told = Discriminator{value: place.value}
		parent.subs = append(parent.subs, m)
		for up := parent; up != nil; up = up.parent {
			for _, l := range up.listened {
				m.addHook(l.at, l.h)
			}
		}
		return true
	}
	return false
}

// becomeRoot makes a mapper that was declared the base of a hierarchy. It is read
// from a view of all its tables.
func (m *mapper) becomeRoot(ptr reflect.Value) {
	h, ok := ptr.Interface().(Hierarchical)
	if !ok || m.table == nil {
		return
	}
	view := schema.NewInline(m.base.MetaData, m.table.Name)
	if err := schema.BindAlias(schema.StructColumns(ptr), view); err != nil {
		m.errs = append(m.errs, err)
	}
	m.levels = []*mapper{m.newLevel(m.table, nil, m.attrs)}
	m.table = view
	m.told = h.Discriminator()
}

// deriveConcrete declares a table of all columns.
func (m *mapper) deriveConcrete(ptr reflect.Value, place Placement, items []schema.TableItem) {
	declare(m, ptr, m.base.newTable(place.table, items))
	declareRelations(m, ptr)
	m.unrelated()
	if m.table == nil {
		return
	}
	view := schema.NewInline(m.base.MetaData, m.table.Name)
	if err := schema.BindAlias(schema.StructColumns(ptr), view); err != nil {
		m.errs = append(m.errs, err)
	}
	m.levels = []*mapper{m.newLevel(m.table, nil, m.attrs)}
	m.table = view
}

// deriveColumns declares the columns that the base has not, in its table or in one
// of their own.
func (m *mapper) deriveColumns(ptr reflect.Value, place Placement, items []schema.TableItem) {
	inherited := map[string]bool{}
	for _, f := range fieldsOf(m.parent.goType, 0) {
		inherited[f.name] = true
	}
	var own []schema.StructColumn
	var theirs []schema.StructColumn
	for _, c := range schema.StructColumns(ptr) {
		if head, _, _ := strings.Cut(c.GoName, "."); inherited[head] {
			theirs = append(theirs, c)
		} else {
			own = append(own, c)
		}
	}
	fields := slices.DeleteFunc(m.fields(), func(f field) bool { return inherited[f.name] })
	fields = m.expand(fields, func(f field) (string, bool) {
		return "", slices.ContainsFunc(own, func(c schema.StructColumn) bool { return strings.HasPrefix(c.GoName, f.name+".") })
	})
	m.attrs, m.props, m.relations = slices.Clone(m.parent.attrs), slices.Clone(m.parent.props), slices.Clone(m.parent.relations)
	m.parts = append(slices.Clone(m.parent.parts), m.parts...)
	fields = m.declareExpressions(ptr, fields)
	own, matched := m.matchAll(own, fields)
	var defs []*schema.Column
	if place.how == joinedTable {
		defs = m.deriveJoined(place, own, matched, items)
	} else {
		defs = m.deriveSingle(own, matched, items)
	}
	if len(defs) < len(own) {
		return
	}
	m.table = schema.NewInline(m.base.MetaData, snakeCase(m.goType.Name()))
	for _, c := range theirs {
		a := m.parent.attrByName(c.GoName)
		if a == nil {
			m.fail(c.GoName, "is a column of %s, and %s has none of that name: embed the same struct of columns in both", m.goType, m.parent.goType)
			return
		}
		own, defs = append(own, c), append(defs, a.col)
	}
	if err := schema.Bind(m.table, own, defs); err != nil {
		m.errs = append(m.errs, err)
	}
	declareRelations(m, ptr)
	m.unrelated()
}

func (m *mapper) attrByName(name string) *attr {
	i := slices.IndexFunc(m.attrs, func(a *attr) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return m.attrs[i]
}

// matchAll finds the fields of columns.
func (m *mapper) matchAll(columns []schema.StructColumn, fields []field) (good []schema.StructColumn, matched []field) {
	used := map[string]bool{}
	for _, c := range columns {
		if f, ok := m.match(&c, fields, used); ok {
			good, matched = append(good, c), append(matched, f)
		}
	}
	for _, f := range fields {
		if !used[f.name] {
			m.fail(f.name, "has no column in the struct of columns: add one, or tag the field `db:\"-\"`")
		}
	}
	return good, matched
}

// deriveJoined declares a table whose key is that of the table above.
func (m *mapper) deriveJoined(place Placement, own []schema.StructColumn, fields []field, items []schema.TableItem) []*schema.Column {
	above := m.parent.stored()
	if above.PrimaryKey == nil {
		m.fail("", "derives from %s, which has no primary key that its rows could have too", m.parent.goType)
		return nil
	}
	var key []*schema.Column
	for i, c := range above.PrimaryKey.Columns {
		name := c.Name
		if i < len(place.key) {
			name = place.key[i]
		}
		key = append(key, schema.NewColumn(name, c.Type, schema.PrimaryKey(), schema.NotNull(), schema.Autoincrements(schema.AutoincrementNo)))
	}
	t, defs, err := schema.DeclareBelow(m.base.MetaData, place.table, key, own, items...)
	if err == nil {
		err = t.AddItems(schema.ForeignKeyOn(namesOf(key), above.FullName(), namesOf(above.PrimaryKey.Columns), place.options...))
	}
	if err != nil {
		m.errs = append(m.errs, err)
		return nil
	}
	for i, def := range defs {
		m.addAttr(fields[i], def)
	}
	base := m.parent.keyAttrs()
	m.levels = append(slices.Clone(m.parent.levels), m.newLevel(t, keyTwins(base, key), m.attrs[len(m.parent.attrs):]))
	return defs
}

// keyAttrs are the attributes of the primary key, also before the check.
func (m *mapper) keyAttrs() []*attr {
	for m.parent != nil && m.how != concreteTable {
		m = m.parent
	}
	var out []*attr
	for _, c := range m.stored().PrimaryKey.Columns {
		out = append(out, m.attrOf(c))
	}
	return out
}

// deriveSingle adds columns to the table above.
func (m *mapper) deriveSingle(own []schema.StructColumn, fields []field, items []schema.TableItem) []*schema.Column {
	t := m.parent.stored()
	defs := make([]*schema.Column, len(own))
	for i, c := range own {
		name := c.Name
		if d := c.Declaration(); d != nil && d.Name != "" {
			name = d.Name
		}
		if there := t.Column(name); there != nil && isShared(c) {
			defs[i] = there
			continue
		}
		list, err := t.Extend([]schema.StructColumn{c})
		if err != nil {
			m.errs = append(m.errs, err)
			return nil
		}
		defs[i] = list[0]
	}
	if err := t.AddItems(items...); err != nil {
		m.errs = append(m.errs, err)
	}
	m.inSingle = true
	for i, def := range defs {
		if !def.Nullable && def.ServerDefault == nil {
			m.fail(fields[i].name, "is a column that rows of other types have no value for, and is NOT NULL: make it nullable, which it is where nothing is said, or give it a server default")
		}
		m.addAttr(fields[i], def)
	}
	last := m.parent.levels[len(m.parent.levels)-1]
	level := m.newLevel(t, last.attrs, m.attrs[len(m.parent.attrs):])
	m.levels = append(slices.Clone(m.parent.levels[:len(m.parent.levels)-1]), level)
	return defs
}
