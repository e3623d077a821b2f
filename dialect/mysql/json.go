package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// jsonGet writes JSON_EXTRACT, and what it gives as text for a value: JSON's null
// would be the text "null"
// (https://dev.mysql.com/doc/refman/8.4/en/json-search-functions.html).
func jsonGet(c *compile.Compiler, x *expr.JSONGet) {
	switch x.As.Kind() {
	case sqltype.KindJSON:
		extractPath(c, x)
	case sqltype.KindText:
		unquoted(c, x)
	case sqltype.KindBool:
		c.Text("CASE JSON_UNQUOTE(")
		extractPath(c, x)
		c.Text(") WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END")
	default:
		c.CastLike(x, func() { unquoted(c, x) })
	}
}

func extractPath(c *compile.Compiler, x *expr.JSONGet) {
	c.Text("JSON_EXTRACT(")
	c.Expression(x.X)
	c.Text(", ")
	c.Path(x)
	c.Text(")")
}

func unquoted(c *compile.Compiler, x *expr.JSONGet) {
	c.Text("CASE JSON_TYPE(")
	extractPath(c, x)
	c.Text(") WHEN 'NULL' THEN NULL ELSE JSON_UNQUOTE(")
	extractPath(c, x)
	c.Text(") END")
}

// jsonTable are the first versions with JSON_TABLE
// (https://dev.mysql.com/doc/refman/8.4/en/json-table-functions.html,
// https://mariadb.com/kb/en/json_table/).
var jsonTable = [2]dialect.Version{{8, 0, 4}, {10, 6, 1}}

// inList reads the values as a table.
func (s server) inList(c *compile.Compiler, x *expr.In, list *expr.List) {
	if !s.since(jsonTable[0], jsonTable[1]) {
		c.Unsupported("IN of more than 1,000 values", "join a table of the values")
		return
	}
	typ := "BIGINT"
	if list.Elem.Kind() == sqltype.KindText {
		typ = "LONGTEXT"
	}
	c.InWord(x)
	c.Text("(SELECT v FROM JSON_TABLE(")
	c.AsJSON(list)
	c.Text(", '$[*]' COLUMNS (v " + typ + " PATH '$')) AS l)")
}

// jsonEqual writes JSON_EQUALS, which MariaDB has since 10.7, or, for MySQL,
// which compares documents, =.
func (s server) jsonEqual(c *compile.Compiler, x *expr.JSONEqual) {
	switch {
	case !s.maria():
		c.CastAs(x.L, "JSON")
		c.Text(" = ")
		c.CastAs(x.R, "JSON")
	case s.Version.AtLeast(10, 7):
		// Of NULL, JSON_EQUALS gives anything but NULL.
		c.Text("(")
		c.Operand(x.L, expr.OpIsNull, false)
		c.Text(" IS NOT NULL AND JSON_EQUALS(")
		compile.List(c, ", ", []expr.Expression{x.L, x.R}, c.Expression)
		c.Text("))")
	default:
		c.Unsupported("the comparison of JSON documents", "compare values within them")
	}
}
