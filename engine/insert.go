package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// InsertBatch is rows of one table that send the same columns. The values that
// the database fills come back to the row that they belong to: each way of
// fetching them proves whose they are.
type InsertBatch struct {
	Table *schema.Table
	// Columns are the columns that are sent. Exprs has an entry for each: nil
	// for a value a row, else an SQL expression for all rows.
	Columns []*schema.Column
	Exprs   []expr.Expression
	// OverridingAlways says that columns which are generated always take the
	// values that are sent, which is refused without it. Their generators do not
	// move.
	OverridingAlways bool
	// Returning are columns whose values are wanted back, those of the key first.
	Returning []*schema.Column
	// Conflict says what becomes of rows that violate a unique key; nil: they are
	// an error. With it the rows go one by one, in their order. A row that leaves a
	// column of the key to a generator, or to NULL, can't be in anybody's way, and
	// goes without it. Outcome, where it is set, is told what became of each row.
	Conflict expr.Conflict
	Outcome  func(i int, o Outcome)
	// N is the number of rows.
	N int
	// Bind appends the values of row i to dst, one for each column without an
	// expression. It may be called more than once for a row.
	Bind func(i int, dst []sqltype.Value) ([]sqltype.Value, error)
	// Store takes the values of Returning for row i, in any order of rows: of the
	// row that was inserted, or was changed because of a conflict. It is not called
	// for a row that was skipped. Of several calls for a row the last counts. The
	// row is valid until it returns. After an error of Insert what was stored is
	// void.
	Store func(i int, row sqltype.Row) error
	// Finish, where it is set, is told that the rows from from to before to were
	// bound and have their values, where they get any: of rows that the database
	// has, or is about to have. What there is to do about them is done while the
	// database works on later ones. Where Store is called for one of them again, so
	// is Finish. After an error of Insert it is void.
	//
	// Bind, Store and Finish must not use the transaction. Store and Finish are
	// called on the goroutine of Insert; Bind may at the same time be called for
	// other rows, on another.
	Finish func(from, to int) error
}

// RowCountError says that a statement for one row changed another number of
// rows: a row to be updated or deleted was gone, or was changed by somebody
// else; a row to be inserted was left out by a trigger or rule.
type RowCountError struct {
	Index int // of the row in its batch
	Got   int64
	// inserts says that the statement was an INSERT.
	inserts bool
}

// Error says both.
func (e *RowCountError) Error() string {
	if e.inserts && e.Got == 0 {
		return fmt.Sprintf("engine: row %d of the batch was not inserted: a trigger, rule or view leaves it out in silence", e.Index)
	}
	return fmt.Sprintf("engine: row %d of the batch: %d rows were changed instead of 1", e.Index, e.Got)
}

// Batches of fewer rows than this are not worth the preparations of a bulk
// insert.
const bulkFrom = 32

// insertion is an insert on its way.
type insertion struct {
	ctx    context.Context
	l      *link
	b      *InsertBatch
	p      *insertPlan
	binds  []*expr.Bind // of the expressions
	taken  []run        // values from the sequence table, a run for each taken column
	args   []sqltype.Value
	known  knownRow
	untold []int           // rows that have to be read back
	text   []sqltype.Value // arguments of statements with expressions
	// marks are the marks of the rows, behind their values, where changed rows are
	// told from inserted ones by them.
	marks *marks
	added []added
	told  bool // the database has answered for a row
	// stored is how many rows were stored in their order, and finished how many of
	// them Finish was told of.
	stored, finished int
}

// Insert inserts the rows of a batch, in as few round trips as is safe.
func (t *Tx) Insert(ctx context.Context, b *InsertBatch) error {
	err := t.insert(ctx, b)
	if err != nil && t.replace(ctx, err) {
		err = t.insert(ctx, b)
	}
	return err
}

func (t *Tx) insert(ctx context.Context, b *InsertBatch) error {
	if b.N == 0 {
		return t.usable()
	}
	if err := t.writable(); err != nil {
		return err
	}
	l := t.l
	p, err := l.server.insertPlan(l, b)
	if err != nil {
		return err
	}
	x := &insertion{ctx: ctx, l: l, b: b, p: p, binds: slices.Clone(l.key.Binds()), args: l.args[:0]}
	x.aim()
	if b.Conflict != nil {
		err = x.resolve(t)
	} else if err = x.take(); err == nil {
		err = x.run()
	}
	l.args = x.args[:0]
	if err == nil {
		t.root().aborted = false
		err = x.finish(b.N)
	}
	return err
}

// finish tells the batch that the rows before to have their values.
func (x *insertion) finish(to int) error {
	if x.b.Finish == nil || to <= x.finished {
		return nil
	}
	from := x.finished
	x.finished = to
	return x.b.Finish(from, to)
}

// aim says what the next errors are about. Questions in between change it.
func (x *insertion) aim() {
	x.l.target = target{table: x.b.Table, inserts: true, left: x.p.left}
}

// writable reports why the transaction can't take a write.
func (t *Tx) writable() error {
	if err := t.usable(); err != nil {
		return err
	}
	if err := t.l.free(); err != nil {
		return err
	}
	if t.opts.ReadOnly || t.l.readOnly() {
		return fmt.Errorf("engine: %w: use a transaction that may write", sqlerr.ErrReadOnly)
	}
	return nil
}

// run chooses the way. Only the key that the database generates is worth more
// than rows one by one: it alone can be known before, or in arithmetic.
func (x *insertion) run() error {
	p, caps := x.p, &x.l.server.caps
	one := x.b.N == 1 || len(p.columns) == 0
	switch {
	case caps.Keys == dialect.KeysByRowID && len(p.returning) > 0:
		return x.byRowID()
	case len(p.back) == 0:
		return x.plain()
	case caps.Keys == dialect.KeysByValuesReturning && !one && p.key != nil:
		return x.valuesReturning()
	case caps.Keys == dialect.KeysByLastInsertID:
		return x.lastInsertIDs()
	case caps.Keys == dialect.KeysByMerge && !one:
		return x.merged()
	case caps.Keys == dialect.KeysByReturning && p.bulk != nil && x.b.N >= bulkFrom:
		return x.reserved()
	}
	return x.returningFrom(0)
}

// bind appends the values of row i: those that were taken, then the batch's.
func (x *insertion) bind(dst []sqltype.Value, i int) ([]sqltype.Value, error) {
	for k := range x.taken {
		dst = append(dst, sqltype.Int64Value(x.taken[k].at(i)))
	}
	n := len(dst)
	dst, err := x.b.Bind(i, dst)
	if err != nil {
		return dst, &RowError{Index: i, Err: err}
	}
	if got := len(dst) - n; got != x.p.bound {
		return dst, fmt.Errorf("engine: Bind gave %d values for row %d of %s, which has %d columns without an expression", got, i, x.b.Table.FullName(), x.p.bound)
	}
	if err := x.l.server.checkValues(dst[n:]); err != nil {
		return dst, &RowError{Index: i, Err: err}
	}
	if at := x.p.sentUnsigned; at >= 0 && dst[n+at].Kind() == sqltype.KindUint64 && dst[n+at].Uint64() > math.MaxInt64 {
		return dst, &RowError{Index: i, Err: idAboveSigned(x.p.unsignedColumn())}
	}
	if x.marks != nil {
		dst = append(dst, x.marks.value(i))
	}
	return dst, nil
}

// width is the number of values of a row.
func (x *insertion) width() int {
	if x.marks != nil {
		return x.p.width() + 1
	}
	return x.p.width()
}

// complete turns the values of rows into the arguments of a statement, which
// differ where expressions carry values, or a value has several places.
func (x *insertion) complete(c *compile.Compiled, values []sqltype.Value) []sqltype.Value {
	if len(x.binds) == 0 && len(c.Slots) == len(values) {
		return values
	}
	at := len(x.text)
	x.text = c.Args(x.text, x.binds, values)
	return x.text[at:len(x.text):len(x.text)]
}

// rowFailed says which row of the batch an error belongs to.
func (x *insertion) rowFailed(err error, c *compile.Compiled, i int) error {
	return &RowError{Index: i, Err: x.failed(err, c)}
}

// batchFailed does so for an error of a driver's batch that began with row
// first and has skip other items before it.
func (x *insertion) batchFailed(err error, c *compile.Compiled, first int) error {
	var row *rowsError
	var failed *driver.BatchError
	var dead *driver.ConnError
	switch {
	case errors.As(err, &row):
		return x.rowFailed(row.err, c, row.index)
	case errors.As(err, &failed) && failed.Index >= 0:
		return x.rowFailed(err, c, first+failed.Index)
	case errors.As(err, &failed), errors.As(err, &dead):
		return x.failed(err, c)
	}
	return err
}

func (x *insertion) failed(err error, c *compile.Compiled) error {
	return x.l.failed(x.ctx, err, c.SQL, x.l.effectOf(expr.VerbInsert, c.SQL))
}

// rowsError is the driver's error at the end of the rows of one execution. All
// other errors of the functions that read rows are the engine's own.
type rowsError struct {
	index int // of the batch's row
	err   error
}

// Error gives the cause.
func (e *rowsError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *rowsError) Unwrap() error { return e.err }

// store hands a row with all of Returning to the batch.
func (x *insertion) store(i int, row sqltype.Row) error {
	x.told = true
	if at := x.p.unsigned; at >= 0 && !row.IsNull(at) && row.Uint64(at) > math.MaxInt64 {
		return &RowError{Index: i, Err: idAboveSigned(x.p.returning[at])}
	}
	if i == x.stored {
		x.stored++
	}
	x.finished = min(x.finished, i)
	if x.b.Store == nil {
		return nil
	}
	if err := x.b.Store(i, row); err != nil {
		return &RowError{Index: i, Err: err}
	}
	return nil
}

// storeKnown hands over a row of values that are at hand, all of Returning.
func (x *insertion) storeKnown(i int, key sqltype.Value) error {
	x.known.reset()
	for r := range x.b.Returning {
		if k := x.p.takenFor(r); k >= 0 {
			x.known.values = append(x.known.values, sqltype.Int64Value(x.taken[k].at(i)))
		} else {
			x.known.values = append(x.known.values, key)
		}
	}
	return x.store(i, &x.known)
}

// watch tells of the insertion's statement if somebody wants to know.
func (x *insertion) watch(c *compile.Compiled, times int) (*watch, error) {
	if !x.l.engine.observed(x.ctx) {
		return nil, nil
	}
	w, err := x.l.watch(x.ctx, c.SQL, c.Verb, times, nil)
	if err == nil && w.x.SQL != c.SQL {
		return nil, errReworded
	}
	return w, err
}

func (x *insertion) watched(w *watch, rows int, err error) error {
	if w != nil {
		return w.done(x.ctx, int64(rows), err)
	}
	return err
}
