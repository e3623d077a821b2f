package orm

import (
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// AddProperty makes a field of a table that was mapped by tags one that an
// expression fills, as Property does. get returns the field's address, or, of a
// Deferred, that of its value (At). The field is tagged `db:"-"`, as it is no
// column. It is to be called before the table is used, as a package variable is
// made, or in an init function; x is called on first use.
func AddProperty[T, V any](t Source[T], get func(*T) *V, x func() expr.Of[V]) Property[V] {
	p := Property[V]{expressed[V]{cell: &cellOf{tell: func(reflect.Value) (expr.Expression, bool) { return expr.Unwrap(x()), true }}}}
	addField(t, get, &p.expressed)
	return p
}

// AddQueryExpression is AddProperty for a field that queries fill by expressions
// of their own.
func AddQueryExpression[T, V any](t Source[T], get func(*T) *V) QueryExpression[V] {
	q := QueryExpression[V]{expressed[V]{cell: &cellOf{demanded: true}}}
	addField(t, get, &q.expressed)
	return q
}

// NewHybrid returns a Hybrid of a table that was mapped by tags. x is called on
// first use.
func NewHybrid[T, V any](t Source[T], compute func(*T) V, x func() expr.Of[V]) Hybrid[T, V] {
	h := Hybrid[T, V]{expressed[V]{cell: &cellOf{tell: func(reflect.Value) (expr.Expression, bool) { return expr.Unwrap(x()), true }}}, compute}
	m, from := t.source(nil)
	if m != nil {
		m.addExpression("a hybrid", from, &h.expressed, func() {})
	}
	return h
}

func addField[T, V any](t Source[T], get func(*T) *V, e *expressed[V]) {
	m, from := t.source(nil)
	if m == nil {
		return
	}
	entity := new(T)
	offset := uintptr(mem.Pointer(get(entity))) - uintptr(mem.Pointer(entity))
	f, ok := findField(m.goType, 0, func(f field) bool { return f.offset == offset && f.typ == reflect.TypeFor[V]() })
	m.addExpression(f.name, from, e, func() {
		if !ok {
			m.fail("", "the field given to AddProperty or AddQueryExpression is none of its fields")
			return
		}
		m.addProperty(f, e.cell, reflect.TypeFor[V]())
	})
}

// addExpression adds an expression to a mapper that is not in use yet.
func (m *mapper) addExpression(name string, from expr.Source, e expressive, add func()) {
	m.base.mu.Lock()
	defer m.base.mu.Unlock()
	if m.checked {
		e.refuse(m.problem(name, "was given an expression after the first use of the table: do that as package variables are made, or in an init function"))
		return
	}
	if err := e.begin(m, name); err != nil {
		m.fail(name, "%v", err)
		return
	}
	add()
	e.bind(from)
	m.cells = append(m.cells, e.sharedCell())
}

// findField finds a field, whatever its tag.
func findField(t reflect.Type, base uintptr, is func(field) bool) (field, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		x := field{name: f.Name, typ: f.Type, offset: base + f.Offset}
		if d := deferredOf(f.Type); d != nil {
			x.typ, x.late = d, f.Type
		}
		if f.IsExported() && is(x) {
			return x, true
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if x, ok := findField(f.Type, base+f.Offset, is); ok {
				return x, true
			}
		}
	}
	return field{}, false
}
