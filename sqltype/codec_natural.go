package sqltype

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// naturalOf returns the function that reads a value of t as the Go value that
// Scan methods expect of a driver, or nil where there is none.
func naturalOf(t Type) func(Row, int) any {
	switch t := family(t).(type) {
	case Integer:
		if t.Unsigned {
			return naturalUnsigned
		}
		return func(r Row, i int) any { return r.Int64(i) }
	case Float:
		return func(r Row, i int) any { return r.Float64(i) }
	case Boolean:
		return func(r Row, i int) any { return r.Bool(i) }
	case String, Text, Enum, Numeric:
		return func(r Row, i int) any { return string(r.Text(i)) }
	case JSON:
		return func(r Row, i int) any { return append([]byte{}, r.Text(i)...) }
	case LargeBinary:
		return func(r Row, i int) any { return append([]byte{}, r.Bytes(i)...) }
	case Date:
		return func(r Row, i int) any { return r.Date(i) }
	case DateTime:
		if t.Zone {
			return func(r Row, i int) any { return r.Instant(i) }
		}
		return func(r Row, i int) any { return r.DateTime(i) }
	case Time:
		return func(r Row, i int) any { return time.Unix(0, int64(r.TimeOfDay(i))).UTC().Format("15:04:05.999999") }
	case Interval:
		return func(r Row, i int) any { return int64(r.Raw(i).Value.Interval()) }
	case UUID:
		return func(r Row, i int) any { return formatUUID(r.UUID(i)) }
	}
	return nil
}

// naturalUnsigned falls back to digits, as no driver.Value holds so much.
func naturalUnsigned(r Row, i int) any {
	v := r.Uint64(i)
	if v > math.MaxInt64 {
		return strconv.FormatUint(v, 10)
	}
	return int64(v)
}

// textSender returns the function that sends the text or bytes that a Value
// method returned, or nil where t takes neither. The text is shared.
func textSender(t Type, f refusal) func(string) (Value, error) {
	switch family(t).(type) {
	case String, Text, Enum:
		c := codecOrNil[string](t)
		return func(s string) (Value, error) { return c.Encode(mem.Pointer(&s)) }
	case LargeBinary:
		c := codecOrNil[[]byte](t)
		return func(s string) (Value, error) {
			b := []byte(s)
			return c.Encode(mem.Pointer(&b))
		}
	case Numeric:
		c := codecOrNil[Decimal](t)
		return func(s string) (Value, error) {
			d, err := ParseDecimal(s)
			if err != nil {
				return Value{}, f.because(notDecimal)
			}
			return c.Encode(mem.Pointer(&d))
		}
	case JSON:
		return func(s string) (Value, error) { return document([]byte(s), f) }
	case UUID:
		return func(s string) (Value, error) {
			id, ok := parseUUID(s)
			if !ok {
				return Value{}, f.because("not a UUID")
			}
			return UUIDValue(&id), nil
		}
	}
	return nil
}

// formatUUID returns the canonical form of RFC 9562.
func formatUUID(id [16]byte) string {
	var b [36]byte
	at := 0
	for i, part := range [5][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b[at] = '-'
			at++
		}
		at += hex.Encode(b[at:], part)
	}
	return string(b[:])
}

// parseUUID reads the canonical form, or the 16 bytes themselves.
func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) == len(id) {
		copy(id[:], s)
		return id, true
	}
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	n, err := hex.Decode(id[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]))
	return id, err == nil && n == len(id)
}
