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
	child, parent *state    // parent is nil for NULL
	rel           *relation // by which it was said
	when          uint64    // the moment when it was said
	from          *state    // who let the child go
	next          *bond     // of the same child
	// waiting is the bond itself, where the parent has no key yet: a list of one, as
	// most are.
	waiting [1]*bond
}

// key is the foreign key, and of is what it references.
func (b *bond) key() []*attr {
	if b.rel.kind == belongsTo {
		return b.rel.local
	}
	return b.rel.remote
}

func (b *bond) of() []*attr {
	if b.rel.kind == belongsTo {
		return b.rel.remote
	}
	return b.rel.local
}

func (b *bond) by(from *state) *bond { b.from = from; return b }

// owned reports whether the child is deleted where it has no parent.
func (b *bond) owned() bool {
	return slices.ContainsFunc(b.rel.fromParent(), func(r *relation) bool { return r.orphans })
}

// had reports whether the child's row references a parent.
func (b *bond) had() bool {
	c := change{st: b.child}
	return !slices.ContainsFunc(b.key(), func(a *attr) bool { _, ok := c.oldValue(a.col); return !ok })
}

// newBond is between an entity and its parent at the other end of a foreign key.
func (r *relation) newBond(child, parent *state) *bond {
	return &bond{child: child, parent: parent, rel: r}
}

// newBond is one of rel, of which a flush mostly has many.
func (r *relating) newBond(rel *relation, child, parent *state) *bond {
	if len(r.spare) == 0 {
		r.spare = make([]bond, min(max(1, len(r.words), 2*len(r.order)), mostChanges))
	}
	b := &r.spare[0]
	r.spare = r.spare[1:]
	b.child, b.parent, b.rel = child, parent, rel
	return b
}

// bondBy is what was said of the entity's foreign key that begins with the
// attribute; nil for nothing.
func (st *state) bondBy(key *attr) *bond {
	for b := st.bonds; b != nil; b = b.next {
		if b.key()[0] == key {
			return b
		}
	}
	return nil
}

// bind adds what is said of another foreign key of the entity.
func (st *state) bind(b *bond) {
	at := &st.bonds
	for *at != nil {
		at = &(*at).next
	}
	*at, b.next = b, nil
}

// unbind takes out what was said of the foreign key.
func (st *state) unbind(b *bond) {
	at := &st.bonds
	for *at != nil && *at != b {
		at = &(*at).next
	}
	if *at != nil {
		*at = b.next
	}
}

// waitingBonds are the entity's bonds to parents that have no key yet.
func (st *state) waitingBonds() []*bond {
	first := st.bonds
	if first == nil {
		return nil
	}
	if first.next == nil && first.waiting[0] != nil {
		return first.waiting[:]
	}
	var out []*bond
	for b := first; b != nil; b = b.next {
		if b.waiting[0] != nil {
			out = append(out, b)
		}
	}
	return out
}

// known reports whether the parent has its key.
func (b *bond) known() bool {
	if b.parent == nil || b.parent.status != pending {
		return true
	}
	return !slices.ContainsFunc(b.of(), func(a *attr) bool { return b.parent.sends(a) != sendValue || b.parent.awaits(a) })
}

var errNoParent = errors.New("references a row that is not written yet: rows reference each other in a circle, of which no foreign key may be NULL, or a unique value has to be free first; flush in two steps")

// fill gives the foreign key its values.
func (b *bond) fill() error {
	of := b.of()
	for i, a := range b.key() {
		var v sqltype.Value
		if b.parent != nil {
			if b.parent.status == pending && !b.known() {
				return b.child.m.valueError(b.child.obj, a, errNoParent)
			}
			var err error
			if v, err = of[i].encode(b.parent.obj); err != nil {
				return b.parent.m.valueError(b.parent.obj, of[i], err)
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
	return slices.ContainsFunc(b.key(), func(a *attr) bool { return a.col.Nullable && !a.col.IsPrimaryKey() })
}

// wish is what was said of an entity that is not written yet.
type wish struct {
	explicit []*attr // attributes whose zero is to be sent
	assigned []assigned
	forGood  bool // it is to be deleted, and not marked as deleted
}

func (st *state) wishes() *wish {
	if st.wish == nil {
		st.wish = &wish{}
	}
	return st.wish
}

// hasWishes reports whether something is to be written of it that its fields do
// not say.
func (st *state) hasWishes() bool { return st.wish != nil || st.bonds != nil }

// awaits reports whether the attribute gets its value from a parent that has no
// key yet.
func (st *state) awaits(a *attr) bool {
	for b := st.bonds; b != nil; b = b.next {
		if b.waiting[0] != nil && hasColumn(b.key(), a) {
			return true
		}
	}
	return false
}

// awaited returns the attributes that get their values from parents.
func awaited(bonds []*bond) []*attr {
	var out []*attr
	for _, b := range bonds {
		out = append(out, b.key()...)
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
			if values == nil || !hasColumn(b.key(), a) {
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
