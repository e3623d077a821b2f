package compile_test

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// text returns an expression of text in small letters and wildcards, which every
// database compares alike.
func (g generator) text(depth int) tree {
	if depth <= 0 {
		if i := g.IntN(4); i < len(textColumns) {
			return tree{textColumns[i], func(row []value) value { return row[len(numberColumns)+i] }}
		}
		s := g.word()
		return tree{expr.Unwrap(expr.Value(s)), func([]value) value { return value{s: s} }}
	}
	l, r := g.text(depth-1), g.text(depth-1)
	switch g.IntN(4) {
	case 0:
		return tree{&expr.Binary{Op: expr.OpConcat, L: l.x, R: r.x}, bothTexts(l, r, func(a, b string) value { return value{s: a + b} })}
	case 1:
		return tree{&expr.Func{Name: "coalesce", Args: []expr.Expression{l.x, r.x}, Type: sqltype.Text{}}, func(row []value) value {
			if v := l.eval(row); !v.null {
				return v
			}
			return r.eval(row)
		}}
	case 2:
		return tree{&expr.Func{Name: "lower", Args: []expr.Expression{l.x}, Type: sqltype.Text{}}, l.eval}
	}
	c := g.condition(depth - 1)
	return tree{&expr.Case{Whens: []expr.When{{If: c.x, Then: l.x}}, Else: r.x}, func(row []value) value {
		if v := c.eval(row); !v.null && v.n == 1 {
			return l.eval(row)
		}
		return r.eval(row)
	}}
}

func (g generator) word() string {
	const letters = "abc%_/"
	word := make([]byte, g.IntN(4))
	for i := range word {
		word[i] = letters[g.IntN(len(letters))]
	}
	return string(word)
}

func ofText(x tree, f func(s string) value) func([]value) value {
	return func(row []value) value {
		v := x.eval(row)
		if v.null {
			return v
		}
		return f(v.s)
	}
}

func bothTexts(x, y tree, f func(a, b string) value) func([]value) value {
	return func(row []value) value {
		v, w := x.eval(row), y.eval(row)
		if v.null || w.null {
			return value{null: true}
		}
		return f(v.s, w.s)
	}
}

func (g generator) sameText(depth int) tree {
	l, r, op := g.text(depth-1), g.text(depth-1), expr.OpEq
	if g.IntN(2) == 0 {
		op = expr.OpNe
	}
	return tree{&expr.Binary{Op: op, L: l.x, R: r.x}, bothTexts(l, r, func(a, b string) value { return truth((a == b) == (op == expr.OpEq)) })}
}

var codecOfText = sqltype.CodecOf[string](sqltype.Text{})

// like is LIKE with wildcards, or one of the tests whose text stands for itself.
func (g generator) like(depth int) tree {
	x, word := g.text(depth-1), g.word()
	typed := expr.NewText[string](x.x, codecOfText)
	pattern, quoted := word, true
	var p expr.Pred
	switch g.IntN(5) {
	case 0:
		p, pattern = typed.Contains(word), "%"+quote(word)+"%"
	case 1:
		p, pattern = typed.StartsWith(word), quote(word)+"%"
	case 2:
		p, pattern = typed.EndsWith(word), "%"+quote(word)
	case 3:
		p, quoted = typed.NotLike(word), false
		return tree{expr.Unwrap(p), ofText(x, func(s string) value { return truth(!matches(pattern, s, quoted)) })}
	default:
		p, quoted = typed.Like(word), false
	}
	return tree{expr.Unwrap(p), ofText(x, func(s string) value { return truth(matches(pattern, s, quoted)) })}
}

// quote puts the escape character before each character of a word.
func quote(word string) string {
	out := ""
	for _, c := range word {
		out += "/" + string(c)
	}
	return out
}

// matches is what LIKE means. With escaped, "/" takes the meaning of the
// character after it.
func matches(pattern, s string, escaped bool) bool {
	switch {
	case pattern == "":
		return s == ""
	case escaped && pattern[0] == '/':
		return s != "" && s[0] == pattern[1] && matches(pattern[2:], s[1:], escaped)
	case pattern[0] == '%':
		return matches(pattern[1:], s, escaped) || s != "" && matches(pattern, s[1:], escaped)
	case s == "":
		return false
	}
	return (pattern[0] == '_' || pattern[0] == s[0]) && matches(pattern[1:], s[1:], escaped)
}
