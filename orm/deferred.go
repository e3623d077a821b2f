package orm

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Deferred is a field of an entity that queries may leave out, such as a long
// text. It knows whether it was read, and never reads as empty when it was not.
// Its column is one of T. A query leaves it out unless it says Undefer,
// UndeferGroup or LoadOnly, or the column says Undeferred; LoadColumns reads it
// later. The zero Deferred has the zero T.
type Deferred[T any] struct {
	value   T
	missing *NotLoadedError // of an entity that was read without it
}

// DeferredOf returns a field that has a value.
func DeferredOf[T any](v T) Deferred[T] { return Deferred[T]{value: v} }

// Get returns the value, or a *NotLoadedError where it was not read.
func (d *Deferred[T]) Get() (T, error) {
	if d.missing != nil {
		var zero T
		return zero, d.missing
	}
	return d.value, nil
}

// Set gives the field a value, which the next flush writes, whether the old one
// was read or not.
func (d *Deferred[T]) Set(v T) { d.value, d.missing = v, nil }

// Loaded reports whether Get returns the value.
func (d *Deferred[T]) Loaded() bool { return d.missing == nil }

// At is the address of the value, for orm.Column and its kin, which need to know
// the column and not the value.
func (d *Deferred[T]) At() *T { return &d.value }

// IsZero reports whether the value was not read, so that omitzero leaves it out
// of JSON.
func (d Deferred[T]) IsZero() bool { return d.missing != nil }

// MarshalJSON writes the value. One that was not read is a *NotLoadedError.
func (d Deferred[T]) MarshalJSON() ([]byte, error) {
	if d.missing != nil {
		return nil, d.missing
	}
	return json.Marshal(d.value)
}

// UnmarshalJSON sets the value.
func (d *Deferred[T]) UnmarshalJSON(text []byte) error {
	d.missing = nil
	return json.Unmarshal(text, &d.value)
}

func (d *Deferred[T]) deferredType() reflect.Type { return reflect.TypeFor[T]() }

// deferredOf returns the type of the value of a Deferred, or nil for another
// type.
func deferredOf(t reflect.Type) reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if d, ok := reflect.New(t).Interface().(interface{ deferredType() reflect.Type }); ok {
		return d.deferredType()
	}
	return nil
}

// deferral is what a column says about being left out.
type deferral struct {
	group string
	eager bool
}

// Attached implements schema.Attachment.
func (deferral) Attached() {}

// DeferredGroup names a group of deferred columns, which LoadColumns reads
// together and Query.UndeferGroup asks for.
func DeferredGroup(name string) schema.Option { return schema.Attach(deferral{group: name}) }

// Undeferred has queries read a column whose field is Deferred, unless they say
// Defer or LoadOnly.
func Undeferred() schema.Option { return schema.Attach(deferral{eager: true}) }

// defers makes the attribute one that queries may leave out.
func (m *mapper) defers(a *attr, t reflect.Type) {
	if a.ptr != nil {
		m.fail(a.name, "is Deferred and part of a value object that may be nil: make %s a plain struct", a.ptr.name)
		return
	}
	if a.col.IsPrimaryKey() {
		m.fail(a.name, "is Deferred and part of the primary key, which each query has to read: make it a %s", a.leaf.Go)
		return
	}
	a.deferred, a.missingAt = true, t.Field(1).Offset
	a.notLoaded = &NotLoadedError{Entity: m.goType.String(), Field: a.name, deferred: true}
	a.codec = deferredCodec(a.leaf, t, a.missingAt)
	for _, x := range a.col.Attachments {
		if d, ok := x.(deferral); ok {
			a.eager = a.eager || d.eager
			if d.group != "" {
				a.group = d.group
			}
		}
	}
}

// deferredCodec is the codec of a Deferred, whose value comes first.
func deferredCodec(inner *sqltype.Codec, t reflect.Type, missingAt uintptr) *sqltype.Codec {
	missing := func(p mem.Pointer) **NotLoadedError { return (**NotLoadedError)(mem.Add(p, missingAt)) }
	c := &sqltype.Codec{
		Type: inner.Type, Key: inner.Key, Go: t,
		Reference: inner.Reference, Nullable: inner.Nullable, Cheap: inner.Cheap, SaysUnset: inner.SaysUnset,
		IsZero: func(p mem.Pointer) bool { return *missing(p) == nil && inner.IsZero(p) },
	}
	c.Encode = func(p mem.Pointer) (sqltype.Value, error) {
		if err := *missing(p); err != nil {
			return sqltype.Value{}, err
		}
		return inner.Encode(p)
	}
	c.Decode = func(r sqltype.Row, i int, p mem.Pointer) error {
		*missing(p) = nil
		return inner.Decode(r, i, p)
	}
	if inner.Same != nil {
		c.Same = func(a, b mem.Pointer) bool {
			if *missing(a) != nil || *missing(b) != nil {
				return *missing(a) == *missing(b)
			}
			return inner.Same(a, b)
		}
	}
	if inner.Round != nil {
		c.Round = func(p mem.Pointer) {
			if *missing(p) == nil {
				inner.Round(p)
			}
		}
	}
	return c
}

func (a *attr) missingOf(p mem.Pointer) **NotLoadedError {
	return (**NotLoadedError)(mem.Add(a.at(p), a.missingAt))
}

// missing reports whether the attribute of an entity was not read.
func (a *attr) missing(p mem.Pointer) bool { return a.deferred && *a.missingOf(p) != nil }

// leaveOut says of an attribute that it was not read.
func (a *attr) leaveOut(p mem.Pointer) {
	a.clear(p)
	if a.deferred {
		*a.missingOf(p) = a.notLoaded
	}
}

// describeMissing says what to do.
func (e *NotLoadedError) describeMissing() string {
	if e.deferred {
		return fmt.Sprintf("orm: %s.%s was not read: ask for it by Undefer in the query, or by orm.LoadColumns, or set it", e.Entity, e.Field)
	}
	return fmt.Sprintf("orm: %s.%s is not loaded: add it to the query by With, or call Load of the relationship with the entities", e.Entity, e.Field)
}
