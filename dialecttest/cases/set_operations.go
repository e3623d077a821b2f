package cases

import "github.com/alkahest-go/alkahest/expr"

var setOperations = []Case{
	query("set-operations-001", func(s *Schema) *expr.Compound { return expr.Union(userIDs(s), buyers(s)) }),
	query("set-operations-003", func(s *Schema) *expr.Compound { return expr.Except(userIDs(s), buyers(s)) }),
	query("set-operations-004", func(s *Schema) *expr.Compound { return expr.IntersectAll(userIDs(s), buyers(s)) }),
	query("set-operations-006", func(s *Schema) *expr.Compound {
		return userIDs(s).Union(buyers(s), expr.NewSelect(s.Addresses.UserID))
	}),
	query("set-operations-009", func(s *Schema) *expr.Select {
		u := expr.NewDerived("u", expr.UnionAll(userIDs(s), buyers(s)))
		return expr.NewSelect(s.Users.ID.Of(u), expr.CountAll()).GroupBy(s.Users.ID.Of(u))
	}),
	query("set-operations-011", func(s *Schema) *expr.Compound {
		return expr.Union(expr.NewSelect(s.Users.ID, s.Users.Name), expr.NewSelect(s.Orders.ID))
	}).refused("must have equally many columns"),
	query("set-operations-012", func(s *Schema) *expr.Compound {
		return expr.Intersect(expr.Union(userIDs(s), expr.NewSelect(s.Orders.ID)), expr.NewSelect(s.Items.ID))
	}),
}

// buyers selects the users of the orders.
func buyers(s *Schema) *expr.Select { return expr.NewSelect(s.Orders.UserID) }
