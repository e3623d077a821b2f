package web

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// What a body may have where Body.MaxBytes says nothing else.
const (
	maxBodyBytes  = 1 << 20
	maxBodyFields = 200
	maxBodyDepth  = 32
)

// Body is an operation of an application, such as "edit a profile": the fields of
// an entity that the body of a request may write, and no other. It is made once,
// usually as a package variable, and used by many goroutines. It is a value: each
// method returns a changed copy.
type Body[T any] struct {
	src      orm.Source[T]
	columns  []expr.Expression
	keys     []expr.Expression
	required []expr.Expression
	renamed  map[string]expr.Expression
	ignored  []string
	version  bool
	maxBytes int64
	plan     func() (*bodyPlan[T], error)
}

// Accept is the operation that writes the fields of these columns. In a body a
// field has the name of its json tag, or else that of its column; names are compared byte by byte.
//
// Columns that are a primary key or a foreign key are refused: who may write
// those chooses which row it is, or whose. Keys takes them, in sight. What an
// application can't mean to be written is refused always: generated keys,
// versions, discriminators and what is read-only. Check returns these errors at
// start; Decode returns the same.
func Accept[T any](src orm.Source[T], columns ...expr.Expression) Body[T] {
	return Body[T]{src: src, columns: columns}.planned()
}

// Keys lets the body write columns of primary keys and foreign keys that nothing
// generates. Whether the client may choose that row, or give a row to that owner,
// is for the handler to find out.
func (b Body[T]) Keys(columns ...expr.Expression) Body[T] {
	b.keys = append(slices.Clip(b.keys), columns...)
	return b.planned()
}

// Require says which fields must be there, and not be empty.
func (b Body[T]) Require(columns ...expr.Expression) Body[T] {
	b.required = append(slices.Clip(b.required), columns...)
	return b.planned()
}

// Named gives a field another name in the body.
func (b Body[T]) Named(column expr.Expression, name string) Body[T] {
	renamed := map[string]expr.Expression{name: column}
	for n, c := range b.renamed {
		if _, twice := renamed[n]; !twice {
			renamed[n] = c
		}
	}
	b.renamed = renamed
	return b.planned()
}

// Ignore lets the body have names that are no fields, such as that of a token
// against forgery, or of a button.
func (b Body[T]) Ignore(names ...string) Body[T] {
	b.ignored = append(slices.Clip(b.ignored), names...)
	return b.planned()
}

// Versioned has the body say, under the name of the version column, of which
// version of the entity it is a change. It is compared, and never written: where
// the entity has another one by now, Decode writes nothing and returns ErrConflict.
func (b Body[T]) Versioned() Body[T] { b.version = true; return b.planned() }

// MaxBytes sets how long a body may be; 1 MiB without it.
func (b Body[T]) MaxBytes(n int64) Body[T] { b.maxBytes = n; return b }

// Check returns what is wrong with the operation, all of it at once.
func (b Body[T]) Check() error {
	_, err := b.plan()
	return err
}

// Fields returns the names that the fields have in a body, in their order.
func (b Body[T]) Fields() ([]string, error) {
	p, err := b.plan()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range p.fields {
		out = append(out, f.name)
	}
	return out, nil
}

// planned looks the columns up on first use, when all models are declared.
func (b Body[T]) planned() Body[T] {
	b.plan = nil
	made := b
	b.plan = sync.OnceValues(func() (*bodyPlan[T], error) { return newBodyPlan(made) })
	return b
}

// bodyPlan is what a Body has found out about its columns.
type bodyPlan[T any] struct {
	fields  []*bodyField[T]
	ignored []string
	version *bodyField[T] // nil: not asked for
}

// bodyField is a field that a body may have.
type bodyField[T any] struct {
	orm.Field[T]
	name     string
	attr     orm.Attribute
	form     valueForm
	required bool
}

func newBodyPlan[T any](b Body[T]) (*bodyPlan[T], error) {
	p := &bodyPlan[T]{ignored: b.ignored}
	if _, err := orm.KeyFields(b.src); err != nil {
		return p, fmt.Errorf("web: Accept: %w", err)
	}
	var errs []error
	for _, c := range b.columns {
		errs = append(errs, p.add(b, c, false))
	}
	for _, c := range b.keys {
		errs = append(errs, p.add(b, c, true))
	}
	for _, c := range b.required {
		f := p.of(b, c)
		if f == nil {
			errs = append(errs, fmt.Errorf("web: a column of %T is required, and not accepted: name it in Accept or Keys too", b.src))
			continue
		}
		f.required = true
	}
	errs = append(errs, p.rename(b), p.findVersion(b))
	return p, errors.Join(errs...)
}

// of returns the field of a column, or nil.
func (p *bodyPlan[T]) of(b Body[T], column expr.Expression) *bodyField[T] {
	f, err := orm.FieldOf(b.src, column)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(p.fields, func(x *bodyField[T]) bool { return x.Field == f })
	if i < 0 {
		return nil
	}
	return p.fields[i]
}

func (p *bodyPlan[T]) add(b Body[T], column expr.Expression, key bool) error {
	f, err := newBodyField(b.src, column)
	if err != nil {
		return err
	}
	if p.of(b, column) != nil {
		return fmt.Errorf("web: %s is accepted twice; name it once", f.title())
	}
	if why := f.refusal(key); why != "" {
		return fmt.Errorf("web: %s can't be written by a body: %s", f.title(), why)
	}
	p.fields = append(p.fields, f)
	return nil
}

func newBodyField[T any](src orm.Source[T], column expr.Expression) (*bodyField[T], error) {
	of, err := orm.FieldOf(src, column)
	if err != nil {
		return nil, fmt.Errorf("web: Accept: %w", err)
	}
	f := &bodyField[T]{Field: of, attr: of.Attribute()}
	f.name = fieldName(reflect.TypeFor[T](), f.attr)
	if f.form, err = formOf(f.attr); err != nil {
		return nil, fmt.Errorf("web: %s: %w", f.title(), err)
	}
	return f, nil
}

func (f *bodyField[T]) title() string { return reflect.TypeFor[T]().String() + "." + f.attr.Name }

// refusal says why no body may write the column, or "".
func (f *bodyField[T]) refusal(key bool) string {
	c := f.attr.Column
	belongs := c.IsPrimaryKey() || len(c.ForeignKeys()) > 0
	switch {
	case c.Version != nil:
		return "it is the version; use Versioned, which compares it"
	case f.attr.ReadOnly || c.Computed != nil || c.System:
		return "it is read-only"
	case f.attr.Discriminator:
		return "it says of which entity the row is"
	case c.Generated():
		return "the database generates it"
	case belongs && !key:
		return "it is part of a key: whoever may write it chooses which row this is, or whose. Where that is meant, name it in Keys"
	case !belongs && key:
		return "it is no key; name it in Accept"
	}
	return ""
}

// rename applies Named, and refuses names that two fields have.
func (p *bodyPlan[T]) rename(b Body[T]) error {
	for name, column := range b.renamed {
		f := p.of(b, column)
		if f == nil {
			return fmt.Errorf("web: the column that is to be named %q is not accepted", name)
		}
		f.name = name
	}
	seen := map[string]bool{}
	for _, name := range b.ignored {
		seen[name] = true
	}
	for _, f := range p.fields {
		if seen[f.name] {
			return fmt.Errorf("web: two fields of %s have the name %q in a body; give one another by Named", reflect.TypeFor[T](), f.name)
		}
		seen[f.name] = true
	}
	return nil
}

func (p *bodyPlan[T]) findVersion(b Body[T]) error {
	if !b.version {
		return nil
	}
	d, err := orm.Describe(b.src)
	if err != nil {
		return err
	}
	for _, a := range d.Attributes {
		if a.Column != nil && a.Column.Version != nil {
			p.version, err = newBodyField(b.src, a.Column.Ref())
			return err
		}
	}
	return fmt.Errorf("web: %s has no version column, and its body is Versioned: give it schema.Version()", reflect.TypeFor[T]())
}

// byName returns the field of a name, or nil.
func (p *bodyPlan[T]) byName(name string) *bodyField[T] {
	if p.version != nil && p.version.name == name {
		return p.version
	}
	i := slices.IndexFunc(p.fields, func(f *bodyField[T]) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return p.fields[i]
}

// fieldName is what a field is called in bodies and in field errors.
func fieldName(entity reflect.Type, a orm.Attribute) string {
	if f, ok := entity.FieldByName(a.Name); ok {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			return name
		}
	}
	return a.Column.Name
}
