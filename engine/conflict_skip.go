package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// skipRefused inserts row by row and skips those that the database refuses
// because of the conflict's key. A refusal says which key it was by a name that
// may also be another table's, where a trigger inserts: so the row in the way is
// looked for.
func (x *insertion) skipRefused(t *Tx) error {
	for i := range x.b.N {
		outcome := Inserted
		if err := x.insertRow(x.ctx, t, i); err != nil {
			there, lookErr := x.refusedBy(i, err)
			if lookErr != nil {
				return lookErr
			}
			if !there {
				return err
			}
			outcome = Skipped
		}
		x.decide(i, outcome)
	}
	return nil
}

// refusedBy reports whether row i was refused because of the conflict's key.
func (x *insertion) refusedBy(i int, err error) (bool, error) {
	var violated *sqlerr.ConstraintError
	if !errors.As(err, &violated) || violated.Kind != sqlerr.Unique && violated.Kind != sqlerr.PrimaryKey {
		return false, nil
	}
	columns := x.target()
	if len(columns) == 0 {
		for _, name := range violated.Columns {
			if c := x.p.table.Column(name); c != nil {
				columns = append(columns, c)
			}
		}
	}
	if len(columns) == 0 || slices.ContainsFunc(columns, func(c *schema.Column) bool { return x.givenAt(c) < 0 }) {
		return false, nil
	}
	return x.inTheWay(i, columns, expr.ForShare)
}

// keepingLosses executes the statement for each row, and asks after each what
// it has lost. A loss undoes the batch.
func (x *insertion) keepingLosses(c *compile.Compiled, each func(i int, rows driver.Rows) error) error {
	save, err := x.l.tx.Savepoint(x.ctx)
	if err != nil {
		return err
	}
	for i := range x.b.N {
		w, err := x.watch(c, 1)
		if err != nil {
			return err
		}
		err = x.l.prepareLosses(x.ctx, c)
		if err == nil {
			err = x.pipeline(c, i, i+1, each)
		}
		if err := x.watched(w, 1, err); err != nil {
			return err
		}
		if err := x.l.losses(x.ctx, c); err != nil {
			if undo := save.Rollback(x.ctx); undo != nil {
				return errors.Join(err, undo)
			}
			return &RowError{Index: i, Err: err}
		}
	}
	x.l.dropSavepoint(x.ctx, save)
	return nil
}

// skippingByID is skipping where nothing is returned: a row that was inserted
// has its key from the protocol, or sends it.
func (x *insertion) skippingByID() error {
	c, err := x.p.statement(variant{rows: 1, how: resolved})
	if err != nil {
		return err
	}
	each := func(i int, rows driver.Rows) error {
		for rows.Next() { // none, but the execution has to come to its end
		}
		if err := rows.Close(); err != nil {
			return &rowsError{index: i, err: err}
		}
		res := rows.Result()
		switch {
		case res.RowsAffected == 0:
			x.decide(i, Skipped)
			return nil
		case res.RowsAffected != 1:
			return &RowCountError{Index: i, Got: res.RowsAffected}
		}
		x.decide(i, Inserted)
		x.added = append(x.added, added{i, res.LastInsertID})
		return nil
	}
	if c.Losses != nil {
		err = x.keepingLosses(c, each)
	} else {
		err = x.pipelined(c, 0, each)
	}
	if err != nil {
		return err
	}
	return x.readAdded()
}

// added is a row that was inserted, and what the protocol says its id is.
type added struct {
	i  int
	id uint64
}

// readAdded reads what is wanted of the rows that were inserted.
func (x *insertion) readAdded() error {
	for _, a := range x.added {
		var told *rowIdentity
		if x.p.key != nil && x.p.drawn == nil {
			told = &rowIdentity{x.p.key, wholeValue(a.id, x.p.key)}
		}
		if err := x.readBackRow(a.i, told); err != nil {
			return err
		}
	}
	return nil
}

// oneRowBatch returns row i as a batch of its own, without the conflict.
func (x *insertion) oneRowBatch(i int) *InsertBatch {
	b := *x.b
	b.Conflict, b.Outcome, b.N = nil, nil, 1
	b.Bind = func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) { return x.b.Bind(i, dst) }
	if x.b.Store != nil {
		b.Store = func(_ int, row sqltype.Row) error { return x.b.Store(i, row) }
	}
	return &b
}

// ofRow gives an error of a batch of one row its place in the whole.
func ofRow(err error, i int) error {
	var row *RowError
	var count *RowCountError
	switch {
	case errors.As(err, &row):
		row.Index = i
	case errors.As(err, &count):
		count.Index = i
	}
	return err
}

// insertRow inserts row i as a plain one.
func (x *insertion) insertRow(ctx context.Context, t *Tx, i int) error {
	return ofRow(t.insert(ctx, x.oneRowBatch(i)), i)
}
