package engine

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// readBack reads what is wanted of rows whose generated keys are known.
func (x *insertion) readBack(ids []uint64) error {
	for i, id := range ids {
		where := expr.BindValue(x.p.key.Type, wholeValue(id, x.p.key))
		if err := x.readRow(i, expr.NewPred(&expr.Binary{Op: expr.OpEq, L: x.p.key.Ref(), R: where})); err != nil {
			return err
		}
	}
	return nil
}

// readBackBySentKey inserts rows whose key is sent and reads what is wanted of
// them by it.
func (x *insertion) readBackBySentKey() error {
	if err := x.plainRowsOnly(); err != nil {
		return err
	}
	key := x.p.table.PrimaryKey
	if key == nil {
		return fmt.Errorf("engine: %s has no primary key, by which its rows could be read back", x.p.table.FullName())
	}
	for i := range x.b.N {
		var err error
		if x.args, err = x.bind(x.args[:0], i); err != nil {
			return err
		}
		var conditions []expr.Predicate
		for _, c := range key.Columns {
			at := x.sentAt(c)
			if at < 0 {
				return fmt.Errorf("engine: column %s of the key is filled by the database, which does not tell its value", c.FullName())
			}
			v := expr.BindValue(c.Type, x.args[at].Clone())
			conditions = append(conditions, expr.NewPred(&expr.Binary{Op: expr.OpEq, L: c.Ref(), R: v}))
		}
		if err := x.readRow(i, conditions...); err != nil {
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

var errReadBack = errors.New("a row that was just inserted is not found by its key")

func (x *insertion) readRow(i int, where ...expr.Predicate) error {
	r, err := x.l.query(x.ctx, expr.NewSelect(refs(x.b.Returning)...).From(x.p.table).Where(where...), nil)
	if err != nil {
		return err
	}
	defer r.Close()
	if !r.Next() {
		if err := r.Err(); err != nil {
			return err
		}
		return &RowError{Index: i, Err: fmt.Errorf("engine: %s: %w", x.p.table.FullName(), errReadBack)}
	}
	if err := x.store(i, r.rows); err != nil {
		return err
	}
	return r.Close()
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
