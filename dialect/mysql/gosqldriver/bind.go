package gosqldriver

import (
	sqldriver "database/sql/driver"
	"encoding/hex"
	"math"
	"slices"
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// bound is the arguments of one execution as the Go driver takes them.
type bound struct {
	c      *conn
	values []sqldriver.Value
	cells  []cell // what values point to, an entry each
	times  []byte // text of the dates and times among them
}

// NewBound implements driver.Binder.
func (c *conn) NewBound() driver.Bound { return &bound{c: c} }

// Bind implements driver.Bound.
func (b *bound) Bind(args []sqltype.Value) error {
	b.times = b.times[:0]
	b.values = slices.Grow(b.values[:0], len(args))[:len(args)]
	b.cells = slices.Grow(b.cells[:0], len(args))[:len(args)]
	for i := range args {
		if err := b.bindOne(i, &args[i]); err != nil {
			b.values = b.values[:0]
			return err
		}
	}
	return nil
}

// bindOne makes v the argument i of the next execution. Dates and times go as
// text, because the Go driver sends a time.Time of year 1 as a zero date.
func (b *bound) bindOne(i int, v *sqltype.Value) error {
	switch v.Kind() {
	case sqltype.KindNull:
		b.values[i] = nil
	case sqltype.KindInt64:
		b.values[i] = b.cells[i].int64(v.Int64())
	case sqltype.KindUint64:
		b.values[i] = v.Uint64()
	case sqltype.KindBool:
		b.values[i] = v.Bool()
	case sqltype.KindText, sqltype.KindDecimal, sqltype.KindJSON:
		text := v.Text()
		b.values[i] = b.cells[i].string(text)
		return b.fits(len(text))
	case sqltype.KindBytes:
		raw := v.Bytes()
		if raw == nil {
			raw = []byte{} // nil would be NULL
		}
		b.values[i] = b.cells[i].bytes(raw)
		return b.fits(len(raw))
	case sqltype.KindFloat64:
		f := v.Float64()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return &sqlerr.ValueError{Type: "DOUBLE", Reason: "not a finite number"}
		}
		b.values[i] = b.cells[i].float64(f)
	case sqltype.KindUUID:
		b.values[i] = b.uuid(v.Bytes())
	default:
		return b.bindTime(i, *v)
	}
	return nil
}

// fits refuses an argument that is too long: the server takes it in pieces, and
// then keeps it for all later executions.
func (b *bound) fits(n int) error {
	if n > b.c.maxArgument {
		return &sqlerr.ValueError{Type: "argument", Reason: "larger than the server's max_allowed_packet"}
	}
	return nil
}

func (b *bound) uuid(id []byte) []byte {
	if b.c.connector.cfg.BinaryUUIDs {
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

func (b *bound) bindTime(i int, v sqltype.Value) error {
	start := len(b.times)
	var reason, name string
	switch v.Kind() {
	case sqltype.KindDate:
		name = "DATE"
		b.times, reason = appendMoment(b.times, v, false)
	case sqltype.KindDateTime, sqltype.KindInstant:
		name = "DATETIME"
		b.times, reason = appendMoment(b.times, v, true)
	case sqltype.KindTimeOfDay:
		name = "TIME"
		b.times, reason = appendTimeOfDay(b.times, v.TimeOfDay())
	case sqltype.KindArray:
		name, reason = "ARRAY", "MySQL and MariaDB have no arrays"
	default:
		name, reason = "value", "of a kind that MySQL and MariaDB do not have"
	}
	if reason != "" {
		return &sqlerr.ValueError{Type: name, Reason: reason}
	}
	b.values[i] = b.cells[i].bytes(b.times[start:len(b.times):len(b.times)])
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
