package schema

import (
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// StructColumn is a typed column found in a struct of columns, with what the
// declaration of the struct says about it.
type StructColumn struct {
	Field Field
	// GoName is the field's name within the struct; of a column in a Group, the
	// path with dots.
	GoName string
	// Name is the column's name where the literal gives none.
	Name string
	// Type is the SQL type where the literal gives none; nil: that of the
	// column's Go type.
	Type sqltype.Type
	// Nullable is what holds where the literal says nothing.
	Nullable bool
}

// StructColumns finds the typed columns of the struct that ptr points to, in
// order, those of embedded structs included.
func StructColumns(ptr reflect.Value) []StructColumn {
	var out []StructColumn
	v := ptr.Elem()
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if !sf.IsExported() && !sf.Anonymous {
			continue
		}
		out = append(out, structField(v.Field(i), sf)...)
	}
	return out
}

func structField(v reflect.Value, sf reflect.StructField) []StructColumn {
	// An embedded struct may be unexported; its exported columns are reached by
	// address all the same.
	if sf.Anonymous && v.Kind() == reflect.Struct {
		if !isField(v) {
			return StructColumns(reflect.NewAt(v.Type(), v.Addr().UnsafePointer()))
		}
	}
	if !isField(v) {
		return groupColumns(v, sf.Name)
	}
	f := reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Interface().(Field)
	return []StructColumn{{Field: f, GoName: sf.Name}}
}

// Group is embedded in a struct of columns that is itself a field of a struct of
// columns: its columns are the outer struct's too.
type Group struct{}

func (Group) group() {}

func groupColumns(v reflect.Value, name string) []StructColumn {
	if v.Kind() != reflect.Struct || !v.Type().Implements(reflect.TypeFor[interface{ group() }]()) {
		return nil
	}
	list := StructColumns(reflect.NewAt(v.Type(), v.Addr().UnsafePointer()))
	for i := range list {
		list[i].GoName = name + "." + list[i].GoName
	}
	return list
}

func isField(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[Field]())
}

// GoType returns the Go type of the column's expressions.
func (c StructColumn) GoType() reflect.Type { return c.Field.goType() }

// Declared reports whether the literal said anything about the column.
func (c StructColumn) Declared() bool { return c.Field.declared() != nil }

// Declaration returns what the literal said, or nil.
func (c StructColumn) Declaration() *Column { return c.Field.declared() }

// DeclareTable declares a table from a struct of typed columns, and binds the
// columns to it. It returns the definitions in the order of the columns, and
// every error that it finds. A table with errors is there all the same, so that
// others may reference it.
func DeclareTable(m *MetaData, name string, columns []StructColumn, items ...TableItem) (*Table, []*Column, error) {
	return DeclareBelow(m, name, nil, columns, items...)
}

// DeclareBelow is DeclareTable of a table that has other columns before those of
// the struct, such as a key that is another table's too.
func DeclareBelow(m *MetaData, name string, first []*Column, columns []StructColumn, items ...TableItem) (*Table, []*Column, error) {
	t := newTable(m, name)
	var errs []error
	for _, def := range first {
		if err := def.addTo(t); err != nil {
			errs = append(errs, fmt.Errorf("schema: table %q: %w", name, err))
		}
	}
	defs := make([]*Column, 0, len(columns))
	for _, sc := range columns {
		def, err := sc.define()
		if err == nil {
			err = def.addTo(t)
		}
		if err == nil {
			err = sc.Field.bind(t, def)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("schema: table %q, field %s: %w", name, sc.GoName, err))
			continue
		}
		defs = append(defs, def)
	}
	for _, it := range items {
		if err := it.addTo(t); err != nil {
			errs = append(errs, fmt.Errorf("schema: table %q: %w", name, err))
		}
	}
	if len(columns) > 0 && len(t.columns) == 0 {
		return nil, nil, joinErrors(errs)
	}
	errs = append(errs, t.finish(), m.addTable(t))
	return t, defs, joinErrors(errs)
}

// define returns a fresh definition, so that one literal can be declared twice.
func (c StructColumn) define() (*Column, error) {
	def := &Column{Nullable: c.Nullable}
	if d := c.Field.declared(); d != nil {
		*def = *d
		if !d.nullableSet && !d.primaryKey && d.Identity == nil {
			def.Nullable = c.Nullable
		}
	}
	if def.Name == "" {
		def.Name = c.Name
	}
	if def.Type == nil {
		def.Type = c.Type
	}
	if def.Type == nil {
		t, err := sqltype.DefaultType(c.GoType())
		if err != nil {
			return nil, err
		}
		def.Type = t
	}
	codec, err := sqltype.CodecFor(def.Type, c.GoType())
	if err != nil {
		return nil, err
	}
	def.Codec = codec
	return def, nil
}

// Extend adds the columns of a struct to a table that was declared before.
// Those that do not say otherwise may be NULL, as rows may be there that know
// nothing of them.
func (t *Table) Extend(columns []StructColumn) ([]*Column, error) {
	var errs []error
	var defs []*Column
	for _, sc := range columns {
		sc.Nullable = true
		def, err := sc.define()
		if err == nil {
			err = def.addTo(t)
		}
		if err == nil {
			err = t.finishColumn(def)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("schema: table %q, field %s: %w", t.Name, sc.GoName, err))
			continue
		}
		defs = append(defs, def)
	}
	t.nameConstraints()
	return defs, joinErrors(errs)
}

// Bind binds typed columns to a source that has columns of the names of their
// definitions.
func Bind(from expr.Source, columns []StructColumn, defs []*Column) error {
	for i, c := range columns {
		if err := c.Field.bind(from, defs[i]); err != nil {
			return err
		}
	}
	return nil
}

// BindAlias binds the typed columns of a copied struct to an alias of their
// table, or to a query that has columns of their names.
func BindAlias(columns []StructColumn, alias expr.Source) error {
	for _, c := range columns {
		def := c.Field.declared()
		if def == nil || def.Table == nil { // its declaration has failed
			continue
		}
		if err := c.Field.bind(alias, def); err != nil {
			return err
		}
	}
	return nil
}

// AddItems adds constraints and indexes that could not be told with the
// declaration, because they speak of columns of other tables. It must be called
// before the table is used.
func (t *Table) AddItems(items ...TableItem) error {
	for _, it := range items {
		if err := it.addTo(t); err != nil {
			return fmt.Errorf("schema: table %q: %w", t.FullName(), err)
		}
	}
	t.nameConstraints()
	return nil
}
