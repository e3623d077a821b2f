package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

func (s server) expressionRules() compile.ExprRules {
	return compile.ExprRules{
		AnyQuery:      true,
		Collation:     compile.BareCollation,
		Regexp:        s.regexp,
		RegexpReplace: s.regexpReplace,
		FullText:      fullText,
		Extract:       extract,
		DateAdd:       dateAdd,
		DateDiff:      dateDiff,
		DateTrunc:     dateTrunc,
		JSONGet:       jsonGet,
		Clock:         clock,
		JSONEqual:     s.jsonEqual,
		InList:        s.inList,
		Words: map[expr.Word]string{
			expr.CurrentUserWord: "CURRENT_USER()", expr.SessionUserWord: "SESSION_USER()", expr.RandomWord: "RAND()",
		},

		NoTableFunctions: true,
	}
}

// shiftRight keeps the sign, which an unsigned >> does not: of a negative number
// its complement is shifted.
func shiftRight(c *compile.Compiler, x expr.Expression) {
	b, ok := x.(*expr.Binary)
	if !ok {
		return
	}
	c.Text("(CASE WHEN ")
	c.Operand(b.L, expr.OpLt, false)
	c.Text(" < 0 THEN -1 - CAST((-1 - ")
	c.Operand(b.L, expr.OpSub, true)
	c.Text(") >> ")
	c.Operand(b.R, b.Op, true)
	c.Text(" AS SIGNED) ELSE ")
	signed(infix(" >> "))(c, b)
	c.Text(" END)")
}

// since80 is the first MySQL with ICU's regular expressions and their functions
// (https://dev.mysql.com/doc/refman/8.4/en/regexp.html). MariaDB has PCRE, whose
// options stand in the pattern (https://mariadb.com/kb/en/pcre/).
var since80 = dialect.Version{8, 0, 4}

func (s server) regexp(c *compile.Compiler, x *expr.Regexp) {
	if s.maria() {
		c.Operand(x.X, expr.OpLike, false)
		if x.Not {
			c.Text(" NOT")
		}
		c.Text(" REGEXP ")
		optioned(c, x.Flags, x.Pattern)
		return
	}
	if !s.since(since80, dialect.Version{}) {
		c.Unsupported("regular expressions with regard to case", "use LIKE, or MySQL 8")
		return
	}
	if x.Not {
		c.Text("NOT ")
	}
	c.Text("REGEXP_LIKE(")
	compile.List(c, ", ", []expr.Expression{x.X, x.Pattern}, c.Expression)
	c.Text(", '" + icuFlags(x.Flags) + "')")
}

// optioned writes the pattern behind options that say whether case counts,
// which else the collation decides.
func optioned(c *compile.Compiler, flags expr.RegexpFlags, pattern expr.Expression) {
	options := "(?-i)"
	if flags&expr.IgnoreCase != 0 {
		options = "(?i)"
	}
	if flags&expr.MultiLine != 0 {
		options += "(?m)"
	}
	c.Text("CONCAT('" + options + "', ")
	c.Expression(pattern)
	c.Text(")")
}

func icuFlags(flags expr.RegexpFlags) string {
	letters := "c"
	if flags&expr.IgnoreCase != 0 {
		letters = "i"
	}
	if flags&expr.MultiLine != 0 {
		letters += "m"
	}
	return letters
}

func (s server) regexpReplace(c *compile.Compiler, x *expr.RegexpReplace) {
	c.Text("REGEXP_REPLACE(")
	c.Expression(x.X)
	c.Text(", ")
	switch {
	case s.maria():
		optioned(c, x.Flags, x.Pattern)
		c.Text(", ")
		c.Expression(x.With)
	case s.since(since80, dialect.Version{}):
		compile.List(c, ", ", []expr.Expression{x.Pattern, x.With}, c.Expression)
		c.Text(", 1, 0, '" + icuFlags(x.Flags) + "'")
	default:
		c.Unsupported("REGEXP_REPLACE", "use MySQL 8")
	}
	c.Text(")")
}

// fullText writes MATCH … AGAINST in boolean mode
// (https://dev.mysql.com/doc/refman/8.4/en/fulltext-search.html).
func fullText(c *compile.Compiler, x *expr.FullText) {
	c.Text("MATCH (")
	compile.List(c, ", ", x.Xs, c.Expression)
	c.Text(") AGAINST (")
	c.Expression(x.Query)
	c.Text(" IN BOOLEAN MODE)")
}
