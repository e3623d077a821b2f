package orm

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// Proxy goes from an E over the entities between, of type M, to the T that each
// of those belongs to: from a pupil over its grades to lessons. Through makes
// one. It is a value that any number of goroutines may use.
type Proxy[E, M, T any] struct {
	over   HasMany[E, M]
	to     BelongsTo[M, T]
	create func(t *T) *M
}

// Through returns the way over one relationship and along another. create makes
// the entity between for Add, with its own columns; nil makes a zero one. The
// proxy gives it its two ends.
func Through[E, M, T any](over HasMany[E, M], to BelongsTo[M, T], create func(t *T) *M) Proxy[E, M, T] {
	if create == nil {
		create = func(*T) *M { return new(M) }
	}
	return Proxy[E, M, T]{over, to, create}
}

// All returns what is at the other end, in the order of the entities between.
// Where one of the two relationships is not loaded it is a *NotLoadedError.
func (p Proxy[E, M, T]) All(owner *E) ([]*T, error) {
	var out []*T
	err := p.each(owner, func(_ mem.Pointer, t *T) { out = append(out, t) })
	return out, err
}

// each tells the entities between, and what they belong to.
func (p Proxy[E, M, T]) each(owner *E, f func(between mem.Pointer, t *T)) error {
	over, to, err := p.resolved()
	if err != nil {
		return err
	}
	if over.writeOnly {
		return over.neverLoaded()
	}
	many := over.manyAt(mem.Pointer(owner))
	if err := many.readable(); err != nil {
		return err
	}
	for _, m := range many.items {
		one := to.oneAt(m)
		if err := one.readable(); err != nil && one.set == 0 {
			return err
		}
		if one.item != nil {
			f(m, (*T)(one.item))
		}
	}
	return nil
}

func (p Proxy[E, M, T]) resolved() (over, to *relation, err error) {
	if over, err = p.over.resolved(); err == nil {
		to, err = p.to.resolved()
	}
	return over, to, err
}

// Add gives the owner others, each by a new entity between. Nothing has to be
// loaded for it.
func (p Proxy[E, M, T]) Add(owner *E, ts ...*T) error {
	for _, t := range ts {
		m := p.create(t)
		if err := p.to.Set(m, t); err != nil {
			return err
		}
		if err := p.over.Add(owner, m); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes the entities between from the owner that lead to t: the next flush
// deletes them where the relationship says DeleteOrphans. Where one of the two
// relationships is not loaded it is a *NotLoadedError.
func (p Proxy[E, M, T]) Remove(owner *E, t *T) error {
	var gone []mem.Pointer
	if err := p.each(owner, func(m mem.Pointer, found *T) {
		if found == t {
			gone = append(gone, m)
		}
	}); err != nil {
		return err
	}
	p.over.rel.manyAt(mem.Pointer(owner)).remove(gone)
	return nil
}

// Any is that one at the other end meets the conditions, which speak of T's
// table.
func (p Proxy[E, M, T]) Any(ps ...expr.Predicate) expr.Pred { return p.over.Any(p.to.Has(ps...)) }

// Contains is that the entity is one of them. It must have been flushed.
func (p Proxy[E, M, T]) Contains(entity *T) expr.Pred { return p.over.Any(p.to.Is(entity)) }
