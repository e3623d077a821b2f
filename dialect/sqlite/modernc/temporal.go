package modernc

import "time"

// Lengths of the stored forms.
const (
	dateLen     = len("2006-01-02")
	timeLen     = len("15:04:05.000000")
	dateTimeLen = dateLen + 1 + timeLen
	instantLen  = dateTimeLen + 1
)

const secondsPerDay = 24 * 60 * 60

// Unix seconds of 0001-01-01 and of 10000-01-01.
const (
	minSecond = -62135596800
	maxSecond = 253402300800
)

// civil turns a count of days since 1970 into a date of the proleptic
// Gregorian calendar, by the method of Howard Hinnant
// (https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
func civil(days int64) (year, month, day int) {
	z := days + 719468
	era := z / 146097 // years are positive here, see minSecond
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if mp >= 10 {
		month = int(mp - 9)
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

// daysFromCivil is the inverse of civil.
func daysFromCivil(year, month, day int) int64 {
	y := int64(year)
	m := int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func put2(b []byte, n int) {
	_ = b[1]
	b[0] = byte('0' + n/10)
	b[1] = byte('0' + n%10)
}

// putDate writes the day of a moment between minSecond and maxSecond.
func putDate(b []byte, sec int64) {
	_ = b[dateLen-1]
	days := floorDiv(sec, secondsPerDay)
	year, month, day := civil(days)
	put2(b, year/100)
	put2(b[2:], year%100)
	b[4] = '-'
	put2(b[5:], month)
	b[7] = '-'
	put2(b[8:], day)
}

// putTime writes the time of day of sec, with micro as its fraction.
func putTime(b []byte, sec int, micro int) {
	_ = b[timeLen-1]
	put2(b, sec/3600)
	b[2] = ':'
	put2(b[3:], sec/60%60)
	b[5] = ':'
	put2(b[6:], sec%60)
	b[8] = '.'
	put2(b[9:], micro/10000)
	put2(b[11:], micro/100%100)
	put2(b[13:], micro%100)
}

func putDateTime(b []byte, sec int64, micro int) {
	putDate(b, sec)
	b[dateLen] = ' '
	putTime(b[dateLen+1:], int(sec-floorDiv(sec, secondsPerDay)*secondsPerDay), micro)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// num reads two digits; a result above 99 says that they are none.
func num(b []byte) int {
	_ = b[1]
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return 1 << 20
	}
	return int(hi)*10 + int(lo)
}

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// parseDate reads "YYYY-MM-DD" at the start of b as days since 1970.
func parseDate(b []byte) (days int64, ok bool) {
	if len(b) < dateLen || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	year := num(b)*100 + num(b[2:])
	month, day := num(b[5:]), num(b[8:])
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	last := monthDays[month]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		last = 29
	}
	return daysFromCivil(year, month, day), day <= last
}

// parseClock reads "HH:MM", "HH:MM:SS" or that with one to nine digits of
// fraction at the start of b, and returns what follows.
func parseClock(b []byte) (sec, nsec int, rest []byte, ok bool) {
	if len(b) < 5 || b[2] != ':' {
		return 0, 0, nil, false
	}
	hour, minute := num(b), num(b[3:])
	if hour > 23 || minute > 59 {
		return 0, 0, nil, false
	}
	sec = hour*3600 + minute*60
	if len(b) == 5 || b[5] != ':' {
		return sec, 0, b[5:], true
	}
	if len(b) < 8 {
		return 0, 0, nil, false
	}
	second := num(b[6:])
	if second > 59 {
		return 0, 0, nil, false
	}
	sec += second
	if len(b) == 8 || b[8] != '.' {
		return sec, 0, b[8:], true
	}
	nsec, rest, ok = parseFraction(b[9:])
	return sec, nsec, rest, ok
}

func parseFraction(b []byte) (nsec int, rest []byte, ok bool) {
	i, scale := 0, 100_000_000
	for ; i < len(b) && i < 9 && b[i]-'0' <= 9; i++ {
		nsec += int(b[i]-'0') * scale
		scale /= 10
	}
	return nsec, b[i:], i > 0
}

func parseMoment(b []byte) (sec int64, nsec int, rest []byte, ok bool) {
	days, ok := parseDate(b)
	if !ok || len(b) <= dateLen || (b[dateLen] != ' ' && b[dateLen] != 'T') {
		return 0, 0, nil, false
	}
	clock, nsec, rest, ok := parseClock(b[dateLen+1:])
	return days*secondsPerDay + int64(clock), nsec, rest, ok
}

// parseDateTime reads a clock on the wall, which has no zone.
func parseDateTime(b []byte) (time.Time, bool) {
	sec, nsec, rest, ok := parseMoment(b)
	if !ok || len(rest) != 0 {
		return time.Time{}, false
	}
	return time.Unix(sec, int64(nsec)).UTC(), true
}

// parseInstant reads a moment with "Z", an offset, or neither, which is UTC.
func parseInstant(b []byte) (time.Time, bool) {
	sec, nsec, rest, ok := parseMoment(b)
	if !ok {
		return time.Time{}, false
	}
	offset, ok := parseOffset(rest)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(sec-int64(offset), int64(nsec)).UTC(), true
}

func parseOffset(b []byte) (seconds int, ok bool) {
	switch {
	case len(b) == 0, len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'):
		return 0, true
	case len(b) != 6 || b[3] != ':' || (b[0] != '+' && b[0] != '-'):
		return 0, false
	}
	hour, minute := num(b[1:]), num(b[4:])
	if hour > 23 || minute > 59 {
		return 0, false
	}
	seconds = hour*3600 + minute*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func parseTimeOfDay(b []byte) (time.Duration, bool) {
	sec, nsec, rest, ok := parseClock(b)
	return time.Duration(sec)*time.Second + time.Duration(nsec), ok && len(rest) == 0
}

const hexDigits = "0123456789abcdef"

const uuidLen = 36

func putUUID(b []byte, id []byte) {
	_, _ = b[uuidLen-1], id[15]
	j := 0
	for i, x := range id[:16] {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b[j] = '-'
			j++
		}
		b[j], b[j+1] = hexDigits[x>>4], hexDigits[x&15]
		j += 2
	}
}

// parseUUID reads 36 or 32 characters.
func parseUUID(b []byte) (id [16]byte, ok bool) {
	dashed := len(b) == uuidLen
	if !dashed && len(b) != 32 {
		return id, false
	}
	j := 0
	for i := range id {
		if dashed && (i == 4 || i == 6 || i == 8 || i == 10) {
			if b[j] != '-' {
				return [16]byte{}, false
			}
			j++
		}
		hi, lo := unhex(b[j]), unhex(b[j+1])
		if hi > 15 || lo > 15 {
			return [16]byte{}, false
		}
		id[i] = hi<<4 | lo
		j += 2
	}
	return id, true
}

func unhex(c byte) byte {
	switch {
	case c-'0' <= 9:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
