package postgres

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

func literal(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindFloat64:
		if f := v.Float64(); math.IsNaN(f) || math.IsInf(f, 0) {
			return "'" + strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+") + "'", nil
		}
	case sqltype.KindBytes:
		return `'\x` + hex.EncodeToString(v.Bytes()) + "'", nil
	case sqltype.KindArray:
		return array(v, t)
	}
	return compile.StandardLiteral(v, t)
}

func array(v sqltype.Value, t sqltype.Type) (string, error) {
	typ, err := castName(t)
	if err != nil {
		return "", err
	}
	var elem sqltype.Type = sqltype.Null{}
	if a, ok := t.(sqltype.Array); ok {
		elem = a.Elem
	}
	parts := make([]string, len(v.Array()))
	for i, x := range v.Array() {
		if parts[i], err = literal(x, elem); err != nil {
			return "", err
		}
	}
	return "CAST(ARRAY[" + strings.Join(parts, ", ") + "] AS " + typ + ")", nil
}

// literalCast casts floating-point numbers, which are decimals in the text
// (https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
func literalCast(t sqltype.Type) string {
	if f, ok := t.(sqltype.Float); ok {
		return f.String()
	}
	return ""
}
