package sqlite

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// jsonGet writes -> for a document, which needs SQLite 3.38, and json_extract for
// a value: https://www.sqlite.org/json1.html#jptr.
func (s server) jsonGet(c *compile.Compiler, x *expr.JSONGet) {
	switch x.As.Kind() {
	case sqltype.KindJSON:
		if !s.Version.AtLeast(arrows[:]...) {
			c.Unsupported("documents within JSON documents", "use SQLite 3.38, or read a value as text")
			return
		}
		c.Text("(")
		c.Operand(x.X, expr.OpConcat, false)
		c.Text(" -> ")
		c.Path(x)
		c.Text(")")
	case sqltype.KindText: // json_extract makes numbers of true and false
		c.Text("CASE ")
		extractPath(c, "json_type", x)
		c.Text(" WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE ")
		extractPath(c, "json_extract", x)
		c.Text(" END")
	default:
		extractPath(c, "json_extract", x)
	}
}

func extractPath(c *compile.Compiler, function string, x *expr.JSONGet) {
	c.Text(function + "(")
	c.Expression(x.X)
	c.Text(", ")
	c.Path(x)
	c.Text(")")
}

// inList reads the values as a table
// (https://www.sqlite.org/json1.html#table_valued_functions_for_parsing_json).
func inList(c *compile.Compiler, x *expr.In, list *expr.List) {
	c.InWord(x)
	c.Text("(SELECT value FROM json_each(")
	c.AsJSON(list)
	c.Text("))")
}

// jsonEqual compares the texts without blanks: the order of keys counts.
func jsonEqual(c *compile.Compiler, x *expr.JSONEqual) {
	c.Call("json", x.L)
	c.Text(" = ")
	c.Call("json", x.R)
}
