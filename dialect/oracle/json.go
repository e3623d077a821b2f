package oracle

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// jsonGet writes JSON_QUERY for objects and arrays, and JSON_VALUE for values
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/JSON_VALUE.html).
func jsonGet(c *compile.Compiler, x *expr.JSONGet) {
	switch x.As.Kind() {
	case sqltype.KindJSON:
		pathCall(c, "JSON_QUERY", x, "")
	case sqltype.KindText:
		pathCall(c, "JSON_VALUE", x, " RETURNING VARCHAR2(4000)")
	case sqltype.KindBool:
		c.Text("CASE ")
		pathCall(c, "JSON_VALUE", x, "")
		c.Text(" WHEN 'true' THEN 1 WHEN 'false' THEN 0 END")
	default:
		c.CastLike(x, func() { pathCall(c, "JSON_VALUE", x, " RETURNING NUMBER") })
	}
}

// inList reads the values as a table
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/JSON_TABLE.html).
func inList(c *compile.Compiler, x *expr.In, list *expr.List) {
	typ := "NUMBER"
	if list.Elem.Kind() == sqltype.KindText {
		typ = "VARCHAR2(4000)"
	}
	c.InWord(x)
	c.Text("(SELECT v FROM JSON_TABLE(")
	c.AsJSON(list)
	c.Text(", '$[*]' COLUMNS (v " + typ + " PATH '$')))")
}

func pathCall(c *compile.Compiler, function string, x *expr.JSONGet, returning string) {
	c.Text(function + "(")
	c.Expression(x.X)
	c.Text(", ")
	c.Path(x)
	c.Text(returning + ")")
}

// jsonEqual writes a condition of Oracle 18.
func jsonEqual(c *compile.Compiler, x *expr.JSONEqual) { c.Call("JSON_EQUAL", x.L, x.R) }
