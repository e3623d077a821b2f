package engine

import (
	"context"
	"iter"

	"github.com/alkahest-go/alkahest/driver"
)

// batchedRows are the rows of a query that travelled behind BEGIN or SAVEPOINT
// in one batch. The batch waits, within its own call, until the rows are
// closed.
type batchedRows struct {
	driver.Rows
	resume func() (driver.Rows, bool)
	closed bool
	result driver.Result
	err    error
}

// openBatched sends what is pending and the query in one round trip.
func (l *link) openBatched(ctx context.Context, item driver.Item) (driver.Rows, error) {
	l.batch.items = append(l.batch.items[:0], item)
	b := &batchedRows{}
	resume, _ := iter.Pull(func(yield func(driver.Rows) bool) {
		b.err = l.sendBatch(ctx, func(_ int, rows driver.Rows) error {
			yield(rows)
			return nil
		})
	})
	b.resume = resume
	rows, ok := resume()
	if !ok {
		return nil, b.err
	}
	b.Rows = rows
	return b, nil
}

// Close implements driver.Rows: it lets the batch come to its end.
func (b *batchedRows) Close() error {
	if b.closed {
		return b.err
	}
	b.closed = true
	err := b.Rows.Close()
	b.result = b.Rows.Result()
	b.resume()
	if err != nil {
		b.err = err
	}
	return b.err
}

// Next implements driver.Rows.
func (b *batchedRows) Next() bool { return !b.closed && b.Rows.Next() }

// Err implements driver.Rows.
func (b *batchedRows) Err() error {
	if b.closed {
		return b.err
	}
	return b.Rows.Err()
}

// Result implements driver.Rows.
func (b *batchedRows) Result() driver.Result { return b.result }
