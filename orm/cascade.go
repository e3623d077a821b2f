package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
)

// follow finds what the deletion of entities means for those that are related to
// them: rows that reference them are deleted, or let go, as the relationship
// says; what the foreign key has the database do is left to it.
func (r *relating) follow(ctx context.Context) error {
	defer r.s.freely(true)() // a foreign key holds whoever sees its row
	for {
		owners := map[departing][]*state{}
		var found []departing
		for _, st := range r.s.all() {
			if st.status != deleting || r.visited[st] {
				continue
			}
			put(&r.visited, st, true)
			_, mark, err := st.marker()
			if err != nil {
				return err
			}
			for _, rel := range st.m.relations {
				d := departing{rel, mark != nil}
				if rel.rule != nil || d.stays() {
					continue
				}
				if owners[d] == nil {
					found = append(found, d)
				}
				owners[d] = append(owners[d], st)
			}
		}
		if len(found) == 0 {
			return errors.Join(r.errs...)
		}
		for _, d := range found {
			if err := r.leave(ctx, d, owners[d]); err != nil {
				return err
			}
		}
	}
}

// departing is a relationship of entities that are deleted, or marked as deleted.
type departing struct {
	*relation
	marked bool
}

// stays reports whether what is related stays as it is: the row is still there.
func (d departing) stays() bool {
	return d.marked && (d.kind == manyToMany || d.kind != belongsTo && !d.deletes && !d.orphans)
}

// leave is follow for one relationship.
func (r *relating) leave(ctx context.Context, d departing, owners []*state) error {
	rel := d.relation
	if err := rel.target.ready(); err != nil {
		return err
	}
	switch {
	case rel.kind == belongsTo:
		for _, st := range owners {
			r.leaveParent(st, rel)
		}
		return nil
	case rel.kind == manyToMany:
		if rel.key.OnDelete != schema.Cascade {
			for _, part := range bySite(owners) {
				r.leaving = append(r.leaving, departure{rel, part})
			}
		}
		return nil
	case byDatabase(rel.key) && !d.marked:
		for _, st := range owners {
			r.gone = append(r.gone, departure{rel, []*state{st}})
		}
		return nil
	case rel.writeOnly: // the database refuses it where there are some
		return nil
	}
	children, err := r.children(ctx, rel, owners)
	for _, b := range children {
		if r.abandon(b); b.child.status == deleting && !d.marked {
			b.child.wishes().forGood = true
		}
	}
	return err
}

// bySite parts states by where they are.
func bySite(list []*state) [][]*state {
	var out [][]*state
	for _, st := range list {
		i := slices.IndexFunc(out, func(part []*state) bool { return part[0].at == st.at })
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], st)
	}
	return out
}

// byDatabase reports whether the database does something about rows whose parent
// is deleted.
func byDatabase(fk *schema.ForeignKeyConstraint) bool {
	return fk != nil && (fk.OnDelete == schema.Cascade || fk.OnDelete == schema.SetNull || fk.OnDelete == schema.SetDefault)
}

// leaveParent takes an entity that is deleted out of what its parent has.
func (r *relating) leaveParent(st *state, rel *relation) {
	for _, inv := range rel.inverse() {
		if st.m.is(inv.target) {
			r.leaveHolder(inv, st, nil, unknownMoment)
		}
	}
}

// children returns bonds to nobody of the entities that reference the owners,
// which are loaded where they are not known.
func (r *relating) children(ctx context.Context, rel *relation, owners []*state) ([]*bond, error) {
	var unknown []mem.Pointer
	for _, st := range owners {
		if !rel.refOf(st.obj).loadedSince(r.s.trusted) {
			unknown = append(unknown, st.obj)
		}
	}
	if err := r.s.loadRelated(ctx, unknown, &loadPlan{rel: rel}, tracked, nil); err != nil {
		return nil, err
	}
	var out []*bond
	for _, st := range owners {
		for _, p := range rel.items(st) {
			if child := r.s.held(p); child != nil {
				out = append(out, rel.newBond(child, nil))
			}
		}
	}
	return out, nil
}

// items returns what the entity has.
func (r *relation) items(st *state) []mem.Pointer {
	if r.kind.toMany() {
		return r.many(st).items
	}
	if item := r.one(st).item; item != nil {
		return []mem.Pointer{item}
	}
	return nil
}

// abandon deletes, or lets go, an entity whose parent is deleted, unless it has
// another by now.
func (r *relating) abandon(b *bond) {
	now := b.child.bondBy(b.key()[0])
	if now != nil && now.parent != nil && now.parent.status != deleting || b.child.status == deleting {
		return
	}
	switch deletes := b.rel.deletes || b.rel.orphans; {
	case deletes && b.child.status == pending:
		r.s.forgetPending(b.child)
	case deletes:
		b.child.status = deleting
	case b.child.status == pending:
	case !b.loose():
		r.errs = append(r.errs, &EntityError{Entity: b.child.m.describe(b.child.obj), Field: b.key()[0].name, Err: fmt.Errorf(
			"the row that it references by %s is to be deleted, and the foreign key can't be NULL: delete it too, declare %s with CascadeDelete, or give the foreign key an ON DELETE", b.rel.name(), b.rel.name())})
	default:
		if now != nil {
			b.child.unbind(now)
			r.order = slices.DeleteFunc(r.order, func(o *bond) bool { return o == now })
		}
		r.bond(b, unknownMoment)
		for _, inv := range b.rel.inversesOf(nil, b.child.m) {
			inv.one(b.child).give(nil)
			r.change(b.child)
		}
	}
}

// remember has a rollback take back the foreign keys of new entities that
// relationships fill.
func (r *relating) remember() {
	if r == nil {
		return
	}
	var bonds []*bond
	for _, b := range r.order {
		if b.child.status == pending && b.parent != nil {
			push(&bonds, b)
		}
	}
	if len(bonds) > 0 {
		r.s.undo = append(r.s.undo, undo{made: &made{bonds: bonds}})
	}
}

// finish notes what the database has now.
func (r *relating) finish() error {
	if r == nil {
		return nil
	}
	for _, d := range r.gone {
		r.notice(d.rel, d.owners[0])
	}
	for _, st := range r.added {
		for _, rel := range st.m.relations {
			rel.settle(st.obj, r.s.loads)
			rel.settle(st.snap, r.s.loads)
		}
	}
	snaps := map[*mapper]*snapshots{}
	for st := range r.changed {
		if st.status != persistent {
			continue
		}
		if snaps[st.m] == nil {
			snaps[st.m] = st.m.snapshots(len(r.changed))
		}
		r.s.undo = append(r.s.undo, undo{st: st, before: persistent, snap: st.snap})
		for _, rel := range st.m.relations {
			rel.settle(st.obj, r.s.loads)
		}
		if err := snaps[st.m].take(st); err != nil {
			return err
		}
	}
	return nil
}

// renew says of a new entity that the database has nothing of what it has.
func (r *relation) renew(p mem.Pointer) {
	if r.kind.toMany() {
		r.manyAt(p).renew()
	} else {
		r.oneAt(p).renew()
	}
}

// settle says that the database has what the entity has.
func (r *relation) settle(p mem.Pointer, loads uint32) {
	if r.kind.toMany() {
		r.manyAt(p).settle()
		return
	}
	one := r.oneAt(p)
	if one.set != 0 {
		one.at = loads
	}
	one.settle()
}

// notice sees what the database did to the entities that referenced a deleted
// one.
func (r *relating) notice(rel *relation, parent *state) {
	key, ok := tupleOf(rel.local, parent)
	if !ok {
		return
	}
	for _, st := range r.s.all() {
		if st.status != persistent || !st.m.is(rel.target) || st.at != parent.at {
			continue
		}
		if k, ok := tupleOf(rel.remote, st); !ok || k != key {
			continue
		}
		if rel.key.OnDelete != schema.Cascade {
			st.epoch = 0 // the next Get asks the database
			continue
		}
		r.s.undo = append(r.s.undo, undo{st: st, before: persistent, snap: st.snap})
		st.status = deleted
		r.s.identities(st.kin()).remove(st)
		for _, next := range st.m.relations {
			if next.rule == nil && (next.kind == hasMany || next.kind == hasOne) && byDatabase(next.key) {
				r.notice(next, st)
			}
		}
	}
}

// tupleOf returns the values that the row has in the database.
func tupleOf(attrs []*attr, st *state) (string, bool) {
	c := change{st: st}
	cols := make([]*schema.Column, len(attrs))
	for i, a := range attrs {
		cols[i] = a.col
	}
	return tuple(cols, c.oldValue)
}
