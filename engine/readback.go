package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// rowIdentity is a value by which a row is known.
type rowIdentity struct {
	column *schema.Column
	value  sqltype.Value
}

func (r rowIdentity) is() expr.Predicate {
	return expr.NewPred(&expr.Binary{Op: expr.OpEq, L: r.column.Ref(), R: expr.BindValue(r.column.Type, r.value)})
}

// readBack reads what is wanted of rows whose generated keys are known.
func (x *insertion) readBack(ids []uint64) error {
	for i, id := range ids {
		found, err := x.readRow(i, rowIdentity{x.p.key, wholeValue(id, x.p.key)}.is())
		if err != nil {
			return err
		}
		if !found {
			return &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errReadBack)}
		}
	}
	return nil
}

// readBackBySentKey inserts rows whose key is sent and reads what is wanted of
// them by it.
func (x *insertion) readBackBySentKey() error {
	if !x.sendsUnique() {
		return fmt.Errorf("engine: %s: the database does not tell values that it fills in, and no unique column, without NULL, is sent by which the row could be read back; set the key, or give it a Sequence, an Identity or a client default",
			x.p.table.FullName())
	}
	if err := x.plainRowsOnly(); err != nil {
		return err
	}
	return x.readBackAll()
}

// sendsUnique reports whether the rows send all columns of a unique set.
func (x *insertion) sendsUnique() bool {
	for _, columns := range uniqueSets(x.p.table) {
		if !slices.ContainsFunc(columns, func(c *schema.Column) bool { return x.sentAt(c) < 0 }) {
			return true
		}
	}
	return false
}

// readBackAll reads what is wanted of all rows by what was sent.
func (x *insertion) readBackAll() error {
	for i := range x.b.N {
		if err := x.readBackRow(i, nil); err != nil {
			return err
		}
	}
	return nil
}

// plainRowsOnly inserts the rows; what is wanted of them is read later.
func (x *insertion) plainRowsOnly() error {
	if len(x.p.columns) == 0 || x.b.N == 1 {
		return x.plainRows(0)
	}
	return x.plainValues()
}

var (
	errReadBack = errors.New("a row that was just inserted is not found by its key: a trigger may have changed that; roll back")
	errUntold   = errors.New("the database does not tell the generated values of a row, and it has no unique column, without NULL, that was sent and by which it could be read back; roll back")
	errTwice    = errors.New("a row that was just inserted is there twice by what is declared unique; roll back")
)

// readBackRow reads what is wanted of row i by unique values that were sent, and
// else by what the database said of it. The primary key is tried last of what
// was sent: it is what a trigger changes.
func (x *insertion) readBackRow(i int, told *rowIdentity) error {
	var err error
	if x.args, err = x.bind(x.args[:0], i); err != nil {
		return err
	}
	var ways [][]expr.Predicate
	for _, columns := range uniqueSets(x.p.table) {
		if where := x.sentValues(columns); where != nil {
			ways = append(ways, where)
		}
	}
	if told != nil {
		ways = append(ways, []expr.Predicate{told.is()})
	}
	reason := errReadBack
	if len(ways) == 0 {
		reason = errUntold
	}
	for _, where := range ways {
		if found, err := x.readRow(i, where...); found || err != nil {
			return err
		}
	}
	return &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), reason)}
}

// uniqueSets are the columns that no two rows share, those of the primary key
// last.
func uniqueSets(t *schema.Table) [][]*schema.Column {
	var sets [][]*schema.Column
	for _, u := range t.Uniques {
		sets = append(sets, u.Columns)
	}
	for _, ix := range t.Indexes {
		if columns := indexed(t, ix); ix.Unique && ix.Where == nil && columns != nil {
			sets = append(sets, columns)
		}
	}
	if t.PrimaryKey != nil {
		sets = append(sets, t.PrimaryKey.Columns)
	}
	return sets
}

// indexed returns the columns of an index, nil where it is one on an
// expression.
func indexed(t *schema.Table, ix *schema.Index) []*schema.Column {
	columns := make([]*schema.Column, len(ix.Terms))
	for i, term := range ix.Terms {
		ref, ok := expr.Unwrap(term.X).(*expr.Column)
		if !ok {
			return nil
		}
		if columns[i] = t.Column(ref.Name); columns[i] == nil {
			return nil
		}
	}
	return columns
}

// sentValues returns that the columns have what the bound row sends, or nil
// where it does not send all of them.
func (x *insertion) sentValues(columns []*schema.Column) []expr.Predicate {
	where := make([]expr.Predicate, len(columns))
	for i, c := range columns {
		at := x.sentAt(c)
		if at < 0 || x.args[at].IsNull() {
			return nil
		}
		where[i] = rowIdentity{c, x.args[at].Clone()}.is()
	}
	return where
}

// readRow reads the row that the conditions find and reports whether there is
// one.
func (x *insertion) readRow(i int, where ...expr.Predicate) (found bool, err error) {
	return x.readBy(i, expr.NewSelect(refs(x.b.Returning)...).From(x.p.table).Where(where...))
}

// readLocked reads a row that the transaction has locked: as it is now, also
// where the transaction reads as of its start.
func (x *insertion) readLocked(i int, where []expr.Predicate) error {
	q := expr.NewSelect(refs(x.b.Returning)...).From(x.p.table).Where(where...)
	if x.l.server.rules.Lock != nil {
		q = q.Locking(expr.Lock{Strength: expr.ForUpdate})
	}
	found, err := x.readBy(i, q)
	if err == nil && !found {
		err = &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errReadBack)}
	}
	return err
}

func (x *insertion) readBy(i int, q *expr.Select) (found bool, err error) {
	r, err := x.l.query(x.ctx, q, nil)
	if err != nil {
		return false, err
	}
	defer r.Close()
	for r.Next() {
		if found {
			return true, &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errTwice)}
		}
		found = true
		if err := x.store(i, r.rows); err != nil {
			return true, err
		}
	}
	if err := r.Err(); err != nil {
		return found, err
	}
	return found, r.Close()
}

// storeTold hands over a row that a statement returned. Where it does not tell
// the generated key, as a view's trigger may not, the row is read back when the
// statement's other rows are done with.
func (x *insertion) storeTold(i int, row sqltype.Row) error {
	if x.p.key != nil && row.IsNull(x.keyPosition()) {
		x.untold = append(x.untold, i)
		return nil
	}
	return x.store(i, row)
}

func (x *insertion) readUntold() error {
	for _, i := range x.untold {
		if err := x.readBackRow(i, nil); err != nil {
			return err
		}
	}
	x.untold = x.untold[:0]
	return nil
}

// sentAt returns where among the values of a row the column's is, or -1.
func (x *insertion) sentAt(c *schema.Column) int {
	at := 0
	for i, col := range x.p.columns {
		if x.p.exprs[i] != nil {
			continue
		}
		if col == c {
			return at
		}
		at++
	}
	return -1
}
