package mssql_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// A limit, rows that come back, hints, and a table of another database.
func TestStatementsOfItsOwn(t *testing.T) {
	orders := table("orders", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("total", big), schema.InSchema("sales.dbo"))
	id, total := expr.NumColumn[int64](orders, "id"), expr.NumColumn[int64](orders, "total")
	all := expr.NewSelect(id).From(orders)
	for what, tc := range map[string]struct {
		s    expr.Statement
		want string
	}{
		"TOP":                  {all.OrderBy(id.Asc()).Limit(3), "SELECT TOP (@p1) [sales].[dbo].[orders].[id] FROM [sales].[dbo].[orders] ORDER BY [sales].[dbo].[orders].[id]"},
		"OFFSET FETCH":         {all.OrderBy(id.Asc()).Limit(3).Offset(2), "SELECT [sales].[dbo].[orders].[id] FROM [sales].[dbo].[orders] ORDER BY [sales].[dbo].[orders].[id] OFFSET @p1 ROWS FETCH NEXT @p2 ROWS ONLY"},
		"OFFSET without order": {all.Limit(3).Offset(2), "SELECT [sales].[dbo].[orders].[id] FROM [sales].[dbo].[orders] ORDER BY (SELECT NULL) OFFSET @p1 ROWS FETCH NEXT @p2 ROWS ONLY"},
		"OUTPUT":               {expr.NewDelete(orders).Where(total.Lt(1)).Returning(id), "DELETE FROM [sales].[dbo].[orders] OUTPUT deleted.[id] WHERE [sales].[dbo].[orders].[total] < @p1"},
		"NOLOCK":               {all.HintOn(orders, "WITH (NOLOCK)", "mssql"), "SELECT [sales].[dbo].[orders].[id] FROM [sales].[dbo].[orders] WITH (NOLOCK)"},
		"update":               {expr.NewUpdate(orders).Set(total.Set(1)).Where(id.Eq(1)).Returning(total), "UPDATE [sales].[dbo].[orders] SET [total] = @p1 OUTPUT inserted.[total] WHERE [sales].[dbo].[orders].[id] = @p2"},
	} {
		check(t, what, text(t, tc.s, server22), tc.want)
	}
}
