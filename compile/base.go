package compile

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Base returns the rules of standard SQL, for a dialect to change.
func Base(dialect string) *Rules {
	return &Rules{
		Dialect:       dialect,
		Identifiers:   Identifiers{Open: '"', Close: '"', Max: 128},
		Placeholder:   func(buf []byte, _ int) []byte { return append(buf, '?') },
		MaxParameters: 65535,
		TypeName:      StandardTypeName,
		Stored:        StandardStored,
		Literal:       StandardLiteral,
		Operators:     map[expr.Op]func(c *Compiler, e expr.Expression){},
		Functions:     map[string]string{},
		True:          "TRUE",
		False:         "FALSE",
		Limit:         LimitOffset,
		NullsOrder:    true,
		FullJoin:      true,
		DefaultRow:    "DEFAULT VALUES",
		AliasWord:     " AS ",
		Query:         standardQueries(),

		DefaultInValues: true,
		DDL:             DDLRules{AlterForeignKey: true, DropForeignKey: "CONSTRAINT"},
	}
}

// LimitOffset writes LIMIT n OFFSET m, each where it is given.
func LimitOffset(c *Compiler, p expr.Parts) {
	if p.Limit != nil {
		c.Text(" LIMIT ")
		c.Expression(p.Limit)
	}
	if p.Offset != nil {
		c.Text(" OFFSET ")
		c.Expression(p.Offset)
	}
}

// OffsetFetch writes OFFSET m ROWS FETCH NEXT n ROWS ONLY, as standard SQL does.
func OffsetFetch(c *Compiler, p expr.Parts) {
	if p.Offset != nil {
		c.Text(" OFFSET ")
		c.Operand(p.Offset, expr.OpNeg, false)
		c.Text(" ROWS")
	}
	if p.Limit != nil {
		c.Text(" FETCH NEXT ")
		c.Operand(p.Limit, expr.OpNeg, false)
		c.Text(" ROWS ONLY")
	}
}

// StandardLiteral writes a value as a literal of standard SQL. It is used for
// DDL, which takes no bound values.
func StandardLiteral(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindNull:
		return "NULL", nil
	case sqltype.KindInt64:
		return strconv.FormatInt(v.Int64(), 10), nil
	case sqltype.KindUint64:
		return strconv.FormatUint(v.Uint64(), 10), nil
	case sqltype.KindFloat64:
		return floatLiteral(v.Float64(), t)
	case sqltype.KindBool:
		if v.Bool() {
			return "TRUE", nil
		}
		return "FALSE", nil
	case sqltype.KindDecimal:
		return v.Text(), nil
	case sqltype.KindText, sqltype.KindJSON:
		return QuoteText(v.Text(), t)
	case sqltype.KindBytes:
		return "X'" + hex.EncodeToString(v.Bytes()) + "'", nil
	}
	return timeLiteral(v, t)
}

func timeLiteral(v sqltype.Value, t sqltype.Type) (string, error) {
	switch v.Kind() {
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		if y := v.Time().Year(); y < 1 || y > 9999 {
			return "", fmt.Errorf("compile: the year of a literal of type %s is not within 1 to 9999", t)
		}
	}
	switch v.Kind() {
	case sqltype.KindDate:
		return v.Time().Format("'2006-01-02'"), nil
	case sqltype.KindDateTime:
		return v.Time().Format("'2006-01-02 15:04:05.000000'"), nil
	case sqltype.KindInstant:
		return v.Time().Format("'2006-01-02 15:04:05.000000+00:00'"), nil
	case sqltype.KindTimeOfDay:
		return time.Unix(0, int64(v.TimeOfDay())).UTC().Format("'15:04:05.000000'"), nil
	case sqltype.KindUUID:
		b := hex.EncodeToString(v.Bytes())
		return "'" + b[:8] + "-" + b[8:12] + "-" + b[12:16] + "-" + b[16:20] + "-" + b[20:] + "'", nil
	}
	return "", fmt.Errorf("compile: a value of type %s can't be written as a literal; use expr.SQL", t)
}

func floatLiteral(f float64, t sqltype.Type) (string, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "", fmt.Errorf("compile: NaN and infinity can't be written as a literal of type %s", t)
	}
	return strconv.FormatFloat(f, 'e', -1, 64), nil
}

// QuoteText writes text as a literal with its quotes doubled. It is safe where
// a backslash has no meaning within a literal, which the glue of each driver
// makes sure of or its dialect's Literal handles.
func QuoteText(s string, t sqltype.Type) (string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", fmt.Errorf("compile: text with NUL can't be written as a literal of type %s", t)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", nil
}
