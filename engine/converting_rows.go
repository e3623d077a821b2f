package engine

import (
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// converted is a row some of whose values are turned back into what their codecs
// expect. The others are read where they are.
type converted struct {
	sqltype.Row
	stored []*sqltype.Conversion
	values []sqltype.Value // of the current row, read when they are asked for
	err    error
}

func newConverted(row sqltype.Row, stored []*sqltype.Conversion) converted {
	return converted{Row: row, stored: stored, values: make([]sqltype.Value, len(stored))}
}

// row returns where position i is read, and as which position.
func (r *converted) row(i int) (sqltype.Row, int) {
	if i >= len(r.stored) || r.stored[i] == nil {
		return r.Row, i
	}
	if r.values[i].IsNull() {
		v, err := r.stored[i].From(r.Row, i)
		if err != nil && r.err == nil {
			r.err = err
		}
		r.values[i] = v
	}
	return sqltype.RowOf(r.values[i]), 0
}

// Err implements sqltype.Row.
func (r *converted) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Row.Err()
}

// convertingRows are rows whose values are converted.
type convertingRows struct {
	converted
	rows driver.Rows
}

// Columns implements driver.Rows.
func (r *convertingRows) Columns() []driver.Column { return r.rows.Columns() }

// Result implements driver.Rows.
func (r *convertingRows) Result() driver.Result { return r.rows.Result() }

// Next implements driver.Rows.
func (r *convertingRows) Next() bool {
	clear(r.values)
	return r.rows.Next()
}

// Close implements driver.Rows.
func (r *convertingRows) Close() error {
	err := r.rows.Close()
	if r.err != nil {
		return r.err
	}
	return err
}

// Int64 implements sqltype.Row.
func (r *converted) Int64(i int) int64 {
	row, at := r.row(i)
	return row.Int64(at)
}

// Uint64 implements sqltype.Row.
func (r *converted) Uint64(i int) uint64 {
	row, at := r.row(i)
	return row.Uint64(at)
}

// Float64 implements sqltype.Row.
func (r *converted) Float64(i int) float64 {
	row, at := r.row(i)
	return row.Float64(at)
}

// Bool implements sqltype.Row.
func (r *converted) Bool(i int) bool {
	row, at := r.row(i)
	return row.Bool(at)
}

// Text implements sqltype.Row.
func (r *converted) Text(i int) []byte {
	row, at := r.row(i)
	return row.Text(at)
}

// Bytes implements sqltype.Row.
func (r *converted) Bytes(i int) []byte {
	row, at := r.row(i)
	return row.Bytes(at)
}

// UUID implements sqltype.Row.
func (r *converted) UUID(i int) [16]byte {
	row, at := r.row(i)
	return row.UUID(at)
}

// Date implements sqltype.Row.
func (r *converted) Date(i int) time.Time {
	row, at := r.row(i)
	return row.Date(at)
}

// TimeOfDay implements sqltype.Row.
func (r *converted) TimeOfDay(i int) time.Duration {
	row, at := r.row(i)
	return row.TimeOfDay(at)
}

// DateTime implements sqltype.Row.
func (r *converted) DateTime(i int) time.Time {
	row, at := r.row(i)
	return row.DateTime(at)
}

// Instant implements sqltype.Row.
func (r *converted) Instant(i int) time.Time {
	row, at := r.row(i)
	return row.Instant(at)
}

// Raw implements sqltype.Row.
func (r *converted) Raw(i int) sqltype.Raw {
	row, at := r.row(i)
	return row.Raw(at)
}
