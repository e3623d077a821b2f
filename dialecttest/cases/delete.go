package cases

import "github.com/alkahest-go/alkahest/expr"

const enforced = "foreign keys are enforced here"

var deleteCases = []Case{
	query("delete-002", func(s *Schema) *expr.Delete {
		return expr.NewDelete(s.Users.Table).Where(s.Users.ID.Eq(5), s.Users.Age.Lt(3))
	}),
	query("delete-004", func(s *Schema) *expr.Delete {
		p := s.Nodes.As("p")
		return expr.NewDelete(s.Nodes.Table).Using(p.From).Where(s.Nodes.ParentID.EqExpr(p.ID), p.Data.Eq("dead"))
	}),
	query("delete-005", func(s *Schema) *expr.Delete { return expr.NewDelete(s.Users.Table).Where(expr.Not(hasAddress(s))) }),
	query("delete-007", func(s *Schema) *expr.Delete {
		return expr.NewDelete(s.Tags.Table).Where(s.Tags.ID.Eq(1)).Returning(s.Tags.Label)
	}).differs("sqlite", Difference{Why: enforced, Error: "foreign key constraint violated"}),
	query("delete-008", func(s *Schema) *expr.Delete {
		return expr.NewDelete(s.Users.Table).Using(s.Addresses.Table).Where(s.Users.ID.EqExpr(s.Addresses.UserID)).Returning(s.Users.ID, s.Addresses.Email)
	}),
	query("delete-009", func(s *Schema) *expr.Delete { return expr.NewDelete(s.Users.Table).Where(expr.All()).Limit(3) }).
		differs("sqlite", Difference{Why: enforced, Error: "foreign key constraint violated"}),
	query("delete-010", func(s *Schema) *expr.Delete {
		c := s.Comp
		pairs := &expr.In{X: pair(c.A, c.B), List: []expr.Expression{pair(expr.Value(int32(1)), expr.Value(int32(2))), pair(expr.Value(int32(3)), expr.Value(int32(4)))}}
		return expr.NewDelete(c.Table).Where(expr.NewPred(pairs))
	}).differs("sqlite", Difference{Why: enforced, Error: "foreign key constraint violated"}),
	query("delete-011", func(s *Schema) *expr.Delete { return expr.NewDelete(s.Stock.Table).Where(s.Stock.ID.Eq(1)) }),
}

func pair(a, b expr.Expression) expr.Expression {
	return &expr.Tuple{Xs: []expr.Expression{expr.Unwrap(a), expr.Unwrap(b)}}
}
