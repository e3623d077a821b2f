package engine

import (
	"fmt"

	"github.com/alkahest-go/alkahest/driver"
)

// merged inserts many rows a statement. Each row that comes back says which of
// them it is, so that neither their order nor that of their ids means anything.
func (x *insertion) merged() error {
	return x.load(loading{
		limit: x.chunkRows(), turns: true,
		send: func(l *load) error { return x.open(l, variant{rows: l.n, back: true, merge: true}) },
		done: func(l *load) (bool, error) {
			return true, x.read(l, func() error { return x.storePlaced(l.rows, l.from, l.n) })
		},
	})
}

// storePlaced stores rows by the position that each tells behind its columns.
func (x *insertion) storePlaced(rows driver.Rows, from, n int) error {
	at := len(x.p.returning)
	seen := make([]bool, n)
	count := 0
	for rows.Next() {
		i := int64(-1)
		if !rows.IsNull(at) {
			i = rows.Int64(at)
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		if i < 0 || i >= int64(n) || seen[i] {
			return fmt.Errorf("engine: %s: a row came back as number %d of %d, which it can't be; the transaction has to be rolled back", x.p.table.FullName(), i, n)
		}
		seen[i] = true
		count++
		if err := x.store(from+int(i), rows); err != nil {
			return err
		}
	}
	if count != n && rows.Err() == nil {
		return x.insertedOther(int64(count), n)
	}
	return nil
}
