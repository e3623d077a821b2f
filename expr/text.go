package expr

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// constant is text that was written in the program. Only an untyped constant
// converts to it outside this package, so that a string that came from
// elsewhere does not compile.
type constant string

// Text is raw SQL: text pieces with values between them.
type Text struct {
	pieces []string // one more than args
	args   []Expression
	typ    sqltype.Type
}

// Arg gives the named place :name of a Text its value.
type Arg struct {
	name string
	x    Expression
}

// Named gives the place :name of a raw text the value v.
func Named[T any](name string, v T) Arg { return Arg{name: name, x: Unwrap(Value(v))} }

// NamedExpr gives the place :name of a raw text an expression, such as a
// column.
func NamedExpr(name string, x Expression) Arg { return Arg{name: name, x: Unwrap(x)} }

// SQL is the one door for raw SQL. The text must be a constant of the program;
// values enter it as :name and are bound. A colon within quotes or comments,
// and "::", stand for themselves. A place without a value, and a value without
// a place, are errors when the statement is compiled.
//
// SQL is an expression, a condition through Pred, and, by itself, a statement.
func SQL(text constant, args ...Arg) *Text {
	t, err := parseText(string(text), args)
	if err != nil {
		return &Text{pieces: []string{"", ""}, args: []Expression{Invalid{err}}}
	}
	return t
}

// Typed returns the text with the SQL type of its value.
func (t *Text) Typed(typ sqltype.Type) *Text { c := *t; c.typ = typ; return &c }

// Pred returns the text as a condition.
func (t *Text) Pred() Pred { return Pred{t} }

// Pieces returns the text between the values, and the values: one fewer.
func (t *Text) Pieces() ([]string, []Expression) { return t.pieces, t.args }

// SQLType implements Expression.
func (t *Text) SQLType() sqltype.Type {
	if t.typ == nil {
		return sqltype.Null{}
	}
	return t.typ
}

// AppendKey implements Node.
func (t *Text) AppendKey(k *Key) {
	k.Tag(tagText)
	k.text = true
	k.Int(len(t.pieces))
	for _, p := range t.pieces {
		k.String(p)
	}
	for _, a := range t.args {
		k.Node(a)
	}
}

// Verb implements Statement.
func (t *Text) Verb() Verb { return VerbText }

func parseText(s string, args []Arg) (*Text, error) {
	byName := make(map[string]Expression, len(args))
	for _, a := range args {
		if _, twice := byName[a.name]; twice {
			return nil, fmt.Errorf("expr: raw SQL is given :%s twice", a.name)
		}
		byName[a.name] = a.x
	}
	t, used := &Text{}, map[string]bool{}
	start := 0
	for i := 0; i < len(s); {
		if n := skipQuoted(s[i:]); n > 0 {
			i += n
			continue
		}
		name := placeAt(s, i)
		if name == "" {
			i++
			continue
		}
		x, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("expr: raw SQL has no value for :%s; give it by expr.Named(%q, …)", name, name)
		}
		used[name] = true
		t.pieces, t.args = append(t.pieces, s[start:i]), append(t.args, x)
		i += 1 + len(name)
		start = i
	}
	t.pieces = append(t.pieces, s[start:])
	for _, a := range args {
		if !used[a.name] {
			return nil, fmt.Errorf("expr: raw SQL has no place :%s for its value; write it into the text, or leave the value out", a.name)
		}
	}
	return t, nil
}

// placeAt returns the name of the place that starts at s[i], or "".
func placeAt(s string, i int) string {
	if s[i] != ':' || i > 0 && (s[i-1] == ':' || isWord(s[i-1])) {
		return ""
	}
	j := i + 1
	for j < len(s) && isWord(s[j]) {
		j++
	}
	if j == i+1 || s[i+1] >= '0' && s[i+1] <= '9' {
		return ""
	}
	return s[i+1 : j]
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// skipQuoted returns the length of the literal, quoted identifier or comment at
// the start of s, or 0.
func skipQuoted(s string) int {
	switch {
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		return endAfter(s, 1, s[:1])
	case strings.HasPrefix(s, "--"):
		return endAfter(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return endAfter(s, 2, "*/")
	case s[0] == '$':
		return dollarQuoted(s)
	}
	return 0
}

func endAfter(s string, from int, end string) int {
	i := strings.Index(s[from:], end)
	if i < 0 {
		return len(s)
	}
	return from + i + len(end)
}

func dollarQuoted(s string) int {
	j := 1
	for j < len(s) && isWord(s[j]) {
		j++
	}
	if j >= len(s) || s[j] != '$' || j > 1 && s[1] >= '0' && s[1] <= '9' {
		return 0
	}
	return endAfter(s, j+1, s[:j+1])
}

func codecOfGo[T any]() (*sqltype.Codec, error) {
	g := reflect.TypeFor[T]()
	t, err := sqltype.DefaultType(g)
	if err != nil {
		return nil, err
	}
	return sqltype.CodecFor(t, g)
}
