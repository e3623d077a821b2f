package sqlite

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
)

// The first versions with -> for JSON and with dates that end with their month:
// https://www.sqlite.org/changes.html.
var (
	arrows = dialect.Version{3, 38, 0}
	floor  = dialect.Version{3, 46, 0}
)

// server is one version.
type server struct{ dialect.Capabilities }

func (s server) expressionRules() compile.ExprRules {
	return compile.ExprRules{
		Regexp:        regexp,
		RegexpReplace: regexpReplace,
		FullText:      fullText,
		Extract:       extract,
		DateAdd:       s.dateAdd,
		DateDiff:      dateDiff,
		DateTrunc:     dateTrunc,
		Clock:         clock,
		JSONGet:       s.jsonGet,
		JSONEqual:     jsonEqual,
		InList:        inList,
		// Of random(), which is of all integers, as many bits as a number has.
		Words: map[expr.Word]string{expr.RandomWord: "((random() & 9007199254740991) / 9007199254740992.0)"},
	}
}

// xor writes a # b as (a | b) - (a & b).
func xor(c *compile.Compiler, x expr.Expression) {
	b, ok := x.(*expr.Binary)
	if !ok {
		return
	}
	c.Text("((")
	c.Infix(&expr.Binary{Op: expr.OpBitOr, L: b.L, R: b.R}, " | ")
	c.Text(") - (")
	c.Infix(&expr.Binary{Op: expr.OpBitAnd, L: b.L, R: b.R}, " & ")
	c.Text("))")
}

// regexp writes REGEXP, for which the drivers' packages register a function of
// Go's regular expressions: SQLite has none of its own
// (https://www.sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators).
func regexp(c *compile.Compiler, x *expr.Regexp) {
	c.Operand(x.X, expr.OpLike, false)
	if x.Not {
		c.Text(" NOT")
	}
	c.Text(" REGEXP ")
	flagged(c, x.Flags, x.Pattern)
}

func flagged(c *compile.Compiler, flags expr.RegexpFlags, pattern expr.Expression) {
	if flags == 0 {
		c.Operand(pattern, expr.OpLike, true)
		return
	}
	c.Text("('(?" + flags.Letters() + ")' || ")
	c.Operand(pattern, expr.OpConcat, true)
	c.Text(")")
}

func regexpReplace(c *compile.Compiler, x *expr.RegexpReplace) {
	c.Text("regexp_replace(")
	c.Expression(x.X)
	c.Text(", ")
	flagged(c, x.Flags, x.Pattern)
	c.Text(", ")
	c.Expression(x.With)
	c.Text(")")
}

// fullText writes MATCH, which a table of FTS5 has
// (https://www.sqlite.org/fts5.html#full_text_query_syntax).
func fullText(c *compile.Compiler, x *expr.FullText) {
	if len(x.Xs) > 1 {
		c.Unsupported("a search in several columns at once", "combine one search a column by Or")
		return
	}
	c.Operand(x.Xs[0], expr.OpLike, false)
	c.Text(" MATCH ")
	c.Operand(x.Query, expr.OpLike, true)
}
