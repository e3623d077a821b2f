package orm

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// Field is a mapped field of entities of type T, found by its column, for programs
// that read and write fields which they don't know by name.
type Field[T any] struct {
	m *mapper
	a *attr
}

// FieldOf returns the field of a column of the table.
func FieldOf[T any](src Source[T], column expr.Expression) (Field[T], error) {
	m, _, err := mapperFrom(src, nil)
	if err != nil {
		return Field[T]{}, err
	}
	list, err := m.attrsOf([]expr.Expression{column})
	if err != nil {
		return Field[T]{}, err
	}
	return Field[T]{m: m, a: list[0]}, nil
}

// KeyFields returns the fields of the primary key, in the order in which Get takes
// them.
func KeyFields[T any](src Source[T]) ([]Field[T], error) {
	m, _, err := mapperFrom(src, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Field[T], len(m.key))
	for i, a := range m.key {
		out[i] = Field[T]{m: m, a: a}
	}
	return out, nil
}

// Attribute tells how the field is mapped.
func (f Field[T]) Attribute() Attribute { return f.m.attribute(f.a) }

// Get returns the field's value, of the type that Attribute tells, and whether it
// is there: a Deferred may not have been read, a value object may be nil.
func (f Field[T]) Get(entity *T) (value reflect.Value, there bool) {
	p := mem.Pointer(entity)
	if f.a.missing(p) || f.nowhere(p) {
		return reflect.Zero(f.a.leaf.Go), false
	}
	return reflect.NewAt(f.a.leaf.Go, f.a.leafAt(p)).Elem(), true
}

// nowhere reports whether the field is one of a value object that is nil.
func (f Field[T]) nowhere(p mem.Pointer) bool {
	return f.a.ptr != nil && *(*mem.Pointer)(f.a.at(p)) == nil
}

// Set gives the field a value, which must be of the type that Attribute tells. A
// value object that is nil is made, but for NULL.
func (f Field[T]) Set(entity *T, value reflect.Value) error {
	if value.Type() != f.a.leaf.Go {
		return &EntityError{Entity: f.m.goType.String(), Field: f.a.name, Err: fmt.Errorf("is a %s, and was to get a %s", f.a.leaf.Go, value.Type())}
	}
	p := mem.Pointer(entity)
	if f.nowhere(p) {
		if f.a.leaf.Nullable && value.IsZero() {
			return nil
		}
		*(*mem.Pointer)(f.a.at(p)) = reflect.New(f.a.ptr.typ).UnsafePointer()
	}
	if f.a.deferred {
		*f.a.missingOf(p) = nil
	}
	reflect.NewAt(f.a.leaf.Go, f.a.leafAt(p)).Elem().Set(value)
	return nil
}

// Check runs the validators of the field, which may change it, and finds out
// whether its column can hold the value. Errors are *EntityError.
func (f Field[T]) Check(entity *T) error {
	p := mem.Pointer(entity)
	if f.a.missing(p) || f.nowhere(p) {
		return nil
	}
	if errs := f.m.validateFields(p, []*attr{f.a}); len(errs) > 0 {
		return errors.Join(errs...)
	}
	v, err := f.a.leaf.Value(f.a.leafAt(p))
	switch {
	case err != nil:
		return f.m.valueError(p, f.a, err)
	case v.IsNull() && !f.a.col.Nullable && !f.a.nilIsEmpty && !f.a.zeroUnset:
		return f.m.valueError(p, f.a, errNotNull)
	}
	return nil
}

var errNotNull = errors.New("is NULL, which its column can't be")
