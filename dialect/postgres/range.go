package postgres

import (
	"cmp"
	"errors"
	"reflect"
	"time"
)

// Bound says whether a range has an end, and whether the end is part of it.
type Bound uint8

// The bounds.
const (
	Unbounded Bound = iota
	Inclusive
	Exclusive
)

// Range is what lies between two values. The zero Range has no ends: it is
// everything.
//
// Ranges of Go's integers are compared as the server does: [1,3] is [1,4). So are
// those of days in a DATERANGE when they are sent; the methods of a Range of
// time.Time take time as continuous.
type Range[T any] struct {
	Lower, Upper           T
	LowerBound, UpperBound Bound
	// Empty says that the range holds nothing, whatever its ends are.
	Empty bool
}

// Between returns the range from lower up to upper, without upper itself.
func Between[T any](lower, upper T) Range[T] {
	return Range[T]{Lower: lower, Upper: upper, LowerBound: Inclusive, UpperBound: Exclusive}
}

// From returns the range of lower and all after it.
func From[T any](lower T) Range[T] { return Range[T]{Lower: lower, LowerBound: Inclusive} }

// Before returns the range of all before upper.
func Before[T any](upper T) Range[T] { return Range[T]{Upper: upper, UpperBound: Exclusive} }

// ErrGap says that the result of Union or Difference is not one range.
var ErrGap = errors.New("postgres: the result is two ranges; use a Multirange column")

// compareOf compares values of T: numbers, text, times, and types with a method
// Cmp or Compare of their own. Others have no order here.
func compareOf[T any](a, b T) int {
	switch x := any(a).(type) {
	case time.Time:
		return x.Compare(any(b).(time.Time))
	case interface{ Cmp(T) int }:
		return x.Cmp(b)
	case interface{ Compare(T) int }:
		return x.Compare(b)
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case x.CanInt():
		return cmp.Compare(x.Int(), y.Int())
	case x.CanUint():
		return cmp.Compare(x.Uint(), y.Uint())
	case x.CanFloat():
		return cmp.Compare(x.Float(), y.Float())
	}
	return cmp.Compare(x.String(), y.String())
}

// next returns the integer after v, and false for what is no integer or the last.
func next[T any](v T) (T, bool) {
	p := reflect.ValueOf(&v).Elem()
	switch {
	case p.CanInt():
		n := p.Int()
		if p.OverflowInt(n+1) || n+1 < n {
			return v, false
		}
		p.SetInt(n + 1)
		return v, true
	case p.CanUint():
		n := p.Uint()
		if p.OverflowUint(n+1) || n+1 < n {
			return v, false
		}
		p.SetUint(n + 1)
		return v, true
	}
	return v, false
}

// canonical gives a range of integers its first value and the one after its
// last, and an empty range no ends.
func (r Range[T]) canonical() Range[T] {
	if r.LowerBound == Exclusive {
		if v, ok := next(r.Lower); ok {
			r.Lower, r.LowerBound = v, Inclusive
		}
	}
	if r.UpperBound == Inclusive {
		if v, ok := next(r.Upper); ok {
			r.Upper, r.UpperBound = v, Exclusive
		}
	}
	if r.Empty || r.holdsNothing() {
		return Range[T]{Empty: true}
	}
	var none T
	if r.LowerBound == Unbounded {
		r.Lower = none
	}
	if r.UpperBound == Unbounded {
		r.Upper = none
	}
	return r
}

func (r Range[T]) holdsNothing() bool {
	if r.LowerBound == Unbounded || r.UpperBound == Unbounded {
		return false
	}
	c := compareOf(r.Lower, r.Upper)
	return c > 0 || c == 0 && (r.LowerBound == Exclusive || r.UpperBound == Exclusive)
}

// IsEmpty reports whether the range holds nothing.
func (r Range[T]) IsEmpty() bool { return r.canonical().Empty }

// Equal reports whether both ranges hold the same.
func (r Range[T]) Equal(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return r.Empty == o.Empty && lower(r, o) == 0 && upper(r, o) == 0
}

// Contains reports whether v lies in the range (@>).
func (r Range[T]) Contains(v T) bool {
	return r.ContainsRange(Range[T]{Lower: v, Upper: v, LowerBound: Inclusive, UpperBound: Inclusive})
}

// ContainsRange reports whether all of o lies in the range (@>). The empty range
// lies in every one.
func (r Range[T]) ContainsRange(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return o.Empty || !r.Empty && lower(r, o) <= 0 && upper(r, o) >= 0
}

// Overlaps reports whether the ranges have values in common (&&).
func (r Range[T]) Overlaps(o Range[T]) bool { return !r.Intersection(o).Empty }

// LeftOf reports whether all of the range is before all of o (<<).
func (r Range[T]) LeftOf(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return !r.Empty && !o.Empty && gap(r, o) >= 0
}

// RightOf reports whether all of the range is after all of o (>>).
func (r Range[T]) RightOf(o Range[T]) bool { return o.LeftOf(r) }

// NotRightOf reports whether the range does not go on after o ends (&<).
func (r Range[T]) NotRightOf(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return !r.Empty && !o.Empty && upper(r, o) <= 0
}

// NotLeftOf reports whether the range does not begin before o (&>).
func (r Range[T]) NotLeftOf(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return !r.Empty && !o.Empty && lower(r, o) >= 0
}

// Adjacent reports whether one range begins where the other ends, with nothing
// in both and nothing between (-|-).
func (r Range[T]) Adjacent(o Range[T]) bool {
	r, o = r.canonical(), o.canonical()
	return !r.Empty && !o.Empty && (gap(r, o) == 0 || gap(o, r) == 0)
}

// Intersection returns what lies in both ranges (*).
func (r Range[T]) Intersection(o Range[T]) Range[T] {
	r, o = r.canonical(), o.canonical()
	if r.Empty || o.Empty {
		return Range[T]{Empty: true}
	}
	if lower(r, o) < 0 {
		r.Lower, r.LowerBound = o.Lower, o.LowerBound
	}
	if upper(r, o) > 0 {
		r.Upper, r.UpperBound = o.Upper, o.UpperBound
	}
	return r.canonical()
}

// Union returns what lies in either range (+), or ErrGap.
func (r Range[T]) Union(o Range[T]) (Range[T], error) {
	r, o = r.canonical(), o.canonical()
	switch {
	case r.Empty:
		return o, nil
	case o.Empty:
		return r, nil
	case !r.Overlaps(o) && !r.Adjacent(o):
		return Range[T]{}, ErrGap
	}
	if lower(r, o) > 0 {
		r.Lower, r.LowerBound = o.Lower, o.LowerBound
	}
	if upper(r, o) < 0 {
		r.Upper, r.UpperBound = o.Upper, o.UpperBound
	}
	return r, nil
}

// Difference returns what lies in the range and not in o (-), or ErrGap.
func (r Range[T]) Difference(o Range[T]) (Range[T], error) {
	r, o = r.canonical(), o.canonical()
	if !r.Overlaps(o) {
		return r, nil
	}
	left, right := lower(r, o) < 0, upper(r, o) > 0
	switch {
	case left && right:
		return Range[T]{}, ErrGap
	case left:
		r.Upper, r.UpperBound = o.Lower, other(o.LowerBound)
	case right:
		r.Lower, r.LowerBound = o.Upper, other(o.UpperBound)
	default:
		return Range[T]{Empty: true}, nil
	}
	return r.canonical(), nil
}

// other is the bound of what begins or ends where a range does not.
func other(b Bound) Bound {
	if b == Inclusive {
		return Exclusive
	}
	return Inclusive
}

// lower compares where two ranges begin.
func lower[T any](r, o Range[T]) int {
	switch {
	case r.LowerBound == Unbounded || o.LowerBound == Unbounded:
		return cmp.Compare(index(r.LowerBound != Unbounded), index(o.LowerBound != Unbounded))
	case compareOf(r.Lower, o.Lower) != 0:
		return compareOf(r.Lower, o.Lower)
	}
	return cmp.Compare(r.LowerBound, o.LowerBound) // what is exclusive begins after it
}

// upper compares where two ranges end.
func upper[T any](r, o Range[T]) int {
	switch {
	case r.UpperBound == Unbounded || o.UpperBound == Unbounded:
		return cmp.Compare(index(r.UpperBound == Unbounded), index(o.UpperBound == Unbounded))
	case compareOf(r.Upper, o.Upper) != 0:
		return compareOf(r.Upper, o.Upper)
	}
	return cmp.Compare(o.UpperBound, r.UpperBound)
}

// gap says what is between the end of r and the beginning of o: 1 for something,
// 0 for nothing, -1 where they overlap.
func gap[T any](r, o Range[T]) int {
	if r.UpperBound == Unbounded || o.LowerBound == Unbounded {
		return -1
	}
	c := compareOf(r.Upper, o.Lower)
	switch {
	case c != 0:
		return -c
	case r.UpperBound == Inclusive && o.LowerBound == Inclusive:
		return -1
	case r.UpperBound == Exclusive && o.LowerBound == Exclusive:
		return 1
	}
	return 0
}
