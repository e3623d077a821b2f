package orm

import (
	"errors"
	"slices"
	"sync"

	"github.com/alkahest-go/alkahest/sqltype"
)

// bond says that a row references another, or none, because a relationship says
// so: the columns of its foreign key get the values of the other's, as soon as
// it has them.
type bond struct {
	child, parent *state // parent is nil for NULL
	key, of       []*attr
	rel           *relation // by which it was said
	when          uint64    // the moment when it was said
	from          *state    // who let the child go
}

func (b *bond) by(from *state) *bond { b.from = from; return b }

// owned reports whether the child is deleted where it has no parent.
func (b *bond) owned() bool {
	return slices.ContainsFunc(b.rel.fromParent(), func(r *relation) bool { return r.orphans })
}

// had reports whether the child's row references a parent.
func (b *bond) had() bool {
	c := change{st: b.child}
	return !slices.ContainsFunc(b.key, func(a *attr) bool { _, ok := c.oldValue(a.col); return !ok })
}

// newBond is between an entity and its parent at the other end of a foreign key.
func (r *relation) newBond(child, parent *state) *bond {
	b := r.bondOf(child, parent)
	return &b
}

func (r *relation) bondOf(child, parent *state) bond {
	if r.kind == belongsTo {
		return bond{child: child, parent: parent, key: r.local, of: r.remote, rel: r}
	}
	return bond{child: child, parent: parent, key: r.remote, of: r.local, rel: r}
}

// newBond is one of rel, of which a flush mostly has many.
func (r *relating) newBond(rel *relation, child, parent *state) *bond {
	if len(r.spare) == 0 {
		r.spare = make([]bond, min(max(1, 2*len(r.order)), mostChanges))
	}
	b := &r.spare[0]
	r.spare = r.spare[1:]
	*b = rel.bondOf(child, parent)
	return b
}

// wishOf is the child's wish.
func (r *relating) wishOf(child *state) *wish {
	if child.wish == nil {
		if len(r.wishes) == 0 {
			r.wishes = make([]wish, min(max(1, 2*len(r.s.awaiting)), mostChanges))
		}
		child.wish, r.wishes = &r.wishes[0], r.wishes[1:]
	}
	return child.wish
}

// known reports whether the parent has its key.
func (b *bond) known() bool {
	if b.parent == nil || b.parent.status != pending {
		return true
	}
	return !slices.ContainsFunc(b.of, func(a *attr) bool { return b.parent.sends(a) != sendValue || b.parent.awaits(a) })
}

var errNoParent = errors.New("references a row that is not written yet: rows reference each other in a circle, of which no foreign key may be NULL, or a unique value has to be free first; flush in two steps")

// fill gives the foreign key its values.
func (b *bond) fill() error {
	for i, a := range b.key {
		var v sqltype.Value
		if b.parent != nil {
			if b.parent.status == pending && !b.known() {
				return b.child.m.valueError(b.child.obj, a, errNoParent)
			}
			var err error
			if v, err = b.of[i].encode(b.parent.obj); err != nil {
				return b.parent.m.valueError(b.parent.obj, b.of[i], err)
			}
		} else if !a.col.Nullable || a.col.IsPrimaryKey() {
			continue // of a key of several columns
		}
		if err := a.decodeValue(b.child, v); err != nil {
			return err
		}
	}
	return nil
}

// singleRow is a row of one value.
type singleRow struct {
	valueRow
	value [1]sqltype.Value
}

var singleRows = sync.Pool{New: func() any { return new(singleRow) }}

// decodeValue gives the field a value of the database.
func (a *attr) decodeValue(st *state, v sqltype.Value) error {
	row := singleRows.Get().(*singleRow)
	row.value[0] = v
	row.values, row.err = row.value[:], nil
	err := a.codec.Decode(&row.valueRow, 0, a.at(st.obj))
	if err == nil {
		err = row.err
	}
	row.value[0] = sqltype.Value{}
	singleRows.Put(row)
	if err != nil {
		return st.m.valueError(st.obj, a, err)
	}
	return nil
}

// loose reports whether the foreign key can be NULL.
func (b *bond) loose() bool {
	return slices.ContainsFunc(b.key, func(a *attr) bool { return a.col.Nullable && !a.col.IsPrimaryKey() })
}

// wish is what was said of an entity that is not written yet.
type wish struct {
	explicit []*attr // attributes whose zero is to be sent
	bonds    []*bond // to parents that have no key yet
	first    [1]*bond
	assigned []assigned
	forGood  bool // it is to be deleted, and not marked as deleted
}

func (st *state) wishes() *wish {
	if st.wish == nil {
		st.wish = &wish{}
	}
	return st.wish
}

// awaits reports whether the attribute gets its value from a parent that has no
// key yet.
func (st *state) awaits(a *attr) bool {
	return st.wish != nil && slices.ContainsFunc(st.wish.bonds, func(b *bond) bool { return hasColumn(b.key, a) })
}

// awaited returns the attributes that get their values from parents.
func awaited(bonds []*bond) []*attr {
	var out []*attr
	for _, b := range bonds {
		out = append(out, b.key...)
	}
	return out
}

// settle fills the foreign keys that waited for their parents, which are written
// by now.
func (c *change) settle() error {
	if err := c.takeKey(); err != nil {
		return err
	}
	for _, b := range c.bonds {
		if err := b.fill(); err != nil {
			return err
		}
		values := c.values()
		for i, a := range c.attrs() {
			if values == nil || !hasColumn(b.key, a) {
				continue
			}
			v, err := a.encode(c.st.obj)
			if err != nil {
				return c.st.m.valueError(c.st.obj, a, err)
			}
			values[i] = v
		}
	}
	return nil
}

// waitsFor reports whether the change needs the key of a row that another
// inserts.
func (c *change) waitsFor(p *change) bool {
	return slices.ContainsFunc(c.bonds, func(b *bond) bool { return b.parent == p.st })
}
