package orm

import (
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Source is a mapped table or an alias of one: what entities of type T are
// read from.
type Source[T any] interface {
	source(*T) (*mapper, expr.Source)
	untyped
}

// untyped is a Source of whatever type.
type untyped interface {
	held() *mapping
}

// mapping is what a Table has, whatever its entity is.
type mapping struct {
	m    *mapper
	from expr.Source
}

// Table is embedded in a struct of columns and makes it that of T.
//
// Its methods, and what is generic of a declaration, are compiled again for each
// table of a model, in the model's package: they do no more than call what is not
// generic, and are not inlined into the methods that the compiler writes for the
// struct of columns.
type Table[T any] struct {
	is mapping
}

func (t *Table[T]) source(*T) (*mapper, expr.Source) { return t.is.m, t.is.from }

func (t *Table[T]) held() *mapping {
	if t == nil {
		return nil
	}
	return &t.is
}

// Schema returns the table's description, or nil where the model has errors.
//
//go:noinline
func (t *Table[T]) Schema() *schema.Table { return t.is.schema() }

//go:noinline
func (h *mapping) schema() *schema.Table {
	if h.m == nil || h.m.table == nil {
		return nil
	}
	return h.m.stored()
}

// Source returns what the columns belong to, for FROM of a SELECT of columns: the
// table, the alias or the query.
func (t *Table[T]) Source() expr.Source { return t.is.from }

//go:noinline
func (t *Table[T]) begin(base *Base) *mapping {
	t.is.m = newMapper(base, entity{
		typ:  reflect.TypeOf((*T)(nil)).Elem(),
		make: func(n int) mem.Pointer { return mem.Pointer(mem.First(make([]T, n))) },
		copy: func(dst, src mem.Pointer) { *(*T)(dst) = *(*T)(src) },
	})
	return &t.is
}

// tabler is a pointer to a struct of columns.
type tabler interface {
	begin(base *Base) *mapping
	held() *mapping
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
	base.declare(p, table, items)
	return p
}

// placing makes or finds the table of columns, and binds them to it.
type placing = func(columns []schema.StructColumn) (*schema.Table, []*schema.Column, error)

//go:noinline
func (b *Base) declare(p tabler, name string, items []schema.TableItem) {
	b.declared(p, b.newTable(name, items))
}

func (b *Base) newTable(name string, items []schema.TableItem) placing {
	return func(columns []schema.StructColumn) (*schema.Table, []*schema.Column, error) {
		return schema.DeclareTable(b.MetaData, name, columns, items...)
	}
}

func (b *Base) declared(p tabler, place placing) *mapper {
	h := p.begin(b)
	m, ptr := h.m, reflect.ValueOf(p)
	declare(m, ptr, place)
	declareRelations(m, ptr)
	m.unrelated()
	m.later(ptr)
	m.becomeRoot(ptr)
	if m.table != nil {
		h.from = m.table
		m.bindParts(ptr, "", m.table)
		expressions(ptr, func(_ string, e expressive, _ reflect.Value) { e.bind(m.table) })
	}
	b.add(m)
	remember(m)
	return m
}

// constraintsOf collects what a struct of columns, and the structs that it
// embeds, say by their own methods, but for what the base of the entity has said.
func (m *mapper) constraintsOf(ptr reflect.Value) []schema.TableItem {
	var out []schema.TableItem
	m.eachOwn(ptr, "Constraints", func(part reflect.Value) {
		if c, ok := part.Interface().(Constrained); ok {
			out = append(out, c.Constraints()...)
		}
	})
	return out
}

// eachOwn is eachOwner without the structs whose columns are the base's, which has
// said already what they say.
func (m *mapper) eachOwn(ptr reflect.Value, method string, f func(part reflect.Value)) {
	eachOwner(ptr, method, func(part reflect.Value) {
		if part.Type() == ptr.Type() || !m.inheritsAll(part) {
			f(part)
		}
	})
}

// inheritsAll reports whether all that a struct of columns has is the base's.
func (m *mapper) inheritsAll(part reflect.Value) bool {
	if m.parent == nil || m.how == concreteTable {
		return false
	}
	all := true
	for _, c := range schema.StructColumns(part) {
		all = all && m.parent.attrByName(c.GoName) != nil
	}
	eachRelation(part, func(name string, _ relationshipField) {
		all = all && slices.ContainsFunc(m.parent.relations, func(r *relation) bool { return r.field.name == name })
	})
	return all
}

// eachOwner finds the struct of columns, and the structs that it embeds, which
// declare a method themselves, the embedded ones first.
func eachOwner(ptr reflect.Value, method string, f func(part reflect.Value)) {
	v := ptr.Elem()
	for i := range v.NumField() {
		if x := v.Field(i); v.Type().Field(i).Anonymous && x.Kind() == reflect.Struct {
			eachOwner(reflect.NewAt(x.Type(), x.Addr().UnsafePointer()), method, f)
		}
	}
	if ownMethod(ptr.Type(), method) || ownMethod(v.Type(), method) {
		f(ptr)
	}
}

// ownMethod reports whether the type itself declares a method. The compiler
// writes the methods that come from an embedded struct, so they have no file.
func ownMethod(t reflect.Type, name string) bool {
	m, ok := t.MethodByName(name)
	if !ok {
		return false
	}
	pc := m.Func.Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return file != "<autogenerated>"
}

// Alias returns the columns under another name, for a query that needs the
// same table twice.
func Alias[C any, P interface {
	*C
	tabler
}](t P, name string) P {
	c := *t
	p := P(&c)
	alias(p, name)
	return p
}

//go:noinline
func alias(p tabler, name string) {
	if m := p.held().m; m != nil && m.table != nil {
		rebind(p, &expr.Alias{Of: m.table, Name: name})
	}
}

// field is an exported field of an entity.
type field struct {
	name   string // the path, "Address.City" for embedded value objects
	typ    reflect.Type
	offset uintptr
	tag    string
	hasTag bool
	ptr    *part        // the value object that has it, where that is a pointer
	late   reflect.Type // the Deferred, of which typ is the value
	prefix string       // of the column's name, of a field in a value object
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
			x := field{name: f.Name, typ: f.Type, offset: base + f.Offset, tag: tag, hasTag: hasTag}
			if t := deferredOf(f.Type); t != nil {
				x.typ, x.late = t, f.Type
			}
			out = append(out, x)
		}
	}
	return out
}

// sqlStruct reports whether a struct is a value of its own, such as time.Time.
func sqlStruct(t reflect.Type) bool {
	_, err := sqltype.DefaultType(t)
	return err == nil
}

func declare(m *mapper, ptr reflect.Value, place placing) {
	columns := schema.StructColumns(ptr)
	if m.goType.Kind() != reflect.Struct {
		m.fail("", "is not a struct; a table maps to a struct of fields")
		return
	}
	fields := m.expand(m.fields(), func(f field) (string, bool) {
		return "", slices.ContainsFunc(columns, func(c schema.StructColumn) bool { return strings.HasPrefix(c.GoName, f.name+".") })
	})
	fields = m.declareExpressions(ptr, fields)
	good, matched := m.matchAll(columns, fields)
	m.finish(good, matched, place)
}

// fields lists the fields to be mapped; two of one name are an error.
func (m *mapper) fields() []field {
	var out []field
	seen := map[string]bool{}
	for _, f := range fieldsOf(m.goType, 0) {
		if seen[f.name] {
			m.fail(f.name, "is there twice, in the struct and in one that it embeds: rename one, or tag it `db:\"-\"`")
			continue
		}
		seen[f.name] = true
		if f.typ.Kind() == reflect.Struct && relatedOf(f.typ) != nil {
			m.related = append(m.related, f)
			continue
		}
		out = append(out, f)
	}
	return out
}

// match finds the field of a column and takes from it what the literal leaves
// out.
func (m *mapper) match(c *schema.StructColumn, fields []field, used map[string]bool) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == c.GoName })
	if i < 0 {
		m.fail(c.GoName, "is a column, but %s has no field of that name: add the field, or remove the column", m.goType)
		return field{}, false
	}
	f := fields[i]
	if used[f.name] {
		m.fail(f.name, "has two columns, one in the struct of columns and one in a struct that it embeds; keep one")
		return f, false
	}
	used[f.name] = true
	inner, nullable := nullableOf(f.typ)
	c.Type = m.base.typeOf(f.typ)
	c.Name, c.Nullable = columnName(f.name), nullable || f.ptr != nil
	if inner != c.GoType() && f.typ != c.GoType() {
		m.fail(f.name, "is a %s, and its column is of %s; give both the same type", f.typ, c.GoType())
		return f, false
	}
	return f, true
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

func (m *mapper) finish(columns []schema.StructColumn, fields []field, place placing) {
	t, defs, err := place(columns)
	if err != nil {
		m.errs = append(m.errs, err)
	}
	if err != nil && len(defs) < len(columns) {
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
	if def.Nullable && !codec.Nullable && !def.IsPrimaryKey() && f.ptr == nil && !m.inSingle {
		m.fail(f.name, "is a %s, which can't hold the NULL of column %q: make it a pointer or sql.Null[T], or the column NOT NULL", f.typ, def.Name)
	}
	a := &attr{name: f.name, offset: f.offset, codec: codec, leaf: codec, col: def, index: len(m.attrs), ref: -1}
	if f.ptr != nil {
		m.throughPointer(a, f.ptr)
	}
	if f.late != nil {
		m.defers(a, f.late)
	}
	m.addValidators(a)
	m.attrs = append(m.attrs, a)
}

// fieldAt finds the attribute whose field is at the address and of the type.
func (m *mapper) fieldAt(base, p mem.Pointer, t reflect.Type) *attr {
	for _, a := range m.attrs {
		if a.leafAt(base) == p && a.leaf.Go == t {
			return a
		}
	}
	return nil
}
