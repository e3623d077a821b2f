package cases

import "github.com/alkahest-go/alkahest/expr"

var insertCases = []Case{
	query("insert-002", func(s *Schema) *expr.Insert {
		return expr.NewInsert(s.Users.Table).Values(s.Users.Name.Set("ed"), s.Users.Age.Set(5), s.Users.Active.Set(true))
	}),
	query("insert-006", func(s *Schema) *expr.Insert {
		tags := s.Tags
		return expr.NewInsert(tags.Table).Values(tags.Label.Set("a")).Values(tags.Label.Set("b")).Values(tags.Label.Set("c"))
	}),
}
