package repo

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unwanted are words that no file may hold. They are put together from parts, so that this file does not hold them.
var unwanted = []struct {
	why     string
	pattern *regexp.Regexp
}{
	{"work is finished or not begun", regexp.MustCompile(`\b(` + `TO` + `DO|FIX` + `ME|XX` + `X)\b`)},
	{"a path of one machine", regexp.MustCompile(`(^|[\s"'(=:` + "`" + `])/(wo` + `rk|ro` + `ot|ho` + `me)/`)},
	{"the host of a package registry", regexp.MustCompile(`\b(registry\.` + `npmjs|proxy\.` + `golang|sum\.` + `golang|deb\.` + `debian)\.org`)},
	{"the number of an issue", regexp.MustCompile(`(?i)\bissue ` + `#?\d`)},
}

func TestFilesHoldNoUnwantedWords(t *testing.T) {
	err := walk(func(p string) error {
		text, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			return err
		}
		if bytes.IndexByte(text, 0) >= 0 { // not text
			return nil
		}
		for n, line := range strings.Split(string(text), "\n") {
			for _, u := range unwanted {
				if m := u.pattern.FindString(line); m != "" {
					t.Errorf("%s:%d holds %q: %s", p, n+1, strings.TrimSpace(m), u.why)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// products are names that shared code must not tell apart: it asks for capabilities.
var products = []string{
	"sqlite", "sqlite3", "postgres", "postgresql", "mysql", "mariadb", "mssql", "sqlserver", "oracle", "cockroach", "cockroachdb", "tidb",
}

func TestSharedCodeComparesNoProductNames(t *testing.T) {
	for _, s := range goFiles(t) {
		if s.test || !s.main || strings.HasPrefix(s.dir, "dialect/") || strings.HasPrefix(s.dir, "internal/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			for _, name := range comparedNames(n) {
				t.Errorf("%s compares with %q: ask dialect.Capabilities", fset.Position(n.Pos()), name)
			}
			return true
		})
	}
}

// comparedNames returns the product names that a comparison or a case of a switch mentions.
func comparedNames(n ast.Node) []string {
	var operands []ast.Expr
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			operands = []ast.Expr{n.X, n.Y}
		}
	case *ast.CaseClause:
		operands = n.List
	}
	var names []string
	for _, e := range operands {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		if v, err := strconv.Unquote(lit.Value); err == nil && slices.Contains(products, strings.ToLower(v)) {
			names = append(names, v)
		}
	}
	return names
}
