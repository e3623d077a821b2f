package cases

import "github.com/alkahest-go/alkahest/expr"

var deleteCases = []Case{
	query("delete-002", func(s *Schema) *expr.Delete {
		return expr.NewDelete(s.Users.Table).Where(s.Users.ID.Eq(5), s.Users.Age.Lt(3))
	}),
	query("delete-007", func(s *Schema) *expr.Delete {
		return expr.NewDelete(s.Tags.Table).Where(s.Tags.ID.Eq(1)).Returning(s.Tags.Label)
	}).differs("sqlite", Difference{Why: "foreign keys are enforced here", Error: "foreign key constraint violated"}),
}
