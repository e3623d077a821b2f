package engine

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nestedCells is a row whose values are written as compile.NestedRules says.
type nestedCells struct {
	of     *compile.NestedColumns
	values []nestedCell
	err    error
}

// misfit keeps the first value that did not fit.
func (r *nestedCells) misfit(i int, reason string) {
	if r.err == nil {
		r.err = &sqlerr.ValueError{Column: r.of.Columns[i].Name, Type: r.of.Types[i].String(), Reason: reason}
	}
}

// Err implements sqltype.Row.
func (r *nestedCells) Err() error { return r.err }

// IsNull implements sqltype.Row.
func (r *nestedCells) IsNull(i int) bool { return r.values[i].null() }

// Int64 implements sqltype.Row.
func (r *nestedCells) Int64(i int) int64 {
	n, err := strconv.ParseInt(string(r.values[i].text()), 10, 64)
	if err != nil {
		r.misfit(i, "not a signed 64-bit integer")
	}
	return n
}

// Uint64 implements sqltype.Row.
func (r *nestedCells) Uint64(i int) uint64 {
	n, err := strconv.ParseUint(string(r.values[i].text()), 10, 64)
	if err != nil {
		r.misfit(i, "not an unsigned 64-bit integer")
	}
	return n
}

// Float64 implements sqltype.Row.
func (r *nestedCells) Float64(i int) float64 {
	f, err := parseNested(r.values[i], r.of.Types[i])
	if err != nil {
		r.misfit(i, "not a floating-point number")
	}
	return f
}

// parseNested reads a number with the precision of its type. An infinite one is
// also written as a number that is too large.
func parseNested(c nestedCell, t sqltype.Type) (float64, error) {
	bits := 64
	if f, ok := t.(sqltype.Float); ok && f.Bits == 32 {
		bits = 32
	}
	f, err := strconv.ParseFloat(string(c.text()), bits)
	if math.IsInf(f, 0) && errors.Is(err, strconv.ErrRange) {
		err = nil
	}
	return f, err
}

// Bool implements sqltype.Row.
func (r *nestedCells) Bool(i int) bool {
	switch string(r.values[i].text()) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	r.misfit(i, "not a truth value")
	return false
}

// Text implements sqltype.Row. A number with a fraction is an approximate one,
// whose shortest text it is.
func (r *nestedCells) Text(i int) []byte {
	c := r.values[i]
	if !c.quoted && bytes.ContainsAny(c.raw, ".eE") && (c.raw[0] == '-' || c.raw[0] >= '0' && c.raw[0] <= '9') {
		f, err := strconv.ParseFloat(string(c.raw), 64)
		if err != nil {
			r.misfit(i, "not a finite number")
		}
		return strconv.AppendFloat(nil, f, 'f', -1, 64)
	}
	b := c.text()
	switch {
	case !utf8.Valid(b):
		r.misfit(i, "not text in UTF-8")
	case bytes.IndexByte(b, 0) >= 0:
		r.misfit(i, "text with a NUL")
	case r.of.Types[i].Kind() == sqltype.KindDecimal && (len(b) == 0 || b[len(b)-1] < '0' || b[len(b)-1] > '9'):
		r.misfit(i, "not a finite number")
	default:
		return b
	}
	return nil
}

// Bytes implements sqltype.Row.
func (r *nestedCells) Bytes(i int) []byte {
	b, ok := hexBytes(r.values[i])
	if !ok {
		r.misfit(i, "not bytes")
	}
	return b
}

func hexBytes(c nestedCell) ([]byte, bool) {
	digits, ok := bytes.CutPrefix(c.text(), []byte("0x"))
	b := make([]byte, len(digits)/2)
	_, err := hex.Decode(b, digits)
	return b, ok && c.quoted && err == nil
}

// UUID implements sqltype.Row.
func (r *nestedCells) UUID(i int) (id [16]byte) {
	c := r.values[i]
	if b, ok := hexBytes(c); ok && len(b) == len(id) {
		return [16]byte(b)
	}
	text := string(c.text())
	digits := strings.ReplaceAll(text, "-", "")
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil || len(digits) != 32 || len(text) != 32 && len(text) != 36 {
		r.misfit(i, "not a UUID")
	}
	return id
}

// Date implements sqltype.Row.
func (r *nestedCells) Date(i int) time.Time {
	return r.moment(i, "not a date", time.DateOnly)
}

// TimeOfDay implements sqltype.Row.
func (r *nestedCells) TimeOfDay(i int) time.Duration {
	t := r.moment(i, "not a time of day", "15:04:05")
	return t.Sub(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC))
}

// DateTime implements sqltype.Row.
func (r *nestedCells) DateTime(i int) time.Time {
	return r.moment(i, "not a date and time without zone", "2006-01-02T15:04:05")
}

// Instant implements sqltype.Row.
func (r *nestedCells) Instant(i int) time.Time {
	return r.moment(i, "not a moment", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z07")
}

// moment reads a time in the first form that fits. A fraction of a second may
// follow in each.
func (r *nestedCells) moment(i int, reason string, forms ...string) time.Time {
	text := strings.Replace(string(r.values[i].text()), " ", "T", 1)
	for _, form := range forms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	r.misfit(i, reason)
	return time.Time{}
}

// Raw implements sqltype.Row: of an array its values, and of anything else its
// text.
func (r *nestedCells) Raw(i int) sqltype.Raw {
	c := r.values[i]
	a, ok := r.of.Types[i].(sqltype.Array)
	if !ok {
		return sqltype.Raw{Format: sqltype.FormatText, Bytes: c.text()}
	}
	list, ok := r.array(i, c, sqltype.Values(a.Elem))
	if !ok {
		r.misfit(i, "not an array")
		return sqltype.Raw{}
	}
	return sqltype.Raw{Format: sqltype.FormatNative, Value: list}
}

// array reads the values of an array as a row of one column each.
func (r *nestedCells) array(i int, c nestedCell, elem sqltype.Type) (sqltype.Value, bool) {
	s := nestedScan{text: c.text()}
	list := []sqltype.Value{}
	if !s.open() {
		return sqltype.Value{}, false
	}
	for !s.shut() {
		if len(list) > 0 && !s.comma() {
			return sqltype.Value{}, false
		}
		v, ok := s.value()
		if !ok {
			return sqltype.Value{}, false
		}
		x := sqltype.NullValue()
		if len(v.raw) > 0 && v.raw[0] == '[' {
			inner := elem
			if a, several := elem.(sqltype.Array); several {
				inner = sqltype.Values(a.Elem)
			}
			x, ok = r.array(i, v, inner)
		} else if !v.null() {
			x, ok = r.element(i, v, elem)
		}
		if !ok {
			return sqltype.Value{}, false
		}
		list = append(list, x)
	}
	return sqltype.ArrayValue(list), s.done()
}

func (r *nestedCells) element(i int, c nestedCell, t sqltype.Type) (sqltype.Value, bool) {
	of := &compile.NestedColumns{Columns: r.of.Columns[i : i+1], Types: []sqltype.Type{t}}
	one := &nestedCells{of: of, values: []nestedCell{c}}
	v := sqltype.Value{}
	switch t.Kind() {
	case sqltype.KindInt64:
		v = sqltype.Int64Value(one.Int64(0))
	case sqltype.KindUint64:
		v = sqltype.Uint64Value(one.Uint64(0))
	case sqltype.KindFloat64:
		v = sqltype.Float64Value(one.Float64(0))
	case sqltype.KindBool:
		v = sqltype.BoolValue(one.Bool(0))
	case sqltype.KindDecimal:
		v = sqltype.DecimalValue(string(c.text()))
	case sqltype.KindUUID:
		id := one.UUID(0)
		v = sqltype.UUIDValue(&id)
	case sqltype.KindDate:
		v = sqltype.DateValue(one.Date(0))
	case sqltype.KindTimeOfDay:
		v = sqltype.TimeOfDayValue(one.TimeOfDay(0))
	case sqltype.KindDateTime:
		v = sqltype.DateTimeValue(one.DateTime(0))
	case sqltype.KindInstant:
		v = sqltype.InstantValue(one.Instant(0))
	default:
		v = sqltype.TextValue(string(one.Text(0)))
	}
	return v, one.err == nil
}
