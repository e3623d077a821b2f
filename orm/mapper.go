package orm

import (
	"fmt"
	"reflect"
	"sync"
	"unsafe"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// mapper joins one entity type to one table. It is complete once its Base was
// checked, and is not changed after that.
type mapper struct {
	base   *Base
	goType reflect.Type
	table  *schema.Table
	attrs  []*attr // in the order of the table's columns
	key    []*attr // the primary key
	errs   []error

	// extra are declarations to be asked for on first use.
	extra func() []schema.TableItem

	// Memory of the entity's type, made where the type is known.
	alloc func(n int) func() unsafe.Pointer // a source of zero entities, in slabs of n
	copy  func(dst, src unsafe.Pointer)
	size  uintptr
	// asEntity gives back the pointer as *T in an interface, for callers that
	// hold only the mapper.
	asEntity func(p unsafe.Pointer) any

	refs     []*attr // attributes whose snapshot is their encoded value
	columns  []expr.Expression
	keyKind  keyKind
	selectFn sync.Once
	selected *expr.Select

	shapes struct {
		sync.Mutex
		byKey map[shapeKey]*shape
	}
}

// slabSize is how many entities are allocated at once when many are read. One
// that is kept keeps its slab.
const slabSize = 64

// attr is one mapped field.
type attr struct {
	name   string // the field's path in Go
	offset uintptr
	codec  *sqltype.Codec
	col    *schema.Column
	index  int // position among the mapper's attributes
	ref    int // position among the mapper's refs, or -1

	// zeroUnset says that the zero value leaves the column out of an INSERT.
	zeroUnset bool
}

func (a *attr) at(p unsafe.Pointer) unsafe.Pointer { return unsafe.Add(p, a.offset) }

// encode returns the field's value as it is sent.
func (a *attr) encode(p unsafe.Pointer) (sqltype.Value, error) {
	v, err := a.codec.Encode(a.at(p))
	if err == nil && v.IsNull() && !a.col.Nullable && a.codec.Go.Kind() == reflect.Slice && a.codec.Type.Kind() == sqltype.KindBytes {
		// A nil slice is an empty one where NULL can't be.
		return sqltype.BytesValue(nil), nil
	}
	return v, err
}

// keyKind is how identities are kept.
type keyKind uint8

const (
	keyNone  keyKind = iota // no primary key: rows can be read but have no identity
	keyInt                  // one integer
	keyBytes                // anything else
)

func newMapper[T any](base *Base) *mapper {
	m := &mapper{base: base, goType: reflect.TypeFor[T](), size: unsafe.Sizeof(*new(T))}
	m.alloc = func(n int) func() unsafe.Pointer {
		var slab []T
		return func() unsafe.Pointer {
			if len(slab) == 0 {
				slab = make([]T, n)
			}
			p := &slab[0]
			slab = slab[1:]
			return unsafe.Pointer(p)
		}
	}
	m.copy = func(dst, src unsafe.Pointer) { *(*T)(dst) = *(*T)(src) }
	m.asEntity = func(p unsafe.Pointer) any { return (*T)(p) }
	return m
}

func (m *mapper) fail(field, format string, args ...any) {
	m.errs = append(m.errs, &ModelError{Entity: m.goType.String(), Field: field, Reason: fmt.Sprintf(format, args...)})
}

// ready returns the errors of the model, once its Base was checked.
func (m *mapper) ready() error { return m.base.Check() }

// constrain asks the declaration for what it could not say at once.
func (m *mapper) constrain() []error {
	if m.extra == nil || m.table == nil {
		return nil
	}
	items := m.extra()
	m.extra = nil
	if err := m.table.AddItems(items...); err != nil {
		return []error{err}
	}
	return nil
}

// check completes the mapper and returns its errors.
func (m *mapper) check() []error {
	if len(m.errs) > 0 || m.table == nil || m.columns != nil {
		return m.errs
	}
	for _, a := range m.attrs {
		if a.codec.Reference {
			a.ref = len(m.refs)
			m.refs = append(m.refs, a)
		}
		m.insertRule(a)
		m.columns = append(m.columns, a.col.Ref())
	}
	if m.table.PrimaryKey != nil {
		for _, c := range m.table.PrimaryKey.Columns {
			m.key = append(m.key, m.attrOf(c))
		}
	}
	m.keyKind = m.kindOfKey()
	return m.errs
}

func (m *mapper) attrOf(c *schema.Column) *attr {
	for _, a := range m.attrs {
		if a.col == c {
			return a
		}
	}
	return nil
}

func (m *mapper) kindOfKey() keyKind {
	switch {
	case len(m.key) == 0:
		return keyNone
	case len(m.key) == 1 && !m.key[0].codec.Reference && isSigned(m.key[0].codec.Go.Kind()) && m.key[0].codec.Type.Kind() == sqltype.KindInt64:
		return keyInt
	}
	return keyBytes
}

func isSigned(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }

// insertRule decides what a zero field means on INSERT.
func (m *mapper) insertRule(a *attr) {
	c := a.col
	if !c.Filled() {
		if c.Zero == schema.ZeroUnset {
			m.fail(a.name, "says ZeroIsUnset, but nothing fills column %q: give it a default, a Sequence or an Identity", c.Name)
		}
		return
	}
	switch {
	case c.Zero == schema.ZeroIsAsSet:
	case c.Zero == schema.ZeroUnset || c.Generated() || a.codec.SaysUnset:
		a.zeroUnset = true
	default:
		m.fail(a.name, "column %q has a default, and the zero of %s may mean \"not set\" or be meant: say schema.ZeroIsUnset() or schema.ZeroIsValue() on the column, or make the field a pointer or sql.Null",
			c.Name, a.codec.Go)
	}
}

// query returns SELECT of all mapped columns.
func (m *mapper) query() *expr.Select {
	m.selectFn.Do(func() { m.selected = expr.NewSelect(m.columns...).From(m.table) })
	return m.selected
}

// describe names an entity by its type and key, for errors.
func (m *mapper) describe(p unsafe.Pointer) string {
	s := m.goType.String()
	if len(m.key) == 0 {
		return s
	}
	s += "("
	for i, a := range m.key {
		if i > 0 {
			s += ", "
		}
		v, err := a.codec.Encode(a.at(p))
		switch {
		case err != nil || v.IsNull() || a.codec.IsZero(a.at(p)):
			s += a.name + " not set"
		case v.Kind() == sqltype.KindInt64:
			s += fmt.Sprintf("%s %d", a.name, v.Int64())
		default:
			s += a.name + " " + v.String()
		}
	}
	return s + ")"
}

// The types that are mapped, so that Session.Add finds the mapper of what it is
// given. A type may be mapped more than once; Add then has to be told which.
var mapped struct {
	sync.RWMutex
	byType map[reflect.Type][]*mapper
}

func remember(m *mapper) {
	mapped.Lock()
	defer mapped.Unlock()
	if mapped.byType == nil {
		mapped.byType = map[reflect.Type][]*mapper{}
	}
	mapped.byType[m.goType] = append(mapped.byType[m.goType], m)
}

func mapperOf(t reflect.Type) (*mapper, error) {
	mapped.RLock()
	list := mapped.byType[t]
	mapped.RUnlock()
	switch len(list) {
	case 0:
		return nil, &ModelError{Entity: t.String(), Reason: "is not mapped: declare it with orm.Declare or orm.Map"}
	case 1:
		return list[0], nil
	}
	return nil, &ModelError{Entity: t.String(), Reason: "is mapped more than once: say which table by orm.Into"}
}
