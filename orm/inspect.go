package orm

import (
	"errors"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// State is where an object stands in a session.
type State uint8

// The states. Plain structs don't know what became of them, so that an object
// which is not of the session is Transient as long as its primary key is not
// set, and Detached if it is.
const (
	Transient  State = iota // not of the session, and no row
	Pending                 // added; the next flush inserts it
	Persistent              // a row of the database
	Deleted                 // deleted by a flush of this transaction
	Detached                // not of the session, and has the key of a row
)

var stateNames = [...]string{"transient", "pending", "persistent", "deleted", "detached"}

// String returns the state's name.
func (st State) String() string { return stateNames[st] }

// State returns where an object, given by its pointer, stands in the session.
func (s *Session) State(entity any) (State, error) {
	if err := s.enter(); err != nil {
		return Transient, err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	if err != nil {
		return Transient, err
	}
	if st != nil {
		return st.status.public(), nil
	}
	t, p, err := pointerOf(entity)
	if err != nil {
		return Transient, err
	}
	if gone := s.byObject[p]; gone != nil && gone.status == deleted {
		return Deleted, nil
	}
	m, err := s.mapperFor(t, nil)
	if err != nil {
		return Transient, err
	}
	if m.keySet(p) {
		return Detached, nil
	}
	return Transient, nil
}

func (st status) public() State {
	switch st {
	case pending:
		return Pending
	case persistent, deleting:
		return Persistent
	case deleted:
		return Deleted
	}
	return Detached
}

// keySet reports whether all parts of the primary key are set.
func (m *mapper) keySet(p mem.Pointer) bool {
	return len(m.key) > 0 && !slices.ContainsFunc(m.key, func(a *attr) bool { return a.codec.IsZero(a.at(p)) })
}

// object returns the entity as a pointer of its type.
func (st *state) object() any { return reflect.NewAt(st.m.goType, st.obj).Interface() }

// New returns the objects, as pointers, that the next flush inserts.
func (s *Session) New() ([]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return objects(s.pending, func(*state) bool { return true }), nil
}

// Dirty returns the objects, as pointers, that differ from their rows.
func (s *Session) Dirty() ([]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	var errs []error
	list := objects(s.all(), func(st *state) bool {
		if st.status != persistent || st.snap == nil {
			return false
		}
		changed, err := st.dirty()
		errs = append(errs, err)
		return changed
	})
	return list, errors.Join(errs...)
}

// Deleting returns the objects, as pointers, that the next flush deletes.
func (s *Session) Deleting() ([]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return objects(s.all(), func(st *state) bool { return st.status == deleting }), nil
}

// Objects returns all objects of the session, as pointers: those that are rows
// and those that are new.
func (s *Session) Objects() ([]any, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return append(objects(s.all(), (*state).belongs), objects(s.pending, (*state).belongs)...), nil
}

func objects(list []*state, which func(*state) bool) []any {
	var out []any
	for _, st := range list {
		if which(st) {
			out = append(out, st.object())
		}
	}
	return out
}

// Change is a field that differs from the row.
type Change struct {
	Field  string // in Go
	Column *schema.Column
	Was    any // the field's value as of the row; nil for an object that is no row yet
	Is     any
}

// Changes returns which fields of an object of the session the next flush would
// write, with what they were and what they are, in the order of the columns.
func (s *Session) Changes(entity any) ([]Change, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	if err != nil || st == nil {
		return nil, err
	}
	attrs := st.m.attrs
	if st.status != pending {
		if attrs, err = st.changed(nil); err != nil {
			return nil, err
		}
	}
	var out []Change
	for _, a := range attrs {
		if st.status == pending && st.sends(a) == sendNothing {
			continue
		}
		c := Change{Field: a.name, Column: a.col, Is: reflect.NewAt(a.codec.Go, a.at(st.obj)).Elem().Interface()}
		if st.snap != nil {
			if c.Was, err = st.was(a); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// was returns the field's value as of the row.
func (st *state) was(a *attr) (any, error) {
	if a.ref < 0 {
		return reflect.NewAt(a.codec.Go, a.at(st.snap)).Elem().Interface(), nil
	}
	box := reflect.New(a.codec.Go)
	row := valueRow{values: []sqltype.Value{st.kept(a)}}
	if err := a.codec.Decode(&row, 0, box.UnsafePointer()); err != nil {
		return nil, st.m.valueError(st.obj, a, err)
	}
	return box.Elem().Interface(), row.err
}

// IsModified reports whether the next flush would write the object.
func (s *Session) IsModified(entity any) (bool, error) {
	if err := s.enter(); err != nil {
		return false, err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	if err != nil || st == nil {
		return false, err
	}
	return st.differs()
}

// attrsOf finds the attributes that columns name.
func (m *mapper) attrsOf(columns []expr.Expression) ([]*attr, error) {
	var out []*attr
	for _, x := range columns {
		c, ok := expr.Unwrap(x).(*expr.Column)
		i := -1
		if ok {
			i = slices.IndexFunc(m.attrs, func(a *attr) bool { return a.col.Name == c.Name && c.From.Provides(m.table) })
		}
		if i < 0 {
			return nil, &ModelError{Entity: m.goType.String(), Reason: "something was named that is not a column of it"}
		}
		out = append(out, m.attrs[i])
	}
	return out, nil
}
