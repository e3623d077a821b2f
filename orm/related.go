package orm

import (
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
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
	items []mem.Pointer
	// The first and the number of the items that the database has, in memory that
	// is not written again.
	first *mem.Pointer
	n     int
	told  *told // nil for none
	ref
}

// toOne is what each One is in memory.
type toOne struct {
	item mem.Pointer
	was  mem.Pointer // the item that the database has
	set  uint64      // the moment when the program gave the item, 0 where it did not
	ref
}

// was returns the items that the database has.
func (m *toMany) was() []mem.Pointer { return mem.Slice(m.first, m.n) }

// same reports whether the items are those that the database has.
func (m *toMany) same() bool {
	return len(m.items) == m.n && mem.First(m.items) == m.first || len(m.items)+m.n == 0
}

// settle says that the database has the items. Those that wait in one that was
// not loaded are among others that it has.
func (m *toMany) settle() {
	if !m.loaded {
		m.items = nil
	}
	m.first, m.n, m.told = mem.First(m.items), len(m.items), nil
}

// renew says that the database has none of the items.
func (m *toMany) renew() { m.first, m.n = nil, 0 }

// revert makes the items those that the database has.
func (m *toMany) revert() {
	if m.readable() != nil { // what waits is not of the database
		m.renew()
	}
	m.items, m.told = slices.Clip(m.was()), nil
}

// same reports whether the item is the one that the database has.
func (o *toOne) same() bool { return o.set == 0 }

func (o *toOne) settle() {
	o.was, o.set, o.loaded = o.item, 0, o.loaded || o.set != 0
}

func (o *toOne) renew() {
	if o.was = nil; o.item == nil {
		o.set = 0
	} else if o.set == 0 {
		o.set = unknownMoment
	}
}

func (o *toOne) revert() {
	o.item, o.set = o.was, 0
}

// ref says what a field is that was read from the database. The zero value is
// that of an entity which was made by the program: it has what it was given.
type ref struct {
	rel    *relation
	at     uint32 // Session.loads when it was loaded
	loaded bool
	partly bool // not all that there are, or in another order than their own
}

// loadedSince reports whether the field was loaded since the session counted so many
// loads.
func (r *ref) loadedSince(loads uint32) bool { return r.loaded && r.at >= loads }

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

// Add appends entities that belong to it from now on. The next flush says so in
// the database, and inserts those that are new; the other end of the
// relationship follows then. Nothing has to be loaded for it. One that it has
// already stays.
func (m *Many[T]) Add(ts ...*T) { m.core.add(pointers(ts)) }

// Remove takes entities out of it. The next flush makes the foreign key of such a
// row NULL, or deletes the row where the relationship says DeleteOrphans; of a
// ManyToMany it deletes the row between the two. Where they were not loaded it is
// a *NotLoadedError.
func (m *Many[T]) Remove(ts ...*T) error {
	if err := m.core.readable(); err != nil {
		return err
	}
	m.core.remove(pointers(ts))
	return nil
}

// Set makes the entities the only ones; see Add and Remove. Where they were not
// loaded it is a *NotLoadedError.
func (m *Many[T]) Set(ts ...*T) error {
	if err := m.core.readable(); err != nil {
		return err
	}
	m.core.set(pointers(ts))
	return nil
}

// Set makes t the entity, nil none. The next flush writes the foreign key, and
// inserts t where it is new; the other end of the relationship follows then.
func (o *One[T]) Set(t *T) {
	o.core.give(mem.Pointer(t))
}

func (o *toOne) give(p mem.Pointer) { o.item, o.set = p, nextMoment() }

// Get returns the entity, nil where there is none. Where that was not loaded it
// is a *NotLoadedError.
func (o *One[T]) Get() (*T, error) {
	if err := o.core.readable(); err != nil && o.core.set == 0 {
		return nil, err
	}
	return (*T)(o.core.item), nil
}

// Loaded reports whether Get returns the entity.
func (o *One[T]) Loaded() bool { return o.core.set != 0 || o.core.readable() == nil }

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
	loads() bool
}

func (*Many[T]) target() reflect.Type { return reflect.TypeFor[T]() }
func (*Many[T]) many() bool           { return true }
func (*Many[T]) loads() bool          { return true }
func (*One[T]) target() reflect.Type  { return reflect.TypeFor[T]() }
func (*One[T]) many() bool            { return false }
func (*One[T]) loads() bool           { return true }

// relatedOf returns the field's description, nil where it is a value.
func relatedOf(t reflect.Type) relatedField {
	f, _ := reflect.New(t).Interface().(relatedField)
	return f
}
