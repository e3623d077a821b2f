package orm

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
)

// Exists reports whether the query finds an entity. The session flushes first.
func (q Query[T]) Exists(ctx context.Context, s *Session) (bool, error) {
	if q.limit == nil {
		q = q.Limit(1)
	}
	n, err := q.Count(ctx, s)
	return n > 0, err
}

// Page is a part of what a query finds, by its number.
type Page[T any] struct {
	Entities []*T
	Number   int   // from 1
	Size     int   // how many entities a page has
	Total    int64 // how many entities the query finds
}

// Pages returns how many pages there are.
func (p Page[T]) Pages() int { return int((p.Total + int64(p.Size) - 1) / int64(p.Size)) }

var errOwnLimit = errors.New("orm: a page has a limit of its own; leave Limit and Offset out of the query")

// Page reads the page of a number, which begins with 1, and how many entities
// there are, by a statement each. Without an order it is that of the primary key.
// The database goes through all rows before the page; KeysetPage does not.
func (q Query[T]) Page(ctx context.Context, s *Session, number, size int) (Page[T], error) {
	page := Page[T]{Number: number, Size: size}
	m, from, err := q.mapper()
	switch {
	case err != nil:
		return page, err
	case q.limit != nil || q.offset != nil:
		return page, errOwnLimit
	case number < 1 || size < 1:
		return page, fmt.Errorf("orm: page %d of %d entities each is none; both begin with 1", number, size)
	}
	if page.Total, err = q.Count(ctx, s); err != nil {
		return page, err
	}
	if len(q.order) == 0 {
		for _, a := range m.key {
			q = q.OrderBy(expr.Order{X: a.column(from)})
		}
	}
	page.Entities, err = q.Limit(size).Offset((number-1)*size).All(ctx, s)
	return page, err
}
