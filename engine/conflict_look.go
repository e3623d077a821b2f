package engine

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// lookingFirst asks before each row whether another is in its way. Between the
// question and the insert nobody else can write: the database has one writer,
// and the transaction is it.
func (x *insertion) lookingFirst() error {
	if _, err := x.p.statement(variant{rows: 1, how: resolved}); err != nil {
		return err
	}
	if caps := &x.l.server.caps; !caps.SingleWriter && !caps.OneConnection || x.portable() == nil {
		return x.cantTell()
	}
	changes, err := x.changesLater()
	for i := 0; i < x.b.N && err == nil; i++ {
		var there bool
		if there, err = x.inTheWay(i, x.target(), expr.NoLock); err == nil {
			err = x.insertLooked(i, there, changes)
		}
	}
	return err
}

// insertLooked inserts row i, knowing whether another is in its way. What is
// wanted of a row that a trigger may change after it was told is read.
func (x *insertion) insertLooked(i int, there, changes bool) error {
	wanted := len(x.p.returning) > 0
	back := wanted && (!there && !changes || x.movesTarget())
	c, err := x.p.statement(variant{rows: 1, back: back, how: resolved})
	if err != nil {
		return err
	}
	outcome := Skipped
	met := func(i int, rows driver.Rows) error {
		return x.atMostOne(i, rows, back, func(o Outcome) Outcome {
			if outcome = o; there && o == Inserted {
				outcome = Updated
			}
			return outcome
		})
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return err
	}
	if err := x.watched(w, 1, x.pipeline(c, i, i+1, met)); err != nil {
		return err
	}
	switch {
	case !wanted || back || outcome == Skipped:
		return nil
	case there:
		return x.readByTarget(i)
	}
	return x.readBackRow(i, nil)
}

// changesLater reports whether a trigger may change rows after a statement has
// told them.
func (x *insertion) changesLater() (bool, error) {
	if x.l.server.caps.Keys != dialect.KeysByRowID {
		return false, nil
	}
	s, err := x.becomes()
	return s.changes, err
}

// cantTell refuses a clause of whose rows the database does not tell whether
// they were inserted or changed.
func (x *insertion) cantTell() error {
	return &compile.UnsupportedError{
		Construct: "a sign of which rows of a batch were inserted and which changed, with this clause", Dialect: x.l.server.rules.Dialect,
		Instead: "use expr.OnConflict with the columns of a key, or run the statement row by row",
	}
}

// conditions returns the conditions that a row has what row i sends in the
// columns; none where one of them is NULL, which is in nobody's way.
func (x *insertion) conditions(i int, columns []*schema.Column) ([]expr.Predicate, error) {
	values, err := x.b.Bind(i, nil)
	if err != nil {
		return nil, &RowError{Index: i, Err: err}
	}
	var conditions []expr.Predicate
	for _, c := range columns {
		at := x.givenAt(c)
		if at < 0 {
			return nil, fmt.Errorf("engine: column %s is needed to find the row in the way, and the rows don't send it as a value", c.FullName())
		}
		if values[at].IsNull() {
			return nil, nil
		}
		conditions = append(conditions, expr.NewPred(&expr.Binary{Op: expr.OpEq, L: c.Ref(), R: expr.BindValue(c.Type, values[at])}))
	}
	return conditions, nil
}

// givenAt returns where among the values that the batch gives for a row the
// column's is, or -1.
func (x *insertion) givenAt(c *schema.Column) int {
	at := 0
	for i, col := range x.b.Columns {
		switch {
		case exprAt(x.b.Exprs, i) != nil:
		case col == c:
			return at
		default:
			at++
		}
	}
	return -1
}

// inTheWay reports whether a row has what row i sends in the columns.
func (x *insertion) inTheWay(i int, columns []*schema.Column, lock expr.LockStrength) (bool, error) {
	where, err := x.conditions(i, columns)
	if err != nil || len(where) == 0 {
		return false, err
	}
	q := expr.NewSelect(columns[0].Ref()).From(x.p.table).Where(where...)
	if lock != expr.NoLock {
		q = q.Locking(expr.Lock{Strength: lock})
	}
	r, err := x.l.query(x.ctx, q, nil)
	if err != nil {
		return false, err
	}
	there := r.Next()
	x.aim()
	return there, r.Close()
}

// changingByID inserts with a clause that may change rows, which the protocol's
// last insert id tells by their marks. What is wanted of a row is read by the
// target, whose values were sent.
func (x *insertion) changingByID() error {
	if x.portable() == nil || x.movesTarget() {
		return x.cantTell()
	}
	c, err := x.p.statement(variant{rows: 1, how: marked})
	if err != nil {
		return err
	}
	x.marks = x.l.newMarks(x.b.N)
	for i := range x.b.N {
		res, err := x.execRow(c, i)
		if err != nil {
			return err
		}
		outcome, err := x.marks.outcome(i, res.LastInsertID, x.p.table)
		if err == nil && outcome != Skipped && len(x.p.returning) > 0 {
			err = x.readByTarget(i)
		}
		if err != nil {
			return err
		}
		x.decide(i, outcome)
	}
	return nil
}

// movesTarget reports whether the clause sets a column of its own target to
// something else than what was sent.
func (x *insertion) movesTarget() bool {
	target := x.target()
	return slices.ContainsFunc(x.portable().Parts().Set, func(a expr.Assignment) bool {
		sent, ok := a.Value.(*expr.ExcludedColumn)
		return slices.ContainsFunc(target, func(c *schema.Column) bool {
			return isColumn(a.Target, c) && !(ok && isColumn(sent.Column, c))
		})
	})
}

func (x *insertion) readByTarget(i int) error {
	where, err := x.conditions(i, x.target())
	if err != nil {
		return err
	}
	if len(where) == 0 {
		return &RowError{Index: i, Err: fmt.Errorf("engine: %s: a column of the conflict's key is NULL, and the database does not tell which row that is; leave such rows to a batch without Conflict", x.p.table.FullName())}
	}
	return x.readLocked(i, where)
}

// execRow executes the statement for row i alone.
func (x *insertion) execRow(c *compile.Compiled, i int) (res driver.Result, err error) {
	if x.args, err = x.bind(x.args[:0], i); err != nil {
		return res, err
	}
	w, err := x.watch(c, 1)
	if err != nil {
		return res, err
	}
	x.text = x.text[:0]
	if res, err = x.l.send(x.ctx, c, x.complete(c, x.args)); err != nil {
		err = x.rowFailed(err, c, i)
	}
	return res, x.watched(w, 1, err)
}
