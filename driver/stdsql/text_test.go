package stdsql

import "testing"

func TestReturnsRows(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT 1": true, "  /* INSERT */ select 1": true, "-- x\nVALUES (1)": true, "(SELECT 1) UNION SELECT 2": true,
		"INSERT INTO t VALUES ('RETURNING')": false, `UPDATE "returning" SET a = 1`: false, "DELETE FROM [returning]": false,
		"INSERT INTO t VALUES (1) RETURNING id": true, "update t set a = 1 returning a": true,
		"INSERT INTO t OUTPUT inserted.id VALUES (1)": true, "INSERT INTO t VALUES ('it''s') -- RETURNING": false,
		"WITH x AS (SELECT 1) SELECT * FROM x": true, "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x": false,
		"WITH x AS (SELECT 1) DELETE FROM t RETURNING 1": true, "PRAGMA user_version": true, "CREATE TABLE t (v)": false, "": false,
	} {
		if got := returnsRows(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestChangeOf(t *testing.T) {
	for text, want := range map[string]change{
		"begin immediate": begins, "START TRANSACTION READ ONLY": begins, "START SLAVE": unchanged, "commit": ends, "END": ends,
		"ROLLBACK": ends, "ROLLBACK TRANSACTION": ends, "ROLLBACK TO SAVEPOINT a": unchanged, "ROLLBACK TRANSACTION TO a": unchanged,
		"SAVEPOINT a": unchanged, "RELEASE a": unchanged, "INSERT INTO t VALUES ('COMMIT')": unchanged, "/* x */ COMMIT": ends, "": unchanged,
	} {
		if got := changeOf(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func FuzzWordsEnd(f *testing.F) {
	for _, s := range []string{"SELECT 'a", "/*", "--", "[", "a\x00b", "'''"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w := words{rest: s}
		for n := 0; w.next() != ""; n++ {
			if n > len(s) {
				t.Fatal("more words than bytes")
			}
		}
	})
}
