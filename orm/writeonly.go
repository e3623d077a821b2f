package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
)

// WriteOnly is a field of an entity like Many, of so many entities that they are
// never loaded: it takes what is added and removed until the next flush, and
// nothing else. What belongs to the entity is read, changed and deleted by
// statements of its relationship: Select, Insert, Update and Delete. The field is
// described by a HasMany or ManyToMany of the same name in the struct of columns.
// It belongs to its entity and is not to be copied.
type WriteOnly[T any] struct {
	_    noCopy
	core toMany // of which the items that the database has are those to be removed
	_    [0]*T
}

// Add appends entities that belong to it from now on; see Many.Add.
func (w *WriteOnly[T]) Add(ts ...*T) {
	gone := without(w.core.was(), pointers(ts))
	w.core.first, w.core.n = mem.First(gone), len(gone)
	w.core.add(pointers(ts))
}

// Remove takes entities of the session out of it; see Many.Remove. Of one that
// was added since the last flush it takes that back.
func (w *WriteOnly[T]) Remove(ts ...*T) {
	gone := slices.Clone(w.core.was())
	for _, p := range pointers(ts) {
		if !w.core.has(p) && !slices.Contains(gone, p) {
			gone = append(gone, p)
		}
	}
	w.core.remove(pointers(ts))
	w.core.first, w.core.n = mem.First(gone), len(gone)
}

func (*WriteOnly[T]) target() reflect.Type { return reflect.TypeFor[T]() }
func (*WriteOnly[T]) many() bool           { return true }
func (*WriteOnly[T]) loads() bool          { return false }

// checkWriteOnly refuses what would have to load a WriteOnly.
func (r *relation) checkWriteOnly() error {
	if !r.writeOnly || !r.deletes && !r.orphans || r.key == nil || r.key.OnDelete == schema.Cascade {
		return nil
	}
	return r.problem("is write-only, so that what an entity has is not read to be deleted with it: give the foreign key schema.OnDelete(schema.Cascade)")
}

func (r *relation) neverLoaded() error {
	return r.problem("is write-only and never loaded: ask for what belongs to an entity by Select of the relationship")
}

// checkRemoved refuses what a WriteOnly is to have no more and never had.
func (r *relating) checkRemoved(st *state, rel *relation) {
	now := rel.many(st)
	for _, p := range without(now.was(), now.items) {
		if other := r.s.held(p); other == nil {
			r.fail(rel, st, "is to have an entity no more that is not part of the session; read it, or delete it by Delete of the relationship")
		} else if rel.kind == hasMany && !rel.binds(st, other) {
			r.fail(rel, st, "is to have %s no more, which does not belong to it", other.m.describe(other.obj))
		}
	}
}

// binds reports whether the row of one entity references that of the other.
func (r *relation) binds(parent, child *state) bool {
	if parent.snap == nil || child.snap == nil || !r.applied(child) {
		return false
	}
	key, ok := tupleOf(r.local, parent)
	of, also := tupleOf(r.remote, child)
	return ok && also && key == of
}

// related is what a relationship leads to, as the source of a query.
type related[T any] struct {
	m    *mapper
	from expr.Source
}

func (r related[T]) source(*T) (*mapper, expr.Source) { return r.m, r.from }
func (r related[T]) held() *mapping                   { return &mapping{r.m, r.from} }

// Select returns a query of what belongs to the entity, which must have been
// flushed. The query is made for the key that it has now.
func (h relationship[E, T]) Select(entity *E) Query[T] {
	p := h.Of(entity) // which makes sure of the target
	if h.rel == nil {
		return Select(related[T]{})
	}
	return Select(related[T]{h.rel.target, h.target()}).Where(h.plan.where...).Where(p).OrderBy(h.plan.order...)
}

// Update returns an UPDATE of what belongs to the entity, which must have been
// flushed.
func (h relationship[E, T]) Update(entity *E) UpdateQuery[T] {
	q := h.Select(entity)
	return Update(q.src.(Source[T])).Where(q.where...)
}

// Delete returns a DELETE of what belongs to the entity, which must have been
// flushed. Rows of a table between go by its foreign key's ON DELETE CASCADE;
// without one the database refuses it.
func (h relationship[E, T]) Delete(entity *E) DeleteQuery[T] {
	q := h.Select(entity)
	return Delete(q.src.(Source[T])).Where(q.where...)
}

// Insert inserts entities that belong to another, now, without making them part
// of the session, as BulkInsert does; the session flushes first. They get the key
// of the owner, and their numbers where the relationship is Numbered.
func (h HasMany[E, T]) Insert(ctx context.Context, s *Session, owner *E, ts ...*T) error {
	return h.insert(ctx, s, owner, ts)
}

// Insert inserts entities, and the rows of the table between that have them
// belong to another, now, without making them part of the session, as BulkInsert
// does; the session flushes first.
func (h ManyToMany[E, T]) Insert(ctx context.Context, s *Session, owner *E, ts ...*T) error {
	return h.insert(ctx, s, owner, ts)
}

func (h relationship[E, T]) insert(ctx context.Context, s *Session, owner *E, ts []*T) error {
	rel, err := h.resolved()
	if err != nil {
		return err
	}
	if rel.rule != nil {
		return rel.problem("goes by a rule, and is read only")
	}
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return err
	}
	if _, err := valuesOf(rel.owner, rel.local, mem.Pointer(owner)); err != nil {
		return fmt.Errorf("orm: %s.%s: %w", rel.owner.goType, rel.field.name, err)
	}
	at := s.spot(rel.owner)
	if st := s.held(mem.Pointer(owner)); st != nil {
		at = st.at
	}
	defer s.at(at)()
	states, err := rel.target.loose(pointers(ts), s.spot(rel.target))
	if err != nil || len(states) == 0 {
		return err
	}
	one := &state{m: rel.owner, obj: mem.Pointer(owner), snap: mem.Pointer(owner), status: persistent, at: at}
	if rel.kind == manyToMany {
		return s.insertBeside(ctx, rel, one, states)
	}
	for _, st := range states {
		b := rel.newBond(st, one)
		if err := errors.Join(b.mark(), b.fill()); err != nil {
			return err
		}
	}
	if rel.numbered != nil {
		n := numbering{s: s}
		if err := n.after(ctx, rel, &latecomers{owners: []*state{one}, of: map[*state][]*state{one: states}}); err != nil {
			return err
		}
	}
	return s.bulkInsert(ctx, rel.target, states)
}

// insertBeside inserts rows, and those of the table between.
func (s *Session) insertBeside(ctx context.Context, rel *relation, owner *state, states []*state) error {
	if err := s.bulkInsert(ctx, rel.target, states); err != nil {
		return err
	}
	r := &relating{s: s}
	for _, st := range states {
		r.pairs = append(r.pairs, &pair{rel: rel, a: owner, b: st, on: true})
	}
	err := r.together()
	if err == nil {
		err = r.begin(ctx)
	}
	if err == nil {
		err = r.insertPairs(ctx)
	}
	return s.fail(err)
}
