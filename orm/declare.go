package orm

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Source is a mapped table or an alias of one: what entities of type T are
// read from.
type Source[T any] interface {
	source(*T) (*mapper, expr.Source)
}

// Table is embedded in a struct of columns and makes it that of T.
type Table[T any] struct {
	m    *mapper
	from expr.Source
}

func (t *Table[T]) source(*T) (*mapper, expr.Source) { return t.m, t.from }

// Schema returns the table's description, or nil where the model has errors.
func (t *Table[T]) Schema() *schema.Table {
	if t.m == nil {
		return nil
	}
	return t.m.table
}

func (t *Table[T]) begin(base *Base) *mapper {
	t.m = newMapper[T](base)
	return t.m
}

func (t *Table[T]) end(from expr.Source) { t.from = from }

func (t *Table[T]) current() *mapper { return t.m }

// tabler is a pointer to a struct of columns.
type tabler interface {
	begin(base *Base) *mapper
	end(from expr.Source)
	current() *mapper
}

// Declare maps the entity that the struct of columns names to a table, and
// returns the columns bound to it. What the literal leaves out comes from the
// entity: the column's name in snake case, its type and nullability. Errors of
// the model are kept for Base.Check, which every first use calls.
func Declare[C any, P interface {
	*C
	tabler
}](base *Base, table string, columns C, items ...schema.TableItem) P {
	p := P(&columns)
	m := p.begin(base)
	declare(m, table, schema.StructColumns(reflect.ValueOf(p)), items)
	if c, ok := any(p).(Constrained); ok {
		m.extra = c.Constraints
	}
	if m.table != nil {
		p.end(m.table)
	}
	base.add(m)
	remember(m)
	return p
}

// Alias returns the columns under another name, for a query that needs the
// same table twice.
func Alias[C any, P interface {
	*C
	tabler
}](t P, name string) P {
	c := *t
	p := P(&c)
	m := p.current()
	if m == nil || m.table == nil {
		return p
	}
	alias := &expr.Alias{Of: m.table, Name: name}
	if err := schema.BindAlias(schema.StructColumns(reflect.ValueOf(p)), alias); err != nil {
		m.fail("", "alias %q: %v", name, err)
	}
	p.end(alias)
	return p
}

// field is an exported field of an entity.
type field struct {
	name   string // the path, "Address.City" for embedded value objects
	typ    reflect.Type
	offset uintptr
	tag    string
	hasTag bool
}

// fieldsOf lists the exported fields of a struct, those of embedded structs
// included.
func fieldsOf(t reflect.Type, base uintptr) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, hasTag := f.Tag.Lookup("db")
		if tag == "-" {
			continue
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct && !hasTag && !sqlStruct(f.Type) {
			out = append(out, fieldsOf(f.Type, base+f.Offset)...)
			continue
		}
		if f.IsExported() {
			out = append(out, field{name: f.Name, typ: f.Type, offset: base + f.Offset, tag: tag, hasTag: hasTag})
		}
	}
	return out
}

// sqlStruct reports whether a struct is a value of its own, such as time.Time.
func sqlStruct(t reflect.Type) bool {
	_, err := sqltype.DefaultType(t)
	return err == nil
}

func declare(m *mapper, table string, columns []schema.StructColumn, items []schema.TableItem) {
	if m.goType.Kind() != reflect.Struct {
		m.fail("", "is not a struct; a table maps to a struct of fields")
		return
	}
	fields := fieldsOf(m.goType, 0)
	matched := make([]field, len(columns))
	used := map[string]string{}
	for i := range columns {
		matched[i] = m.match(&columns[i], fields, used)
	}
	for _, f := range fields {
		if _, ok := used[f.name]; !ok {
			m.fail(f.name, "has no column in the struct of columns: add one, or tag the field `db:\"-\"`")
		}
	}
	m.finish(table, columns, matched, items)
}

// match finds the field of a column and takes from it what the literal leaves
// out.
func (m *mapper) match(c *schema.StructColumn, fields []field, used map[string]string) field {
	for _, f := range fields {
		if f.name != c.GoName {
			continue
		}
		if other, twice := used[f.name]; twice {
			m.fail(f.name, "has two columns, %s and %s; keep one", other, c.GoName)
		}
		used[f.name] = c.GoName
		c.Name = snakeCase(f.name)
		inner, nullable := nullableOf(f.typ)
		c.Nullable = nullable
		if inner != c.GoType() && f.typ != c.GoType() {
			m.fail(f.name, "is a %s, and its column is of %s; give both the same type", f.typ, c.GoType())
		}
		return f
	}
	m.fail(c.GoName, "is a column, but %s has no field of that name: add the field, or remove the column", m.goType)
	return field{}
}

// nullableOf returns the type within a pointer or sql.Null, and whether there
// was one.
func nullableOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() == reflect.Pointer {
		return t.Elem(), true
	}
	if t.Kind() == reflect.Struct && t.PkgPath() == "database/sql" && strings.HasPrefix(t.Name(), "Null") {
		return t.Field(0).Type, true
	}
	return t, false
}

func (m *mapper) finish(table string, columns []schema.StructColumn, fields []field, items []schema.TableItem) {
	if len(m.errs) > 0 {
		return
	}
	t, defs, err := schema.DeclareTable(m.base.MetaData, table, columns, items...)
	if err != nil {
		m.fail("", "%v", err)
		return
	}
	m.table = t
	for i, def := range defs {
		m.addAttr(fields[i], def)
	}
}

func (m *mapper) addAttr(f field, def *schema.Column) {
	codec, err := sqltype.CodecFor(def.Type, f.typ)
	if err != nil {
		m.fail(f.name, "%v", err)
		return
	}
	if def.Nullable && !codec.Nullable && !def.IsPrimaryKey() {
		m.fail(f.name, "is a %s, which can't hold the NULL of column %q: make it a pointer or sql.Null[T], or the column NOT NULL", f.typ, def.Name)
	}
	m.attrs = append(m.attrs, &attr{name: f.name, offset: f.offset, codec: codec, col: def, index: len(m.attrs), ref: -1})
}

// fieldAt finds the attribute whose field is at the address.
func (m *mapper) fieldAt(base, p unsafe.Pointer) *attr {
	for _, a := range m.attrs {
		if a.at(base) == p {
			return a
		}
	}
	return nil
}
