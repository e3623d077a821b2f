package orm

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Entity is a table that was mapped by tags alone.
type Entity[T any] struct{ Table[T] }

// Map maps T to a table by the tags of its fields, the short spelling for
// small programs:
//
//	type User struct {
//		ID    int64  `db:"id,pk"`
//		Email string `db:",unique,size=200"`
//		Note  string `db:"-"`
//	}
//
// The first part is the column's name, snake case of the field's if empty. The
// rest are pk, unique, index, null, notnull, size=n, precision=p, scale=s,
// type=text|date|datetime|timestamp|json|jsonb|int16|int32|int64, fk=table.column,
// seq=name, auto=false, zero=unset|value, comment=text. A field named ID is the
// primary key where no field says pk. embed makes a struct, or a pointer to one,
// several columns, whose names begin with the first part, or with the field's
// name. group=name and undeferred are about a Deferred field; readonly is
// ReadOnlyColumn.
func Map[T any](base *Base, table string, items ...schema.TableItem) *Entity[T] {
	return byTags[T](base, func(m *mapper) { m.mapTags(table, items) })
}

func byTags[T any](base *Base, place func(m *mapper)) *Entity[T] {
	e := &Entity[T]{}
	h := e.begin(base)
	m := h.m
	if m.goType.Kind() == reflect.Struct {
		place(m)
	} else {
		m.fail("", "is not a struct; a table maps to a struct of fields")
	}
	m.extra = func() []schema.TableItem {
		for _, c := range m.cells {
			m.defineCell(c, reflect.Value{})
		}
		return nil
	}
	if m.table != nil {
		h.from = m.table
	}
	base.add(m)
	remember(m)
	return e
}

func (m *mapper) mapTags(table string, items []schema.TableItem) {
	all := m.expand(m.fields(), embedded)
	var fields []field
	var defs []*schema.Column
	byName := map[string]string{}
	implicit := !anyKey(all)
	for _, f := range all {
		def, err := m.tagColumn(f, implicit)
		if err != nil {
			m.fail(f.name, "%v", err)
			continue
		}
		if other, twice := byName[def.Name]; twice {
			m.fail(f.name, "maps to column %q, and so does %s; name one of them otherwise", def.Name, other)
			continue
		}
		byName[def.Name] = f.name
		fields, defs = append(fields, f), append(defs, def)
	}
	m.tagTable(table, fields, defs, items)
}

func (m *mapper) tagTable(table string, fields []field, defs []*schema.Column, items []schema.TableItem) {
	list := make([]schema.TableItem, 0, len(defs)+len(items))
	for _, def := range defs {
		list = append(list, def)
	}
	t, err := schema.NewTable(m.base.MetaData, table, append(list, items...)...)
	if err != nil {
		m.errs = append(m.errs, err)
		return
	}
	m.table = t
	for i, def := range defs {
		m.addAttr(fields[i], def)
	}
}

func anyKey(fields []field) bool {
	for _, f := range fields {
		for _, part := range strings.Split(f.tag, ",")[1:] {
			if part == "pk" {
				return true
			}
		}
	}
	return false
}

// tagColumn reads the tag of one field.
func (m *mapper) tagColumn(f field, implicitKey bool) (*schema.Column, error) {
	name, parts := f.columnTag()
	inner, nullable := nullableOf(f.typ)
	opts := []schema.Option{schema.NotNull()}
	if nullable || f.ptr != nil {
		opts[0] = schema.Nullable()
	}
	if implicitKey && f.name == "ID" {
		opts = append(opts, schema.PrimaryKey())
	}
	shape := tagShape{}
	for _, p := range parts {
		o, err := shape.read(p)
		if err != nil {
			return nil, err
		}
		if o != nil {
			opts = append(opts, o)
		}
	}
	t, err := shape.sqlType(inner, m.base.typeOf(f.typ))
	if err != nil {
		return nil, err
	}
	return schema.NewColumn(name, t, opts...), nil
}

// columnTag returns the name of the field's column, and the rest of its tag.
func (f field) columnTag() (name string, rest []string) {
	parts := strings.Split(f.tag, ",")
	if name = parts[0]; name == "" {
		name = snakeCase(f.last())
	}
	return f.prefix + name, parts[1:]
}

// tagShape is what a tag says about the type.
type tagShape struct {
	typ                    string
	size, precision, scale int
}

func (s *tagShape) read(part string) (schema.Option, error) {
	word, value, _ := strings.Cut(part, "=")
	if done, err := s.readShape(word, value); done {
		return nil, err
	}
	switch word {
	case "pk":
		return schema.PrimaryKey(), nil
	case "unique":
		return schema.Unique(), nil
	case "index":
		return schema.Indexed(), nil
	case "null":
		return schema.Nullable(), nil
	case "notnull":
		return schema.NotNull(), nil
	case "fk":
		return schema.ForeignKey(value), nil
	case "seq":
		return schema.NewSequence(value), nil
	case "readonly":
		return ReadOnlyColumn(), nil
	case "group":
		return DeferredGroup(value), nil
	case "undeferred":
		return Undeferred(), nil
	case "comment":
		return schema.Comment(value), nil
	case "auto":
		if value == "false" {
			return schema.Autoincrements(schema.AutoincrementNo), nil
		}
		return schema.Autoincrements(schema.AutoincrementYes), nil
	case "zero":
		if value == "unset" {
			return schema.ZeroIsUnset(), nil
		}
		if value == "value" {
			return schema.ZeroIsValue(), nil
		}
	}
	return nil, fmt.Errorf("the tag option %q is not known; see orm.Map for those that are", part)
}

// readShape reads an option that is about the type.
func (s *tagShape) readShape(word, value string) (bool, error) {
	var n *int
	switch word {
	case "type":
		s.typ = value
		return true, nil
	case "size":
		n = &s.size
	case "precision":
		n = &s.precision
	case "scale":
		n = &s.scale
	default:
		return false, nil
	}
	v, err := strconv.Atoi(value)
	if err != nil || v < 0 {
		return true, fmt.Errorf("the tag option %s=%s is not a number", word, value)
	}
	*n = v
	return true, nil
}

var tagTypes = map[string]sqltype.Type{
	"text": sqltype.Text{}, "date": sqltype.Date{}, "time": sqltype.Time{Precision: 6},
	"datetime": sqltype.DateTime{Precision: 6}, "timestamp": sqltype.DateTime{Precision: 6, Zone: true},
	"json": sqltype.JSON{}, "jsonb": sqltype.JSON{Binary: true}, "uuid": sqltype.UUID{},
	"int16": sqltype.Integer{Bits: 16}, "int32": sqltype.Integer{Bits: 32}, "int64": sqltype.Integer{Bits: 64},
}

// sqlType is what the tag says, or what the Base says of the Go type.
func (s *tagShape) sqlType(g reflect.Type, mapped sqltype.Type) (sqltype.Type, error) {
	switch {
	case s.typ != "":
		if t, ok := tagTypes[s.typ]; ok {
			return t, nil
		}
		return nil, fmt.Errorf("the type %q of the tag is not known; see orm.Map for those that are", s.typ)
	case s.size > 0:
		return sqltype.String{Length: s.size}, nil
	case s.precision > 0:
		return sqltype.Numeric{Precision: s.precision, Scale: s.scale}, nil
	case mapped != nil:
		return mapped, nil
	}
	return sqltype.DefaultType(g)
}

// Column returns the column of a field, told by its address:
//
//	orm.Column(Users, func(u *User) *string { return &u.Name }).Eq("Alice")
//
// V is the field's type. For a field that is not mapped it returns an
// expression that fails to compile and says so.
func Column[T, V any](t Source[T], get func(*T) *V) expr.Ordered[V] {
	x, codec := columnAt(t, get)
	return expr.Ordered[V]{Scalar: expr.NewScalar[V](x, codec)}
}

// NumColumn is Column with the arithmetic of numbers.
func NumColumn[T, V any](t Source[T], get func(*T) *V) expr.Num[V] {
	return expr.NewNum[V](columnAt(t, get))
}

// TextColumn is Column with the patterns of text.
func TextColumn[T any, V ~string](t Source[T], get func(*T) *V) expr.TextOf[V] {
	return expr.NewText[V](columnAt(t, get))
}

func columnAt[T, V any](t Source[T], get func(*T) *V) (expr.Expression, *sqltype.Codec) {
	m, from := t.source(nil)
	if m == nil || m.table == nil {
		return expr.Invalid{Err: fmt.Errorf("orm: %T is not declared, or its model has errors; see Base.Check", t)}, nil
	}
	entity := new(T)
	m.withParts(mem.Pointer(entity))
	a := m.fieldAt(mem.Pointer(entity), mem.Pointer(get(entity)), reflect.TypeFor[V]())
	if a == nil {
		return expr.Invalid{Err: &ModelError{Entity: m.goType.String(), Reason: "the field given to orm.Column is not mapped"}}, nil
	}
	if from == expr.Source(a.col.Table) && a.col.Ref().Codec == a.leaf {
		return a.col.Ref(), a.leaf
	}
	return &expr.Column{From: from, Name: a.col.Name, Codec: a.leaf}, a.leaf
}
