package engine

import (
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// load is what one multi-row statement sends.
type load struct {
	from, n int             // its rows
	held    int             // rows of which the values are in args: those, and the first ones of the next load
	args    []sqltype.Value // of the rows from from on
}

// sent is the values of its rows.
func (l load) sent(width int) []sqltype.Value { return l.args[:l.n*width] }

// loads calls send for the rows from first on, until it reports false. The
// number of rows of a load is chunkRows or a power of two, so that there are
// few texts. While the database works on one load, meanwhile binds the next:
// send has to call it once, unless it is nil because there is none.
func (x *insertion) loads(first int, send func(cur load, meanwhile func()) (more bool, err error)) error {
	limit := x.chunkRows()
	cur, err := x.loadAfter(load{from: first}, x.args, limit)
	if err != nil {
		return err
	}
	var spare []sqltype.Value
	for cur.n > 0 {
		var next load
		var nextErr error
		var meanwhile func()
		if cur.from+cur.n < x.b.N {
			meanwhile = func() { next, nextErr = x.loadAfter(cur, spare, limit) }
		}
		more, err := send(cur, meanwhile)
		if err == nil {
			err = nextErr
		}
		if err != nil || !more {
			return err
		}
		spare, cur = cur.args, next
	}
	x.args = spare
	return nil
}

// loadAfter binds the rows of the load after prev, into memory that prev
// doesn't use.
func (x *insertion) loadAfter(prev load, into []sqltype.Value, limit int) (load, error) {
	width := x.p.width()
	next := load{from: prev.from + prev.n, held: prev.held - prev.n}
	rest := prev.args[prev.n*width:]
	next.args = append(slices.Grow(into[:0], min(limit, x.b.N-next.from)*width), rest...)
	for bytes := size(rest); next.from+next.held < x.b.N && next.held < limit && bytes < valuesBytes; next.held++ {
		at := len(next.args)
		var err error
		if next.args, err = x.bind(next.args, next.from+next.held); err != nil {
			return next, err
		}
		bytes += size(next.args[at:])
	}
	if next.n = next.held; next.n > 0 && next.n < limit {
		next.n = powerOfTwo(next.n)
	}
	return next, nil
}

// while runs send in the background and meanwhile, unless it is nil, until it
// returns. Functions of users are called by meanwhile alone, so that they stay
// on the caller's goroutine. A panic of either is the caller's, after send has
// let go of the connection.
func while(send, meanwhile func()) {
	if meanwhile == nil {
		send()
		return
	}
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
