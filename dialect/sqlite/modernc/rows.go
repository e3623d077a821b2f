package modernc

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/ascii"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// rows are the rows of one execution. The columns of the current row are read
// where the engine has them: a row of results is an array of its Mem objects
// (https://www.sqlite.org/src/file/src/vdbeInt.h), whose layout the Go types
// of lib follow. That is what makes reading fast: no call per column.
type rows struct {
	s       *stmt
	ctx     context.Context
	row     []lib.TMem // nil when there is no row
	pending bool       // the first row was stepped to by Query
	closed  bool
	err     error
	changes int64
	outcome driver.Result
	scratch []byte // decimals in plain notation, until the next row
}

// The flags of a Mem that tell its storage class, in the order in which they
// count.
const (
	isNull = lib.MEM_Null
	isInt  = isNull | lib.MEM_Int
	isReal = isInt | lib.MEM_Real | lib.MEM_IntReal
	isText = isReal | lib.MEM_Str
)

// Columns implements driver.Rows.
func (r *rows) Columns() []driver.Column { return r.s.columns }

// Next implements driver.Rows.
func (r *rows) Next() bool {
	if r.pending {
		r.pending = false
		return true
	}
	if r.closed {
		return false
	}
	if r.s.handle == 0 {
		r.abandon()
		return false
	}
	r.scratch = r.scratch[:0]
	rc := lib.Xsqlite3_step(r.s.c.tls, r.s.handle)
	if rc == lib.SQLITE_ROW {
		r.setRow()
		return true
	}
	r.finish(rc)
	return false
}

func (r *rows) setRow() {
	first := at[lib.TVdbe](r.s.handle).FpResultRow
	r.row = mem.Slice(at[lib.TMem](first), len(r.s.columns))
}

// finish ends the execution; rc is what the last step returned.
func (r *rows) finish(rc int32) {
	r.closed, r.pending, r.row = true, false, nil
	if err := r.s.stop(r.ctx, rc); err != nil {
		r.outcome.RowsAffected = -1
		if r.err == nil {
			r.err = err
		}
	} else {
		r.outcome = r.s.result(r.changes)
	}
	r.ctx = nil
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	if !r.closed {
		if r.s.handle == 0 {
			r.abandon()
			return r.err
		}
		r.finish(lib.SQLITE_ROW)
	}
	return r.err
}

// abandon ends rows whose statement or connection was closed before them.
func (r *rows) abandon() {
	r.closed, r.pending, r.row, r.ctx = true, false, nil, nil
	if r.err == nil {
		r.err = fmt.Errorf("sqlite: rows: %w", sqlerr.ErrClosed)
	}
}

// Result implements driver.Rows.
func (r *rows) Result() driver.Result { return r.outcome }

// Err implements driver.Rows.
func (r *rows) Err() error { return r.err }

// misfit keeps the first value that can't be read as what was asked for.
func (r *rows) misfit(i int, kind sqltype.Kind, reason string) {
	if r.err == nil {
		r.err = &sqlerr.ValueError{Column: r.s.columns[i].Name, Type: kindNames[kind], Reason: reason}
	}
}

func (r *rows) wrongClass(i int, kind sqltype.Kind) {
	r.misfit(i, kind, "the stored value is "+storageClass(&r.row[i]))
}

func storageClass(m *lib.TMem) string {
	flags := m.Fflags
	switch {
	case flags&lib.MEM_Null != 0:
		return "NULL"
	case flags&lib.MEM_Int != 0:
		return "INTEGER"
	case flags&(lib.MEM_Real|lib.MEM_IntReal) != 0:
		return "REAL"
	case flags&lib.MEM_Str != 0:
		return "TEXT"
	}
	return "BLOB"
}

// IsNull implements sqltype.Row.
func (r *rows) IsNull(i int) bool { return r.row[i].Fflags&lib.MEM_Null != 0 }

func integer(m *lib.TMem) int64 { return *(*int64)(mem.Pointer(&m.Fu)) }

func realNumber(m *lib.TMem) float64 {
	if m.Fflags&lib.MEM_IntReal != 0 { // a whole number on its way into a REAL column
		return float64(integer(m))
	}
	return *(*float64)(mem.Pointer(&m.Fu))
}

// Int64 implements sqltype.Row.
func (r *rows) Int64(i int) int64 {
	if m := &r.row[i]; m.Fflags&isInt == lib.MEM_Int {
		return integer(m)
	}
	r.wrongClass(i, sqltype.KindInt64)
	return 0
}

// Uint64 implements sqltype.Row.
func (r *rows) Uint64(i int) uint64 {
	m := &r.row[i]
	if m.Fflags&isInt != lib.MEM_Int {
		r.wrongClass(i, sqltype.KindUint64)
		return 0
	}
	if integer(m) < 0 {
		r.misfit(i, sqltype.KindUint64, "the stored value is negative")
		return 0
	}
	return uint64(integer(m))
}

// Float64 implements sqltype.Row.
func (r *rows) Float64(i int) float64 {
	m := &r.row[i]
	switch f := m.Fflags & isReal; {
	case f == lib.MEM_Real || f == lib.MEM_IntReal:
		return realNumber(m)
	case f&isInt == lib.MEM_Int:
		if n := integer(m); n >= -1<<53 && n <= 1<<53 {
			return float64(n)
		}
		r.misfit(i, sqltype.KindFloat64, "the stored INTEGER is beyond 2^53, where floating-point numbers have gaps")
		return 0
	}
	r.wrongClass(i, sqltype.KindFloat64)
	return 0
}

// Bool implements sqltype.Row.
func (r *rows) Bool(i int) bool {
	m := &r.row[i]
	if m.Fflags&isInt != lib.MEM_Int {
		r.wrongClass(i, sqltype.KindBool)
		return false
	}
	n := integer(m)
	if uint64(n) > 1 {
		r.misfit(i, sqltype.KindBool, "the stored value is neither 0 nor 1")
	}
	return n == 1
}

// stored returns the bytes of a TEXT in UTF-8, or of a BLOB.
func (r *rows) stored(i int, m *lib.TMem) []byte {
	if m.Fflags&lib.MEM_Str != 0 && m.Fenc != lib.SQLITE_UTF8 {
		lib.Xsqlite3_column_text(r.s.c.tls, r.s.handle, int32(i)) // converts in place
	} else if m.Fflags&lib.MEM_Zero != 0 {
		lib.Xsqlite3_column_blob(r.s.c.tls, r.s.handle, int32(i)) // writes out the zeros
	}
	return view(m.Fz, int(m.Fn))
}

// text returns the bytes of a TEXT, or nil if it is none.
func (r *rows) text(i int, kind sqltype.Kind) []byte {
	m := &r.row[i]
	if m.Fflags&isText == lib.MEM_Str {
		return r.stored(i, m)
	}
	r.wrongClass(i, kind)
	return nil
}

// Text implements sqltype.Row.
func (r *rows) Text(i int) []byte {
	m := &r.row[i]
	if m.Fflags&isText != lib.MEM_Str {
		return r.number(i, m)
	}
	b := r.stored(i, m)
	if ascii.Plain(mem.View(b)) {
		return b
	}
	if !utf8.Valid(b) {
		r.misfit(i, sqltype.KindText, "the stored text is not valid UTF-8")
		return nil
	}
	if bytes.IndexByte(b, 0) >= 0 {
		r.misfit(i, sqltype.KindText, "the stored text holds a NUL")
		return nil
	}
	return b
}

// number writes an INTEGER or REAL in plain notation.
func (r *rows) number(i int, m *lib.TMem) []byte {
	start := len(r.scratch)
	switch f := m.Fflags & isReal; {
	case f&isInt == lib.MEM_Int:
		r.scratch = strconv.AppendInt(r.scratch, integer(m), 10)
	case f == lib.MEM_Real || f == lib.MEM_IntReal:
		x := realNumber(m)
		if math.IsInf(x, 0) {
			r.misfit(i, sqltype.KindDecimal, "the stored value is infinite")
			return nil
		}
		r.scratch = strconv.AppendFloat(r.scratch, x, 'f', -1, 64)
	default:
		r.wrongClass(i, sqltype.KindText)
		return nil
	}
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}

// Bytes implements sqltype.Row.
func (r *rows) Bytes(i int) []byte {
	m := &r.row[i]
	if m.Fflags&isText != 0 {
		r.wrongClass(i, sqltype.KindBytes)
		return nil
	}
	return r.stored(i, m)
}

// UUID implements sqltype.Row.
func (r *rows) UUID(i int) [16]byte {
	m := &r.row[i]
	if m.Fflags&isText == 0 {
		if b := r.stored(i, m); len(b) == 16 {
			return [16]byte(b)
		}
		r.misfit(i, sqltype.KindUUID, "the stored BLOB has not 16 bytes")
		return [16]byte{}
	}
	b := r.text(i, sqltype.KindUUID)
	if b == nil {
		return [16]byte{}
	}
	id, ok := parseUUID(b)
	if !ok {
		r.misfit(i, sqltype.KindUUID, "the stored text is no UUID")
	}
	return id
}

// Date implements sqltype.Row.
func (r *rows) Date(i int) time.Time {
	b := r.text(i, sqltype.KindDate)
	if b == nil {
		return time.Time{}
	}
	days, ok := parseDate(b)
	if !ok || len(b) != dateLen {
		r.misfit(i, sqltype.KindDate, "the stored text is not written YYYY-MM-DD")
		return time.Time{}
	}
	return time.Unix(days*secondsPerDay, 0).UTC()
}

// TimeOfDay implements sqltype.Row.
func (r *rows) TimeOfDay(i int) time.Duration {
	b := r.text(i, sqltype.KindTimeOfDay)
	if b == nil {
		return 0
	}
	d, ok := parseTimeOfDay(b)
	if !ok {
		r.misfit(i, sqltype.KindTimeOfDay, "the stored text is not written HH:MM:SS")
		return 0
	}
	return d
}

// DateTime implements sqltype.Row.
func (r *rows) DateTime(i int) time.Time {
	b := r.text(i, sqltype.KindDateTime)
	if b == nil {
		return time.Time{}
	}
	t, ok := parseDateTime(b)
	if !ok {
		r.misfit(i, sqltype.KindDateTime, "the stored text is not written YYYY-MM-DD HH:MM:SS, without zone")
	}
	return t
}

// Instant implements sqltype.Row.
func (r *rows) Instant(i int) time.Time {
	b := r.text(i, sqltype.KindInstant)
	if b == nil {
		return time.Time{}
	}
	t, ok := parseInstant(b)
	if !ok {
		r.misfit(i, sqltype.KindInstant, "the stored text is not written YYYY-MM-DD HH:MM:SS with Z, an offset or nothing")
	}
	return t
}

// Raw implements sqltype.Row: the value by its storage class.
func (r *rows) Raw(i int) sqltype.Raw {
	m := &r.row[i]
	raw := sqltype.Raw{Format: sqltype.FormatNative, Type: r.s.columns[i].Type}
	switch flags := m.Fflags; {
	case flags&lib.MEM_Null != 0:
	case flags&lib.MEM_Int != 0:
		raw.Value = sqltype.Int64Value(integer(m))
	case flags&(lib.MEM_Real|lib.MEM_IntReal) != 0:
		raw.Value = sqltype.Float64Value(realNumber(m))
	case flags&lib.MEM_Str != 0:
		raw.Bytes = r.stored(i, m)
		raw.Value = sqltype.TextValue(mem.View(raw.Bytes))
	default:
		raw.Bytes = r.stored(i, m)
		raw.Value = sqltype.BytesValue(raw.Bytes)
	}
	return raw
}
