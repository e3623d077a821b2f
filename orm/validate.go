package orm

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
)

// Validator is implemented by an entity that says what is wrong with it. It is
// asked before each INSERT and UPDATE of its row, after the validators of its
// fields, and may change the entity. An error stops the flush before anything is
// sent, as an *EntityError; with the entity mended the session can flush again.
type Validator interface {
	Validate() error
}

// Validate has a function check the values of a column's field, which must be of
// type V or a pointer to one; NULL is not checked. It returns the value to keep,
// which may be another one, such as the text in lower case. It runs when an
// entity is added, where an error waits for the flush, before the INSERT, and
// before an UPDATE that changes the field. An error stops the flush before
// anything is sent, as an *EntityError.
func Validate[V any](f func(v V) (V, error)) schema.Option {
	return schema.Attach(validation{of: reflect.TypeFor[V](), check: func(p mem.Pointer) error {
		v, err := f(*(*V)(p))
		if err == nil {
			*(*V)(p) = v
		}
		return err
	}})
}

// validation is a validator of a column's field.
type validation struct {
	of    reflect.Type
	check func(p mem.Pointer) error // of a variable of the type
}

// Attached implements schema.Attachment.
func (validation) Attached() {}

// addValidators finds the validators of an attribute.
func (m *mapper) addValidators(a *attr) {
	for _, x := range a.col.Attachments {
		v, ok := x.(validation)
		if !ok {
			continue
		}
		check, t := v.check, a.leaf.Go
		switch {
		case t == v.of:
		case t.Kind() == reflect.Pointer && t.Elem() == v.of:
			check = throughNull(check, t)
		default:
			m.fail(a.name, "is a %s, and has a validator of %s; give both the same type", t, v.of)
			continue
		}
		a.validators = append(a.validators, check)
	}
}

// throughNull checks a copy of what a pointer points to: others may share it.
func throughNull(check func(p mem.Pointer) error, t reflect.Type) func(p mem.Pointer) error {
	return func(p mem.Pointer) error {
		field := reflect.NewAt(t, p).Elem()
		if field.IsNil() {
			return nil
		}
		box := reflect.New(t.Elem())
		box.Elem().Set(field.Elem())
		err := check(box.UnsafePointer())
		if err == nil && !reflect.DeepEqual(box.Elem().Interface(), field.Elem().Interface()) {
			field.Set(box)
		}
		return err
	}
}

// validate runs the validators of attributes, and then that of the entity.
func (m *mapper) validate(p mem.Pointer, attrs []*attr) error {
	errs := m.validateFields(p, attrs)
	if m.validator && len(errs) == 0 {
		if err := reflect.NewAt(m.goType, p).Interface().(Validator).Validate(); err != nil {
			errs = append(errs, &EntityError{Entity: m.goType.String(), Err: err})
		}
	}
	return errors.Join(errs...)
}

func (m *mapper) validateFields(p mem.Pointer, attrs []*attr) (errs []error) {
	for _, a := range attrs {
		if len(a.validators) == 0 || a.missing(p) || a.ptr != nil && *(*mem.Pointer)(a.at(p)) == nil {
			continue
		}
		for _, check := range a.validators {
			if err := check(a.leafAt(p)); err != nil {
				errs = append(errs, m.valueError(p, a, err))
				break
			}
		}
	}
	return errs
}

// readOnly is that a column is never written.
type readOnly struct{}

// Attached implements schema.Attachment.
func (readOnly) Attached() {}

// ReadOnlyColumn has the ORM never write a column: an INSERT leaves it out and
// reads it back, and a change of the field is an *EntityError of the flush,
// before anything is sent.
func ReadOnlyColumn() schema.Option { return schema.Attach(readOnly{}) }

func isReadOnly(c *schema.Column) bool {
	for _, x := range c.Attachments {
		if _, ok := x.(readOnly); ok {
			return true
		}
	}
	return false
}

var errReadOnly = errors.New("is read-only: undo the change, or change the row by a statement")

// checkReadOnly refuses changes to what is never written. A new entity has no
// snapshot.
func (st *state) checkReadOnly() error {
	for _, a := range st.m.readOnly {
		var changed bool
		switch {
		case st.snap == nil:
			changed = !a.codec.IsZero(a.at(st.obj))
		case a.ref < 0:
			changed = !a.codec.Same(a.at(st.obj), a.at(st.snap))
		default:
			v, err := a.encode(st.obj)
			if err != nil {
				return st.m.valueError(st.obj, a, err)
			}
			changed = !v.Equal(st.kept(a)) || a.missing(st.obj) != a.missing(st.snap)
		}
		if changed {
			return st.m.valueError(st.obj, a, fmt.Errorf("column %s %w", a.col.FullName(), errReadOnly))
		}
	}
	return nil
}
