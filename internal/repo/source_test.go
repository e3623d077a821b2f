package repo

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/alkahest-go/alkahest"

// root is the repository, as seen from this package's directory, where its tests run.
const root = "../.."

// source is one Go file.
type source struct {
	path      string // relative to the repository, with slashes
	dir       string // "." for the repository itself
	file      *ast.File
	test      bool
	generated bool
	lines     int
	// main is true in the library's own module, false in a module below it.
	main bool
}

// pkg is the package's path inside the module.
func (s source) pkg() string { return s.dir }

func (s source) isInternal() bool {
	return s.dir == "internal" || strings.HasPrefix(s.dir, "internal/") || strings.Contains(s.dir, "/internal/")
}

var fset = token.NewFileSet()

// sources parses every Go file once.
var sources = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := walk(func(p string) error {
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{
			path: p, dir: path.Dir(p), file: f,
			test:      strings.HasSuffix(p, "_test.go"),
			generated: ast.IsGenerated(f),
			lines:     bytes.Count(text, []byte("\n")),
			main:      inMainModule(p),
		})
		return nil
	})
	return all, err
})

func goFiles(t *testing.T) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// walk calls visit for each file, but for hidden directories and test data.
func walk(visit func(path string) error) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if rel != "." && name != ".ci" && strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if rel == ".git" { // a work tree's, which says where the repository is
			return nil
		}
		return visit(filepath.ToSlash(rel))
	})
}

// inMainModule says whether no go.mod lies between the file and the repository's.
func inMainModule(p string) bool {
	for d := path.Dir(p); d != "."; d = path.Dir(d) {
		if _, err := os.Stat(filepath.Join(root, d, "go.mod")); err == nil {
			return false
		}
	}
	return true
}

// testName is what `go test` runs.
var testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark|Example)([^a-z].*)?$`)

// testNames collects the tests of the whole repository.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, s := range goFiles(t) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && s.test && f.Recv == nil && testName.MatchString(f.Name.Name) {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

// tableRows returns the cells of a Markdown file's table rows, without heads, with the line numbers.
func tableRows(t *testing.T, name string) (rows [][]string, lines []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(bytes.NewReader(text))
	head := ""
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		switch {
		case !strings.HasPrefix(line, "|"):
			head = ""
		case head == "": // the first row of a table is its head, the second its rule
			head = line
		case strings.Trim(line, "|-: ") == "":
		default:
			rows, lines = append(rows, cells(line)), append(lines, n)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows, lines
}

// cells splits a row at the bars that no backslash escapes.
func cells(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	parts := strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(strings.ReplaceAll(p, "\x00", `\|`))
	}
	return parts
}
