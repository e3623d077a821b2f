package orm

import (
	"reflect"
	"unsafe"
)

// Many is a field of an entity: the entities of the other table that belong to
// it. It knows whether it was loaded, and never reads as empty when it was not.
// The field is described by a HasMany or ManyToMany of the same name in the
// struct of columns. It belongs to its entity and is not to be copied.
type Many[T any] struct {
	_    noCopy
	core toMany
	_    [0]*T
}

// One is a field of an entity: the entity of the other table that it belongs
// to, or that belongs to it alone. The field is described by a BelongsTo or
// HasOne of the same name in the struct of columns. It belongs to its entity and
// is not to be copied.
type One[T any] struct {
	_    noCopy
	core toOne
	_    [0]*T
}

// noCopy has go vet report copies.
type noCopy struct{}

// Lock marks the type for go vet.
func (*noCopy) Lock() {}

// Unlock marks the type for go vet.
func (*noCopy) Unlock() {}

// toMany is what each Many is in memory.
type toMany struct {
	items []unsafe.Pointer
	ref
}

// toOne is what each One is in memory.
type toOne struct {
	item unsafe.Pointer
	ref
}

// ref says what a field is that was read from the database. The zero value is
// that of an entity which was made by the program: it has what it was given.
type ref struct {
	rel    *relation
	loaded bool
}

func (r *ref) readable() error {
	if r.rel == nil || r.loaded {
		return nil
	}
	return &NotLoadedError{Entity: r.rel.owner.goType.String(), Field: r.rel.field.name}
}

// All returns the entities in the order in which they were loaded. The slice is
// the field's own: read it only. Where they were not loaded it is a
// *NotLoadedError.
func (m *Many[T]) All() ([]*T, error) {
	if err := m.core.readable(); err != nil {
		return nil, err
	}
	return entities[T](m.core.items), nil
}

// Loaded reports whether All returns the entities.
func (m *Many[T]) Loaded() bool { return m.core.readable() == nil }

// Get returns the entity, nil where there is none. Where that was not loaded it
// is a *NotLoadedError.
func (o *One[T]) Get() (*T, error) {
	if err := o.core.readable(); err != nil {
		return nil, err
	}
	return (*T)(o.core.item), nil
}

// Loaded reports whether Get returns the entity.
func (o *One[T]) Loaded() bool { return o.core.readable() == nil }

// NotLoadedError says that a related entity, or a Deferred field, was asked for and not loaded:
// nothing loads behind the program's back.
type NotLoadedError struct {
	Entity, Field string
	deferred      bool // it is no relationship
}

// Error names the field and the ways to load it.
func (e *NotLoadedError) Error() string { return e.describeMissing() }

// relatedField is a field of an entity that holds other entities.
type relatedField interface {
	target() reflect.Type
	many() bool
}

func (*Many[T]) target() reflect.Type { return reflect.TypeFor[T]() }
func (*Many[T]) many() bool           { return true }
func (*One[T]) target() reflect.Type  { return reflect.TypeFor[T]() }
func (*One[T]) many() bool            { return false }

// relatedOf returns the field's description, nil where it is a value.
func relatedOf(t reflect.Type) relatedField {
	f, _ := reflect.New(t).Interface().(relatedField)
	return f
}
