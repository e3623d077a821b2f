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
	sqldriver.RowsColumnTypePrecisionScale
	sqldriver.RowsNextResultSet
}

// rows are those of a statement. The Go driver reads what comes before and after
// them. The rows of a prepared statement are taken from the wire, past the Go
// driver, which makes an allocation of each value; where that can't be, it reads
// them too.
type rows struct {
	c      *conn
	ctx    context.Context // of Query, which governs the reading too
	w      *watch
	src    nativeRows
	names  []string
	row    *rowMemory
	cols   []driver.Column
	count  int64
	binary bool  // rows of a prepared statement, in the protocol for those
	wire   bool  // rows are taken from the wire
	whole  bool  // the last row was read
	sets   bool  // the results after the first are wanted too
	valErr error // first value that did not fit
	err    error // how the statement ended
}

// newRows takes over the exchange of a Query that has begun. The memory belongs
// to the statement and is used again.
func (c *conn) newRows(ctx context.Context, w *watch, src sqldriver.Rows, row *rowMemory, binary bool) (driver.Rows, error) {
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
	r := &rows{c: c, ctx: ctx, w: w, src: native, names: names, row: row, binary: binary}
	r.describe()
	c.open = r
	return r, nil
}

// describe makes room for a row of the columns, and finds how each is read.
func (r *rows) describe() {
	r.row.resize(len(r.names))
	r.wire = r.binary && r.c.net.framed
	for i := range r.names {
		r.row.columns[i] = columnAt(r.src, i)
		r.wire = r.wire && r.row.columns[i].wire != wireUnknown
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
	err := r.next()
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

// next reads a row. The Go driver reads their end, and every error.
func (r *rows) next() error {
	if r.wire {
		if packet := r.c.net.row(); packet != nil {
			if r.row.takeWire(packet) {
				return nil
			}
			r.c.net.abandon()
			return errNotARow
		}
	}
	if err := r.src.Next(r.row.given); err != nil {
		return err
	}
	r.row.takeGiven()
	return nil
}

// errNotARow ends the connection: where the next answer begins is not known.
var errNotARow = errors.New("gosqldriver: the server sent a row that is not one of its columns; " +
	"if a proxy is in between, see whether it happens without")

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
	r.row.forget()
	r.c.net.settle()
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
func (r *rows) IsNull(i int) bool { return r.row.values[i].form == formNull }

// Int64 implements sqltype.Row. A decimal without fraction is a whole number.
func (r *rows) Int64(i int) int64 {
	switch v := &r.row.values[i]; v.form {
	case formInteger:
		return int64(v.number)
	case formHuge:
		r.refuse(i, "does not fit a signed 64-bit integer")
		return 0
	case formBytes:
		if n, ok := wholeNumber(v.bytes); ok && r.row.columns[i].kind == kindDecimal {
			return n
		}
	}
	r.refuse(i, "not an integer")
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
	switch v := &r.row.values[i]; v.form {
	case formInteger:
		if int64(v.number) < 0 {
			r.refuse(i, "negative, and an unsigned integer is wanted")
			return 0
		}
		return v.number
	case formHuge:
		return v.number
	case formBytes:
		if r.row.columns[i].kind == kindBits && len(v.bytes) <= 8 {
			var bits [8]byte
			copy(bits[8-len(v.bytes):], v.bytes)
			return binary.BigEndian.Uint64(bits[:])
		}
	}
	r.refuse(i, "not an unsigned integer")
	return 0
}

// Float64 implements sqltype.Row.
func (r *rows) Float64(i int) float64 {
	if v := &r.row.values[i]; v.form == formFloat {
		return math.Float64frombits(v.number)
	}
	r.refuse(i, "not a floating-point number")
	return 0
}

// Bool implements sqltype.Row: truth is the integer 0 or 1.
func (r *rows) Bool(i int) bool {
	if v := &r.row.values[i]; v.form == formInteger && v.number <= 1 {
		return v.number == 1
	}
	r.refuse(i, "not 0 or 1, and a truth value is wanted")
	return false
}

// Text implements sqltype.Row.
func (r *rows) Text(i int) []byte {
	if v := &r.row.values[i]; v.form == formBytes {
		switch r.row.columns[i].kind {
		case kindText, kindDecimal:
			return v.bytes
		case kindBinary:
			if utf8.Valid(v.bytes) {
				return v.bytes
			}
		}
	}
	r.refuse(i, "not text")
	return nil
}

// Bytes implements sqltype.Row. Text is given as its UTF-8 bytes.
func (r *rows) Bytes(i int) []byte {
	v, kind := &r.row.values[i], r.row.columns[i].kind
	if v.form == formBytes && (kind == kindBinary || kind == kindText) {
		return v.bytes
	}
	r.refuse(i, "not bytes")
	return nil
}

// UUID implements sqltype.Row.
func (r *rows) UUID(i int) [16]byte {
	if v := &r.row.values[i]; v.form == formBytes {
		switch r.row.columns[i].kind {
		case kindBinary:
			if len(v.bytes) == 16 {
				return [16]byte(v.bytes)
			}
		case kindText:
			if id, ok := parseUUID(v.bytes); ok {
				return id
			}
		}
	}
	r.refuse(i, "not a UUID")
	return [16]byte{}
}

// Date implements sqltype.Row.
func (r *rows) Date(i int) time.Time {
	var t time.Time
	v, ok := &r.row.values[i], false
	switch {
	case r.row.columns[i].kind != kindDate:
		r.refuse(i, "not a date")
		return t
	case v.form == formMoment:
		t, ok = wireDate(v.bytes).midnight()
	default:
		t, ok = parseMoment(v.bytes)
	}
	return r.day(i, t, ok)
}

// day refuses a day that is none.
func (r *rows) day(i int, t time.Time, ok bool) time.Time {
	if !ok {
		r.refuse(i, "not a day of the calendar, such as a zero date")
	}
	return t
}

// TimeOfDay implements sqltype.Row.
func (r *rows) TimeOfDay(i int) time.Duration {
	v, col := &r.row.values[i], r.row.columns[i]
	if col.kind == kindTime {
		var d time.Duration
		var ok bool
		if v.form == formSpan {
			d, ok = wireTime(v.bytes).timeOfDay(col.digits)
		} else {
			d, ok = parseTimeOfDay(v.bytes)
		}
		if ok {
			return d
		}
	}
	r.refuse(i, "not a time of day")
	return 0
}

// DateTime implements sqltype.Row.
func (r *rows) DateTime(i int) time.Time {
	var t time.Time
	v, col, ok := &r.row.values[i], r.row.columns[i], false
	switch {
	case col.kind != kindDateTime:
		r.refuse(i, "not a date and time")
		return t
	case v.form == formMoment:
		t, ok = wireDate(v.bytes).moment(col.digits)
	default:
		t, ok = parseMoment(v.bytes)
	}
	return r.day(i, t, ok)
}

// Instant implements sqltype.Row. The session's time zone is UTC, so that a
// TIMESTAMP arrives in UTC; a DATETIME was written in it.
func (r *rows) Instant(i int) time.Time { return r.DateTime(i) }

// Raw implements sqltype.Row.
func (r *rows) Raw(i int) sqltype.Raw {
	v, col := &r.row.values[i], r.row.columns[i]
	raw := sqltype.Raw{Type: r.src.ColumnTypeDatabaseTypeName(i), Format: sqltype.FormatNative}
	switch v.form {
	case formInteger:
		raw.Value = sqltype.Int64Value(int64(v.number))
	case formHuge:
		raw.Bytes, raw.Format = strconv.AppendUint(nil, v.number, 10), sqltype.FormatText
	case formFloat:
		raw.Value = sqltype.Float64Value(math.Float64frombits(v.number))
	case formBytes:
		raw.Bytes, raw.Format = v.bytes, sqltype.FormatText
		if col.kind == kindBinary || col.kind == kindOther || col.kind == kindBits {
			raw.Format = sqltype.FormatBinary
		}
	case formMoment:
		raw.Format = sqltype.FormatText
		if col.kind == kindDate {
			raw.Bytes = wireDate(v.bytes).appendDate(nil)
		} else {
			raw.Bytes = wireDate(v.bytes).appendMoment(nil, col.digits)
		}
	case formSpan:
		raw.Bytes, raw.Format = wireTime(v.bytes).append(nil, col.digits), sqltype.FormatText
	}
	return raw
}
