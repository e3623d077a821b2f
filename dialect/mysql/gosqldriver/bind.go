package gosqldriver

import (
	"encoding/hex"
	"math"
	"time"

	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// bindOne makes v the argument i of the next execution. Dates and times go as
// text, because the Go driver sends a time.Time of year 1 as a zero date.
func (s *stmt) bindOne(i int, v *sqltype.Value) error {
	switch v.Kind() {
	case sqltype.KindNull:
		s.args[i] = nil
	case sqltype.KindInt64:
		s.args[i] = v.Int64()
	case sqltype.KindUint64:
		s.args[i] = v.Uint64()
	case sqltype.KindBool:
		s.args[i] = v.Bool()
	case sqltype.KindText, sqltype.KindDecimal, sqltype.KindJSON:
		text := v.Text()
		s.args[i] = text
		return s.fits(len(text))
	case sqltype.KindBytes:
		b := v.Bytes()
		if b == nil {
			b = []byte{} // nil would be NULL
		}
		s.args[i] = b
		return s.fits(len(b))
	case sqltype.KindFloat64:
		f := v.Float64()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return &sqlerr.ValueError{Type: "DOUBLE", Reason: "not a finite number"}
		}
		s.args[i] = f
	case sqltype.KindUUID:
		s.args[i] = s.uuid(v.Bytes())
	default:
		return s.bindTime(i, *v)
	}
	return nil
}

// fits refuses an argument that is too long: the server takes it in pieces, and
// then keeps it for all later executions.
func (s *stmt) fits(n int) error {
	if n > s.c.maxArgument {
		return &sqlerr.ValueError{Type: "argument", Reason: "larger than the server's max_allowed_packet"}
	}
	return nil
}

func (s *stmt) uuid(id []byte) []byte {
	if s.c.connector.cfg.BinaryUUIDs {
		return id
	}
	text := make([]byte, 36)
	hex.Encode(text, id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return text
}

func (s *stmt) bindTime(i int, v sqltype.Value) error {
	start := len(s.times)
	var reason, name string
	switch v.Kind() {
	case sqltype.KindDate:
		name = "DATE"
		s.times, reason = appendMoment(s.times, v, false)
	case sqltype.KindDateTime, sqltype.KindInstant:
		name = "DATETIME"
		s.times, reason = appendMoment(s.times, v, true)
	case sqltype.KindTimeOfDay:
		name = "TIME"
		s.times, reason = appendTimeOfDay(s.times, v.TimeOfDay())
	case sqltype.KindArray:
		name, reason = "ARRAY", "MySQL and MariaDB have no arrays"
	default:
		name, reason = "value", "of a kind that MySQL and MariaDB do not have"
	}
	if reason != "" {
		return &sqlerr.ValueError{Type: name, Reason: reason}
	}
	s.args[i] = s.times[start:len(s.times):len(s.times)]
	return nil
}

const tooFine = "finer than a microsecond; round it to the column's precision"

func appendMoment(b []byte, v sqltype.Value, clock bool) (text []byte, reason string) {
	t := v.Time()
	year, month, day := t.Date()
	if year < 1 || year > 9999 {
		return b, "the year is not between 1 and 9999"
	}
	b = append2(append2(b, year/100), year%100)
	b = append2(append(b, '-'), int(month))
	b = append2(append(b, '-'), day)
	if !clock {
		return b, ""
	}
	hour, minute, second := t.Clock()
	b = append2(append(b, ' '), hour)
	b = append2(append(b, ':'), minute)
	b = append2(append(b, ':'), second)
	return appendFraction(b, t.Nanosecond())
}

func appendTimeOfDay(b []byte, d time.Duration) (text []byte, reason string) {
	if d < 0 || d >= 24*time.Hour {
		return b, "not a time of day"
	}
	b = append2(b, int(d/time.Hour))
	b = append2(append(b, ':'), int(d/time.Minute%60))
	b = append2(append(b, ':'), int(d/time.Second%60))
	return appendFraction(b, int(d%time.Second))
}

func appendFraction(b []byte, nsec int) (text []byte, reason string) {
	if nsec == 0 {
		return b, ""
	}
	if nsec%1000 != 0 {
		return b, tooFine
	}
	usec := nsec / 1000
	b = append2(append(b, '.'), usec/10000)
	return append2(append2(b, usec/100%100), usec%100), ""
}

func append2(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
