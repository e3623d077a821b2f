package engine

import (
	"errors"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// copyFrom is how many rows are worth the round trips of a COPY.
const copyFrom = 256

// copied inserts the rows from first on by the database's protocol for many
// rows, with keys that were reserved before. Nothing comes back but the number
// of rows. So the table must be plain now: what this transaction itself may
// have done to it since the first proof is looked at too. It reports false
// where it has sent no row.
func (x *insertion) copied(first int, keys []sqltype.Value) (done bool, err error) {
	copier, ok := x.l.drv.(driver.Copier)
	if !ok || x.p.noCopy.Load() || !x.p.copies() || len(keys) < copyFrom {
		return false, nil
	}
	if first == 0 {
		delete(x.l.tx.proven, x.p.table)
		if clean, err := x.proven(); err != nil || !clean {
			return false, err
		}
	}
	c, err := x.p.statement(variant{copy: true, key: true})
	if err != nil || c.Conversions != nil {
		return false, err
	}
	query, err := x.p.statement(variant{columns: true, key: true})
	if err != nil {
		return false, err
	}
	if err := x.l.flushPending(x.ctx); err != nil {
		return false, x.l.failed(x.ctx, err, c.SQL, reads)
	}
	w, err := x.watch(c, len(keys))
	if err != nil {
		return false, err
	}
	var refused error
	var panicked any
	res, err := copier.Copy(x.ctx, driver.Copy{
		SQL: c.SQL, Query: query.SQL, Types: c.Params, N: len(keys),
		Row: func(i int, dst []sqltype.Value) (_ []sqltype.Value, err error) {
			defer func() {
				if panicked = recover(); panicked != nil {
					err = errPanicked
				}
			}()
			dst, refused = x.bind(append(dst, keys[i]), first+i)
			return dst, refused
		},
	})
	switch {
	case panicked != nil:
		_ = x.watched(w, 0, x.copyFailed(err, errPanicked, c)) // of which the panic tells
		panic(panicked)
	case errors.Is(err, driver.ErrNoCopy):
		x.p.noCopy.Store(true)
		_ = x.watched(w, 0, err) // it goes another way
		return false, nil
	case err != nil:
		return true, x.watched(w, 0, x.copyFailed(err, refused, c))
	case res.RowsAffected != int64(len(keys)):
		return true, x.watched(w, 0, x.insertedOther(res.RowsAffected, len(keys)))
	}
	for i := 0; i < len(keys) && err == nil; i++ {
		err = x.storeKnown(first+i, keys[i])
	}
	return true, x.watched(w, len(keys), err)
}

// errPanicked ends a COPY whose rows a panic cut short. A driver may ask for
// rows on another goroutine, where nobody could catch it.
var errPanicked = errors.New("engine: binding the values of a row panicked")

// copyFailed gives an error its meaning. Whatever it was, the statement had
// begun, and failed at the server too.
func (x *insertion) copyFailed(err, refused error, c *compile.Compiled) error {
	x.l.tx.aborted = x.l.tx.aborted || x.l.server.caps.AbortsOnError
	if refused != nil {
		return refused
	}
	return x.failed(err, c)
}
