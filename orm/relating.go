package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/alkahest-go/alkahest/sqltype"
)

// relating is the first step of a flush: what relationships hold, other than
// they did at the last flush, becomes entities to be added, values of foreign
// keys, rows of the tables between, and deletions. It changes entities only, and
// sends nothing but the loads of what a deletion takes with it.
type relating struct {
	s     *Session
	bonds map[bondOf]*bond
	order []*bond // bonds, as they were found
	taken []*bond // of entities that a parent let go, without a parent
	pairs []*pair
	known map[pairOf]*pair
	// leaving are deleted rows whose pairs go with them.
	leaving []departure
	added   []*state // new entities with relationships
	// gone are parents whose children the database deletes or lets go.
	gone []departure
	// changed are rows of the database whose relationships are not those of their
	// snapshots.
	changed map[*state]bool
	visited map[*state]bool // deleted ones whose relationships were followed
	errs    []error

	numbering numbering
}

// bondOf is a foreign key of an entity, by its first column.
type bondOf struct {
	child *state
	key   *attr
}

// relate is nil where no entity of the session has a relationship.
func (s *Session) relate(ctx context.Context) (*relating, error) {
	if !s.relates {
		return nil, nil
	}
	r := &relating{s: s, bonds: map[bondOf]*bond{}, known: map[pairOf]*pair{}, changed: map[*state]bool{}, visited: map[*state]bool{}}
	for _, st := range s.awaiting {
		if st.wish != nil {
			st.wish.bonds = nil
		}
	}
	s.awaiting = nil
	for i := 0; i < len(s.states); i++ {
		if st := s.states[i]; st.status == persistent {
			r.visit(st)
		}
	}
	for i := 0; i < len(s.pending); i++ { // which grows
		r.visit(s.pending[i])
	}
	r.letGo()
	if err := errors.Join(r.errs...); err != nil {
		return r, err
	}
	if err := r.follow(ctx); err != nil {
		return r, err
	}
	if err := r.rekey(ctx); err != nil {
		return r, err
	}
	if err := r.number(); err != nil {
		return r, err
	}
	if err := r.apply(); err != nil {
		return r, err
	}
	for _, st := range s.pending {
		if len(st.m.relations) > 0 {
			st.know(s.loads)
			r.added = append(r.added, st)
		}
	}
	return r, nil
}

// know says of an entity that is about to be inserted that its relationships are
// what it has, but for a foreign key that the program has set itself.
func (st *state) know(loads uint32) {
	for _, rel := range st.m.relations {
		f := rel.refOf(st.obj)
		f.rel, f.at, f.loaded = rel, loads, rel.rule == nil && !rel.writeOnly
		if rel.kind == belongsTo && rel.one(st).item == nil {
			key, _, err := rel.keyOf(st.obj)
			f.loaded = err == nil && key == nil
		}
	}
}

func (r *relating) fail(rel *relation, st *state, format string, args ...any) {
	r.errs = append(r.errs, &EntityError{Entity: st.m.describe(st.obj), Field: rel.field.name, Err: fmt.Errorf(format, args...)})
}

// visit finds what is new in the relationships of an entity.
func (r *relating) visit(st *state) {
	for _, rel := range st.m.relations {
		if err := rel.target.ready(); err != nil {
			r.errs = append(r.errs, err)
			return
		}
		if rel.rule != nil {
			if rel.changed(st) {
				r.fail(rel, st, "goes by a rule, and is read only: undo the change, and change the columns that the rule asks for")
			}
			continue
		}
		if rel.kind.toMany() {
			r.visitMany(st, rel)
		} else {
			r.visitOne(st, rel)
		}
	}
}

func (r *relation) many(st *state) *toMany { return r.manyAt(st.obj) }

func (r *relation) one(st *state) *toOne { return r.oneAt(st.obj) }

func (r *relating) visitMany(st *state, rel *relation) {
	now := rel.many(st)
	if now.same() {
		return
	}
	r.change(st)
	was := now.was()
	for _, p := range without(now.items, was) {
		if other := r.include(st, rel, p); other != nil {
			r.join(st, rel, other)
		}
	}
	if rel.writeOnly {
		r.remove(st, rel)
		return
	}
	if !now.loaded {
		return // what it has waits to be among those that the database has
	}
	for _, p := range without(was, now.items) {
		if other := r.s.held(p); other != nil {
			r.part(st, rel, other)
		}
	}
}

// without returns the items that are not among the others.
func without(items, others []unsafe.Pointer) []unsafe.Pointer {
	if len(others) == 0 {
		return items
	}
	if len(items) >= len(others) && unsafe.SliceData(items) == unsafe.SliceData(others) {
		return items[len(others):] // appended
	}
	there := make(map[unsafe.Pointer]bool, len(others))
	for _, p := range others {
		there[p] = true
	}
	return slices.DeleteFunc(slices.Clone(items), func(p unsafe.Pointer) bool { return there[p] })
}

func (r *relating) visitOne(st *state, rel *relation) {
	now := rel.one(st)
	if now.same() {
		if rel.kind == belongsTo && now.loaded && st.snap != nil && rel.turned(st) {
			*now = toOne{ref: ref{rel: rel}} // the program has set the foreign key itself
		}
		return
	}
	if rel.kind == hasOne && !now.loaded && st.snap != nil {
		r.errs = append(r.errs, &NotLoadedError{Entity: st.m.goType.String(), Field: rel.field.name})
		return
	}
	if now.item == nil && st.snap == nil {
		return // as it would be without
	}
	r.change(st)
	var other *state
	if now.item != nil {
		if other = r.include(st, rel, now.item); other == nil {
			return
		}
	}
	if now.was != now.item {
		if before := r.s.held(now.was); now.was != nil && before != nil {
			r.part(st, rel, before)
		}
	}
	if other != nil || rel.kind == belongsTo {
		r.join(st, rel, other)
	}
}

// differsIn reports whether one of the attributes is not what the snapshot has.
func (st *state) differsIn(attrs []*attr) bool {
	return slices.ContainsFunc(attrs, func(a *attr) bool {
		if a.ref < 0 {
			return !a.codec.Same(a.at(st.obj), a.at(st.snap))
		}
		v, err := a.encode(st.obj)
		return err != nil || !v.Equal(st.refs[a.ref])
	})
}

// change notes that the relationships of a row are not those of its snapshot.
func (r *relating) change(st *state) {
	if st.status == persistent {
		r.changed[st] = true
	}
}

// include returns the state of what a relationship holds, which becomes part of
// the session. An error is noted.
func (r *relating) include(st *state, rel *relation, p unsafe.Pointer) *state {
	if p == nil {
		r.fail(rel, st, "holds a nil entity; take it out, or give a pointer to a %s", rel.goal)
		return nil
	}
	other := r.s.held(p)
	if other == nil {
		var err error
		if other, err = r.s.begin(rel.target, p); err != nil {
			r.fail(rel, st, "holds an entity that can't be added: %w", err)
			return nil
		}
		return other
	}
	switch {
	case !other.m.is(rel.target):
		r.fail(rel, st, "holds an entity of another table, %s", other.m.table.FullName())
		return nil
	case other.status == deleting:
		r.fail(rel, st, "holds %s, which is to be deleted; take it out of it, or add it again", other.m.describe(other.obj))
		return nil
	}
	return other
}

// join puts two entities together, on both sides. Of a BelongsTo other may be
// nil.
func (r *relating) join(st *state, rel *relation, other *state) {
	switch {
	case rel.kind == manyToMany:
		r.pair(rel, st, other, true)
	case rel.kind == belongsTo:
		r.bond(rel.newBond(st, other))
	default:
		r.leaveHolder(rel, other, st)
		r.bond(rel.newBond(other, st))
	}
	if rel.kind == belongsTo {
		for _, inv := range rel.inverse() {
			r.leaveHolder(inv, st, other)
		}
		if other != nil {
			r.leaveOthers(rel, st)
		}
	} else {
		r.leaveOthers(rel, other)
	}
	if other != nil {
		r.mirror(st, rel, other)
	}
}

// leaveHolder takes a child out of what its parent in the database has, unless
// that is to be its parent.
func (r *relating) leaveHolder(rel *relation, child, parent *state) {
	if holder := r.holder(rel, child); holder != nil && holder != parent {
		r.unmirror(holder, rel, child)
	}
}

// holder returns the entity whose row the child's references in the database, nil
// where the session does not have it.
func (r *relating) holder(rel *relation, child *state) *state {
	if child.snap == nil || !slices.Equal(rel.local, rel.owner.key) || !rel.applied(child) {
		return nil
	}
	c := change{st: child}
	key := make([]sqltype.Value, len(rel.remote))
	for i, a := range rel.remote {
		v, ok := c.oldValue(a.col)
		if !ok {
			return nil
		}
		key[i] = v
	}
	return r.s.known(rel.owner, key)
}

// mirror writes what one side says to the other.
func (r *relating) mirror(st *state, rel *relation, other *state) {
	for _, inv := range rel.inverse() {
		if inv.kind.toMany() {
			if now := inv.many(other); now.readable() == nil && !now.has(st.obj) {
				now.add([]unsafe.Pointer{st.obj})
				r.change(other)
			}
			continue
		}
		now := inv.one(other)
		if now.item == st.obj || inv.kind == belongsTo && now.set {
			continue // the program said otherwise, which bond finds
		}
		if before := r.s.held(now.item); now.item != nil && before != nil {
			r.unmirror(before, rel, other)
		}
		now.give(st.obj)
		r.change(other)
	}
}

// unmirror takes an entity out of the relationship of another that had it.
func (r *relating) unmirror(st *state, rel *relation, other *state) {
	if rel.kind.toMany() {
		if now := rel.many(st); now.has(other.obj) {
			now.remove([]unsafe.Pointer{other.obj})
			r.change(st)
		}
		return
	}
	if now := rel.one(st); now.item == other.obj && !now.set {
		now.give(nil)
		r.change(st)
	}
}

// part takes two entities apart, on both sides.
func (r *relating) part(st *state, rel *relation, other *state) {
	for _, inv := range rel.inverse() {
		r.unmirror(other, inv, st)
		if inv.orphans {
			r.taken = append(r.taken, inv.newBond(st, nil))
		}
	}
	switch rel.kind {
	case manyToMany:
		r.pair(rel, st, other, false)
	case belongsTo: // join says what it references now
	default:
		r.taken = append(r.taken, rel.newBond(other, nil))
	}
}

// bond notes what a foreign key is to reference.
func (r *relating) bond(b *bond) {
	at := bondOf{b.child, b.key[0]}
	old := r.bonds[at]
	switch {
	case old == nil:
		r.bonds[at] = b
		r.order = append(r.order, b)
	case old.parent == b.parent:
	case old.parent == nil:
		*old = *b
	case b.parent == nil:
	default:
		r.fail(b.rel, b.child, "it belongs to two: %s by %s, and %s by %s; take it out of one", old.parent.m.describe(old.parent.obj), old.rel.name(), b.parent.m.describe(b.parent.obj), b.rel.name())
	}
}

func (r *relation) name() string { return r.owner.goType.String() + "." + r.field.name }

// letGo frees, or deletes, what a parent let go and no other took.
func (r *relating) letGo() {
	for _, b := range r.taken {
		if now := r.bonds[bondOf{b.child, b.key[0]}]; now != nil && now.parent != nil || b.child.status == deleting {
			continue
		}
		switch {
		case b.rel.orphans && b.child.status == pending:
			r.s.forgetPending(b.child)
		case b.rel.orphans:
			b.child.status = deleting
		default:
			r.bond(b)
		}
	}
	for _, b := range r.order {
		if b.parent == nil && b.child.status == persistent && !b.loose() {
			r.fail(b.rel, b.child, "%s is to be NULL, which it can't be: delete the entity, give it to another, or declare the relationship with DeleteOrphans", b.key[0].col.FullName())
		}
	}
}

// apply writes foreign keys, or has them wait for their parents.
func (r *relating) apply() error {
	var errs []error
	for _, b := range r.order {
		switch {
		case b.child.status != pending && b.child.status != persistent:
		case b.parent != nil && (b.parent.status == deleting || b.parent.status == detached):
			errs = append(errs, &EntityError{Entity: b.child.m.describe(b.child.obj), Field: b.rel.field.name, Err: fmt.Errorf("it is to reference %s, which is to be deleted", b.parent.m.describe(b.parent.obj))})
		case b.mark() != nil:
			errs = append(errs, b.mark())
		case !b.known():
			w := b.child.wishes()
			w.bonds = append(w.bonds, b)
			r.s.awaiting = append(r.s.awaiting, b.child)
		case b.parent == nil && b.child.status == pending: // the columns stand
		default:
			errs = append(errs, b.fill())
		}
	}
	return errors.Join(errs...)
}

// writes reports whether there is something to be sent, or noted, beside the
// changes of rows.
func (r *relating) writes() bool {
	return r != nil && (len(r.pairs) > 0 || len(r.leaving) > 0 || len(r.added) > 0 || len(r.changed) > 0)
}
