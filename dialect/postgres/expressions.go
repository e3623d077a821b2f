package postgres

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// validInput is the first version that tells whether a text can be converted:
// https://www.postgresql.org/docs/16/functions-info.html#FUNCTIONS-INFO-VALIDITY.
var validInput = dialect.Version{16, 0, 0}

func expressionRules(caps dialect.Capabilities) compile.ExprRules {
	r := compile.ExprRules{
		Symmetric:     true,
		AnyQuery:      true,
		AnyArray:      true,
		Regexp:        regexp,
		RegexpReplace: regexpReplace,
		FullText:      fullText,
		Extract:       extract,
		DateAdd:       dateAdd,
		DateDiff:      dateDiff,
		Elapsed:       elapsed,
		DateTrunc:     dateTrunc,
		JSONGet:       jsonGet,
		JSONEqual:     jsonEqual,
		InList:        inList,
		TableColumns:  true,
		Words: map[expr.Word]string{
			expr.CurrentUserWord: "CURRENT_USER", expr.SessionUserWord: "SESSION_USER", expr.RandomWord: "random()",
		},
	}
	if caps.Version.AtLeast(validInput[:]...) {
		r.TryCast = tryCast
	}
	return r
}

func infix(text string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Infix(b, text)
		}
	}
}

// tryCast converts text that is a valid input of the type.
func tryCast(c *compile.Compiler, x *expr.Cast, typeName string) {
	c.Text("CASE WHEN pg_input_is_valid(")
	c.CastAs(x.X, "TEXT")
	quoted, err := compile.QuoteText(typeName, x.Type)
	if err != nil {
		c.Fail(err)
	}
	c.Text(", " + quoted + ") THEN CAST(")
	c.CastAs(x.X, "TEXT")
	c.Text(" AS " + typeName + ") END")
}

// regexp writes the operators of POSIX regular expressions, whose flags are
// embedded in the pattern
// (https://www.postgresql.org/docs/current/functions-matching.html#POSIX-EMBEDDED-OPTIONS-TABLE).
func regexp(c *compile.Compiler, x *expr.Regexp) {
	word := " ~"
	if x.Not {
		word = " !~"
	}
	if x.Flags&expr.IgnoreCase != 0 {
		word += "*"
	}
	c.Operand(x.X, expr.OpLike, false)
	c.Text(word + " ")
	if x.Flags&expr.MultiLine != 0 {
		c.Text("('(?n)' || ")
		c.Operand(x.Pattern, expr.OpConcat, true)
		c.Text(")")
		return
	}
	c.Operand(x.Pattern, expr.OpLike, true)
}

func regexpReplace(c *compile.Compiler, x *expr.RegexpReplace) {
	flags := "g"
	if x.Flags&expr.IgnoreCase != 0 {
		flags += "i"
	}
	if x.Flags&expr.MultiLine != 0 {
		flags += "n"
	}
	c.Text("regexp_replace(")
	compile.List(c, ", ", []expr.Expression{x.X, x.Pattern, x.With}, c.Expression)
	c.Text(", '" + flags + "')")
}

// fullText writes @@, with the words of the query as plainto_tsquery takes them.
func fullText(c *compile.Compiler, x *expr.FullText) {
	if len(x.Xs) > 1 {
		c.Unsupported("a search in several columns at once", "combine one search a column by Or, or join the texts by Concat")
		return
	}
	c.Operand(x.Xs[0], expr.OpLike, false)
	c.Text(" @@ plainto_tsquery(")
	c.Expression(x.Query)
	c.Text(")")
}
