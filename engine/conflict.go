package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Outcome is what became of a row of an InsertBatch with a Conflict.
type Outcome uint8

// The outcomes.
const (
	Inserted Outcome = iota // the row is a new one
	Updated                 // the row that was in its way was changed
	Skipped                 // neither
)

// String returns the outcome in a word.
func (o Outcome) String() string {
	return [...]string{"inserted", "updated", "skipped"}[o]
}

// resolving says what of a plan's conflict is part of a statement.
type resolving uint8

const (
	ordinary resolving = iota // nothing: a conflict is an error
	resolved                  // its clause
	marked                    // its clause, noting a mark; RETURNING tells that where it can
)

// resolving adds the clause to the statement, and to what it returns.
func (p *insertPlan) resolving(s *expr.Insert, v variant, back []expr.Expression) (*expr.Insert, []expr.Expression) {
	if v.how != marked {
		return s.OnConflict(p.conflict), back
	}
	mark := &expr.Param{Index: p.width(), Type: compile.MarkType}
	if v.back {
		back = append(back, compile.LastMark{})
	}
	return s.OnConflict(&compile.Marked{Clause: p.conflict, Mark: mark}), back
}

// firstMark is beyond all ids, which are refused above it.
const firstMark = 1 << 63

// marks are those of the rows of a batch.
type marks struct{ first uint64 }

func (m *marks) of(i int) uint64 { return m.first + uint64(i)*compile.MarkStep }

func (m *marks) value(i int) sqltype.Value { return sqltype.Uint64Value(m.of(i)) }

// newMarks takes marks for n rows. None comes twice on a connection.
func (l *link) newMarks(n int) *marks {
	m := &marks{first: firstMark + l.marked + compile.MarkStep}
	l.marked += uint64(n+1) * compile.MarkStep
	return m
}

// outcome reads what a mark says about row i.
func (m *marks) outcome(i int, noted uint64, table *schema.Table) (Outcome, error) {
	switch noted - m.of(i) {
	case compile.MarkChanged:
		return Updated, nil
	case compile.MarkSkipped:
		return Skipped, nil
	case compile.MarkOtherKey:
		return 0, &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", table.FullName(), errOtherKey)}
	}
	return Inserted, nil
}

var errPartial = errors.New("engine: rows of a batch can't be told apart by a partial index; insert them by a statement with OnConflict")

var errOtherKey = errors.New("another row is in the way, by another unique key than the conflict's target, and was changed; the transaction has to be rolled back")

func (x *insertion) decide(i int, o Outcome) {
	if x.b.Outcome != nil {
		x.b.Outcome(i, o)
	}
}

// resolve inserts rows of which each may be in conflict. Every way takes one
// row a statement, so that what comes back is that row's.
func (x *insertion) resolve(t *Tx) error {
	if plain := x.withoutConflict(); plain != nil {
		return t.insert(x.ctx, plain)
	}
	if clause := x.portable(); clause != nil {
		if _, err := compile.ConflictKey(x.b.Table, clause); err != nil {
			return err
		}
		if len(clause.Parts().Partial) > 0 {
			return errPartial
		}
	}
	rules := &x.l.server.rules.Conflict
	resolution := x.b.Conflict.Resolution()
	if x.portable() != nil && resolution == expr.Skip && !rules.Skips && !x.l.server.caps.AbortsOnError {
		return x.skipRefused(t)
	}
	if err := x.take(); err != nil {
		return err
	}
	switch {
	case resolution != expr.Change:
		return x.skipping()
	case rules.Marked != nil && x.l.server.rules.Returning.Insert:
		return x.changing()
	case rules.MarkedByInsertID:
		return x.changingByID()
	}
	return x.lookingFirst()
}

// portable returns the batch's clause where it is the portable one.
func (x *insertion) portable() *expr.OnConflictClause {
	clause, _ := x.b.Conflict.(*expr.OnConflictClause)
	return clause
}

// target returns the columns of the key that the portable clause is for.
func (x *insertion) target() []*schema.Column {
	if clause := x.portable(); clause != nil {
		if cols, err := compile.ConflictKey(x.b.Table, clause); err == nil {
			return cols
		}
	}
	return nil
}

// withoutConflict returns the batch as one of plain rows where none of them can
// meet the target, because they leave one of its columns to a generator or to
// NULL. A generator that gives a value which is taken is behind: that is an
// error, and the row that has the value is not this one.
func (x *insertion) withoutConflict() *InsertBatch {
	free := slices.ContainsFunc(x.target(), func(c *schema.Column) bool {
		sent := slices.Contains(x.b.Columns, c)
		return !sent && (c.Generated() || !c.Filled() && c.Nullable)
	})
	if !free {
		return nil
	}
	plain := *x.b
	plain.Conflict, plain.Outcome = nil, nil
	for i := range x.b.N {
		x.decide(i, Inserted) // or the batch fails
	}
	return &plain
}

// skipping inserts with a clause that never changes a row: what comes back, if
// anything, is the row that was inserted.
func (x *insertion) skipping() error {
	back := len(x.p.returning) > 0
	if back && !x.l.server.rules.Returning.Insert {
		return x.skippingByID()
	}
	later, err := x.changesLater()
	if err != nil {
		return err
	}
	c, err := x.p.statement(variant{rows: 1, back: back && !later, how: resolved})
	if err != nil {
		return err
	}
	each := func(i int, rows driver.Rows) error {
		return x.atMostOne(i, rows, back && !later, func(o Outcome) Outcome {
			if back && later && o == Inserted {
				x.untold = append(x.untold, i)
			}
			return o
		})
	}
	if c.Losses != nil {
		err = x.keepingLosses(c, each)
	} else {
		err = x.pipelined(c, 0, each)
	}
	if err != nil {
		return err
	}
	return x.readUntold()
}

// atMostOne reads what the insert of row i did. meant turns what that looks like
// into what it was.
func (x *insertion) atMostOne(i int, rows driver.Rows, back bool, meant func(o Outcome) Outcome) error {
	there, err := false, error(nil)
	if back {
		there, err = x.maybeOne(i, rows, func() error { return x.store(i, rows) })
	} else {
		there, err = x.counted(i, rows)
	}
	if err != nil {
		return err
	}
	outcome := Skipped
	if there {
		outcome = Inserted
	}
	x.decide(i, meant(outcome))
	return nil
}

// counted reports whether the execution for row i counted a row. A row that
// replaces others is counted with them.
func (x *insertion) counted(i int, rows driver.Rows) (bool, error) {
	for rows.Next() { // none, but the execution has to come to its end
	}
	if err := rows.Close(); err != nil {
		return false, &rowsError{index: i, err: err}
	}
	n := rows.Result().RowsAffected
	if n > 1 && x.b.Conflict.Resolution() != expr.Replace {
		return false, &RowCountError{Index: i, Got: n}
	}
	return n > 0, nil
}

// maybeOne reads the row of an execution that returns one or none.
func (x *insertion) maybeOne(i int, rows driver.Rows, each func() error) (seen bool, err error) {
	if !rows.Next() {
		if err := rows.Close(); err != nil {
			return false, &rowsError{index: i, err: err}
		}
		return false, nil
	}
	if err := each(); err != nil {
		return true, err
	}
	if err := rows.Err(); err != nil {
		return true, &RowError{Index: i, Err: fmt.Errorf("engine: %w", err)}
	}
	if rows.Next() {
		return true, &RowCountError{Index: i, Got: 2}
	}
	return true, nil
}

// changing inserts with a clause that may change rows, which RETURNING tells by
// their marks.
func (x *insertion) changing() error {
	c, err := x.p.statement(variant{rows: 1, back: true, how: marked})
	if err != nil {
		return err
	}
	x.marks = x.l.newMarks(x.b.N)
	at := len(x.p.returning)
	return x.pipelined(c, 0, func(i int, rows driver.Rows) error {
		outcome := Skipped
		_, err := x.maybeOne(i, rows, func() error {
			var err error
			if outcome, err = x.marks.outcome(i, rows.Uint64(at), x.p.table); err != nil || outcome == Skipped {
				return err
			}
			return x.store(i, rows)
		})
		if err == nil {
			x.decide(i, outcome)
		}
		return err
	})
}
