package sqltype

import (
	"errors"
	"time"
)

// elements is the Row of an array's elements, for the codec of the element.
// Like every Row it coerces nothing: misfit says what the first element that
// is of another kind is.
type elements struct {
	values []Value
	misfit string
}

// of returns element i if it is of one of the kinds, and else a NULL, all of
// whose accessors give zeros.
func (e *elements) of(i int, kinds ...Kind) Value {
	v := e.values[i]
	for _, k := range kinds {
		if v.kind == k {
			return v
		}
	}
	if e.misfit == "" {
		e.misfit = v.kind.String() + " and not " + kinds[0].String()
	}
	return Value{}
}

func (e *elements) IsNull(i int) bool     { return e.values[i].IsNull() }
func (e *elements) Int64(i int) int64     { return e.of(i, KindInt64).Int64() }
func (e *elements) Uint64(i int) uint64   { return e.of(i, KindUint64).Uint64() }
func (e *elements) Float64(i int) float64 { return e.of(i, KindFloat64).Float64() }
func (e *elements) Bool(i int) bool       { return e.of(i, KindBool).Bool() }
func (e *elements) Text(i int) []byte     { return e.of(i, KindText, KindDecimal, KindJSON).Bytes() }
func (e *elements) Bytes(i int) []byte    { return e.of(i, KindBytes).Bytes() }
func (e *elements) Date(i int) time.Time  { return e.of(i, KindDate).Time() }

func (e *elements) UUID(i int) (id [16]byte) {
	copy(id[:], e.of(i, KindUUID).Bytes())
	return id
}

func (e *elements) TimeOfDay(i int) time.Duration { return e.of(i, KindTimeOfDay).TimeOfDay() }
func (e *elements) DateTime(i int) time.Time      { return e.of(i, KindDateTime).Time() }
func (e *elements) Instant(i int) time.Time       { return e.of(i, KindInstant).Time() }
func (e *elements) Raw(i int) Raw                 { return Raw{Format: FormatNative, Value: e.values[i]} }

func (e *elements) Err() error {
	if e.misfit == "" {
		return nil
	}
	return errors.New("sqltype: an element of the array is " + e.misfit)
}
