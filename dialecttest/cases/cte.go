package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var ctes = []Case{
	query("cte-002", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID.Of(expr.NewCTE("all_users", userIDs(s))))
	}),
	query("cte-005", func(s *Schema) *expr.Select {
		n, depth := s.Nodes, small(0).As("depth")
		tree := expr.Recursive("tree", expr.NewSelect(n.ID, depth).Where(n.ParentID.IsNull()), func(self *expr.CTE) expr.Query {
			return expr.NewSelect(n.ID, depth.Of(self).Add(1)).From(n.From, self).Where(n.ParentID.EqExpr(n.ID.Of(self)))
		})
		return expr.NewSelect(n.ID.Of(tree), depth.Of(tree)).OrderBy(depth.Of(tree).Asc(), n.ID.Of(tree).Asc())
	}),
	query("cte-006", func(s *Schema) *expr.Select {
		n := s.Nodes
		up := expr.RecursiveDistinct("anc", expr.NewSelect(n.ID).Where(n.ID.Eq(7)), func(self *expr.CTE) expr.Query {
			return expr.NewSelect(n.ParentID).From(n.From, self).Where(n.ID.EqExpr(n.ID.Of(self)))
		})
		return expr.NewSelect(n.ID.Of(up))
	}),
	query("cte-007", func(s *Schema) *expr.Select {
		root, n := s.Nodes, s.Nodes.As("n")
		tree := expr.Recursive("t", expr.NewSelect(root.ID, root.ParentID).Where(root.Data.Eq("root")), func(self *expr.CTE) expr.Query {
			return expr.NewSelect(n.ID, n.ParentID).From(n.From).Join(self, n.ParentID.EqExpr(root.ID.Of(self)))
		})
		return expr.NewSelect(root.ID.Of(tree), root.ParentID.Of(tree))
	}),
	query("cte-009", func(s *Schema) *expr.Select {
		c := expr.NewCTE("nested", userIDs(s))
		o := expr.NewDerived("o", expr.NewSelect(s.Users.ID.Of(c)).With(c))
		return expr.NewSelect(s.Users.ID.Of(o))
	}),
	query("cte-011", func(s *Schema) *expr.Select {
		o, n := s.Orders, expr.CountAll().As("n")
		c := expr.NewCTE("cnt", expr.NewSelect(o.UserID, n).GroupBy(o.UserID))
		return expr.NewSelect(s.Users.Name, n.Of(c)).From(s.Users.From).Join(c)
	}),
	query("cte-013", func(s *Schema) *expr.Insert {
		o := s.Orders
		gone := expr.NewCTE("del", expr.NewDelete(o.From).Where(o.Total.Lt(sqltype.MustParseDecimal("5"))).Returning(o.Status))
		return expr.NewInsert(s.Tags.From).From(list(s.Tags.Label), expr.NewSelect(o.Status.Of(gone)))
	}),
	query("cte-014", func(s *Schema) *expr.Select {
		u := s.Users
		older := expr.NewCTE("upd", expr.NewUpdate(u.From).Set(u.Age.SetExpr(u.Age.Add(1))).Where(u.ID.Eq(1)).Returning(u.ID, u.Age))
		return expr.NewSelect(u.ID.Of(older), u.Age.Of(older))
	}),
	query("cte-015", func(s *Schema) *expr.Select {
		return userIDs(s).With(expr.NewCTE("deltags", expr.NewDelete(s.Tags.From).Where(s.Tags.Label.Eq("x"))))
	}),
	query("cte-019", func(s *Schema) *expr.Select {
		x := s.Users.ID.As("x")
		u := expr.NewCTE("u", expr.UnionAll(expr.NewSelect(x), expr.NewSelect(s.Orders.ID)))
		return expr.NewSelect(x.Of(u)).OrderBy(x.Of(u).Asc())
	}),
	query("cte-020", func(s *Schema) *expr.Select {
		n := s.Nodes
		tree := expr.Recursive("tr", expr.NewSelect(n.ID).Where(n.ID.Eq(1)), func(self *expr.CTE) expr.Query {
			return expr.NewSelect(n.ID).From(n.From, self).Where(n.ParentID.EqExpr(n.ID.Of(self)))
		})
		return userIDs(s, expr.Exists(expr.NewSelect(n.ID.Of(tree)).Where(n.ID.Of(tree).EqExpr(s.Users.ID))))
	}),
}
