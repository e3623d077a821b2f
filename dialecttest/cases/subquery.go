package cases

import "github.com/alkahest-go/alkahest/expr"

// value is a query that is used as a value.
func value(q *expr.Select) expr.Num[int32] {
	return expr.NewNum[int32](&expr.Subquery{Select: q}, inIntegers)
}

var subqueries = []Case{
	query("subquery-correlation-002", func(s *Schema) *expr.Select {
		largest := expr.NewSelect(s.Orders.ID.Max()).Where(s.Orders.UserID.EqExpr(s.Users.ID))
		return expr.NewSelect(s.Users.Name).Where(s.Users.Age.EqExpr(value(largest)))
	}),
	query("subquery-correlation-006", func(s *Schema) *expr.Select {
		return userIDs(s, expr.Exists(expr.NewSelect(s.Addresses.ID).Where(s.Addresses.UserID.EqExpr(s.Users.ID))))
	}),
	query("subquery-correlation-008", func(s *Schema) *expr.Select {
		o, i := s.Orders, s.Items
		inner := expr.NewSelect(o.ID).From(o.From).Join(i.From, o.ID.EqExpr(i.OrderID)).Where(o.UserID.EqExpr(s.Users.ID), i.SKU.Eq("x"))
		return userIDs(s, expr.Exists(inner))
	}),
	query("subquery-correlation-016", func(s *Schema) *expr.Select {
		all := s.Users.As("all_users")
		return userIDs(s, s.Users.ID.EqExpr(value(expr.NewSelect(all.ID.Max()))))
	}),
	query("subquery-correlation-018", func(s *Schema) *expr.Select {
		u := s.Users
		d := &expr.Derived{Select: expr.NewSelect(u.Name.As("nm"), u.ID).Where(u.Age.Gt(2)), Name: "s"}
		nm := expr.NewText[string](&expr.Column{From: d, Name: "nm", Codec: u.Name.Codec()}, u.Name.Codec())
		return expr.NewSelect(nm).Where(nm.Eq("x"))
	}),
	query("subquery-correlation-019", func(s *Schema) *expr.Select {
		first := &expr.Derived{Select: expr.NewSelect(s.Users.ID).Where(s.Users.ID.Gt(1)), Name: "first"}
		id := numberOf(first, "id")
		second := &expr.Derived{Select: expr.NewSelect(id).Where(id.Gt(2)), Name: "second"}
		return expr.NewSelect(numberOf(second, "id"))
	}),
	query("subquery-correlation-021", func(s *Schema) *expr.Select {
		youngest := &expr.Derived{Select: expr.NewSelect(s.Users.ID).OrderBy(s.Users.Age.Asc()).Limit(5), Name: "youngest"}
		id := numberOf(youngest, "id")
		return expr.NewSelect(id).OrderBy(id.Asc())
	}),
	query("subquery-correlation-022", func(s *Schema) *expr.Select {
		a := &expr.Derived{Select: expr.NewSelect(s.Users.ID, s.Users.ManagerID), Name: "a"}
		b := &expr.Derived{Select: expr.NewSelect(s.Users.ID), Name: "b"}
		return expr.NewSelect(numberOf(a, "id"), numberOf(b, "id")).Where(numberOf(a, "manager_id").EqExpr(numberOf(b, "id")))
	}),
	query("subquery-correlation-024", func(s *Schema) *expr.Select {
		o := s.Orders
		last := expr.NewSelect(o.Total).Where(o.UserID.EqExpr(s.Users.ID)).OrderBy(o.PlacedOn.Desc()).Limit(1)
		return expr.NewSelect(s.Users.ID, &expr.Label{X: &expr.Subquery{Select: last}, Name: "last_total"}).From(s.Users.From)
	}),
	query("subquery-correlation-027", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Columns()...).Where(s.Users.ID.Eq(1)) }),
	query("subquery-correlation-028", func(s *Schema) *expr.Select {
		a := s.Addresses
		n := &expr.Subquery{Select: expr.NewSelect(expr.Count(a.ID)).Where(a.UserID.EqExpr(s.Users.ID))}
		return expr.NewSelect(s.Users.ID).OrderBy(expr.Order{X: n, Desc: true})
	}).anyOrder(),
}
