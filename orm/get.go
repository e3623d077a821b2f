package orm

import (
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// saysNothing reports whether a Get asks for a row by its key and for nothing else,
// so that its statement is the same for each key.
func (q *query) saysNothing(s *Session, m *mapper, from expr.Source) bool {
	return from == expr.Source(m.table) && m.levels == nil && q.choice.empty() && len(q.joins)+len(q.where)+len(q.order)+len(q.plans) == 0 &&
		q.limit == nil && q.offset == nil && q.lock.Strength == expr.NoLock && len(s.sites) == 1 && len(s.opts.rewrites) == 0
}

// byKey returns SELECT of the row with a key, whose values are parameters.
func (m *mapper) byKey() *expr.Select {
	m.keyedFn.Do(func() {
		where := make([]expr.Predicate, len(m.key))
		for i, a := range m.key {
			where[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: a.column(m.table), R: &expr.Param{Index: i, Type: a.codec.Type}})
		}
		m.keyed = m.query().Where(where...)
	})
	return m.keyed
}

var int64Type = reflect.TypeFor[int64]()

// keyValues is that of the mapper, without memory of its own for the most usual
// keys.
func (s *Session) keyValues(m *mapper, key []any) ([]sqltype.Value, error) {
	if m.keyKind != keyInt || len(key) != 1 || m.key[0].codec.Go != int64Type {
		return m.keyValues(key)
	}
	switch n := key[0].(type) {
	case int64:
		s.first.number = n
	case int:
		s.first.number = int64(n)
	default:
		return m.keyValues(key)
	}
	var err error
	if s.first.key[0], err = m.key[0].codec.Encode(mem.Pointer(&s.first.number)); err != nil || s.first.key[0].IsNull() {
		return m.keyValues(key)
	}
	return s.first.key[:], nil
}

// lendLoader returns memory for a loader.
func (s *Session) lendLoader() *loader {
	if s.first.loading {
		return &loader{}
	}
	s.first.loading = true
	return &s.first.loader
}

// giveBack says that nobody uses a loader any more.
func (s *Session) giveBack(l *loader) {
	s.expected = 0 // what comes next says so itself
	if l == &s.first.loader {
		*l, s.first.loading = loader{}, false
	}
}
