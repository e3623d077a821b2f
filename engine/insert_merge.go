package engine

import (
	"fmt"

	"github.com/alkahest-go/alkahest/driver"
)

// merged inserts many rows a statement. Each row that comes back says which of
// them it is, so that neither their order nor that of their ids means anything.
func (x *insertion) merged() error {
	return x.loads(0, func(cur load, meanwhile func()) (bool, error) {
		return true, x.mergeRows(cur, meanwhile)
	})
}

func (x *insertion) mergeRows(cur load, meanwhile func()) error {
	c, err := x.p.statement(variant{rows: cur.n, back: true, merge: true})
	if err != nil {
		return err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	x.text = x.text[:0]
	rows, err := x.openWhile(c, x.complete(c, cur.sent(x.p.width())), meanwhile)
	if err != nil {
		return x.watched(w, 0, x.failed(err, c))
	}
	err = x.storePlaced(rows, cur.from, cur.n)
	if closeErr := rows.Close(); err == nil && closeErr != nil {
		err = x.failed(closeErr, c)
	}
	return x.watched(w, cur.n, err)
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
