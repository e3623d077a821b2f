package repo

import (
	"go/ast"
	"testing"
)

const (
	maxFileLines = 600
	maxFuncLines = 60
)

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range goFiles(t) {
		if s.generated {
			continue
		}
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines, want at most %d", s.path, s.lines, maxFileLines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := funcLines(f); n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, want at most %d", s.path, f.Name.Name, n, maxFuncLines)
			}
		}
	}
}

// funcLines counts a function's lines, but for type switches in which every case is one statement: they are as long as there are
// kinds.
func funcLines(f *ast.FuncDecl) int {
	n := lineSpan(f)
	ast.Inspect(f, func(node ast.Node) bool {
		sw, ok := node.(*ast.TypeSwitchStmt)
		if !ok {
			return true
		}
		for _, c := range sw.Body.List {
			if len(c.(*ast.CaseClause).Body) > 1 {
				return true
			}
		}
		n -= lineSpan(sw)
		return false
	})
	return n
}

func lineSpan(n ast.Node) int {
	return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1
}
