package engine

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How many rows a statement of many has, how many of these statements stand
// behind one savepoint, and of how many rows on they are worth it: where rows
// are pipelined, a few of them are as quick one by one.
const (
	manyRows          = 512
	manyListed        = 1024
	manyArrayRows     = 1000
	manyAt            = 8
	manyFrom          = 4
	manyFromPipelined = 16
	// manyFilled is up to how many rows one statement that is filled up is less
	// work than two.
	manyFilled = 32
	// manyLong is how many bytes a value has at most that stands between others:
	// as a column of them has no declared type, servers cut off what is much longer.
	manyLong = 4 << 10
)

// manyRowsWrite is how the rows of a rowWrite go many a statement.
type manyRowsWrite struct {
	// statement is for any number of rows where they go as arrays, else for rows.
	statement func(rows int) expr.Statement
	// repeats says that a row may be in the statement twice; where not, rows of
	// NULL, which find nothing, make it complete.
	repeats bool
	// rows is how many a statement has at most.
	rows int
}

// updatesMany returns how rows are updated many a statement; nil where that may
// do something else than a statement a row. set and key are what a row sends. A
// primary key that changes may be the one that another row of the batch has.
func (s *server) updatesMany(t *schema.Table, set, key []*schema.Column) *manyRowsWrite {
	by := &s.rules.DML.ManyByKey
	if slices.ContainsFunc(set, func(c *schema.Column) bool { return c.IsPrimaryKey() || !s.all(by.Sent, c) }) || !s.all(by.Matches, key...) {
		return nil
	}
	return &manyRowsWrite{rows: manyRows, statement: func(rows int) expr.Statement {
		from := sentRows(t, slices.Concat(set, key), rows)
		u := expr.NewUpdate(t)
		for i, c := range set {
			u = u.Set(expr.Assignment{Target: c.Ref(), Value: from.Column(i)})
		}
		return u.From(from).Where(matches(from, key, len(set))...)
	}}
}

// deletesMany is updatesMany for rows that are deleted.
func (s *server) deletesMany(t *schema.Table, key []*schema.Column) *manyRowsWrite {
	by := &s.rules.DML.ManyByKey
	switch {
	case len(key) == 1 && s.all(by.Lists, key...):
		return &manyRowsWrite{rows: manyListed, repeats: true, statement: func(rows int) expr.Statement {
			return expr.NewDelete(t).Where(expr.NewPred(&compile.SentList{Column: key[0], Values: rows}))
		}}
	case s.all(by.Matches, key...):
		return &manyRowsWrite{rows: manyRows, repeats: true, statement: func(rows int) expr.Statement {
			from := sentRows(t, key, rows)
			return expr.NewDelete(t).Using(from).Where(matches(from, key, 0)...)
		}}
	}
	return nil
}

// all reports whether is holds for the types of all columns.
func (s *server) all(is func(t sqltype.Type) bool, columns ...*schema.Column) bool {
	return is != nil && !slices.ContainsFunc(columns, func(c *schema.Column) bool {
		t, _ := s.rules.Resolve(c.Type)
		return s.rules.Expressed(c.Type) != nil || !is(t)
	})
}

func sentRows(t *schema.Table, columns []*schema.Column, rows int) *compile.SentRows {
	name := "sent"
	if t.Name == name {
		name = "sent_rows"
	}
	return &compile.SentRows{Name: name, Columns: columns, Rows: rows}
}

// matches is key = sent column for each column, from column first on.
func matches(from *compile.SentRows, key []*schema.Column, first int) []expr.Predicate {
	ps := make([]expr.Predicate, len(key))
	for i, c := range key {
		ps[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: c.Ref(), R: from.Column(first + i)})
	}
	return ps
}

// writesMany reports whether rows of w are to go many a statement. What such a
// statement did wrong has to be undone before its rows go one by one, so that
// there must be savepoints.
func (t *Tx) writesMany(w *rowWrite) bool {
	caps := &t.l.server.caps
	from := manyFrom
	if caps.Pipelines {
		from = manyFromPipelined
	}
	return w.many != nil && w.store == nil && w.n >= from && !t.root().opts.Autocommit && !caps.Savepoints.None
}

// manyRound is some statements of many rows behind one savepoint.
type manyRound struct {
	l      *link
	w      *rowWrite
	arrays bool
	from   int // row
	parts  []part
	err    error // of the statements
	// differs says that one of them changed another number of rows than it was
	// sent; long that a row that was bound has a value that none takes.
	differs, long bool
	watch         *watch
}

// writeRound writes rows from from on by statements of many rows, and returns
// the row after them. Where a statement failed, or changed another number of
// rows, it is as if nothing had been sent, and alone is true: sent one by one the
// rows tell which of them it was, or go well, as where one row takes a unique
// value that another lays down.
func (t *Tx) writeRound(ctx context.Context, w *rowWrite, from int) (to int, alone bool, err error) {
	l := t.l
	save, err := t.Savepoint(ctx)
	if err != nil {
		return from, false, err
	}
	r := &manyRound{l: l, w: w, from: from, arrays: l.server.rules.ArrayCast != nil}
	if r.arrays {
		to, err = r.sendArrays(ctx)
	} else {
		to, err = r.sendEach(ctx)
	}
	switch {
	case err != nil: // nothing of the database
		l.dropSavepoint(ctx, save)
		return to, false, err
	case r.long:
		l.leaveSavepoint(ctx, save)
		return to, true, nil
	case r.err == nil && !r.differs:
		l.leaveSavepoint(ctx, save)
		t.root().aborted = false
		return to, false, nil
	case r.err != nil && !l.mayGoAlone(ctx, r.err):
		if l.drv.InTx() && !l.server.caps.AbortsOnError {
			l.leaveSavepoint(ctx, save)
		} else {
			save.close()
		}
		return to, false, r.err
	}
	return to, true, save.Rollback(ctx)
}

// mayGoAlone reports whether rows whose statement failed are to be sent one by
// one. Where nothing is wrong with the rows that fails again, or waits again.
func (l *link) mayGoAlone(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !l.drv.Broken() && l.drv.InTx() && !sqlerr.Retryable(err) && !errors.Is(err, sqlerr.ErrLockTimeout)
}

// bind appends the values of rows from from on, of at most limit rows, and
// returns how many they are.
func (r *manyRound) bind(from, limit, atMost int) (n int, err error) {
	l, w := r.l, r.w
	l.args = slices.Grow(l.args[:0], min(limit, w.n-from)*w.width)
	for sent := 0; n < limit && from+n < w.n && sent < atMost; n++ {
		at := len(l.args)
		if l.args, err = w.bind(from+n, l.args); err != nil {
			return 0, &RowError{Index: from + n, Err: err}
		}
		if got := len(l.args) - at; got != w.width {
			return 0, fmt.Errorf("engine: Bind gave %d values for row %d, which has %d", got, from+n, w.width)
		}
		if err := l.server.checkValues(l.args[at:]); err != nil {
			return 0, &RowError{Index: from + n, Err: err}
		}
		sent += size(l.args[at:])
		r.long = r.long || !r.arrays && slices.ContainsFunc(l.args[at:], long)
	}
	return n, nil
}

func long(v sqltype.Value) bool {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindBytes, sqltype.KindJSON:
		return len(v.Bytes()) > manyLong
	}
	return false
}

// ready compiles the statement for so many rows and prepares it.
func (r *manyRound) ready(ctx context.Context, rows, times int) (*compile.Compiled, driver.Stmt, error) {
	l := r.l
	c, err := l.compile(r.w.many.statement(rows))
	if err != nil {
		return nil, nil, err
	}
	if l.engine.observed(ctx) {
		if r.watch, err = l.watch(ctx, c.SQL, c.Verb, times, nil); err != nil {
			return nil, nil, err
		}
		c = l.reworded(c, r.watch)
	}
	stmt, err := l.prepare(ctx, c)
	if err != nil {
		r.failed(ctx, c, err)
	}
	return c, stmt, nil
}

// failed keeps the error of a statement.
func (r *manyRound) failed(ctx context.Context, c *compile.Compiled, err error) {
	r.err = r.l.failed(ctx, err, c.SQL, r.l.effectOf(c.Verb, c.SQL))
}

// told ends what watches the statements. Their error is not yet the program's.
func (r *manyRound) told(ctx context.Context, rows int64) {
	if r.watch != nil {
		r.watch.done(ctx, rows, r.err)
		r.watch = nil
	}
}

// chunkRows is how many rows a statement with a place for each value has, a power
// of two so that there are few texts.
func (r *manyRound) chunkRows() int {
	n := r.w.many.rows
	if limit := r.l.server.rules.MaxParameters; limit > 0 {
		n = min(n, limit/r.w.width)
	}
	return powerOfTwo(max(n, 1))
}

// textRows is how many rows the statement has that takes some of n: a power of
// two, to which they are filled up where that is little more.
func textRows(n int) int {
	up := 1 << bits.Len(uint(n-1))
	if n > up/4*3 || up <= manyFilled {
		return max(up, manyFrom)
	}
	return up / 2
}

// sendEach sends one statement after the other, each with the values of its rows.
func (r *manyRound) sendEach(ctx context.Context) (to int, err error) {
	w := r.w
	to = r.from
	for sent := 0; sent < manyAt && to < w.n && r.err == nil && !r.differs; sent++ {
		n, err := r.bind(to, r.chunkRows(), valuesBytes)
		if err != nil {
			return to, err
		}
		if r.long {
			if r.long = sent == 0; r.long {
				to += n
			}
			break
		}
		rows := min(textRows(n), r.chunkRows())
		n = min(n, rows)
		r.fill(n, rows)
		if err := r.exec(ctx, n, rows); err != nil {
			return to, err
		}
		to += n
	}
	return to, nil
}

// fill makes the values of n rows those of so many.
func (r *manyRound) fill(n, rows int) {
	l, width := r.l, r.w.width
	l.args = l.args[:n*width]
	last := l.args[(n-1)*width:]
	for range rows - n {
		if r.w.many.repeats {
			l.args = append(l.args, last...)
			continue
		}
		for range width {
			l.args = append(l.args, sqltype.Value{})
		}
	}
}

// exec sends the values that are bound: those of n rows, filled up to rows.
func (r *manyRound) exec(ctx context.Context, n, rows int) error {
	c, stmt, err := r.ready(ctx, rows, 1)
	if err != nil {
		return err
	}
	var res driver.Result
	if r.err == nil {
		if err = r.l.flushPending(ctx); err == nil {
			res, err = stmt.Exec(ctx, r.l.args)
		}
		if err != nil {
			r.failed(ctx, c, err)
		}
	}
	r.told(ctx, res.RowsAffected)
	r.differs = r.err == nil && res.RowsAffected != int64(n)
	return nil
}

// sendArrays sends the statements of the round at once.
func (r *manyRound) sendArrays(ctx context.Context) (to int, err error) {
	l, w := r.l, r.w
	to = r.from
	items := l.batch.items[:0]
	l.cells = l.cells[:0]
	for len(items) < manyAt && to < w.n {
		n, err := r.bind(to, manyArrayRows, arrayBytes/manyAt)
		if err != nil {
			return to, err
		}
		items = append(items, driver.Item{Args: r.columns(n)})
		r.parts = append(r.parts, part{to, n})
		to += n
	}
	l.batch.items = items
	c, stmt, err := r.ready(ctx, 0, len(items))
	if err != nil {
		return to, err
	}
	changed := int64(0)
	if r.err == nil {
		for i := range items {
			items[i].Stmt = stmt
		}
		err = l.sendBatch(ctx, func(i int, rows driver.Rows) error {
			for rows.Next() { // none, but the execution has to come to its end
			}
			if err := rows.Close(); err != nil {
				return err
			}
			got := rows.Result().RowsAffected
			changed += got
			r.differs = r.differs || got != int64(r.parts[i].n)
			return nil
		})
		if err != nil {
			r.failed(ctx, c, err)
		}
	}
	r.told(ctx, changed)
	return to, nil
}

// columns turns the values of n rows into an array a column.
func (r *manyRound) columns(n int) []sqltype.Value {
	l, width := r.l, r.w.width
	at := len(l.cells)
	l.cells = grow(l.cells, n*width+width)
	cells, args := l.cells[at:at+n*width], l.cells[at+n*width:]
	for col := range width {
		list := cells[col*n : (col+1)*n : (col+1)*n]
		for row := range list {
			list[row] = l.args[row*width+col]
		}
		args[col] = sqltype.ArrayValue(list)
	}
	return args[:width:width]
}
