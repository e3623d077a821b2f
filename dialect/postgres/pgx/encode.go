package pgx

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

const (
	formatText   int16 = 0
	formatBinary int16 = 1

	// epoch is 2000-01-01, where the server's binary times begin.
	epoch = 946684800
	// The server's limits, in its own units from its epoch:
	// https://www.postgresql.org/docs/current/datatype-datetime.html.
	minDate, maxDate           = -2451545, 2145031948
	minTimestamp, maxTimestamp = -211813488000, 9223371331200 // seconds

	maxParams = math.MaxUint16
	// maxMessage leaves room for the message's header in the server's limit.
	maxMessage = 1<<30 - 1<<16
)

// errKind and errRange are the two ways in which a value does not fit a type;
// bind adds the type and the parameter.
var (
	errKind  = fmt.Errorf("holds a value of another kind")
	errRange = fmt.Errorf("is out of range")
	empty    = []byte{}
)

// arguments holds the wire form of one execution's parameters. It is used
// again for each execution.
type arguments struct {
	values  [][]byte
	formats []int16
	buf     []byte
}

// bind encodes args for parameters of the given types, where nil is a type
// that is not known. Text and bytes are not copied.
func (a *arguments) bind(types []*pgType, args []sqltype.Value) error {
	a.values, a.formats, a.buf = a.values[:0], a.formats[:0], a.buf[:0]
	if len(args) != len(types) || len(args) > maxParams {
		return &sqlerr.ValueError{Type: "parameters", Reason: fmt.Sprintf(
			"the statement takes %d and was given %d; it can take %d", len(types), len(args), maxParams)}
	}
	size := 0
	for i, v := range args {
		value, format, err := a.encode(types[i], v)
		if err != nil {
			name := "unknown"
			if types[i] != nil {
				name = types[i].name
			}
			return &sqlerr.ValueError{Type: name, Reason: fmt.Sprintf("parameter %d %v", i+1, err)}
		}
		size += len(value)
		a.values = append(a.values, value)
		a.formats = append(a.formats, format)
	}
	if size > maxMessage {
		return &sqlerr.ValueError{Type: "parameters", Reason: "together they are larger than the 1 GiB that the server takes"}
	}
	return nil
}

func (a *arguments) encode(t *pgType, v sqltype.Value) ([]byte, int16, error) {
	switch v.Kind() {
	case sqltype.KindNull:
		return nil, formatText, nil
	case sqltype.KindText, sqltype.KindJSON, sqltype.KindDecimal:
		if t != nil && t.oid == pgtype.ByteaOID {
			return nil, 0, errKind // the server would read escapes in it
		}
		return notNil(v.Bytes()), formatText, nil
	case sqltype.KindBytes:
		if t != nil && t.oid == pgtype.ByteaOID {
			return notNil(v.Bytes()), formatBinary, nil
		}
	case sqltype.KindArray:
		return a.encodeArray(t, v)
	}
	start := len(a.buf)
	var err error
	format := formatText
	if t != nil && t.encode != nil {
		format = formatBinary
		a.buf, err = t.encode(a.buf, v)
	} else if t != nil && t.elem != nil {
		return nil, 0, errKind
	} else {
		a.buf, err = appendText(a.buf, v)
	}
	return a.buf[start:], format, err
}

// notNil keeps an empty string apart from NULL, which pgconn writes for nil.
func notNil(b []byte) []byte {
	if b == nil {
		return empty
	}
	return b
}

func wholeNumber(v sqltype.Value, lowest, highest int64) (int64, error) {
	switch v.Kind() {
	case sqltype.KindInt64:
		if n := v.Int64(); n >= lowest && n <= highest {
			return n, nil
		}
		return 0, errRange
	case sqltype.KindUint64:
		if n := v.Uint64(); n <= uint64(highest) {
			return int64(n), nil
		}
		return 0, errRange
	}
	return 0, errKind
}

func encodeInt2(dst []byte, v sqltype.Value) ([]byte, error) {
	n, err := wholeNumber(v, math.MinInt16, math.MaxInt16)
	return binary.BigEndian.AppendUint16(dst, uint16(n)), err
}

func encodeInt4(dst []byte, v sqltype.Value) ([]byte, error) {
	n, err := wholeNumber(v, math.MinInt32, math.MaxInt32)
	return binary.BigEndian.AppendUint32(dst, uint32(n)), err
}

func encodeInt8(dst []byte, v sqltype.Value) ([]byte, error) {
	n, err := wholeNumber(v, math.MinInt64, math.MaxInt64)
	return binary.BigEndian.AppendUint64(dst, uint64(n)), err
}

func encodeOID(dst []byte, v sqltype.Value) ([]byte, error) {
	n, err := wholeNumber(v, 0, math.MaxUint32)
	return binary.BigEndian.AppendUint32(dst, uint32(n)), err
}

func float(v sqltype.Value) (float64, error) {
	switch v.Kind() {
	case sqltype.KindFloat64:
		return v.Float64(), nil
	case sqltype.KindInt64: // exact up to 2^53
		if n := v.Int64(); n >= -1<<53 && n <= 1<<53 {
			return float64(n), nil
		}
		return 0, errRange
	}
	return 0, errKind
}

func encodeFloat4(dst []byte, v sqltype.Value) ([]byte, error) {
	f, err := float(v)
	if math.IsInf(float64(float32(f)), 0) && !math.IsInf(f, 0) {
		err = errRange
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(f))), err
}

func encodeFloat8(dst []byte, v sqltype.Value) ([]byte, error) {
	f, err := float(v)
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f)), err
}

func encodeBool(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindBool {
		return dst, errKind
	}
	if v.Bool() {
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

// encodeText takes what is text already, and a UUID, which text columns may
// hold.
func encodeText(dst []byte, v sqltype.Value) ([]byte, error) {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindJSON, sqltype.KindDecimal, sqltype.KindUUID:
		return appendText(dst, v)
	}
	return dst, errKind
}

func encodeBytes(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindBytes {
		return dst, errKind
	}
	return append(dst, v.Bytes()...), nil
}

func encodeJSONB(dst []byte, v sqltype.Value) ([]byte, error) {
	switch v.Kind() {
	case sqltype.KindJSON, sqltype.KindText:
		return append(append(dst, 1), v.Bytes()...), nil // 1 is the version of the format
	}
	return dst, errKind
}

func encodeUUID(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindUUID {
		return dst, errKind
	}
	return append(dst, v.Bytes()...), nil
}

func encodeDate(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindDate {
		return dst, errKind
	}
	sec, _ := v.Unix()
	days := (sec - epoch) / 86400 // exact: a date is at midnight
	if days < minDate || days > maxDate {
		return dst, errRange
	}
	return binary.BigEndian.AppendUint32(dst, uint32(days)), nil
}

func encodeTime(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindTimeOfDay {
		return dst, errKind
	}
	d := v.TimeOfDay().Round(time.Microsecond)
	if d < 0 || d > 24*time.Hour {
		return dst, errRange
	}
	return binary.BigEndian.AppendUint64(dst, uint64(d.Microseconds())), nil
}

func encodeTimestamp(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindDateTime {
		return dst, errKind
	}
	return appendMicroseconds(dst, v)
}

func encodeTimestamptz(dst []byte, v sqltype.Value) ([]byte, error) {
	if v.Kind() != sqltype.KindInstant {
		return dst, errKind
	}
	return appendMicroseconds(dst, v)
}

func appendMicroseconds(dst []byte, v sqltype.Value) ([]byte, error) {
	sec, nsec := v.Unix()
	if sec < minTimestamp+epoch || sec >= maxTimestamp+epoch {
		return dst, errRange
	}
	// Rounded as the server rounds the text form; codecs have rounded before,
	// where a column's precision was known.
	us := (sec-epoch)*1e6 + (int64(nsec)+500)/1000
	if us >= maxTimestamp*1e6 {
		return dst, errRange
	}
	return binary.BigEndian.AppendUint64(dst, uint64(us)), nil
}

// appendText appends the text form that the server reads for a value whose
// parameter has no type, or one without binary form here.
func appendText(dst []byte, v sqltype.Value) ([]byte, error) {
	switch v.Kind() {
	case sqltype.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10), nil
	case sqltype.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10), nil
	case sqltype.KindFloat64:
		return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 64), nil
	case sqltype.KindBool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case sqltype.KindText, sqltype.KindJSON, sqltype.KindDecimal:
		return append(dst, v.Text()...), nil
	case sqltype.KindBytes:
		return hex.AppendEncode(append(dst, `\x`...), v.Bytes()), nil
	case sqltype.KindUUID:
		return appendUUID(dst, v.Bytes()), nil
	case sqltype.KindTimeOfDay:
		d := v.TimeOfDay()
		if d < 0 || d > 24*time.Hour {
			return dst, errRange
		}
		h, m, s, ns := d/time.Hour, d/time.Minute%60, d/time.Second%60, d%time.Second
		return fmt.Appendf(dst, "%02d:%02d:%02d.%09d", h, m, s, ns), nil
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return appendMoment(dst, v)
	}
	return dst, errKind
}

func appendUUID(dst, id []byte) []byte {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:16]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

func appendMoment(dst []byte, v sqltype.Value) ([]byte, error) {
	t := v.Time()
	days := (t.Unix() - epoch) / 86400
	if days < minDate || days > maxDate {
		return dst, errRange
	}
	year, era := t.Year(), ""
	if year <= 0 { // the year before 1 AD is 1 BC
		year, era = 1-year, " BC"
	}
	dst = fmt.Appendf(dst, "%04d-%02d-%02d", year, t.Month(), t.Day())
	if v.Kind() != sqltype.KindDate {
		dst = t.AppendFormat(dst, " 15:04:05.999999999")
	}
	if v.Kind() == sqltype.KindInstant {
		dst = append(dst, "+00"...)
	}
	return append(dst, era...), nil
}
