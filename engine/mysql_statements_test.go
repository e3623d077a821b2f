package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// What MySQL and MariaDB have of their own, written by the common language:
// MATCH, STRAIGHT_JOIN, LIMIT of a change, REGEXP and GROUP_CONCAT.
func TestStatementsOfMySQL(t *testing.T) {
	e := open(t, testdb.MariaDB(t))
	table := schema.MustTable(schema.NewMetaData(), "engine_own",
		schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("word", sqltype.String{Length: 60}))
	create(t, e, table)
	exec(t, e, expr.SQL("ALTER TABLE engine_own ADD FULLTEXT (word)"))
	id, word := expr.NumColumn[int64](table, "id"), expr.TextColumn(table, "word")
	for i, w := range []string{"copper", "silver", "silver", "golden"} {
		exec(t, e, expr.NewInsert(table).Values(id.Set(int64(i)+1), word.Set(w)))
	}
	other := expr.NewAlias(table, "other")
	for what, tc := range map[string]struct {
		q    *expr.Select
		sql  string
		want []string
	}{
		"MATCH": {
			expr.NewSelect(word).Where(expr.Search("golden", word)),
			"SELECT `engine_own`.`word` FROM `engine_own` WHERE MATCH (`engine_own`.`word`) AGAINST (? IN BOOLEAN MODE)",
			[]string{"golden"},
		},
		"STRAIGHT_JOIN": {
			expr.NewSelect(word).From(table).Join(other, id.EqExpr(id.Of(other))).Where(id.Eq(1)).Prefix("STRAIGHT_JOIN", "mysql"),
			"SELECT STRAIGHT_JOIN `engine_own`.`word` FROM `engine_own` JOIN `engine_own` AS `other` ON `engine_own`.`id` = `other`.`id` WHERE `engine_own`.`id` = ?",
			[]string{"copper"},
		},
		"REGEXP": {
			expr.NewSelect(word).Where(word.Matches("^c.*r$")),
			"SELECT `engine_own`.`word` FROM `engine_own` WHERE `engine_own`.`word` REGEXP CONCAT('(?-i)', ?)",
			[]string{"copper"},
		},
		"GROUP_CONCAT": {
			expr.NewSelect(expr.StringAgg(word, "+").OrderedBy(word.Desc())),
			"SELECT GROUP_CONCAT(`engine_own`.`word` ORDER BY `engine_own`.`word` DESC SEPARATOR '+') FROM `engine_own`",
			[]string{"silver+silver+golden+copper"},
		},
	} {
		if sql := sqlOf(t, e, tc.q); sql != tc.sql {
			t.Errorf("%s is written\n%s, want\n%s", what, sql, tc.sql)
		}
		wantTexts(t, e, what, tc.q, tc.want...)
	}
	exec(t, e, expr.NewUpdate(table).Set(word.Set("bronze")).Where(word.Eq("silver")).OrderBy(id.Desc()).Limit(1))
	exec(t, e, expr.NewDelete(table).Where(expr.All()).OrderBy(id.Desc()).Limit(1))
	wantTexts(t, e, "changes", expr.NewSelect(word).OrderBy(id.Asc()), "copper", "silver", "bronze")
}

func wantTexts(t *testing.T, e *engine.Engine, what string, q *expr.Select, want ...string) {
	t.Helper()
	got, err := engine.Collect[string](t.Context(), e, q)
	if d := cmp.Diff(got, want); d != "" || err != nil {
		t.Errorf("%s: %v (-got +want):\n%s", what, err, d)
	}
}

// sqlOf is what the engine's dialect writes for a statement.
func sqlOf(t *testing.T, e *engine.Engine, s expr.Statement) string {
	t.Helper()
	caps, err := e.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k := &expr.Key{}
	s.AppendKey(k)
	c, err := compile.Statement(s, k, e.Dialect().Rules(caps))
	if err != nil {
		t.Fatal(err)
	}
	return c.SQL
}
