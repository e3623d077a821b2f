package dialecttest

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// where is a test of which rows a condition chooses.
func where(name string, p func(s *staff) expr.Predicate, want ...string) test {
	return query(name, "The condition chooses exactly these rows.", func(s *staff) *expr.Select { return s.ids(p(s)) }, want...)
}

// value is a test of an expression's value for the row 1, or row 5.
func value(name string, x func(s *staff) expr.Expression, want string) test {
	return query(name, "The expression has this value.", func(s *staff) *expr.Select { return expr.NewSelect(x(s)).From(s.table).Where(s.ID.Eq(1)) }, want)
}

func operatorTests() []test {
	var tests []test
	for _, group := range [][]test{comparisonTests(), logicTests(), patternTests(), arithmeticTests(), functionTests(), rowTests(), typedFunctionTests()} {
		tests = append(tests, group...)
	}
	return tests
}

func comparisonTests() []test {
	return []test{
		where("equal", func(s *staff) expr.Predicate { return s.Age.Eq(30) }, "1", "3"),
		where("not equal passes over NULL", func(s *staff) expr.Predicate { return s.Age.Ne(30) }, "2", "5", "6"),
		where("less", func(s *staff) expr.Predicate { return s.Age.Lt(30) }, "5"),
		where("less or equal", func(s *staff) expr.Predicate { return s.Age.Le(30) }, "1", "3", "5"),
		where("greater", func(s *staff) expr.Predicate { return s.Age.Gt(30) }, "2", "6"),
		where("greater or equal", func(s *staff) expr.Predicate { return s.Age.Ge(41) }, "2", "6"),
		where("equal text", func(s *staff) expr.Predicate { return s.Name.Eq("Cyd") }, "3"),
		where("greater text", func(s *staff) expr.Predicate { return s.Name.Gt("Dee") }, "5"),
		where("equal decimal", func(s *staff) expr.Predicate { return s.Pay.Eq(sqltype.MustParseDecimal("80")) }, "2", "3"),
		where("less decimal", func(s *staff) expr.Predicate { return s.Pay.Lt(sqltype.MustParseDecimal("7.26")) }, "4", "5"),
		where("columns equal", func(s *staff) expr.Predicate { return s.CityID.EqExpr(s.Boss) }, "2", "5"),
		where("columns differ", func(s *staff) expr.Predicate { return s.CityID.NeExpr(s.Boss) }, "3"),
		where("column greater", func(s *staff) expr.Predicate { return s.ID.GtExpr(s.Boss) }, "2", "3", "4", "5"),
		where("between", func(s *staff) expr.Predicate { return s.Age.Between(30, 41) }, "1", "2", "3"),
		where("between the wrong way round", func(s *staff) expr.Predicate { return s.Age.Between(41, 30) }),
		where("not between", func(s *staff) expr.Predicate {
			return expr.NewPred(&expr.Between{X: expr.Unwrap(s.Age), Low: bindOf(bigInt, int64(0)), High: bindOf(bigInt, int64(50)), Not: true})
		}, "5", "6"),
		where("in", func(s *staff) expr.Predicate { return s.ID.In(1, 3, 99) }, "1", "3"),
		where("in one", func(s *staff) expr.Predicate { return s.ID.In(2) }, "2"),
		where("in nothing", func(s *staff) expr.Predicate { return s.ID.In() }),
		where("not in", func(s *staff) expr.Predicate { return s.ID.NotIn(1, 2, 3) }, "4", "5", "6"),
		where("not in nothing", func(s *staff) expr.Predicate { return s.ID.NotIn() }, "1", "2", "3", "4", "5", "6"),
		where("not in passes over NULL", func(s *staff) expr.Predicate { return s.Age.NotIn(30) }, "2", "5", "6"),
		where("in many", func(s *staff) expr.Predicate {
			many := make([]int64, 1000)
			for i := range many {
				many[i] = int64(i) + 4
			}
			return s.ID.In(many...)
		}, "4", "5", "6"),
		where("is null", func(s *staff) expr.Predicate { return s.Age.IsNull() }, "4"),
		where("is not null", func(s *staff) expr.Predicate { return s.Boss.IsNotNull() }, "2", "3", "4", "5", "6"),
		where("is distinct from", func(s *staff) expr.Predicate { return s.Age.IsDistinctFrom(30) }, "2", "4", "5", "6"),
		where("is not distinct from", func(s *staff) expr.Predicate { return s.Age.IsNotDistinctFrom(30) }, "1", "3"),
		where("column is not distinct from column", func(s *staff) expr.Predicate {
			return expr.NewPred(&expr.Binary{Op: expr.OpIsNotDistinct, L: expr.Unwrap(s.CityID), R: expr.Unwrap(s.Boss)})
		}, "2", "5"),
	}
}

func logicTests() []test {
	return []test{
		where("boolean column", func(s *staff) expr.Predicate { return s.Active }, "1", "3", "4"),
		where("not a boolean column", func(s *staff) expr.Predicate { return s.Active.Not() }, "2", "5", "6"),
		where("boolean equal", func(s *staff) expr.Predicate { return s.Active.Eq(false) }, "2", "5", "6"),
		where("and", func(s *staff) expr.Predicate { return s.Age.Eq(30).And(s.ID.Gt(1)) }, "3"),
		where("or", func(s *staff) expr.Predicate { return s.ID.Eq(1).Or(s.ID.Eq(6)) }, "1", "6"),
		where("or within and", func(s *staff) expr.Predicate { return s.Active.And(s.ID.Eq(1).Or(s.ID.Eq(2))) }, "1"),
		where("and within or", func(s *staff) expr.Predicate { return expr.Or(s.Active.And(s.ID.Eq(1)), s.ID.Eq(2)) }, "1", "2"),
		where("not and", func(s *staff) expr.Predicate { return s.Age.Eq(30).And(s.ID.Eq(1)).Not() }, "2", "3", "4", "5", "6"),
		where("not or", func(s *staff) expr.Predicate { return s.ID.Eq(1).Or(s.ID.Eq(2)).Not() }, "3", "4", "5", "6"),
		where("not not", func(s *staff) expr.Predicate { return s.ID.Eq(1).Not().Not() }, "1"),
		where("not of a comparison with NULL", func(s *staff) expr.Predicate { return s.Age.Gt(0).Not() }, "5"),
		where("not is null", func(s *staff) expr.Predicate { return s.Age.IsNull().Not() }, "1", "2", "3", "5", "6"),
		where("and of nothing", func(*staff) expr.Predicate { return expr.And() }, "1", "2", "3", "4", "5", "6"),
		where("or of nothing", func(*staff) expr.Predicate { return expr.Or() }),
		where("all", func(*staff) expr.Predicate { return expr.All() }, "1", "2", "3", "4", "5", "6"),
		where("comparison of comparisons", func(s *staff) expr.Predicate {
			return expr.NewPred(&expr.Binary{Op: expr.OpEq, L: expr.Unwrap(s.ID.Eq(1)), R: expr.Unwrap(s.ID.Lt(3))})
		}, "1", "3", "4", "5", "6"),
		where("many terms", func(s *staff) expr.Predicate {
			var ps []expr.Predicate
			for i := range 500 {
				ps = append(ps, s.ID.Eq(int64(i+5)))
			}
			return expr.Or(ps...)
		}, "5", "6"),
		where("deep terms", func(s *staff) expr.Predicate {
			p := s.ID.Eq(1)
			for i := range 200 {
				p = expr.Or(expr.And(p, s.ID.Lt(100)), s.ID.Eq(int64(i+1000)))
			}
			return p
		}, "1"),
	}
}

func patternTests() []test {
	return []test{
		where("like", func(s *staff) expr.Predicate { return s.Name.Like("_y%") }, "3"),
		where("not like", func(s *staff) expr.Predicate { return s.Name.NotLike("%e%") }, "1", "2", "3", "6"),
		where("like without case", func(s *staff) expr.Predicate { return s.Name.ILike("aNN") }, "1"),
		where("contains", func(s *staff) expr.Predicate { return s.Name.Contains("e") }, "4", "5"),
		where("contains a percent sign", func(s *staff) expr.Predicate { return s.Name.Contains("%") }, "6"),
		where("contains an underscore", func(s *staff) expr.Predicate { return s.Name.Contains("_") }, "6"),
		where("contains the escape", func(s *staff) expr.Predicate { return s.Name.Contains("/") }, "6"),
		where("contains a backslash", func(s *staff) expr.Predicate { return s.Name.Contains(`\`) }),
		where("contains wildcards in a row", func(s *staff) expr.Predicate { return s.Name.Contains("%_/") }, "6"),
		where("starts with", func(s *staff) expr.Predicate { return s.Name.StartsWith("100%") }, "6"),
		where("ends with", func(s *staff) expr.Predicate { return s.Name.EndsWith("e") }, "4", "5"),
		where("contains nothing", func(s *staff) expr.Predicate { return s.Name.Contains("") }, "1", "2", "3", "4", "5", "6"),
	}
}

func arithmeticTests() []test {
	binary := func(op expr.Op, r int64) func(s *staff) expr.Expression {
		return func(s *staff) expr.Expression {
			return &expr.Binary{Op: op, L: expr.Unwrap(s.Age), R: bindOf(bigInt, r)}
		}
	}
	return []test{
		value("add", func(s *staff) expr.Expression { return s.Age.Add(12) }, "42"),
		value("subtract", func(s *staff) expr.Expression { return s.Age.Sub(31) }, "-1"),
		value("multiply", func(s *staff) expr.Expression { return s.Age.Mul(-2) }, "-60"),
		value("remainder", func(s *staff) expr.Expression { return s.Age.Mod(7) }, "2"),
		value("remainder of a negative", func(s *staff) expr.Expression { return s.Age.Neg().Mod(7) }, "-2"),
		value("negate", func(s *staff) expr.Expression { return s.Age.Neg() }, "-30"),
		value("negate twice", func(s *staff) expr.Expression { return s.Age.Neg().Neg() }, "30"),
		value("absolute", func(s *staff) expr.Expression { return s.Age.Sub(50).Abs() }, "20"),
		value("parentheses of a product", func(s *staff) expr.Expression { return s.Age.Add(1).Mul(2) }, "62"),
		value("parentheses of a difference", func(s *staff) expr.Expression { return s.Age.SubExpr(s.ID.Sub(5)) }, "34"),
		value("parentheses of a remainder", func(s *staff) expr.Expression { return s.Age.Mul(3).Mod(7) }, "6"),
		value("columns", func(s *staff) expr.Expression { return s.Age.AddExpr(s.ID).MulExpr(s.ID) }, "31"),
		value("NULL in, NULL out", func(s *staff) expr.Expression { return s.Boss.Add(1) }, "NULL"),
		value("whole division", binary(expr.OpIntDiv, 4), "7"),
		value("bit and", binary(expr.OpBitAnd, 6), "6"),
		value("bit or", binary(expr.OpBitOr, 1), "31"),
		value("bit not", func(s *staff) expr.Expression { return &expr.Unary{Op: expr.OpBitNot, X: expr.Unwrap(s.Age)} }, "-31"),
		value("decimal arithmetic", func(s *staff) expr.Expression { return s.Pay.Add(sqltype.MustParseDecimal("0.25")) }, "100.75"),
		where("true division", func(s *staff) expr.Predicate {
			half := &expr.Binary{Op: expr.OpDiv, L: expr.Unwrap(s.ID), R: bindOf(bigInt, int64(2)), Type: sqltype.Float{Bits: 64}}
			return expr.NewPred(&expr.Binary{Op: expr.OpEq, L: half, R: bindOf(sqltype.Float{Bits: 64}, 0.5)})
		}, "1"),
		where("arithmetic in a condition", func(s *staff) expr.Predicate { return s.Age.Mod(10).Eq(1) }, "2"),
	}
}

func functionTests() []test {
	tests := []test{
		value("lower", func(s *staff) expr.Expression { return s.Name.Lower() }, "ann"),
		value("upper", func(s *staff) expr.Expression { return s.Name.Upper() }, "ANN"),
		value("concat", func(s *staff) expr.Expression { return s.Name.Concat("-x") }, "Ann-x"),
		value("concat of three", func(s *staff) expr.Expression { return s.Name.Concat("-").ConcatExpr(s.Name) }, "Ann-Ann"),
		value("case", func(s *staff) expr.Expression {
			return &expr.Case{Whens: []expr.When{
				{If: expr.Unwrap(s.Age.Lt(0)), Then: bindOf(text, "low")}, {If: expr.Unwrap(s.Age.Lt(40)), Then: bindOf(text, "middle")},
			}, Else: bindOf(text, "high")}
		}, "middle"),
		value("case without else", func(s *staff) expr.Expression {
			return &expr.Case{Whens: []expr.When{{If: expr.Unwrap(s.Age.Lt(0)), Then: bindOf(text, "low")}}}
		}, "NULL"),
		value("coalesce", func(s *staff) expr.Expression {
			return &expr.Func{Name: "coalesce", Args: []expr.Expression{expr.Unwrap(s.Boss), expr.Unwrap(s.Age)}, Type: bigInt}
		}, "30"),
		value("cast to text", func(s *staff) expr.Expression {
			return &expr.Cast{X: expr.Unwrap(s.Age), Type: sqltype.String{Length: 10}}
		}, "30"),
		value("cast to integer", func(s *staff) expr.Expression {
			return &expr.Cast{X: bindOf(sqltype.String{Length: 10}, "17"), Type: bigInt}
		}, "17"),
		value("bound text", func(*staff) expr.Expression { return bindOf(sqltype.String{Length: 20}, "it's") }, "it's"),
		value("bound number", func(*staff) expr.Expression { return bindOf(bigInt, int64(-5)) }, "-5"),
		value("constant NULL", func(*staff) expr.Expression { return expr.NULL }, "NULL"),
		value("exists as a value", func(s *staff) expr.Expression { return expr.Exists(expr.NewSelect(s.CityKey).From(s.city)) }, "true"),
		value("comparison as a value", func(s *staff) expr.Expression { return s.Age.Gt(10) }, "true"),
	}
	for _, n := range []int{1, 2, 10} {
		tests = append(tests, looped("the same value", query(fmt.Sprintf("the same value %d times", n), "A value that is used again is the same each time.",
			func(s *staff) *expr.Select {
				b := bindOf(bigInt, int64(7))
				xs := make([]expr.Expression, n)
				for i := range xs {
					xs[i] = &expr.Binary{Op: expr.OpAdd, L: expr.Unwrap(s.ID), R: b}
				}
				return expr.NewSelect(xs...).Where(s.ID.Eq(1))
			}, "8"+strings.Repeat("|8", n-1)))...)
	}
	return tests
}
