package engine

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// knownRow is a row of whole numbers that are at hand: generated keys.
type knownRow struct {
	values []sqltype.Value
	text   []byte
	err    error
}

func (r *knownRow) reset() { r.values, r.err = r.values[:0], nil }

func (r *knownRow) refuse(as string) {
	if r.err == nil {
		r.err = &sqlerr.ValueError{Type: "BIGINT", Reason: "a generated whole number can't be read as " + as}
	}
}

// IsNull implements sqltype.Row.
func (r *knownRow) IsNull(i int) bool { return r.values[i].IsNull() }

// Int64 implements sqltype.Row.
func (r *knownRow) Int64(i int) int64 {
	v := r.values[i]
	if v.Kind() == sqltype.KindUint64 && v.Uint64() > math.MaxInt64 {
		r.refuse("a signed number of 64 bits")
		return 0
	}
	return v.Int64()
}

// Uint64 implements sqltype.Row.
func (r *knownRow) Uint64(i int) uint64 {
	v := r.values[i]
	if v.Kind() == sqltype.KindInt64 && v.Int64() < 0 {
		r.refuse("an unsigned number")
		return 0
	}
	return v.Uint64()
}

// Text implements sqltype.Row: a decimal number.
func (r *knownRow) Text(i int) []byte {
	if v := r.values[i]; v.Kind() == sqltype.KindUint64 {
		r.text = strconv.AppendUint(r.text[:0], v.Uint64(), 10)
	} else {
		r.text = strconv.AppendInt(r.text[:0], v.Int64(), 10)
	}
	return r.text
}

// Raw implements sqltype.Row.
func (r *knownRow) Raw(i int) sqltype.Raw {
	return sqltype.Raw{Format: sqltype.FormatNative, Value: r.values[i]}
}

// Float64 implements sqltype.Row.
func (r *knownRow) Float64(int) float64 { r.refuse("a floating-point number"); return 0 }

// Bool implements sqltype.Row.
func (r *knownRow) Bool(int) bool { r.refuse("a truth value"); return false }

// Bytes implements sqltype.Row.
func (r *knownRow) Bytes(int) []byte { r.refuse("bytes"); return nil }

// UUID implements sqltype.Row.
func (r *knownRow) UUID(int) [16]byte { r.refuse("a UUID"); return [16]byte{} }

// Date implements sqltype.Row.
func (r *knownRow) Date(int) time.Time { r.refuse("a date"); return time.Time{} }

// TimeOfDay implements sqltype.Row.
func (r *knownRow) TimeOfDay(int) time.Duration { r.refuse("a time of day"); return 0 }

// DateTime implements sqltype.Row.
func (r *knownRow) DateTime(int) time.Time { r.refuse("a moment"); return time.Time{} }

// Instant implements sqltype.Row.
func (r *knownRow) Instant(int) time.Time { r.refuse("a moment"); return time.Time{} }

// Err implements sqltype.Row.
func (r *knownRow) Err() error {
	if r.err != nil {
		return fmt.Errorf("engine: %w", r.err)
	}
	return nil
}

// wholeNumber reads a whole number in the bits of its column's kind.
func wholeNumber(row sqltype.Row, i int, c *schema.Column) uint64 {
	if c.Type.Kind() == sqltype.KindUint64 {
		return row.Uint64(i)
	}
	return uint64(row.Int64(i))
}

func wholeValue(id uint64, c *schema.Column) sqltype.Value {
	if c.Type.Kind() == sqltype.KindUint64 {
		return sqltype.Uint64Value(id)
	}
	return sqltype.Int64Value(int64(id))
}
