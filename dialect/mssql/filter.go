package mssql

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// isFilter reports whether a condition may choose the rows of an index:
// comparisons of a column with a value, IS NULL and IN, joined by AND. Raw text
// is the program's own to know
// (https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql).
func isFilter(x expr.Expression) bool {
	switch x := expr.Unwrap(x).(type) {
	case *expr.Text:
		return true
	case *expr.Column: // which is compared with 1
		return true
	case *expr.Variadic:
		return x.Op == expr.OpAnd && len(x.Xs) > 0 && !slices.ContainsFunc(x.Xs, func(y expr.Expression) bool { return !isFilter(y) })
	case *expr.Unary:
		return (x.Op == expr.OpIsNull || x.Op == expr.OpIsNotNull) && isColumn(x.X)
	case *expr.In:
		return !x.Not && isColumn(x.X)
	case *expr.Binary:
		compares := []expr.Op{expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe}
		return slices.Contains(compares, x.Op) && isColumn(x.L) && !isColumn(x.R) && len(expr.Children(x.R)) == 0
	}
	return false
}

func isColumn(x expr.Expression) bool {
	_, ok := expr.Unwrap(x).(*expr.Column)
	return ok
}
