package sqltype

import (
	"errors"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number of any size, for NUMERIC columns. It
// keeps the digits that it was written with: 12.50 is equal to 12.5 by Cmp but
// not by ==. Decimals of one scale, such as those of one column, can be
// compared with == and be the keys of a map. The zero value is 0.
//
// It does no arithmetic: convert it, or map the column to a type that does.
type Decimal struct {
	text string // canonical: "-", no leading zeros, a digit on both sides of "."; 0 is ""
}

// maxDigits is what PostgreSQL's NUMERIC holds in front of the point, and the
// limit of what an exponent may ask for.
const maxDigits = 131072

const notDecimal = "not a decimal number"

var errDecimal = errors.New("sqltype: " + notDecimal + ", such as -12.50 or 1e3")

// NewDecimal returns unscaled divided by 10 to the power of scale, written
// with scale digits after the point: NewDecimal(1250, 2) is 12.50.
func NewDecimal(unscaled int64, scale int) Decimal {
	digits := strconv.FormatInt(unscaled, 10)
	digits, negative := strings.CutPrefix(digits, "-")
	if scale > 0 && len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if scale < 0 {
		digits += strings.Repeat("0", -scale)
		scale = 0
	}
	return decimalOf(negative, digits[:len(digits)-scale], digits[len(digits)-scale:])
}

// ParseDecimal returns the number that s writes in plain notation or with an
// exponent, of any number of digits up to 131072. The error does not show s.
func ParseDecimal(s string) (Decimal, error) {
	whole, negative := strings.CutPrefix(s, "-")
	if !negative {
		whole = strings.TrimPrefix(whole, "+")
	}
	exponent, unchanged := 0, !strings.HasPrefix(s, "+")
	if at := strings.IndexAny(whole, "eE"); at >= 0 {
		n, err := strconv.Atoi(whole[at+1:])
		if err != nil || n > maxDigits || n < -maxDigits {
			return Decimal{}, errDecimal
		}
		exponent, unchanged, whole = n, false, whole[:at]
	}
	whole, fraction, _ := strings.Cut(whole, ".")
	if !allDigits(whole) || !allDigits(fraction) || whole+fraction == "" || len(whole)+len(fraction) > 2*maxDigits {
		return Decimal{}, errDecimal
	}
	if unchanged && canonical(s, whole, fraction) {
		return Decimal{text: s}, nil
	}
	whole, fraction = shift(whole, fraction, exponent)
	return decimalOf(negative, whole, fraction), nil
}

// MustParseDecimal is ParseDecimal for constants of a program. It panics.
func MustParseDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// canonical reports whether s, a sign and whole and fraction, is written the
// one way that Decimal writes it.
func canonical(s, whole, fraction string) bool {
	if whole == "" || (whole[0] == '0' && len(whole) > 1) || strings.HasSuffix(s, ".") {
		return false
	}
	// A zero is left to decimalOf: it has no sign.
	return strings.Trim(whole, "0") != "" || strings.Trim(fraction, "0") != ""
}

// shift moves the point by exponent digits to the right.
func shift(whole, fraction string, exponent int) (string, string) {
	if exponent > 0 {
		if missing := exponent - len(fraction); missing > 0 {
			fraction += strings.Repeat("0", missing)
		}
		return whole + fraction[:exponent], fraction[exponent:]
	}
	if missing := -exponent - len(whole); missing > 0 {
		whole = strings.Repeat("0", missing) + whole
	}
	at := len(whole) + exponent
	return whole[:at], whole[at:] + fraction
}

// decimalOf puts the number together in its canonical form.
func decimalOf(negative bool, whole, fraction string) Decimal {
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		if fraction == "" {
			return Decimal{}
		}
		whole = "0"
	}
	if negative && strings.Trim(whole+fraction, "0") != "" {
		whole = "-" + whole
	}
	if fraction == "" {
		return Decimal{text: whole}
	}
	return Decimal{text: whole + "." + fraction}
}

// parts returns the sign and the digits on either side of the point.
func (d Decimal) parts() (negative bool, whole, fraction string) {
	whole, negative = strings.CutPrefix(d.String(), "-")
	whole, fraction, _ = strings.Cut(whole, ".")
	return negative, whole, fraction
}

// String returns the number in plain notation.
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// Scale returns the number of digits after the point.
func (d Decimal) Scale() int {
	_, _, fraction := d.parts()
	return len(fraction)
}

// IsZero reports whether the number is 0, at any scale.
func (d Decimal) IsZero() bool { return d.Cmp(Decimal{}) == 0 }

// Cmp compares the numbers, whatever their scales: -1 if d is less than e, 0
// if they are equal, 1 if d is greater.
func (d Decimal) Cmp(e Decimal) int {
	if d == e {
		return 0
	}
	dNeg, dWhole, dFraction := d.parts()
	eNeg, eWhole, eFraction := e.parts()
	if dNeg != eNeg {
		if dNeg {
			return -1
		}
		return 1
	}
	c := len(dWhole) - len(eWhole)
	if c == 0 {
		c = strings.Compare(dWhole, eWhole)
	}
	if c == 0 {
		c = strings.Compare(strings.TrimRight(dFraction, "0"), strings.TrimRight(eFraction, "0"))
	}
	switch {
	case c == 0:
		return 0
	case (c < 0) != dNeg:
		return -1
	}
	return 1
}

// Round returns the number with scale digits after the point, half away from
// zero as SQL's NUMERIC does: -0.125 at 2 is -0.13, and 3 is 3.00.
func (d Decimal) Round(scale int) Decimal {
	negative, whole, fraction := d.parts()
	scale = max(scale, 0)
	if len(fraction) == scale {
		return d
	}
	if len(fraction) < scale {
		return decimalOf(negative, whole, fraction+strings.Repeat("0", scale-len(fraction)))
	}
	digits := whole + fraction[:scale]
	if fraction[scale] >= '5' {
		digits = increment(digits)
	}
	return decimalOf(negative, digits[:len(digits)-scale], digits[len(digits)-scale:])
}

// increment adds one to a number of decimal digits.
func increment(digits string) string {
	b := []byte("0" + digits)
	i := len(b) - 1
	for ; b[i] == '9'; i-- {
		b[i] = '0'
	}
	b[i]++
	return string(b)
}

// MarshalText writes the number in plain notation; in JSON, as a string: many
// readers of JSON would take a number for a binary float.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDecimal does.
func (d *Decimal) UnmarshalText(text []byte) error {
	parsed, err := ParseDecimal(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// UnmarshalJSON reads a string or a number. Like for other types of Go, null
// changes nothing.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	s := string(text)
	if s == "null" {
		return nil
	}
	if n := len(s); n >= 2 && s[0] == '"' && s[n-1] == '"' {
		s = s[1 : n-1]
	}
	return d.UnmarshalText([]byte(s))
}
