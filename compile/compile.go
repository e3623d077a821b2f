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

// Element returns the statements of DDL that make e true, in order.
func Element(e schema.Element, r *Rules) ([]string, error) {
	d := &DDL{Compiler: Compiler{rules: r}}
	d.element(e)
	if d.err != nil {
		return nil, d.err
	}
	return d.done, nil
}
