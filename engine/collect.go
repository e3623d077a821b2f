package engine

import (
	"context"
	"fmt"
	"iter"
	"reflect"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// resultColumn is a column with the type that a reader may take it as.
type resultColumn struct{ compile.ResultColumn }

// codecFor returns the codec between the column and a Go type.
func (c resultColumn) codecFor(g reflect.Type) (*sqltype.Codec, error) {
	if c.Codec != nil && c.Codec.Go == g {
		return c.Codec, nil
	}
	t := c.Type
	if t == nil || t.Kind() == sqltype.KindNull {
		var err error
		if t, err = sqltype.DefaultType(g); err != nil {
			return nil, err
		}
	}
	return sqltype.CodecFor(t, g)
}

// columns returns the columns as the statement declared them, or, for raw
// text, as the database names them.
func (r *Result) columns() []resultColumn {
	if r.compiled.Columns != nil {
		out := make([]resultColumn, len(r.compiled.Columns))
		for i, c := range r.compiled.Columns {
			out[i] = resultColumn{c}
		}
		return out
	}
	described := r.rows.Columns()
	out := make([]resultColumn, len(described))
	for i, c := range described {
		out[i].Name = c.Name
		if types, ok := r.l.engine.dialect.(columnTyper); ok {
			out[i].Type = types.ColumnType(c.Type)
		}
	}
	return out
}

// columnTyper is a dialect that knows what its drivers call the types of
// columns, for raw text, of which nothing else is known.
type columnTyper interface {
	ColumnType(name string) sqltype.Type
}

// rowReader returns what reads the result's current row as a T.
func rowReader[T any](r *Result) (func(into *T) error, error) {
	columns := r.columns()
	if len(columns) == 0 {
		return nil, fmt.Errorf("engine: the statement returns no columns")
	}
	g := reflect.TypeFor[T]()
	switch {
	case g == reflect.TypeFor[Record]():
		rec, err := newRecordReader(r, columns)
		return func(into *T) error { return rec.read((*Record)(mem.Pointer(into))) }, err
	case readsFields(g, columns):
		fields, err := newStructReader(g, columns)
		return func(into *T) error { return fields.read(r.rows, mem.Pointer(into)) }, err
	}
	if r.compiled.Columns == nil {
		columns[0].Type = nil // whoever reads raw text says what its value is
	}
	codec, err := columns[0].codecFor(g)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return func(into *T) error {
		if err := codec.Decode(r.rows, 0, mem.Pointer(into)); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
		return nil
	}, nil
}

// decodeOne reads the first column of a row that is at hand.
func decodeOne[T any](row sqltype.Row, c resultColumn) (T, error) {
	var v T
	codec, err := c.codecFor(reflect.TypeFor[T]())
	if err == nil {
		err = codec.Decode(row, 0, mem.Pointer(&v))
	}
	if err == nil {
		err = row.Err()
	}
	if err != nil {
		err = fmt.Errorf("engine: %w", err)
	}
	return v, err
}

// readsFields reports whether a T takes the columns by its fields, and not the
// first column as a value.
func readsFields(g reflect.Type, columns []resultColumn) bool {
	if !isPlainStruct(g) {
		return false
	}
	if len(columns) > 1 {
		return true
	}
	c := columns[0]
	if c.Type == nil {
		return true
	}
	_, err := c.codecFor(g)
	return err != nil
}

// Rows reads what is left of a result, and closes it. T is as for Collect. The
// sequence is to be used once.
func Rows[T any](r *Result) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		read, err := rowReader[T](r)
		if err != nil {
			r.Close()
			yield(none, err)
			return
		}
		for r.Next() {
			var v T
			if err = read(&v); err == nil {
				err = r.valueError()
			}
			if err != nil {
				r.Close()
				yield(none, err)
				return
			}
			if !yield(v, nil) {
				r.Close()
				return
			}
		}
		if err := r.Close(); err != nil {
			yield(none, err)
		}
	}
}

// valueError returns the value of the current row that did not fit, if any.
func (r *Result) valueError() error {
	if err := r.rows.Err(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// Each runs a query when the sequence is read, and gives its rows one by one
// as T, which is as for Collect. The connection is in use until the loop ends,
// which may be before the last row. An error ends the sequence.
func Each[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r, err := x.Query(ctx, s, params...)
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		Rows[T](r)(yield)
	}
}

// Collect runs a query and returns its rows. A T that is a struct takes the
// columns by its fields: a field is named by its tag db:"name", or by its own
// name in snake case; a field that is itself a struct takes the columns of the
// table, or alias, of its name, and is nil, where it is a pointer, if all of
// them are NULL. A column without a field, and two columns for one field, are
// errors. A Record takes all columns. Any other T takes the first column; it is
// the Go type of the column's expression, or one that its SQL type can be read
// as.
func Collect[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) ([]T, error) {
	return collect[T](ctx, x, s, params, -1)
}

func collect[T any](ctx context.Context, x Executor, s expr.Statement, params []sqltype.Value, limit int) ([]T, error) {
	var all []T
	for v, err := range Each[T](ctx, x, s, params...) {
		if err != nil {
			return nil, err
		}
		if all = append(all, v); len(all) == limit {
			break
		}
	}
	return all, nil
}

// One runs a query and returns its only row; T is as for Collect. No row is
// sqlerr.ErrNoRows, several are sqlerr.ErrMultipleRows.
func One[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (T, error) {
	v, found, err := OneOrNone[T](ctx, x, s, params...)
	if err == nil && !found {
		err = errNoRows
	}
	return v, err
}

// Scalar is One under the name that says that the row has one column.
func Scalar[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (T, error) {
	return One[T](ctx, x, s, params...)
}

// OneOrNone runs a query and returns its row, if it has one; T is as for
// Collect. Several rows are sqlerr.ErrMultipleRows.
func OneOrNone[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (row T, found bool, err error) {
	all, err := collect[T](ctx, x, s, params, 2)
	switch {
	case err != nil || len(all) == 0:
		return row, false, err
	case len(all) > 1:
		return row, false, errMultipleRows
	}
	return all[0], true, nil
}

// First runs a query and returns its first row, if it has any; T is as for
// Collect. The others are not read; a LIMIT keeps the database from making
// them.
func First[T any](ctx context.Context, x Executor, s expr.Statement, params ...sqltype.Value) (row T, found bool, err error) {
	all, err := collect[T](ctx, x, s, params, 1)
	if err != nil || len(all) == 0 {
		return row, false, err
	}
	return all[0], true, nil
}

// Unique gives each row of a sequence once, where it comes first.
func Unique[T comparable](rows iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[T]bool{}
		for v, err := range rows {
			if err == nil && seen[v] {
				continue
			}
			seen[v] = true
			if !yield(v, err) {
				return
			}
		}
	}
}
