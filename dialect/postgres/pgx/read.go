package pgx

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// column is what is needed to read one column.
type column struct {
	oid    uint32
	binary bool
	typ    *pgType // nil for a type that is not built in
	name   string
}

func (c *column) typeName() string {
	if c.typ == nil {
		return ""
	}
	return c.typ.name
}

func view(b []byte) string { return mem.View(b) }

// misfit keeps the first value that did not fit.
func (r *rows) misfit(i int, reason string) {
	if r.misfitErr != nil {
		return
	}
	c := &r.columns[i]
	name := c.typeName()
	if name == "" {
		name = "type " + strconv.FormatUint(uint64(c.oid), 10)
	}
	r.misfitErr = &sqlerr.ValueError{Column: c.name, Type: name, Reason: reason}
}

// IsNull implements sqltype.Row.
func (r *rows) IsNull(i int) bool { return r.value(i) == nil }

// Int64 implements sqltype.Row. A numeric without fraction is a whole number:
// it is what sum(bigint) gives.
func (r *rows) Int64(i int) int64 {
	c, b := &r.columns[i], r.value(i)
	if c.binary {
		switch {
		case c.oid == pgtype.Int8OID && len(b) == 8:
			return int64(binary.BigEndian.Uint64(b))
		case c.oid == pgtype.Int4OID && len(b) == 4:
			return int64(int32(binary.BigEndian.Uint32(b)))
		case c.oid == pgtype.Int2OID && len(b) == 2:
			return int64(int16(binary.BigEndian.Uint16(b)))
		case c.oid == pgtype.OIDOID && len(b) == 4:
			return int64(binary.BigEndian.Uint32(b))
		}
	} else {
		switch c.oid {
		case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID, pgtype.OIDOID, pgtype.NumericOID:
			if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
				return n
			}
		}
	}
	r.misfit(i, "it does not fit a signed 64-bit whole number")
	return 0
}

// Uint64 implements sqltype.Row.
func (r *rows) Uint64(i int) uint64 {
	if c := &r.columns[i]; !c.binary && c.oid == pgtype.NumericOID {
		n, err := strconv.ParseUint(string(r.value(i)), 10, 64)
		if err != nil {
			r.misfit(i, "it does not fit an unsigned 64-bit whole number")
		}
		return n
	}
	n := r.Int64(i)
	if n < 0 {
		r.misfit(i, "it does not fit an unsigned 64-bit whole number")
		return 0
	}
	return uint64(n)
}

// Float64 implements sqltype.Row.
func (r *rows) Float64(i int) float64 {
	c, b := &r.columns[i], r.value(i)
	switch {
	case c.binary && c.oid == pgtype.Float8OID && len(b) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case c.binary && c.oid == pgtype.Float4OID && len(b) == 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case !c.binary && c.oid == pgtype.Float8OID:
		if f, err := parseFloat(b); err == nil {
			return f
		}
	case !c.binary && c.oid == pgtype.Float4OID:
		if f, err := strconv.ParseFloat(string(b), 32); err == nil {
			return f
		}
	}
	r.misfit(i, "it is not a floating-point number")
	return 0
}

// Bool implements sqltype.Row.
func (r *rows) Bool(i int) bool {
	if c, b := &r.columns[i], r.value(i); c.oid == pgtype.BoolOID && len(b) == 1 {
		return b[0] == 1 && c.binary || b[0] == 't'
	}
	r.misfit(i, "it is not a truth value")
	return false
}

// Text implements sqltype.Row. It reads text, decimals, JSON, and what has no
// other typed read: labels of enumerations, network addresses, ranges.
func (r *rows) Text(i int) []byte {
	c, b := &r.columns[i], r.value(i)
	switch {
	case c.binary || c.typ != nil && !c.typ.text:
		r.misfit(i, "it is not text")
		return nil
	case c.oid == pgtype.NumericOID:
		if err := checkNumeric(b); err != nil {
			r.misfit(i, err.Error())
			return nil
		}
	}
	return b
}

// Bytes implements sqltype.Row.
func (r *rows) Bytes(i int) []byte {
	c, b := &r.columns[i], r.value(i)
	if c.oid == pgtype.ByteaOID {
		if c.binary {
			return b
		}
		if x, err := parseBytes(b); err == nil {
			return x
		}
	}
	r.misfit(i, "it is not bytes")
	return nil
}

// UUID implements sqltype.Row. It reads uuid, the canonical text, and bytes.
func (r *rows) UUID(i int) (id [16]byte) {
	c, b := &r.columns[i], r.value(i)
	switch c.oid {
	case pgtype.ByteaOID:
		b = r.Bytes(i)
		if len(b) == 16 {
			return [16]byte(b)
		}
	case pgtype.UUIDOID:
		if c.binary && len(b) == 16 {
			return [16]byte(b)
		}
		fallthrough
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID:
		if id, err := parseUUID(b); err == nil && !c.binary {
			return id
		}
	}
	r.misfit(i, "it is not a UUID")
	return [16]byte{}
}

// Date implements sqltype.Row.
func (r *rows) Date(i int) time.Time {
	c, b := &r.columns[i], r.value(i)
	err := errText
	var t time.Time
	switch {
	case c.oid != pgtype.DateOID:
		r.misfit(i, "it is not a date")
		return t
	case !c.binary:
		t, err = parseDate(b)
	case len(b) == 4:
		t, err = dateOf(int32(binary.BigEndian.Uint32(b)))
	}
	if err != nil {
		r.misfit(i, err.Error())
		return time.Time{}
	}
	return t
}

func dateOf(days int32) (time.Time, error) {
	if days == math.MaxInt32 || days == math.MinInt32 {
		return time.Time{}, errInfinity
	}
	return time.Unix(epoch+int64(days)*86400, 0).UTC(), nil
}

// TimeOfDay implements sqltype.Row.
func (r *rows) TimeOfDay(i int) time.Duration {
	c, b := &r.columns[i], r.value(i)
	if c.oid == pgtype.TimeOID {
		if c.binary && len(b) == 8 {
			return time.Duration(binary.BigEndian.Uint64(b)) * time.Microsecond
		}
		if d, err := parseTime(b); err == nil && !c.binary {
			return d
		}
	}
	r.misfit(i, "it is not a time of day without zone")
	return 0
}

// DateTime implements sqltype.Row.
func (r *rows) DateTime(i int) time.Time {
	if r.columns[i].oid != pgtype.TimestampOID {
		r.misfit(i, "it is not a timestamp without time zone")
		return time.Time{}
	}
	return r.moment(i)
}

// Instant implements sqltype.Row.
func (r *rows) Instant(i int) time.Time {
	if r.columns[i].oid != pgtype.TimestamptzOID {
		r.misfit(i, "it is not a timestamp with time zone")
		return time.Time{}
	}
	return r.moment(i)
}

func (r *rows) moment(i int) time.Time {
	c, b := &r.columns[i], r.value(i)
	err := errText
	var t time.Time
	switch {
	case !c.binary:
		t, err = parseTimestamp(b)
	case len(b) == 8:
		t, err = momentOf(int64(binary.BigEndian.Uint64(b)))
	}
	if err != nil {
		r.misfit(i, err.Error())
		return time.Time{}
	}
	return t
}

func momentOf(us int64) (time.Time, error) {
	if us == math.MaxInt64 || us == math.MinInt64 {
		return time.Time{}, errInfinity
	}
	sec, rest := us/1e6, us%1e6
	return time.Unix(epoch+sec, rest*1000).UTC(), nil
}

// Raw implements sqltype.Row. An array is decoded: its Value is a KindArray,
// whose text shares memory with the row. The elements of a type that is not
// built in, such as an enumeration, are text.
func (r *rows) Raw(i int) sqltype.Raw {
	c, b := &r.columns[i], r.value(i)
	raw := sqltype.Raw{Type: c.typeName(), Bytes: b}
	if c.binary {
		raw.Format = sqltype.FormatBinary
	}
	elem := textType
	switch {
	case b == nil || c.typ != nil && c.typ.elem == nil:
		return raw
	case c.typ != nil:
		elem = c.typ.elem
	}
	v, err := readArray(elem, b)
	if err != nil && c.typ == nil {
		return raw
	}
	if err != nil {
		r.misfit(i, "an element of the array does not fit: "+err.Error())
		return raw
	}
	raw.Format, raw.Value = sqltype.FormatNative, v
	return raw
}
