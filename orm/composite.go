package orm

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Composite is embedded in a struct of columns and makes it that of a value
// object V: a struct that is a field of an entity, and several columns of its
// table. The struct of columns is a field of the same name in the entity's one:
//
//	type addressColumns struct {
//		orm.Composite[Address]
//		Street, City schema.Text
//	}
//
// A column is named after both fields: the City of Home is home_city. Where the
// entity's field is a pointer, nil is NULL in all the columns, which are nullable
// then. The methods of Composite are about all columns at once.
type Composite[V any] struct {
	schema.Group
	m    *mapper
	part *part
	from expr.Source
}

// grouped is a pointer to a struct of columns of a value object.
type grouped interface {
	valueType() reflect.Type
	bindPart(m *mapper, p *part, from expr.Source)
}

func (c *Composite[V]) valueType() reflect.Type { return reflect.TypeFor[V]() }

func (c *Composite[V]) bindPart(m *mapper, p *part, from expr.Source) {
	c.m, c.part, c.from = m, p, from
}

// CompositeOf returns the value object of a mapped table that a field is, told
// by its address:
//
//	orm.CompositeOf(Users, func(u *User) *Address { return &u.Home })
//
// Of a field that is a pointer, return the field itself.
func CompositeOf[T, V any](t Source[T], get func(*T) *V) Composite[V] {
	m, from := t.source(nil)
	if m == nil || m.table == nil {
		return Composite[V]{}
	}
	entity := new(T)
	m.withParts(mem.Pointer(entity))
	at := mem.Pointer(get(entity))
	for _, p := range m.parts {
		if p.typ == reflect.TypeFor[V]() && p.at(mem.Pointer(entity)) == at {
			return Composite[V]{m: m, part: p, from: from}
		}
	}
	return Composite[V]{}
}

// at is the address of the value object within an entity that has all of them.
func (p *part) at(entity mem.Pointer) mem.Pointer {
	switch {
	case p.pointer:
		return *(*mem.Pointer)(mem.Add(entity, p.offset))
	case p.outer != nil:
		return mem.Add(p.outer.at(entity), p.offset)
	}
	return mem.Add(entity, p.offset)
}

var errNoComposite = errors.New("orm: the value object is not part of a declared struct of columns, or its field is not mapped: take it from what orm.Declare returned; see Base.Check")

func (c Composite[V]) members() ([]member, error) {
	if c.part == nil {
		return nil, errNoComposite
	}
	return c.m.membersOf(c.part), nil
}

// each makes a list of the columns and the values of v.
func (c Composite[V]) each(v *V, f func(column expr.Expression, value *expr.Bind)) error {
	list, err := c.members()
	for _, a := range list {
		b := &expr.Bind{Codec: a.leaf}
		var value sqltype.Value
		if value, b.Err = a.codec.Encode(mem.Add(mem.Pointer(v), a.offset)); b.Err != nil {
			b.Err = c.m.valueError(nil, a.attr, b.Err)
		}
		b.Value = value.Clone()
		f(a.column(c.from), b)
	}
	return err
}

// Columns returns the columns in their order, to be selected.
func (c Composite[V]) Columns() []expr.Expression {
	list, err := c.members()
	if err != nil {
		return []expr.Expression{expr.Invalid{Err: err}}
	}
	out := make([]expr.Expression, len(list))
	for i, a := range list {
		out[i] = a.column(c.from)
	}
	return out
}

// Eq is that all columns are as in v. Where a field of v is NULL, its column has
// to be.
func (c Composite[V]) Eq(v V) expr.Pred {
	var all []expr.Predicate
	err := c.each(&v, func(column expr.Expression, value *expr.Bind) {
		if value.Err == nil && value.Value.IsNull() {
			all = append(all, expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: column}))
			return
		}
		all = append(all, expr.NewPred(&expr.Binary{Op: expr.OpEq, L: column, R: value}))
	})
	return allOf(all, err)
}

// Ne is the opposite of Eq.
func (c Composite[V]) Ne(v V) expr.Pred { return expr.Not(c.Eq(v)) }

// In is that all columns are as in one of the values. Of no values it is false.
func (c Composite[V]) In(vs ...V) expr.Pred {
	any := make([]expr.Predicate, len(vs))
	for i, v := range vs {
		any[i] = c.Eq(v)
	}
	return expr.Or(any...)
}

// EqExpr is that each column is equal to that of another value object.
func (c Composite[V]) EqExpr(other Composite[V]) expr.Pred {
	mine, err := c.members()
	theirs, otherErr := other.members()
	if err = errors.Join(err, otherErr); err == nil && len(mine) != len(theirs) {
		err = fmt.Errorf("orm: %s.%s has %d columns, and %s.%s %d: they can't be compared", c.m.goType, c.part.name, len(mine), other.m.goType, other.part.name, len(theirs))
	}
	if err != nil {
		return allOf(nil, err)
	}
	all := make([]expr.Predicate, len(mine))
	for i, a := range mine {
		all[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: a.column(c.from), R: theirs[i].column(other.from)})
	}
	return allOf(all, nil)
}

// IsNull is that all columns are NULL, as they are of a pointer that is nil.
func (c Composite[V]) IsNull() expr.Pred {
	list, err := c.members()
	var all []expr.Predicate
	for _, a := range list {
		all = append(all, expr.NewPred(&expr.Unary{Op: expr.OpIsNull, X: a.column(c.from)}))
	}
	return allOf(all, err)
}

// IsNotNull is that a column is not NULL.
func (c Composite[V]) IsNotNull() expr.Pred { return expr.Not(c.IsNull()) }

// Set assigns all columns, in an UPDATE or INSERT.
func (c Composite[V]) Set(v V) []expr.Assignment {
	var out []expr.Assignment
	err := c.each(&v, func(column expr.Expression, value *expr.Bind) {
		out = append(out, expr.Assignment{Target: column, Value: value})
	})
	return assignments(out, err)
}

// SetNull assigns NULL to all columns.
func (c Composite[V]) SetNull() []expr.Assignment {
	list, err := c.members()
	var out []expr.Assignment
	for _, a := range list {
		out = append(out, expr.Assignment{Target: a.column(c.from), Value: expr.NULL})
	}
	return assignments(out, err)
}

// Asc orders by the columns one after the other, smallest first.
func (c Composite[V]) Asc() []expr.Order { return c.order(false) }

// Desc orders by the columns one after the other, largest first.
func (c Composite[V]) Desc() []expr.Order { return c.order(true) }

func (c Composite[V]) order(desc bool) []expr.Order {
	var out []expr.Order
	for _, x := range c.Columns() {
		out = append(out, expr.Order{X: x, Desc: desc})
	}
	return out
}

func allOf(ps []expr.Predicate, err error) expr.Pred {
	if err != nil {
		return expr.NewPred(expr.Invalid{Err: err})
	}
	if len(ps) == 1 {
		return expr.NewPred(expr.Unwrap(ps[0]))
	}
	return expr.And(ps...)
}

func assignments(list []expr.Assignment, err error) []expr.Assignment {
	if err != nil {
		bad := expr.Invalid{Err: err}
		return []expr.Assignment{{Target: bad, Value: bad}}
	}
	return list
}

// bindParts binds the value objects in a struct of columns, which is at path.
func (m *mapper) bindParts(ptr reflect.Value, path string, from expr.Source) {
	v := ptr.Elem()
	for i := range v.NumField() {
		sf, f := v.Type().Field(i), v.Field(i)
		if f.Kind() != reflect.Struct || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		at := reflect.NewAt(f.Type(), f.Addr().UnsafePointer())
		if sf.Anonymous {
			m.bindParts(at, path, from)
			continue
		}
		if g, ok := at.Interface().(grouped); ok {
			m.bindPart(g, path+sf.Name, from)
			m.bindParts(at, path+sf.Name+".", from)
		}
	}
}

func (m *mapper) bindPart(g grouped, path string, from expr.Source) {
	p := m.partNamed(path)
	switch {
	case p == nil: // it has no columns, or its field is missing, which is an error already
	case p.typ != g.valueType():
		m.fail(path, "is a %s, and its columns are those of %s; give both the same type", p.typ, g.valueType())
	default:
		g.bindPart(m, p, from)
	}
}
