package engine

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How many rows one array insert has, and how many of them go out before the
// first reply is read.
const (
	arrayRows = 1000
	arrayAt   = 8
	// arrayBytes bounds what one of them sends.
	arrayBytes = 8 << 20
)

// reserved inserts with keys that were reserved before. The first row goes by
// itself: with it the transaction holds the table, so that nobody can add a
// trigger behind the check. Each key that comes back is compared with those
// that were sent.
func (x *insertion) reserved() error {
	if !x.p.takesArrays() {
		return x.returningFrom(0)
	}
	if _, ok := x.l.tx.meddlers[x.p.table]; ok {
		return x.reservedFrom(0)
	}
	c, err := x.p.statement(variant{rows: 1, back: true})
	if err != nil {
		return err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	clean, err := x.firstAndProof(c)
	if err = x.watched(w, 1, err); err != nil {
		return err
	}
	if !clean {
		return x.returningFrom(1)
	}
	return x.reservedFrom(1)
}

// firstAndProof inserts the first row and looks for triggers, in one round trip
// where the driver can.
func (x *insertion) firstAndProof(c *compile.Compiled) (clean bool, err error) {
	l := x.l
	if x.args, err = x.bind(x.args[:0], 0); err != nil {
		return false, err
	}
	x.text = x.text[:0]
	args := x.complete(c, x.args)
	stmt, err := l.prepare(x.ctx, c)
	if err != nil {
		return false, x.rowFailed(err, c, 0)
	}
	items := append(l.batch.items[:0], driver.Item{Stmt: stmt, Args: args})
	check := l.server.caps.InsertTriggers
	if check != "" {
		stmt, err := l.prepareText(x.ctx, check, tableParams)
		if err != nil {
			return false, l.failed(x.ctx, err, check, reads)
		}
		items = append(items, driver.Item{Stmt: stmt, Args: x.l.server.tableArgs(x.p.table)})
	}
	l.batch.items = items
	found := noMeddler
	err = l.sendBatch(x.ctx, func(i int, rows driver.Rows) error {
		if i == 0 {
			return x.oneRow(0, rows, x.storeTold)
		}
		var err error
		found, err = readMeddler(rows)
		return err
	})
	if err != nil {
		return false, x.batchFailed(err, c, 0)
	}
	x.noteMeddler(found)
	return found != changesIDs, x.readUntold()
}

// reservedFrom inserts the rows from first on, with keys that are reserved now.
func (x *insertion) reservedFrom(first int) error {
	n := x.b.N - first
	if n <= 0 {
		return nil
	}
	if !x.keepsIDs() {
		return x.returningFrom(first)
	}
	ids, err := x.reserve(n)
	if err != nil {
		return err
	}
	if ids.list == nil && ids.step == 0 {
		x.noteMeddler(changesIDs)
		return x.returningFrom(first)
	}
	if done, err := x.copied(first, n, ids); done || err != nil {
		return err
	}
	if !x.keepsIDs() {
		return x.returningFrom(first)
	}
	return x.arraysFrom(first, &ids)
}

var countParams = []sqltype.Type{sqltype.Integer{Bits: 64}}

// reserve draws n values of the key's generator: none, the zero run, where the
// user may not.
func (x *insertion) reserve(n int) (run, error) {
	var ids run
	got := 0
	past := x.l.server.past(x.p.key)
	beyond := false
	_, err := x.l.queryOne(x.ctx, x.p.bulk.Reserve, countParams, []sqltype.Value{sqltype.Int64Value(int64(n))},
		func(rows driver.Rows) (bool, error) {
			for rows.Next() {
				part := run{first: rows.Int64(0), step: x.p.bulk.Step}
				count := int(rows.Int64(1))
				beyond = beyond || past(part.first) || past(part.at(count-1))
				if got == 0 && count == n {
					ids = part
				} else {
					ids.list = part.appendTo(ids.list, count)
				}
				got += count
			}
			return true, rows.Err()
		})
	switch {
	case err != nil:
		return run{}, err
	case beyond:
		return run{}, fmt.Errorf("engine: %w", x.l.server.exhaustedError(x.p.key, nil))
	case got != 0 && got != n:
		return run{}, fmt.Errorf("engine: %d ids were asked for and %d reserved for %s", n, got, x.p.table.FullName())
	}
	return ids, nil
}

// arrays inserts rows of which nothing is wanted back.
func (x *insertion) arrays() error {
	if !x.p.takesArrays() {
		return x.plainRows(0)
	}
	return x.arraysFrom(0, nil)
}

// takesArrays reports whether each column that is sent can go as an array.
func (p *insertPlan) takesArrays() bool {
	cast := p.server.rules.ArrayCast
	if cast == nil || p.width() == 0 && p.key == nil {
		return false
	}
	for i, c := range p.columns {
		if p.exprs[i] == nil {
			if p.server.rules.Expressed(c.Type) != nil {
				return false
			}
			t, _ := p.server.rules.Resolve(c.Type)
			if _, err := cast(t); err != nil {
				return false
			}
		}
	}
	return true
}

// arraysFrom sends the rows from first on. keys are their keys, nil where none
// is sent.
func (x *insertion) arraysFrom(first int, keys *run) error {
	v := variant{arrays: true, key: keys != nil, back: keys != nil}
	c, err := x.p.statement(v)
	if err != nil {
		return err
	}
	w, err := x.watch(c, x.b.N-first)
	if err != nil {
		return err
	}
	a := &arrayBatch{insertion: x, c: c, keys: keys, first: first}
	for from := first; from < x.b.N && err == nil; {
		from, err = a.send(from)
	}
	return x.watched(w, x.b.N-first, err)
}

// arrayBatch is array inserts on their way, some of them at once.
type arrayBatch struct {
	*insertion
	c     *compile.Compiled
	keys  *run
	first int // row of the first of keys
	cells []sqltype.Value
	parts []part
}

// part is the rows of one array insert.
type part struct{ from, n int }

// send sends some array inserts from row from on and returns the row after
// them.
func (a *arrayBatch) send(from int) (int, error) {
	l := a.l
	stmt, err := l.prepare(a.ctx, a.c)
	if err != nil {
		return 0, a.rowFailed(err, a.c, from)
	}
	a.parts, a.cells, a.text = a.parts[:0], a.cells[:0], a.text[:0]
	items := l.batch.items[:0]
	for len(a.parts) < arrayAt && from < a.b.N {
		args, n, err := a.gather(from)
		if err != nil {
			return 0, err
		}
		items = append(items, driver.Item{Stmt: stmt, Args: a.complete(a.c, args)})
		a.parts = append(a.parts, part{from, n})
		from += n
	}
	l.batch.items = items
	err = l.sendBatch(a.ctx, func(i int, rows driver.Rows) error { return a.receive(a.parts[i], rows) })
	return from, a.partFailed(err)
}

// partFailed says of an error which rows it concerns only where that is known.
func (a *arrayBatch) partFailed(err error) error {
	var rows *rowsError
	var failed *driver.BatchError
	var dead *driver.ConnError
	if errors.As(err, &rows) || errors.As(err, &failed) || errors.As(err, &dead) {
		return a.failed(err, a.c)
	}
	return err
}

// gather binds rows from from on and turns them into arrays.
func (a *arrayBatch) gather(from int) (args []sqltype.Value, n int, err error) {
	width := a.p.width()
	a.args = a.args[:0]
	for bytes := 0; n < arrayRows && from+n < a.b.N && bytes < arrayBytes; n++ {
		at := len(a.args)
		if a.args, err = a.bind(a.args, from+n); err != nil {
			return nil, 0, err
		}
		bytes += size(a.args[at:])
	}
	arrays := width
	if a.keys != nil {
		arrays++
	}
	at := len(a.cells)
	a.cells = grow(a.cells, n*width+arrays)
	cells := a.cells[at : at+n*width]
	args = a.cells[at+n*width : at+n*width : at+n*width+arrays]
	if a.keys != nil {
		args = append(args, sqltype.ArrayValue(a.keysOf(from, n)))
	}
	for col := range width {
		list := cells[col*n : (col+1)*n]
		for row := range list {
			list[row] = a.args[row*width+col]
		}
		args = append(args, sqltype.ArrayValue(list))
	}
	return args, n, nil
}

// grow makes s longer by n, in memory of its own if it has to move: what was
// cut from it before stays.
func grow(s []sqltype.Value, n int) []sqltype.Value {
	if len(s)+n <= cap(s) {
		return s[:len(s)+n]
	}
	bigger := make([]sqltype.Value, len(s)+n, max(2*cap(s), len(s)+n))
	return bigger
}

// receive checks what one array insert did and stores what it returned.
func (a *arrayBatch) receive(p part, rows driver.Rows) error {
	if a.keys == nil {
		for rows.Next() { // none, but the execution has to come to its end
		}
		if err := rows.Close(); err != nil {
			return &rowsError{index: p.from, err: err}
		}
		if got := rows.Result().RowsAffected; got != int64(p.n) {
			return a.insertedOther(got, p.n)
		}
		return nil
	}
	at := a.keyPosition()
	m := matcher{keys: a.keysOf(p.from, p.n)}
	for rows.Next() {
		i, ok := m.match(sqltype.Int64Value(rows.Int64(at)))
		if err := rows.Err(); err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("engine: %s: %w", a.p.table.FullName(), errOtherIDs)
		}
		if err := a.store(p.from+i, rows); err != nil {
			return err
		}
	}
	if err := rows.Close(); err != nil {
		return &rowsError{index: p.from, err: err}
	}
	if m.seen != p.n {
		return a.insertedOther(int64(m.seen), p.n)
	}
	return nil
}

func (a *arrayBatch) keysOf(from, n int) []sqltype.Value {
	keys := make([]sqltype.Value, n)
	for i := range keys {
		keys[i] = sqltype.Int64Value(a.keys.at(from - a.first + i))
	}
	return keys
}

func (x *insertion) keyPosition() int {
	for i, c := range x.p.returning {
		if c == x.p.key {
			return i
		}
	}
	return 0
}

// matcher finds the row of a key that came back, each once. Rows that come in
// the order in which they were sent are found without a map.
type matcher struct {
	keys  []sqltype.Value
	seen  int
	where map[int64]int // those that are not seen yet
}

func (m *matcher) match(key sqltype.Value) (row int, ok bool) {
	if m.where == nil && m.seen < len(m.keys) && m.keys[m.seen].Int64() == key.Int64() {
		m.seen++
		return m.seen - 1, true
	}
	if m.where == nil {
		m.where = make(map[int64]int, len(m.keys)-m.seen)
		for i := m.seen; i < len(m.keys); i++ {
			m.where[m.keys[i].Int64()] = i
		}
	}
	row, ok = m.where[key.Int64()]
	if ok {
		delete(m.where, key.Int64())
		m.seen++
	}
	return row, ok
}
