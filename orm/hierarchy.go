package orm

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Entities of one hierarchy are written to the tables of its levels, one after
// the other, and read from one source that has the columns of all of them. An
// entity embeds that of the level above as its first field, so that both have one
// address: one row is one object, whatever it is asked for as.

// hierarchy is a mapper's place in one. The zero value is that of a mapper that
// is in none.
type hierarchy struct {
	parent *mapper
	subs   []*mapper
	how    inheritance
	// levels are the mappers of the tables that have the entity's rows, the base's
	// first. nil: the mapper's own table, and no other.
	levels []*mapper

	kindAttr *attr // the base's field that says what a row is; nil in concrete tables
	kind     kindValue
	abstract bool // no row is of this type itself
	told     Discriminator
	inSingle bool // its own columns are in the table of the level above
	selectIn bool // its columns are read by a statement of their own

	spreads []spreadColumn // of what derives from it, in what it is read from

	listened []listener // hooks that are called for what derives from it too
}

// inheritance is how an entity shares tables with what it derives from.
type inheritance uint8

const (
	singleTable inheritance = iota
	joinedTable
	concreteTable
)

// kindValue is what a row says of the entity's type.
type kindValue struct {
	given any // as the program gave it
	value sqltype.Value
	name  string // by which it is looked up
}

type listener struct {
	at moment
	h  hook
}

// listen adds a hook to the entities of the mapper and of those that derive from
// it.
func (m *mapper) listen(at moment, h hook) {
	m.listened = append(m.listened, listener{at, h})
	m.addHook(at, h)
	for _, sub := range m.subs {
		sub.listen(at, h)
	}
}

// root is the mapper whose identities the entity's are among.
func (m *mapper) root() *mapper {
	for m.parent != nil && m.how != concreteTable {
		m = m.parent
	}
	return m
}

// is reports whether its entities are ones of the other too.
func (m *mapper) is(other *mapper) bool {
	for ; m != nil; m = m.parent {
		if m == other {
			return true
		}
	}
	return false
}

// isOf reports whether its entities are ones of the type too.
func (m *mapper) isOf(t reflect.Type) bool {
	for ; m != nil; m = m.parent {
		if m.goType == t {
			return true
		}
	}
	return false
}

// wholeAt returns the mapper of the entity at p, which may be more than its base.
func (m *mapper) wholeAt(p mem.Pointer) *mapper {
	t := wholes.find(p)
	if t == nil || t == m.goType {
		return m
	}
	for _, d := range m.derived() {
		if d.goType == t {
			return d
		}
	}
	return m
}

// inversesOf are the relationships that go back from an entity of the far end to
// one of the near end. far is never nil; near is where it matters.
func (r *relation) inversesOf(near, far *mapper) []*relation {
	list := r.inverse()
	fits := func(o *relation) bool { return far.is(o.owner) && (near == nil || near.is(o.target)) }
	for i, o := range list {
		if fits(o) {
			continue
		}
		out := slices.Clone(list[:i])
		for _, o := range list[i+1:] {
			if fits(o) {
				out = append(out, o)
			}
		}
		return out
	}
	return list
}

// siblingsOf are the other lists of an entity that have what belongs to it along
// the same foreign key, of the types that derive from each other.
func (r *relation) siblingsOf(near, far *mapper) []*relation {
	if r.key == nil || !r.kind.toMany() || r.kind == manyToMany || far.top() == far && len(far.subs) == 0 {
		return nil
	}
	var out []*relation
	for _, o := range near.relations {
		if o != r && o.key == r.key && o.kind == hasMany && o.when == nil && o.rule == nil && far.is(o.target) {
			out = append(out, o)
		}
	}
	return out
}

// derived are the mappers that derive from it, each after what it derives from.
func (m *mapper) derived() []*mapper {
	var out []*mapper
	for _, sub := range m.subs {
		out = append(append(out, sub), sub.derived()...)
	}
	return out
}

// tables are those that have the entity's rows, the most derived first.
func (m *mapper) tables() []*schema.Table {
	if m.levels == nil {
		return []*schema.Table{m.table}
	}
	var out []*schema.Table
	for _, l := range slices.Backward(m.levels) {
		out = append(out, l.table)
	}
	return out
}

// stored is the table of the entity's own columns.
func (m *mapper) stored() *schema.Table { return m.tables()[0] }

// newLevel makes the mapper of a table: of its key and of attributes of m. The
// key's columns have the fields of m's key.
func (m *mapper) newLevel(t *schema.Table, key, attrs []*attr) *mapper {
	l := &mapper{base: m.base, goType: m.goType, table: t, entity: m.entity, copy: m.copy}
	for _, list := range [][]*attr{key, attrs} {
		for _, a := range list {
			twin := *a
			twin.index, twin.validators = len(l.attrs), nil
			l.attrs = append(l.attrs, &twin)
		}
	}
	return l
}

// keyTwins are attributes of columns that repeat the key of the level above.
func keyTwins(of []*attr, columns []*schema.Column) []*attr {
	out := make([]*attr, len(of))
	for i, a := range of {
		twin := *a
		twin.col, twin.zeroUnset = columns[i], false
		out[i] = &twin
	}
	return out
}

// checkLevels completes the mappers of the tables. Their attributes find what the
// session keeps of an entity by its mapper's.
func (m *mapper) checkLevels() error {
	for i, l := range m.levels {
		if m.parent != nil && i < len(m.parent.levels) && m.parent.levels[i] == l {
			continue
		}
		if err := l.check(); err != nil {
			return err
		}
		l.unfilled, l.keyKind = nil, m.keyKind
		for _, a := range l.attrs {
			if of := m.attrOf(a.col); of != nil {
				a.ref = of.ref
			}
		}
	}
	return nil
}

// hasColumn reports whether one of the attributes is of a's column.
func hasColumn(list []*attr, a *attr) bool {
	return slices.ContainsFunc(list, func(b *attr) bool { return b == a || b.col == a.col })
}

// insertsOf makes a change for each row that pending entities are to have.
func (w *work) insertsOf(pending []*state) []change {
	if len(pending) == 1 && pending[0].m.levels == nil {
		w.little.changes[0] = change{st: pending[0]}
		return w.little.changes[:]
	}
	return insertsOf(pending)
}

func insertsOf(pending []*state) []change {
	n := 0
	for _, st := range pending {
		n += max(1, len(st.m.levels))
	}
	out := make([]change, 0, n)
	for _, st := range pending {
		if st.m.levels == nil {
			out = append(out, change{st: st})
			continue
		}
		var below *change
		for _, l := range st.m.levels {
			out = append(out, change{st: st, more: &detail{level: l, below: below}})
			below = &out[len(out)-1]
		}
	}
	return out
}

// completes reports whether the change is the last of those that insert or delete
// the entity.
func (c *change) completes() bool {
	levels := c.st.m.levels
	switch {
	case len(levels) < 2:
		return true
	case c.shape != nil:
		return c.m() == levels[len(levels)-1]
	}
	return c.m() == levels[0]
}

// unset are the fields that the insert of the entity fills, in all its tables.
func (c *change) unset() []*attr {
	var out []*attr
	for ; c != nil; c = c.read().below {
		out = append(out, c.shape.unset...)
	}
	return out
}

// another makes an update of the row of c.
func (c *change) another(set []*attr, values []sqltype.Value) *change {
	u := newUpdate(c.st, set, values)
	u.more.level = c.read().level
	return u
}

// takeKey encodes the key of a row again, whose entity may have got it from the
// row of the level above.
func (c *change) takeKey() error {
	values := c.values()
	if c.read().below == nil || values == nil {
		return nil
	}
	for i, a := range c.attrs() {
		if !a.col.IsPrimaryKey() {
			continue
		}
		v, err := a.encode(c.st.obj)
		if err != nil {
			return c.m().valueError(c.st.obj, a, err)
		}
		values[i] = v
	}
	return nil
}

// bondsOf are those whose foreign keys are columns of the mapper's table.
func (m *mapper) bondsOf(bonds []*bond) []*bond {
	if !slices.ContainsFunc(bonds, func(b *bond) bool { return m.attrOf(b.key()[0].col) == nil }) {
		return slices.Clip(bonds)
	}
	var out []*bond
	for _, b := range bonds {
		if m.attrOf(b.key()[0].col) != nil {
			out = append(out, b)
		}
	}
	return out
}

// split makes an update of one of each table that has columns which it sets, or
// that is renewed by each change of the entity. It appends them to out.
func (c *change) split(out []*change) ([]*change, error) {
	st := c.st
	if st.m.levels == nil {
		return append(out, c), c.addRenewals()
	}
	if err := c.checkLevelKeys(); err != nil {
		return nil, err
	}
	for _, l := range st.m.levels {
		part := newUpdate(st, nil, nil)
		part.more.level, part.more.quiet = l, len(out) > 0
		for i, a := range c.more.set {
			if own := l.attrOf(a.col); own != nil && !st.isAssigned(a) {
				part.more.set, part.more.values = append(part.more.set, own), append(part.more.values, c.more.values[i])
			}
		}
		part.bonds = l.bondsOf(c.bonds)
		part.assign()
		if err := part.addRenewals(); err != nil {
			return nil, err
		}
		if len(part.more.set) > 0 {
			out = append(out, part)
		}
	}
	return out, nil
}

// checkLevelKeys refuses a new key that the rows of other tables would not get.
func (c *change) checkLevelKeys() error {
	m := c.st.m
	for _, a := range c.more.set {
		if !a.col.IsPrimaryKey() {
			continue
		}
		for i, l := range m.levels {
			carried := slices.ContainsFunc(l.table.ForeignKeys, func(fk *schema.ForeignKeyConstraint) bool { return m.joinsLevels(fk) && fk.OnUpdate == schema.Cascade })
			if i > 0 && !carried {
				return &EntityError{Entity: m.describe(c.st.snap), Field: a.name, Err: fmt.Errorf(
					"it is the key of the row in %s too, which would keep the old one: add an entity with the new key and delete this one, or give the table References(schema.OnUpdate(schema.Cascade))", l.table.FullName())}
			}
		}
	}
	return nil
}

// deletions makes a change for each row of an entity. The list is valid until the
// next.
func (k *changeMemory) deletions(st *state) []*change {
	k.parts = k.parts[:0]
	if st.m.levels == nil {
		k.parts = append(k.parts, k.deletion(st))
	}
	for _, l := range st.m.levels {
		k.parts = append(k.parts, &change{st: st, more: &detail{level: l}})
	}
	return k.parts
}

// setKind writes into a new entity what its rows say of its type.
func (m *mapper) setKind(p mem.Pointer) error {
	if m.abstract {
		return &ModelError{Entity: m.goType.String(), Reason: "is abstract, and no row is of it: add an entity of a type that derives from it, as a whole, or by orm.Up where the base is asked for"}
	}
	a := m.root().kindAttr
	if a == nil || a.cell != nil {
		return nil
	}
	if a.codec.IsZero(a.at(p)) {
		row := valueRow{values: []sqltype.Value{m.kind.value}}
		if err := a.codec.Decode(&row, 0, a.at(p)); err != nil {
			return m.valueError(p, a, err)
		}
		return row.err
	}
	v, err := a.encode(p)
	if err != nil || v.Equal(m.kind.value) {
		return err
	}
	return m.valueError(p, a, fmt.Errorf("it says that the row is of another type than %s, which says %v: leave it unset, or add an entity of that type", m.goType, m.kind.given))
}
