package compile_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
)

// named is the table of pairs, of which only the name is known.
var (
	named   = expr.NewNamedTable("pairs")
	namedA  = expr.NumColumn[int32](named, "a")
	namedB  = expr.NumColumn[int32](named, "b")
	namedV  = expr.TextColumn(named, "v")
	another = expr.NewAlias(named, "another")

	insertedNames = expr.NewCTE("inserted", expr.NewInsert(named).Values(namedA.Set(5), namedB.Set(5)).Returning(namedA))
	sourceOfNames = expr.NewValues("v", []string{"a", "b"}, expr.Row(expr.Value(int32(1)), expr.Value(int32(2))), expr.Row(expr.Value(int32(6)), expr.Value(int32(6))))
	sourceA       = expr.NumColumn[int32](sourceOfNames, "a")
	sourceB       = expr.NumColumn[int32](sourceOfNames, "b")
)

var namedCases = []statementCase{
	{"insert", "Rows of values.", expr.NewInsert(named).Values(namedA.Set(3), namedB.Set(1)).Values(namedA.Set(3), namedB.Set(2))},
	{"insert_defaults", "A row of defaults, where no column has to be named.", expr.NewInsert(expr.NewNamedTable("drawers"))},
	{"insert_select", "Rows of the table itself.", expr.NewInsert(named).From([]expr.Expression{namedA, namedB}, expr.NewSelect(namedA.Add(5), namedB).Where(namedA.Eq(2)))},
	{"insert_returning", "What came of it.", expr.NewInsert(named).Values(namedA.Set(3), namedB.Set(4)).Returning(namedA, namedB)},
	{"upsert_sqlite", "A product's own clause.", expr.NewInsert(named).Values(namedA.Set(1), namedB.Set(2)).OnConflict(sqlite.OnConflict(namedA, namedB).DoUpdate(namedV.Set("met")))},
	{"upsert_postgresql", "A product's own clause.", expr.NewInsert(named).Values(namedA.Set(1), namedB.Set(2)).OnConflict(postgres.OnConflict(namedA, namedB).DoUpdate(namedV.Set("met")))},
	{"upsert_mariadb", "A product's own clause.", expr.NewInsert(named).Values(namedA.Set(1), namedB.Set(2)).OnConflict(mysql.OnDuplicateKeyUpdate(namedV.Set("met")))},
	{"upsert", "The portable clause knows keys by their declaration.", expr.NewInsert(named).Values(namedA.Set(1), namedB.Set(2)).OnConflict(expr.OnConflict(namedA, namedB).DoUpdate(namedV.Set("met")))},
	{"update", "Some rows.", expr.NewUpdate(named).Set(namedV.Set("x")).Where(namedA.Eq(1))},
	{"update_from", "By rows of the table itself.", expr.NewUpdate(named).From(another).Set(namedV.SetExpr(expr.Value("y"))).Where(namedA.EqExpr(namedB.Of(another)), namedB.EqExpr(namedA.Of(another)))},
	{"delete", "Some rows.", expr.NewDelete(named).Where(namedA.Eq(1), namedB.Gt(2))},
	{"delete_exists", "By what is said of other rows.", expr.NewDelete(named).Where(expr.Exists(expr.NewSelect(namedA.Of(another)).From(another).Where(namedA.Of(another).EqExpr(namedA), namedB.Of(another).GtExpr(namedB))))},
	{"cte", "Within a CTE.", expr.NewSelect(namedA.Of(insertedNames))},
	{"merge", "MERGE.", expr.NewMerge(named).Using(sourceOfNames, namedA.EqExpr(sourceA), namedB.EqExpr(sourceB)).WhenMatched().Update(namedV.Set("met")).WhenNotMatched().Insert(namedA.SetExpr(sourceA), namedB.SetExpr(sourceB))},
}

// TestNamedTablesAreChanged runs statements that change rows of a table that
// nothing describes, and looks at its rows.
func TestNamedTablesAreChanged(t *testing.T) {
	after := map[string]string{
		"insert":            "1 2 NULL, 1 3 NULL, 2 1 NULL, 3 1 NULL, 3 2 NULL",
		"insert_select":     "1 2 NULL, 1 3 NULL, 2 1 NULL, 7 1 NULL",
		"insert_returning":  "1 2 NULL, 1 3 NULL, 2 1 NULL, 3 4 NULL",
		"upsert_sqlite":     "1 2 met, 1 3 NULL, 2 1 NULL",
		"upsert_postgresql": "1 2 met, 1 3 NULL, 2 1 NULL",
		"upsert_mariadb":    "1 2 met, 1 3 NULL, 2 1 NULL",
		"update":            "1 2 x, 1 3 x, 2 1 NULL",
		"update_from":       "1 2 y, 1 3 NULL, 2 1 y",
		"delete":            "1 2 NULL, 2 1 NULL",
		"delete_exists":     "1 3 NULL, 2 1 NULL",
		"cte":               "1 2 NULL, 1 3 NULL, 2 1 NULL, 5 5 NULL",
		"merge":             "1 2 met, 1 3 NULL, 2 1 NULL, 6 6 NULL",
	}
	look := expr.NewSelect(pairs.A, pairs.B, pairs.V).From(pairsTable).OrderBy(pairs.A.Asc(), pairs.B.Asc())
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		must(shop.Resolve())
		ddl(t, c, p.rules(), createAll(p, shop)...)
		for _, tc := range namedCases {
			if want := after[tc.name]; want != "" {
				checkNamed(t, p, c, tc, look, want)
			}
		}
	})
}

func checkNamed(t *testing.T, p product, c driver.Conn, tc statementCase, look *expr.Select, want string) {
	t.Helper()
	if _, _, err := statement(tc.stmt, p.rules()); err != nil {
		t.Logf("%s: %v", tc.name, err) // the golden files have why
		return
	}
	run(t, c, begin(t, p))
	defer run(t, c, "ROLLBACK")
	rowsOf(t, p, c, population[len(population)-1])
	rowsOf(t, p, c, tc.stmt)
	if got := rowsOf(t, p, c, look); got != want {
		t.Errorf("%s: rows %s, want %s", tc.name, got, want)
	}
}
