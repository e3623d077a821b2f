package orm

import (
	"context"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// mergeRelated merges what the given object is related to, and gives the session's
// object what became of it. Relationships that were not loaded stay as they are,
// but for what was added to them.
func (s *Session) mergeRelated(ctx context.Context, o *merging, given mem.Pointer, to *state) error {
	for _, r := range to.m.relations {
		if r.rule != nil || r.writeOnly {
			continue
		}
		if err := r.target.ready(); err != nil {
			return err
		}
		var err error
		switch {
		case o.trust:
			err = s.mergeKnown(ctx, o, r, given, to)
		case r.kind.toMany():
			err = s.mergeMany(ctx, o, r, given, to)
		default:
			err = s.mergeToOne(ctx, o, r, given, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) mergeItems(ctx context.Context, o *merging, r *relation, items []mem.Pointer) ([]mem.Pointer, error) {
	out := make([]mem.Pointer, len(items))
	for i, p := range items {
		if p == nil {
			return nil, nilEntity(reflect.PointerTo(r.goal))
		}
		var err error
		if out[i], err = s.mergeOne(ctx, o, r.target, p, r.keyBeyond()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keyBeyond are the attributes of the other end that the relationship fills.
func (r *relation) keyBeyond() []*attr {
	if r.kind == hasMany || r.kind == hasOne {
		return r.remote
	}
	return nil
}

func (s *Session) mergeMany(ctx context.Context, o *merging, r *relation, given mem.Pointer, to *state) error {
	from, now := r.manyAt(given), r.many(to)
	partly := from.rel != nil && !from.loaded // others may belong to it too
	if len(from.items) == 0 && (partly || from.rel == nil) {
		return nil
	}
	items, err := s.mergeItems(ctx, o, r, from.items)
	if err != nil {
		return err
	}
	if partly {
		now.add(items)
		return nil
	}
	if err := s.haveRelated(ctx, r, to); err != nil {
		return err
	}
	if !slices.Equal(items, now.items) {
		now.set(items)
	}
	return nil
}

// haveRelated loads a relationship of an object that is a row.
func (s *Session) haveRelated(ctx context.Context, r *relation, st *state) error {
	if st.snap == nil || r.refOf(st.obj).readable() == nil {
		return nil
	}
	return s.loadRelated(ctx, []mem.Pointer{st.obj}, &loadPlan{rel: r}, tracked, nil)
}

func (s *Session) mergeToOne(ctx context.Context, o *merging, r *relation, given mem.Pointer, to *state) error {
	from, now := r.oneAt(given), r.one(to)
	if from.set == 0 && (from.rel == nil || !from.loaded || r.kind == belongsTo && !r.agrees(given)) {
		return nil
	}
	var item mem.Pointer
	if from.item != nil {
		items, err := s.mergeItems(ctx, o, r, []mem.Pointer{from.item})
		if err != nil {
			return err
		}
		item = items[0]
	}
	if r.kind == hasOne {
		if err := s.haveRelated(ctx, r, to); err != nil {
			return err
		}
	}
	if r.kind == belongsTo || now.item != item {
		now.give(item)
	}
	return nil
}

// agrees reports whether the foreign key of an object is the key of the entity
// that its relationship holds: where it is not, the program has changed it.
func (r *relation) agrees(p mem.Pointer) bool {
	item := r.oneAt(p).item
	for i, a := range r.local {
		v, err := a.encode(p)
		if item == nil {
			return err == nil && v.IsNull()
		}
		w, wrong := r.remote[i].encode(item)
		if err != nil || wrong != nil || !v.Equal(w) {
			return false
		}
	}
	return true
}

// mergeKnown takes what a given object is related to for what its row is.
func (s *Session) mergeKnown(ctx context.Context, o *merging, r *relation, given mem.Pointer, to *state) error {
	from := r.refOf(given)
	var items []mem.Pointer
	if r.kind.toMany() {
		items = r.manyAt(given).items
	} else if item := r.oneAt(given).item; item != nil {
		items = []mem.Pointer{item}
	}
	if from.rel == nil && len(items) == 0 || from.rel != nil && !from.loaded {
		return nil
	}
	found, err := s.mergeItems(ctx, o, r, items)
	if err != nil {
		return err
	}
	return r.put(to.obj, found, s.loads, false)
}

// owns reports whether entities at the other end live and die with the owner.
func (r *relation) owns() bool { return (r.deletes || r.orphans) && r.rule == nil && !r.writeOnly }

// ownedLoaded are the relationships of an object, that own others, which are
// loaded.
func (st *state) ownedLoaded() []*relation {
	var out []*relation
	for _, r := range st.m.relations {
		if r.owns() && r.refOf(st.obj).readable() == nil {
			out = append(out, r)
		}
	}
	return out
}

// forgetChanges has an object, and what it owns, be what their rows were, with
// nothing loaded. It returns what of it was loaded.
func (s *Session) forgetChanges(st *state) (again []reload) {
	var items []mem.Pointer
	for _, r := range st.ownedLoaded() {
		again, items = append(again, reload{st, r}), append(items, r.items(st)...)
	}
	st.expire() // which also ends a circle
	st.epoch = 0
	for _, p := range items {
		if other := s.held(p); other != nil && other.status == persistent && other.snap != nil {
			again = append(again, s.forgetChanges(other)...)
		}
	}
	return again
}

// reload is a relationship of an object that is to be loaded again.
type reload struct {
	st  *state
	rel *relation
}
