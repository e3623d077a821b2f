package engine

import (
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// convertingRows turns the values of some columns back into what their codecs
// expect. The others are read where they are.
type convertingRows struct {
	driver.Rows
	stored []*sqltype.Conversion
	values []sqltype.Value // of the current row, read when they are asked for
	err    error
}

// Next implements driver.Rows.
func (r *convertingRows) Next() bool {
	clear(r.values)
	return r.Rows.Next()
}

// row returns where position i is read, and as which position.
func (r *convertingRows) row(i int) (sqltype.Row, int) {
	if i >= len(r.stored) || r.stored[i] == nil {
		return r.Rows, i
	}
	if r.values[i].IsNull() {
		v, err := r.stored[i].From(r.Rows, i)
		if err != nil && r.err == nil {
			r.err = err
		}
		r.values[i] = v
	}
	return sqltype.RowOf(r.values[i]), 0
}

// Err implements sqltype.Row.
func (r *convertingRows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.Rows.Err()
}

// Close implements driver.Rows.
func (r *convertingRows) Close() error {
	err := r.Rows.Close()
	if r.err != nil {
		return r.err
	}
	return err
}

// Int64 implements sqltype.Row.
func (r *convertingRows) Int64(i int) int64 {
	row, at := r.row(i)
	return row.Int64(at)
}

// Uint64 implements sqltype.Row.
func (r *convertingRows) Uint64(i int) uint64 {
	row, at := r.row(i)
	return row.Uint64(at)
}

// Float64 implements sqltype.Row.
func (r *convertingRows) Float64(i int) float64 {
	row, at := r.row(i)
	return row.Float64(at)
}

// Bool implements sqltype.Row.
func (r *convertingRows) Bool(i int) bool {
	row, at := r.row(i)
	return row.Bool(at)
}

// Text implements sqltype.Row.
func (r *convertingRows) Text(i int) []byte {
	row, at := r.row(i)
	return row.Text(at)
}

// Bytes implements sqltype.Row.
func (r *convertingRows) Bytes(i int) []byte {
	row, at := r.row(i)
	return row.Bytes(at)
}

// UUID implements sqltype.Row.
func (r *convertingRows) UUID(i int) [16]byte {
	row, at := r.row(i)
	return row.UUID(at)
}

// Date implements sqltype.Row.
func (r *convertingRows) Date(i int) time.Time {
	row, at := r.row(i)
	return row.Date(at)
}

// TimeOfDay implements sqltype.Row.
func (r *convertingRows) TimeOfDay(i int) time.Duration {
	row, at := r.row(i)
	return row.TimeOfDay(at)
}

// DateTime implements sqltype.Row.
func (r *convertingRows) DateTime(i int) time.Time {
	row, at := r.row(i)
	return row.DateTime(at)
}

// Instant implements sqltype.Row.
func (r *convertingRows) Instant(i int) time.Time {
	row, at := r.row(i)
	return row.Instant(at)
}

// Raw implements sqltype.Row.
func (r *convertingRows) Raw(i int) sqltype.Raw {
	row, at := r.row(i)
	return row.Raw(at)
}
