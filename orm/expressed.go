package orm

import (
	"errors"
	"reflect"
	"slices"
	"sync"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Property is, in a struct of columns, a field of the entity that an SQL
// expression fills in each SELECT of entities. It is used as any expression, in
// conditions and orders, and is never written. After a flush the field is what it
// was until the row is read again; where that matters make it a Deferred, which
// queries leave out unless they say Undefer.
type Property[T any] struct{ expressed[T] }

// PropertyOf returns a Property that the expression fills, which is told by the
// columns of the struct. An expression of tables that refer back to this one is
// told by Define, in the method Properties of the struct of columns.
func PropertyOf[C, T any](x func(columns *C) expr.Of[T]) Property[T] {
	return Property[T]{toldBy(x)}
}

// Define sets the expression.
func (p Property[T]) Define(x expr.Of[T]) { p.define(x) }

// WithProperties is implemented by a struct of columns that defines properties
// or hybrids which speak of other tables. Its method is called once, on first
// use of the tables.
type WithProperties interface {
	Properties()
}

// QueryExpression is, in a struct of columns, a field of the entity that a query
// fills by an expression of its own, by Query.WithExpression. Other queries leave
// it at its zero value, or, where it is a Deferred, not loaded.
type QueryExpression[T any] struct{ expressed[T] }

// As fills the field by an expression.
func (q QueryExpression[T]) As(x expr.Of[T]) Filling { return Filling{q.cell, expr.Unwrap(x)} }

// Filling is an expression for a QueryExpression.
type Filling struct {
	cell *cellOf
	x    expr.Expression
}

// Hybrid is, in a struct of columns, one definition that is used in Go and in
// SQL. It is no field of the entity. Own operators of it are methods of a struct
// that embeds it.
type Hybrid[E, T any] struct {
	expressed[T]
	compute func(*E) T
}

// HybridOf returns a Hybrid of a function of the entity and of what it is in SQL,
// which is told by the columns of the struct.
func HybridOf[C, E, T any](compute func(*E) T, x func(columns *C) expr.Of[T]) Hybrid[E, T] {
	return Hybrid[E, T]{expressed: toldBy(x), compute: compute}
}

// Of returns the value for an entity.
func (h Hybrid[E, T]) Of(entity *E) T { return h.compute(entity) }

// Define sets what it is in SQL.
func (h Hybrid[E, T]) Define(x expr.Of[T]) { h.define(x) }

// expressed is an expression that is known on first use.
type expressed[T any] struct {
	expr.Ordered[T]
	cell *cellOf
}

// cellOf is what the copies of one expression share.
type cellOf struct {
	m    *mapper
	name string // the field's path
	tell func(columns reflect.Value) (expr.Expression, bool)
	x    expr.Expression // nil: not defined yet
	attr *attr           // nil for a hybrid

	demanded bool // only queries say what it is
}

func toldBy[C, T any](x func(*C) expr.Of[T]) expressed[T] {
	return expressed[T]{cell: &cellOf{tell: func(columns reflect.Value) (expr.Expression, bool) {
		c, ok := columns.Interface().(*C)
		if !ok {
			return nil, false
		}
		return expr.Unwrap(x(c)), true
	}}}
}

// define asks the struct of columns for its expressions.
func (m *mapper) define(ptr reflect.Value) {
	m.eachOwn(ptr, "Properties", func(part reflect.Value) {
		if w, ok := part.Interface().(WithProperties); ok {
			w.Properties()
		}
	})
	expressions(ptr, func(name string, e expressive, part reflect.Value) { m.defineCell(e.sharedCell(), part, ptr) })
}

// defineCell asks for an expression that was not told yet. It may be told by the
// columns of a struct that is embedded, or of the whole.
func (m *mapper) defineCell(c *cellOf, structs ...reflect.Value) {
	if c.demanded || c.x != nil {
		return
	}
	if c.tell == nil {
		m.fail(c.name, "%v", errNotDefined)
		return
	}
	for _, columns := range structs {
		if x, ok := c.tell(columns); ok {
			c.x = x
			return
		}
	}
	m.fail(c.name, "has an expression that is told by the columns of another struct: give its function a %s", structs[0].Type())
}

func (e expressed[T]) define(x expr.Of[T]) {
	if e.cell != nil {
		e.cell.x = expr.Unwrap(x)
	}
}

func (e expressed[T]) sharedCell() *cellOf { return e.cell }

func (e *expressed[T]) share(c *cellOf) { e.cell = c }

// inheritedCell returns the expression of the base that has the name, or nil.
func (m *mapper) inheritedCell(name string) *cellOf {
	if m.parent == nil || m.how == concreteTable {
		return nil
	}
	i := slices.IndexFunc(m.parent.named, func(c *cellOf) bool { return c.name == name })
	if i < 0 {
		return m.parent.inheritedCell(name)
	}
	return m.parent.named[i]
}

// expressive is a pointer to an expression in a struct of columns.
type expressive interface {
	begin(m *mapper, name string) error
	bind(from expr.Source)
	refuse(err error)
	valueType() reflect.Type
	sharedCell() *cellOf
	share(c *cellOf)
}

func (e *expressed[T]) valueType() reflect.Type { return reflect.TypeFor[T]() }

func (e *expressed[T]) begin(m *mapper, name string) error {
	c := cellOf{}
	if e.cell != nil { // a literal may be declared twice
		c = *e.cell
	}
	c.m, c.name = m, name
	e.cell = &c
	inner, _ := nullableOf(reflect.TypeFor[T]())
	t, err := sqltype.DefaultType(inner)
	if err != nil {
		return err
	}
	codec, err := sqltype.CodecFor(t, reflect.TypeFor[T]())
	if err != nil {
		return err
	}
	e.Ordered = expr.Ordered[T]{Scalar: expr.NewScalar[T](nil, codec)}
	return nil
}

func (e *expressed[T]) bind(from expr.Source) {
	if e.cell != nil {
		e.Ordered = expr.Ordered[T]{Scalar: expr.NewScalar[T](&lateExpression{cell: e.cell, from: from, codec: e.Codec()}, e.Codec())}
	}
}

// refuse makes it an expression that fails to compile.
func (e *expressed[T]) refuse(err error) {
	e.Ordered = expr.Ordered[T]{Scalar: expr.NewScalar[T](expr.Invalid{Err: err}, e.Codec())}
}

var errNotDefined = errors.New("it has no expression: give it one by PropertyOf or HybridOf, or by Define in the method Properties")

// in returns the expression for the table or an alias of it.
func (c *cellOf) in(from expr.Source) expr.Expression {
	err := c.m.ready()
	if err == nil && c.x == nil {
		err = c.m.problem(c.name, "%v", errNotDefined)
	}
	x := c.x
	if err == nil && from != expr.Source(c.m.table) {
		x, err = expr.Adapt(x, c.m.table, from)
	}
	if err != nil {
		return expr.Invalid{Err: err}
	}
	return x
}

// lateExpression is an expression that is looked up when a statement with it is
// compiled.
type lateExpression struct {
	cell  *cellOf
	from  expr.Source
	codec *sqltype.Codec
	once  sync.Once
	x     expr.Expression
}

// Unwrap returns the expression; the same each time.
func (l *lateExpression) Unwrap() expr.Expression {
	l.once.Do(func() { l.x = l.cell.in(l.from) })
	return l.x
}

// SQLType implements expr.Expression.
func (l *lateExpression) SQLType() sqltype.Type { return l.codec.Type }

// AppendKey implements expr.Node.
func (l *lateExpression) AppendKey(k *expr.Key) { k.Node(l.Unwrap()) }

// expressions finds the expressions in a struct of columns.
func expressions(ptr reflect.Value, f func(name string, e expressive, part reflect.Value)) {
	v := ptr.Elem()
	for i := range v.NumField() {
		sf, x := v.Type().Field(i), v.Field(i)
		if x.Kind() != reflect.Struct || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		at := reflect.NewAt(x.Type(), x.Addr().UnsafePointer())
		if e, ok := at.Interface().(expressive); ok {
			f(sf.Name, e, ptr)
		} else if sf.Anonymous {
			expressions(at, f)
		}
	}
}

// declareExpressions finds the fields of properties, which have no columns, and
// returns the other fields.
func (m *mapper) declareExpressions(ptr reflect.Value, fields []field) []field {
	byName := map[string]field{}
	for _, f := range fields {
		byName[f.name] = f
	}
	taken := map[string]bool{}
	expressions(ptr, func(name string, e expressive, _ reflect.Value) {
		given := e.sharedCell() != nil
		if err := e.begin(m, name); err != nil {
			m.fail(name, "%v", err)
			return
		}
		if c := m.inheritedCell(name); c != nil && (c.attr != nil || !given) {
			e.share(c)
			return
		}
		m.named = append(m.named, e.sharedCell())
		_, demanded := e.(interface{ onDemand() })
		e.sharedCell().demanded = demanded
		if _, own := e.(interface{ isField() }); !own && !demanded {
			return
		}
		f, ok := byName[name]
		if !ok { // tagged to be no column, which it is not
			f, ok = findField(m.goType, 0, func(f field) bool { return f.name == name })
		}
		if !ok {
			m.fail(name, "is a property, but %s has no field of that name: add the field, or make it a Hybrid", m.goType)
			return
		}
		taken[name] = true
		m.addProperty(f, e.sharedCell(), e.valueType())
	})
	var rest []field
	for _, f := range fields {
		if !taken[f.name] {
			rest = append(rest, f)
		}
	}
	return rest
}

func (*Property[T]) isField() {}

func (*QueryExpression[T]) onDemand() {}

// addProperty maps a field to an expression. t is the type of the expression.
func (m *mapper) addProperty(f field, c *cellOf, t reflect.Type) {
	inner, _ := nullableOf(f.typ)
	if inner != t && f.typ != t {
		m.fail(f.name, "is a %s, and its expression is of %s; give both the same type", f.typ, t)
		return
	}
	valueType, _ := nullableOf(t)
	sqlType, err := sqltype.DefaultType(valueType)
	var codec *sqltype.Codec
	if err == nil {
		codec, err = sqltype.CodecFor(sqlType, f.typ)
	}
	if err != nil {
		m.fail(f.name, "%v", err)
		return
	}
	a := &attr{name: f.name, offset: f.offset, codec: codec, leaf: codec, col: &schema.Column{Name: columnName(f.name), Type: sqlType}, ref: -1, cell: c, onDemand: c.demanded}
	if f.late != nil {
		m.defers(a, f.late)
	}
	c.attr = a
	m.props = append(m.props, a)
}

// copyProperties gives an entity the properties that were read. One that the
// query has left out is what it was, or, in another transaction, not loaded.
func (l *loader) copyProperties(dst, src mem.Pointer, stale bool) {
	for i, a := range l.m.props {
		if l.columns[len(l.m.attrs)+i] < 0 && !(stale && a.deferred) {
			continue
		}
		a.copyField(dst, src)
		if a.codec.Reference {
			l.spare = nil
		}
	}
}
