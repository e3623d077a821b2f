// Package orm maps plain structs to tables and keeps a unit of work in step
// with them: mappers, sessions with an identity map, and flushes that write
// exactly what changed.
//
// It lowers every query to a statement of package expr and every flush to
// batches of package engine. It knows no SQL text, no dialect and no driver.
package orm

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Base is a set of mappers whose tables belong together. It is used by many
// goroutines at once.
type Base struct {
	*schema.MetaData

	mu      sync.Mutex
	bindKey string // the database, of a session over several
	mappers []*mapper
	state   atomic.Pointer[baseState]
	types   map[reflect.Type]sqltype.Type // by the Go type
}

// baseState is what the last check found. It is not changed after that.
type baseState struct {
	mappers int // how many were checked
	err     error
	// order is each table's place in the order of foreign keys; cyclic are
	// those that reference themselves, directly or through others.
	order  map[*schema.Table]int
	cyclic map[*schema.Table]bool
	mapped []*mapper // that were checked
	// views are what the mappers of hierarchies are read from.
	views map[*schema.Table]*mapper
	// criteria are the conditions on the rows that queries see. They are asked for
	// by the first query, when all models can be used.
	criteria func() map[*schema.Table][]expr.Predicate
}

// NewBase returns an empty set. It is usually a package variable.
func NewBase(opts ...BaseOption) *Base {
	b := &Base{MetaData: schema.NewMetaData()}
	b.state.Store(&baseState{criteria: func() map[*schema.Table][]expr.Predicate { return nil }})
	for _, o := range opts {
		o(b)
	}
	return b
}

// Check returns every error of the models at once, each with its fix, or nil.
// The first use of a mapper returns the same; a program calls it at start, or
// in a test, to hear of them early.
func (b *Base) Check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if st := b.state.Load(); st.mappers == len(b.mappers) && st.err == nil {
		return nil
	}
	errs := []error{b.Resolve()}
	for _, m := range b.mappers {
		errs = append(errs, m.check())
	}
	for _, m := range b.mappers {
		errs = append(errs, m.resolveRelations())
	}
	if errors.Join(errs...) == nil {
		for _, m := range b.mappers {
			errs = append(errs, m.finishHierarchy())
		}
	}
	st := &baseState{
		mappers: len(b.mappers), err: errors.Join(errs...),
		order: map[*schema.Table]int{}, cyclic: map[*schema.Table]bool{},
		mapped: slices.Clone(b.mappers), views: viewsOf(b.mappers),
	}
	st.criteria = sync.OnceValue(st.findCriteria)
	tables, _ := b.SortedTables()
	for i, t := range tables {
		st.order[t] = i
		st.cyclic[t] = t.Cyclic()
	}
	for _, t := range unordered(b.mappers) {
		st.cyclic[t] = true
	}
	b.state.Store(st)
	return st.err
}

// add makes a mapper part of the set. What it could not declare at once, and
// its errors, are due at the first use of the tables, be it by the ORM or not.
func (b *Base) add(m *mapper) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mappers = append(b.mappers, m)
	b.Later(m.constrain)
}

// Constrained is implemented by a struct of columns that has constraints or
// indexes which speak of several columns, or of tables that refer back to it.
// So are structs that it embeds: the method of each is called, once, on first
// use of the tables.
type Constrained interface {
	Constraints() []schema.TableItem
}

// ModelError says what is wrong with a model, and how to mend it.
type ModelError struct {
	Entity string // the Go type
	Field  string // the field, or ""
	Reason string
}

// Error names the entity and the field.
func (e *ModelError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("orm: %s: %s", e.Entity, e.Reason)
	}
	return fmt.Sprintf("orm: %s.%s: %s", e.Entity, e.Field, e.Reason)
}

// FlushError is a failed flush. The session can only be rolled back.
type FlushError struct {
	Entity string // the entity that could not be written, by type and key
	Op     string // insert, update or delete
	Err    error
}

// Error names the operation and the entity, not its values.
func (e *FlushError) Error() string {
	if stale, ok := e.Err.(*StaleError); ok {
		return "orm: flush: " + stale.message()
	}
	cause := strings.TrimPrefix(strings.TrimPrefix(e.Err.Error(), "orm: "), "engine: ") // it failed in the flush: that says where
	return fmt.Sprintf("orm: flush: %s of %s: %s", e.Op, e.Entity, cause)
}

// Unwrap returns the cause.
func (e *FlushError) Unwrap() error { return e.Err }

// StaleError says that a row which was to be updated or deleted is not there
// any more, or is there more than once.
type StaleError struct {
	Entity string
	Op     string
	Rows   int64 // how many rows the statement met instead of one
}

// Error names the operation and the entity.
func (e *StaleError) Error() string { return "orm: " + e.message() }

func (e *StaleError) message() string {
	return fmt.Sprintf("%s of %s met %d rows instead of 1; it was changed or deleted elsewhere: roll back, read it again", e.Op, e.Entity, e.Rows)
}

// States of misuse. Test for them with errors.Is.
var (
	// ErrConcurrentUse says that two goroutines used one session at once.
	ErrConcurrentUse = errors.New("orm: the session is in use by another goroutine; give each goroutine its own session")
	// ErrNeedsRollback says that a flush or statement failed, so that the
	// transaction can't go on.
	ErrNeedsRollback = errors.New("orm: an earlier failure ended the transaction; call Rollback, then go on")
)

// snakeCase turns a field's name into a column's: UserID into user_id.
func snakeCase(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 'A' || c > 'Z' {
			b.WriteByte(c)
			continue
		}
		after := i+1 < len(s) && s[i+1] >= 'a' && s[i+1] <= 'z'
		before := i > 0 && (s[i-1] < 'A' || s[i-1] > 'Z')
		if i > 0 && s[i-1] != '_' && (before || after) {
			b.WriteByte('_')
		}
		b.WriteByte(c + 'a' - 'A')
	}
	return b.String()
}
