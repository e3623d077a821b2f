package sqlite

import (
	"errors"
	"time"

	"github.com/alkahest-go/alkahest/sqltype"
)

// SQLite keeps times as text or numbers. sqltype.DateTime and its kin have one
// form, which SQLite's own functions read; these are for databases that other
// programs write.

var errLost = errors.New("sqlite: the form would lose a part of the time")

// TimeText is a moment that is stored as text of a layout of the package time. A
// value of which the layout would lose a part is refused; what is read is in UTC.
func TimeText(layout string) sqltype.Type {
	of := sqltype.Exactly("TEXT", sqltype.Text{}).On(name)
	return sqltype.Decorate("time as "+layout, of, func(t time.Time) (string, error) {
		text := t.UTC().Format(layout)
		if back, err := time.Parse(layout, text); err != nil || !back.Equal(t) {
			return "", errLost
		}
		return text, nil
	}, func(s string) (time.Time, error) {
		t, err := time.Parse(layout, s)
		return t.UTC(), err
	})
}

// UnixTime is a moment that is stored as the number of units since 1970, such as
// time.Second. A value that is not a whole number of units is refused.
func UnixTime(unit time.Duration) sqltype.Type {
	of := sqltype.Exactly("INTEGER", sqltype.Integer{Bits: 64}).On(name)
	return sqltype.Decorate("time in units of "+unit.String(), of, func(t time.Time) (int64, error) {
		n := t.Unix() / int64(max(unit, time.Second)/time.Second)
		if unit < time.Second {
			n = t.Unix()*int64(time.Second/unit) + int64(t.Nanosecond())/int64(unit)
		}
		if !fromUnix(n, unit).Equal(t) {
			return 0, errLost
		}
		return n, nil
	}, func(n int64) (time.Time, error) { return fromUnix(n, unit), nil })
}

func fromUnix(n int64, unit time.Duration) time.Time {
	if unit >= time.Second {
		return time.Unix(n*int64(unit/time.Second), 0).UTC()
	}
	per := int64(time.Second / unit)
	return time.Unix(n/per, n%per*int64(unit)).UTC()
}
