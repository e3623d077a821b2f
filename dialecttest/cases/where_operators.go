package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// users is a SELECT of the ids of the users for whom the conditions hold.
func users(name string, where func(u Users) []expr.Predicate) Case {
	return query(name, func(s *Schema) *expr.Select { return expr.NewSelect(s.Users.ID).Where(where(s.Users)...) })
}

// columns is a SELECT of the columns.
func columns(name string, list func(s *Schema) []expr.Expression) Case {
	return query(name, func(s *Schema) *expr.Select { return expr.NewSelect(list(s)...) })
}

func all(ps ...expr.Predicate) []expr.Predicate      { return ps }
func list(xs ...expr.Expression) []expr.Expression   { return xs }
func small(n int32) expr.Num[int32]                  { return expr.AsNum(expr.Value(n)) }
func word(s string) expr.TextOf[string]              { return expr.AsText(expr.Value(s)) }
func (t Comp) key() expr.RowValue                    { return expr.TupleOf(t.A, t.B) }
func numbers(a, b int32) expr.RowValue               { return expr.TupleOf(small(a), small(b)) }
func (s *Schema) comp(p expr.Predicate) *expr.Select { return expr.NewSelect(s.Comp.V).Where(p) }
func failing(why, message string) Difference         { return Difference{Why: why, Error: message} }
func giving(why string, rows ...string) Difference   { return Difference{Why: why, Rows: rows} }

var whereOperators = []Case{
	users("where-operators-001", func(u Users) []expr.Predicate {
		return all(u.Age.Eq(1), u.Age.Ne(2), u.Age.Lt(3), u.Age.Le(4), u.Age.Gt(5), u.Age.Ge(6))
	}),
	users("where-operators-002", func(u Users) []expr.Predicate { return all(u.Age.IsNull(), u.Name.IsNotNull()) }),
	users("where-operators-004", func(u Users) []expr.Predicate { return all(u.Active) }),
	users("where-operators-006", func(u Users) []expr.Predicate { return all(expr.Not(u.Active.Eq(true))) }),
	users("where-operators-008", func(u Users) []expr.Predicate { return all(u.Age.Gt(5).And(u.Name.Eq("x")).Not()) }),
	users("where-operators-010", func(u Users) []expr.Predicate {
		return all(u.Age.Gt(5).And(u.Name.Eq("a").Or(u.Name.Eq("b"))))
	}),
	users("where-operators-011", func(u Users) []expr.Predicate {
		return all(u.Age.Gt(5).And(u.Name.Eq("a")).Or(u.ID.Eq(1)))
	}),
	users("where-operators-016", func(u Users) []expr.Predicate {
		return all(expr.NewPred(&expr.In{X: expr.Unwrap(u.ID), List: list(expr.Unwrap(small(1)), expr.NULL)}))
	}),
	query("where-operators-020", func(s *Schema) *expr.Select { return s.comp(s.Comp.key().In(numbers(1, 2), numbers(3, 4))) }),
	query("where-operators-021", func(s *Schema) *expr.Select { return s.comp(s.Comp.key().In()) }),
	query("where-operators-023", func(s *Schema) *expr.Select { return s.comp(s.Comp.key().Gt(numbers(1, 2))) }),
	users("where-operators-024", func(u Users) []expr.Predicate { return all(u.Name.In("a'b", "c%d")) }),
	users("where-operators-025", func(u Users) []expr.Predicate {
		return all(u.Name.LikeEscape("%a/%%", '/'), u.Name.NotLike("b%"))
	}),
	users("where-operators-026", func(u Users) []expr.Predicate { return all(u.Name.ILike("%Ab%"), u.Name.NotILike("c%")) }),
	users("where-operators-027", func(u Users) []expr.Predicate {
		return all(u.Name.StartsWith("a"), u.Name.EndsWith("b"), u.Name.Contains("c"))
	}),
	users("where-operators-029", func(u Users) []expr.Predicate { return all(u.Fullname.StartsWithExpr(u.Name)) }),
	users("where-operators-030", func(u Users) []expr.Predicate {
		return all(u.Name.IContains("aB"), u.Name.IStartsWith("C"), u.Name.IEndsWith("d"))
	}),
	users("where-operators-031", func(u Users) []expr.Predicate { return all(expr.Not(u.Name.Contains("zz"))) }),
	users("where-operators-032", func(u Users) []expr.Predicate { return all(u.Name.Matches("^a.*b$")) }),
	users("where-operators-033", func(u Users) []expr.Predicate {
		return all(u.Name.Matches("^a", expr.IgnoreCase).Not())
	}),
	users("where-operators-035", func(u Users) []expr.Predicate {
		return all(u.Age.Between(1, 5), u.Age.Between(7, 9).Not(), u.ID.BetweenSymmetric(2, 3))
	}),
	columns("where-operators-037", func(s *Schema) []expr.Expression {
		age := s.Users.Age
		return list(age.BitAnd(1), age.BitOr(2), age.BitXor(3), age.BitNot(), age.ShiftLeft(4), age.ShiftRight(5))
	}).
		differs("sqlite", bits("the expected rows took a | b - a & b, which is no XOR, for one")).
		differs("mariadb", bits("the bits of a number keep its sign, as on the others")),
	users("where-operators-039", func(u Users) []expr.Predicate {
		return all(expr.CustomOperator("~~").Pred(u.Name, word("x")))
	}).
		differs("sqlite", failing("the operator is PostgreSQL's", "syntax error")).
		differs("mariadb", failing("the operator is PostgreSQL's", "1064")),
	columns("where-operators-040", func(s *Schema) []expr.Expression {
		u := s.Users
		return list(small(5).SubExpr(u.Age), small(2).MulExpr(u.Age), small(10).DivDecimalExpr(u.Age), word("x").ConcatExpr(u.Name))
	}).differs("sqlite", giving("the quotient has all its digits", "-25|60|0.333333333333|xed", "-20|50|0.4|xwendy", "NULL|NULL|NULL|xmary",
		"-36|82|0.243902439024|xfred", "0|10|2|xabab")),
	users("where-operators-041", func(u Users) []expr.Predicate {
		orders := expr.NewSelect(NewSchema("").Orders.ID)
		return all(u.Age.EqExpr(expr.AnyOf[int32](orders)), u.Age.GtExpr(expr.AllOf[int32](orders)))
	}),
	users("where-operators-046", func(u Users) []expr.Predicate { return all(u.Age.Gt(5)) }),
	users("where-operators-047", func(u Users) []expr.Predicate {
		return all(expr.SQL("age > :x", expr.Named("x", int32(5))).Pred(), u.Name.Eq("q"))
	}),
	columns("where-operators-050", func(s *Schema) []expr.Expression {
		u := s.Users
		return list(u.Age.SubExpr(u.ID.Sub(1)), u.Age.SubExpr(u.ID).Sub(1))
	}),
	columns("where-operators-051", func(s *Schema) []expr.Expression {
		age := s.Users.Age
		return list(small(2).MulExpr(age.Add(1)), age.Mul(2).Add(1))
	}),
}

func bits(why string) Difference {
	return giving(why, "0|30|29|-31|480|0", "1|27|26|-26|400|0", "NULL|NULL|NULL|NULL|NULL|NULL", "1|43|42|-42|656|1", "1|7|6|-6|80|0")
}

var misc = []Case{
	query("misc-001", func(*Schema) *expr.Select { return expr.NewSelect(tenantStock().Columns()...) }).
		translated(func(s *Schema) map[string]string { return map[string]string{"tenant": s.Other} }),
	query("misc-002", func(s *Schema) *expr.Select { return expr.NewSelect(s.Tags.Columns()...) }).
		translated(func(s *Schema) map[string]string { return map[string]string{"": s.Other} }),
	query("misc-003", func(*Schema) *expr.Select {
		return expr.NewSelect(named("a.b"), named("c%d"), named("e(f)")).From(odd)
	}).
		differs("sqlite", failing("there is no such table", "no such table")).
		differs("postgresql", failing("there is no such table", "does not exist")).
		differs("mariadb", failing("there is no such table", "doesn't exist")),
	query("misc-005", func(*Schema) *expr.Text {
		return expr.SQL("begin foo(:x, :y); end;", expr.Named("x", int32(5)), expr.NamedOut("y", sqltype.Integer{Bits: 32}))
	}),
	columns("misc-012", func(s *Schema) []expr.Expression { return list(s.Users.Active.And(s.Users.ID.Gt(1))) }),
	query("misc-014", func(*Schema) *expr.Insert {
		sealed := expr.NewExpressed("sealed", sqltype.String{Length: 10}, func(x expr.Expression) expr.Expression { return expr.Fn[string]("enc", x) }, nil)
		t := alone("td", column("a", sealed))
		x := expr.NewBind(sqltype.CodecOf[string](sealed), "x")
		return expr.NewInsert(t).Values(expr.Assignment{Target: expr.Unwrap(t.C("a")), Value: x})
	}).
		differs("sqlite", failing("there is no such table", "no such table")).
		differs("postgresql", failing("there is no such table", "does not exist")).
		differs("mariadb", failing("there is no such table", "doesn't exist")),
	columns("misc-015", func(s *Schema) []expr.Expression {
		return list(expr.Fn[int32]("custom_thing", s.Users.ID, word("a"), expr.SQL("b")))
	}).
		differs("sqlite", failing("there is no such function", "no such function")).
		differs("postgresql", failing("there is no such column", "does not exist")).
		differs("mariadb", failing("there is no such function", "custom_thing")),
}

// tenantStock is Stock in a schema that there is not.
func tenantStock() Source {
	stock := Stock{ID: schema.Integer(schema.PrimaryKey()), Qty: schema.Integer()}
	declare(schema.NewMetaData(), &stock.Source, "stock", &stock, schema.InSchema("tenant"))
	return stock.Source
}

// named is a column of the name.
func named(name string) expr.Expression { return &expr.Column{From: odd, Name: name} }

var odd = expr.FromSQL("t t", expr.SQL("SELECT * FROM missing"))
