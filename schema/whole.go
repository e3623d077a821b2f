package schema

import (
	"math"

	"github.com/alkahest-go/alkahest/sqltype"
)

// IntegerType returns the integer type that t is, or that it decorates.
func IntegerType(t sqltype.Type) (sqltype.Integer, bool) {
	i, ok := sqltype.Base(t).(sqltype.Integer)
	return i, ok
}

// WholeType reports whether t is a type of whole numbers: an integer, or a
// Numeric without digits after the point.
func WholeType(t sqltype.Type) bool {
	_, _, ok := integerRange(t)
	return ok
}

// integerRange returns the smallest and largest value of a type of whole
// numbers, as far as 64 bits go.
func integerRange(t sqltype.Type) (low, high int64, ok bool) {
	if i, ok := IntegerType(t); ok {
		return rangeOfInteger(i)
	}
	n, ok := sqltype.Base(t).(sqltype.Numeric)
	if !ok || n.Scale != 0 {
		return 0, 0, false
	}
	if n.Precision == 0 || n.Precision > 18 {
		return math.MinInt64, math.MaxInt64, true
	}
	high = 1
	for range n.Precision {
		high *= 10
	}
	return 1 - high, high - 1, true
}

func rangeOfInteger(t sqltype.Integer) (low, high int64, ok bool) {
	switch {
	case t.Unsigned && t.Bits == 64:
		return 0, math.MaxInt64, true
	case t.Unsigned:
		return 0, 1<<t.Bits - 1, true
	}
	return -1 << (t.Bits - 1), 1<<(t.Bits-1) - 1, true
}
