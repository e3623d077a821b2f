package alkahesttest

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

var update = flag.Bool("alkahest.update", false, "have GoldenSQL write its files instead of comparing with them")

// GoldenSQL compares the statements that f sends through db with the file
// testdata/NAME.DIALECT.sql, and fails the test where they differ. With the flag
// -alkahest.update, or -update where the test's package has a flag of that name,
// it writes the file. The texts hold no values.
func GoldenSQL(t testing.TB, db *engine.Engine, name string, f func()) {
	t.Helper()
	var b strings.Builder
	for _, s := range Statements(db, f) {
		b.WriteString(s.SQL + ";\n")
		if s.Times > 1 {
			fmt.Fprintf(&b, "-- %d times\n", s.Times)
		}
	}
	compare(t, name, db.Dialect(), b.String())
}

// GoldenDryRun is GoldenSQL without a database: f is handed an engine on which
// every query has no rows, for a product that can do what c says, such as
// postgres.Assume. The file holds all that would be sent, with the values.
func GoldenDryRun(t testing.TB, d dialect.Dialect, c engine.Capabilities, name string, f func(db *engine.Engine)) {
	t.Helper()
	var b strings.Builder
	write := engine.WriteStatements(&b)
	db := engine.DryRun(d, c, func(sql string, args []sqltype.Value) { write(sql, args) }, engine.Options{})
	f(db)
	closeEngine(t, db)
	compare(t, name, d, b.String())
}

func compare(t testing.TB, name string, d dialect.Dialect, got string) {
	t.Helper()
	if !filepath.IsLocal(name) {
		t.Fatalf("alkahesttest: %q is no name of a file below testdata", name)
	}
	path := filepath.Join("testdata", filepath.FromSlash(name)+"."+d.Name()+".sql")
	if updating() {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatalf("alkahesttest: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("alkahesttest: %s is not there; run the test with -alkahest.update to write it", path)
	}
	if err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
	if diff := cmp.Diff(strings.Split(got, "\n"), strings.Split(string(want), "\n")); diff != "" {
		t.Errorf("the statements are not those of %s (got -, want +); run the test with -alkahest.update if that is meant:\n%s", path, diff)
	}
}

// updating reports whether files are to be written.
func updating() bool {
	if *update {
		return true
	}
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}
