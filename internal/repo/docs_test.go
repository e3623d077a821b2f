package repo

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range goFiles(t) {
		if s.test {
			continue
		}
		doc := s.file.Doc.Text()
		name := s.file.Name.Name
		good := strings.HasPrefix(doc, "Package "+name+" ") || name == "main" && doc != ""
		documented[s.dir] = documented[s.dir] || good
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment says what the package knows", dir)
		}
	}
}

func TestExportsAreDocumented(t *testing.T) {
	for _, s := range goFiles(t) {
		if s.test || s.generated || s.isInternal() || s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s is exported and has no comment", fset.Position(d.Pos()), name)
			}
		}
	}
}

// wellKnown are methods whose interface of the standard library says all.
var wellKnown = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true, "GoString": true, "Format": true, "LogValue": true,
	"Len": true, "Less": true, "Swap": true, "Scan": true, "Value": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true,
}

func undocumented(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && reachable(d) && (d.Recv == nil || !wellKnown[d.Name.Name]) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

// reachable says whether a method's receiver is itself exported.
func reachable(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	typ := f.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// undocumentedSpecs takes the comment of a group for each of its constants, variables and aliases; other types need their own.
func undocumentedSpecs(d *ast.GenDecl) []string {
	var names []string
	group := d.Doc.Text() != ""
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			own := s.Doc.Text() != "" || s.Comment.Text() != "" || group && (d.Lparen == token.NoPos || s.Assign != token.NoPos)
			if s.Name.IsExported() && !own {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			if group || s.Doc.Text() != "" || s.Comment.Text() != "" {
				continue
			}
			for _, n := range s.Names {
				if n.IsExported() {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
