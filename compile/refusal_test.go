package compile_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// refusals are the errors of every golden statement and element that a product
// refuses, by the name of the case.
func refusals(p product) map[string]error {
	all := map[string]error{}
	add := func(group, name string, err error) {
		if err != nil {
			all[group+"/"+name] = err
		}
	}
	asked := func(group string, tc statementCase) {
		_, _, err := statement(tc.stmt, p.rules())
		add(group, tc.name, err)
	}
	for _, g := range statementGroups {
		for _, tc := range g.cases {
			asked(g.name, tc)
		}
	}
	for _, g := range valueGroups {
		for _, tc := range g.cases {
			asked(g.name, statementCase{tc.name, tc.doc, expr.NewSelect(tc.x)})
		}
	}
	for _, tc := range elsewhereCases() {
		asked("elsewhere", tc)
	}
	for _, tc := range ddlCases {
		_, err := statementsOf(p, createAll(p, tc.meta()))
		add("ddl", tc.name, err)
	}
	for _, tc := range elementCases {
		for i, e := range tc.elements() {
			_, err := statementsOf(p, []schema.Element{e})
			add("element", fmt.Sprintf("%s %d", tc.name, i), err)
		}
	}
	return all
}

// TestRefusalsSayTheWayOut holds that what a product does not have is refused by
// the name of the construct and that of the product, and with what to do instead.
func TestRefusalsSayTheWayOut(t *testing.T) {
	for _, p := range products {
		t.Run(p.name, func(t *testing.T) {
			n := 0
			for name, err := range refusals(p) {
				var u *compile.UnsupportedError
				if !errors.As(err, &u) {
					continue
				}
				n++
				if u.Dialect != p.rules().Dialect || u.Construct == "" || u.Instead == "" {
					t.Errorf("%s: got %v (%+v), want a construct, the dialect %s and a way out", name, err, *u, p.rules().Dialect)
				}
			}
			if n < 10 {
				t.Errorf("%d constructs are refused; the cases have more", n)
			}
		})
	}
}
