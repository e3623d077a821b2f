package orm

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// Exists reports whether the query finds an entity. The session flushes first.
func (q Query[T]) Exists(ctx context.Context, s *Session) (bool, error) {
	if one := 1; q.limit == nil {
		q.limit = &one
	}
	n, err := q.count(ctx, s)
	return n > 0, err
}

// Page is a part of what a query finds, by its number.
type Page[T any] struct {
	Entities []*T
	Number   int   // from 1
	Size     int   // how many entities a page has
	Total    int64 // how many entities the query finds; -1 where they were not counted
	More     bool  // there is a page after this one
}

// Pages returns how many pages there are, and 0 where that was not counted.
func (p Page[T]) Pages() int { return int((max(p.Total, 0) + int64(p.Size) - 1) / int64(p.Size)) }

var errOwnLimit = errors.New("orm: a page has a limit of its own; leave Limit and Offset out of the query")

// Page reads the page of a number, which begins with 1, and how many entities
// there are, for which the database is asked only where the page doesn't tell: a
// page that is not full is the last. Without an order it is that of the primary
// key. The database goes through all rows before the page; KeysetPage does not.
func (q Query[T]) Page(ctx context.Context, s *Session, number, size int) (Page[T], error) {
	page, err := q.numbered(number, size)
	if err != nil {
		return page, err
	}
	ptrs, err := q.part(ctx, s, (number-1)*size, size)
	if page.Entities = entities[T](ptrs); err != nil {
		return page, err
	}
	if total, told := totalOf(number, size, len(page.Entities)); told {
		page.Total = total
		return page, nil
	}
	page.Total, err = q.count(ctx, s)
	page.More = number < page.Pages()
	return page, err
}

// totalOf is how many there are in all, where a page of n of them tells.
func totalOf(number, size, n int) (total int64, told bool) {
	return int64(number-1)*int64(size) + int64(n), n < size && (n > 0 || number == 1)
}

// PageUncounted is Page that counts nothing: it reads one entity more than the
// page has, to know whether there is another.
func (q Query[T]) PageUncounted(ctx context.Context, s *Session, number, size int) (Page[T], error) {
	page, err := q.numbered(number, size)
	if err != nil {
		return page, err
	}
	page.Total = -1
	ptrs, err := q.part(ctx, s, (number-1)*size, size+1)
	page.Entities = entities[T](ptrs)
	if len(page.Entities) > size {
		page.Entities, page.More = page.Entities[:size], true
	}
	return page, err
}

// numbered is the page before it is read.
func (q Query[T]) numbered(number, size int) (Page[T], error) {
	return Page[T]{Number: number, Size: size}, q.checkPaged(number, size)
}

func (q *query) checkPaged(number, size int) error {
	if q.limit != nil || q.offset != nil {
		return errOwnLimit
	}
	if _, _, err := q.mapper(); err != nil {
		return err
	}
	return checkPage(number, size)
}

func checkPage(number, size int) error {
	switch {
	case number < 1 || size < 1:
		return fmt.Errorf("orm: page %d of %d entities each is none; both begin with 1", number, size)
	case size == math.MaxInt || number-1 > (math.MaxInt-size)/size:
		return fmt.Errorf("orm: page %d of %d entities each is beyond what can be counted; take a smaller number", number, size)
	}
	return nil
}

// part reads entities from an offset on, in the order of the primary key where the
// query has none.
func (q *query) part(ctx context.Context, s *Session, offset, limit int) ([]mem.Pointer, error) {
	m, from, err := q.mapper()
	if err != nil {
		return nil, err
	}
	part := *q
	part.limit, part.offset = &limit, &offset
	if len(q.order) == 0 {
		part.order = m.keyOrder(from)
	}
	return part.all(ctx, s)
}
