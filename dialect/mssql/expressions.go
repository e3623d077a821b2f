package mssql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// shifts is SQL Server 2022, the first with << and >>
// (https://learn.microsoft.com/sql/t-sql/functions/left-shift-transact-sql).
var shifts = dialect.Version{16, 0, 0}

func expressionRules(caps dialect.Capabilities) compile.ExprRules {
	r := compile.ExprRules{
		AnyQuery:     true,
		TryCast:      tryCast,
		Collation:    compile.BareCollation,
		FullText:     fullText,
		Extract:      extract,
		DateAdd:      dateAdd,
		DateDiff:     dateDiff,
		DateTrunc:    dateTrunc,
		JSONGet:      jsonGet,
		InList:       inList,
		TableColumns: true,
		Clock:        clock,
		// RAND() alone is one number for all rows
		// (https://learn.microsoft.com/sql/t-sql/functions/rand-transact-sql).
		Words: map[expr.Word]string{
			expr.CurrentUserWord: "CURRENT_USER", expr.SessionUserWord: "ORIGINAL_LOGIN()",
			expr.RandomWord: "(CAST(CRYPT_GEN_RANDOM(6) AS BIGINT) / 281474976710656.0E0)",
		},
	}
	if caps.Product != azure && !caps.Version.AtLeast(shifts[:]...) {
		r.DateTrunc = nil
	}
	return r
}

func tryCast(c *compile.Compiler, x *expr.Cast, typeName string) {
	c.Text("TRY_")
	c.CastAs(x.X, typeName)
}

// shiftByPower writes a << b as a * POWER(2, b), and a >> b as FLOOR of the
// quotient.
func shiftByPower(left bool) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		b, ok := x.(*expr.Binary)
		if !ok {
			return
		}
		op, text := expr.OpMul, " * "
		if !left {
			op, text = expr.OpDiv, " / "
			c.Text("FLOOR(")
		}
		c.Text("CAST(")
		c.Expression(b.L)
		c.Text(" AS NUMERIC(38, 10))" + text + "POWER(CAST(2 AS NUMERIC(19)), ")
		c.Operand(b.R, op, true)
		c.Text(")")
		if !left {
			c.Text(")")
		}
	}
}

// fullText writes CONTAINS
// (https://learn.microsoft.com/sql/t-sql/queries/contains-transact-sql).
func fullText(c *compile.Compiler, x *expr.FullText) {
	c.Text("CONTAINS(")
	if len(x.Xs) == 1 {
		c.Expression(x.Xs[0])
	} else {
		c.Text("(")
		compile.List(c, ", ", x.Xs, c.Expression)
		c.Text(")")
	}
	c.Text(", ")
	c.Expression(x.Query)
	c.Text(")")
}
