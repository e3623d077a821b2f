package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// UpdateBatch is rows of one table that are changed in the same columns, each
// found by its key.
type UpdateBatch struct {
	Table *schema.Table
	Set   []*schema.Column
	// Exprs, where it is not nil, has an expression for each column of Set that
	// gets one instead of a value, and nil for the others.
	Exprs []expr.Expression
	Key   []*schema.Column
	// N is the number of rows.
	N int
	// Bind appends to dst what row i gets, in the order of Set without those that
	// get an expression, and then its key as it is in the database, in the order
	// of Key. It may be called more than once for a row.
	Bind func(i int, dst []sqltype.Value) ([]sqltype.Value, error)
	// Returning are columns whose new values are wanted back, and Store takes
	// them. The row is valid until it returns. They are read by the primary key
	// after the UPDATE where that has no RETURNING, and where ReadBack says so:
	// RETURNING does not tell what triggers do afterwards.
	Returning []*schema.Column
	ReadBack  bool
	Store     func(i int, row sqltype.Row) error
	// WithoutDefaults leaves columns that are not set as they are, also those
	// with a client default of UPDATE.
	WithoutDefaults bool
}

// DeleteBatch is rows of one table that are deleted, each found by its key.
type DeleteBatch struct {
	Table *schema.Table
	Key   []*schema.Column
	N     int
	// Bind appends the key of row i to dst, in the order of Key.
	Bind func(i int, dst []sqltype.Value) ([]sqltype.Value, error)
}

// Update changes the rows of a batch. A row that is not there, or of which
// there are several, is a *RowCountError.
func (t *Tx) Update(ctx context.Context, b *UpdateBatch) error {
	if len(b.Set) == 0 || len(b.Key) == 0 {
		return fmt.Errorf("engine: an update of %s needs columns to set and a key", b.Table.FullName())
	}
	s := expr.NewUpdate(b.Table)
	n := 0
	for i, c := range b.Set {
		a := expr.Assignment{Target: c.Ref()}
		if b.Exprs != nil {
			a.Value = b.Exprs[i]
		}
		if a.Value == nil {
			a.Value = &expr.Param{Index: n, Type: c.Type}
			n++
		}
		s = s.Set(a)
	}
	left := updateDefaults{first: n}
	if !b.WithoutDefaults {
		s = left.set(s, leftOut(t.l.server.defaultsOf(b.Table).update, refs(b.Set)))
	}
	s = s.Where(keyCondition(b.Key, n+len(left.columns))...)
	w := rowWrite{n: b.N, width: n + len(b.Key), bind: b.Bind}
	left.bind(&w)
	if n == len(b.Set) && !left.expressions {
		w.many = t.l.server.updatesMany(b.Table, slices.Concat(b.Set, left.columns), b.Key)
	}
	if len(b.Returning) == 0 {
		return t.write(ctx, s, &w)
	}
	if b.ReadBack || !t.l.server.rules.Returning.Update {
		if err := t.write(ctx, s, &w); err != nil {
			return err
		}
		return t.readUpdated(ctx, b)
	}
	w.store = b.Store
	return t.write(ctx, s.Returning(refs(b.Returning)...), &w)
}

// readUpdated reads what is wanted of rows that were updated, by the primary
// keys that they have now.
func (t *Tx) readUpdated(ctx context.Context, b *UpdateBatch) error {
	at, err := b.keyPositions()
	if err != nil {
		return err
	}
	key := b.Table.PrimaryKey.Columns
	s := expr.NewSelect(refs(b.Returning)...).From(b.Table).Where(keyCondition(key, 0)...)
	var values, params []sqltype.Value
	for i := range b.N {
		if values, err = b.Bind(i, values[:0]); err != nil {
			return &RowError{Index: i, Err: err}
		}
		params = params[:0]
		for _, k := range at {
			params = append(params, values[k])
		}
		rows, err := t.Query(ctx, s, params...)
		if err != nil {
			return &RowError{Index: i, Err: err}
		}
		if err := (&rowWrite{store: b.Store}).receiveOne(i, rows); err != nil {
			return err
		}
	}
	return nil
}

// receiveOne takes the only row of a result.
func (w *rowWrite) receiveOne(i int, rows *Result) error {
	read := int64(0)
	for rows.Next() {
		read++
		if err := w.store(i, rows.Row()); err != nil {
			rows.Close()
			return &RowError{Index: i, Err: err}
		}
	}
	if err := rows.Close(); err != nil {
		return &RowError{Index: i, Err: err}
	}
	if read != 1 {
		return &RowCountError{Index: i, Got: read}
	}
	return nil
}

// keyPositions are the places of the new primary key among the values of a row.
func (b *UpdateBatch) keyPositions() ([]int, error) {
	if b.Table.PrimaryKey == nil {
		return nil, fmt.Errorf("engine: %s has no primary key, by which the values that its UPDATE makes could be read", b.Table.FullName())
	}
	var sent []*schema.Column
	for i, c := range b.Set {
		if b.Exprs == nil || b.Exprs[i] == nil {
			sent = append(sent, c)
		} else if c.IsPrimaryKey() {
			return nil, fmt.Errorf("engine: %s is set to an expression, and the row can't be read again by it; set a value", c.FullName())
		}
	}
	var at []int
	for _, c := range b.Table.PrimaryKey.Columns {
		i := slices.Index(sent, c)
		if i < 0 {
			if i = slices.Index(b.Key, c); i >= 0 {
				i += len(sent)
			}
		}
		if i < 0 {
			return nil, fmt.Errorf("engine: the update of %s does not name the key column %s, by which the row could be read", b.Table.FullName(), c.Name)
		}
		at = append(at, i)
	}
	return at, nil
}

// Delete deletes the rows of a batch. A row that is not there, or of which
// there are several, is a *RowCountError.
func (t *Tx) Delete(ctx context.Context, b *DeleteBatch) error {
	if len(b.Key) == 0 {
		return fmt.Errorf("engine: a delete from %s needs a key", b.Table.FullName())
	}
	s := expr.NewDelete(b.Table).Where(keyCondition(b.Key, 0)...)
	w := &rowWrite{n: b.N, width: len(b.Key), bind: b.Bind, many: t.l.server.deletesMany(b.Table, b.Key)}
	return t.write(ctx, s, w)
}

// keyCondition is key = parameter for each column, from parameter first on.
func keyCondition(key []*schema.Column, first int) []expr.Predicate {
	ps := make([]expr.Predicate, len(key))
	for i, c := range key {
		ps[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: c.Ref(), R: &expr.Param{Index: first + i, Type: c.Type}})
	}
	return ps
}

// rowWrite is a statement that is executed for each of n rows.
type rowWrite struct {
	n, width int
	bind     func(i int, dst []sqltype.Value) ([]sqltype.Value, error)
	store    func(i int, row sqltype.Row) error
	// many is how several rows go by one statement, nil where they do not.
	many *manyRowsWrite
}

func (t *Tx) write(ctx context.Context, s expr.Statement, w *rowWrite) error {
	err := t.writeOnce(ctx, s, w)
	if err != nil && t.replace(ctx, err) {
		err = t.writeOnce(ctx, s, w)
	}
	return err
}

func (t *Tx) writeOnce(ctx context.Context, s expr.Statement, w *rowWrite) error {
	if w.n == 0 {
		return t.usable()
	}
	if err := t.writable(); err != nil {
		return err
	}
	if !t.writesMany(w) {
		return t.writeAlone(ctx, s, w, 0, w.n)
	}
	for from := 0; from < w.n; {
		to, alone, err := t.writeRound(ctx, w, from)
		if err == nil && alone {
			err = t.writeAlone(ctx, s, w, from, to)
		}
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}

// writeAlone executes the statement for each row from from to before to.
func (t *Tx) writeAlone(ctx context.Context, s expr.Statement, w *rowWrite, from, to int) error {
	l, rows := t.l, to-from
	c, err := l.compile(s)
	if err != nil {
		return err
	}
	var told *watch
	if l.engine.observed(ctx) {
		if told, err = l.watch(ctx, c.SQL, c.Verb, rows, nil); err != nil {
			return err
		}
		c = l.reworded(c, told)
	}
	w = w.inText(c, l.key.Binds())
	for ; from < to && err == nil; from += pipelineRows {
		err = l.writeRows(ctx, c, w, from, min(to, from+pipelineRows))
	}
	if err == nil {
		t.root().aborted = false
	}
	if told != nil {
		err = told.done(ctx, int64(rows), err)
	}
	return err
}

// inText returns the write whose rows have the values of all places of the text,
// in their order: a row's own, and those that the statement brings.
func (w *rowWrite) inText(c *compile.Compiled, binds []*expr.Bind) *rowWrite {
	inOrder := true
	for i, s := range c.Slots {
		inOrder = inOrder && s.Bind < 0 && s.Param == i
	}
	if inOrder {
		return w
	}
	wide := *w
	wide.width = len(c.Slots)
	binds = slices.Clone(binds)
	var own []sqltype.Value
	wide.bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
		var err error
		if own, err = w.bind(i, own[:0]); err != nil {
			return dst, err
		}
		if len(own) != w.width {
			return dst, fmt.Errorf("engine: Bind gave %d values for row %d, which has %d", len(own), i, w.width)
		}
		return c.Args(dst, binds, own), nil
	}
	return &wide
}

func (l *link) writeRows(ctx context.Context, c *compile.Compiled, w *rowWrite, from, to int) error {
	args, err := l.args[:0], error(nil)
	for i := from; i < to; i++ {
		if args, err = w.bind(i, args); err != nil {
			return &RowError{Index: i, Err: err}
		}
		if got := len(args) - (i-from)*w.width; got != w.width {
			return fmt.Errorf("engine: Bind gave %d values for row %d, which has %d", got, i, w.width)
		}
		if err := l.server.checkValues(args[len(args)-w.width:]); err != nil {
			return &RowError{Index: i, Err: err}
		}
	}
	l.args = args
	stmt, err := l.prepare(ctx, c)
	if err != nil {
		return l.failed(ctx, err, c.SQL, reads)
	}
	if !l.server.caps.Pipelines && w.store == nil {
		return l.writeOneByOne(ctx, c, stmt, w, from, to)
	}
	items := l.batch.items[:0]
	for i := range to - from {
		row := args[i*w.width : (i+1)*w.width : (i+1)*w.width]
		items = append(items, driver.Item{Stmt: stmt, Args: row})
	}
	l.batch.items = items
	err = l.sendBatch(ctx, func(i int, rows driver.Rows) error { return w.receive(from+i, rows) })
	return l.writeFailed(ctx, err, c, from)
}

func (l *link) writeOneByOne(ctx context.Context, c *compile.Compiled, stmt driver.Stmt, w *rowWrite, from, to int) error {
	if err := l.flushPending(ctx); err != nil {
		return l.failed(ctx, err, c.SQL, reads)
	}
	for i := from; i < to; i++ {
		at := (i - from) * w.width
		res, err := stmt.Exec(ctx, l.args[at:at+w.width])
		if err != nil {
			return &RowError{Index: i, Err: l.failed(ctx, err, c.SQL, l.effectOf(c.Verb, c.SQL))}
		}
		if res.RowsAffected != 1 {
			return &RowCountError{Index: i, Got: res.RowsAffected}
		}
	}
	return nil
}

func (w *rowWrite) receive(i int, rows driver.Rows) error {
	read := 0
	for rows.Next() {
		read++
		if w.store == nil {
			continue
		}
		if err := w.store(i, rows); err != nil {
			return &RowError{Index: i, Err: err}
		}
		if err := rows.Err(); err != nil {
			return &RowError{Index: i, Err: fmt.Errorf("engine: %w", err)}
		}
	}
	if err := rows.Close(); err != nil {
		return &rowsError{index: i, err: err}
	}
	got := rows.Result().RowsAffected
	if w.store != nil {
		got = int64(read)
	}
	if got != 1 {
		return &RowCountError{Index: i, Got: got}
	}
	return nil
}

func (l *link) writeFailed(ctx context.Context, err error, c *compile.Compiled, from int) error {
	var row *rowsError
	var failed *driver.BatchError
	var dead *driver.ConnError
	index := -1
	switch {
	case err == nil:
		return nil
	case errors.As(err, &row):
		err, index = row.err, row.index
	case errors.As(err, &failed):
		index = from + failed.Index
	case !errors.As(err, &dead):
		return err
	}
	err = l.failed(ctx, err, c.SQL, l.effectOf(c.Verb, c.SQL))
	if index < from {
		return err
	}
	return &RowError{Index: index, Err: err}
}
