package engine

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// pipelineRows is how many executions go out before the first reply is read.
const pipelineRows = 512

// rowIDsFrom inserts rows one by one and reads the engine's last row id after
// each.
func (x *insertion) rowIDsFrom(first int) error {
	if first == x.b.N {
		return nil
	}
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	w, err := x.watch(c, x.b.N-first)
	if err != nil {
		return err
	}
	if x.b.N-first < rowIDsAhead {
		err = x.eachRow(c, first, x.b.N, func(i int, res driver.Result) error {
			return x.storeKnown(i, sqltype.Int64Value(int64(res.LastInsertID)))
		})
	} else {
		err = x.rowIDsMeanwhile(c, first)
	}
	return x.watched(w, x.b.N-first, err)
}

// rowIDRows is how many rows of a load go one by one to an engine within the
// process: few, so that there is little memory for those that are bound ahead.
// rowIDsAhead is from how many rows on there are such loads.
const (
	rowIDRows   = 256
	rowIDsAhead = 2048
)

func (x *insertion) rowIDsMeanwhile(c *compile.Compiled, first int) error {
	return x.load(loading{
		first: first, limit: rowIDRows,
		send: func(l *load) error { return x.eachOf(c, l) },
		done: func(l *load) (bool, error) {
			for i, id := range l.ids {
				if err := x.storeKnown(l.from+i, sqltype.Int64Value(int64(id))); err != nil {
					return false, err
				}
			}
			return true, nil
		},
	})
}

// eachOf executes the statement for each row of a load.
func (x *insertion) eachOf(c *compile.Compiled, cur *load) error {
	stmt, err := x.ready(c)
	if err != nil {
		return x.rowFailed(err, c, cur.from)
	}
	width := x.p.width()
	for i := range cur.n {
		x.text = x.text[:0]
		res, err := stmt.Exec(x.ctx, x.complete(c, cur.args[i*width:(i+1)*width:(i+1)*width]))
		if err != nil {
			return x.rowFailed(err, c, cur.from+i)
		}
		if res.RowsAffected != 1 {
			return &RowCountError{Index: cur.from + i, Got: res.RowsAffected, inserts: true}
		}
		cur.ids = append(cur.ids, res.LastInsertID)
	}
	return nil
}

// ready prepares a statement that is to be executed without pipelining.
func (x *insertion) ready(c *compile.Compiled) (driver.Stmt, error) {
	stmt, err := x.l.prepare(x.ctx, c)
	if err == nil {
		err = x.l.flushPending(x.ctx)
	}
	return stmt, err
}

// eachRow executes the statement for the rows from first to before to, without
// pipelining, and checks that each inserted one.
func (x *insertion) eachRow(c *compile.Compiled, first, to int, done func(i int, res driver.Result) error) error {
	stmt, err := x.ready(c)
	if err != nil {
		return x.rowFailed(err, c, first)
	}
	for i := first; i < to; i++ {
		if x.args, err = x.bind(x.args[:0], i); err != nil {
			return err
		}
		x.text = x.text[:0]
		res, err := stmt.Exec(x.ctx, x.complete(c, x.args))
		if err != nil {
			return x.rowFailed(err, c, i)
		}
		if res.RowsAffected != 1 {
			return &RowCountError{Index: i, Got: res.RowsAffected, inserts: true}
		}
		if done != nil {
			if err := done(i, res); err != nil {
				return err
			}
		}
	}
	return nil
}

// returningOne inserts the first row and hands over what it returns.
func (x *insertion) returningOne(c *compile.Compiled, each func(row sqltype.Row) error) (driver.Result, error) {
	var err error
	if x.args, err = x.bind(x.args[:0], 0); err != nil {
		return driver.Result{}, err
	}
	x.text = x.text[:0]
	args := x.complete(c, x.args)
	stmt, err := x.ready(c)
	var rows driver.Rows
	if err == nil {
		rows, err = stmt.Query(x.ctx, args)
	}
	if err != nil {
		return driver.Result{}, x.rowFailed(err, c, 0)
	}
	if err := x.oneRow(0, rows, func(_ int, row sqltype.Row) error { return each(row) }); err != nil {
		rows.Close()
		return driver.Result{}, x.batchFailed(err, c, 0)
	}
	if err := rows.Close(); err != nil {
		return driver.Result{}, x.rowFailed(err, c, 0)
	}
	return rows.Result(), nil
}

// oneRow reads the one row that the insert of row i returned.
func (x *insertion) oneRow(i int, rows driver.Rows, each func(i int, row sqltype.Row) error) error {
	if !rows.Next() {
		if err := rows.Close(); err != nil {
			return &rowsError{index: i, err: err}
		}
		return &RowCountError{Index: i, inserts: true}
	}
	if err := each(i, rows); err != nil {
		return err
	}
	if err := rows.Err(); err != nil {
		return &RowError{Index: i, Err: fmt.Errorf("engine: %w", err)}
	}
	if rows.Next() {
		return &RowCountError{Index: i, Got: 2, inserts: true}
	}
	return nil
}

// returningFrom inserts the rows from first on, one a statement, each of which
// returns what is wanted of its row.
func (x *insertion) returningFrom(first int) error {
	c, err := x.p.statement(variant{rows: 1, back: true})
	if err != nil {
		return err
	}
	err = x.pipelined(c, first, func(i int, rows driver.Rows) error { return x.oneRow(i, rows, x.storeTold) })
	if err != nil {
		return err
	}
	return x.readUntold()
}

// pipelined executes the statement for each row from first on. each takes the
// rows of each execution; nil checks that it inserted one.
func (x *insertion) pipelined(c *compile.Compiled, first int, each func(i int, rows driver.Rows) error) error {
	if first >= x.b.N {
		return nil
	}
	w, err := x.watch(c, x.b.N-first)
	if err != nil {
		return err
	}
	if each == nil {
		each = countsOne
	}
	for from := first; from < x.b.N && err == nil; from += pipelineRows {
		err = x.pipeline(c, from, min(x.b.N, from+pipelineRows), each)
	}
	return x.watched(w, x.b.N-first, err)
}

func countsOne(i int, rows driver.Rows) error {
	for rows.Next() { // none, but the execution has to come to its end
	}
	if err := rows.Close(); err != nil {
		return &rowsError{index: i, err: err}
	}
	if got := rows.Result().RowsAffected; got != 1 {
		return &RowCountError{Index: i, Got: got, inserts: true}
	}
	return nil
}

func (x *insertion) pipeline(c *compile.Compiled, from, to int, each func(i int, rows driver.Rows) error) error {
	l, width := x.l, x.width()
	stmt, err := l.prepare(x.ctx, c)
	if err != nil {
		return x.rowFailed(err, c, from)
	}
	x.args, x.text = x.args[:0], x.text[:0]
	for i := from; i < to; i++ {
		if x.args, err = x.bind(x.args, i); err != nil {
			return err
		}
	}
	items := l.batch.items[:0]
	for i := range to - from {
		items = append(items, driver.Item{Stmt: stmt, Args: x.complete(c, x.args[i*width:(i+1)*width:(i+1)*width])})
	}
	l.batch.items = items
	err = l.sendBatch(x.ctx, func(i int, rows driver.Rows) error { return each(from+i, rows) })
	if err != nil {
		return x.batchFailed(err, c, from)
	}
	return nil
}

// plain inserts rows of which nothing is wanted back, or nothing that is not
// known here.
func (x *insertion) plain() error {
	caps := &x.l.server.caps
	var err error
	switch {
	case len(x.p.columns) == 0 || x.b.N == 1:
		err = x.plainRows(0)
	case x.l.server.rules.ArrayCast != nil && x.b.N >= bulkFrom && x.p.bound > 0:
		err = x.arrays()
	case caps.Pipelines:
		err = x.plainRows(0)
	default:
		err = x.plainValues()
	}
	if err != nil || len(x.p.returning) == 0 {
		return err
	}
	if caps.Keys != dialect.KeysByRowID { // of which that was asked before
		found, err := x.meddler()
		if err != nil {
			return err
		}
		if found == changesIDs {
			return x.readBackAll()
		}
	}
	for i := range x.b.N {
		if err := x.storeKnown(i, sqltype.Value{}); err != nil {
			return err
		}
	}
	return nil
}

func (x *insertion) plainRows(first int) error {
	if first >= x.b.N {
		return nil
	}
	c, err := x.p.statement(variant{rows: 1})
	if err != nil {
		return err
	}
	if x.l.server.caps.Pipelines {
		return x.pipelined(c, first, nil)
	}
	w, err := x.watch(c, x.b.N-first)
	if err != nil {
		return err
	}
	return x.watched(w, x.b.N-first, x.eachRow(c, first, x.b.N, nil))
}

// insertedOther says that the database inserted another number of rows than
// were sent, and no way is left to say which.
func (x *insertion) insertedOther(got int64, want int) error {
	return fmt.Errorf("engine: %d rows were sent to %s and %d inserted: a trigger or rule keeps some out; the transaction has to be rolled back",
		want, x.p.table.FullName(), got)
}

var errOtherIDs = errors.New("the database gave the rows other ids than the statement asked for; the transaction has to be rolled back")
