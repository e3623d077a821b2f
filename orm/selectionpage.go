package orm

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// RowPage is a part of the rows that a Selection finds, by its number.
type RowPage[R any] struct {
	Rows   []R
	Number int   // from 1
	Size   int   // how many rows a page has
	Total  int64 // how many rows the query finds; -1 where they were not counted
	More   bool  // there is a page after this one
}

// Pages returns how many pages there are, and 0 where that was not counted.
func (p RowPage[R]) Pages() int { return Page[R]{Size: p.Size, Total: p.Total}.Pages() }

// Page reads the page of a number, which begins with 1, and how many rows there
// are, as Query.Page does. A query without an order has pages of rows in any: give
// it one.
func (q Selection[R]) Page(ctx context.Context, s *Session, number, size int) (RowPage[R], error) {
	page, err := q.numbered(number, size)
	if err != nil {
		return page, err
	}
	if page.Rows, err = q.Limit(size).Offset((number-1)*size).All(ctx, s); err != nil {
		return page, err
	}
	if total, told := totalOf(number, size, len(page.Rows)); told {
		page.Total = total
		return page, nil
	}
	page.Total, err = q.Count(ctx, s)
	page.More = number < page.Pages()
	return page, err
}

// PageUncounted is Page that counts nothing: it reads one row more than the page
// has, to know whether there is another.
func (q Selection[R]) PageUncounted(ctx context.Context, s *Session, number, size int) (RowPage[R], error) {
	page, err := q.numbered(number, size)
	if err != nil {
		return page, err
	}
	page.Total = -1
	page.Rows, err = q.Limit(size+1).Offset((number-1)*size).All(ctx, s)
	if len(page.Rows) > size {
		page.Rows, page.More = page.Rows[:size], true
	}
	return page, err
}

func (q Selection[R]) numbered(number, size int) (RowPage[R], error) {
	page := RowPage[R]{Number: number, Size: size}
	if q.limit != nil || q.offset != nil {
		return page, errOwnLimit
	}
	return page, checkPage(number, size)
}

// Count returns how many rows the query finds; its limit counts. The session
// flushes first.
func (q Selection[R]) Count(ctx context.Context, s *Session) (int64, error) {
	stmt, err := q.counted()
	if err != nil {
		return 0, err
	}
	if err := s.ready(); err != nil {
		return 0, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return 0, err
	}
	defer s.freely(q.free)()
	if stmt, err = s.checkedAndRestricted(stmt); err != nil {
		return 0, err
	}
	back, err := s.overStatement(stmt)
	defer back()
	if err != nil {
		return 0, err
	}
	tx, err := s.transaction(ctx)
	if err != nil {
		return 0, err
	}
	n, err := engine.Scalar[int64](ctx, tx, stmt)
	return n, s.fail(err)
}

// counted is SELECT count(*) FROM (the query), whose columns get names of which no
// two are the same.
func (q Selection[R]) counted() (*expr.Select, error) {
	if q.limit == nil && q.offset == nil {
		q.order = nil
		columns, err := flattened(q.columns)
		if err != nil {
			return nil, err
		}
		q.columns = nil
		for i, x := range unlabelled(columns) {
			q.columns = append(q.columns, &expr.Label{X: x, Name: fmt.Sprintf("counted_%d", i+1)})
		}
	}
	stmt, err := q.Statement()
	if err != nil {
		return nil, err
	}
	return expr.NewSelect(expr.CountAll()).From(&expr.Derived{Select: stmt, Name: "counted"}), nil
}
