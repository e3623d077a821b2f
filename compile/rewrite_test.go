package compile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/expr"
)

// anew is a replacement of every column and value by an equal one, so that all
// that has one of them is made anew.
func anew(n expr.Node) expr.Node {
	switch n := n.(type) {
	case *expr.Column:
		c := *n
		if _, table := n.From.(interface{ FullName() string }); !table {
			return nil // its source has parts
		}
		return &c
	case *expr.Bind:
		b := *n
		return &b
	}
	return nil
}

// TestRewrittenStatementsAreTheSame makes every statement and expression of the
// golden files anew, and compares its SQL on each product.
func TestRewrittenStatementsAreTheSame(t *testing.T) {
	for _, g := range statementGroups {
		for _, tc := range g.cases {
			t.Run(g.name+"/"+tc.name, func(t *testing.T) { sameAnew(t, tc) })
		}
	}
	for _, g := range valueGroups {
		for _, tc := range g.cases {
			t.Run(g.name+"/"+tc.name, func(t *testing.T) { sameAnew(t, statementCase{tc.name, tc.doc, expr.NewSelect(tc.x)}) })
		}
	}
}

func sameAnew(t *testing.T, tc statementCase) {
	before := renderStatement(tc)
	other, err := expr.Rewrite(tc.stmt, anew)
	if tc.name == "extension" { // it is not Replaceable
		if err == nil || !strings.Contains(err.Error(), "compile_test.option is replaced, which can't be made anew; it must implement expr.Replaceable") {
			t.Errorf("got %v, want an error that names the node and the way out", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(renderStatement(statementCase{tc.name, tc.doc, other}), before); d != "" {
		t.Errorf("the statement that is made anew differs (-got +want):\n%s", d)
	}
	if d := cmp.Diff(renderStatement(tc), before); d != "" {
		t.Errorf("the statement itself has changed (-got +want):\n%s", d)
	}
}
