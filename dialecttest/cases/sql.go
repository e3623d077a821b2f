package cases

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// Writer is rules under which the statements are written, with a name for the
// golden files.
type Writer struct {
	Name  string
	Rules *compile.Rules
}

// SQL returns what the writers write for a case: text, then the types of its
// values, or why it is refused.
func (c Case) SQL(writers []Writer) string {
	var b strings.Builder
	for _, w := range writers {
		text, values, err := c.write(w.Rules)
		if err != nil {
			fmt.Fprintf(&b, "-- %s refuses\n%s\n", w.Name, err)
			continue
		}
		fmt.Fprintf(&b, "-- %s", w.Name)
		if len(values) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(values, ", "))
		}
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	return b.String()
}

func (c Case) write(r *compile.Rules) (text string, values []string, err error) {
	s := NewSchema("inv")
	if c.Elements != nil {
		var all []string
		for _, e := range c.Elements(s) {
			list, err := compile.Element(e, r)
			if err != nil {
				return "", nil, err
			}
			all = append(all, list...)
		}
		return strings.Join(all, ";\n"), nil, nil
	}
	k := &expr.Key{}
	q := c.Statement(s)
	q.AppendKey(k)
	compiled, err := compile.Statement(q, k, c.rules(s, r))
	if err != nil {
		return "", nil, err
	}
	for _, t := range compiled.Params {
		values = append(values, t.String())
	}
	return compiled.SQL, values, nil
}

// CompareSQL compares what the writers write for a case with the file
// "<group>/<case>.txt" in dir. With update the file is written instead.
func CompareSQL(t *testing.T, dir string, c Case, writers []Writer, update bool) {
	t.Helper()
	all, err := Expected()
	if err != nil {
		t.Fatal(err)
	}
	got := "# " + all[c.Name] + "\n\n" + c.SQL(writers)
	file := filepath.Join(dir, c.Group(), c.Name+".txt")
	if update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run again with -update and read what it wrote", err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("the SQL is not what %s has (-got +want):\n%s", file, diff)
	}
}
