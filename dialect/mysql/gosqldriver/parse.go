package gosqldriver

import (
	"encoding/hex"
	"time"
)

// parseMoment reads "2006-01-02" or "2006-01-02 15:04:05.999999".
func parseMoment(b []byte) (time.Time, bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return time.Time{}, false
	}
	century, ok1 := digits2(b[0:])
	year, ok2 := digits2(b[2:])
	month, ok3 := digits2(b[5:])
	day, ok4 := digits2(b[8:])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return time.Time{}, false
	}
	var clock time.Duration
	if len(b) > 10 {
		var ok bool
		if clock, ok = parseTimeOfDay(b[11:]); !ok {
			return time.Time{}, false
		}
	}
	return momentOf(year+century*100, month, day, clock)
}

// momentOf returns a day and a time of it. Unlike time.Date it takes no day that
// the calendar does not have, such as a zero date.
func momentOf(year, month, day int, clock time.Duration) (time.Time, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, int(clock/time.Second), int(clock%time.Second), time.UTC), true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// parseTimeOfDay reads "15:04:05.999999". The server's TIME also holds spans,
// negative or of many hours; those are refused.
func parseTimeOfDay(b []byte) (time.Duration, bool) {
	if len(b) < 8 || b[2] != ':' || b[5] != ':' {
		return 0, false
	}
	hour, ok1 := digits2(b[0:])
	minute, ok2 := digits2(b[3:])
	second, ok3 := digits2(b[6:])
	d, ok4 := clockOf(hour, minute, second)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, false
	}
	if len(b) == 8 {
		return d, true
	}
	if b[8] != '.' || len(b) > 15 {
		return 0, false
	}
	unit := time.Second / 10
	for _, c := range b[9:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		d += time.Duration(c-'0') * unit
		unit /= 10
	}
	return d, true
}

func clockOf(hour, minute, second int) (time.Duration, bool) {
	d := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	return d, hour < 24 && minute < 60 && second < 60
}

func digits2(b []byte) (int, bool) {
	hi, lo := b[0]-'0', b[1]-'0'
	return int(hi)*10 + int(lo), hi < 10 && lo < 10
}

// parseUUID reads 32 hexadecimal digits, with or without the hyphens of the
// standard form.
func parseUUID(b []byte) (id [16]byte, ok bool) {
	if len(b) == 36 {
		if b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
			return id, false
		}
		var plain [32]byte
		n := copy(plain[:], b[:8])
		n += copy(plain[n:], b[9:13])
		n += copy(plain[n:], b[14:18])
		n += copy(plain[n:], b[19:23])
		copy(plain[n:], b[24:])
		b = plain[:]
	}
	if len(b) != 32 {
		return id, false
	}
	_, err := hex.Decode(id[:], b)
	return id, err == nil
}
