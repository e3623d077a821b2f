package cases

import (
	"github.com/alkahest-go/alkahest/expr"
)

var updateCases = []Case{
	query("update-002", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).Set(s.Users.Name.Set("x")).Where(s.Users.ID.Eq(1))
	}),
	query("update-003", func(s *Schema) *expr.Update { return expr.NewUpdate(s.Tags.Table) }).refused("an UPDATE sets nothing"),
	query("update-004", func(s *Schema) *expr.Update {
		u := s.Users
		return expr.NewUpdate(u.Table).Set(u.Age.SetExpr(u.Age.Add(1)), u.Name.SetExpr(u.Name.Upper())).Where(expr.All())
	}),
	query("update-006", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).Set(s.Users.Active.Set(false)).Where(hasAddress(s))
	}),
	query("update-007", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).From(s.Addresses.Table).Set(s.Users.Name.Set("y")).
			Where(s.Users.ID.EqExpr(s.Addresses.UserID), s.Addresses.Email.Eq("x"))
	}),
	query("update-009", func(s *Schema) *expr.Update {
		u2 := s.Users.As("u2")
		return expr.NewUpdate(s.Users.Table).From(u2.From).Set(s.Users.Age.SetExpr(u2.Age)).Where(s.Users.ManagerID.EqExpr(u2.ID))
	}),
	query("update-010", func(s *Schema) *expr.Update {
		u, o := s.Users, s.Orders
		counts := &expr.Derived{Name: "o", Select: expr.NewSelect(o.UserID, expr.CountAll().As("n")).GroupBy(o.UserID)}
		user := expr.NewNum[int32](&expr.Column{From: counts, Name: "user_id", Codec: o.UserID.Codec()}, o.UserID.Codec())
		n := &expr.Column{From: counts, Name: "n", Codec: u.Age.Codec()}
		return expr.NewUpdate(u.Table).From(counts).Set(expr.Assignment{Target: u.Age, Value: n}).Where(u.ID.EqExpr(user))
	}),
	query("update-013", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Deflt.Table).Set(s.Deflt.S.Set("z")).Where(s.Deflt.ID.Eq(1))
	}),
	query("update-016", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).Set(s.Users.Age.SetNull(), s.Users.Fullname.SetNull()).Where(expr.All())
	}),
	query("update-020", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).Set(s.Users.Name.Set("new")).Where(s.Users.Name.Eq("old"))
	}),
	query("update-022", func(s *Schema) *expr.Update {
		return expr.NewUpdate(s.Users.Table).Set(s.Users.Age.Set(1)).Where(expr.All()).Hint("WITH (PAGLOCK)", "mssql").Prefix("LOW_PRIORITY", "mysql")
	}),
	query("update-023", func(s *Schema) *expr.Update {
		child := s.Nodes.As("ch")
		children := expr.Exists(expr.NewSelect(child.ID).From(child.From).Where(child.ParentID.EqExpr(s.Nodes.ID)))
		return expr.NewUpdate(s.Nodes.Table).Set(s.Nodes.Data.Set("leaf")).Where(expr.Not(children))
	}),
}

// hasAddress is true of a user with an address.
func hasAddress(s *Schema) expr.Predicate {
	a := s.Addresses
	return expr.Exists(expr.NewSelect(a.ID).From(a.Table).Where(a.UserID.EqExpr(s.Users.ID)))
}
