package orm

import (
	"context"
	"errors"
	"unsafe"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// partitionSize is how many entities Each reads at once.
const partitionSize = 1000

// ErrNotPageable says that Each can't read a query in pages by primary key.
var ErrNotPageable = errors.New("orm: Each reads by primary key, and the query has an order, an offset or a lock of its own, or the table no key; use All, or NoTrack to hold the connection instead")

// pages reads by primary key: the rows after the last one that was seen.
func (q Query[T]) pages(ctx context.Context, s *Session, yield func(*T, error) bool) {
	m, from, err := q.mapper()
	if err == nil && (len(q.order) > 0 || q.offset != nil || len(q.joins) > 0 || len(m.key) == 0) {
		err = ErrNotPageable
	}
	if err != nil {
		yield(nil, err)
		return
	}
	left := -1
	if q.limit != nil {
		left = *q.limit
	}
	var after []sqltype.Value
	for left != 0 {
		size := q.partition(left)
		page, err := q.page(ctx, s, m, from, after, size)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, e := range page {
			if !yield(e, nil) {
				return
			}
		}
		if len(page) < size {
			return
		}
		left -= len(page)
		if after, err = m.appendKey(nil, unsafe.Pointer(page[len(page)-1])); err == nil {
			err = s.finishPartition(ctx, m, ptrsOf(page))
		}
		if err != nil {
			yield(nil, err)
			return
		}
	}
}

func ptrsOf[T any](list []*T) []unsafe.Pointer { return *(*[]unsafe.Pointer)(unsafe.Pointer(&list)) }

func (q Query[T]) partition(left int) int {
	size := q.size
	if size <= 0 {
		size = partitionSize
	}
	if left >= 0 {
		size = min(size, left)
	}
	return size
}

func (q Query[T]) page(ctx context.Context, s *Session, m *mapper, from expr.Source, after []sqltype.Value, size int) ([]*T, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	if after != nil {
		q = q.Where(m.afterKey(from, after))
	}
	for _, a := range m.key {
		q = q.OrderBy(expr.Order{X: &expr.Column{From: from, Name: a.col.Name, Codec: a.col.Codec}})
	}
	return q.Limit(size).run(ctx, s)
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
			c := &expr.Column{From: from, Name: a.col.Name, Codec: a.col.Codec}
			all = append(all, expr.NewPred(&expr.Binary{Op: op, L: c, R: &expr.Bind{Value: key[j], Codec: a.col.Codec}}))
		}
		either = append(either, expr.And(all...))
	}
	return expr.Or(either...)
}

// finishPartition flushes the changes of a partition, and lets its entities go.
func (s *Session) finishPartition(ctx context.Context, m *mapper, page []unsafe.Pointer) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if err := s.flush(ctx); err != nil {
		return err
	}
	undone := make(map[*state]bool, len(s.undo))
	for _, u := range s.undo {
		undone[u.st] = true
	}
	for _, p := range page {
		// What was changed in this transaction stays: a rollback restores it.
		if st := s.find(m, p); st != nil && !undone[st] {
			s.drop(st)
		}
	}
	s.sweep()
	return nil
}

// stream reads without tracking, over a connection that stays busy.
func (q Query[T]) stream(ctx context.Context, s *Session, yield func(*T, error) bool) {
	if err := s.ready(); err != nil {
		yield(nil, err)
		return
	}
	defer s.leave()
	if err := q.streamRows(ctx, s, yield); err != nil {
		yield(nil, err)
	}
}

func (q Query[T]) streamRows(ctx context.Context, s *Session, yield func(*T, error) bool) error {
	if err := s.autoflush(ctx); err != nil {
		return err
	}
	m, from, err := q.mapper()
	if err != nil {
		return err
	}
	l := loader{s: s, m: m, track: untracked}
	rows, err := l.open(ctx, q.statement(m, from))
	if err != nil {
		return err
	}
	for rows.Next() {
		p, err := l.entity(rows.Row())
		if err != nil {
			rows.Close()
			return err
		}
		if !yield((*T)(p), nil) {
			return s.ignoreAfterBreak(rows.Close())
		}
	}
	if err := rows.Close(); err != nil {
		return s.fail(err)
	}
	return nil
}

// ignoreAfterBreak keeps an error of the rest of a result that nobody wants:
// the loop has ended and can't be told, so the next call is.
func (s *Session) ignoreAfterBreak(err error) error {
	if err != nil {
		s.failed = err
	}
	return nil
}
