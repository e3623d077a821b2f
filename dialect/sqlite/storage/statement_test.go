package storage_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/soak"
)

const body = "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; SELECT CASE a WHEN 1 THEN 2 END FROM t; END"

var single = []string{
	"SELECT 1", "SELECT 1;", ";;SELECT 1; ; ", "SELECT ';'", `SELECT 1 AS "a;b"`, "SELECT 1 AS `a;b`", "SELECT 1 AS [a;b]", "SELECT 'it''s; '",
	"SELECT 1 -- ; SELECT 2", "SELECT 1; -- SELECT 2", "SELECT /* ; */ 1", "SELECT 1; /* SELECT 2", "SELECT 1;\n/**/\t",
	body, body + ";", "  " + strings.Replace(body, "CREATE", "create /* ; */ temp", 1) + " ; -- ", strings.Replace(body, "CREATE", "EXPLAIN QUERY PLAN CREATE TEMPORARY", 1),
	"EXPLAIN SELECT 1", "SELECT $a(;)", "SELECT :a", "SELECT x'00' ;", "\ufeffSELECT 1;\ufeff", "SELECT 1; \v", "-- \n\vSELECT 1", "SELECT 1;--\n\v", "CREATE TABLE trigger (a, [end;])",
}

var several = []string{
	"SELECT 1; DELETE FROM t", "SELECT 1;;SELECT 2", ";DELETE FROM t; SELECT 1", "SELECT ';'; SELECT 2", "SELECT 1 -- \n; SELECT 2", "SELECT 1 /**/; SELECT 2",
	"CREATE TABLE trigger (a); SELECT 1; END", body + "; SELECT 1", "CREATE TEMP TABLE y (a); DELETE FROM t; END",
	"EXPLAIN SELECT :create trigger; DELETE FROM t", "EXPLAIN SELECT $a(create) trigger; DELETE FROM t", "EXPLAIN SELECT 1; DELETE FROM t",
	"SELECT 1 AS [a'b]; DELETE FROM t; SELECT 'x'", `SELECT 1 AS "a'b"; DELETE FROM t --'`, "SELECT 1;/*", "SELECT 1 AS `a\"b`; DELETE FROM t; SELECT \"x\"",
}

func TestOneStatement(t *testing.T) {
	for _, sql := range single {
		if err := storage.OneStatement(sql); err != nil {
			t.Errorf("%q: got %v, want one statement", sql, err)
		}
	}
	for _, sql := range append(several, "", " ; -- SELECT 1", "SELECT 1\x00") {
		if storage.OneStatement(sql) == nil {
			t.Errorf("%q: got no error", sql)
		}
	}
}

// parser is a database that has the table t and is never written to.
func parser(t testing.TB) driver.Conn {
	t.Helper()
	c, err := modernc.New(modernc.Config{Path: modernc.Memory}).Connect(context.Background(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	if _, err := c.Exec(context.Background(), "CREATE TABLE t (a, b)"); err != nil {
		t.Fatal(err)
	}
	return c
}

// differs says how the verdict on a text differs from that of SQLite's own
// parser. It has none on a text whose first statement is not valid.
func differs(c driver.Conn, sql string) string {
	ctx := context.Background()
	err := storage.OneStatement(sql)
	st, prepared := c.Prepare(ctx, sql, nil)
	switch {
	case prepared == nil:
		st.Close(ctx)
		if err != nil {
			return "SQLite takes it: " + err.Error()
		}
	case strings.Contains(prepared.Error(), "more than one statement") && err == nil:
		return "SQLite finds more than one statement"
	}
	return ""
}

var pieces = []string{
	";", ";", ";", " ", "\n", "\v", "'", `"`, "`", "[", "]", "/*", "*/", "--", "-", "/", "(", ")", ":", "::", "$", "@a", "#", "?", ",", ".", "*", "x'00'", "\ufeff",
	"SELECT 1", "SELECT a FROM t", "DELETE FROM t", "EXPLAIN", "QUERY PLAN", "CREATE", "TEMP", "TRIGGER", "TABLE", "END", "BEGIN", "CASE WHEN 1 THEN 2 END",
	"AS", "create", "trigger", "CREATE TRIGGER x AFTER INSERT ON t BEGIN", "SELECT :", "SELECT $a(", "trigger;", "; END", "é", "\xef", "$end",
	body, "CREATE TABLE y (a)", "VALUES (1)", "INSERT INTO t VALUES (1, ';')", "PRAGMA table_info(t)",
}

func TestOneStatementAsTheEngine(t *testing.T) {
	c, seed, count, wrong := parser(t), soak.Seed(t), soak.Count(3_000_000), 0
	r := rand.New(rand.NewPCG(seed, 0))
	for range count {
		var b strings.Builder
		for range 1 + r.IntN(9) {
			b.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(3) > 0 {
				b.WriteByte(' ')
			}
		}
		if d := differs(c, b.String()); d != "" {
			t.Errorf("%q: %s", b.String(), d)
			wrong++
		}
	}
	soak.Report(t, "sqlite/one statement", count, wrong, seed)
}

func FuzzOneStatement(f *testing.F) {
	for _, sql := range append(single, several...) {
		f.Add(sql)
	}
	c := parser(f)
	f.Fuzz(func(t *testing.T, sql string) {
		if d := differs(c, sql); d != "" {
			t.Fatalf("%q: %s", sql, d)
		}
	})
}
