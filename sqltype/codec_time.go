package sqltype

import (
	"math"
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
)

// unit returns the time that one unit of the last of precision digits is.
func unit(precision int) time.Duration {
	d := time.Second
	for range precision {
		d /= 10
	}
	return d
}

const badYear = "outside of the years 1 to 9999"

func yearFits(t time.Time) bool {
	y := t.Year()
	return y >= 1 && y <= 9999
}

func dateCodec(g reflect.Type, f refusal) *Codec {
	if g != timeType {
		return nil
	}
	c := momentCodec(dayOf)
	c.Same = func(a, b mem.Pointer) bool { return dayOf(*(*time.Time)(a)) == dayOf(*(*time.Time)(b)) }
	c.Encode = func(p mem.Pointer) (Value, error) {
		t := *(*time.Time)(p)
		if !yearFits(t) {
			return Value{}, f.because(badYear)
		}
		return DateValue(t), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*time.Time)(p) = r.Date(i)
		return nil
	}
	return c
}

// dayOf returns midnight in UTC of the day of t in t's own zone.
func dayOf(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// momentCodec starts the codec of a time.Time that round brings to the form in
// which it comes back.
func momentCodec(round func(time.Time) time.Time) *Codec {
	return &Codec{
		SaysUnset: true,
		Round:     func(p mem.Pointer) { *(*time.Time)(p) = round(*(*time.Time)(p)) },
		IsZero:    func(p mem.Pointer) bool { return (*time.Time)(p).IsZero() },
	}
}

func dateTimeCodec(t DateTime, g reflect.Type, f refusal) *Codec {
	switch {
	case g != timeType:
		return nil
	case t.Zone:
		return instantCodec(unit(t.Precision), f)
	}
	return wallClockCodec(unit(t.Precision), f)
}

// rounded is t.Round(step), quick where there is nothing to round. Steps divide
// a second.
func rounded(t time.Time, step time.Duration) time.Time {
	t = t.Round(0) // without a reading of the monotonic clock
	if time.Duration(t.Nanosecond())%step == 0 {
		return t
	}
	return t.Round(step)
}

// instantCodec rounds to the nearest step, and what is halfway up, the same
// for all databases: they disagree if asked to do it.
func instantCodec(step time.Duration, f refusal) *Codec {
	c := momentCodec(func(t time.Time) time.Time { return rounded(t, step).UTC() })
	c.Same = func(a, b mem.Pointer) bool { return (*time.Time)(a).Equal(*(*time.Time)(b)) }
	c.Encode = func(p mem.Pointer) (Value, error) {
		t := rounded(*(*time.Time)(p), step).UTC()
		if !yearFits(t) {
			return Value{}, f.because(badYear)
		}
		return InstantValue(t), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*time.Time)(p) = r.Instant(i)
		return nil
	}
	return c
}

// wallClockCodec leaves a time of another zone as it is, for Encode to refuse:
// whether its clock or its moment is meant, only the program can say.
func wallClockCodec(step time.Duration, f refusal) *Codec {
	c := momentCodec(func(t time.Time) time.Time { return rounded(t, step) })
	c.Same = func(a, b mem.Pointer) bool {
		x, y := (*time.Time)(a), (*time.Time)(b)
		return x.Equal(*y) && x.Location() == y.Location()
	}
	c.Encode = func(p mem.Pointer) (Value, error) {
		t := rounded(*(*time.Time)(p), step)
		if t.Location() != time.UTC {
			return Value{}, f.because("a clock on the wall has no zone, and the time is not in UTC; use .UTC(), or a column with time zone")
		}
		if !yearFits(t) {
			return Value{}, f.because(badYear)
		}
		return DateTimeValue(t), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*time.Time)(p) = r.DateTime(i)
		return nil
	}
	return c
}

func timeCodec(t Time, g reflect.Type, f refusal) *Codec {
	if g != durationType {
		return nil
	}
	step := unit(t.Precision)
	c := plain[time.Duration]()
	c.Round = func(p mem.Pointer) { *(*time.Duration)(p) = (*(*time.Duration)(p)).Round(step) }
	c.Encode = func(p mem.Pointer) (Value, error) {
		d := (*(*time.Duration)(p)).Round(step)
		if d < 0 || d >= 24*time.Hour {
			return Value{}, f.because("not a time of day, which is at least 0 and, rounded, less than 24 hours")
		}
		return TimeOfDayValue(d), nil
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		*(*time.Duration)(p) = r.TimeOfDay(i)
		return nil
	}
	return c
}

// intervalCodec reads a value that the conversion of its dialect has made.
func intervalCodec(t Interval, g reflect.Type, f refusal) *Codec {
	if g != durationType {
		return nil
	}
	step := unit(t.Precision)
	c := plain[time.Duration]()
	c.Round = func(p mem.Pointer) { *(*time.Duration)(p) = (*(*time.Duration)(p)).Round(step) }
	c.Encode = func(p mem.Pointer) (Value, error) {
		d := *(*time.Duration)(p)
		if r := d.Round(step); r != math.MaxInt64 && r != math.MinInt64 { // where Round ends
			return IntervalValue(r), nil
		}
		return Value{}, f.overflow()
	}
	c.Decode = func(r Row, i int, p mem.Pointer) error {
		if r.IsNull(i) {
			return f.null()
		}
		raw := r.Raw(i)
		if raw.Value.Kind() != KindInterval {
			return f.because("the stored value is not an interval")
		}
		*(*time.Duration)(p) = raw.Value.Interval()
		return nil
	}
	return c
}
