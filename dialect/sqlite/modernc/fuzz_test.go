package modernc

import (
	"testing"
	"time"
)

// Whatever is read as an instant is what package time reads, or more than it
// reads; and what is written is read back.
func FuzzInstant(f *testing.F) {
	for _, s := range []string{
		"2026-11-22 08:00:00", "2026-11-22T08:00:00.123456789Z", "2026-11-22 08:00", "2026-11-22 08:00:00.5+01:30",
		"0001-01-01 00:00:00-23:59", "9999-12-31 23:59:59.999999Z", "2026-02-29 00:00:00", "2026-11-22 8:00:00", "2026-11-22 08:00:00.",
	} {
		f.Add([]byte(s))
	}
	layouts := []string{
		"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
		"2006-01-02 15:04Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00",
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		parseTimeOfDay(b)
		parseDate(b)
		parseUUID(b)
		got, ok := parseInstant(b)
		if !ok {
			return
		}
		s := string(b)
		if s[len(s)-1] == 'z' {
			s = s[:len(s)-1] + "Z"
		}
		found := false
		for _, layout := range layouts {
			if want, err := time.Parse(layout, s); err == nil {
				found = true
				if !got.Equal(want) {
					t.Fatalf("%q: got %v, want %v", b, got, want)
				}
			}
		}
		if !found {
			t.Fatalf("%q: got %v, where package time reads nothing", b, got)
		}
		sec := got.Unix()
		if sec < minSecond || sec >= maxSecond {
			return // an offset reached over the end of the calendar
		}
		written := make([]byte, instantLen)
		putDateTime(written, sec, got.Nanosecond()/1000)
		written[dateTimeLen] = 'Z'
		if again, ok := parseInstant(written); !ok || !again.Equal(got.Truncate(time.Microsecond)) {
			t.Fatalf("%q: written as %q, read as %v, %v", b, written, again, ok)
		}
	})
}
