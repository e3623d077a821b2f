package engine

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/alkahest-go/alkahest/sqltype"
)

// structFields are the fields of a struct that take columns, found once a type.
type structFields struct {
	byName map[string]structField
	groups []fieldGroup
	err    error
}

// structField is where a column's value goes: an offset within the struct, or
// within that of a group.
type structField struct {
	offset uintptr
	typ    reflect.Type
}

// fieldGroup is a field that is a struct, which takes the columns of the table
// that has its name.
type fieldGroup struct {
	table   string
	offset  uintptr
	typ     reflect.Type
	pointer bool
	byName  map[string]structField
}

var fieldsOfType sync.Map // reflect.Type to *structFields

func fieldsOf(t reflect.Type) *structFields {
	if f, ok := fieldsOfType.Load(t); ok {
		return f.(*structFields)
	}
	f := &structFields{byName: map[string]structField{}}
	f.err = f.collect(t, 0, f.byName, true)
	actual, _ := fieldsOfType.LoadOrStore(t, f)
	return actual.(*structFields)
}

// collect adds the fields of t, which begins at an offset. Embedded structs
// are part of the struct around them.
func (f *structFields) collect(t reflect.Type, at uintptr, into map[string]structField, grouping bool) error {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("db"), ",")
		if field.Anonymous && name == "" && isPlainStruct(field.Type) {
			if err := f.collect(field.Type, at+field.Offset, into, grouping); err != nil {
				return err
			}
			continue
		}
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = columnName(field.Name)
		}
		if _, twice := into[name]; twice {
			return fmt.Errorf("engine: two fields of %s take the column %q; give one of them another name by a tag db:%q", t, name, "name")
		}
		into[name] = structField{offset: at + field.Offset, typ: field.Type}
		if !grouping {
			continue
		}
		if err := f.group(name, at+field.Offset, field.Type); err != nil {
			return err
		}
	}
	return nil
}

// group notes a field that may take the columns of a table.
func (f *structFields) group(name string, at uintptr, t reflect.Type) error {
	g := fieldGroup{table: name, offset: at, typ: t, byName: map[string]structField{}}
	if t.Kind() == reflect.Pointer {
		g.typ, g.pointer = t.Elem(), true
	}
	if !isPlainStruct(g.typ) {
		return nil
	}
	f.groups = append(f.groups, g)
	return f.collect(g.typ, 0, g.byName, false)
}

// isPlainStruct reports whether t is a struct of fields, and no value of its
// own such as time.Time or sql.Null.
func isPlainStruct(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(scannerType) {
		return false
	}
	_, err := sqltype.DefaultType(t)
	return err != nil
}

var scannerType = reflect.TypeFor[sql.Scanner]()

// columnName is the column of a field without a tag: its name in snake case,
// "UserID" as "user_id".
func columnName(field string) string {
	var b strings.Builder
	for i := range len(field) {
		c := field[i]
		if c < 'A' || c > 'Z' {
			b.WriteByte(c)
			continue
		}
		before := i > 0 && (field[i-1] < 'A' || field[i-1] > 'Z')
		after := i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z'
		if i > 0 && field[i-1] != '_' && (before || after) {
			b.WriteByte('_')
		}
		b.WriteByte(c + 'a' - 'A')
	}
	return b.String()
}
