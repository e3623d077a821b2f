package compile

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Statement compiles s under the rules. k must hold the key of s; the slots of
// the result refer to its values by position.
func Statement(s expr.Statement, k *expr.Key, r *Rules) (*Compiled, error) {
	if err := k.Err(); err != nil {
		return nil, err
	}
	c := &Compiler{rules: r, key: k}
	c.statement(s)
	if c.err != nil {
		return nil, c.err
	}
	return c.compiled(s), nil
}

// Inline returns s as one text with its values as literals, for logs and for
// tools that take nothing else; programs send values beside the text. k must hold
// the key of s. What has no literal is an error that names its type.
func Inline(s expr.Statement, k *expr.Key, r *Rules) (string, error) {
	if err := k.Err(); err != nil {
		return "", err
	}
	c := &Compiler{rules: r, key: k, literals: true, inline: true}
	c.statement(s)
	return string(c.buf), c.err
}

// String returns s with its values as literals, under the rules or, where r is
// nil, those of standard SQL; where that can't be, it says why. It is for
// messages.
func String(s expr.Statement, r *Rules) string {
	if r == nil {
		r = Base("sql")
	}
	k := &expr.Key{}
	s.AppendKey(k)
	text, err := Inline(s, k, r)
	if err != nil {
		return err.Error()
	}
	return text
}

// Element returns the statements of DDL that make e true, in order.
func Element(e schema.Element, r *Rules) ([]string, error) {
	d := &DDL{Compiler: Compiler{rules: r}}
	d.element(e)
	if d.err != nil {
		return nil, d.err
	}
	return d.done, nil
}
