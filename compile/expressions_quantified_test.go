package compile_test

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// listed is a query of whole numbers, and of NULL where there is a nil.
func listed(ns ...any) expr.Query {
	var all []expr.Query
	for _, n := range ns {
		var x expr.Expression = expr.NULL
		if n, ok := n.(int); ok {
			x = expr.Unwrap(num(int64(n)))
		}
		all = append(all, expr.NewSelect(expr.Typed[*int64](&expr.Cast{X: x, Type: sqltype.Integer{Bits: 64}}, sqltype.Integer{Bits: 64}).As("n")))
	}
	if len(all) == 1 {
		return all[0]
	}
	return expr.UnionAll(all...)
}

var none = expr.NewSelect(num(1).As("n")).Where(expr.Not(expr.All()))

func anyOf(q expr.Query) expr.Of[int64] { return expr.AnyOf[int64](q) }
func allOf(q expr.Query) expr.Of[int64] { return expr.AllOf[int64](q) }

var quantifiedCases = []valueCase{
	gives("any", "One of the values is less.", holds(num(5).GtExpr(anyOf(listed(9, 3)))), int64(1)),
	gives("any_not", "None of the values is less.", holds(num(1).GtExpr(anyOf(listed(9, 3)))), int64(0)),
	null("any_null", "No value is known to be less, and one is not known.", holds(num(1).GtExpr(anyOf(listed(9, nil))))),
	gives("any_found_beside_null", "A value that is found counts, whatever is beside it.", holds(num(5).EqExpr(anyOf(listed(nil, 5)))), int64(1)),
	gives("any_none", "Of no values the comparison is false.", holds(num(1).EqExpr(anyOf(none))), int64(0)),
	gives("all", "All of the values are less.", holds(num(10).GtExpr(allOf(listed(9, 3)))), int64(1)),
	gives("all_not", "One of the values is not less.", holds(num(5).GtExpr(allOf(listed(9, nil)))), int64(0)),
	null("all_null", "No value is known not to be less, and one is not known.", holds(num(10).GtExpr(allOf(listed(9, nil))))),
	gives("all_none", "Of no values the comparison is true.", holds(num(1).EqExpr(allOf(none))), int64(1)),
	gives("not_any", "NOT of ANY is the opposite of ALL.", holds(expr.Not(num(5).EqExpr(anyOf(listed(5, 6))))), int64(0)),
	gives("not_all", "NOT of ALL is the opposite of ANY.", holds(expr.Not(num(5).EqExpr(allOf(listed(5, 6))))), int64(1)),
	gives("element", "One of the elements of an array.", holds(num(2).EqExpr(expr.AnyElement[int64](intPair))), int64(1), noArrays...),
	gives("elements", "All elements of an array.", holds(num(2).EqExpr(expr.EveryElement[int64](intPair))), int64(0), noArrays...),
}

var (
	pairCodec = sqltype.CodecOf[[]int64](sqltype.Array{Elem: sqltype.Integer{Bits: 64}})
	intPair   = expr.NewScalar[[]int64](expr.NewBind(pairCodec, []int64{1, 2}), pairCodec)
)

var noArrays = []string{"sqlite", "mariadb", "mysql", "mssql", "oracle"}

// aggregated is what an aggregate of the numbers gives.
func aggregated[T any](ns expr.Query, of func(n expr.Num[*int64]) expr.Of[T]) expr.Of[T] {
	d := expr.NewDerived("d", ns)
	return expr.OrderedOfQuery[T](expr.NewSelect(expr.AsOrdered(of(expr.NumColumn[*int64](d, "n"))).As("v")).From(d))
}

var aggregatedCases = []valueCase{
	gives("sum", "A sum of whole numbers is one.", aggregated(listed(3, 4, nil), func(n expr.Num[*int64]) expr.Of[int64] { return expr.Sum[int64](n) }), int64(7)),
	null("sum_none", "A sum of nothing is NULL.", aggregated(none, func(n expr.Num[*int64]) expr.Of[*int64] { return expr.Sum[*int64](n) })),
	gives("average", "An average has a fraction.", aggregated(listed(1, 2), func(n expr.Num[*int64]) expr.Of[float64] { return expr.Avg[float64](n) }), 1.5),
	gives("count", "A count leaves NULL out.", aggregated(listed(1, nil, 2), func(n expr.Num[*int64]) expr.Of[int64] { return expr.Count(n) }), int64(2)),
	gives("count_all", "A count of rows.", aggregated(listed(1, nil, 2), func(expr.Num[*int64]) expr.Of[int64] { return expr.CountAll() }), int64(3)),
	gives("count_distinct", "A count of values that differ.", aggregated(listed(1, 1, 2), func(n expr.Num[*int64]) expr.Of[int64] { return expr.CountDistinct(n) }), int64(2)),
	gives("max", "The largest.", aggregated(listed(3, 9, nil), func(n expr.Num[*int64]) expr.Of[*int64] { return n.Max() }), ptr(9)),
	gives("min", "The smallest.", aggregated(listed(3, 9, nil), func(n expr.Num[*int64]) expr.Of[*int64] { return n.Min() }), ptr(3)),
	gives("filter", "Of the rows that meet a condition.", aggregated(listed(3, 9, 20), func(n expr.Num[*int64]) expr.Of[int64] {
		return expr.Sum[int64](n).Filter(n.Gt(ptr(3)))
	}), int64(29)),
	gives("window", "A sum over all rows beside each.", aggregated(listed(5), func(n expr.Num[*int64]) expr.Of[int64] { return expr.Sum[int64](n).Over() }), int64(5)),
}

func ptr(n int64) *int64 { return &n }
