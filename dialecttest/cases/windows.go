package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

type amount = sqltype.Decimal

// totals is a SELECT of an aggregate of the totals of orders over a window.
func totals(name string, sum func(total expr.Of[amount]) expr.Num[*amount], window func(o Orders) expr.Window) Case {
	return query(name, func(s *Schema) *expr.Select {
		return expr.NewSelect(sum(s.Orders.Total).Over(window(s.Orders)))
	})
}

func sumOf(x expr.Of[amount]) expr.Num[*amount]     { return expr.Sum[*amount](x) }
func averageOf(x expr.Of[amount]) expr.Num[*amount] { return expr.Avg[*amount](x) }

const noDistinctOn = "the expected rows left the ON out without a word"

var windowCases = []Case{
	query("window-aggregate-002", func(s *Schema) *expr.Select {
		byAge := expr.WindowOrder(s.Users.Age.Asc())
		return expr.NewSelect(expr.Rank().Over(byAge), expr.DenseRank().Over(byAge), expr.PercentRank().Over(byAge), expr.CumeDist().Over(byAge)).
			From(s.Users.From)
	}),
	totals("window-aggregate-003", sumOf, func(o Orders) expr.Window {
		return expr.WindowOrder(o.PlacedOn.Asc()).Rows(expr.UnboundedPreceding(), expr.CurrentRow())
	}),
	totals("window-aggregate-004", averageOf, func(o Orders) expr.Window {
		return expr.WindowOrder(o.ID.Asc()).Rows(expr.Preceding(2), expr.Following(3))
	}).differs("sqlite", giving("the quotient has all its digits", "58.435", "58.435", "58.435", "74.4133333333", "61.625")),
	totals("window-aggregate-005", sumOf, func(o Orders) expr.Window {
		return expr.WindowOrder(o.ID.Asc()).Range(expr.Preceding(5), expr.Following(10))
	}),
	totals("window-aggregate-006", sumOf, func(o Orders) expr.Window {
		return expr.WindowOrder(o.ID.Asc()).Groups(expr.Preceding(1), expr.UnboundedFollowing())
	}),
	query("window-aggregate-014", func(s *Schema) *expr.Select {
		return expr.NewSelect(expr.StringAgg(s.Users.Name, ", "))
	}),
	query("window-aggregate-015", func(s *Schema) *expr.Select {
		u := s.Users
		return expr.NewSelect(expr.ArrayAgg(u.Name).OrderedBy(u.Age.Desc()), expr.StringAgg(u.Name, ",").OrderedBy(u.ID.Asc()))
	}),
	query("window-aggregate-017", func(s *Schema) *expr.Select {
		o := s.Orders
		user, both := list(o.UserID), list(o.UserID, o.Status)
		return expr.NewSelect(o.UserID, o.Status, sumOf(o.Total)).GroupBy(expr.GroupingSets(both, user, nil))
	}),
	query("window-aggregate-020", func(s *Schema) *expr.Select {
		o := s.Orders
		return expr.NewSelect(o.UserID, o.ID).DistinctOn(o.UserID).OrderBy(o.UserID.Asc(), o.PlacedOn.Desc())
	}).
		differs("sqlite", failing(noDistinctOn, "DISTINCT ON")).
		differs("mariadb", failing(noDistinctOn, "DISTINCT ON")),
	query("window-aggregate-021", func(s *Schema) *expr.Select {
		o := s.Orders
		paid := expr.CaseWhen(o.Status.Eq("paid"), o.Total).Else(expr.Value(dec("0")))
		open := expr.CaseWhen(o.Status.Eq("open"), expr.Value(int32(1))).Else(expr.Value(int32(0)))
		return expr.NewSelect(o.UserID, expr.Sum[amount](paid).As("paid"), expr.Sum[int64](open).As("nopen")).GroupBy(o.UserID)
	}),
	query("window-aggregate-023", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID).OrderBy(expr.RowNumber().Over(expr.WindowOrder(s.Users.Age.Asc())).Asc())
	}),
}
