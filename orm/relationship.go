package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// HasMany is, in the struct of columns of E, that many rows of T's table
// reference one of E's. The entity has a field Many[T] of the same name. The
// zero value finds the foreign key by itself, where there is one.
//
// A HasMany is a Loader too: of all of them, or of those that its methods say.
type HasMany[E, T any] struct{ relationship[E, T] }

// HasOne is HasMany of at most one row. The entity has a field One[T].
type HasOne[E, T any] struct{ relationship[E, T] }

// BelongsTo is, in the struct of columns of E, that its rows reference one of
// T's. The entity has a field One[T] of the same name.
type BelongsTo[E, T any] struct{ relationship[E, T] }

// ManyToMany is, in the struct of columns of E, that a table between the two
// says which rows of T's belong to which of E's. The entity has a field Many[T]
// of the same name. Over names the table.
type ManyToMany[E, T any] struct{ relationship[E, T] }

// Loader loads a relationship of an E.
type Loader[E any] interface {
	loads(*E) (*loadPlan, error)
}

// relationship is what the kinds have in common.
type relationship[E, T any] struct {
	rel   *relation
	from  expr.Source // E's, where it is not its table
	to    expr.Source // T's, where it is not its table
	via   []string
	over  string
	plan  loadPlan
	wrong error

	deletes, orphans bool
	numbered         *numbered
	when             *when
}

// loadPlan says what a loader loads.
type loadPlan struct {
	rel   *relation
	to    expr.Source // nil: the target's table
	how   strategy
	where []expr.Predicate
	order []expr.Order
	limit *int // for each owner
	batch int  // how many owners a Load takes; 0: those that it is given
	depth int  // levels of a relationship to its own table
	then  []*loadPlan
	seen  map[mem.Pointer]bool // owners of levels before, of an endless depth
}

func (h relationship[E, T]) loads(*E) (*loadPlan, error) {
	if h.rel == nil {
		return nil, h.undeclared()
	}
	p := h.plan
	p.rel, p.to = h.rel, h.to
	return &p, errors.Join(h.wrong, p.check())
}

func (h relationship[E, T]) along(columns []string) relationship[E, T] {
	h.via = columns
	return h
}

func (h relationship[E, T]) filtered(ps []expr.Predicate) relationship[E, T] {
	h.plan.where = append(slices.Clip(h.plan.where), ps...)
	return h
}

func (h relationship[E, T]) ordered(os []expr.Order) relationship[E, T] {
	h.plan.order = append(slices.Clip(h.plan.order), os...)
	return h
}

func (h relationship[E, T]) with(loaders []Loader[T]) relationship[E, T] {
	plans, err := plansOf(loaders)
	if err != nil {
		h.wrong = err
	}
	h.plan.then = append(slices.Clip(h.plan.then), plans...)
	return h
}

// plansOf returns what the loaders say.
func plansOf[E any](loaders []Loader[E]) ([]*loadPlan, error) {
	var plans []*loadPlan
	for _, l := range loaders {
		p, err := l.loads(nil)
		if err != nil {
			return plans, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// Load loads the relationship of entities that are there, whatever it was
// before, by one statement for all of them. The session flushes first.
func (h relationship[E, T]) Load(ctx context.Context, s *Session, owners ...*E) error {
	p, err := h.loads(nil)
	if err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if err := p.rel.owner.ready(); err != nil {
		return err
	}
	if err := s.autoflush(ctx); err != nil {
		return err
	}
	if slices.Contains(owners, nil) {
		return nilEntity(reflect.TypeFor[*E]())
	}
	sent := s.loadsSent
	err = s.loadAll(ctx, s.batch(p, pointers(owners)), []*loadPlan{p}, tracked, nil)
	if s.loadsSent > sent {
		s.watched(p.rel.owner, p.rel.field.name)
	}
	return err
}

// Via names the columns of the foreign key that is meant, where there are
// several.
func (h HasMany[E, T]) Via(columns ...string) HasMany[E, T] { return HasMany[E, T]{h.along(columns)} }

// Where loads only those that meet the conditions, which may speak of T's table.
func (h HasMany[E, T]) Where(ps ...expr.Predicate) HasMany[E, T] {
	return HasMany[E, T]{h.filtered(ps)}
}

// OrderBy sets the order in which each entity has them.
func (h HasMany[E, T]) OrderBy(os ...expr.Order) HasMany[E, T] { return HasMany[E, T]{h.ordered(os)} }

// With loads relationships of what is loaded, by a statement each.
func (h HasMany[E, T]) With(loaders ...Loader[T]) HasMany[E, T] {
	return HasMany[E, T]{h.with(loaders)}
}

// Via names the columns of the foreign key that is meant, where there are
// several.
func (h HasOne[E, T]) Via(columns ...string) HasOne[E, T] { return HasOne[E, T]{h.along(columns)} }

// With loads relationships of what is loaded, by a statement each.
func (h HasOne[E, T]) With(loaders ...Loader[T]) HasOne[E, T] { return HasOne[E, T]{h.with(loaders)} }

// Via names the columns of the foreign key that is meant, where there are
// several.
func (h BelongsTo[E, T]) Via(columns ...string) BelongsTo[E, T] {
	return BelongsTo[E, T]{h.along(columns)}
}

// With loads relationships of what is loaded, by a statement each.
func (h BelongsTo[E, T]) With(loaders ...Loader[T]) BelongsTo[E, T] {
	return BelongsTo[E, T]{h.with(loaders)}
}

// Over names the table between the two, whose foreign keys reference both.
func (h ManyToMany[E, T]) Over(table string) ManyToMany[E, T] {
	h.over = table
	return h
}

// Via names the columns of the foreign key from the table between to E's, where
// there are several.
func (h ManyToMany[E, T]) Via(columns ...string) ManyToMany[E, T] {
	return ManyToMany[E, T]{h.along(columns)}
}

// Where loads only those that meet the conditions, which may speak of T's table
// and of the one between.
func (h ManyToMany[E, T]) Where(ps ...expr.Predicate) ManyToMany[E, T] {
	return ManyToMany[E, T]{h.filtered(ps)}
}

// OrderBy sets the order in which each entity has them.
func (h ManyToMany[E, T]) OrderBy(os ...expr.Order) ManyToMany[E, T] {
	return ManyToMany[E, T]{h.ordered(os)}
}

// With loads relationships of what is loaded, by a statement each.
func (h ManyToMany[E, T]) With(loaders ...Loader[T]) ManyToMany[E, T] {
	return ManyToMany[E, T]{h.with(loaders)}
}

// relationshipField is a field of a struct of columns that is a relationship.
type relationshipField interface {
	declare(m *mapper, name string)
	rebase(from expr.Source)
}

func (h *HasMany[E, T]) declare(m *mapper, name string)    { h.bind(m, name, hasMany) }
func (h *HasOne[E, T]) declare(m *mapper, name string)     { h.bind(m, name, hasOne) }
func (h *BelongsTo[E, T]) declare(m *mapper, name string)  { h.bind(m, name, belongsTo) }
func (h *ManyToMany[E, T]) declare(m *mapper, name string) { h.bind(m, name, manyToMany) }

func (h *relationship[E, T]) bind(m *mapper, name string, kind relationKind) {
	h.rel = m.relate(&relation{owner: m, kind: kind, field: field{name: name}, goal: reflect.TypeFor[T](), via: h.via, over: h.over, deletes: h.deletes, orphans: h.orphans, numbered: h.numbered, when: h.when}, reflect.TypeFor[E]())
}

// relate makes a relationship that was declared one of the mapper's.
func (m *mapper) relate(r *relation, of reflect.Type) *relation {
	name := r.field.name
	if known := m.inherited(r); known != nil {
		return known
	}
	i := slices.IndexFunc(m.related, func(f field) bool { return f.name == name })
	switch {
	case of != m.goType:
		m.fail(name, "is a relationship of %s in the columns of %s: declare it as one of its own", of, m.goType)
	case i < 0:
		m.fail(name, "is a relationship, but %s has no field of that name: add it, as an %s", m.goType, r.fieldType())
	case relatedOf(m.related[i].typ).target() != r.goal || relatedOf(m.related[i].typ).many() != r.kind.toMany():
		m.fail(name, "is an %s, and its relationship asks for an %s; give both the same", relatedType(relatedOf(m.related[i].typ)), r.fieldType())
	case slices.ContainsFunc(m.relations, func(o *relation) bool { return o.field.name == name }):
		m.fail(name, "has two relationships, one in the struct of columns and one in a struct that it embeds; keep one")
	case r.kind == manyToMany && r.over == "":
		m.fail(name, "is a ManyToMany, and does not say which table is between: name it by Over")
	default:
		r.field = m.related[i]
		r.writeOnly = !relatedOf(r.field.typ).loads()
		m.relations = append(m.relations, r)
	}
	return r
}

// inherited returns the relationship of the base that r is in the columns of what
// derives from it.
func (m *mapper) inherited(r *relation) *relation {
	if m.parent == nil || m.how == concreteTable {
		return nil
	}
	i := slices.IndexFunc(m.parent.relations, func(o *relation) bool { return o.field.name == r.field.name && o.kind == r.kind && o.goal == r.goal })
	if i < 0 {
		return nil
	}
	return m.parent.relations[i]
}

func (r *relation) fieldType() string { return typeName(r.kind.toMany(), r.goal) }

func relatedType(f relatedField) string { return typeName(f.many(), f.target()) }

// typeName is the type of a field as programs write it.
func typeName(many bool, of reflect.Type) string {
	if many {
		return fmt.Sprintf("orm.Many[%s]", of)
	}
	return fmt.Sprintf("orm.One[%s]", of)
}

// declareRelations binds the relationships of a struct of columns, those of
// embedded structs included.
func declareRelations(m *mapper, ptr reflect.Value) {
	eachRelation(ptr, func(name string, r relationshipField) { r.declare(m, name) })
}

// aliasRelations makes the relationships of a copied struct those of an alias.
func aliasRelations(ptr reflect.Value, alias expr.Source) {
	eachRelation(ptr, func(_ string, r relationshipField) { r.rebase(alias) })
}

func eachRelation(ptr reflect.Value, do func(name string, r relationshipField)) {
	v := ptr.Elem()
	for i := range v.NumField() {
		f, sf := v.Field(i), v.Type().Field(i)
		if f.Kind() != reflect.Struct || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		at := reflect.NewAt(f.Type(), mem.Pointer(f.UnsafeAddr()))
		if r, ok := at.Interface().(relationshipField); ok && !sf.Anonymous {
			do(sf.Name, r)
		} else if sf.Anonymous {
			eachRelation(at, do)
		}
	}
}

// unrelated refuses fields of the entity that nothing describes.
func (m *mapper) unrelated() {
	for _, f := range m.related {
		if !slices.ContainsFunc(m.relations, func(r *relation) bool { return r.field.name == f.name }) && !m.failedAt(f.name) {
			m.fail(f.name, "is a relationship that the struct of columns does not describe: add a HasMany, HasOne, BelongsTo or ManyToMany of that name, or tag the field `db:\"-\"`")
		}
	}
}

func (m *mapper) failedAt(name string) bool {
	return slices.ContainsFunc(m.errs, func(err error) bool {
		me, ok := err.(*ModelError)
		return ok && me.Field == name
	})
}
