package cases

import "github.com/alkahest-go/alkahest/expr"

var windowCases = []Case{
	query("window-aggregate-002", func(s *Schema) *expr.Select {
		byAge := expr.WindowOrder(s.Users.Age.Asc())
		return expr.NewSelect(expr.Rank().Over(byAge), expr.DenseRank().Over(byAge), expr.PercentRank().Over(byAge), expr.CumeDist().Over(byAge)).
			From(s.Users.From)
	}),
	query("window-aggregate-023", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Users.ID).OrderBy(expr.RowNumber().Over(expr.WindowOrder(s.Users.Age.Asc())).Asc())
	}),
}
