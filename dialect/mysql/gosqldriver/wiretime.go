package gosqldriver

import (
	"encoding/binary"
	"fmt"
	"time"
)

// wireDate is a date, or a date and time, in the form of the wire: the year in two
// bytes, a byte each for the month, the day, the hour, the minute and the second,
// and four of microseconds. Of what is zero the end is missing.
type wireDate []byte

func (d wireDate) date() (year, month, day int) {
	if len(d) < 4 {
		return 0, 0, 0
	}
	return int(binary.LittleEndian.Uint16(d)), int(d[2]), int(d[3])
}

func (d wireDate) clock() []byte {
	if len(d) < 7 {
		return nil
	}
	return d[4:]
}

// wireClock returns the hour, the minute, the second and the microsecond. A
// wireTime ends with them too.
func wireClock(b []byte) (hour, minute, second, micro int) {
	if len(b) < 3 {
		return 0, 0, 0, 0
	}
	if len(b) >= 7 {
		micro = int(binary.LittleEndian.Uint32(b[3:]))
	}
	return int(b[0]), int(b[1]), int(b[2]), micro
}

// midnight returns the day.
func (d wireDate) midnight() (time.Time, bool) {
	year, month, day := d.date()
	return momentOf(year, month, day, 0)
}

// moment returns the date and the time, of whose fraction the column shows so
// many digits.
func (d wireDate) moment(digits int) (time.Time, bool) {
	year, month, day := d.date()
	clock, ok := timeOfWireClock(d.clock(), digits)
	if !ok {
		return time.Time{}, false
	}
	return momentOf(year, month, day, clock)
}

func timeOfWireClock(b []byte, digits int) (time.Duration, bool) {
	hour, minute, second, micro := wireClock(b)
	clock, ok := clockOf(hour, minute, second)
	micro, fits := shown(micro, digits)
	return clock + time.Duration(micro)*time.Microsecond, ok && fits
}

// unshown is by how many microseconds values differ that look the same where so
// many digits of the fraction are shown.
var unshown = [...]int{1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1}

func shown(micro, digits int) (int, bool) { return micro - micro%unshown[digits], micro < 1e6 }

// appendDate appends the text that the column shows.
func (d wireDate) appendDate(b []byte) []byte {
	year, month, day := d.date()
	return fmt.Appendf(b, "%04d-%02d-%02d", year, month, day)
}

func (d wireDate) appendMoment(b []byte, digits int) []byte {
	hour, minute, second, micro := wireClock(d.clock())
	b = fmt.Appendf(append(d.appendDate(b), ' '), "%02d:%02d:%02d", hour, minute, second)
	return appendShown(b, micro, digits)
}

func appendShown(b []byte, micro, digits int) []byte {
	if digits == 0 {
		return b
	}
	return fmt.Appendf(b, ".%0*d", digits, micro/unshown[digits])
}

// wireTime is a TIME in the form of the wire: 1 if it is negative, the days in
// four bytes, and the rest of it as in a wireDate. Zero is nothing at all.
type wireTime []byte

func (t wireTime) parts() (negative bool, days int, clock []byte) {
	if len(t) < 8 {
		return false, 0, nil
	}
	return t[0] == 1, int(binary.LittleEndian.Uint32(t[1:])), t[5:]
}

// timeOfDay returns the time of a day. The server's TIME also holds spans, negative
// or of many hours; those are refused.
func (t wireTime) timeOfDay(digits int) (time.Duration, bool) {
	negative, days, clock := t.parts()
	d, ok := timeOfWireClock(clock, digits)
	return d, ok && !negative && days == 0
}

// append appends the text that the column shows.
func (t wireTime) append(b []byte, digits int) []byte {
	negative, days, clock := t.parts()
	if negative {
		b = append(b, '-')
	}
	hour, minute, second, micro := wireClock(clock)
	b = fmt.Appendf(b, "%02d:%02d:%02d", days*24+hour, minute, second)
	return appendShown(b, micro, digits)
}
