package cases

import "github.com/alkahest-go/alkahest/expr"

var joinCases = []Case{
	query("joins-001", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.Name, s.Addresses.Email).From(s.Users.From).Join(s.Addresses.From)
	}),
	query("joins-004", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.Name).From(s.Users.From).FullJoin(s.Addresses.From)
	}),
	query("joins-007", func(s *Schema) *expr.Select {
		right := expr.NewJoin(expr.InnerJoin, s.OrderTags.From, s.Tags.From)
		return expr.NewSelect(s.Orders.ID).From(s.Orders.From).LeftJoin(right, s.Orders.ID.EqExpr(s.OrderTags.OrderID))
	}),
	query("joins-008", func(s *Schema) *expr.Select {
		u2 := s.Users.As("u2")
		return expr.NewSelect(s.Users.Name, u2.Name.As("boss")).From(s.Users.From).LeftJoin(u2.From, s.Users.ManagerID.EqExpr(u2.ID))
	}),
	query("joins-009", func(s *Schema) *expr.Select {
		n, n1, n2 := s.Nodes, s.Nodes.As("n1"), s.Nodes.As("n2")
		return expr.NewSelect(n.Data, n1.Data, n2.Data).From(n.From).
			Join(n1.From, n1.ParentID.EqExpr(n.ID)).LeftJoin(n2.From, n2.ParentID.EqExpr(n1.ID))
	}),
	query("joins-012", func(s *Schema) *expr.Select {
		a := s.Addresses
		counted := &expr.Derived{Select: expr.NewSelect(a.UserID, expr.CountAll().As("cnt")).GroupBy(a.UserID), Name: "adr"}
		return expr.NewSelect(s.Users.Name, numberOf(counted, "cnt")).From(s.Users.From).
			LeftJoin(counted, s.Users.ID.EqExpr(numberOf(counted, "user_id")))
	}),
	query("joins-013", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID, s.Tags.ID).From(s.Users.From).Join(s.Tags.From, expr.All())
	}),
}
