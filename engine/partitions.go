package engine

import (
	"context"
	"fmt"
	"iter"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Partitions runs a query and gives its rows in slices of size rows, of which
// the last may be shorter; T is as for Collect. In a transaction of a database
// with cursors a SELECT is read through one: no more than a part is in memory,
// and between the parts the transaction is free for other statements. Elsewhere
// the rows come as they are read, and the connection is in use until the end.
func Partitions[T any](ctx context.Context, x Executor, s expr.Statement, size int, params ...sqltype.Value) iter.Seq2[[]T, error] {
	if size < 1 {
		return failing[[]T](fmt.Errorf("engine: a part has at least 1 row, not %d", size))
	}
	if t, ok := x.(*Tx); ok && t.usable() == nil && t.l.server.caps.Cursors {
		if q, ok := s.(*expr.Select); ok {
			return fetched[T](ctx, t, q, size, params)
		}
	}
	return func(yield func([]T, error) bool) {
		part := make([]T, 0, size)
		for v, err := range Each[T](ctx, x, s, params...) {
			if err != nil {
				yield(nil, err)
				return
			}
			if part = append(part, v); len(part) < size {
				continue
			}
			if !yield(part, nil) {
				return
			}
			part = make([]T, 0, size)
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}

func failing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

// fetched reads the parts of a cursor.
func fetched[T any](ctx context.Context, t *Tx, s *expr.Select, size int, params []sqltype.Value) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		c, err := t.Cursor(ctx, s, size, params...)
		if err != nil {
			yield(nil, err)
			return
		}
		for more := true; more; {
			var part []T
			part, err = fetch[T](ctx, c, size)
			if err != nil {
				c.Close(ctx)
				yield(nil, err)
				return
			}
			more = len(part) == size
			if len(part) > 0 && !yield(part, nil) {
				c.Close(ctx)
				return
			}
		}
		if err := c.Close(ctx); err != nil {
			yield(nil, err)
		}
	}
}

func fetch[T any](ctx context.Context, c *Cursor, size int) ([]T, error) {
	r, err := c.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	part := make([]T, 0, size)
	for v, err := range Rows[T](r) {
		if err != nil {
			return nil, err
		}
		part = append(part, v)
	}
	return part, nil
}
