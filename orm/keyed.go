package orm

import (
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Collection is a relationship to many: a HasMany or a ManyToMany.
type Collection[E, T any] interface {
	Add(owner *E, ts ...*T) error
	resolved() (*relation, error)
}

// Keyed reads and changes a relationship by a key of the entities at its other
// end. KeyedBy makes one. It is a value that any number of goroutines may use.
type Keyed[E any, K comparable, T any] struct {
	of  Collection[E, T]
	key func(t *T) K
}

// KeyedBy returns a relationship as a map by what key returns: a field, or what
// is computed of some. The key is asked for at each call, so that it is never an
// old one.
func KeyedBy[E, T any, K comparable](of Collection[E, T], key func(t *T) K) Keyed[E, K, T] {
	return Keyed[E, K, T]{of, key}
}

// All returns the entities by their keys. The map is the caller's. Where they
// were not loaded it is a *NotLoadedError, and where two have one key an
// *EntityError that names both.
func (k Keyed[E, K, T]) All(owner *E) (map[K]*T, error) {
	rel, many, err := k.many(owner)
	if err != nil {
		return nil, err
	}
	out := make(map[K]*T, len(many.items))
	for _, t := range entities[T](many.items) {
		key := k.key(t)
		if other := out[key]; other != nil {
			return nil, &EntityError{Entity: rel.owner.describe(mem.Pointer(owner)), Field: rel.field.name, Err: fmt.Errorf(
				"%s and %s have the same key; make it unique, or take one out", rel.target.describe(mem.Pointer(other)), rel.target.describe(mem.Pointer(t)))}
		}
		out[key] = t
	}
	return out, nil
}

// Get returns the entity with the key, nil where there is none. Where they were
// not loaded it is a *NotLoadedError.
func (k Keyed[E, K, T]) Get(owner *E, key K) (*T, error) {
	_, many, err := k.many(owner)
	if err != nil {
		return nil, err
	}
	for _, t := range entities[T](many.items) {
		if k.key(t) == key {
			return t, nil
		}
	}
	return nil, nil
}

// Put gives the owner entities, on both sides at once; each takes the place of
// the one that has its key, which is taken out as by Many.Remove. Where they were
// not loaded it is a *NotLoadedError.
func (k Keyed[E, K, T]) Put(owner *E, ts ...*T) error {
	for _, t := range ts {
		if t == nil {
			return nilEntity(reflect.TypeFor[*T]())
		}
		if err := k.remove(owner, k.key(t), t); err != nil {
			return err
		}
		if err := k.of.Add(owner, t); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes out what has one of the keys; see Many.Remove.
func (k Keyed[E, K, T]) Remove(owner *E, keys ...K) error {
	for _, key := range keys {
		if err := k.remove(owner, key, nil); err != nil {
			return err
		}
	}
	return nil
}

// remove takes out what has the key, but for one.
func (k Keyed[E, K, T]) remove(owner *E, key K, but *T) error {
	_, many, err := k.many(owner)
	if err != nil {
		return err
	}
	var gone []mem.Pointer
	for _, t := range entities[T](many.items) {
		if t != but && k.key(t) == key {
			gone = append(gone, mem.Pointer(t))
		}
	}
	many.remove(gone)
	return nil
}

// many returns what the owner has, which was loaded.
func (k Keyed[E, K, T]) many(owner *E) (*relation, *toMany, error) {
	rel, err := k.of.resolved()
	if err != nil {
		return nil, nil, err
	}
	if rel.writeOnly {
		return nil, nil, rel.neverLoaded()
	}
	if owner == nil {
		return nil, nil, nilEntity(reflect.TypeFor[*E]())
	}
	many := rel.manyAt(mem.Pointer(owner))
	return rel, many, many.readable()
}
