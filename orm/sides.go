package orm

import (
	"cmp"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// What is said at one end of a relationship is so at the other end too.

// word is what one end says: that the other belongs to it, or no more.
type word struct {
	rel       *relation
	st, other *state // other may be nil in a toOne
	when      uint64
	on, had   bool // had says of one that it has no more that the database has it
}

// dropping is what a toMany is to lose, all at once.
type dropping struct {
	st   *state
	gone map[mem.Pointer]bool
}

// heed does what was said, in the order in which it was.
func (r *relating) heed() {
	early := func(a, b word) int { return cmp.Compare(a.when, b.when) }
	if !slices.IsSortedFunc(r.words, early) {
		slices.SortStableFunc(r.words, early)
	}
	for _, w := range r.words {
		if !w.on {
			r.part(w.st, w.rel, w.other, w.when, w.had)
			continue
		}
		if w.other != nil || w.rel.kind == belongsTo {
			r.join(w.st, w.rel, w.other, w.when)
		}
	}
	r.settlePairs()
	r.lose()
}

// lose takes out of collections what is gone.
func (r *relating) lose() {
	for many, d := range r.drops {
		if len(d.gone) > 0 {
			many.drop(d.gone)
			r.change(d.st)
		}
	}
	clear(r.drops)
}

// join puts two entities together, on both sides. Of a BelongsTo other may be
// nil.
func (r *relating) join(st *state, rel *relation, other *state, when uint64) {
	switch {
	case rel.kind == manyToMany:
		r.pair(rel, st, other, true, when)
		return
	case rel.kind == belongsTo:
		for _, inv := range rel.inverse() {
			if st.m.is(inv.target) {
				r.leaveHolder(inv, st, other, when)
			}
		}
		if other != nil {
			r.leaveOthers(rel, st, when)
		}
		r.bond(r.newBond(rel, st, other), when)
	default:
		if rel.kind == hasOne {
			r.displace(st, rel, other, when)
		}
		r.leaveHolder(rel, other, st, when)
		r.leaveOthers(rel, other, when)
		r.bond(r.newBond(rel, other, st), when)
	}
	if other != nil {
		r.mirror(st, rel, other, when)
	}
}

// leaveHolder takes a child out of what its parent in the database has, unless
// that is to be its parent.
func (r *relating) leaveHolder(rel *relation, child, parent *state, when uint64) {
	if holder := r.holder(rel, child); holder != nil && holder != parent {
		r.unmirror(holder, rel, child, when)
		for _, sibling := range rel.siblingsOf(holder.m, child.m) {
			r.unmirror(holder, sibling, child, when)
		}
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
	defer r.s.at(child.at)()
	return r.s.known(rel.owner, key)
}

// mirror writes what one side says to the other, and to itself, where something
// that was said before has taken it away.
func (r *relating) mirror(st *state, rel *relation, other *state, when uint64) {
	if rel.kind.toMany() {
		r.keep(st, rel, other)
	}
	for _, sibling := range rel.siblingsOf(st.m, other.m) {
		r.keep(st, sibling, other)
	}
	for _, inv := range rel.inversesOf(st.m, other.m) {
		if inv.kind.toMany() {
			r.keep(other, inv, st)
			continue
		}
		if inv.kind == hasOne {
			r.displace(other, inv, st, when)
		}
		now := inv.one(other)
		if now.item == st.obj || now.set > when {
			continue
		}
		if before := r.s.held(now.item); now.item != nil && before != nil {
			r.unmirror(before, rel, other, when)
		}
		now.item, now.set = st.obj, when
		r.change(other)
	}
}

// displace lets go of the one that a parent had, or was given, before another.
func (r *relating) displace(parent *state, rel *relation, child *state, when uint64) {
	at := onlyOf{parent, rel}
	before := r.only[at]
	if item := rel.one(parent).was; before == nil && item != nil {
		before = r.s.held(item)
	}
	put(&r.only, at, child)
	if before == nil || before == child {
		return
	}
	if now := before.bondBy(rel.remote[0]); now == nil || now.parent == parent {
		r.bond(rel.newBond(before, nil).by(parent), when)
	}
}

// keep puts an entity into a toMany that has it not.
func (r *relating) keep(st *state, rel *relation, other *state) {
	now := rel.many(st)
	if d := r.drops[now]; d != nil && d.gone[other.obj] {
		delete(d.gone, other.obj)
	} else if now.readable() == nil && !now.has(other.obj) {
		now.keep(other.obj)
		r.change(st)
	}
}

// unmirror takes an entity out of the relationship of another that had it, and was
// not given it later.
func (r *relating) unmirror(st *state, rel *relation, other *state, when uint64) {
	if rel.kind.toMany() {
		if now := rel.many(st); now.has(other.obj) {
			if r.drops[now] == nil {
				put(&r.drops, now, &dropping{st, map[mem.Pointer]bool{}})
			}
			r.drops[now].gone[other.obj] = true
		}
		return
	}
	if now := rel.one(st); now.item == other.obj && now.set <= when {
		now.item, now.set = nil, max(now.set, unknownMoment)
		r.change(st)
	}
}

// part takes two entities apart, on both sides. had says that they belonged
// together in the database.
func (r *relating) part(st *state, rel *relation, other *state, when uint64, had bool) {
	if rel.kind == manyToMany {
		r.pair(rel, st, other, false, when)
		return
	}
	if rel.kind == belongsTo { // join says what it references now
		for _, inv := range rel.inversesOf(st.m, other.m) {
			r.unmirror(other, inv, st, when)
		}
		return
	}
	now := other.bondBy(rel.remote[0])
	if now != nil && now.parent != st || now == nil && !had {
		return // it went to another before, or was never there
	}
	for _, inv := range rel.inversesOf(st.m, other.m) {
		r.unmirror(other, inv, st, when)
	}
	for _, sibling := range rel.siblingsOf(st.m, other.m) {
		r.unmirror(st, sibling, other, when)
	}
	r.unmirror(st, rel, other, when)
	r.bond(rel.newBond(other, nil).by(st), when)
}

// bond notes what a foreign key is to reference. What was said later counts.
func (r *relating) bond(b *bond, when uint64) {
	b.when = when
	old := b.child.bondBy(b.key()[0])
	switch {
	case old == nil:
		b.child.bind(b)
		if r.order == nil {
			r.order = make([]*bond, 0, max(1, len(r.words)))
		}
		push(&r.order, b)
	case old.parent == b.parent:
		old.when = when
	case b.parent == nil && !b.rel.when.same(old.rel.when): // it speaks of another table
	case old.when < when || old.parent == nil:
		r.forsake(old, when)
		b.next = old.next
		*old = *b
	case b.parent != nil:
		r.fail(b.rel, b.child, "it belongs to two: %s by %s, and %s by %s; take it out of one", old.parent.m.describe(old.parent.obj), old.rel.name(), b.parent.m.describe(b.parent.obj), b.rel.name())
	}
}

// forsake takes the child from the parent that it was to have, on both sides.
func (r *relating) forsake(b *bond, when uint64) {
	if b.parent == nil {
		return
	}
	for _, rel := range b.rel.fromParent() {
		if b.parent.m.is(rel.owner) {
			r.unmirror(b.parent, rel, b.child, when)
		}
	}
	for _, rel := range b.rel.fromChild() {
		if b.child.m.is(rel.owner) {
			r.unmirror(b.child, rel, b.parent, when)
		}
	}
}

// fromParent are the relationships of the parents along the same foreign key.
func (r *relation) fromParent() []*relation {
	if r.kind == belongsTo {
		return r.inverse()
	}
	out := []*relation{r}
	for _, inv := range r.inverse() {
		for _, o := range inv.inverse() {
			if o != r {
				out = append(out, o)
			}
		}
	}
	return out
}

// fromChild are the relationships of the children along the same foreign key.
func (r *relation) fromChild() []*relation {
	if r.kind == belongsTo {
		return []*relation{r}
	}
	return r.inverse()
}
