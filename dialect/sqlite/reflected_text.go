package sqlite

import (
	"strings"
	"unicode"
)

// token is a word, a quoted name, a literal or a sign of SQL.
type token struct {
	kind       tokenKind
	text       string // without quotes
	start, end int
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenName // quoted
	tokenLiteral
	tokenSign
)

// is reports whether the token is the key word.
func (t token) is(word string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, word) }

func (t token) sign(s string) bool { return t.kind == tokenSign && t.text == s }

// tokens splits SQL that SQLite has accepted.
func tokens(sql string) []token {
	var list []token
	for i := 0; i < len(sql); {
		n := spaceOrComment(sql[i:])
		if n > 0 {
			i += n
			continue
		}
		t := tokenAt(sql, i)
		list = append(list, t)
		i = t.end
	}
	return list
}

func spaceOrComment(s string) int {
	switch {
	case strings.IndexByte(" \t\n\r\f", s[0]) >= 0:
		return 1
	case strings.HasPrefix(s, "--"):
		return through(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return through(s, 2, "*/")
	}
	return 0
}

func through(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

func tokenAt(sql string, i int) token {
	s := sql[i:]
	switch c := s[0]; {
	case c == '\'' || c == '"' || c == '`':
		n := quotedLength(s)
		quote := s[:1]
		kind := tokenName
		if c == '\'' {
			kind = tokenLiteral
		}
		return token{kind, strings.ReplaceAll(s[1:max(n-1, 1)], quote+quote, quote), i, i + n}
	case c == '[':
		n := through(s, 1, "]")
		return token{tokenName, s[1 : n-1], i, i + n}
	case isWordByte(c):
		n := 1
		for n < len(s) && isWordByte(s[n]) {
			n++
		}
		kind := tokenWord
		if unicode.IsDigit(rune(c)) {
			kind = tokenLiteral
		}
		return token{kind, s[:n], i, i + n}
	}
	return token{tokenSign, s[:1], i, i + 1}
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quotedLength returns the length of what begins with a quote: a doubled one is
// a part of it.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		if i+1 < len(s) && s[i+1] == s[0] {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

// reader reads tokens in order.
type reader struct {
	sql  string
	list []token
	at   int
}

func (r *reader) peek() token {
	if r.at < len(r.list) {
		return r.list[r.at]
	}
	return token{start: len(r.sql), end: len(r.sql)}
}

func (r *reader) next() token {
	t := r.peek()
	if r.at < len(r.list) {
		r.at++
	}
	return t
}

// take goes past the key words where they are next.
func (r *reader) take(words ...string) bool {
	for i, w := range words {
		if r.at+i >= len(r.list) || !r.list[r.at+i].is(w) {
			return false
		}
	}
	r.at += len(words)
	return true
}

// inside goes past what stands in parentheses, and returns its text.
func (r *reader) inside() (text string, ok bool) {
	if !r.peek().sign("(") {
		return "", false
	}
	start, depth := r.next().end, 1
	for depth > 0 {
		switch t := r.next(); {
		case t.kind == tokenEnd:
			return "", false
		case t.sign("("):
			depth++
		case t.sign(")"):
			depth--
			if depth == 0 {
				return strings.TrimSpace(r.sql[start:t.start]), true
			}
		}
	}
	return "", false
}

// items splits what stands in parentheses at its commas.
func items(text string) []string {
	var list []string
	depth, start := 0, 0
	for _, t := range tokens(text) {
		switch {
		case t.sign("("):
			depth++
		case t.sign(")"):
			depth--
		case t.sign(",") && depth == 0:
			list = append(list, strings.TrimSpace(text[start:t.start]))
			start = t.end
		}
	}
	return append(list, strings.TrimSpace(text[start:]))
}
