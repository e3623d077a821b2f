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
func (x *insertion) copied(first, n int, keys run) (done bool, err error) {
	copier, ok := x.l.drv.(driver.Copier)
	if !ok || x.p.noCopy.Load() || !x.p.copies() || n < copyFrom {
		return false, nil
	}
	if first == 0 {
		delete(x.l.tx.meddlers, x.p.table)
		if found, err := x.meddler(); err != nil || found == changesIDs {
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
	w, err := x.watch(c, n)
	if err != nil {
		return false, err
	}
	rows := &copiedRows{insertion: x, first: first, n: n, keys: keys, bound: make(chan int, n/copyStep+1)}
	var res driver.Result
	var storeErr error
	while(func() {
		defer close(rows.bound)
		res, err = copier.Copy(x.ctx, driver.Copy{SQL: c.SQL, Query: query.SQL, Types: c.Params, N: n, Row: rows.row})
	}, func() { storeErr = rows.store() })
	switch {
	case rows.panicked != nil:
		_ = x.watched(w, 0, x.copyFailed(err, errPanicked, c)) // of which the panic tells
		panic(rows.panicked)
	case errors.Is(err, driver.ErrNoCopy):
		x.p.noCopy.Store(true)
		_ = x.watched(w, 0, err) // it goes another way
		return false, nil
	case err != nil:
		return true, x.watched(w, 0, x.copyFailed(err, rows.refused, c))
	case res.RowsAffected != int64(n):
		return true, x.watched(w, 0, x.insertedOther(res.RowsAffected, n))
	}
	return true, x.watched(w, n, storeErr)
}

// copyStep is how many rows of a COPY are bound before they are stored.
const copyStep = 512

// copiedRows are the rows of a COPY, which a driver may bind on another
// goroutine. Those that are bound are stored meanwhile.
type copiedRows struct {
	*insertion
	first, n int
	keys     run
	bound    chan int // how many rows are; has room for all that are told
	refused  error
	panicked any
}

func (r *copiedRows) row(i int, dst []sqltype.Value) (_ []sqltype.Value, err error) {
	defer func() {
		if r.panicked = recover(); r.panicked != nil {
			err = errPanicked
		}
	}()
	dst, r.refused = r.bind(append(dst, sqltype.Int64Value(r.keys.at(i))), r.first+i)
	if n := i + 1; r.refused == nil && (n%copyStep == 0 || n == r.n) {
		r.bound <- n
	}
	return dst, r.refused
}

// store hands out the keys of the rows that are bound, until the COPY is over.
func (r *copiedRows) store() error {
	i := 0
	for n := range r.bound {
		for ; i < n; i++ {
			if err := r.storeKnown(r.first+i, sqltype.Int64Value(r.keys.at(i))); err != nil {
				return err
			}
		}
		if err := r.finish(r.stored); err != nil {
			return err
		}
	}
	return nil
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

// while runs send in the background and meanwhile until it returns. Functions of
// users are called by meanwhile, so that they stay on the caller's goroutine. A
// panic of either is the caller's, after send has let go of the connection.
func while(send, meanwhile func()) {
	var failure any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { failure = recover() }()
		send()
	}()
	defer func() {
		<-done
		if failure != nil {
			panic(failure)
		}
	}()
	meanwhile()
}
