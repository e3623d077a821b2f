package orm

import (
	"context"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/mem"
)

// cursor reads a query that can't be read in pages, where the database can hold
// its result open: the rows are those that were there when it began.
func (q *query) cursor(ctx context.Context, s *Session, yield func(mem.Pointer, error) bool) {
	size := q.partition(-1)
	cur, l, err := q.openCursor(ctx, s, size)
	if err != nil {
		if errors.Is(err, engine.ErrNoCursors) {
			err = ErrNotPageable
		}
		yield(nil, err)
		return
	}
	defer s.closeCursor(ctx, cur, l.site)
	for more := true; more; {
		page, err := q.fetch(ctx, s, cur, l)
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
		more = len(page.entities) == size
	}
}

func (q *query) openCursor(ctx context.Context, s *Session, size int) (*engine.Cursor, *loader, error) {
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
	defer s.freely(q.free)()
	stmt, err := s.restricted(q.statement(m, from), m.base)
	if err != nil {
		return nil, nil, err
	}
	back, err := s.overStatement(stmt)
	defer back()
	if err != nil {
		return nil, nil, err
	}
	tx, err := s.transaction(ctx)
	if err != nil {
		return nil, nil, err
	}
	cur, err := tx.Cursor(ctx, stmt, size)
	if err != nil {
		return nil, nil, s.fail(err)
	}
	return cur, q.loader(s, m), nil
}

func (q *query) fetch(ctx context.Context, s *Session, cur *engine.Cursor, l *loader) (partition, error) {
	var page partition
	if err := s.ready(); err != nil {
		return page, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return page, err
	}
	rows, err := cur.Fetch(ctx)
	if err != nil {
		return page, s.fail(err)
	}
	defer s.freely(q.free)()
	known := s.size()
	ptrs, err := l.read(rows)
	if err == nil {
		err = l.complete(ctx)
	}
	if err == nil {
		err = s.loadAll(ctx, ptrs, q.plans, q.track, nil)
	}
	page.entities, page.states = ptrs, slices.Clone(s.all()[known:])
	return page, err
}

// closeCursor ends a cursor after the loop, which can't be told of an error any
// more: the next call is.
func (s *Session) closeCursor(ctx context.Context, cur *engine.Cursor, at siteID) {
	if s.enter() != nil {
		return
	}
	defer s.leave()
	if s.sites[at].tx == nil || s.failed != nil { // it has ended with its transaction
		return
	}
	if err := cur.Close(ctx); err != nil {
		s.failed = err
	}
}
