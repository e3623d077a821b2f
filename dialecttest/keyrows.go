package dialecttest

import (
	"context"
	"slices"
	"strconv"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// keyRows is a batch of a configuration's rows, and what came back for them.
type keyRows struct {
	engine.InsertBatch
	got [][]int64
}

// newKeyRows returns the n rows from first on.
func newKeyRows(k *KeyConfiguration, t *schema.Table, first, n int) (*keyRows, error) {
	rows := &keyRows{got: make([][]int64, n)}
	rows.Table, rows.N = t, n
	sent := make([][]sqltype.Value, n)
	for i := range n {
		rows.got[i] = make([]int64, len(k.Back))
	}
	send := func(name string, value func(i int) (sqltype.Value, error)) error {
		rows.Columns, rows.Exprs = append(rows.Columns, t.Column(name)), append(rows.Exprs, nil)
		known := slices.Index(k.Back, name)
		for i := range n {
			v, err := value(first + i)
			if err != nil {
				return err
			}
			sent[i] = append(sent[i], v)
			if known >= 0 {
				rows.got[i][known] = v.Int64()
			}
		}
		return nil
	}
	if err := rows.sendAll(k, send); err != nil {
		return nil, err
	}
	rows.Bind = func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return append(dst, sent[i]...), nil }
	rows.ask(k)
	return rows, nil
}

// sendAll tells send which columns are sent, and their values.
func (r *keyRows) sendAll(k *KeyConfiguration, send func(name string, value func(i int) (sqltype.Value, error)) error) error {
	for _, s := range k.Sends {
		if err := send(s.Column, func(i int) (sqltype.Value, error) { return s.Value(i), nil }); err != nil {
			return err
		}
	}
	for _, c := range r.Table.Columns() {
		if c.Default != nil && c.Default.Value != nil {
			if err := send(c.Name, func(int) (sqltype.Value, error) { return c.Default.Value() }); err != nil {
				return err
			}
		}
	}
	if k.Bare {
		return nil
	}
	return send("x", func(i int) (sqltype.Value, error) { return sqltype.TextValue(keyOfRow(i)), nil })
}

// ask has the values come back that are not sent, or are sent as NULL.
func (r *keyRows) ask(k *KeyConfiguration) {
	var places []int
	for b, name := range k.Back {
		col := r.Table.Column(name)
		if k.MayFail != "" || !slices.Contains(r.Columns, col) {
			r.Returning, places = append(r.Returning, col), append(places, b)
		}
	}
	r.Store = func(i int, row sqltype.Row) (err error) {
		for at, b := range places {
			if r.got[i][b], err = keyValue(row, at, r.Returning[at].Type); err != nil {
				return err
			}
		}
		return row.Err()
	}
}

// keyOfRow is the natural key of row i.
func keyOfRow(i int) string { return "x" + strconv.Itoa(i) }

func keyValue(row sqltype.Row, i int, t sqltype.Type) (int64, error) {
	if t.Kind() == sqltype.KindDecimal {
		return strconv.ParseInt(string(row.Text(i)), 10, 64)
	}
	return row.Int64(i), nil
}

// beginner is an engine or one of its connections.
type beginner interface {
	Begin(ctx context.Context, o engine.TxOptions) (*engine.Tx, error)
}

// insert inserts the rows in a transaction of their own.
func (r *keyRows) insert(ctx context.Context, b beginner) error {
	tx, err := b.Begin(ctx, engine.TxOptions{})
	if err != nil {
		return err
	}
	if err := tx.Insert(ctx, &r.InsertBatch); err != nil {
		tx.Rollback(ctx)
		return err
	}
	return tx.Commit(ctx)
}
