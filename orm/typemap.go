package orm

import (
	"reflect"

	"github.com/alkahest-go/alkahest/sqltype"
)

// BaseOption is an option of NewBase.
type BaseOption func(b *Base)

// MapType has all models of a Base map a Go type to an SQL type, where the column
// does not say another. It holds for pointers to the type too.
func MapType[T any](t sqltype.Type) BaseOption {
	return func(b *Base) {
		if b.types == nil {
			b.types = map[reflect.Type]sqltype.Type{}
		}
		b.types[reflect.TypeFor[T]()] = t
	}
}

// typeOf returns the SQL type of a field's Go type, or nil where the Base says
// nothing about it.
func (b *Base) typeOf(t reflect.Type) sqltype.Type {
	if x := b.types[t]; x != nil {
		return x
	}
	inner, _ := nullableOf(t)
	return b.types[inner]
}
