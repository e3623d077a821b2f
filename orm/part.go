package orm

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// part is a value object of an entity: a struct field that is several columns.
type part struct {
	name    string // the field's path
	typ     reflect.Type
	offset  uintptr // within the entity, or within what the outer part points to
	pointer bool    // nil is NULL in all columns
	outer   *part   // the part that is a pointer in which this one lies, or nil
}

// place is where a field of an entity is: at the offset, or, of a value object
// that is a pointer, at the offset within what is pointed to.
func (p *part) place(offset uintptr) (of *part, at uintptr) {
	if p.pointer {
		return p, offset
	}
	return p.outer, p.offset + offset
}

// partType returns the struct that a field of a value object has.
func partType(t reflect.Type) (s reflect.Type, pointer bool) {
	if t.Kind() == reflect.Pointer {
		t, pointer = t.Elem(), true
	}
	if t.Kind() != reflect.Struct || sqlStruct(t) || relatedOf(t) != nil {
		return nil, false
	}
	return t, pointer
}

// expand puts the fields of value objects in the place of the value objects.
// isPart says which fields are, and how the names of their columns begin.
func (m *mapper) expand(list []field, isPart func(field) (prefix string, ok bool)) []field {
	var out []field
	for _, f := range list {
		prefix, ok := isPart(f)
		if !ok {
			out = append(out, f)
			continue
		}
		t, pointer := partType(f.typ)
		switch {
		case t == nil:
			m.fail(f.name, "is a %s and can't be several columns: make it a struct of fields, or a pointer to one", f.typ)
			continue
		case pointer && f.ptr != nil:
			m.fail(f.name, "is a pointer within %s, which is one too, and which of them is nil could not be told from columns that are all NULL: make one of them a plain struct", f.ptr.name)
			continue
		}
		p := &part{name: f.name, typ: t, offset: f.offset, pointer: pointer, outer: f.ptr}
		m.parts = append(m.parts, p)
		var inner []field
		for _, g := range fieldsOf(t, 0) {
			g.ptr, g.offset = p.place(g.offset)
			g.name, g.prefix = f.name+"."+g.name, prefix
			inner = append(inner, g)
		}
		out = append(out, m.expand(inner, isPart)...)
	}
	return out
}

// embedded says of a field's tag whether it makes it a value object. The tag's
// first part begins the names of the columns; without it the field's name does.
func embedded(f field) (prefix string, ok bool) {
	parts := strings.Split(f.tag, ",")
	if !slices.Contains(parts[1:], "embed") {
		return "", false
	}
	if prefix = parts[0]; prefix == "" {
		prefix = snakeCase(f.last()) + "_"
	}
	return f.prefix + prefix, true
}

// last is the field's name within the struct that has it.
func (f field) last() string { return f.name[strings.LastIndexByte(f.name, '.')+1:] }

// columnName is the name of a field's column where nobody gives it one: that of
// each part of the path.
func columnName(path string) string {
	list := strings.Split(path, ".")
	for i, name := range list {
		list[i] = snakeCase(name)
	}
	return strings.Join(list, "_")
}

var errHalfNull = errors.New("the column is not NULL, and one before it of the same value object is, which the Go type can't hold")

// through returns the codec of a field within what a pointer points to, for the
// pointer itself: nil is NULL. first says that it is the first column of the
// value object, with which reading it begins; strict, that one before it can't
// be NULL alone.
func (p *part) through(inner *sqltype.Codec, offset uintptr, first, strict bool) *sqltype.Codec {
	target := func(at mem.Pointer) mem.Pointer { return *(*mem.Pointer)(at) }
	c := &sqltype.Codec{
		Type: inner.Type, Key: inner.Key, Go: reflect.PointerTo(p.typ),
		Reference: true, Nullable: true, SaysUnset: true, Cheap: inner.Cheap,
		IsZero: func(at mem.Pointer) bool { return target(at) == nil },
	}
	c.Encode = func(at mem.Pointer) (sqltype.Value, error) {
		if target(at) == nil {
			return sqltype.Value{}, nil
		}
		return inner.Encode(mem.Add(target(at), offset))
	}
	c.Decode = func(r sqltype.Row, i int, at mem.Pointer) error {
		if first { // others may share what was there
			*(*mem.Pointer)(at) = nil
		}
		if target(at) == nil {
			if r.IsNull(i) {
				return nil
			}
			if strict {
				return errHalfNull
			}
			*(*mem.Pointer)(at) = reflect.New(p.typ).UnsafePointer()
		}
		return inner.Decode(r, i, mem.Add(target(at), offset))
	}
	if inner.Round != nil {
		c.Round = func(at mem.Pointer) {
			if target(at) != nil {
				inner.Round(mem.Add(target(at), offset))
			}
		}
	}
	return c
}

// throughPointer makes the attribute one of a value object that may be nil.
func (m *mapper) throughPointer(a *attr, p *part) {
	switch c := a.col; {
	case c.IsPrimaryKey():
		m.fail(a.name, "is part of the primary key and of a value object that may be nil: make %s a plain struct", p.name)
	case !c.Nullable:
		m.fail(a.name, "is part of a value object that may be nil, and column %q is NOT NULL: make the column nullable, or %s a plain struct", c.Name, p.name)
	case c.Filled():
		m.fail(a.name, "is part of a value object that may be nil, and column %q is filled by the database or a default, so that it would never be nil: make %s a plain struct", c.Name, p.name)
	}
	first, strict := true, false
	for _, other := range m.attrs {
		if other.ptr == p {
			first, strict = false, strict || !other.leaf.Nullable
		}
	}
	a.ptr, a.inner = p, a.offset
	a.offset = p.offset
	a.codec = p.through(a.leaf, a.inner, first, strict)
}

// leafAt is the address of the attribute's own value, for an entity whose value
// objects are there.
func (a *attr) leafAt(p mem.Pointer) mem.Pointer {
	if a.ptr == nil {
		return a.at(p)
	}
	return mem.Add(*(*mem.Pointer)(a.at(p)), a.inner)
}

// withParts gives a new entity all its value objects, so that each field has an
// address.
func (m *mapper) withParts(p mem.Pointer) {
	for _, x := range m.parts {
		if x.pointer {
			*(*mem.Pointer)(mem.Add(p, x.offset)) = reflect.New(x.typ).UnsafePointer()
		}
	}
}

// partNamed returns the value object of the path, or nil.
func (m *mapper) partNamed(path string) *part {
	i := slices.IndexFunc(m.parts, func(p *part) bool { return p.name == path })
	if i < 0 {
		return nil
	}
	return m.parts[i]
}

// membersOf returns the attributes within a value object.
func (m *mapper) membersOf(p *part) []member {
	var out []member
	for _, a := range m.attrs {
		if !strings.HasPrefix(a.name, p.name+".") {
			continue
		}
		switch {
		case p.pointer:
			out = append(out, member{a, a.leaf, a.inner})
		case p.outer != nil:
			out = append(out, member{a, a.leaf, a.inner - p.offset})
		default:
			out = append(out, member{a, a.codec, a.offset - p.offset})
		}
	}
	return out
}

// member is an attribute of a value object, and where its value is within that.
type member struct {
	*attr
	codec  *sqltype.Codec
	offset uintptr
}
