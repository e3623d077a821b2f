package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How many rows one INSERT … VALUES has, and after how many bytes of text it
// is sent with fewer: servers limit the size of a packet.
const (
	valuesRows     = 512
	valuesRowsHere = 64 // for an engine within the process
	valuesBytes    = 512 << 10
)

// plainValues inserts by multi-row VALUES.
func (x *insertion) plainValues() error {
	return x.chunks(0, variant{}, func(_, n int, res driver.Result) error {
		if res.RowsAffected != int64(n) {
			return x.insertedOther(res.RowsAffected, n)
		}
		return nil
	})
}

// chunkRows is the largest number of rows of one statement.
func (x *insertion) chunkRows() int {
	n := valuesRows
	if x.l.server.caps.Keys == dialect.KeysByRowID {
		n = valuesRowsHere
	}
	if limit := x.l.server.rules.MaxParameters; limit > 0 && x.p.width() > 0 {
		n = min(n, limit/x.p.width())
	}
	if limit := x.l.server.rules.MaxRows; limit > 0 {
		n = min(n, limit)
	}
	return max(n, 1)
}

// chunks sends the rows from first on by multi-row VALUES. done is told which
// rows were inserted.
func (x *insertion) chunks(first int, v variant, done func(from, n int, res driver.Result) error) error {
	return x.loads(first, func(cur load, meanwhile func()) (bool, error) {
		v.rows = cur.n
		return true, x.chunk(cur, v, meanwhile, done)
	})
}

func (x *insertion) chunk(cur load, v variant, meanwhile func(), done func(from, n int, res driver.Result) error) error {
	c, err := x.p.statement(v)
	if err != nil {
		return err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	x.text = x.text[:0]
	args := x.complete(c, cur.sent(x.p.width()))
	var res driver.Result
	while(func() { res, err = x.l.send(x.ctx, c, args) }, meanwhile)
	if err != nil {
		err = x.failed(err, c)
	} else {
		err = done(cur.from, cur.n, res)
	}
	return x.watched(w, cur.n, err)
}

func powerOfTwo(n int) int {
	p := 1
	for p*2 <= n {
		p *= 2
	}
	return p
}

// size is about what values take on the wire.
func size(values []sqltype.Value) int {
	n := 0
	for i := range values {
		switch values[i].Kind() {
		case sqltype.KindText, sqltype.KindBytes, sqltype.KindJSON, sqltype.KindDecimal:
			n += len(values[i].Bytes())
		}
		n += 9
	}
	return n
}

// valuesReturning inserts by multi-row VALUES … RETURNING, whose generated ids
// follow each other in the order of the rows. The first row goes alone: with it
// the transaction holds the table, and nobody can add a trigger behind the
// check. Where something may change ids, or they turn out not to be in order,
// rows go one by one.
func (x *insertion) valuesReturning() error {
	c, err := x.p.statement(variant{rows: 1, back: true})
	if err != nil {
		return err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	_, err = x.returningOne(c, func(row sqltype.Row) error { return x.storeTold(0, row) })
	if err := x.watched(w, 1, err); err != nil {
		return err
	}
	if err := x.readUntold(); err != nil {
		return err
	}
	clean, err := x.proven()
	if err != nil {
		return err
	}
	if !clean || x.p.drawn != nil && x.p.drawn.Cycles() {
		return x.returningFrom(1)
	}
	follow, err := x.order()
	if err != nil {
		return err
	}
	save, err := x.l.tx.Savepoint(x.ctx)
	if err != nil {
		return err
	}
	ordered, err := x.inOrder(1, follow)
	if err != nil {
		return err
	}
	if ordered {
		x.l.dropSavepoint(x.ctx, save)
		return nil
	}
	if err := save.Rollback(x.ctx); err != nil {
		return err
	}
	return x.returningFrom(1)
}

// order is how the ids of one statement follow each other: by the server's
// step, or, of a sequence, from which others may draw in between, by any
// multiple of its increment.
type order struct {
	step  int64
	exact bool
}

func (x *insertion) order() (order, error) {
	if x.p.drawn != nil {
		return order{step: x.p.drawn.IncrementValue()}, nil
	}
	step, err := x.l.keyStep(x.ctx)
	return order{step: int64(step), exact: true}, err
}

// follows reports whether b may be the id after a. Unsigned ids are compared
// in their distance, which is the same.
func (o order) follows(a, b uint64) bool {
	d := int64(b - a)
	return d == o.step || !o.exact && d%o.step == 0 && d/o.step > 0
}

func (o order) compare(a, b uint64) int {
	switch d := int64(b - a); {
	case d == 0:
		return 0
	case (d > 0) == (o.step > 0):
		return -1
	}
	return 1
}

// inOrder inserts the rows from first on and reports whether the ids of each
// statement followed each other.
func (x *insertion) inOrder(first int, follow order) (ordered bool, err error) {
	ordered = true
	err = x.loads(first, func(cur load, meanwhile func()) (bool, error) {
		var err error
		ordered, err = x.oneStatement(cur, follow, meanwhile)
		return ordered, err
	})
	return ordered, err
}

func (x *insertion) oneStatement(cur load, follow order, meanwhile func()) (ordered bool, err error) {
	c, err := x.p.statement(variant{rows: cur.n, back: true})
	if err != nil {
		return false, err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return false, err
	}
	x.text = x.text[:0]
	rows, err := x.openWhile(c, x.complete(c, cur.sent(x.p.width())), meanwhile)
	if err != nil {
		return false, x.watched(w, 0, x.failed(err, c))
	}
	ordered, err = x.readOrdered(rows, cur.from, cur.n, follow)
	if closeErr := rows.Close(); err == nil && closeErr != nil {
		err = x.failed(closeErr, c)
	}
	return ordered, x.watched(w, cur.n, err)
}

// openWhile is link.open with something to do until the rows come. They don't
// stay open should that panic.
func (x *insertion) openWhile(c *compile.Compiled, args []sqltype.Value, meanwhile func()) (rows driver.Rows, err error) {
	defer func() {
		if r := recover(); r != nil {
			if rows != nil {
				rows.Close()
			}
			panic(r)
		}
	}()
	while(func() { rows, err = x.l.open(x.ctx, c, args) }, meanwhile)
	return rows, err
}

// readOrdered stores rows while they come in order. If they don't, and nothing
// but the key is wanted, the ids are brought into order.
func (x *insertion) readOrdered(rows driver.Rows, from, n int, follow order) (ordered bool, err error) {
	at := x.keyPosition()
	ids := make([]uint64, 0, n)
	inOrder, more := true, false
	for rows.Next() {
		if more = len(ids) == n; more {
			continue
		}
		id := wholeNumber(rows, at, x.p.key)
		inOrder = inOrder && (len(ids) == 0 || follow.follows(ids[len(ids)-1], id))
		if inOrder {
			if err := x.store(from+len(ids), rows); err != nil {
				return false, err
			}
		}
		if err := rows.Err(); err != nil {
			return false, fmt.Errorf("engine: %w", err)
		}
		ids = append(ids, id)
	}
	if len(ids) != n || more {
		return false, nil
	}
	if inOrder || !x.p.keyOnly() {
		return inOrder, nil
	}
	slices.SortFunc(ids, follow.compare)
	for i, id := range ids {
		if i > 0 && !follow.follows(ids[i-1], id) {
			return false, nil
		}
		if err := x.storeKnown(from+i, wholeValue(id, x.p.key)); err != nil {
			return false, err
		}
	}
	return true, nil
}

var errNoID = errors.New("the server did not tell the id of a row; the transaction has to be rolled back")

// lastInsertIDs inserts where the protocol tells the first id of a statement's
// rows and nothing is returned. What else is wanted is read back by the key.
func (x *insertion) lastInsertIDs() error {
	if x.p.key == nil {
		return x.readBackBySentKey()
	}
	ids := make([]uint64, 0, x.b.N)
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	note := func(i int, res driver.Result) error {
		if res.LastInsertID == 0 {
			return &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errNoID)}
		}
		ids = append(ids, res.LastInsertID)
		return nil
	}
	// The first row takes hold of the table before triggers are looked for.
	if err := x.eachRow(c, 0, 1, note); err != nil {
		return err
	}
	if x.b.N > 1 {
		clean := false
		if len(x.p.columns) > 0 {
			if clean, err = x.proven(); err != nil {
				return err
			}
		}
		if clean {
			err = x.arithmetic(&ids)
		} else {
			err = x.eachRow(c, 1, x.b.N, note)
		}
		if err != nil {
			return err
		}
	}
	if !x.p.keyOnly() {
		return x.readBack(ids)
	}
	for i, id := range ids {
		if err := x.storeKnown(i, wholeValue(id, x.p.key)); err != nil {
			return err
		}
	}
	return nil
}

// arithmetic inserts the rows from the second on by multi-row VALUES. The ids
// of a statement are its first one and the step. The step belongs to the
// connection, which nobody else uses; so it is asked before and, should a trigger
// have set another, after.
func (x *insertion) arithmetic(ids *[]uint64) error {
	if x.l.server.caps.KeyStepNote != nil {
		return x.notedSteps(ids)
	}
	step, err := x.l.keyStep(x.ctx)
	if err != nil {
		return err
	}
	err = x.chunks(1, variant{}, func(_, n int, res driver.Result) error {
		return x.progression(ids, res, n, step)
	})
	if err != nil {
		return err
	}
	switch after, err := x.l.keyStep(x.ctx); {
	case err != nil:
		return err
	case after != step:
		return fmt.Errorf("engine: the step of ids went from %d to %d while rows were inserted into %s, so that their ids are not known; the transaction has to be rolled back",
			step, after, x.p.table.FullName())
	}
	return nil
}

// notedSteps is arithmetic where the step changes between statements: each
// statement writes down the one that it uses.
func (x *insertion) notedSteps(ids *[]uint64) error {
	return x.chunks(1, variant{note: true}, func(_, n int, res driver.Result) error {
		step, err := x.l.askStep(x.ctx, x.l.server.caps.KeyStepNoted)
		if err != nil {
			return err
		}
		return x.progression(ids, res, n, step)
	})
}

// progression appends the ids of the n rows of one statement.
func (x *insertion) progression(ids *[]uint64, res driver.Result, n int, step uint64) error {
	if res.RowsAffected != int64(n) || res.LastInsertID == 0 {
		return x.insertedOther(res.RowsAffected, n)
	}
	for i := range n {
		*ids = append(*ids, res.LastInsertID+uint64(i)*step)
	}
	return nil
}
