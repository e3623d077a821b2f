package sqlite

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// literal writes values in the forms in which the driver stores them, so that
// a default compares equal to a bound value.
func literal(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindUint64:
		if v.Uint64() > math.MaxInt64 {
			return "", tooWide(t)
		}
	case sqltype.KindFloat64:
		// A number that is too large reads as infinity.
		if math.IsInf(v.Float64(), 1) {
			return "9e999", nil
		}
		if math.IsInf(v.Float64(), -1) {
			return "-9e999", nil
		}
	case sqltype.KindBool:
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	case sqltype.KindDecimal:
		return decimal(v.Text(), t)
	case sqltype.KindInstant:
		return "'" + v.Time().Format("2006-01-02 15:04:05.000000Z") + "'", nil
	}
	return compile.StandardLiteral(v, t)
}

func tooWide(t sqltype.Type) error {
	return fmt.Errorf("sqlite: the value of type %s is outside the 64 bits of SQLite's integers", t)
}

// decimal refuses digits that SQLite would lose.
func decimal(text string, t sqltype.Type) (string, error) {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text, nil
	}
	digits := strings.TrimLeft(strings.Replace(strings.TrimLeft(text, "+-"), ".", "", 1), "0")
	if strings.Contains(text, ".") {
		digits = strings.TrimRight(digits, "0")
	}
	if len(digits) > 15 {
		return "", fmt.Errorf("sqlite: the value of type %s has more than the 15 digits that SQLite keeps; use a text column", t)
	}
	return text, nil
}
