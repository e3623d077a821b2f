package orm

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Queries of a base read rows of several types. Beside the base's columns a row
// has those of what derives from it, under names that tell them apart, and is read
// into an entity of the type that its discriminator names.

// spreadColumn is a column of a derived entity in what its base is read from.
type spreadColumn struct {
	a    *attr
	name string
	of   *mapper // that has declared it
}

// kinds are the types of the rows of a reading.
type kinds struct {
	root   *mapper
	at     int // the column that says of which type a row is
	attr   *attr
	byName map[string]*kindReading
}

// kindReading is how rows of one type are read.
type kindReading struct {
	m     *mapper
	at    []int // as of a reading
	short bool  // columns are read by a statement of their own
}

// typeColumn says of which type a row is where each has a table of its own.
const typeColumn = "entity_type"

var typeAttr = func() *attr {
	codec, err := sqltype.CodecFor(sqltype.Text{}, reflect.TypeFor[string]())
	if err != nil {
		panic(err) // every database has text
	}
	return &attr{name: typeColumn, codec: codec, leaf: codec, col: &schema.Column{Name: typeColumn, Type: sqltype.Text{}}, ref: -1}
}()

// sameKey returns the attribute of the key whose column a level repeats.
func (m *mapper) sameKey(c *schema.Column) *attr {
	for _, l := range m.levels[1:] {
		if l.table != c.Table || l.table.PrimaryKey == nil {
			continue
		}
		if i := slices.Index(l.table.PrimaryKey.Columns, c); i >= 0 {
			return m.keyAttrs()[i]
		}
	}
	return nil
}

// joinsLevels reports whether a foreign key joins two levels of the mapper's rows.
func (m *mapper) joinsLevels(fk *schema.ForeignKeyConstraint) bool {
	for i, l := range m.levels {
		if i > 0 && l.table == fk.Columns[0].Table && m.levels[i-1].table == fk.References && slices.Equal(l.table.PrimaryKey.Columns, fk.Columns) {
			return true
		}
	}
	return false
}

// checkHierarchy completes what the declaration could not say.
func (m *mapper) checkHierarchy() error {
	top := m
	for top.parent != nil {
		top = top.parent
	}
	if !top.told.tables {
		if err := m.checkKind(top); err != nil {
			return err
		}
	} else {
		m.abstract = false
		m.kind = kindValue{given: m.stored().FullName(), value: sqltype.TextValue(m.stored().FullName())}
	}
	m.kind.name = string(appendKeyValue(nil, m.kind.value))
	for _, p := range m.props {
		if m.parent != nil && p.cell.m == m && !p.deferred {
			return m.problem(p.name, "is a Property of an entity that derives from another, whose queries can't fill it: make it a Deferred, or a Hybrid")
		}
	}
	return m.checkLevels()
}

func (m *mapper) checkKind(top *mapper) error {
	if m.parent == nil {
		if m.kindAttr = m.attrNamed(m.told.x); m.kindAttr == nil {
			return m.problem("", "has a Discriminator that is none of its columns, and no Property of it")
		}
	}
	if _, m.abstract = m.told.value.(abstractKind); m.abstract {
		return nil
	}
	v, err := encodeAny(top.kindAttr, m.told.value)
	if err != nil {
		return m.problem("", "has the discriminator %v, which is no value of %s: %v", m.told.value, top.kindAttr.name, err)
	}
	m.kind = kindValue{given: m.told.value, value: v.Clone()}
	return nil
}

// finishHierarchy makes what the entities are read from, now that all that derive
// from it are known.
func (m *mapper) finishHierarchy() error {
	if m.levels == nil || m.table == nil {
		return nil
	}
	seen := map[string]*mapper{}
	for _, d := range append([]*mapper{m}, m.derived()...) {
		if d.abstract {
			continue
		}
		if other := seen[d.kind.name]; other != nil {
			return d.problem("", "has the discriminator %v, and so has %s: give each its own", d.kind.given, other.goType)
		}
		seen[d.kind.name] = d
	}
	m.spread()
	m.reads, m.selectFn = m.readingOf((*attr).isRead), sync.Once{}
	query, err := m.view()
	m.table.Selected.Query = query
	return err
}

// inlineDerived are those whose columns are read with the rows of m.
func (m *mapper) inlineDerived() []*mapper {
	var out []*mapper
	for _, sub := range m.subs {
		if !sub.selectIn {
			out = append(append(out, sub), sub.inlineDerived()...)
		}
	}
	return out
}

// spread names the columns of what derives from m.
func (m *mapper) spread() {
	m.spreads = nil
	taken := map[string]*attr{typeColumn: typeAttr}
	for _, a := range m.attrs {
		taken[a.col.Name] = a
	}
	for _, d := range m.inlineDerived() {
		for _, a := range d.own() {
			name := a.col.Name
			for there := taken[name]; there != nil && there.col != a.col; there = taken[name] {
				name = d.stored().Name + "_" + name
			}
			taken[name] = a
			m.spreads = append(m.spreads, spreadColumn{a, name, d})
		}
	}
}

// own are the attributes that what the mapper derives from has not.
func (m *mapper) own() []*attr {
	if m.parent == nil {
		return m.attrs
	}
	if m.how != concreteTable {
		return m.attrs[len(m.parent.attrs):]
	}
	var out []*attr
	for _, a := range m.attrs {
		if m.parent.attrByName(a.name) == nil {
			out = append(out, a)
		}
	}
	return out
}

// spreadOver adds to a reading what derived entities need.
func (m *mapper) spreadOver(r *reading, wanted func(a *attr) bool) {
	if len(m.subs) == 0 {
		return
	}
	n := len(r.attrs)
	places := map[string]int{}
	for _, c := range m.spreads {
		if _, twice := places[c.name]; !twice && (wanted(c.a) || c.a.isRead()) {
			places[c.name] = n + len(r.spread)
			r.spread = append(r.spread, c)
		}
	}
	k := &kinds{root: m.top(), byName: map[string]*kindReading{}}
	if k.attr = k.root.kindAttr; k.attr == nil {
		k.attr, k.at = typeAttr, n+len(r.spread)
		r.spread = append(r.spread, spreadColumn{typeAttr, typeColumn, m})
	} else {
		k.at = r.at[slices.Index(m.readable(), k.attr)]
	}
	for _, d := range append([]*mapper{m}, m.derived()...) {
		if !d.abstract {
			k.byName[d.kind.name] = m.readingOfKind(d, r, places)
		}
	}
	r.kinds = k
}

// top is the base of all.
func (m *mapper) top() *mapper {
	for m.parent != nil {
		m = m.parent
	}
	return m
}

// readingOfKind finds the columns of d's attributes in a reading of m.
func (m *mapper) readingOfKind(d *mapper, r *reading, places map[string]int) *kindReading {
	out := &kindReading{m: d}
	all := m.readable()
	for _, a := range d.readable() {
		at := -1
		if i := slices.IndexFunc(all, func(b *attr) bool { return b.name == a.name }); i >= 0 {
			at = r.at[i]
		} else if i := slices.IndexFunc(m.spreads, func(c spreadColumn) bool { return c.a == a }); i >= 0 {
			if place, ok := places[m.spreads[i].name]; ok {
				at = place
			}
		} else if a.cell == nil {
			out.short = true
		}
		out.at = append(out.at, at)
	}
	return out
}

// find returns how a row is read.
func (k *kinds) find(row sqltype.Row, at int) (*kindReading, error) {
	scratch := mem.Pointer(nil)
	if k.attr == typeAttr {
		scratch = mem.Pointer(new(string))
	} else {
		scratch = k.root.zero()
	}
	if err := k.attr.codec.Decode(row, at+k.at, k.attr.at(scratch)); err != nil {
		return nil, k.root.valueError(nil, k.attr, err)
	}
	if err := row.Err(); err != nil {
		return nil, err
	}
	v, err := k.attr.encode(scratch)
	if err != nil {
		return nil, k.root.valueError(nil, k.attr, err)
	}
	if found := k.byName[string(appendKeyValue(nil, v))]; found != nil {
		return found, nil
	}
	return nil, &EntityError{Entity: k.root.goType.String(), Field: k.attr.name, Err: errUnknownKind}
}

var errUnknownKind = errors.New("a row has a value by which no entity is declared: declare it by orm.Inherit, or mend the row")

// view returns what the entities are read from.
func (m *mapper) view() (expr.Query, error) {
	if m.top().told.tables {
		return m.union()
	}
	first := m.levels[0]
	q := expr.NewSelect(m.viewColumns()...).From(first.table)
	for i, l := range m.levels[1:] {
		q = q.Join(l.table, l.joins(m.levels[i])...)
	}
	for _, d := range m.inlineDerived() {
		if d.how == joinedTable {
			last := len(d.levels) - 1
			q = q.LeftJoin(d.levels[last].table, d.levels[last].joins(d.levels[last-1])...)
		}
	}
	if m.parent == nil || m.how != singleTable {
		return q, nil
	}
	in := &expr.In{X: m.kindExpression(first.table)}
	for _, d := range append([]*mapper{m}, m.derived()...) {
		if !d.abstract {
			in.List = append(in.List, &expr.Bind{Value: d.kind.value, Codec: m.top().kindAttr.codec})
		}
	}
	if len(in.List) == 0 {
		return nil, m.problem("", "is abstract, and nothing derives from it")
	}
	return q.Where(expr.NewPred(in)), nil
}

func (m *mapper) kindExpression(from expr.Source) expr.Expression {
	a := m.top().kindAttr
	if a.cell == nil {
		return a.column(from)
	}
	x, err := expr.Adapt(a.cell.x, expr.Source(m.top().table), from)
	if err != nil {
		return expr.Invalid{Err: err}
	}
	return x
}

// joins are the conditions that join a level with the one above.
func (l *mapper) joins(above *mapper) []expr.Predicate {
	return equalEach(columnRefs(above.table.PrimaryKey.Columns, above.table, l.key), refsOf(l.key, l.table))
}

// viewColumns are the columns of m and of what derives from it, under the names
// that a reading asks for.
func (m *mapper) viewColumns() []expr.Expression {
	var out []expr.Expression
	taken := map[string]bool{}
	add := func(a *attr, name string) {
		if taken[name] {
			return
		}
		taken[name] = true
		x := expr.Expression(a.column(a.col.Table))
		if name != a.col.Name {
			x = &expr.Label{X: x, Name: name}
		}
		out = append(out, x)
	}
	for _, a := range m.attrs {
		add(a, a.col.Name)
	}
	for _, c := range m.spreads {
		add(c.a, c.name)
	}
	return out
}

// union reads the rows of all tables, where each type has its own.
func (m *mapper) union() (expr.Query, error) {
	types := append([]*mapper{m}, m.derived()...)
	types = slices.DeleteFunc(types, func(d *mapper) bool { return d.abstract })
	var parts []expr.Query
	for _, d := range types {
		t := d.stored()
		var columns []expr.Expression
		pick := func(name string, of *attr, owner *mapper) {
			x := expr.Expression(&expr.Cast{X: expr.NULL, Type: of.col.Type})
			if d.is(owner) {
				x = d.attrByName(of.name).column(t)
			}
			columns = append(columns, &expr.Label{X: x, Name: name})
		}
		for _, a := range m.attrs {
			pick(a.col.Name, a, m)
		}
		for _, c := range m.spreads {
			pick(c.name, c.a, c.of)
		}
		if len(m.subs) > 0 {
			name := &expr.Cast{X: &expr.Bind{Value: d.kind.value, Codec: typeAttr.codec}, Type: sqltype.Text{}}
			columns = append(columns, &expr.Label{X: name, Name: typeColumn})
		}
		parts = append(parts, expr.NewSelect(columns...).From(t))
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("orm: %s: nothing derives from it", m.goType)
	}
	return expr.UnionAll(parts...), nil
}
