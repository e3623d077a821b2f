package gosqldriver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nativeRows is what the Go driver's rows implement.
type nativeRows interface {
	sqldriver.Rows
	sqldriver.RowsColumnTypeDatabaseTypeName
	sqldriver.RowsNextResultSet
}

// columnKind says how the bytes of a column are to be read.
type columnKind uint8

const (
	kindOther columnKind = iota
	kindInteger
	kindFloat
	kindDecimal
	kindText
	kindBinary
	kindDate
	kindDateTime
	kindTime
	kindBits
)

func kindOf(typeName string) columnKind {
	switch typeName {
	case "BIGINT", "UNSIGNED BIGINT", "INT", "UNSIGNED INT", "MEDIUMINT", "UNSIGNED MEDIUMINT",
		"SMALLINT", "UNSIGNED SMALLINT", "TINYINT", "UNSIGNED TINYINT", "YEAR":
		return kindInteger
	case "FLOAT", "DOUBLE":
		return kindFloat
	case "DECIMAL":
		return kindDecimal
	case "CHAR", "VARCHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET", "JSON":
		return kindText
	case "BINARY", "VARBINARY", "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB":
		return kindBinary
	case "DATE":
		return kindDate
	case "DATETIME", "TIMESTAMP":
		return kindDateTime
	case "TIME":
		return kindTime
	case "BIT":
		return kindBits
	}
	return kindOther
}

type rows struct {
	c      *conn
	ctx    context.Context // of Query, which governs the reading too
	w      *watch
	src    nativeRows
	names  []string
	kinds  []columnKind
	values []sqldriver.Value
	cols   []driver.Column
	count  int64
	whole  bool  // the last row was read
	sets   bool  // the results after the first are wanted too
	valErr error // first value that did not fit
	err    error // how the statement ended
}

// newRows takes over the exchange of a Query that has begun. The slices belong
// to the statement and are used again.
func (c *conn) newRows(ctx context.Context, w *watch, src sqldriver.Rows, values *[]sqldriver.Value, kinds *[]columnKind) (driver.Rows, error) {
	native, ok := src.(nativeRows)
	if !ok {
		return nil, c.end(ctx, w, errShape)
	}
	names := native.Columns()
	if len(names) == 0 {
		if err := c.end(ctx, w, native.Close()); err != nil {
			return nil, err
		}
		return driver.NoRows(c.shape.result()), nil
	}
	r := &rows{c: c, ctx: ctx, w: w, src: native, names: names, values: *values, kinds: *kinds}
	r.describe()
	*values, *kinds = r.values, r.kinds
	c.open = r
	return r, nil
}

// describe makes room for a row of the columns, and finds how each is read.
func (r *rows) describe() {
	if cap(r.values) < len(r.names) {
		r.values = make([]sqldriver.Value, len(r.names))
		r.kinds = make([]columnKind, len(r.names))
	}
	r.values, r.kinds = r.values[:len(r.names)], r.kinds[:len(r.names)]
	for i := range r.names {
		r.kinds[i] = kindOf(r.src.ColumnTypeDatabaseTypeName(i))
	}
}

// Columns implements driver.Rows.
func (r *rows) Columns() []driver.Column {
	if r.cols == nil {
		r.cols = make([]driver.Column, len(r.names))
		for i, name := range r.names {
			r.cols[i] = driver.Column{Name: name, Type: r.src.ColumnTypeDatabaseTypeName(i)}
		}
	}
	return r.cols
}

// Next implements driver.Rows.
func (r *rows) Next() bool {
	if r.src == nil || r.c.open != r {
		return false
	}
	err := r.src.Next(r.values)
	if err == nil {
		r.count++
		return true
	}
	r.whole = errors.Is(err, io.EOF)
	if r.whole {
		err = nil
		if r.sets && r.src.HasNextResultSet() {
			return false
		}
	}
	r.finish(err)
	return false
}

// Close implements driver.Rows. It reads what the server still sends.
func (r *rows) Close() error {
	if r.c.open == r {
		r.finish(nil)
	}
	return r.Err()
}

func (r *rows) finish(err error) {
	if closeErr := r.src.Close(); err == nil {
		err = closeErr
	}
	r.c.open = nil
	r.err = r.c.end(r.ctx, r.w, err)
	clear(r.values)
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

func (r *rows) refuse(i int, reason string) {
	if r.valErr == nil {
		r.valErr = &sqlerr.ValueError{Column: r.names[i], Type: r.src.ColumnTypeDatabaseTypeName(i), Reason: reason}
	}
}

// IsNull implements sqltype.Row.
func (r *rows) IsNull(i int) bool { return r.values[i] == nil }

// Int64 implements sqltype.Row. A decimal without fraction is a whole number.
func (r *rows) Int64(i int) int64 {
	switch v := r.values[i].(type) {
	case int64:
		return v
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
		r.refuse(i, "does not fit a signed 64-bit integer")
	case []byte:
		if r.kinds[i] == kindInteger { // an unsigned number above 1<<63-1
			r.refuse(i, "does not fit a signed 64-bit integer")
			return 0
		}
		if n, ok := wholeNumber(v); ok && r.kinds[i] == kindDecimal {
			return n
		}
		r.refuse(i, "not an integer")
	default:
		r.refuse(i, "not an integer")
	}
	return 0
}

// wholeNumber reads a decimal whose fraction is zero: what sum gives for
// integers, with as many zeros as the server likes.
func wholeNumber(text []byte) (int64, bool) {
	whole, fraction, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil && strings.Trim(fraction, "0") == ""
}

// Uint64 implements sqltype.Row.
func (r *rows) Uint64(i int) uint64 {
	switch v := r.values[i].(type) {
	case int64:
		if v >= 0 {
			return uint64(v)
		}
		r.refuse(i, "negative, and an unsigned integer is wanted")
		return 0
	case uint64:
		return v
	case []byte:
		if r.kinds[i] == kindBits && len(v) <= 8 {
			var bits [8]byte
			copy(bits[8-len(v):], v)
			return binary.BigEndian.Uint64(bits[:])
		}
		if r.kinds[i] == kindInteger {
			if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
				return n
			}
		}
	}
	r.refuse(i, "not an unsigned integer")
	return 0
}

// Float64 implements sqltype.Row.
func (r *rows) Float64(i int) float64 {
	switch v := r.values[i].(type) {
	case float64:
		return v
	case float32:
		return float64(v)
	}
	r.refuse(i, "not a floating-point number")
	return 0
}

// Bool implements sqltype.Row: truth is the integer 0 or 1.
func (r *rows) Bool(i int) bool {
	if v, ok := r.values[i].(int64); ok && v>>1 == 0 {
		return v == 1
	}
	r.refuse(i, "not 0 or 1, and a truth value is wanted")
	return false
}

// Text implements sqltype.Row.
func (r *rows) Text(i int) []byte {
	if b, ok := r.values[i].([]byte); ok {
		switch r.kinds[i] {
		case kindText, kindDecimal:
			return b
		case kindBinary:
			if utf8.Valid(b) {
				return b
			}
		}
	}
	r.refuse(i, "not text")
	return nil
}

// Bytes implements sqltype.Row. Text is given as its UTF-8 bytes.
func (r *rows) Bytes(i int) []byte {
	if b, ok := r.values[i].([]byte); ok && (r.kinds[i] == kindBinary || r.kinds[i] == kindText) {
		return b
	}
	r.refuse(i, "not bytes")
	return nil
}

// UUID implements sqltype.Row.
func (r *rows) UUID(i int) [16]byte {
	if b, ok := r.values[i].([]byte); ok {
		switch r.kinds[i] {
		case kindBinary:
			if len(b) == 16 {
				return [16]byte(b)
			}
		case kindText:
			if id, ok := parseUUID(b); ok {
				return id
			}
		}
	}
	r.refuse(i, "not a UUID")
	return [16]byte{}
}

// Date implements sqltype.Row.
func (r *rows) Date(i int) time.Time {
	if b, ok := r.values[i].([]byte); ok && r.kinds[i] == kindDate && len(b) == 10 {
		return r.moment(i, b)
	}
	r.refuse(i, "not a date")
	return time.Time{}
}

// TimeOfDay implements sqltype.Row.
func (r *rows) TimeOfDay(i int) time.Duration {
	if b, ok := r.values[i].([]byte); ok && r.kinds[i] == kindTime {
		if d, ok := parseTimeOfDay(b); ok {
			return d
		}
	}
	r.refuse(i, "not a time of day")
	return 0
}

// DateTime implements sqltype.Row.
func (r *rows) DateTime(i int) time.Time {
	if b, ok := r.values[i].([]byte); ok && r.kinds[i] == kindDateTime {
		return r.moment(i, b)
	}
	r.refuse(i, "not a date and time")
	return time.Time{}
}

// Instant implements sqltype.Row. The session's time zone is UTC, so that a
// TIMESTAMP arrives in UTC; a DATETIME was written in it.
func (r *rows) Instant(i int) time.Time { return r.DateTime(i) }

func (r *rows) moment(i int, b []byte) time.Time {
	t, ok := parseMoment(b)
	if !ok {
		r.refuse(i, "not a day of the calendar, such as a zero date")
	}
	return t
}

// Raw implements sqltype.Row.
func (r *rows) Raw(i int) sqltype.Raw {
	raw := sqltype.Raw{Type: r.src.ColumnTypeDatabaseTypeName(i), Format: sqltype.FormatNative}
	switch v := r.values[i].(type) {
	case int64:
		raw.Value = sqltype.Int64Value(v)
	case uint64:
		raw.Value = sqltype.Uint64Value(v)
	case float64:
		raw.Value = sqltype.Float64Value(v)
	case float32:
		raw.Value = sqltype.Float64Value(float64(v))
	case []byte:
		raw.Bytes, raw.Format = v, sqltype.FormatText
		if r.kinds[i] == kindBinary || r.kinds[i] == kindOther || r.kinds[i] == kindBits {
			raw.Format = sqltype.FormatBinary
		}
	}
	return raw
}
