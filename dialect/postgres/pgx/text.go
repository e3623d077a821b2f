package pgx

import (
	"encoding/hex"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Reading of the server's text forms: of elements of arrays, and of everything
// where a result's types were not known before it was asked for.

var (
	errText     = errors.New("its text form was not understood")
	errInfinity = errors.New("infinity has no place in a Go time")
	errNumber   = errors.New("it is not a finite number")
)

// textValue reads the text form of a value of type t. Text and JSON share
// memory with b.
func textValue(t *pgType, b []byte) (v sqltype.Value, err error) {
	switch t.oid {
	case pgtype.BoolOID:
		x, err := parseBool(b)
		return sqltype.BoolValue(x), err
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID:
		n, err := strconv.ParseInt(string(b), 10, 64)
		return sqltype.Int64Value(n), err
	case pgtype.Float4OID, pgtype.Float8OID:
		f, err := parseFloat(b)
		return sqltype.Float64Value(f), err
	case pgtype.NumericOID:
		return sqltype.DecimalValue(view(b)), checkNumeric(b)
	case pgtype.ByteaOID:
		x, err := parseBytes(b)
		return sqltype.BytesValue(x), err
	case pgtype.UUIDOID:
		id, err := parseUUID(b)
		return sqltype.UUIDValue(&id), err
	case pgtype.DateOID:
		d, err := parseDate(b)
		return sqltype.DateValue(d), err
	case pgtype.TimeOID:
		d, err := parseTime(b)
		return sqltype.TimeOfDayValue(d), err
	case pgtype.TimestampOID:
		m, err := parseTimestamp(b)
		return sqltype.DateTimeValue(m), err
	case pgtype.TimestamptzOID:
		m, err := parseTimestamp(b)
		return sqltype.InstantValue(m), err
	case pgtype.JSONOID, pgtype.JSONBOID:
		return sqltype.JSONValue(view(b)), nil
	}
	return sqltype.TextValue(view(b)), nil
}

func parseBool(b []byte) (bool, error) {
	switch string(b) {
	case "t":
		return true, nil
	case "f":
		return false, nil
	}
	return false, errText
}

func parseFloat(b []byte) (float64, error) {
	switch string(b) {
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	return strconv.ParseFloat(string(b), 64)
}

// checkNumeric refuses NaN and the infinities, which are no decimals.
func checkNumeric(b []byte) error {
	if len(b) == 0 || b[len(b)-1] < '0' || b[len(b)-1] > '9' {
		return errNumber
	}
	return nil
}

// parseBytes reads both of the server's forms, hex and escape.
func parseBytes(b []byte) ([]byte, error) {
	if len(b) >= 2 && b[0] == '\\' && b[1] == 'x' {
		dst := make([]byte, (len(b)-2)/2)
		_, err := hex.Decode(dst, b[2:])
		return dst, err
	}
	dst := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\':
			dst = append(dst, b[i])
		case i+1 < len(b) && b[i+1] == '\\':
			dst = append(dst, '\\')
			i++
		case i+3 < len(b):
			n, err := strconv.ParseUint(string(b[i+1:i+4]), 8, 8)
			if err != nil {
				return nil, errText
			}
			dst = append(dst, byte(n))
			i += 3
		default:
			return nil, errText
		}
	}
	return dst, nil
}

// parseUUID reads the canonical form, in either case.
func parseUUID(b []byte) (id [16]byte, err error) {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return id, errText
	}
	var digits [32]byte
	n := copy(digits[:], b[:8])
	n += copy(digits[n:], b[9:13])
	n += copy(digits[n:], b[14:18])
	n += copy(digits[n:], b[19:23])
	copy(digits[n:], b[24:])
	if _, err = hex.Decode(id[:], digits[:]); err != nil {
		err = errText
	}
	return id, err
}

func parseDate(b []byte) (time.Time, error) {
	s, era := strings.CutSuffix(string(b), " BC")
	if strings.HasSuffix(s, "infinity") {
		return time.Time{}, errInfinity
	}
	year, rest, ok1 := digits(s)
	month, rest, ok2 := digits(strings.TrimPrefix(rest, "-"))
	day, rest, ok3 := digits(strings.TrimPrefix(rest, "-"))
	if !ok1 || !ok2 || !ok3 || rest != "" || len(s) < len("2000-01-01") {
		return time.Time{}, errText
	}
	if era {
		year = 1 - year
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), nil
}

// digits reads the number that s starts with.
func digits(s string) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err == nil
}

func parseTime(b []byte) (time.Duration, error) {
	if len(b) < len("15:04:05") || b[2] != ':' || b[5] != ':' {
		return 0, errText
	}
	h, _, ok1 := digits(string(b[:2]))
	m, _, ok2 := digits(string(b[3:5]))
	s, rest, ok3 := digits(string(b[6:]))
	if !ok1 || !ok2 || !ok3 {
		return 0, errText
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	if rest == "" {
		return d, nil
	}
	fraction := strings.TrimPrefix(rest, ".")
	n, tail, ok := digits(fraction)
	if !ok || tail != "" || len(fraction) > 9 || len(fraction) == len(rest) {
		return 0, errText
	}
	for range 9 - len(fraction) {
		n *= 10
	}
	return d + time.Duration(n), nil
}

// parseTimestamp reads a date and a time with or without an offset.
func parseTimestamp(b []byte) (time.Time, error) {
	s, era := strings.CutSuffix(string(b), " BC")
	if strings.HasSuffix(s, "infinity") {
		return time.Time{}, errInfinity
	}
	day, clock, ok := strings.Cut(s, " ")
	if !ok {
		return time.Time{}, errText
	}
	if era {
		day += " BC"
	}
	t, err := parseDate([]byte(day))
	if err != nil {
		return t, err
	}
	var offset time.Duration
	if i := strings.IndexAny(clock, "+-"); i >= 0 {
		if offset, err = parseOffset(clock[i+1:]); err != nil {
			return t, err
		}
		if clock[i] == '-' {
			offset = -offset
		}
		clock = clock[:i]
	}
	d, err := parseTime([]byte(clock))
	return t.Add(d - offset), err
}

// parseOffset reads hours, and minutes and seconds where there are any.
func parseOffset(s string) (time.Duration, error) {
	var d time.Duration
	unit := time.Hour
	for _, part := range strings.Split(s, ":") {
		n, rest, ok := digits(part)
		if !ok || rest != "" || unit < time.Second {
			return 0, errText
		}
		d += time.Duration(n) * unit
		unit /= 60
	}
	return d, nil
}
