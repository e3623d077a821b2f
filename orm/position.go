package orm

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Position is a place between two rows of an ordered query, from which the rows
// after it, or before it, are read. The zero Position is the beginning. It holds
// the values of the row in a form that anybody can read: it is no secret.
type Position struct {
	order    uint64 // of the terms of the order
	backward bool
	values   string // of the terms, as appendKeyValue writes them
}

// String returns the position as text for a URL.
func (p Position) String() string {
	if p.values == "" {
		return ""
	}
	buf := binary.BigEndian.AppendUint64(nil, p.order)
	if p.backward {
		buf = append(buf, 1)
	} else {
		buf = append(buf, 0)
	}
	return base64.RawURLEncoding.EncodeToString(append(buf, p.values...))
}

// IsZero reports whether the position is the beginning.
func (p Position) IsZero() bool { return p.values == "" }

// MarshalText implements encoding.TextMarshaler.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Position) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePosition(string(text))
	return err
}

// ErrPosition says that a text is no position, or one of another order.
var ErrPosition = errors.New("orm: the text is no position; take one from KeysetPage, unchanged")

// errOtherOrder is an ErrPosition.
type errOtherOrder struct{}

// Error says what to do.
func (errOtherOrder) Error() string {
	return "orm: the position is that of another order; begin with the first page"
}

// Unwrap returns ErrPosition.
func (errOtherOrder) Unwrap() error { return ErrPosition }

// ParsePosition reads the text of a position. Whether it is one of a query is
// told when it is used.
func ParsePosition(text string) (Position, error) {
	if text == "" {
		return Position{}, nil
	}
	buf, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(buf) < 10 || buf[8] > 1 {
		return Position{}, ErrPosition
	}
	p := Position{order: binary.BigEndian.Uint64(buf), backward: buf[8] == 1, values: string(buf[9:])}
	_, err = p.decoded()
	return p, err
}

// decoded returns the values.
func (p Position) decoded() ([]sqltype.Value, error) {
	var out []sqltype.Value
	for buf := []byte(p.values); len(buf) > 0; {
		if len(buf) < 9 {
			return nil, ErrPosition
		}
		kind, n := sqltype.Kind(buf[0]), binary.BigEndian.Uint64(buf[1:])
		if n > uint64(len(buf)-9) {
			return nil, ErrPosition
		}
		v, ok := keyValue(kind, buf[9:9+n])
		if !ok {
			return nil, ErrPosition
		}
		out, buf = append(out, v), buf[9+n:]
	}
	return out, nil
}

// keyValue is a value as appendKeyValue has written it.
func keyValue(kind sqltype.Kind, data []byte) (sqltype.Value, bool) {
	switch kind {
	case sqltype.KindNull:
		return sqltype.NullValue(), len(data) == 0
	case sqltype.KindText:
		return sqltype.TextValue(string(data)), true
	case sqltype.KindBytes:
		return sqltype.BytesValue(data), true
	case sqltype.KindDecimal:
		return sqltype.DecimalValue(string(data)), true
	case sqltype.KindUUID:
		if len(data) != 16 {
			return sqltype.Value{}, false
		}
		return sqltype.UUIDValue((*[16]byte)(data)), true
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return keyTime(kind, data)
	}
	if len(data) != 8 {
		return sqltype.Value{}, false
	}
	return keyNumber(kind, binary.BigEndian.Uint64(data))
}

func keyTime(kind sqltype.Kind, data []byte) (sqltype.Value, bool) {
	if len(data) != 16 {
		return sqltype.Value{}, false
	}
	t := time.Unix(int64(binary.BigEndian.Uint64(data)), int64(binary.BigEndian.Uint64(data[8:]))).UTC()
	switch kind {
	case sqltype.KindDate:
		return sqltype.DateValue(t), true
	case sqltype.KindDateTime:
		return sqltype.DateTimeValue(t), true
	}
	return sqltype.InstantValue(t), true
}

func keyNumber(kind sqltype.Kind, n uint64) (sqltype.Value, bool) {
	switch kind {
	case sqltype.KindInt64:
		return sqltype.Int64Value(int64(n)), true
	case sqltype.KindUint64:
		return sqltype.Uint64Value(n), true
	case sqltype.KindFloat64:
		return sqltype.Float64Value(math.Float64frombits(n)), true
	case sqltype.KindBool:
		return sqltype.BoolValue(n != 0), true
	case sqltype.KindTimeOfDay:
		return sqltype.TimeOfDayValue(time.Duration(n)), true
	case sqltype.KindInterval:
		return sqltype.IntervalValue(time.Duration(n)), true
	}
	return sqltype.Value{}, false
}

// fingerprint tells orders apart.
func fingerprint(terms []string) uint64 {
	h := fnv.New64a()
	for _, t := range terms {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
