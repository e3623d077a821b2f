package compile_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var update = flag.Bool("update", false, "write the golden files")

// statementCase is a statement with a sentence that says what it shows.
type statementCase struct {
	name, doc string
	stmt      expr.Statement
}

// ddlCase is a schema with a sentence that says what it shows.
type ddlCase struct {
	name, doc string
	meta      func() *schema.MetaData
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", filepath.FromSlash(file)+".txt")
	if *update {
		must(os.MkdirAll(filepath.Dir(file), 0o755))
		must(os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update and read what it wrote", err)
	}
	if d := cmp.Diff(got, string(want)); d != "" {
		t.Errorf("the SQL is not what %s has (-got +want):\n%s", file, d)
	}
}

func TestStatements(t *testing.T) {
	for _, group := range statementGroups {
		for _, tc := range group.cases {
			t.Run(group.name+"/"+tc.name, func(t *testing.T) {
				golden(t, group.name+"/"+tc.name, renderStatement(tc))
			})
		}
	}
}

func renderStatement(tc statementCase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", tc.doc)
	for _, p := range products {
		c, _, err := statement(tc.stmt, p.rules())
		if err != nil {
			fmt.Fprintf(&b, "\n-- %s refuses\n%s\n", p.name, err)
			continue
		}
		types := make([]string, len(c.Params))
		for i, t := range c.Params {
			types[i] = t.String()
		}
		fmt.Fprintf(&b, "\n-- %s", p.name)
		if len(types) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(types, ", "))
		}
		fmt.Fprintf(&b, "\n%s\n", c.SQL)
	}
	return b.String()
}

// TestStatementsRun executes every golden statement on the databases.
func TestStatementsRun(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		must(shop.Resolve())
		ddl(t, c, p.rules(), createAll(p, shop)...)
		if list, err := statementsOf(p, createAll(p, alwaysTable.MetaData())); err == nil { // the others refuse its statements too
			for _, sql := range list {
				run(t, c, sql)
			}
		}
		for _, group := range statementGroups {
			for _, tc := range group.cases {
				compiled, args, err := statement(tc.stmt, p.rules())
				if err != nil {
					continue // the golden file has why
				}
				run(t, c, begin(t, p))
				if err := query(c, compiled.SQL, compiled.Params, args, func(sqltype.Row) error { return nil }); err != nil {
					t.Errorf("%s/%s: %v\n%s", group.name, tc.name, err, compiled.SQL)
				}
				run(t, c, "ROLLBACK")
			}
		}
	})
}

func begin(t *testing.T, p product) string {
	list, err := p.dialect.Begin(p.caps, dialectTx)
	if err != nil {
		t.Fatal(err)
	}
	return list[len(list)-1]
}

func TestDDL(t *testing.T) {
	for _, tc := range ddlCases {
		t.Run(tc.name, func(t *testing.T) { golden(t, "ddl/"+tc.name, renderDDL(tc)) })
	}
}

func renderDDL(tc ddlCase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", tc.doc)
	for _, p := range products {
		list, err := statementsOf(p, createAll(p, tc.meta()))
		if err != nil {
			fmt.Fprintf(&b, "\n-- %s refuses\n%s\n", p.name, err)
			continue
		}
		fmt.Fprintf(&b, "\n-- %s\n%s;\n", p.name, strings.Join(list, ";\n"))
	}
	return b.String()
}

// TestDDLRuns creates and drops every schema of the golden files on the
// databases.
func TestDDLRuns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, tc := range ddlCases {
			m := tc.meta()
			list, err := statementsOf(p, createAll(p, m))
			if err != nil {
				continue // the golden file has why
			}
			drops, err := statementsOf(p, dropAll(p, m))
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
				continue
			}
			for _, sql := range append(list, drops...) {
				if _, err := c.Exec(context.Background(), sql); err != nil {
					t.Fatalf("%s: %v\n%s", tc.name, err, sql)
				}
			}
		}
	})
}
