package cases

import "github.com/alkahest-go/alkahest/expr"

const noCollation = "there is no such collation"

var selectMore = []Case{
	query("select-basic-006", func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.Age.IntDiv(2)) }),
	query("select-basic-014", func(s *Schema) *expr.Select { return expr.NewSelect(nextAge(s)).OrderBy(expr.Result("x").Desc()) }),
	query("select-basic-015", func(s *Schema) *expr.Select {
		x := nextAge(s)
		return expr.NewSelect(x).OrderBy(x.Desc())
	}),
	query("select-basic-016", func(s *Schema) *expr.Select {
		x := nextAge(s)
		return expr.NewSelect(x).OrderBy(x.Add(5).Asc())
	}),
	query("select-basic-024", func(s *Schema) *expr.Select {
		return byID(s).LimitExpr(expr.AsNum(expr.Value(int64(2))).AddExpr(expr.Value(int64(3))))
	}),
	query("select-basic-026", func(s *Schema) *expr.Select { return userIDs(s).OrderBy(s.Users.Age.Asc()).LimitWithTies(5) }),
	query("select-basic-035", func(*Schema) *expr.Select {
		return expr.NewSelect(&expr.Label{X: expr.SQL("1+1"), Name: "two"}, expr.SQL("foo"))
	}).
		differs("sqlite", failing("the text names what is nowhere", "no such column: foo")).
		differs("postgresql", failing("the text names what is nowhere", `column "foo" does not exist`)).
		differs("mariadb", failing("the text names what is nowhere", "1054")),
	query("select-basic-039", func(s *Schema) *expr.Select { return userIDs(s).Prefix("/* pre */").Suffix("/* suf */") }),
	query("select-basic-047", func(s *Schema) *expr.Select {
		st := expr.NewAlias(s.Stock.From, "st")
		return expr.NewSelect(s.Stock.ID.Of(st)).Where(s.Stock.Qty.Of(st).Eq(1))
	}),
	query("select-basic-048", func(*Schema) *expr.Select {
		foo := expr.NewNamedTable("foo")
		return expr.NewSelect(numberOf(foo, "a"), numberOf(foo, "b")).Where(numberOf(foo, "b").Eq(5))
	}),
	query("select-basic-058", func(s *Schema) *expr.Select {
		name := s.Users.Name
		return expr.NewSelect(name.Collate("nocase")).OrderBy(name.Collate("fr_FR").Asc())
	}).
		differs("sqlite", failing(noCollation, "no such collation sequence: fr_FR")).
		differs("postgresql", failing(noCollation, `collation "nocase"`)).
		differs("mariadb", failing(noCollation, "1273")),
}

func nextAge(s *Schema) expr.Num[int32] { return s.Users.Age.Add(1).As("x") }
