package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// relating is the first step of a flush: what relationships hold, other than
// they did at the last flush, becomes entities to be added, values of foreign
// keys, rows of the tables between, and deletions. It changes entities only, and
// sends nothing but the loads of what a deletion takes with it.
type relating struct {
	s     *Session
	order []*bond // as they were found; each is among those of its child too
	spare []bond  // memory for more
	words []word
	drops map[*toMany]*dropping
	only  map[onlyOf]*state // of a HasOne, what was said last
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

// onlyOf is the HasOne of a parent.
type onlyOf struct {
	parent *state
	rel    *relation
}

// relate is nil where no entity of the session has a relationship.
func (s *Session) relate(ctx context.Context) (*relating, error) {
	if !s.relates {
		return nil, nil
	}
	r := &relating{s: s}
	forget(s.bonds)
	defer func() { s.bonds = r.order }()
	s.awaken()
	for i := 0; i < len(s.states); i++ {
		if st := s.states[i]; st.status == persistent {
			r.visit(st)
		}
	}
	for i := 0; i < len(s.pending); i++ { // which grows
		r.visit(s.pending[i])
	}
	r.heed()
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
	r.lose()
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

// put is an assignment to a map, which is made first where it is not: most flushes
// need none of them.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[k] = v
}

// know says of an entity that is about to be inserted that its relationships are
// what it has, but for a foreign key that the program has set itself.
func (st *state) know(loads uint32) {
	for _, rel := range st.m.relations {
		f := rel.refOf(st.obj)
		f.rel, f.at, f.loaded = rel, loads, rel.rule == nil && !rel.writeOnly
		if rel.kind == belongsTo && rel.one(st).item == nil {
			some, err := rel.hasKey(st.obj)
			f.loaded = err == nil && !some
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
	words := now.words()
	if now.same() && len(words) == 0 {
		return
	}
	r.change(st)
	was := now.was()
	told := tellingOf(words, now.items)
	if told.all && len(was) == 0 {
		r.visitAdded(st, rel, words)
		return
	}
	for _, p := range without(now.items, was) {
		if other := r.include(st, rel, p); other != nil && !told.has(p) {
			push(&r.words, word{rel: rel, st: st, other: other, on: true, when: unknownMoment})
		}
	}
	if rel.writeOnly {
		r.checkRemoved(st, rel)
	} else if now.loaded { // else what it has waits to be among those that the database has
		for _, p := range without(was, now.items) {
			if other := r.s.held(p); other != nil && !told.some[p] {
				push(&r.words, word{rel: rel, st: st, other: other, when: unknownMoment, had: true})
			}
		}
	}
	r.visitWords(st, rel, words, was)
}

// visitAdded is visitWords where they are all that a toMany has, and it had
// nothing.
func (r *relating) visitAdded(st *state, rel *relation, words []telling) {
	for _, w := range words {
		if other := r.include(st, rel, w.item); other != nil {
			push(&r.words, word{rel: rel, st: st, other: other, on: w.on, when: w.when})
		}
	}
}

// saidOf is of which items something was said.
type saidOf struct {
	all  bool // of all that are held now, and of no others
	some map[mem.Pointer]bool
}

func (s *saidOf) has(p mem.Pointer) bool { return s.all || s.some[p] }

// tellingOf returns of which items something was said: mostly each was added in
// its turn.
func tellingOf(words []telling, items []mem.Pointer) saidOf {
	if slices.EqualFunc(words, items, func(w telling, p mem.Pointer) bool { return w.item == p }) {
		return saidOf{all: true}
	}
	s := saidOf{some: make(map[mem.Pointer]bool, len(words))}
	for _, w := range words {
		s.some[w.item] = true
	}
	return s
}

// visitWords collects what was said, in its order.
func (r *relating) visitWords(st *state, rel *relation, words []telling, was []mem.Pointer) {
	var had map[mem.Pointer]bool
	for _, p := range was {
		put(&had, p, true)
	}
	for _, w := range words {
		if other := r.s.held(w.item); other != nil && (other.status != deleting || !w.on) {
			push(&r.words, word{rel: rel, st: st, other: other, on: w.on, when: w.when, had: had[w.item]})
		}
	}
}

// without returns the items that are not among the others.
func without(items, others []mem.Pointer) []mem.Pointer {
	if len(others) == 0 {
		return items
	}
	if len(items) >= len(others) && mem.First(items) == mem.First(others) {
		return items[len(others):] // appended
	}
	there := make(map[mem.Pointer]bool, len(others))
	for _, p := range others {
		there[p] = true
	}
	return slices.DeleteFunc(slices.Clone(items), func(p mem.Pointer) bool { return there[p] })
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
	if now.item == nil && st.snap == nil && rel.kind == hasOne {
		return // as it would be without
	}
	r.change(st)
	w := word{rel: rel, st: st, on: true, when: now.set}
	if now.item != nil {
		if w.other = r.include(st, rel, now.item); w.other == nil {
			return
		}
	}
	if now.was != now.item && now.was != nil {
		if before := r.s.held(now.was); before != nil {
			push(&r.words, word{rel: rel, st: st, other: before, when: now.set, had: true})
		}
	}
	push(&r.words, w)
}

// differsIn reports whether one of the attributes is not what the snapshot has.
func (st *state) differsIn(attrs []*attr) bool {
	return slices.ContainsFunc(attrs, func(a *attr) bool {
		if a.ref < 0 {
			return !a.codec.Same(a.at(st.obj), a.at(st.snap))
		}
		v, err := a.encode(st.obj)
		return err != nil || !v.Equal(st.kept(a))
	})
}

// change notes that the relationships of a row are not those of its snapshot.
func (r *relating) change(st *state) {
	if st.status == persistent {
		put(&r.changed, st, true)
	}
}

// include returns the state of what a relationship holds, which becomes part of
// the session. An error is noted.
func (r *relating) include(st *state, rel *relation, p mem.Pointer) *state {
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

func (r *relation) name() string { return r.owner.goType.String() + "." + r.field.name }

// letGo deletes what its parent let go and no other took, where the relationship
// says so.
func (r *relating) letGo() {
	for _, b := range r.order {
		switch {
		case b.parent != nil || b.child.status == deleting:
		case b.child.status == pending && b.from != nil && b.owned():
			r.s.forgetPending(b.child)
		case b.child.status == persistent && b.owned() && b.had():
			b.child.status = deleting
		case b.child.status == persistent && !b.loose():
			r.fail(b.rel, b.child, "%s is to be NULL, which it can't be: delete the entity, give it to another, or declare the relationship with DeleteOrphans", b.key()[0].col.FullName())
		}
	}
}

// apply writes foreign keys, or has them wait for their parents.
func (r *relating) apply() error {
	var errs []error
	forget(r.order)
	for _, b := range r.order {
		switch {
		case b.child.status != pending && b.child.status != persistent:
		case b.parent != nil && (b.parent.status == deleting || b.parent.status == detached):
			errs = append(errs, &EntityError{Entity: b.child.m.describe(b.child.obj), Field: b.rel.field.name, Err: fmt.Errorf("it is to reference %s, which is to be deleted", b.parent.m.describe(b.parent.obj))})
		case b.mark() != nil:
			errs = append(errs, b.mark())
		case !b.known():
			b.waiting[0] = b
			b.child.bind(b)
		case b.parent == nil && b.child.status == pending: // the columns stand
		default:
			errs = append(errs, b.fill())
		}
	}
	return errors.Join(errs...)
}

// forget has the children of the bonds know of none.
func forget(bonds []*bond) {
	for _, b := range bonds {
		b.child.bonds = nil
	}
}

// writes reports whether there is something to be sent, or noted, beside the
// changes of rows.
func (r *relating) writes() bool {
	return r != nil && (len(r.added) > 0 || r.beyondRows())
}

// beyondRows reports whether tables between others, or what rows of the database
// hold, have to be looked after.
func (r *relating) beyondRows() bool {
	return r != nil && (len(r.pairs) > 0 || len(r.leaving) > 0 || len(r.changed) > 0)
}
