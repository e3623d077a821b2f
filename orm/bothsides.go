package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// CascadeDelete has the deletion of an E delete what belongs to it. Without it
// their foreign keys become NULL, where they may. Where the foreign key has an ON
// DELETE, the database does what that says, with or without it.
func (h HasMany[E, T]) CascadeDelete() HasMany[E, T] { h.deletes = true; return h }

// DeleteOrphans is CascadeDelete, and has an entity deleted that is taken out of
// the relationship without being given to another.
func (h HasMany[E, T]) DeleteOrphans() HasMany[E, T] { h.orphans = true; return h }

// CascadeDelete is HasMany.CascadeDelete.
func (h HasOne[E, T]) CascadeDelete() HasOne[E, T] { h.deletes = true; return h }

// DeleteOrphans is HasMany.DeleteOrphans.
func (h HasOne[E, T]) DeleteOrphans() HasOne[E, T] { h.orphans = true; return h }

// Add gives an entity others, on both sides at once: Many.Add does so on the
// other side at the next flush.
func (h HasMany[E, T]) Add(owner *E, ts ...*T) error { return h.give(owner, ts) }

// Add gives an entity others, on both sides at once.
func (h ManyToMany[E, T]) Add(owner *E, ts ...*T) error { return h.give(owner, ts) }

// Set gives an entity the other, on both sides at once; nil is none.
func (h HasOne[E, T]) Set(owner *E, t *T) error { return h.give(owner, []*T{t}) }

// Set gives an entity the other, on both sides at once; nil is none.
func (h BelongsTo[E, T]) Set(owner *E, t *T) error { return h.give(owner, []*T{t}) }

func (h relationship[E, T]) give(owner *E, ts []*T) error {
	rel, err := h.resolved()
	if err != nil {
		return err
	}
	p := mem.Pointer(owner)
	for _, other := range pointers(ts) {
		if rel.kind.toMany() {
			rel.manyAt(p).add([]mem.Pointer{other})
		} else {
			one := rel.oneAt(p)
			if one.item != nil && one.item != other {
				rel.takeFrom(one.item, p)
			}
			one.give(other)
		}
		if other != nil {
			rel.giveTo(other, p)
		}
	}
	return nil
}

// giveTo has the other end of a relationship have the entity too.
func (r *relation) giveTo(other, p mem.Pointer) {
	for _, inv := range r.inversesOf(r.owner.wholeAt(p), r.target.wholeAt(other)) {
		if inv.kind.toMany() {
			inv.manyAt(other).add([]mem.Pointer{p})
			continue
		}
		one := inv.oneAt(other)
		if one.item != nil && one.item != p {
			inv.takeFrom(one.item, other)
		}
		one.give(p)
	}
}

// takeFrom has the other end of a relationship have the entity no more.
func (r *relation) takeFrom(other, p mem.Pointer) {
	for _, inv := range r.inversesOf(r.owner.wholeAt(p), r.target.wholeAt(other)) {
		if inv.kind.toMany() {
			inv.manyAt(other).remove([]mem.Pointer{p})
		} else if one := inv.oneAt(other); one.item == p {
			one.give(nil)
		}
	}
}
