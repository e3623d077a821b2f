package oracle

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

func expressionRules() compile.ExprRules {
	return compile.ExprRules{
		AnyQuery:      true,
		TryCast:       tryCast,
		Collation:     compile.BareCollation,
		Regexp:        regexp,
		RegexpReplace: regexpReplace,
		FullText:      fullText,
		Extract:       extract,
		DateAdd:       dateAdd,
		DateDiff:      dateDiff,
		DateTrunc:     dateTrunc,
		JSONGet:       jsonGet,
		JSONEqual:     jsonEqual,
		InList:        inList,
		TableOpen:     "TABLE (",
		// https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/SYS_CONTEXT.html
		Words: map[expr.Word]string{
			expr.CurrentUserWord: "SYS_CONTEXT('USERENV', 'CURRENT_USER')", expr.SessionUserWord: "SYS_CONTEXT('USERENV', 'SESSION_USER')",
			expr.RandomWord: "DBMS_RANDOM.VALUE",
		},
	}
}

// tryCast writes the DEFAULT of a CAST
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CAST.html).
func tryCast(c *compile.Compiler, x *expr.Cast, typeName string) {
	c.Text("CAST(")
	c.Expression(x.X)
	c.Text(" AS " + typeName + " DEFAULT NULL ON CONVERSION ERROR)")
}

// bitXor writes a # b as a + b - 2 * BITAND(a, b).
func bitXor(c *compile.Compiler, x expr.Expression) {
	b, ok := x.(*expr.Binary)
	if !ok {
		return
	}
	c.Text("(")
	c.Operand(b.L, expr.OpSub, false)
	c.Text(" + ")
	c.Operand(b.R, expr.OpSub, true)
	c.Text(" - 2 * ")
	c.Call("BITAND", b.L, b.R)
	c.Text(")")
}

// shift writes a << b as a * POWER(2, b), and a >> b as FLOOR of the quotient.
func shift(text, around string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		b, ok := x.(*expr.Binary)
		if !ok {
			return
		}
		c.Text(around + "(")
		c.Operand(b.L, expr.OpMul, false)
		c.Text(text + "POWER(2, ")
		c.Expression(b.R)
		c.Text("))")
	}
}

func regexp(c *compile.Compiler, x *expr.Regexp) {
	if x.Not {
		c.Text("NOT ")
	}
	c.Text("REGEXP_LIKE(")
	compile.List(c, ", ", []expr.Expression{x.X, x.Pattern}, c.Expression)
	c.Text(", '" + letters(x.Flags) + "')")
}

// letters says also that case counts, which else the session decides.
func letters(flags expr.RegexpFlags) string {
	if flags&expr.IgnoreCase != 0 {
		return flags.Letters()
	}
	return "c" + flags.Letters()
}

func regexpReplace(c *compile.Compiler, x *expr.RegexpReplace) {
	c.Text("REGEXP_REPLACE(")
	compile.List(c, ", ", []expr.Expression{x.X, x.Pattern, x.With}, c.Expression)
	c.Text(", 1, 0, '" + letters(x.Flags) + "')")
}

// fullText writes CONTAINS of Oracle Text, which gives a score
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/ccref/oracle-text-SQL-statements-and-operators.html).
func fullText(c *compile.Compiler, x *expr.FullText) {
	if len(x.Xs) > 1 {
		c.Unsupported("a search in several columns at once", "combine one search a column by Or")
		return
	}
	c.Call("CONTAINS", x.Xs[0], x.Query)
	c.Text(" > 0")
}
