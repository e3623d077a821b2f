package orm

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// Any is that one of them meets the conditions, which speak of T's table and, of
// a ManyToMany, of the table between; without conditions, that there is one. In a
// relationship of a table to itself they speak of the other end; To names it
// apart where both are meant.
func (h HasMany[E, T]) Any(ps ...expr.Predicate) expr.Pred { return h.exists(ps) }

// Any is HasMany.Any.
func (h ManyToMany[E, T]) Any(ps ...expr.Predicate) expr.Pred { return h.exists(ps) }

// Has is that there is one and that it meets the conditions, which speak of T's
// table; see HasMany.Any.
func (h HasOne[E, T]) Has(ps ...expr.Predicate) expr.Pred { return h.exists(ps) }

// Has is that there is one and that it meets the conditions, which speak of T's
// table; see HasMany.Any.
func (h BelongsTo[E, T]) Has(ps ...expr.Predicate) expr.Pred { return h.exists(ps) }

// Contains is that the entity is one of them. It must have been flushed.
func (h HasMany[E, T]) Contains(entity *T) expr.Pred { return h.holds(entity) }

// Contains is that the entity is one of them. It must have been flushed.
func (h ManyToMany[E, T]) Contains(entity *T) expr.Pred { return h.holds(entity) }

// Is is that it is the entity, which must have been flushed.
func (h HasOne[E, T]) Is(entity *T) expr.Pred { return h.holds(entity) }

// IsNot is that it is another entity, or none.
func (h HasOne[E, T]) IsNot(entity *T) expr.Pred { return expr.Not(h.holds(entity)) }

// IsNone is that there is none.
func (h HasOne[E, T]) IsNone() expr.Pred { return expr.Not(h.exists(nil)) }

// Is is that it is the entity, which must have been flushed.
func (h BelongsTo[E, T]) Is(entity *T) expr.Pred { return h.holds(entity) }

// IsNot is that it is another entity, or none.
func (h BelongsTo[E, T]) IsNot(entity *T) expr.Pred {
	return expr.Or(expr.Not(h.holds(entity)), h.IsNone())
}

// IsNone is that the foreign key is NULL.
func (h BelongsTo[E, T]) IsNone() expr.Pred {
	rel, err := h.resolved()
	if err != nil {
		return invalid(err)
	}
	if rel.rule != nil {
		return expr.Not(h.exists(nil))
	}
	var null []expr.Predicate
	for _, x := range refsOf(rel.local, h.source()) {
		null = append(null, expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: x}))
	}
	for _, p := range rel.onlyWhen(h.source()) {
		null = append(null, expr.Not(p), expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: rel.when.attr.column(h.source())}))
	}
	return expr.Or(null...)
}

// Of is the condition on T's table that its rows belong to the entity, which must
// have been flushed: what Load would load for it.
func (h relationship[E, T]) Of(entity *E) expr.Pred {
	rel, err := h.resolved()
	if err != nil {
		return invalid(err)
	}
	values, err := valuesOf(rel.owner, rel.local, mem.Pointer(entity))
	if err != nil {
		return invalid(fmt.Errorf("orm: %s.%s: %w", rel.owner.goType, rel.field.name, err))
	}
	if values == nil {
		return expr.NewPred(expr.FALSE)
	}
	p := rel.path(h.source(), h.target())
	switch {
	case rel.byJoin():
		return rel.ofByRule(p.to, values)
	case p.between == nil:
		return expr.And(rel.equal(rel.remote, p.to, values, rel.kind == belongsTo, mem.Pointer(entity))...)
	}
	rows := expr.NewSelect(columnRefs(rel.far, p.between, rel.remote)...).From(p.between)
	return expr.Exists(rows.Where(p.far()...).Where(equalEach(columnRefs(rel.near, p.between, rel.local), values)...))
}

func invalid(err error) expr.Pred { return expr.NewPred(expr.Invalid{Err: err}) }

// resolved returns the relationship once its models were checked.
func (h relationship[E, T]) resolved() (*relation, error) {
	if h.rel == nil {
		return nil, h.undeclared()
	}
	if h.wrong != nil {
		return nil, h.wrong
	}
	if err := h.rel.owner.ready(); err != nil {
		return nil, err
	}
	return h.rel, h.rel.target.ready()
}

func (h relationship[E, T]) undeclared() error {
	return fmt.Errorf("orm: a relationship of %s to %s is not declared: take it from what orm.Declare returned", reflect.TypeFor[E](), reflect.TypeFor[T]())
}

func (h relationship[E, T]) source() expr.Source {
	if h.from != nil {
		return h.from
	}
	return h.rel.owner.table
}

func (h relationship[E, T]) target() expr.Source {
	if h.to != nil {
		return h.to
	}
	return h.rel.end()
}

// spoken is what conditions on T's table are to speak of: those of an alias do so
// already.
func (h relationship[E, T]) spoken() expr.Source {
	if h.to != nil {
		return h.rel.target.table
	}
	return h.rel.end()
}

// exists is that there is a row at the other end which meets the conditions.
func (h relationship[E, T]) exists(ps []expr.Predicate) expr.Pred {
	rel, err := h.resolved()
	if err != nil {
		return invalid(err)
	}
	ps = append(slices.Clip(h.plan.where), ps...)
	p := rel.path(h.source(), h.target())
	if h.to == nil && p.to == expr.Source(rel.owner.table) {
		p = rel.path(h.source(), freeAlias(rel.target.table, rel.target.table.Name, append(nodesOf(ps), h.source())...))
		ps, err = p.adapted(ps)
	} else {
		ps, err = adapt(ps, rel, h.spoken(), p.between)
	}
	if err != nil {
		return invalid(err)
	}
	return expr.Exists(p.partners().Where(ps...))
}

func nodesOf(ps []expr.Predicate) []expr.Node {
	out := make([]expr.Node, len(ps))
	for i, p := range ps {
		out[i] = p
	}
	return out
}

// holds is that the entity is at the other end.
func (h relationship[E, T]) holds(entity *T) expr.Pred {
	rel, err := h.resolved()
	if err != nil {
		return invalid(err)
	}
	values, err := valuesOf(rel.target, rel.remote, mem.Pointer(entity))
	if err != nil {
		return invalid(fmt.Errorf("orm: %s.%s: %w", rel.owner.goType, rel.field.name, err))
	}
	if values == nil {
		return expr.NewPred(expr.FALSE)
	}
	p := rel.path(h.source(), h.target())
	switch {
	case rel.byJoin():
		return p.holdsByRule(values)
	case p.between == nil:
		return expr.And(rel.equal(rel.local, p.from, values, rel.kind != belongsTo, mem.Pointer(entity))...)
	}
	rows := expr.NewSelect(columnRefs(rel.far, p.between, rel.remote)...).From(p.between)
	return expr.Exists(rows.Where(p.near()...).Where(equalEach(columnRefs(rel.far, p.between, rel.remote), values)...))
}

var errNoEntity = errors.New("no entity was given; ask for none by IsNone")

// valuesOf are the values by which an entity is found, nil where one of them is
// NULL, so that it is not.
func valuesOf(m *mapper, as []*attr, p mem.Pointer) ([]expr.Expression, error) {
	if p == nil {
		return nil, errNoEntity
	}
	out := make([]expr.Expression, len(as))
	for i, a := range as {
		if a.zeroUnset && a.codec.IsZero(a.at(p)) {
			return nil, fmt.Errorf("%s has no %s yet: flush it first", m.goType, a.name)
		}
		v, err := a.encode(p)
		if err != nil {
			return nil, m.valueError(p, a, err)
		}
		if v.IsNull() {
			return nil, nil
		}
		out[i] = &expr.Bind{Value: v.Clone(), Codec: a.codec}
	}
	return out, nil
}
