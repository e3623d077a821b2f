package repo

import (
	"go/ast"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoCodeOfThePagesIsRun finds the Go code of the README and of the pages
// under docs in files that are run: tests, and the programs under examples.
func TestGoCodeOfThePagesIsRun(t *testing.T) {
	var pages, code []string
	err := walk(func(p string) error {
		switch {
		case p == "README.md" || strings.HasPrefix(p, "docs/") && strings.HasSuffix(p, ".md"):
			pages = append(pages, p)
		case strings.HasSuffix(p, "_test.go") || strings.HasPrefix(p, "examples/") && strings.HasSuffix(p, ".go"):
			text, err := os.ReadFile(filepath.Join(root, p))
			if err != nil {
				return err
			}
			code = append(code, withoutIndent(string(text)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, p := range pages {
		text, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range goBlocks(string(text)) {
			blocks++
			if !anyContains(code, withoutIndent(b.text)) {
				t.Errorf("%s:%d: the code is in no test and no example:\n%s", p, b.line, b.text)
			}
		}
	}
	if blocks == 0 {
		t.Error("no page has any Go code")
	}
}

type block struct {
	line int // of its first line of code
	text string
}

// goBlocks returns the fenced blocks of a page that say they are Go.
func goBlocks(page string) []block {
	var out []block
	var b *block
	for i, line := range strings.Split(page, "\n") {
		fence := strings.TrimSpace(line)
		switch {
		case b == nil && fence == "```go":
			b = &block{line: i + 2}
		case b != nil && fence == "```":
			out, b = append(out, *b), nil
		case b != nil:
			b.text += line + "\n"
		}
	}
	return out
}

// withoutIndent takes the blanks off both ends of each line, so that a block is
// found within a function too.
func withoutIndent(code string) string {
	lines := strings.Split(strings.Trim(code, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

func anyContains(texts []string, part string) bool {
	for _, t := range texts {
		if strings.Contains(t, part) {
			return true
		}
	}
	return false
}

// TestErrorsPageNamesEveryError holds docs/errors.md to the exported errors of
// the packages that programs import.
func TestErrorsPageNamesEveryError(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/errors.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range goFiles(t) {
		if s.test || !s.main || s.isInternal() || strings.HasPrefix(s.dir, "dialect") {
			continue
		}
		for _, d := range s.file.Decls {
			for _, name := range exportedErrors(d) {
				if full := s.file.Name.Name + "." + name + "`"; !strings.Contains(string(page), full) {
					t.Errorf("%s: docs/errors.md does not say what %s is and what to do", fset.Position(d.Pos()), strings.TrimSuffix(full, "`"))
				}
			}
		}
	}
}

// exportedErrors returns the variables Err… and the types …Error of a
// declaration.
func exportedErrors(d ast.Decl) []string {
	g, ok := d.(*ast.GenDecl)
	if !ok {
		return nil
	}
	var names []string
	for _, spec := range g.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && strings.HasSuffix(s.Name.Name, "Error") {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if strings.HasPrefix(n.Name, "Err") {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
