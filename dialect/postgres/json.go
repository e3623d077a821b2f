package postgres

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// jsonGet writes a chain of -> that ends with ->> for a text, which is cast to
// what is asked for: https://www.postgresql.org/docs/current/functions-json.html.
func jsonGet(c *compile.Compiler, x *expr.JSONGet) {
	switch x.As.Kind() {
	case sqltype.KindJSON:
		arrowed(c, x, " -> ")
	case sqltype.KindText:
		arrowed(c, x, " ->> ")
	default:
		c.CastLike(x, func() { arrowed(c, x, " ->> ") })
	}
}

func arrowed(c *compile.Compiler, x *expr.JSONGet, last string) {
	c.Text("(")
	c.Operand(x.X, expr.OpConcat, false)
	if len(x.Path) == 0 && last == " ->> " {
		c.Text(" #>> '{}'")
	}
	for i, step := range x.Path {
		if i == len(x.Path)-1 {
			c.Text(last)
		} else {
			c.Text(" -> ")
		}
		if n, ok := step.Index(); ok {
			c.Text(strconv.Itoa(n))
			continue
		}
		key, _ := step.Key()
		c.QuotedText(key)
	}
	c.Text(")")
}

// inList compares with any element of an array, or, for NOT IN, with all.
func inList(c *compile.Compiler, x *expr.In, list *expr.List) {
	cast, err := arrayCast(list.Elem)
	if err != nil {
		c.Fail(err)
		return
	}
	c.Operand(x.X, expr.OpEq, false)
	if x.Not {
		c.Text(" <> ALL(CAST(")
	} else {
		c.Text(" = ANY(CAST(")
	}
	c.AsArray(list)
	c.Text(" AS " + cast + "))")
}

func jsonEqual(c *compile.Compiler, x *expr.JSONEqual) {
	c.CastAs(x.L, "JSONB")
	c.Text(" = ")
	c.CastAs(x.R, "JSONB")
}
