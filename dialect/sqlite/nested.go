package sqlite

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nestedRows are arrays in the order of the derived table, which a query that
// aggregates it by something else than count, min or max keeps
// (https://www.sqlite.org/optoverview.html#omitorderby).
var nestedRows = &compile.NestedRules{Aggregate: "json_group_array", Row: "json_array", Within: "json", Cell: nestedCell}

// nestedCell writes bytes as such, which JSON does not have, and takes from a
// document the mark that would make it part of the row's
// (https://www.sqlite.org/json1.html#interface_overview).
func nestedCell(c *compile.Compiler, x expr.Expression, t sqltype.Type) {
	switch t.Kind() {
	case sqltype.KindBytes, sqltype.KindUUID:
		c.Text("CASE typeof(")
		c.Expression(x)
		c.Text(") WHEN 'blob' THEN '0x' || hex(")
		c.Expression(x)
		c.Text(") ELSE ")
		c.Expression(x)
		c.Text(" END")
	case sqltype.KindJSON:
		c.Expression(x)
		c.Text(" || ''")
	default:
		c.Expression(x)
	}
}
