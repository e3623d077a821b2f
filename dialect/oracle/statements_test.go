package oracle_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// DUAL, limits, tables behind a link, synonyms, and parameters that the server
// sets.
func TestStatementsOfItsOwn(t *testing.T) {
	far := table("employees", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("pay", big), schema.InSchema("hr@remote"))
	id, pay := expr.NumColumn[int64](far, "id"), expr.NumColumn[int64](far, "pay")
	synonym := expr.NewNamedTable("staff")
	own := &expr.NamedTable{Schema: "@remote", Name: "staff"}
	first := expr.NewSelect(expr.NumColumn[int64](synonym, "id")).OrderBy(expr.NumColumn[int64](synonym, "id").Asc())
	for what, tc := range map[string]struct {
		s    expr.Statement
		want string
	}{
		"nothing to select from":     {expr.NewSelect(expr.Value(int64(1))), `SELECT :1 FROM DUAL`},
		"limit":                      {first.Limit(3), `SELECT "staff"."id" FROM "staff" ORDER BY "staff"."id" FETCH NEXT :1 ROWS ONLY`},
		"limit and offset":           {first.Limit(3).Offset(2), `SELECT "staff"."id" FROM "staff" ORDER BY "staff"."id" OFFSET :1 ROWS FETCH NEXT :2 ROWS ONLY`},
		"limit with ties":            {first.LimitWithTies(3), `SELECT "staff"."id" FROM "staff" ORDER BY "staff"."id" FETCH FIRST :1 ROWS WITH TIES`},
		"rows of an UPDATE":          {expr.NewUpdate(synonym).From(far).Set(expr.NumColumn[int64](synonym, "pay").SetExpr(pay)).Where(expr.NumColumn[int64](synonym, "id").EqExpr(id)), `UPDATE "staff" SET "pay" = (SELECT "hr"."employees"."pay" FROM "hr"."employees"@"remote" WHERE "staff"."id" = "hr"."employees"."id" AND (ROWNUM = 1)) WHERE EXISTS (SELECT 1 FROM "hr"."employees"@"remote" WHERE "staff"."id" = "hr"."employees"."id")`},
		"behind a link":              {expr.NewSelect(id).Where(pay.Gt(1)), `SELECT "hr"."employees"."id" FROM "hr"."employees"@"remote" WHERE "hr"."employees"."pay" > :1`},
		"of the link's user":         {expr.NewSelect(expr.NumColumn[int64](own, "id")), `SELECT "staff"."id" FROM "staff"@"remote"`},
		"change behind a link":       {expr.NewUpdate(far).Set(pay.Set(1)).Where(id.Eq(1)), `UPDATE "hr"."employees"@"remote" SET "pay" = :1 WHERE "hr"."employees"."id" = :2`},
		"parameters the server sets": {expr.SQL("BEGIN raise(:id, :pay); END;", expr.Named("id", int64(5)), expr.NamedOut("pay", big)), `BEGIN raise(:1, :2); END;`},
	} {
		_, got := compiled(t, tc.s, server19)
		check(t, what, got, tc.want)
	}
	c, _ := compiled(t, expr.SQL("BEGIN raise(:pay); END;", expr.NamedOut("pay", big)), server19)
	if _, out := c.Params[0].(sqltype.Out); !out {
		t.Errorf("the parameter is %v", c.Params[0])
	}
	check(t, "DDL behind a link", ddl(t, schema.DropTable{Table: far}, server19), "compile: oracle does not have DDL behind the database link remote; make the table in its own database")
}
