package engine

import (
	"errors"
	"fmt"
	"slices"

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
	return x.chunks(0, variant{}, false, func(l *load) error {
		if l.res.RowsAffected != int64(l.n) {
			return x.insertedOther(l.res.RowsAffected, l.n)
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
// rows were inserted; turns says that it uses the connection.
func (x *insertion) chunks(first int, v variant, turns bool, done func(l *load) error) error {
	return x.load(loading{
		first: first, limit: x.chunkRows(), turns: turns,
		send: func(l *load) error { return x.exec(l, v) },
		done: func(l *load) (bool, error) { return true, done(l) },
	})
}

// exec sends a load by a multi-row VALUES of the variant.
func (x *insertion) exec(l *load, v variant) (err error) {
	v.rows = l.n
	if err = x.prepareLoad(l, v); err != nil {
		return err
	}
	args := x.complete(l.c, l.sent(x.p.width()))
	switch stmt, prepErr := x.ahead(l, args); {
	case prepErr != nil:
		err = prepErr
	case stmt != nil:
		l.res, err = stmt.ExecBound(x.ctx, l.bound)
	default:
		l.res, err = x.l.send(x.ctx, l.c, args)
	}
	if err != nil {
		return x.failed(err, l.c)
	}
	return nil
}

// ahead returns the statement of a load that is bound already; nil where it is
// not, because it is sent with other args or behind what is pending. An error is
// the answer to the load: the transaction may have ended with it, so that nothing
// is to be tried again.
func (x *insertion) ahead(l *load, args []sqltype.Value) (driver.BoundStmt, error) {
	if l.bound == nil || len(x.l.pending) > 0 || len(args) != l.n*x.p.width() {
		return nil, nil
	}
	stmt, err := x.l.prepare(x.ctx, l.c)
	if err != nil {
		return nil, err
	}
	bound, _ := stmt.(driver.BoundStmt)
	return bound, nil
}

// open sends a load by a statement that returns rows.
func (x *insertion) open(l *load, v variant) (err error) {
	if err = x.prepareLoad(l, v); err != nil {
		return err
	}
	args := x.complete(l.c, l.sent(x.p.width()))
	switch stmt, prepErr := x.ahead(l, args); {
	case prepErr != nil:
		err = prepErr
	case stmt != nil:
		l.rows, err = stmt.QueryBound(x.ctx, l.bound)
	default:
		l.rows, err = x.l.open(x.ctx, l.c, args)
	}
	if err != nil {
		return x.failed(err, l.c)
	}
	return nil
}

func (x *insertion) prepareLoad(l *load, v variant) (err error) {
	x.text = x.text[:0]
	if err = x.l.stands(); err != nil {
		return err
	}
	if l.c, err = x.p.statement(v); err == nil {
		l.watch, err = x.watch(l.c, 1)
	}
	return err
}

// read has each read the rows of a load, and closes them.
func (x *insertion) read(l *load, each func() error) error {
	defer l.close()
	err := each()
	if closeErr := l.rows.Close(); err == nil && closeErr != nil {
		err = x.failed(closeErr, l.c)
	}
	return err
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

// valuesReturning inserts by multi-row VALUES, with RETURNING where that is
// needed, whose generated ids follow each other in the order of the rows. The
// first row goes alone: with it the transaction holds the table, and nobody can
// add a trigger behind the check. Where something may change ids, or they turn
// out not to be in order, rows go one by one.
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
	found, err := x.meddler()
	switch {
	case err != nil:
		return err
	case found == changesIDs || x.p.drawn != nil && x.p.drawn.Cycles():
		return x.returningFrom(1)
	case found == noMeddler && x.inSteps():
		return x.arithmetic(x.storeID)
	}
	save, err := x.l.tx.Savepoint(x.ctx)
	if err != nil {
		return err
	}
	ordered, err := x.inOrder(1)
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

// inSteps reports whether the generated ids need not be returned.
func (x *insertion) inSteps() bool {
	caps := &x.l.server.caps
	return caps.KeysInSteps && caps.KeyStepNote == nil && x.p.keyOnly() && x.p.drawn == nil
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

// inOrder reports whether each may be the id after the one before.
func (o order) inOrder(ids []uint64) bool {
	for i := 1; i < len(ids); i++ {
		if !o.follows(ids[i-1], ids[i]) {
			return false
		}
	}
	return true
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
func (x *insertion) inOrder(first int) (ordered bool, err error) {
	follow, err := x.order()
	if err != nil {
		return false, err
	}
	ordered = true
	way := loading{first: first, limit: x.chunkRows()}
	way.send = func(l *load) error {
		err := x.open(l, variant{rows: l.n, back: true})
		if err == nil && !way.turns {
			err = x.read(l, func() error { return x.readIDs(l) })
		}
		return err
	}
	way.done = func(l *load) (_ bool, err error) {
		ordered, err = x.storeInOrder(l, follow)
		return ordered, err
	}
	if !x.p.keyOnly() {
		way.turns = true
		way.done = func(l *load) (bool, error) {
			err := x.read(l, func() (err error) {
				ordered, err = x.readOrdered(l, follow)
				return err
			})
			return ordered, err
		}
	}
	return ordered, x.load(way)
}

// readIDs reads the keys that the rows of a load got.
func (x *insertion) readIDs(l *load) error {
	at := x.keyPosition()
	for l.rows.Next() {
		l.ids = append(l.ids, wholeNumber(l.rows, at, x.p.key))
		if err := l.rows.Err(); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	return nil
}

// storeInOrder gives the rows of a load their keys, in their order, if they are
// those of one statement.
func (x *insertion) storeInOrder(l *load, follow order) (ordered bool, err error) {
	if len(l.ids) != l.n {
		return false, nil
	}
	if !follow.inOrder(l.ids) {
		if slices.SortFunc(l.ids, follow.compare); !follow.inOrder(l.ids) {
			return false, nil
		}
	}
	for i, id := range l.ids {
		if err := x.storeKnown(l.from+i, wholeValue(id, x.p.key)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// readOrdered stores rows of which more than the key is wanted, while they come
// in order.
func (x *insertion) readOrdered(l *load, follow order) (ordered bool, err error) {
	at := x.keyPosition()
	ordered = true
	for l.rows.Next() {
		if ordered = ordered && len(l.ids) < l.n; !ordered {
			continue // the execution has to come to its end
		}
		id := wholeNumber(l.rows, at, x.p.key)
		if ordered = len(l.ids) == 0 || follow.follows(l.ids[len(l.ids)-1], id); ordered {
			if err := x.store(l.from+len(l.ids), l.rows); err != nil {
				return false, err
			}
		}
		if err := l.rows.Err(); err != nil {
			return false, fmt.Errorf("engine: %w", err)
		}
		l.ids = append(l.ids, id)
	}
	return ordered && len(l.ids) == l.n, nil
}

var errNoID = errors.New("the server did not tell the id of a row; the transaction has to be rolled back")

// lastInsertIDs inserts where the protocol tells the first id of a statement's
// rows and nothing is returned. What else is wanted is read back by the key.
func (x *insertion) lastInsertIDs() error {
	if x.p.key == nil {
		return x.readBackBySentKey()
	}
	var ids []uint64
	take := x.storeID
	if !x.p.keyOnly() {
		ids = make([]uint64, 0, x.b.N)
		take = func(_ int, id uint64) error {
			ids = append(ids, id)
			return nil
		}
	}
	if err := x.byLastInsertID(take); err != nil {
		return err
	}
	if !x.p.keyOnly() {
		return x.readBack(ids)
	}
	return nil
}

// storeID hands over the id that the database gave to row i.
func (x *insertion) storeID(i int, id uint64) error { return x.storeKnown(i, wholeValue(id, x.p.key)) }

// byLastInsertID inserts the rows and hands over their ids in their order. The
// first row takes hold of the table before triggers are looked for.
func (x *insertion) byLastInsertID(take func(i int, id uint64) error) error {
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	one := func(i int, res driver.Result) error {
		if res.LastInsertID == 0 {
			return &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errNoID)}
		}
		return take(i, res.LastInsertID)
	}
	if err := x.eachRow(c, 0, 1, one); err != nil || x.b.N == 1 {
		return err
	}
	found := changesStep
	if len(x.p.columns) > 0 {
		if found, err = x.meddler(); err != nil {
			return err
		}
	}
	if found != noMeddler {
		return x.eachRow(c, 1, x.b.N, one)
	}
	return x.arithmetic(take)
}

// arithmetic inserts the rows from the second on by multi-row VALUES. The ids
// of a statement are its first one and the step. The step belongs to the
// connection, which nobody else uses, and no trigger of the table is there that
// could set another while the statement runs.
func (x *insertion) arithmetic(take func(i int, id uint64) error) error {
	if x.l.server.caps.KeyStepNote != nil {
		return x.notedSteps(take)
	}
	step, err := x.l.keyStep(x.ctx)
	if err != nil {
		return err
	}
	return x.chunks(1, variant{}, false, func(l *load) error {
		return x.progression(l, step, take)
	})
}

// notedSteps is arithmetic where the step changes between statements: each
// statement writes down the one that it uses.
func (x *insertion) notedSteps(take func(i int, id uint64) error) error {
	return x.chunks(1, variant{note: true}, true, func(l *load) error {
		step, err := x.l.askStep(x.ctx, x.l.server.caps.KeyStepNoted)
		if err != nil {
			return err
		}
		return x.progression(l, step, take)
	})
}

// progression hands over the ids of the rows of one statement.
func (x *insertion) progression(l *load, step uint64, take func(i int, id uint64) error) error {
	if l.res.RowsAffected != int64(l.n) || l.res.LastInsertID == 0 {
		return x.insertedOther(l.res.RowsAffected, l.n)
	}
	for i := range l.n {
		if err := take(l.from+i, l.res.LastInsertID+uint64(i)*step); err != nil {
			return err
		}
	}
	return nil
}
