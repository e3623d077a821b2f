package dialecttest

import "github.com/alkahest-go/alkahest/expr"

// rowTests compare rows as a whole.
func rowTests() []test {
	key := func(s *staff) expr.RowValue { return expr.TupleOf(s.Age, s.ID) }
	row := func(age, id int64) expr.RowValue { return expr.TupleOf(expr.Value(age), expr.Value(id)) }
	return []test{
		where("rows equal", func(s *staff) expr.Predicate { return key(s).Eq(row(30, 3)) }, "3"),
		where("rows differ", func(s *staff) expr.Predicate { return key(s).Ne(row(30, 3)) }, "1", "2", "4", "5", "6"),
		where("rows less", func(s *staff) expr.Predicate { return key(s).Lt(row(30, 3)) }, "1", "5"),
		where("rows greater or equal", func(s *staff) expr.Predicate { return key(s).Ge(row(30, 3)) }, "2", "3", "6"),
		where("rows in", func(s *staff) expr.Predicate { return key(s).In(row(30, 1), row(99, 6), row(99, 1)) }, "1", "6"),
		where("rows in a SELECT", func(s *staff) expr.Predicate {
			return expr.TupleOf(s.CityID, s.Age).InSelect(expr.NewSelect(s.CityKey, expr.Value(int64(30))).From(s.city))
		}, "1", "3"),
	}
}

// typedFunctionTests try the functions that are methods, or have a type of
// their own.
func typedFunctionTests() []test {
	n := func(v int64) expr.Of[int64] { return expr.Value(v) }
	return []test{
		value("length", func(s *staff) expr.Expression { return s.Name.ConcatExpr(expr.Value("é漢")).Length() }, "5"),
		value("substring", func(s *staff) expr.Expression { return s.Name.Concat("abel").Substring(2, 3) }, "nna"),
		value("substring to the end", func(s *staff) expr.Expression { return s.Name.Concat("abel").SubstringFrom(4) }, "abel"),
		value("replace", func(s *staff) expr.Expression { return s.Name.Replace("n", "%") }, "A%%"),
		value("trim", func(s *staff) expr.Expression { return expr.AsText(expr.Value("  x ")).Trim() }, "x"),
		value("trim of one side", func(s *staff) expr.Expression { return expr.AsText(expr.Value("  x ")).TrimLeft().Concat("|") }, "x |"),
		value("greatest", func(s *staff) expr.Expression { return expr.Greatest(s.Age, n(7), n(31)) }, "31"),
		value("least", func(s *staff) expr.Expression { return expr.Least(s.Age, n(7), n(31)) }, "7"),
		value("nullif", func(s *staff) expr.Expression { return expr.NullIf(s.Age, n(30)) }, "NULL"),
		value("coalesce of three", func(s *staff) expr.Expression { return expr.Coalesce(s.Boss, s.Boss, n(8)) }, "8"),
		value("case of one expression", func(s *staff) expr.Expression {
			return expr.Switch(s.Name, "Bob", expr.Value("b")).When("Ann", expr.Value("a")).Else(expr.Value("none"))
		}, "a"),
		value("quotient", func(s *staff) expr.Expression { return s.ID.Div(2) }, "0.5"),
		value("shift", func(s *staff) expr.Expression { return s.Age.ShiftLeft(2).ShiftRight(1) }, "60"),
		value("exclusive or", func(s *staff) expr.Expression { return s.Age.BitXor(7) }, "25"),
		value("power", func(s *staff) expr.Expression { return s.ID.Add(1).Power(10) }, "1024"),
		value("square root", func(s *staff) expr.Expression { return s.Age.Add(19).Sqrt() }, "7"),
		where("between in either order", func(s *staff) expr.Predicate { return s.Age.BetweenSymmetric(41, 30) }, "1", "2", "3"),
		where("contains without case", func(s *staff) expr.Predicate { return s.Name.IContains("E") }, "4", "5"),
		where("contains another column", func(s *staff) expr.Predicate { return s.Name.ContainsExpr(s.Name.Substring(2, 1)) }, "1", "2", "3", "4", "5", "6"),
		where("like with an escape", func(s *staff) expr.Predicate { return s.Name.LikeEscape("100!%%", '!') }, "6"),
	}
}
