package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const describing = `package main

import (
	"fmt"

	"written/model"
)

func main() {
	if err := model.Base.Check(); err != nil {
		panic(err)
	}
	for _, t := range model.Base.MetaData.Tables() {
		fmt.Println(t.Name, len(t.Columns()))
	}
}
`

// The model that is compiled is one that a program could use: each table is
// declared, with all of its columns.
func TestWrittenModelIsDeclared(t *testing.T) {
	dir := t.TempDir()
	if err := writeModule(t.Context(), dir, 3); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(describing), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "go", "run", "-mod=mod", ".")
	c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=off")
	out, err := c.Output()
	if err != nil {
		t.Fatal(told(err))
	}
	for n := range 3 {
		if want := fmt.Sprintf("entities_%d 11\n", n); strings.Count(string(out), want) != 1 {
			t.Errorf("the model's tables and how many columns they have: %q; want %q", out, want)
		}
	}
	if n := strings.Count(modelText(50), "orm.Declare("); n != 50 {
		t.Errorf("the model of 50 tables has %d", n)
	}
}

// What the compiler needs for it is kept with the samples, and is told below the
// tables, of the newest run that has measured it.
func TestCompilingIsMeasured(t *testing.T) {
	c, err := compiled(t.Context(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c.Tables != 2 || c.Columns != 11 || c.Empty <= 0 || c.Model <= 0 {
		t.Errorf("measured is %+v", *c)
	}
	dir := t.TempDir()
	older, newer := newResults(plan{}, true), newResults(plan{}, true)
	older.Compile, older.Time = c, newer.Time.AddDate(0, 0, -1)
	for name, r := range map[string]*results{"older.json": older, "newer.json": newer} {
		if err := r.write(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var told strings.Builder
	if err := report(dir, "", "", &told); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told.String(), c.String()) {
		t.Errorf("the report does not say %q:\n%s", c, told.String())
	}
}
