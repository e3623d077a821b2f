package modernc

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// bind gives every parameter its value; so nothing of the last execution is
// left, and there is nothing to clear.
func (s *stmt) bind(args []sqltype.Value) error {
	if len(args) != s.params {
		return fmt.Errorf("sqlite: the statement has %d parameters, and %d values were given", s.params, len(args))
	}
	if len(args) == 0 {
		return nil
	}
	if err := s.values.reserve(s.c.tls, room(args)); err != nil {
		return err
	}
	for i := range args {
		rc, reason := s.bindOne(int32(i+1), &args[i])
		if reason != "" {
			return &sqlerr.ValueError{Type: kindNames[args[i].Kind()], Reason: fmt.Sprintf("parameter %d: %s", i+1, reason)}
		}
		if rc != lib.SQLITE_OK {
			return classify(&Error{Code: int(rc), Message: fmt.Sprintf("parameter %d can't be bound", i+1)})
		}
	}
	return nil
}

// room is how many bytes the values need in the arena.
func room(args []sqltype.Value) int {
	n := 1
	for i := range args {
		switch v := &args[i]; v.Kind() {
		case sqltype.KindText, sqltype.KindJSON, sqltype.KindBytes:
			n += len(v.Bytes())
		case sqltype.KindDate:
			n += dateLen
		case sqltype.KindTimeOfDay:
			n += timeLen
		case sqltype.KindDateTime:
			n += dateTimeLen
		case sqltype.KindInstant:
			n += instantLen
		case sqltype.KindUUID:
			n += uuidLen
		}
	}
	return n
}

func (s *stmt) bindOne(i int32, v *sqltype.Value) (rc int32, reason string) {
	tls, h := s.c.tls, s.handle
	switch v.Kind() {
	case sqltype.KindNull:
		return lib.Xsqlite3_bind_null(tls, h, i), ""
	case sqltype.KindInt64:
		return lib.Xsqlite3_bind_int64(tls, h, i, v.Int64()), ""
	case sqltype.KindUint64:
		if v.Uint64() > math.MaxInt64 {
			return 0, "SQLite's integers end at 9223372036854775807"
		}
		return lib.Xsqlite3_bind_int64(tls, h, i, v.Int64()), ""
	case sqltype.KindFloat64:
		if math.IsNaN(v.Float64()) {
			return 0, "SQLite has no NaN; use NULL"
		}
		return lib.Xsqlite3_bind_double(tls, h, i, v.Float64()), ""
	case sqltype.KindBool:
		return lib.Xsqlite3_bind_int64(tls, h, i, v.Int64()), ""
	case sqltype.KindText, sqltype.KindJSON:
		return s.bindText(i, v.Text())
	case sqltype.KindBytes:
		b := v.Bytes()
		p, m := s.values.take(len(b))
		copy(m, b)
		return lib.Xsqlite3_bind_blob64(tls, h, i, p, uint64(len(b)), lib.SQLITE_STATIC), ""
	case sqltype.KindDecimal:
		return s.bindDecimal(i, v.Text())
	case sqltype.KindUUID:
		p, m := s.values.take(uuidLen)
		putUUID(m, v.Bytes())
		return s.bindTaken(i, p, uuidLen), ""
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return s.bindMoment(i, v)
	case sqltype.KindTimeOfDay:
		return s.bindTimeOfDay(i, int64(v.TimeOfDay()))
	}
	if v.Kind() == sqltype.KindInterval {
		return 0, "SQLite has no intervals"
	}
	return 0, "SQLite has no arrays; use JSON or a table"
}

func (s *stmt) bindTaken(i int32, p uintptr, n int) int32 {
	return lib.Xsqlite3_bind_text64(s.c.tls, s.handle, i, p, uint64(n), lib.SQLITE_STATIC, lib.SQLITE_UTF8)
}

func (s *stmt) bindText(i int32, text string) (int32, string) {
	if strings.IndexByte(text, 0) >= 0 {
		return 0, "the text holds a NUL, where SQLite's functions stop reading"
	}
	if !utf8.ValidString(text) {
		return 0, "the text is not valid UTF-8"
	}
	p, m := s.values.take(len(text))
	copy(m, text)
	return s.bindTaken(i, p, len(text)), ""
}

func (s *stmt) bindDecimal(i int32, text string) (int32, string) {
	d, reason := decimal(text)
	switch {
	case reason != "":
		return 0, reason
	case d.isInt:
		return lib.Xsqlite3_bind_int64(s.c.tls, s.handle, i, d.i), ""
	}
	return lib.Xsqlite3_bind_double(s.c.tls, s.handle, i, d.f), ""
}

const tooFine = "more than six digits of fraction; round it first"

func (s *stmt) bindMoment(i int32, v *sqltype.Value) (int32, string) {
	sec, nsec := v.Unix()
	if sec < minSecond || sec >= maxSecond {
		return 0, "the year is not within 1 to 9999"
	}
	if nsec%1000 != 0 {
		return 0, tooFine
	}
	switch v.Kind() {
	case sqltype.KindDate:
		p, m := s.values.take(dateLen)
		putDate(m, sec)
		return s.bindTaken(i, p, dateLen), ""
	case sqltype.KindDateTime:
		p, m := s.values.take(dateTimeLen)
		putDateTime(m, sec, int(nsec/1000))
		return s.bindTaken(i, p, dateTimeLen), ""
	}
	p, m := s.values.take(instantLen)
	putDateTime(m, sec, int(nsec/1000))
	m[dateTimeLen] = 'Z'
	return s.bindTaken(i, p, instantLen), ""
}

func (s *stmt) bindTimeOfDay(i int32, ns int64) (int32, string) {
	if ns < 0 || ns >= secondsPerDay*1e9 {
		return 0, "the time of day is not within 00:00:00 and 23:59:59"
	}
	if ns%1000 != 0 {
		return 0, tooFine
	}
	p, m := s.values.take(timeLen)
	putTime(m, int(ns/1e9), int(ns%1e9/1000))
	return s.bindTaken(i, p, timeLen), ""
}

var kindNames = [...]string{
	sqltype.KindNull: "NULL", sqltype.KindInt64: "BIGINT", sqltype.KindUint64: "BIGINT UNSIGNED",
	sqltype.KindFloat64: "DOUBLE PRECISION", sqltype.KindBool: "BOOLEAN", sqltype.KindText: "TEXT",
	sqltype.KindBytes: "BLOB", sqltype.KindDecimal: "NUMERIC", sqltype.KindDate: "DATE",
	sqltype.KindTimeOfDay: "TIME", sqltype.KindDateTime: "TIMESTAMP",
	sqltype.KindInstant: "TIMESTAMP WITH TIME ZONE", sqltype.KindUUID: "UUID", sqltype.KindJSON: "JSON",
	sqltype.KindArray: "ARRAY", sqltype.KindInterval: "INTERVAL",
}
