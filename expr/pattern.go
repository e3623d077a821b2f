package expr

import "github.com/alkahest-go/alkahest/sqltype"

// LikeEscape is s LIKE p, where a wildcard that follows the escape character,
// an ASCII one, stands for itself.
//
//go:noinline
func (s TextOf[T]) LikeEscape(p string, escape byte) Pred {
	return Pred{&Binary{Op: OpLike, L: s.Unwrap(), R: pattern(p), Escape: escape}}
}

// ILikeEscape is LikeEscape without regard to case.
//
//go:noinline
func (s TextOf[T]) ILikeEscape(p string, escape byte) Pred {
	return Pred{&Binary{Op: OpILike, L: s.Unwrap(), R: pattern(p), Escape: escape}}
}

// NotILike is NOT LIKE without regard to case.
//
//go:noinline
func (s TextOf[T]) NotILike(p string) Pred { return compare(s.Unwrap(), OpNotILike, pattern(p)) }

// LikeExpr is s LIKE x, where x has the wildcards.
//
//go:noinline
func (s TextOf[T]) LikeExpr(x Of[T]) Pred { return compare(s.Unwrap(), OpLike, x) }

// IContains is Contains without regard to case.
//
//go:noinline
func (s TextOf[T]) IContains(text string) Pred {
	return likeEscaped(OpILike, s.Unwrap(), "%", text, "%")
}

// IStartsWith is StartsWith without regard to case.
//
//go:noinline
func (s TextOf[T]) IStartsWith(text string) Pred {
	return likeEscaped(OpILike, s.Unwrap(), "", text, "%")
}

// IEndsWith is EndsWith without regard to case.
//
//go:noinline
func (s TextOf[T]) IEndsWith(text string) Pred {
	return likeEscaped(OpILike, s.Unwrap(), "%", text, "")
}

// ContainsExpr reports whether s has the text of x within it. Wildcards in that
// text stand for themselves.
//
//go:noinline
func (s TextOf[T]) ContainsExpr(x Of[T]) Pred { return likeEscapedExpr(s.Unwrap(), "%", x, "%") }

// StartsWithExpr reports whether s begins with the text of x.
//
//go:noinline
func (s TextOf[T]) StartsWithExpr(x Of[T]) Pred { return likeEscapedExpr(s.Unwrap(), "", x, "%") }

// EndsWithExpr reports whether s ends with the text of x.
//
//go:noinline
func (s TextOf[T]) EndsWithExpr(x Of[T]) Pred { return likeEscapedExpr(s.Unwrap(), "%", x, "") }

func likeEscapedExpr(l Expression, before string, x Expression, after string) Pred {
	p := Unwrap(x)
	for _, special := range []string{"/", "%", "_"} {
		p = &Func{Name: "replace", Args: []Expression{p, pattern(special), pattern("/" + special)}, Type: textCodec.Type}
	}
	if before != "" {
		p = &Binary{Op: OpConcat, L: pattern(before), R: p, Type: textCodec.Type}
	}
	if after != "" {
		p = &Binary{Op: OpConcat, L: p, R: pattern(after), Type: textCodec.Type}
	}
	return Pred{&Binary{Op: OpLike, L: l, R: p, Escape: likeEscape}}
}

// RegexpFlags change how a regular expression is read.
type RegexpFlags uint8

// The flags.
const (
	IgnoreCase RegexpFlags = 1 << iota
	MultiLine              // ^ and $ match at each line
)

// Letters are the flags as most products write them.
func (f RegexpFlags) Letters() string {
	s := ""
	if f&IgnoreCase != 0 {
		s += "i"
	}
	if f&MultiLine != 0 {
		s += "m"
	}
	return s
}

// Regexp reports whether X matches a regular expression somewhere, with regard
// to case unless the flags say otherwise.
type Regexp struct {
	X, Pattern Expression
	Flags      RegexpFlags
	Not        bool
}

// SQLType implements Expression.
func (e *Regexp) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *Regexp) AppendKey(k *Key) {
	k.Tag(tagRegexp)
	k.Tag(byte(e.Flags))
	k.Bool(e.Not)
	k.Node(e.X)
	k.Node(e.Pattern)
}

// Children implements Parent.
func (e *Regexp) Children() []Expression { return []Expression{e.X, e.Pattern} }

// Operator implements Infix.
func (e *Regexp) Operator() (Op, bool) { return OpLike, true }

// IsCondition implements Conditional.
func (e *Regexp) IsCondition() bool { return true }

func (e *Regexp) special() {}

// Matches reports whether s has a match of the regular expression within it.
// The dialect of regular expressions is the database's own: POSIX ARE on
// PostgreSQL, PCRE on MariaDB, ICU on MySQL, Go's RE2 on SQLite.
//
//go:noinline
func (s TextOf[T]) Matches(re string, flags ...RegexpFlags) Pred {
	return Pred{&Regexp{X: s.Unwrap(), Pattern: pattern(re), Flags: allFlags(flags)}}
}

func allFlags(flags []RegexpFlags) RegexpFlags {
	var all RegexpFlags
	for _, f := range flags {
		all |= f
	}
	return all
}

// RegexpReplace is X with every match of a regular expression replaced.
type RegexpReplace struct {
	X, Pattern, With Expression
	Flags            RegexpFlags
}

// SQLType implements Expression.
func (e *RegexpReplace) SQLType() sqltype.Type { return sqltype.Text{} }

// AppendKey implements Node.
func (e *RegexpReplace) AppendKey(k *Key) {
	k.Tag(tagRegexpReplace)
	k.Tag(byte(e.Flags))
	k.Node(e.X)
	k.Node(e.Pattern)
	k.Node(e.With)
}

// Children implements Parent.
func (e *RegexpReplace) Children() []Expression { return []Expression{e.X, e.Pattern, e.With} }

func (e *RegexpReplace) special() {}

// ReplaceMatches is s with every match of the regular expression replaced by
// with, in which \1 stands for the first group ($1 on MySQL).
//
//go:noinline
func (s TextOf[T]) ReplaceMatches(re, with string, flags ...RegexpFlags) TextOf[T] {
	return NewText[T](&RegexpReplace{X: s.Unwrap(), Pattern: pattern(re), With: pattern(with), Flags: allFlags(flags)}, s.c)
}

// FullText reports whether the words of a query are in texts, by the product's
// own search and the product's own syntax of queries.
type FullText struct {
	Xs    []Expression
	Query Expression
}

// SQLType implements Expression.
func (e *FullText) SQLType() sqltype.Type { return sqltype.Boolean{} }

// AppendKey implements Node.
func (e *FullText) AppendKey(k *Key) {
	k.Tag(tagFullText)
	keyNodes(k, e.Xs)
	k.Node(e.Query)
}

// Children implements Parent.
func (e *FullText) Children() []Expression { return append(e.Xs[:len(e.Xs):len(e.Xs)], e.Query) }

// Operator implements Infix.
func (e *FullText) Operator() (Op, bool) { return OpLike, true }

// IsCondition implements Conditional.
func (e *FullText) IsCondition() bool { return true }

func (e *FullText) special() {}

// Search reports whether the words of the query are in x, or, where the product
// can search several columns at once, in any of them: @@ on PostgreSQL, MATCH …
// AGAINST on MySQL and MariaDB, which need a FULLTEXT index, MATCH on SQLite,
// whose table must be of FTS5, CONTAINS on SQL Server and Oracle.
func Search(query string, x Expression, more ...Expression) Pred {
	return Pred{&FullText{Xs: append([]Expression{Unwrap(x)}, unwrapAll(more)...), Query: pattern(query)}}
}
