package orm

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// mapper joins one entity type to one table. It is complete once its Base was
// checked, and is not changed after that.
type mapper struct {
	base    *Base
	goType  reflect.Type
	table   *schema.Table
	attrs   []*attr // in the order of the table's columns
	key     []*attr // the primary key
	always  []*attr // those that are generated always
	updates updateRule
	hooks   atomic.Pointer[hookSet]
	errs    []error // of the declaration

	checked  bool // by check, under the lock of base
	ruleErrs error
	complete atomic.Bool // declared and checked without errors

	// extra are declarations to be asked for on first use.
	extra func() []schema.TableItem
	// criteria are conditions on the rows that queries see; nil: none are told.
	criteria func() []expr.Predicate
	// rules are what relationships go by that follow no foreign key.
	rules func() []JoinRule

	// Memory of the entity's type, made where the type is known.
	entity memoryKind
	copy   func(dst, src mem.Pointer)
	layout snapshotLayout

	// asked are the attributes of which an INSERT has to find out whether and how
	// they are sent. allSent is the key of the shape that sends all.
	asked    []*attr
	allSent  []byte
	unfilled []*attr // of the key: nothing fills them, and they can say unset

	validated bool    // entities or fields have validators
	validator bool    // entities are a Validator
	readOnly  []*attr // what is never written

	parts []*part   // value objects, the outer ones first
	props []*attr   // fields that expressions fill
	cells []*cellOf // expressions that were added to a table mapped by tags
	named []*cellOf // expressions of the struct of columns, but for those of the base

	hierarchy

	related   []field // fields that hold other entities
	relations []*relation

	refs     []*attr  // attributes whose snapshot is their encoded value
	texts    []*attr  // attributes that are texts, which may share memory
	moments  []*attr  // attributes that are a time.Time, or point to one
	cheap    bool     // encoding twice costs less than keeping what was encoded
	defaults bool     // a column has a default of the client's
	reads    *reading // what queries read that say nothing
	keyKind  keyKind
	selectFn sync.Once
	selected *expr.Select
	keyedFn  sync.Once
	keyed    *expr.Select

	shapes struct {
		sync.Mutex
		byKey map[shapeKey]*shape
	}
}

// attr is one mapped field.
type attr struct {
	name   string // the field's path in Go
	offset uintptr
	codec  *sqltype.Codec // of what is at the offset
	leaf   *sqltype.Codec // of the field's own type
	ptr    *part          // the pointer to the value object that has the field, or nil
	inner  uintptr        // the field's place in what ptr points to

	// Of a Deferred: where it says that it was not read, and how; its group; and
	// whether queries read it all the same.
	deferred  bool
	missingAt uintptr
	notLoaded *NotLoadedError
	group     string
	eager     bool

	// Of a field that an expression fills: the expression, nil for a column, and
	// whether only queries fill it that say by what.
	cell     *cellOf
	onDemand bool

	col   *schema.Column
	own   *expr.Column // a reference to it in its own table
	index int          // position among the mapper's attributes
	ref   int          // position among the mapper's refs, or -1

	// zeroUnset says that the zero value leaves the column out of an INSERT.
	zeroUnset  bool
	validators []func(p mem.Pointer) error
	joined     joining
	kind       sqltype.Kind // of what is plain, or points to it
	// computed says that the database computes the value, or has it by itself: it
	// is never sent.
	computed bool
	// doubtful says that some databases can't hold each value of the kind.
	doubtful bool
	// nilIsEmpty says that a nil slice is an empty one, as NULL can't be.
	nilIsEmpty bool
}

func (a *attr) at(p mem.Pointer) mem.Pointer { return mem.Add(p, a.offset) }

// encode returns the field's value as it is sent; NULL where it was not read.
func (a *attr) encode(p mem.Pointer) (sqltype.Value, error) {
	if a.missing(p) {
		return sqltype.Value{}, nil
	}
	v, err := a.codec.Value(a.at(p))
	if a.nilIsEmpty && err == nil && v.IsNull() {
		return sqltype.BytesValue(nil), nil
	}
	return v, err
}

// appendTo appends what encode returns.
func (a *attr) appendTo(dst []sqltype.Value, p mem.Pointer) ([]sqltype.Value, error) {
	n := len(dst)
	dst = append(dst, sqltype.Value{})
	if !a.deferred && a.codec.Fill(&dst[n], a.at(p)) {
		return dst, nil
	}
	v, err := a.encode(p)
	dst[n] = v
	return dst, err
}

// column returns a reference to the column in a table or an alias of it.
func (a *attr) column(from expr.Source) *expr.Column {
	if a.own != nil && a.own.From == from {
		return a.own
	}
	return &expr.Column{From: from, Name: a.col.Name, Codec: a.leaf}
}

// compare returns the comparison of the column with a value.
func (a *attr) compare(from expr.Source, op expr.Op, v sqltype.Value) expr.Pred {
	return expr.NewPred(&expr.Binary{Op: op, L: a.column(from), R: &expr.Bind{Value: v, Codec: a.codec}})
}

// keyKind is how identities are kept.
type keyKind uint8

const (
	keyNone  keyKind = iota // no primary key: rows can be read but have no identity
	keyInt                  // one integer
	keyBytes                // anything else
)

// entity is what a mapper is told of its type by what is generic.
type entity struct {
	typ  reflect.Type
	make func(n int) mem.Pointer
	copy func(dst, src mem.Pointer)
}

func newMapper(base *Base, of entity) *mapper {
	m := &mapper{base: base, goType: of.typ, entity: memoryKind{of.make, of.typ.Size()}, copy: of.copy}
	m.ownHooks()
	return m
}

// zero returns a new entity.
func (m *mapper) zero() mem.Pointer { return m.entity.make(1) }

func (m *mapper) fail(field, format string, args ...any) {
	m.errs = append(m.errs, m.problem(field, format, args...))
}

func (m *mapper) problem(field, format string, args ...any) error {
	return &ModelError{Entity: m.goType.String(), Field: field, Reason: fmt.Sprintf(format, args...)}
}

// ready returns the errors of the model, once its Base was checked.
func (m *mapper) ready() error {
	if m.complete.Load() {
		return nil
	}
	if err := m.base.Check(); err != nil {
		return err
	}
	m.complete.Store(true)
	return nil
}

// constrain asks the declaration for what it could not say at once, and returns
// the errors of the declaration. It is called by one goroutine at a time.
func (m *mapper) constrain() error {
	if m.extra != nil && m.table != nil {
		items := m.extra()
		m.extra = nil
		if err := m.stored().AddItems(items...); err != nil {
			m.errs = append(m.errs, err)
		}
	}
	return errors.Join(m.errs...)
}

// check completes the mapper and returns the errors that constrain did not.
func (m *mapper) check() error {
	if len(m.errs) > 0 || m.table == nil || m.checked {
		return m.ruleErrs
	}
	m.checked, m.cheap = true, true
	slices.SortFunc(m.related, func(a, b field) int { return cmp.Compare(a.offset, b.offset) })
	var errs []error
	for _, a := range m.attrs {
		if a.own == nil { // those of a base are shared
			a.own = a.column(m.table)
		}
		m.cheap = m.cheap && a.codec.Cheap
		m.defaults = m.defaults || a.col.Default != nil
		a.doubtful = a.col.Type.Kind() == sqltype.KindFloat64 || a.col.Type.Kind() == sqltype.KindDecimal
		if a.codec.Reference {
			a.ref = len(m.refs)
			m.refs = append(m.refs, a)
		}
		if generatedAlways(a) {
			m.always = append(m.always, a)
		}
		a.nilIsEmpty = !a.col.Nullable && a.codec.Go.Kind() == reflect.Slice && a.codec.Type.Kind() == sqltype.KindBytes
		a.computed = a.col.Computed != nil || a.col.System
		if isReadOnly(a.col) {
			a.computed, m.readOnly = true, append(m.readOnly, a)
		}
		m.validated = m.validated || len(a.validators) > 0
		m.updates.add(a)
		if err := m.insertRule(a); err != nil {
			errs = append(errs, err)
		}
		if a.zeroUnset || a.codec.Round != nil || !a.codec.Total() {
			m.asked = append(m.asked, a)
		}
		m.allSent = append(m.allSent, sendValue)
		m.shareTexts(a)
	}
	m.layout = m.newSnapshotLayout()
	m.reads = m.readingOf((*attr).isRead)
	m.validator = reflect.PointerTo(m.goType).Implements(reflect.TypeFor[Validator]())
	m.validated = m.validated || m.validator
	if m.stored().PrimaryKey != nil {
		m.key = m.keyAttrs()
		for _, a := range m.key {
			if !a.col.Filled() && a.codec.SaysUnset {
				m.unfilled = append(m.unfilled, a)
			}
		}
	}
	m.keyKind = m.kindOfKey()
	errs = append(errs, m.finishUpdates())
	if errors.Join(errs...) == nil && m.levels != nil {
		errs = append(errs, m.checkHierarchy())
	}
	m.ruleErrs = errors.Join(errs...)
	return m.ruleErrs
}

func (m *mapper) attrOf(c *schema.Column) *attr {
	for _, a := range m.attrs {
		if a.col == c {
			return a
		}
	}
	if len(m.levels) > 1 {
		return m.sameKey(c)
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
func (m *mapper) insertRule(a *attr) error {
	c := a.col
	switch {
	case isReadOnly(c):
		a.zeroUnset = true
	case !c.Filled():
		if c.Zero == schema.ZeroUnset {
			return m.problem(a.name, "says ZeroIsUnset, but nothing fills column %q: give it a default, a Sequence or an Identity", c.Name)
		}
	case c.Computed != nil:
		a.zeroUnset = true
	case c.Zero == schema.ZeroIsAsSet:
	case c.Zero == schema.ZeroUnset || c.Generated() && c.IsPrimaryKey() || a.codec.SaysUnset:
		a.zeroUnset = true
	default:
		return m.problem(a.name, "column %q is filled by the database or a default, and the zero of %s may mean \"not set\" or be meant: say schema.ZeroIsUnset() or schema.ZeroIsValue() on the column, or make the field a pointer or sql.Null",
			c.Name, a.codec.Go)
	}
	return nil
}

// query returns SELECT of all mapped columns.
func (m *mapper) query() *expr.Select {
	m.selectFn.Do(func() { m.selected = expr.NewSelect(m.reads.columns(m.table)...).From(m.table) })
	return m.selected
}

// describe names an entity by its type and key, for errors.
func (m *mapper) describe(p mem.Pointer) string {
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
	bases  map[*schema.MetaData]*Base
}

func remember(m *mapper) {
	mapped.Lock()
	defer mapped.Unlock()
	if mapped.byType == nil {
		mapped.byType, mapped.bases = map[reflect.Type][]*mapper{}, map[*schema.MetaData]*Base{}
	}
	mapped.bases[m.base.MetaData] = m.base
	mapped.byType[m.goType] = append(mapped.byType[m.goType], m)
}

// mapperOf finds the mapper of a type. bases, where given, are the only ones
// that count.
func mapperOf(t reflect.Type, bases []*Base) (*mapper, error) {
	mapped.RLock()
	list := mapped.byType[t]
	mapped.RUnlock()
	var found *mapper
	n := 0
	for _, m := range list {
		if bases == nil || slices.Contains(bases, m.base) {
			found = m
			n++
		}
	}
	switch {
	case n == 1:
		return found, nil
	case n > 1:
		return nil, &ModelError{Entity: t.String(), Reason: "is mapped more than once: say which table by orm.Into, or open the session with orm.Models"}
	case len(list) > 0:
		return nil, &ModelError{Entity: t.String(), Reason: "is not mapped by the bases that the session was opened with"}
	}
	return nil, &ModelError{Entity: t.String(), Reason: "is not mapped: declare it with orm.Declare or orm.Map"}
}
