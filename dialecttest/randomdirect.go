package dialecttest

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// fault is what goes wrong in a batch.
type fault int

const (
	noFault     fault = iota
	taken             // a natural key that is there already
	checked           // a value that a CHECK refuses
	absent            // NULL in the natural key
	unbound           // a value that can't be made
	interrupted       // the context ends
)

var errUnbound = errors.New("no value")

// drawn is a random batch.
type drawn struct {
	engine.InsertBatch
	shape  *shape
	rows   []*record
	fault  fault
	at     int // the row that is at fault
	other  int64
	stop   context.CancelFunc
	values []func(r *record) sqltype.Value // of columns without an expression
}

// draw draws a batch of the engine's.
func (w *writer) draw() *drawn {
	s := w.pick()
	d := &drawn{shape: s, rows: w.records(s, w.size())}
	d.Table, d.N = s.table, len(d.rows)
	w.drawFault(d)
	d.send(s.nat(), func(r *record) sqltype.Value { return sqltype.Int64Value(r.n) })
	for _, c := range s.payload {
		d.send(c, func(r *record) sqltype.Value { return valueOf(c, r.n) })
	}
	for i, c := range s.told {
		w.drawTold(d, i, c)
	}
	w.r.Shuffle(len(d.Columns), func(i, j int) {
		d.Columns[i], d.Columns[j] = d.Columns[j], d.Columns[i]
		d.Exprs[i], d.Exprs[j] = d.Exprs[j], d.Exprs[i]
		d.values[i], d.values[j] = d.values[j], d.values[i]
	})
	if w.one(20) {
		d.Returning = nil
	}
	d.Bind, d.Store = d.bind, d.store
	w.note("%d rows of %s, %d columns sent, %d wanted, fault %d at %d", d.N, s.table.Name, len(d.Columns), len(d.Returning), d.fault, d.at)
	return d
}

func (d *drawn) send(c *schema.Column, value func(r *record) sqltype.Value) {
	d.Columns, d.Exprs, d.values = append(d.Columns, c), append(d.Exprs, nil), append(d.values, value)
}

// drawTold decides whether a column that the database may fill is sent.
func (w *writer) drawTold(d *drawn, i int, c *schema.Column) {
	number := func(next func() int64) {
		for _, r := range d.rows {
			r.got[i] = next()
		}
		d.send(c, func(r *record) sqltype.Value { return wholeOf(r.got[i]) })
	}
	switch {
	case c.Name == "parent":
		number(func() int64 {
			if p := w.anyKnown(d.shape); p != nil && p.got[0] != unknown && w.one(2) {
				return p.got[0]
			}
			return null
		})
	case c.Name == "calc" && w.one(2):
		n := int64(w.r.IntN(100))
		d.Columns, d.values = append(d.Columns, c), append(d.values, nil)
		d.Exprs = append(d.Exprs, &expr.Func{Name: "abs", Args: []expr.Expression{bindOf(bigInt, -n)}, Type: bigInt})
		d.Returning = append(d.Returning, c)
	case c.Name == "calc" || c.Name == "made" && w.one(3):
		number(func() int64 { return w.r.Int64N(1000) })
	case i == 0 && w.takesExplicit(d.shape) && w.one(8):
		number(func() int64 { return w.explicitID(d.shape) })
	default:
		d.Returning = append(d.Returning, c)
	}
}

// drawFault decides whether something goes wrong, and where.
func (w *writer) drawFault(d *drawn) {
	d.at = w.r.IntN(d.N)
	switch w.r.IntN(60) {
	case 0, 1:
		if k := w.anyKnown(d.shape); k != nil {
			d.fault, d.other = taken, k.n
		} else if d.N > 1 && d.at > 0 {
			d.fault, d.other = taken, d.rows[d.at-1].n
		}
	case 2, 3:
		if d.shape.table.Column("calc") != nil {
			d.fault = checked
		}
	case 4:
		if !d.shape.nat().Nullable {
			d.fault = absent
		}
	case 5:
		d.fault = unbound
	case 6:
		if w.cancel {
			d.fault = interrupted
		}
	}
}

func (d *drawn) bind(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
	r := d.rows[i]
	for k, c := range d.Columns {
		if d.Exprs[k] != nil {
			continue
		}
		v := d.values[k](r)
		if i == d.at {
			v = d.spoil(c, v)
		}
		dst = append(dst, v)
	}
	if i == d.at && d.fault == unbound {
		return dst, errUnbound
	}
	if i == d.at && d.fault == interrupted {
		d.stop()
	}
	return dst, nil
}

// spoil returns the value of the row at fault.
func (d *drawn) spoil(c *schema.Column, v sqltype.Value) sqltype.Value {
	switch {
	case d.fault == taken && c == d.shape.nat():
		return sqltype.Int64Value(d.other)
	case d.fault == absent && c == d.shape.nat():
		return sqltype.NullValue()
	case d.fault == checked && c.Name == "calc":
		return sqltype.Int64Value(-1)
	}
	return v
}

func (d *drawn) store(i int, row sqltype.Row) error {
	for k, c := range d.Returning {
		for t, told := range d.shape.told {
			if told == c {
				d.rows[i].got[t] = whole(row, k)
			}
		}
	}
	return row.Err()
}

// sends reports whether the column gets a value for each row.
func (d *drawn) sends(name string) bool {
	for i, c := range d.Columns {
		if c.Name == name {
			return d.Exprs[i] == nil
		}
	}
	return false
}

// certain reports whether the batch has to fail.
func (d *drawn) certain() bool {
	return d.fault == taken || d.fault == absent || d.fault == unbound || d.fault == checked && d.sends("calc")
}

// direct inserts some batches in a transaction of the engine's.
func (w *writer) direct() error {
	tx, err := w.begin()
	if err != nil {
		return err
	}
	defer tx.Rollback(context.Background())
	var done []*drawn
	for range 1 + w.r.IntN(3) {
		var save *engine.Savepoint
		if w.one(5) {
			if save, err = tx.Savepoint(context.Background()); err != nil {
				return err
			}
		}
		d, err := w.insert(tx)
		switch {
		case err == nil && save != nil && w.one(2), d.undoable(err) && save != nil:
			w.note("back to the savepoint")
			if err := save.Rollback(context.Background()); err != nil {
				return err
			}
		case err == nil:
			done = append(done, d)
		case excusable(err) || d.fault != noFault:
			return nil
		default:
			return err
		}
	}
	return w.finish(tx, func() {
		for _, d := range done {
			w.keep(d.shape, d.rows)
		}
	})
}

// undoable reports whether a savepoint undoes the error of a batch, and leaves
// the transaction in order.
func (d *drawn) undoable(err error) bool {
	return err != nil && !excusable(err) && (d.fault == taken || d.fault == absent || d.fault == checked || d.fault == unbound)
}

// insert inserts one batch. An error is one of the database's where the batch
// has a fault, or a neighbour's.
func (w *writer) insert(tx *engine.Tx) (*drawn, error) {
	d := w.draw()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d.stop = cancel
	w.tried++
	w.counted(d.N)
	err := tx.Insert(ctx, &d.InsertBatch)
	if err == nil && d.certain() {
		return d, fmt.Errorf("no error of a batch with the fault %d", d.fault)
	}
	return d, err
}

// finish commits or rolls back, and keeps what is committed.
func (w *writer) finish(tx *engine.Tx, keep func()) error {
	if w.one(12) {
		w.note("rollback")
		return tx.Rollback(context.Background())
	}
	switch err := tx.Commit(context.Background()); {
	case err == nil:
		keep()
	case !excusable(err):
		return err
	}
	return nil
}

// core inserts by a statement, as many rows as that takes, and finds them by
// the natural key where they come back.
func (w *writer) core() error {
	s := w.pick()
	list := w.records(s, 1+w.r.IntN(30))
	columns := []expr.Expression{s.nat().Ref()}
	for _, c := range s.payload {
		columns = append(columns, c.Ref())
	}
	rows := make([][]expr.Expression, len(list))
	for i, r := range list {
		rows[i] = append(rows[i], expr.BindValue(bigInt, sqltype.Int64Value(r.n)))
		for _, c := range s.payload {
			rows[i] = append(rows[i], expr.BindValue(c.Type, valueOf(c, r.n)))
		}
	}
	ins := expr.NewInsert(s.table).Rows(columns, rows...)
	w.tried++
	w.counted(len(list))
	w.note("a statement with %d rows of %s", len(list), s.table.Name)
	tx, err := w.begin()
	if err != nil {
		return err
	}
	defer tx.Rollback(context.Background())
	if !w.rules.Returning.Insert {
		_, err = tx.Exec(context.Background(), ins)
	} else {
		err = w.returning(tx, ins, s, list)
	}
	switch {
	case excusable(err):
		return nil
	case err != nil:
		return err
	}
	return w.finish(tx, func() { w.keep(s, list) })
}

func (w *writer) returning(tx *engine.Tx, ins *expr.Insert, s *shape, list []*record) error {
	back := []expr.Expression{s.nat().Ref()}
	for _, c := range s.told {
		back = append(back, c.Ref())
	}
	rows, err := tx.Query(context.Background(), ins.Returning(back...))
	if err != nil {
		return err
	}
	defer rows.Close()
	byKey := map[int64]*record{}
	for _, r := range list {
		byKey[r.n] = r
	}
	for rows.Next() {
		r := byKey[rows.Row().Int64(0)]
		if r == nil {
			return fmt.Errorf("the row %d came back, and was not sent", rows.Row().Int64(0))
		}
		for i := range s.told {
			r.got[i] = whole(rows.Row(), i+1)
		}
	}
	return rows.Close()
}
