package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nestedRows are arrays of type json, which keep numbers as they are written
// (https://www.postgresql.org/docs/current/functions-json.html).
var nestedRows = &compile.NestedRules{Aggregate: "json_agg", Row: "json_build_array", Cell: nestedCell}

// nestedCell leaves times to json_build_array, which writes them as ISO 8601
// whatever DateStyle is, and padded text, which a cast would cut.
func nestedCell(c *compile.Compiler, x expr.Expression, t sqltype.Type) {
	switch t.Kind() {
	case sqltype.KindBytes:
		c.Text("'0x' || encode(")
		c.Expression(x)
		c.Text(", 'hex')")
	case sqltype.KindDecimal, sqltype.KindJSON:
		c.CastAs(x, "TEXT")
	case sqltype.KindArray:
		nestedArray(c, x, t)
	case sqltype.KindText:
		switch t.(type) {
		case sqltype.String, sqltype.Text:
			c.Expression(x)
		default:
			c.CastAs(x, "TEXT")
		}
	default:
		c.Expression(x)
	}
}

// nestedArray refuses the elements that can't be told from others, or from NULL.
func nestedArray(c *compile.Compiler, x expr.Expression, t sqltype.Type) {
	for elem := t; ; {
		a, ok := elem.(sqltype.Array)
		if !ok {
			break
		}
		elem = sqltype.Values(a.Elem)
		switch elem.Kind() {
		case sqltype.KindBytes, sqltype.KindJSON:
			c.Unsupported("arrays of "+elem.String()+" in rows within a row", "read these rows by a statement of their own")
			return
		}
	}
	c.Expression(x)
}
