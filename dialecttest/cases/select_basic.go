package cases

import "github.com/alkahest-go/alkahest/expr"

var selectBasic = []Case{
	query("select-basic-001", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Columns()...) }),
	query("select-basic-002", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID, s.Users.Name) }),
	query("select-basic-003", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Name.As("nm")) }),
}
