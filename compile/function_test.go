package compile_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// numbers of characters, by the names that products have for it.
var characters = expr.NewFunction[int64]("char_length").On("length", "sqlite", "oracle").On("LEN", "mssql").Returns(sqltype.Integer{Bits: 32})

// onlyHere is a function of PostgreSQL in a schema, which others refuse.
var onlyHere = expr.NewFunction[string]("pg_catalog.initcap").On("", "sqlite", "mariadb", "mysql", "mssql", "oracle")

var (
	series   = expr.FromFunc("generate_series", "n", expr.Value(int32(1)), expr.Value(int32(3))).As("n")
	numbered = expr.FromFunc("jsonb_to_record", "r", expr.SQL(`'{"a": 1, "b": "x"}'::jsonb`)).Defined("a", sqltype.Integer{Bits: 32}).Defined("b", sqltype.Text{})
	anyone   = expr.Not(expr.FnPred("coalesce", expr.SQL("NULL"), expr.FALSE))
)

func whole(x expr.Num[float64]) expr.Expression {
	return expr.CastTo[int64](x, sqltype.Integer{Bits: 64})
}

var calledCases = []statementCase{
	{"names", "A function that products name in their own ways.", expr.NewSelect(characters.Call(users.Name).As("n")).From(usersTable)},
	{"refused", "A function that some products have not.", expr.NewSelect(onlyHere.Call(users.Name)).From(usersTable)},
	{"typed", "A call has a type in Go, and may have another in SQL.", expr.NewSelect(expr.Fn[string]("lower", users.Name), expr.Typed[string](expr.Fn[string]("upper", users.Name), sqltype.String{Length: 50})).From(usersTable)},
	{"condition", "A call is a condition.", expr.NewSelect(users.ID).Where(anyone)},
	{"window", "Any function may have a window.", expr.NewSelect(users.ID, expr.Fn[int32]("max", users.Age).Over(expr.PartitionBy(users.Active)).As("oldest")).OrderBy(users.ID.Asc())},
	{"filter", "Any aggregate may have a condition.", expr.NewSelect(expr.Fn[int32]("max", users.Age).Filter(users.Name.Ne("eddie")).As("oldest")).From(usersTable)},
	{"median", "A percentile of a group.", expr.NewSelect(whole(expr.PercentileCont(0.5, users.Age))).From(usersTable)},
	{"median_of_window", "A percentile of a window.", expr.NewSelect(users.ID, whole(expr.PercentileCont(0.5, users.Age).Over(expr.PartitionBy(users.Active)))).OrderBy(users.ID.Asc())},
	{"percentile", "A value of a group.", expr.NewSelect(expr.PercentileDisc(0.5, users.Age).As("middle")).From(usersTable)},
	{"mode", "The most frequent value.", expr.NewSelect(expr.Mode(users.Name).As("mode")).From(usersTable)},
	{"column", "The one column of a function in FROM.", expr.NewSelect(expr.NumColumn[int32](series, "n"))},
	{"record", "A function that returns a record.", expr.NewSelect(expr.NumColumn[int32](numbered, "a"), expr.TextColumn(numbered, "b"))},
	{"random", "A random number.", expr.NewSelect(users.ID).Where(expr.Random().Ge(0), expr.Random().Lt(1)).OrderBy(users.ID.Asc())},
	{"user", "Who asks.", expr.NewSelect(users.ID).Where(expr.CurrentUser().Length().Gt(0), expr.SessionUser().Ne("nobody")).OrderBy(users.ID.Asc())},
}

// TestFunctions calls functions of the program's own choice, as values,
// aggregates, window functions, conditions and sources of rows.
func TestFunctions(t *testing.T) {
	want := map[string]string{
		"names": "2, 5, 5, 5", "refused": "Ed, Wendy, Eddie, Wendy", "typed": "ed ED, wendy WENDY, eddie EDDIE, wendy WENDY",
		"condition": "1, 2, 3, 4", "window": "1 41, 2 41, 3 41, 4 41", "filter": "30",
		"median": "28", "median_of_window": "1 28, 2 28, 3 28, 4 28", "percentile": "26", "mode": "wendy",
		"column": "1, 2, 3", "record": "1 x", "random": "1, 2, 3, 4", "user": "1, 2, 3, 4",
	}
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		must(shop.Resolve())
		ddl(t, c, p.rules(), createAll(p, shop)...)
		for _, s := range population[:4] {
			rowsOf(t, p, c, s)
		}
		for _, tc := range calledCases {
			if _, _, err := statement(tc.stmt, p.rules()); err != nil {
				t.Logf("%s: %v", tc.name, err) // the golden files have why
			} else if got := rowsOf(t, p, c, tc.stmt); got != want[tc.name] {
				t.Errorf("%s: %s, want %s", tc.name, got, want[tc.name])
			}
		}
	})
}

// TestNamesOfFunctions shows that statements of functions with other names are
// kept apart.
func TestNamesOfFunctions(t *testing.T) {
	one := expr.NewFunction[string]("f").On("g", "sqlite")
	two := one.On("h", "sqlite")
	for want, f := range map[string]expr.Function[string]{"SELECT g()": one, "SELECT h()": two} {
		compiled, _, err := statement(expr.NewSelect(f.Call()), products[0].rules())
		if err != nil || compiled.SQL != want {
			t.Errorf("%v, %v, want %s", compiled, err, want)
		}
	}
	if expr.Same(one.Call(), two.Call()) {
		t.Error("calls of two names are the same statement")
	}
}
