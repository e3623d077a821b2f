package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// jsonGet writes JSON_QUERY for objects and arrays, which are the only documents
// that it gives, and JSON_VALUE for values
// (https://learn.microsoft.com/sql/t-sql/functions/json-functions-transact-sql).
func jsonGet(c *compile.Compiler, x *expr.JSONGet) {
	switch x.As.Kind() {
	case sqltype.KindJSON:
		pathCall(c, "JSON_QUERY", x)
	case sqltype.KindText:
		pathCall(c, "JSON_VALUE", x)
	case sqltype.KindBool:
		c.Text("CAST(CASE ")
		pathCall(c, "JSON_VALUE", x)
		c.Text(" WHEN 'true' THEN 1 WHEN 'false' THEN 0 END AS BIT)")
	default:
		c.CastLike(x, func() { pathCall(c, "JSON_VALUE", x) })
	}
}

// inList reads the values as a table
// (https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql).
func inList(c *compile.Compiler, x *expr.In, list *expr.List) {
	typ := "BIGINT"
	if list.Elem.Kind() == sqltype.KindText {
		typ = "NVARCHAR(MAX)"
	}
	c.InWord(x)
	c.Text("(SELECT v FROM OPENJSON(")
	c.AsJSON(list)
	c.Text(") WITH (v " + typ + " '$'))")
}

func pathCall(c *compile.Compiler, function string, x *expr.JSONGet) {
	c.Text(function + "(")
	c.Expression(x.X)
	c.Text(", ")
	c.Path(x)
	c.Text(")")
}
