package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var selectBasic = []Case{
	query("select-basic-001", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Columns()...) }),
	query("select-basic-002", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID, s.Users.Name) }),
	query("select-basic-003", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Name.As("nm")) }),
	query("select-basic-005", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.Age.Add(1).MulExpr(s.Users.ID.Sub(3)).Div(2))
	}),
	query("select-basic-007", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Age.Mod(2), s.Users.Age.Neg()) }),
	query("select-basic-009", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.Name.Concat(" ").ConcatExpr(s.Users.Fullname))
	}),
	query("select-basic-010", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Name.Concat("x")) }),
	query("select-basic-011", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Name).Distinct() }),
	query("select-basic-012", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID).OrderBy(s.Users.Age.Desc().Last(), s.Users.Name.Asc().First())
	}),
	query("select-basic-018", func(s *Schema) *expr.Select { return byID(s).Limit(10) }),
	query("select-basic-019", func(s *Schema) *expr.Select { return byID(s).Offset(20) }),
	query("select-basic-020", func(s *Schema) *expr.Select { return byID(s).Limit(10).Offset(20) }),
	query("select-basic-021", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID).Limit(3) }),
	query("select-basic-022", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID).Offset(3) }),
	query("select-basic-038", func(s *Schema) *expr.Select {
		u := s.Users
		return expr.NewSelect(expr.CountAll(), expr.Count(u.ID), expr.CountDistinct(u.Name), expr.CountDistinct(u.Age)).From(u.From)
	}),
	query("select-basic-040", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID, s.Users.Name).Columns(s.Users.Age, s.Users.ID)
	}),
	query("select-basic-041", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID).Where(s.Users.ID.Gt(1)).Where(s.Users.ID.Lt(10))
	}),
}

// byID selects the users in the order of their ids.
func byID(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID).OrderBy(s.Users.ID.Asc()) }

// userIDs selects the ids of the users that meet the conditions.
func userIDs(s *Schema, ps ...expr.Predicate) *expr.Select {
	return expr.NewSelect(s.Users.ID).Where(ps...)
}

var selectSources = []Case{
	query("select-basic-029", func(s *Schema) *expr.Select {
		u, a, o := s.Users, s.Addresses, s.Orders
		return expr.NewSelect(u.ID, a.ID, o.ID).Where(u.ID.EqExpr(a.UserID), u.ID.EqExpr(o.UserID))
	}),
	query("select-basic-030", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID, s.Users.ID, s.Users.Name) }),
	query("select-basic-032", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID, s.Addresses.ID).Where(s.Users.ID.EqExpr(s.Addresses.UserID))
	}),
	query("select-basic-042", func(s *Schema) *expr.Select {
		u2 := s.Users.As("u2")
		return expr.NewSelect(u2.Name, s.Users.Name).Where(s.Users.ManagerID.EqExpr(u2.ID))
	}),
	query("select-basic-043", func(s *Schema) *expr.Select {
		x := s.Users.As("x")
		return expr.NewSelect(x.ID).From(x.From, s.Users.From).Where(x.ID.EqExpr(s.Users.ID))
	}),
	query("select-basic-044", func(s *Schema) *expr.Select {
		x, y := s.Users.As("x"), s.Users.As("y")
		return expr.NewSelect(x.ID, y.ID).Where(x.ManagerID.EqExpr(y.ID))
	}),
	query("select-basic-045", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Order.Columns()...).Where(s.Order.Plain.Eq(3))
	}),
	query("select-basic-050", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.Columns()...).Where(s.Users.Name.Eq("x"), s.Users.Age.Eq(3))
	}),
	query("select-basic-051", func(s *Schema) *expr.Select { return userIDs(s, expr.All()) }),
	query("select-basic-052", func(s *Schema) *expr.Select { return userIDs(s, expr.Or()) }),
	query("select-basic-053", func(s *Schema) *expr.Select { return userIDs(s, expr.And(expr.All(), s.Users.ID.Eq(1))) }),
	query("select-basic-055", func(s *Schema) *expr.Select { return userIDs(s, expr.Or(expr.Or(), s.Users.ID.Eq(1))) }),
	query("select-basic-056", func(s *Schema) *expr.Select { return userIDs(s, expr.And(expr.All())) }),
	query("select-basic-060", func(s *Schema) *expr.Select {
		b := expr.Value("x")
		return userIDs(s, s.Users.Name.EqExpr(b).Or(s.Users.Fullname.EqExpr(b)))
	}),
}

var inIntegers = sqltype.CodecOf[int32](sqltype.Integer{Bits: 32})

// numberOf is a column of a derived table.
func numberOf(from expr.Source, name string) expr.Num[int32] {
	return expr.NewNum[int32](&expr.Column{From: from, Name: name, Codec: inIntegers}, inIntegers)
}
