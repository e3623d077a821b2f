package cases

import "github.com/alkahest-go/alkahest/expr"

const severalRows = "the subquery gives several rows"

// correlations are subqueries that see the statement around them, or do not.
var correlations = []Case{
	query("subquery-correlation-009", func(s *Schema) *expr.Select {
		return expr.NewSelect(expr.Exists(userIDs(s, s.Users.ID.Eq(5))))
	}),
	query("subquery-correlation-010", func(s *Schema) *expr.Select {
		reachable := expr.Exists(expr.NewSelect(s.Addresses.ID).Where(s.Addresses.UserID.EqExpr(s.Users.ID)))
		return expr.NewSelect(expr.CaseWhen(reachable, expr.Value("y")).Else(expr.Value("n"))).From(s.Users.From)
	}),
	query("subquery-correlation-013", func(s *Schema) *expr.Select {
		a := s.Addresses
		own := expr.NewSelect(a.UserID).From(a.From, s.Users.From).Where(a.UserID.EqExpr(s.Users.ID))
		return userIDs(s, s.Users.ID.EqExpr(value(own)))
	}).
		differs("postgresql", failing(severalRows, "more than one row")).
		differs("mariadb", failing(severalRows, "1242")),
	query("subquery-correlation-014", func(s *Schema) *expr.Select {
		u, o, a := s.Users, s.Orders, s.Addresses
		last := expr.NewSelect(a.UserID.Max()).From(a.From).Where(a.UserID.EqExpr(u.ID), a.ID.EqExpr(o.ID))
		return expr.NewSelect(u.ID, o.ID).Where(u.ID.EqExpr(value(last)))
	}),
	query("subquery-correlation-015", func(s *Schema) *expr.Select {
		itself := userIDs(s, s.Users.Age.Gt(1)).Correlate(s.Users.From)
		return userIDs(s, s.Users.ID.EqExpr(value(itself)))
	}),
	query("subquery-correlation-017", func(s *Schema) *expr.Select {
		u, a := s.Users, s.Addresses
		d := expr.NewDerived("d", expr.NewSelect(a.Columns()...).From(a.From, u.From).Where(a.UserID.EqExpr(u.ID)))
		return expr.NewSelect(u.ID, a.ID.Of(d)).Where(a.UserID.Of(d).EqExpr(u.ID))
	}),
	query("subquery-correlation-025", func(s *Schema) *expr.Select {
		return userIDs(s, s.Users.ID.InSelect(expr.Union(expr.NewSelect(s.Addresses.UserID), buyers(s))))
	}),
}
