package oracle

import (
	"encoding/hex"
	"math"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// How long a literal may be, in bytes
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Literals.html).
const (
	maxLiteral = 4000
	maxRaw     = 2000
)

func (s server) literal(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindJSON:
		return text(v.Text(), t)
	case sqltype.KindBool:
		if s.booleans() {
			return compile.StandardLiteral(v, t)
		}
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	case sqltype.KindFloat64:
		return float(v, t)
	case sqltype.KindBytes, sqltype.KindUUID:
		return raw(v.Bytes())
	case sqltype.KindDate:
		plain, err := compile.StandardLiteral(v, t)
		return "DATE " + plain, err
	case sqltype.KindDateTime:
		plain, err := compile.StandardLiteral(v, t)
		return "TIMESTAMP " + plain, err
	case sqltype.KindInstant:
		plain, err := compile.StandardLiteral(v, t)
		return "TIMESTAMP " + strings.Replace(plain, "+00:00", " +00:00", 1), err
	}
	return compile.StandardLiteral(v, t)
}

func text(s string, t sqltype.Type) (string, error) {
	switch {
	case s == "":
		return "", unsupported("an empty text, which is NULL", "use NULL or another text")
	case len(s) > maxLiteral:
		return "", unsupported("a literal of more than 4,000 bytes", "use a shorter one")
	}
	return compile.QuoteText(s, t)
}

// float writes a number that may be larger than a NUMBER.
func float(v sqltype.Value, t sqltype.Type) (string, error) {
	switch f := v.Float64(); {
	case math.IsNaN(f):
		return "BINARY_DOUBLE_NAN", nil
	case math.IsInf(f, 1):
		return "BINARY_DOUBLE_INFINITY", nil
	case math.IsInf(f, -1):
		return "-BINARY_DOUBLE_INFINITY", nil
	}
	plain, err := compile.StandardLiteral(v, t)
	return plain + "d", err
}

func raw(b []byte) (string, error) {
	switch {
	case len(b) == 0:
		return "", unsupported("an empty string of bytes, which is NULL", "use NULL or other bytes")
	case len(b) > maxRaw:
		return "", unsupported("a literal of more than 2,000 bytes", "use a shorter one")
	}
	return "HEXTORAW('" + hex.EncodeToString(b) + "')", nil
}
