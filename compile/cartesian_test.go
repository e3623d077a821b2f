package compile_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
)

type cartesianCase struct {
	name      string
	statement expr.Statement
	want      string // the groups, "" where all sources are linked
}

func cartesianCases() []cartesianCase {
	three := []expr.Source{usersTable, ordersTable, drawersTable}
	linked := orders.UserID.EqExpr(users.ID)
	found := expr.NewDerived("found", expr.NewSelect(orders.ID, drawers.ID.As("drawer")))
	return []cartesianCase{
		{"one source", sel(), ""},
		{"two sources", expr.NewSelect(users.ID, orders.ID), "users with those of orders"},
		{"linked in WHERE", expr.NewSelect(users.ID, orders.ID).Where(linked), ""},
		{"conditions of each by itself", expr.NewSelect(users.ID, orders.ID).Where(users.ID.Eq(1), orders.ID.Eq(1)), "users with those of orders"},
		{"conditions of each in OR", expr.NewSelect(users.ID, orders.ID).Where(users.ID.Eq(1).Or(orders.ID.Eq(1))), "users with those of orders"},
		{"linked in OR", expr.NewSelect(users.ID, orders.ID).Where(users.ID.Eq(1).Or(linked)), ""},
		{"linked by NOT", expr.NewSelect(users.ID, orders.ID).Where(expr.Not(users.ID.GtExpr(orders.UserID))), ""},
		{"the third", expr.NewSelect(users.ID).From(three...).Where(linked), "users and orders with those of drawers"},
		{"linked by a third", expr.NewSelect(users.ID).From(three...).Where(linked, drawers.ID.EqExpr(users.ID)), ""},
		{"joined", expr.NewSelect(users.ID, orders.ID).From(usersTable).Join(ordersTable), ""},
		{"cross join", expr.NewSelect(users.ID).From(usersTable).CrossJoin(drawersTable), ""},
		{"join beside a table", expr.NewSelect(users.ID).From(drawersTable, usersTable).Join(ordersTable), "drawers with those of users, orders"},
		{"alias", expr.NewSelect(users.ID, managers.ID), "users with those of " + manager.Name},
		{"linked by a subquery", expr.NewSelect(users.ID, drawers.ID).Where(expr.Exists(expr.NewSelect(orders.ID).Where(linked, orders.ID.EqExpr(drawers.ID)))), ""},
		{"within a subquery", sel().Where(expr.Exists(expr.NewSelect(orders.ID, drawers.ID).Where(linked))), "orders with those of drawers"},
		{"within a derived table", expr.NewSelect(orders.ID.Of(found)), "orders with those of drawers"},
		{"linked by text", expr.NewSelect(users.ID, orders.ID).Where(expr.SQL("users.id = orders.userid").Pred()), ""},
		{"LATERAL", expr.NewSelect(users.ID).From(usersTable, expr.NewLateral("own", expr.NewSelect(orders.ID).Where(linked))), ""},
		{"function of a column", expr.NewSelect(users.ID).From(usersTable, expr.FromFunc("generate_series", "g", expr.Value(int32(1)), users.Age)), ""},
		{"function of values", expr.NewSelect(users.ID).From(usersTable, expr.FromFunc("generate_series", "g", expr.Value(int32(1)), expr.Value(int32(2)))), "users with those of g"},
		{"UPDATE", expr.NewUpdate(usersTable).Set(users.Age.Set(1)).From(ordersTable).Where(orders.ID.Eq(1)), "users with those of orders"},
		{"UPDATE that is linked", expr.NewUpdate(usersTable).Set(users.Age.Set(1)).From(ordersTable).Where(linked), ""},
		{"DELETE", expr.NewDelete(usersTable).Using(ordersTable).Where(orders.ID.Eq(1)), "users with those of orders"},
	}
}

func TestCartesianProductsAreFound(t *testing.T) {
	rules := postgres.Dialect.Rules(dialect.Capabilities{Product: "PostgreSQL", Version: dialect.Version{15}})
	for _, c := range cartesianCases() {
		t.Run(c.name, func(t *testing.T) {
			var k expr.Key
			c.statement.AppendKey(&k)
			compiled, err := compile.Statement(c.statement, &k, rules)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case compiled.Cartesian == nil && c.want != "":
				t.Errorf("got none, want %s: %s", c.want, compiled.SQL)
			case compiled.Cartesian != nil && c.want == "":
				t.Errorf("got %v: %s", compiled.Cartesian, compiled.SQL)
			case compiled.Cartesian != nil && !strings.Contains(compiled.Cartesian.Error(), "the rows of "+c.want+", so"):
				t.Errorf("got %v, want %s", compiled.Cartesian, c.want)
			}
		})
	}
}
