package repo

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is one line of the import table. The first line whose pattern matches a package is its line; in a pattern, * is one path
// element. may lists what the package may import of this module, besides packages under internal.
type layer struct {
	pattern string
	may     []string
}

// below are the layers up to the engine, in order: each may import those before it.
var below = []string{"sqlerr", "sqltype", "expr", "schema", "compile", "dialect"}

// onTop is what the capabilities above the ORM stand on.
var onTop = append(slices.Clone(below), "driver", "engine", "inspect", "orm", ".")

var layers = []layer{
	{"sqlerr", nil},
	{"sqltype", below[:1]},
	{"expr", below[:2]},
	{"schema", below[:3]},
	{"compile", below[:4]},
	{"dialect", below[:5]},
	{"dialect/cockroach", append([]string{"dialect/postgres"}, below...)},
	{"dialect/tidb", append([]string{"dialect/mysql"}, below...)},
	{"dialect/*", below},
	{"driver", []string{"sqlerr", "sqltype"}},
	{"driver/stdsql", []string{"sqlerr", "sqltype", "driver"}},
	// What the glue of several drivers of one product shares.
	{"dialect/*/storage", []string{"sqlerr", "sqltype", "driver", "driver/stdsql", "dialect", ".."}},
	{"dialect/*/storage/storagetest", []string{"sqlerr", "sqltype", "driver", "driver/stdsql", "dialect", "..", "../.."}},
	{"dialect/*/function", nil},
	// Glue knows its own product (the parent directory) and its driver, and registers itself at the engine.
	{"dialect/*/*", []string{"sqlerr", "sqltype", "driver", "driver/stdsql", "dialect", "..", "../storage", "../function", "engine"}},
	{"engine", append([]string{"driver"}, below...)},
	{"inspect", append([]string{"driver", "engine"}, below...)},
	{"orm", []string{"sqlerr", "sqltype", "expr", "schema", "engine"}},
	{".", append([]string{"driver", "engine"}, below...)},
	{"ids", onTop},
	{"migrate", onTop},
	{"backup", onTop},
	{"web", onTop},
	{"studio", onTop},
	{"dialecttest", append([]string{"dialect/*", "driver/stdsql", "ids", "migrate"}, onTop...)},
	{"dialecttest/*", append([]string{"dialect/*", "driver/stdsql"}, onTop...)},
	{"alkahesttest", append([]string{"dialect/*", "driver/stdsql", "ids", "migrate"}, onTop...)},
	// What tests of other programs get of the servers' starter.
	{"alkahesttest/servers", []string{"internal/testdb", "internal/testdb/servers"}},
	{"cmd/testdb", []string{"internal/testdb", "internal/testdb/servers"}},
	{"cmd/*", []string{"*", "*/*", "*/*/*"}},
	{"examples/*", []string{"*", "*/*", "*/*/*"}},
	{"examples/webapp/forum", append([]string{"web"}, onTop...)},
	{"internal/testdb/*", []string{"internal/testdb"}},
	{"internal/*", nil},
}

// testOnly may be imported by tests and by each other alone.
var testOnly = []string{"internal/testdb", "internal/testdb/servers", "internal/proxy", "internal/repo", "internal/soak"}

// outside says which packages may import a module of others; what is not listed, nobody may. Tests may import them all.
var outside = map[string][]string{
	"modernc.org/sqlite":             {"dialect/sqlite/*"},
	"modernc.org/libc":               {"dialect/sqlite/*"},
	"github.com/jackc/pgx/v5":        {"dialect/postgres/*"},
	"github.com/go-sql-driver/mysql": {"dialect/mysql/*"},
	"github.com/jackc/puddle/v2":     {"engine"},
	"github.com/google/uuid":         {"*", "*/*", "*/*/*"},
	"github.com/google/go-cmp":       {"dialecttest", "dialecttest/*", "alkahesttest", "dialect/*/storage/storagetest"},
}

func TestImportsPointDown(t *testing.T) {
	for _, s := range goFiles(t) {
		if s.test || !s.main {
			continue
		}
		may, known := allowed(s.pkg())
		if !known {
			t.Errorf("%s: package %s has no line in the import table", s.path, s.pkg())
			continue
		}
		for _, spec := range s.file.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := forbidden(s.pkg(), may, p); why != "" {
				t.Errorf("%s imports %s: %s", s.path, p, why)
			}
		}
	}
}

func allowed(pkg string) (may []string, known bool) {
	for _, l := range layers {
		if matches(l.pattern, pkg) {
			return l.may, true
		}
	}
	return nil, false
}

// forbidden says why pkg must not import the path, or nothing.
func forbidden(pkg string, may []string, imported string) string {
	own, inside := strings.CutPrefix(imported, module)
	switch {
	case imported == "C":
		return "the library builds without a C compiler"
	case !strings.Contains(strings.Split(imported, "/")[0], "."): // standard library
		return ""
	case !inside || own != "" && own[0] != '/':
		return forbiddenOutside(pkg, imported)
	}
	own = path.Clean(strings.TrimPrefix(own, "/"))
	if anyMatches(may, pkg, own) {
		return ""
	}
	if slices.Contains(testOnly, own) {
		return "it is for tests"
	}
	if strings.HasPrefix(own, "internal/") && !strings.HasPrefix(pkg, "internal/") {
		return ""
	}
	return "the import table does not allow it"
}

func forbiddenOutside(pkg, imported string) string {
	for mod, users := range outside {
		if imported != mod && !strings.HasPrefix(imported, mod+"/") {
			continue
		}
		if anyMatches(users, pkg, pkg) {
			return ""
		}
		return "not from this package"
	}
	return "a new dependency is refused by default (CONTRIBUTING.md)"
}

// anyMatches compares with each pattern; one that begins with ".." is relative to pkg.
func anyMatches(patterns []string, pkg, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if strings.HasPrefix(pattern, "..") {
			pattern = path.Join(pkg, pattern)
		}
		return matches(pattern, p)
	})
}

func matches(pattern, p string) bool {
	ok, err := path.Match(pattern, p)
	return ok && err == nil
}

func TestImportTableRefusesWhatItShould(t *testing.T) {
	cases := []struct {
		pkg, imported string
		ok            bool
	}{
		{"expr", module + "/sqltype", true},
		{"expr", module + "/schema", false},
		{"orm", module + "/engine", true},
		{"orm", module + "/compile", false},
		{"orm", module + "/dialect/sqlite", false},
		{"engine", module + "/dialect/postgres", false},
		{"dialect/sqlite", module + "/dialect/postgres", false},
		{"dialect/sqlite", module + "/driver", false},
		{"dialect/cockroach", module + "/dialect/postgres", true},
		{"dialect/sqlite/modernc", module + "/dialect/sqlite", true},
		{"dialect/sqlite/modernc", module + "/dialect/postgres", false},
		{"dialect/sqlite/moderncsql", module + "/dialect/sqlite/storage", true},
		{"dialect/sqlite/moderncsql", module + "/dialect/sqlite/modernc", false},
		{"dialect/sqlite/modernc", "modernc.org/sqlite/lib", true},
		{"dialect/postgres/pgx", "github.com/jackc/pgx/v5/pgconn", true},
		{"engine", "github.com/jackc/pgx/v5", false},
		{".", module + "/orm", false},
		{".", module + "/engine", true},
		{"orm", module + "/internal/testdb", false},
		{"internal/testdb/servers", module + "/internal/testdb", true},
		{"internal/testdb", module + "/engine", false},
		{"sqlerr", "github.com/pkg/errors", false},
		{"dialect/sqlite/modernc", "C", false},
		{"cmd/alkahest", module, true},
	}
	for _, c := range cases {
		may, known := allowed(c.pkg)
		if why := forbidden(c.pkg, may, c.imported); !known || (why == "") != c.ok {
			t.Errorf("%s imports %s: got %q, want allowed: %v", c.pkg, c.imported, why, c.ok)
		}
	}
}

// What is done to memory beside Go's types is in one package, which is small and
// fuzzed.
func TestUnsafeIsOnePackage(t *testing.T) {
	found := false
	for _, s := range goFiles(t) {
		if s.test || !s.main {
			continue
		}
		for _, spec := range s.file.Imports {
			if spec.Path.Value != `"unsafe"` {
				continue
			}
			if s.pkg() != "internal/mem" {
				t.Errorf("%s imports unsafe: use package internal/mem", s.path)
			}
			found = true
		}
	}
	if !found {
		t.Error("nothing imports unsafe, so that this test looks at the wrong files")
	}
}
