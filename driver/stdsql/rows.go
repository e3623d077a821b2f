package stdsql

import (
	"database/sql"
	"errors"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// source is where rows come from: a driver, or database/sql itself.
type source interface {
	names() []string
	typeName(i int) string
	// next fills dest, or returns io.EOF after the last row.
	next(dest []sqldriver.Value) error
	close() error
}

type driverSource struct{ sqldriver.Rows }

func (s driverSource) names() []string                   { return s.Columns() }
func (s driverSource) next(dest []sqldriver.Value) error { return s.Next(dest) }
func (s driverSource) close() error                      { return s.Close() }

func (s driverSource) typeName(i int) string {
	if t, ok := s.Rows.(sqldriver.RowsColumnTypeDatabaseTypeName); ok {
		return t.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

type rows struct {
	src     source
	opts    *Options
	state   *state
	fail    func(error) error
	columns []driver.Column
	values  []sqldriver.Value
	scratch []byte
	count   int64
	whole   bool  // the last row was read
	valErr  error // first value that did not fit
	err     error // how the statement ended
}

// newRows returns open rows. The values' memory belongs to the statement.
func newRows(src source, opts *Options, values *[]sqldriver.Value, st *state) *rows {
	names := src.names()
	if cap(*values) < len(names) {
		*values = make([]sqldriver.Value, len(names))
	}
	r := &rows{src: src, opts: opts, state: st, values: (*values)[:len(names)], columns: make([]driver.Column, len(names))}
	for i, name := range names {
		r.columns[i] = driver.Column{Name: name, Type: src.typeName(i)}
	}
	st.open = r
	return r
}

// Columns implements driver.Rows.
func (r *rows) Columns() []driver.Column { return r.columns }

// Next implements driver.Rows.
func (r *rows) Next() bool {
	if r.state.open != r {
		return false
	}
	r.scratch = r.scratch[:0]
	err := r.src.next(r.values)
	if err == nil {
		r.count++
		return true
	}
	r.whole = errors.Is(err, io.EOF)
	if r.whole {
		err = nil
	}
	r.finish(err)
	return false
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	if r.state.open == r {
		r.finish(nil)
	}
	return r.Err()
}

func (r *rows) finish(err error) {
	if closeErr := r.src.close(); err == nil {
		err = closeErr
	}
	r.state.open = nil
	clear(r.values)
	if err != nil {
		r.err = r.fail(err)
	}
}

// Err implements sqltype.Row.
func (r *rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.valErr
}

// Result implements driver.Rows: the rows that were returned are the rows that
// the statement matched.
func (r *rows) Result() driver.Result {
	if !r.whole {
		return driver.Result{RowsAffected: -1}
	}
	return driver.Result{RowsAffected: r.count}
}

// convert is the last resort of a read: the glue's own way, or a refusal.
func (r *rows) convert(i int, want sqltype.Kind, reason string) sqltype.Value {
	if r.opts.Convert != nil {
		if v, ok := r.opts.Convert(want, r.columns[i], r.values[i]); ok && v.Kind() == want {
			return v
		}
	}
	if r.valErr == nil {
		r.valErr = &sqlerr.ValueError{Column: r.columns[i].Name, Type: r.columns[i].Type, Reason: reason}
	}
	return sqltype.NullValue()
}

// IsNull implements sqltype.Row.
func (r *rows) IsNull(i int) bool { return r.values[i] == nil }

// textInteger returns the text of a column whose integers arrive as text.
func (r *rows) textInteger(i int) (string, bool) {
	if r.opts.TextInteger == nil || !r.opts.TextInteger(r.columns[i].Type) {
		return "", false
	}
	switch v := r.values[i].(type) {
	case []byte:
		return string(v), true
	case string:
		return v, true
	}
	return "", false
}

// Int64 implements sqltype.Row.
func (r *rows) Int64(i int) int64 {
	switch v := r.values[i].(type) {
	case int64:
		return v
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
	}
	if s, ok := r.textInteger(i); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	}
	return r.convert(i, sqltype.KindInt64, "not a signed 64-bit integer").Int64()
}

// Uint64 implements sqltype.Row.
func (r *rows) Uint64(i int) uint64 {
	switch v := r.values[i].(type) {
	case int64:
		if v >= 0 {
			return uint64(v)
		}
	case uint64:
		return v
	}
	if s, ok := r.textInteger(i); ok {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return n
		}
	}
	return r.convert(i, sqltype.KindUint64, "not an unsigned 64-bit integer").Uint64()
}

// Float64 implements sqltype.Row.
func (r *rows) Float64(i int) float64 {
	switch v := r.values[i].(type) {
	case float64:
		return v
	case float32:
		return float64(v)
	}
	return r.convert(i, sqltype.KindFloat64, "not a floating-point number").Float64()
}

// Bool implements sqltype.Row.
func (r *rows) Bool(i int) bool {
	switch v := r.values[i].(type) {
	case bool:
		return v
	case int64:
		if v>>1 == 0 {
			return v == 1
		}
	}
	return r.convert(i, sqltype.KindBool, "not a truth value").Bool()
}

// Text implements sqltype.Row.
func (r *rows) Text(i int) []byte {
	switch v := r.values[i].(type) {
	case string:
		if utf8.ValidString(v) {
			return mem.ViewBytes(v)
		}
	case []byte:
		if utf8.Valid(v) {
			return v
		}
	}
	v := r.convert(i, sqltype.KindText, "not text in UTF-8")
	if v.IsNull() {
		return nil
	}
	return v.Bytes()
}

// Bytes implements sqltype.Row.
func (r *rows) Bytes(i int) []byte {
	if v, ok := r.values[i].([]byte); ok {
		return v
	}
	v := r.convert(i, sqltype.KindBytes, "not bytes")
	if v.IsNull() {
		return nil
	}
	return v.Bytes()
}

// UUID implements sqltype.Row: of 16 bytes or in the standard form.
func (r *rows) UUID(i int) [16]byte {
	switch v := r.values[i].(type) {
	case [16]byte:
		return v
	case []byte:
		if len(v) == 16 {
			return [16]byte(v)
		}
		if id, ok := parseUUID(string(v)); ok {
			return id
		}
	case string:
		if id, ok := parseUUID(v); ok {
			return id
		}
	}
	v := r.convert(i, sqltype.KindUUID, "not a UUID")
	if v.IsNull() {
		return [16]byte{}
	}
	return [16]byte(v.Bytes())
}

// Date implements sqltype.Row.
func (r *rows) Date(i int) time.Time {
	if t, ok := r.moment(i); ok {
		if w := wall(t); w.Equal(w.Truncate(24 * time.Hour)) {
			return w
		}
	}
	return r.time(i, sqltype.KindDate, "not a date")
}

// TimeOfDay implements sqltype.Row.
func (r *rows) TimeOfDay(i int) time.Duration {
	switch v := r.values[i].(type) {
	case string:
		if d, ok := parseTimeOfDay(v); ok {
			return d
		}
	case []byte:
		if d, ok := parseTimeOfDay(string(v)); ok {
			return d
		}
	}
	return r.convert(i, sqltype.KindTimeOfDay, "not a time of day").TimeOfDay()
}

// DateTime implements sqltype.Row.
func (r *rows) DateTime(i int) time.Time {
	if t, ok := r.moment(i); ok {
		return wall(t)
	}
	return r.time(i, sqltype.KindDateTime, "not a date and time")
}

// Instant implements sqltype.Row.
func (r *rows) Instant(i int) time.Time {
	if t, ok := r.moment(i); ok {
		return t.UTC()
	}
	return r.time(i, sqltype.KindInstant, "not a moment")
}

func (r *rows) time(i int, want sqltype.Kind, reason string) time.Time {
	v := r.convert(i, want, reason)
	if v.IsNull() {
		return time.Time{}
	}
	return v.Time()
}

// moment returns the value as the driver has it, with the zone that it has.
func (r *rows) moment(i int) (time.Time, bool) {
	switch v := r.values[i].(type) {
	case time.Time:
		return v, !r.opts.ZeroTimeUnread || !v.IsZero()
	case string:
		return r.opts.parseTime(v)
	case []byte:
		return r.opts.parseTime(string(v))
	}
	return time.Time{}, false
}

// Raw implements sqltype.Row.
func (r *rows) Raw(i int) sqltype.Raw {
	raw := sqltype.Raw{Format: sqltype.FormatNative, Type: r.columns[i].Type}
	switch v := r.values[i].(type) {
	case int64:
		raw.Value = sqltype.Int64Value(v)
	case uint64:
		raw.Value = sqltype.Uint64Value(v)
	case float64:
		raw.Value = sqltype.Float64Value(v)
	case float32:
		raw.Value = sqltype.Float64Value(float64(v))
	case bool:
		raw.Value = sqltype.BoolValue(v)
	case string:
		raw.Value = sqltype.TextValue(v)
	case []byte:
		raw.Value = sqltype.BytesValue(v)
	case time.Time:
		raw.Value = sqltype.InstantValue(v)
	}
	return raw
}

// sqlSource reads rows of database/sql.
type sqlSource struct {
	rows    *sql.Rows
	columns []*sql.ColumnType
	targets []any
}

func newSQLSource(rows *sql.Rows) (*sqlSource, error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return &sqlSource{rows: rows, columns: columns, targets: make([]any, len(columns))}, nil
}

func (s *sqlSource) names() []string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.Name()
	}
	return names
}

func (s *sqlSource) typeName(i int) string { return s.columns[i].DatabaseTypeName() }
func (s *sqlSource) close() error          { return s.rows.Close() }

func (s *sqlSource) next(dest []sqldriver.Value) error {
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	for i := range dest {
		s.targets[i] = (*any)(&dest[i])
	}
	return s.rows.Scan(s.targets...)
}
