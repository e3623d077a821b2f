package orm

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// partitionSize is how many entities Each reads at once.
const partitionSize = 1000

// ErrNotPageable says that Each can't read a query in pages by primary key, and
// that the database has no cursors.
var ErrNotPageable = errors.New("orm: Each reads by primary key here, and the query has an order, an offset or a join, or the table has no key; use All, or NoTrack to hold the connection instead")

var errStreamLoads = errors.New("orm: Each with NoTrack holds the connection, so that nothing can be loaded beside it; leave out With, or NoTrack, or use All")

// pages reads by primary key: the rows after the last one that was seen.
func (q *query) pages(ctx context.Context, s *Session, yield func(mem.Pointer, error) bool) {
	m, from, err := q.mapper()
	if err != nil {
		yield(nil, err)
		return
	}
	if at, err := s.siteOf(m); at == spread || err != nil {
		yield(nil, cmp.Or(err, errSpread))
		return
	}
	if len(q.order) > 0 || q.offset != nil || len(q.joins) > 0 || len(m.key) == 0 {
		q.cursor(ctx, s, yield)
		return
	}
	left := -1
	if q.limit != nil {
		left = *q.limit
	}
	var after []sqltype.Value
	for more := left != 0; more; {
		size := q.partition(left)
		page, err := q.page(ctx, s, m, from, after, size)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range page.entities {
			if !yield(e, nil) {
				return
			}
		}
		if err := s.finishPartition(ctx, page.states); err != nil {
			yield(nil, err)
			return
		}
		left -= len(page.entities)
		after, more = page.last, len(page.entities) == size && left != 0
	}
}

// partition is what Each has read at once.
type partition struct {
	entities []mem.Pointer
	states   []*state        // of the entities that the session did not have before
	last     []sqltype.Value // the key of the last entity, as it was read
}

func (q *query) partition(left int) int {
	size := q.size
	if size <= 0 {
		size = partitionSize
	}
	if left >= 0 {
		size = min(size, left)
	}
	return size
}

func (q *query) page(ctx context.Context, s *Session, m *mapper, from expr.Source, after []sqltype.Value, size int) (partition, error) {
	var page partition
	if err := s.ready(); err != nil {
		return page, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return page, err
	}
	part := *q
	if after != nil {
		part.where = append(slices.Clip(part.where), m.afterKey(from, after))
	}
	part.order, part.limit = append(slices.Clip(part.order), m.keyOrder(from)...), &size
	known := s.size()
	var err error
	if page.entities, err = part.run(ctx, s); err != nil {
		return page, err
	}
	page.states = slices.Clone(s.all()[known:])
	if n := len(page.entities); n > 0 {
		page.last, err = m.appendKey(nil, page.entities[n-1])
	}
	for i := range page.last {
		page.last[i] = page.last[i].Clone()
	}
	return page, err
}

// afterKey is the condition of rows whose key comes after one: for (a, b) it is
// a > x OR a = x AND b > y.
func (m *mapper) afterKey(from expr.Source, key []sqltype.Value) expr.Predicate {
	var either []expr.Predicate
	for i := range m.key {
		var all []expr.Predicate
		for j := 0; j <= i; j++ {
			a, op := m.key[j], expr.OpEq
			if j == i {
				op = expr.OpGt
			}
			all = append(all, a.compare(from, op, key[j]))
		}
		either = append(either, expr.And(all...))
	}
	return expr.Or(either...)
}

// finishPartition flushes the changes of a partition, and lets its entities go.
// A rollback does not restore them any more, unless a savepoint is open: what
// was done before it has to stay where it is.
func (s *Session) finishPartition(ctx context.Context, page []*state) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.flush(ctx); err != nil {
		return err
	}
	if len(s.nested) > 0 {
		undone := make(map[*state]bool, len(s.undo))
		for _, u := range s.undo {
			undone[u.st] = true
			if u.made == nil {
				continue
			}
			for _, st := range u.made.inserted {
				undone[st] = true
			}
		}
		page = slices.DeleteFunc(page, func(st *state) bool { return undone[st] })
	}
	for _, st := range page {
		if st.status != detached {
			s.drop(st)
		}
	}
	if len(s.nested) == 0 {
		s.undo = slices.DeleteFunc(s.undo, undo.empty)
	}
	s.sweep()
	return nil
}

// stream reads without tracking, over a connection that stays busy.
func (q *query) stream(ctx context.Context, s *Session, yield func(mem.Pointer, error) bool) {
	if len(q.plans) > 0 {
		yield(nil, errStreamLoads)
		return
	}
	rows, l, err := q.openStream(ctx, s)
	if err != nil {
		yield(nil, err)
		return
	}
	for {
		e, err := q.next(s, rows, l)
		if err != nil || e == nil {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		if !q.lend(s, rows, e, yield) {
			return
		}
	}
}

func (q *query) openStream(ctx context.Context, s *Session) (*engine.Result, *loader, error) {
	if err := s.ready(); err != nil {
		return nil, nil, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return nil, nil, err
	}
	m, from, err := q.mapper()
	if err != nil {
		return nil, nil, err
	}
	l := q.loader(s, m)
	defer s.freely(q.free)()
	stmt, err := s.restricted(q.statement(m, from), m.base)
	if err != nil {
		return nil, nil, err
	}
	rows, err := l.open(ctx, stmt)
	s.reading = err == nil
	return rows, l, err
}

// next reads one entity; nil after the last one.
func (q *query) next(s *Session, rows *engine.Result, l *loader) (mem.Pointer, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if !rows.Next() {
		s.reading = false
		if err := rows.Close(); err != nil {
			return nil, s.fail(err)
		}
		return nil, nil
	}
	p, err := l.entity(rows.Row())
	if err != nil {
		s.reading = false
		rows.Close()
		return nil, err
	}
	return p, nil
}

// lend gives an entity to the loop's body, which may use the session as far as
// that needs no connection. It reports whether the loop goes on; where it does
// not, be it by a panic, the rows are closed. An error of theirs can't be told
// to a loop that has ended, so the next call is.
func (q *query) lend(s *Session, rows *engine.Result, e mem.Pointer, yield func(mem.Pointer, error) bool) (more bool) {
	defer func() {
		if more {
			return
		}
		s.reading = false
		if err := rows.Close(); err != nil && s.failed == nil {
			s.failed = err
		}
	}()
	return yield(e, nil)
}
