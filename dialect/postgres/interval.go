package postgres

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Period is a length of time as PostgreSQL has it: months and days, whose length
// varies, and a time.
type Period struct {
	Months, Days int32
	Microseconds int64
}

// INTERVAL is a Period with so many fractional digits of a second (0 to 6). For
// lengths of time without months, sqltype.Interval is there on every database.
func INTERVAL(precision int) sqltype.Type {
	return sqltype.Exactly("INTERVAL", period, precision).On(name)
}

var period = sqltype.Written("a period", nil, sqltype.Through(Period.text, parsePeriod))

var errPeriod = errors.New("postgres: the text of the interval was not understood; leave IntervalStyle at postgres")

// text writes the time in hours, minutes and seconds, which hold any number.
func (p Period) text() (string, error) {
	sign, us := "", uint64(p.Microseconds)
	if p.Microseconds < 0 {
		sign, us = "-", -us
	}
	s := us / 1e6
	return fmt.Sprintf("%d mons %d days %s%02d:%02d:%02d.%06d", p.Months, p.Days, sign, s/3600, s/60%60, s%60, us%1e6), nil
}

// parsePeriod reads the server's form, such as "1 year 2 mons -3 days -04:05:06.7"
// (https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-OUTPUT).
func parsePeriod(s string) (p Period, err error) {
	months, days := int64(0), int64(0)
	fields := strings.Fields(s)
	for len(fields) > 0 {
		if strings.Contains(fields[0], ":") {
			if p.Microseconds, err = clock(fields[0]); err != nil || len(fields) > 1 {
				return p, errPeriod
			}
			break
		}
		n, err := strconv.ParseInt(fields[0], 10, 32)
		if err != nil || len(fields) == 1 {
			return p, errPeriod
		}
		switch strings.TrimSuffix(fields[1], "s") {
		case "year":
			months += 12 * n
		case "mon":
			months += n
		case "day":
			days += n
		default:
			return p, errPeriod
		}
		fields = fields[2:]
	}
	if months != int64(int32(months)) {
		return p, errPeriod
	}
	p.Months, p.Days = int32(months), int32(days)
	return p, nil
}

// clock reads "-2562047788:00:54.775807".
func clock(s string) (int64, error) {
	rest, negative := strings.CutPrefix(s, "-")
	parts := strings.Split(strings.TrimPrefix(rest, "+"), ":")
	if len(parts) != 3 {
		return 0, errPeriod
	}
	seconds, fraction, _ := strings.Cut(parts[2], ".")
	if len(fraction) > 6 {
		return 0, errPeriod
	}
	total := uint64(0)
	for i, text := range []string{parts[0], parts[1], seconds, fraction + strings.Repeat("0", 6-len(fraction))} {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return 0, errPeriod
		}
		total = total*[]uint64{1, 60, 60, 1e6}[i] + n
	}
	if negative {
		return -int64(total), nil
	}
	return int64(total), nil
}

// stored keeps a sqltype.Interval as an INTERVAL of a time alone. Days are read
// as 24 hours, which they are where two timestamps were subtracted.
func stored(t sqltype.Type) (sqltype.Type, *sqltype.Conversion) {
	i, ok := sqltype.Values(t).(sqltype.Interval)
	if !ok {
		return t, nil
	}
	if n, named := t.(sqltype.Named); named {
		return sqltype.UnsafeExactly(n.Name(), period).On(name), spans
	}
	return INTERVAL(i.Precision), spans
}

var spans = &sqltype.Conversion{
	To: func(v sqltype.Value) (sqltype.Value, error) {
		text, err := Period{Microseconds: v.Interval().Microseconds()}.text()
		return sqltype.TextValue(text), err
	},
	From: func(r sqltype.Row, i int) (sqltype.Value, error) {
		if r.IsNull(i) {
			return sqltype.NullValue(), nil
		}
		p, err := parsePeriod(string(r.Text(i)))
		switch {
		case err != nil:
			return sqltype.Value{}, &sqlerr.ValueError{Type: "INTERVAL", Reason: err.Error()}
		case p.Months != 0:
			return sqltype.Value{}, &sqlerr.ValueError{Type: "INTERVAL", Reason: "the stored value has months, whose length varies; use postgres.INTERVAL with postgres.Period"}
		}
		const day = 24 * 3600 * 1e6
		total := int64(p.Days)*day + p.Microseconds
		if (total < p.Microseconds) != (p.Days < 0) && p.Days != 0 || p.Microseconds == math.MinInt64 {
			return sqltype.Value{}, &sqlerr.ValueError{Type: "INTERVAL", Reason: "the stored value is longer than a time.Duration"}
		}
		return compile.Microseconds(total)
	},
}
