package modernc

import (
	"math"
	"strconv"
)

// A double tells any two decimals of this many significant digits apart, so
// that what is written is what is read.
const exactDigits = 15

// smallestNormal is the smallest double with full precision.
const smallestNormal = 0x1p-1022

// decimalForm says how a decimal is stored.
type decimalForm struct {
	isInt bool
	i     int64
	f     float64
}

// decimal turns plain notation into a number, or says why that would lose
// something. Numbers rather than text are bound, because SQLite compares a
// text with an expression such as sum(price) by storage class: never equal.
func decimal(s string) (d decimalForm, reason string) {
	whole, digits, ok := scanDecimal(s)
	if !ok {
		return d, "a decimal is written as digits with at most one sign and one point"
	}
	if i, err := strconv.ParseInt(whole, 10, 64); err == nil && len(whole) == wholeLen(s) {
		return decimalForm{isInt: true, i: i}, ""
	}
	if digits > exactDigits {
		return d, "SQLite keeps 15 significant digits of a decimal; use a text column, or whole units of the smallest kind"
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || (digits > 0 && math.Abs(f) < smallestNormal) {
		return d, "the decimal is out of the range of SQLite's numbers"
	}
	return decimalForm{f: f}, ""
}

// wholeLen is the length of s without a fraction of zeros.
func wholeLen(s string) int {
	n := len(s)
	for n > 0 && s[n-1] == '0' {
		n--
	}
	if n > 0 && s[n-1] == '.' {
		return n - 1
	}
	for i := range len(s) {
		if s[i] == '.' {
			return -1
		}
	}
	return len(s)
}

// scanDecimal checks plain notation and returns the part before the point and
// the number of significant digits, without leading and trailing zeros.
func scanDecimal(s string) (whole string, digits int, ok bool) {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	point, seen, zeros, any := len(s), 0, 0, false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && point == len(s):
			point = i
		case c == '0':
			any = true
			if seen > 0 {
				zeros++
			}
		case c > '0' && c <= '9':
			any = true
			seen += zeros + 1
			zeros = 0
		default:
			return "", 0, false
		}
	}
	return s[:point], seen, any
}
