package sqlite

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// maxParameters is SQLITE_MAX_VARIABLE_NUMBER
// (https://www.sqlite.org/limits.html#max_variable_number).
const maxParameters = 32766

var identifiers = compile.Identifiers{Open: '"', Close: '"'}

func newRules(caps dialect.Capabilities) *compile.Rules {
	r := compile.Base(name)
	r.Identifiers = identifiers
	r.MaxParameters = maxParameters
	r.TypeName, r.CastName = typeName, castAs
	r.Literal = literal
	r.Operators = map[expr.Op]func(*compile.Compiler, expr.Expression){
		expr.OpBitXor:        xor,
		expr.OpIsDistinct:    infix(" IS NOT "),
		expr.OpIsNotDistinct: infix(" IS "),
	}
	r.Expr = server{caps}.expressionRules()
	r.Functions = functions
	r.True, r.False = "1", "0"
	r.Limit = limit
	r.Query = queryRules(r.Query)
	r.Conflict = conflictRules
	r.DML.UpdateOthers = compile.OthersBehind
	r.Returning = compile.ReturningSupport{Insert: true, Update: true, Delete: true}
	r.DefaultInValues = false
	r.DDL = ddlRules()
	return r
}

// functions have several arguments; of one, max and min are aggregates
// (https://www.sqlite.org/lang_corefunc.html#max_scalar).
var functions = map[string]string{"greatest": "max", "least": "min", "char_length": "length", "array_agg": ""}

func infix(text string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Infix(b, text)
		}
	}
}

// limit writes OFFSET behind a LIMIT that limits nothing, as OFFSET can't
// stand alone (https://www.sqlite.org/lang_select.html#limitoffset).
func limit(c *compile.Compiler, p expr.Parts) {
	if p.Limit == nil {
		c.Text(" LIMIT -1")
	}
	compile.LimitOffset(c, p)
}
