package compile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// people and their orders, for statements whose effect is looked at.
var (
	person = func(id int64, name string, nick *string, age int32) *expr.Insert {
		n := users.Nick.SetNull()
		if nick != nil {
			n = users.Nick.Set(*nick)
		}
		return expr.NewInsert(usersTable).Values(users.ID.Set(id), users.Name.Set(name), n, users.Age.Set(age), users.Score.Set(0), users.Active.Set(true), users.Joined.Set(moment))
	}
	order = func(id, user int64, note string) *expr.Insert {
		return expr.NewInsert(ordersTable).Values(orders.ID.Set(id), orders.UserID.Set(user), orders.Total.Set(sqltype.MustParseDecimal("1.00")), orders.Note.Set(note))
	}
	eddie      = "eddie"
	population = []expr.Statement{
		person(1, "ed", &eddie, 30), person(2, "wendy", nil, 25), person(3, "eddie", nil, 41), person(4, "wendy", nil, 26),
		order(1, 1, "x"), order(2, 1, "y"), order(3, 2, "x"),
		expr.NewInsert(pairsTable).Values(pairs.A.Set(1), pairs.B.Set(2)).Values(pairs.A.Set(1), pairs.B.Set(3)).Values(pairs.A.Set(2), pairs.B.Set(1)),
	}
	peopleNow   = expr.NewSelect(users.ID, users.Name, users.Nick, users.Age).From(usersTable).OrderBy(users.ID.Asc())
	ordersNow   = expr.NewSelect(orders.ID, orders.UserID, orders.Note).From(ordersTable).OrderBy(orders.ID.Asc())
	otherOrders = expr.NewAlias(ordersTable, "other")
	pairsNow    = expr.NewSelect(pairs.A, pairs.B).From(pairsTable).OrderBy(pairs.A.Asc(), pairs.B.Asc())
)

// effectCase is a statement, what it returns, and what is there after it.
type effectCase struct {
	name     string
	stmt     expr.Statement
	returned string
	look     *expr.Select
	after    string
}

var effectCases = []effectCase{
	{"update from", expr.NewUpdate(usersTable).From(ordersTable).Set(users.Nick.SetExpr(orders.Note), users.Age.Set(1)).Where(orders.UserID.EqExpr(users.ID), orders.Note.Eq("x")), "", peopleNow, "1 ed x 1, 2 wendy x 1, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update from itself", expr.NewUpdate(usersTable).From(manager).Set(users.Age.SetExpr(managers.Age.AddExpr(expr.Value(int32(1))))).Where(users.Nick.EqExpr(managers.Name)), "", peopleNow, "1 ed eddie 42, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update from derived", expr.NewUpdate(usersTable).From(sums).Set(users.Age.SetExpr(sumsCount)).Where(sumsUser.EqExpr(users.ID)), "", peopleNow, "1 ed eddie 2, 2 wendy NULL 1, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update sees the row before", expr.NewUpdate(usersTable).Set(users.Name.Set("new"), users.Nick.SetExpr(users.Name)).Where(users.ID.Eq(1)), "", peopleNow, "1 new ed 30, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update limit", expr.NewUpdate(usersTable).Set(users.Age.Set(0)).Where(users.Age.Lt(40)).OrderBy(users.Age.Desc()).Limit(2), "", peopleNow, "1 ed eddie 0, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 0"},
	{"update returning", expr.NewUpdate(usersTable).From(ordersTable).Set(users.Age.Set(1)).Where(orders.UserID.EqExpr(users.ID), orders.Note.Eq("y")).Returning(users.ID, users.Age), "1 1", peopleNow, "1 ed eddie 1, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update returning others", expr.NewUpdate(usersTable).From(ordersTable).Set(users.Age.Set(1)).Where(orders.UserID.EqExpr(users.ID), orders.Note.Eq("y")).Returning(users.ID, orders.Note), "1 y", peopleNow, "1 ed eddie 1, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 26"},
	{"update by itself", expr.NewUpdate(usersTable).Set(users.Age.Set(0)).Where(users.Age.EqExpr(expr.OrderedOfQuery[int32](expr.NewSelect(users.Age.Max())))), "", peopleNow, "1 ed eddie 30, 2 wendy NULL 25, 3 eddie NULL 0, 4 wendy NULL 26"},
	{"update by keys of itself", expr.NewUpdate(usersTable).Set(users.Age.Set(0)).Where(users.ID.InSelect(expr.NewSelect(users.ID).Where(users.Name.Eq("wendy")))), "", peopleNow, "1 ed eddie 30, 2 wendy NULL 0, 3 eddie NULL 41, 4 wendy NULL 0"},
	{"update to itself", expr.NewUpdate(usersTable).Set(users.Age.SetExpr(expr.OrderedOfQuery[int32](expr.NewSelect(managers.Age.Min()).From(manager)))).Where(users.ID.Eq(3)), "", peopleNow, "1 ed eddie 30, 2 wendy NULL 25, 3 eddie NULL 25, 4 wendy NULL 26"},
	{"update by itself correlated", expr.NewUpdate(usersTable).Set(users.Age.Set(0)).Where(expr.Exists(expr.NewSelect(managers.ID).From(manager).Where(managers.Name.EqExpr(users.Name), managers.Age.LtExpr(users.Age)))), "", peopleNow, "1 ed eddie 30, 2 wendy NULL 25, 3 eddie NULL 41, 4 wendy NULL 0"},
	{"delete by itself", expr.NewDelete(ordersTable).Where(orders.ID.LtExpr(expr.OrderedOfQuery[int64](expr.NewSelect(orders.ID.Of(otherOrders).Max()).From(otherOrders)))), "", ordersNow, "3 2 x"},
	{"delete by keys of itself", expr.NewDelete(ordersTable).Where(orders.ID.InSelect(expr.NewSelect(orders.ID.Of(otherOrders)).From(otherOrders).Where(orders.Note.Of(otherOrders).Eq("y")).Union(expr.NewSelect(orders.ID).Where(orders.ID.Eq(1))))), "", ordersNow, "3 2 x"},
	{"delete by itself correlated", expr.NewDelete(ordersTable).Where(expr.Exists(expr.NewSelect(orders.ID.Of(otherOrders)).From(otherOrders).Where(orders.UserID.Of(otherOrders).EqExpr(orders.UserID), orders.ID.Of(otherOrders).LtExpr(orders.ID)))), "", ordersNow, "1 1 x, 3 2 x"},
	{"insert a union", expr.NewInsert(pairsTable).From([]expr.Expression{pairs.A, pairs.B}, expr.NewSelect(pairs.B.Add(5), pairs.B.Add(5)).Where(pairs.A.Eq(1)).Union(expr.NewSelect(pairs.A.Add(7), pairs.A))), "", pairsNow, "1 2, 1 3, 2 1, 7 7, 8 1, 8 8, 9 2"},
	{"delete using", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID), users.Name.Eq("ed")), "", ordersNow, "3 2 x"},
	{"delete using with or", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID).And(users.Name.Eq("wendy")).Or(orders.Note.Eq("y"))), "", ordersNow, "1 1 x"},
	{"delete using itself", expr.NewDelete(usersTable).Using(manager).Where(users.Name.EqExpr(managers.Name), users.Age.GtExpr(managers.Age)), "", peopleNow, "1 ed eddie 30, 2 wendy NULL 25, 3 eddie NULL 41"},
	{"delete using returning", expr.NewDelete(ordersTable).Using(usersTable).Where(orders.UserID.EqExpr(users.ID), users.Name.Eq("wendy")).Returning(orders.ID, orders.Note), "3 x", ordersNow, "1 1 x, 2 1 y"},
	{"delete limit", expr.NewDelete(ordersTable).Where(expr.All()).OrderBy(orders.ID.Desc()).Limit(2), "", ordersNow, "1 1 x"},
	{"delete limit of pairs", expr.NewDelete(pairsTable).Where(pairs.A.Gt(0)).OrderBy(pairs.B.Desc()).Limit(2), "", pairsNow, "2 1"},
}

// TestEffectsOfStatements runs statements that change rows, and compares what
// they return and leave on the databases, also as they are written for an old
// version, which can do less.
func TestEffectsOfStatements(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		must(shop.Resolve())
		ddl(t, c, p.rules(), createAll(p, shop)...)
		for _, tc := range effectCases {
			checkEffect(t, p, c, tc)
		}
		if p.name == "mariadb" {
			p.caps.Version = dialect.Version{10, 2, 0}
			for _, tc := range effectCases {
				checkEffect(t, p, c, tc)
			}
		}
	})
}

func checkEffect(t *testing.T, p product, c driver.Conn, tc effectCase) {
	t.Helper()
	run(t, c, begin(t, p))
	defer run(t, c, "ROLLBACK")
	for _, s := range population {
		rowsOf(t, p, c, s)
	}
	if _, _, err := statement(tc.stmt, p.rules()); err != nil {
		t.Logf("%s: %v", tc.name, err) // the golden files have why
		return
	}
	got := [2]string{rowsOf(t, p, c, tc.stmt), rowsOf(t, p, c, tc.look)}
	if d := cmp.Diff(got, [2]string{tc.returned, tc.after}); d != "" {
		t.Errorf("%s: what is returned, and what is there (-got +want):\n%s", tc.name, d)
	}
}

// rowsOf runs a statement and returns its rows: values with blanks, rows with
// commas between them.
func rowsOf(t *testing.T, p product, c driver.Conn, s expr.Statement) string {
	t.Helper()
	compiled, args, err := statement(s, p.rules())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	err = query(c, compiled.SQL, compiled.Params, args, func(row sqltype.Row) error {
		values := make([]string, len(compiled.Columns))
		for i, col := range compiled.Columns {
			values[i] = valueText(row, i, col.Type)
		}
		list = append(list, strings.Join(values, " "))
		return row.Err()
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, compiled.SQL)
	}
	return strings.Join(list, ", ")
}

func valueText(row sqltype.Row, i int, t sqltype.Type) string {
	if row.IsNull(i) {
		return "NULL"
	}
	if _, integer := t.(sqltype.Integer); integer {
		return fmt.Sprint(row.Int64(i))
	}
	return string(row.Text(i))
}
