package modernc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestOneStatementOnly(t *testing.T) {
	c := memory(t)
	for _, sql := range []string{
		"SELECT 1; SELECT 2", "SELECT 1;;SELECT 2", "SELECT 1; /* a */ SELECT 2", "SELECT 1; -- a\n SELECT 2",
		"", " ", ";", "-- only a comment", "/* open", "SELECT 1\x00; DROP TABLE t",
	} {
		if _, err := c.Prepare(context.Background(), sql, nil); err == nil {
			t.Errorf("Prepare(%q) was accepted", sql)
		}
		if _, err := c.Exec(context.Background(), sql); err == nil {
			t.Errorf("Exec(%q) was accepted", sql)
		}
	}
	for _, sql := range []string{"SELECT 1;", "SELECT 1 ; \n\t\f\r;;", "SELECT 1 -- end", "SELECT 1; /* end", "SELECT 1; -- x\n/* y */;", "/* a */ SELECT ';'"} {
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Errorf("%q: %v", sql, err)
		}
	}
}

func TestRowsAffectedAndLastInsertID(t *testing.T) {
	c := memory(t)
	for _, step := range []struct {
		sql          string
		affected, id int64
	}{
		{"CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)", 0, 0},
		{"CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT)", 0, 0},
		{"INSERT INTO t (n) VALUES (1), (2), (3)", 3, 3},
		{"CREATE TABLE other (x)", 0, 3},
		{"UPDATE t SET n = 0 WHERE id > 1", 2, 3},
		{"UPDATE t SET n = 0 WHERE id > 1", 2, 3}, // matched, not changed
		{"UPDATE t SET n = 0 WHERE id > 100", 0, 3},
		{"SELECT * FROM t", 0, 0},
		{"CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log (id, what) VALUES (1000 + new.id, 'a'), (2000 + new.id, 'b'); END", 0, 3},
		{"INSERT INTO t (n) VALUES (4)", 1, 4}, // the trigger's rows count for neither
		{"INSERT INTO t (id, n) VALUES (-7, 1)", 1, -7},
		{"ALTER TABLE t ADD COLUMN m INT", 0, -7},
		{"ALTER TABLE t DROP COLUMN m", 0, -7},
		{"CREATE INDEX ix ON t (n)", 0, -7},
		{"CREATE VIEW v AS SELECT n FROM t", 0, -7},
		{"CREATE TRIGGER iv INSTEAD OF INSERT ON v BEGIN INSERT INTO log (what) VALUES ('v'), ('v'); END", 0, -7},
		{"INSERT INTO v VALUES (5)", 0, -7}, // SQLite counts no row of a view
		{"DELETE FROM t", 5, -7},
		{"CREATE TABLE copy AS SELECT * FROM log", 0, -7},
		{"DROP TABLE log", 0, -7},
	} {
		res := must(t, c, step.sql)
		if want := (driver.Result{RowsAffected: step.affected, LastInsertID: uint64(step.id)}); res != want {
			t.Errorf("%s: got %+v, want %+v", step.sql, res, want)
		}
	}
}

func TestReturning(t *testing.T) {
	c := memory(t)
	ctx := context.Background()
	must(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT)")
	s, err := c.Prepare(ctx, "INSERT INTO t (n) VALUES (?), (?) RETURNING id, n * 2", nil)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		rows, err := s.Query(ctx, []sqltype.Value{sqltype.Int64Value(10), sqltype.Int64Value(20)})
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for rows.Next() {
			got = append(got, rows.Int64(0), rows.Int64(1))
			if round == 2 {
				break // an early close keeps what was inserted
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		base := int64(2 * round)
		want := []int64{base + 1, 20, base + 2, 40}
		if round == 2 {
			want = want[:2]
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Error(d)
		}
		if got, want := rows.Result(), (driver.Result{RowsAffected: 2, LastInsertID: uint64(base + 2)}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if n := number(t, c, "SELECT count(*) FROM t"); n != 6 {
		t.Errorf("got %d rows, want 6", n)
	}
}

func TestColumns(t *testing.T) {
	c := memory(t)
	ctx := context.Background()
	must(t, c, "CREATE TABLE t (a BIGINT, b VARCHAR(20))")
	s, err := c.Prepare(ctx, "SELECT a, b, a + 1 AS c, * FROM t", nil)
	if err != nil {
		t.Fatal(err)
	}
	columns := func() []driver.Column {
		rows, err := s.Query(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		return rows.Columns()
	}
	want := []driver.Column{{Name: "a", Type: "BIGINT"}, {Name: "b", Type: "VARCHAR(20)"}, {Name: "c"}, {Name: "a", Type: "BIGINT"}, {Name: "b", Type: "VARCHAR(20)"}}
	if d := cmp.Diff(columns(), want); d != "" {
		t.Error(d)
	}
	must(t, c, "ALTER TABLE t ADD COLUMN d DATE")
	must(t, c, "INSERT INTO t VALUES (1, 'x', '2026-11-22')")
	if d := cmp.Diff(columns(), append(want, driver.Column{Name: "d", Type: "DATE"})); d != "" {
		t.Error(d)
	}
}

func TestBatches(t *testing.T) {
	ctx := context.Background()
	batch := map[string]func(c driver.Conn, items []driver.Item, deliver func(int, driver.Rows) error) error{
		"own": func(c driver.Conn, items []driver.Item, d func(int, driver.Rows) error) error {
			return c.Batch(ctx, items, d)
		},
		"RunBatch": func(c driver.Conn, items []driver.Item, d func(int, driver.Rows) error) error {
			return driver.RunBatch(ctx, c, items, d)
		},
	}
	for name, run := range batch {
		t.Run(name, func(t *testing.T) {
			c := memory(t)
			must(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT UNIQUE)")
			insert, _ := c.Prepare(ctx, "INSERT INTO t (s) VALUES (?)", nil)
			returning, _ := c.Prepare(ctx, "INSERT INTO t (s) VALUES (?) RETURNING id, s", nil)
			item := func(s driver.Stmt, v string) driver.Item {
				return driver.Item{Stmt: s, Args: []sqltype.Value{sqltype.TextValue(v)}}
			}
			items := []driver.Item{
				{SQL: "BEGIN"},
				item(insert, "a"), item(returning, "b"), item(returning, "c"), item(insert, "d"),
				{SQL: "COMMIT"},
				item(insert, "a"), item(insert, "never"),
			}
			var got []string
			err := run(c, items, func(i int, rows driver.Rows) error {
				for rows.Next() {
					got = append(got, fmt.Sprintf("%d: %d %s", i, rows.Int64(0), rows.Text(1)))
				}
				got = append(got, fmt.Sprintf("%d: id %d", i, rows.Result().LastInsertID))
				return rows.Err()
			})
			var be *driver.BatchError
			var ce *sqlerr.ConstraintError
			if !errors.As(err, &be) || be.Index != 6 || !errors.As(err, &ce) {
				t.Fatalf("got %v, want a BatchError of item 6 with its ConstraintError", err)
			}
			want := []string{"0: id 0", "1: id 1", "2: 2 b", "2: id 2", "3: 3 c", "3: id 3", "4: id 4", "5: id 0"}
			if d := cmp.Diff(got, want); d != "" {
				t.Error(d)
			}
			if n := number(t, c, "SELECT count(*) FROM t"); n != 4 {
				t.Errorf("got %d rows, want 4", n)
			}
			stop := errors.New("stop")
			err = run(c, []driver.Item{item(returning, "e"), item(returning, "f")}, func(int, driver.Rows) error { return stop })
			if !errors.Is(err, stop) {
				t.Errorf("got %v, want the error of deliver", err)
			}
			must(t, c, "INSERT INTO t (s) VALUES ('g')") // the connection is in order
		})
	}
}

func TestMisuse(t *testing.T) {
	c := memory(t)
	ctx := context.Background()
	s, err := c.Prepare(ctx, "SELECT ? UNION ALL SELECT 2", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exec(ctx, nil); err == nil || !strings.Contains(err.Error(), "1 parameters") {
		t.Errorf("too few values: got %v", err)
	}
	args := []sqltype.Value{sqltype.Int64Value(1)}
	rows, err := s.Query(ctx, args)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(ctx, args); err == nil {
		t.Error("a statement with open rows was run again")
	}
	rows.Close()
	again, err := s.Query(ctx, args)
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil || !again.Next() || again.Int64(0) != 1 {
		t.Errorf("a late Close of old rows ended the new ones (%v)", err)
	}
	c.Close(ctx)
	if again.Next() || !errors.Is(again.Close(), sqlerr.ErrClosed) {
		t.Errorf("rows of a closed connection: got %v", again.Err())
	}
	if _, err := s.Exec(ctx, args); !errors.Is(err, sqlerr.ErrClosed) {
		t.Errorf("Stmt.Exec: got %v, want ErrClosed", err)
	}
	if _, err := c.Exec(ctx, "SELECT 1"); !errors.Is(err, sqlerr.ErrClosed) {
		t.Errorf("Conn.Exec: got %v, want ErrClosed", err)
	}
	if err := s.Close(ctx); err != nil || !c.Broken() || c.InTx() || c.Close(ctx) != nil {
		t.Error("a closed connection is broken, in no transaction, and can be closed again")
	}
}

func TestSettings(t *testing.T) {
	path := file(t)
	c := open(t, Config{Path: path}, driver.ReadWrite)
	want := map[string]string{"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "query_only": "0"}
	check := func(c driver.Conn, want map[string]string) {
		t.Helper()
		for name, w := range want {
			if got := word(t, c, "PRAGMA "+name); got != w {
				t.Errorf("%s: got %s, want %s", name, got, w)
			}
		}
	}
	check(c, want)
	must(t, c, "PRAGMA foreign_keys = 0")
	must(t, c, "PRAGMA query_only = 1")
	if err := c.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	check(c, want)
	cfg, err := ParseConfig(file(t), map[string][]string{
		"journal_mode": {"DELETE"}, "cache_size": {"-4000"}, "foreign_keys": {"off"}, "busy_timeout": {"250"}, "page_size": {"8192"},
	})
	if err != nil {
		t.Fatal(err)
	}
	check(open(t, cfg, driver.ReadWrite), map[string]string{
		"journal_mode": "delete", "synchronous": "2", "foreign_keys": "0", "cache_size": "-4000", "page_size": "8192",
	})
	check(memory(t), map[string]string{"journal_mode": "memory", "foreign_keys": "1"})
}

func TestReadOnly(t *testing.T) {
	path := file(t)
	ctx := context.Background()
	if _, err := New(Config{Path: path, ReadOnly: true}).Connect(ctx, driver.ReadWrite); err == nil {
		t.Error("a file that does not exist was opened read-only")
	}
	if _, err := New(Config{Path: path, NoCreate: true}).Connect(ctx, driver.ReadWrite); err == nil {
		t.Error("a file was made in spite of NoCreate")
	}
	w := open(t, Config{Path: path}, driver.ReadWrite)
	must(t, w, "CREATE TABLE t (a)")
	for name, c := range map[string]driver.Conn{
		"role":   open(t, Config{Path: path}, driver.ReadOnly),
		"config": open(t, Config{Path: path, ReadOnly: true}, driver.ReadWrite),
	} {
		if _, err := run(c, "INSERT INTO t VALUES (1)"); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("%s: got %v, want ErrReadOnly", name, err)
		}
		same(t, number(t, c, "SELECT count(*) FROM t"), 0)
	}
	must(t, w, "PRAGMA wal_checkpoint(TRUNCATE)") // a database on read-only media is one file
	w.Close(ctx)
	odd := strings.TrimSuffix(path, "test.db") + "a%20b?c#d.db"
	if err := os.Rename(path, odd); err != nil {
		t.Fatal(err)
	}
	same(t, number(t, open(t, Config{Path: odd, Immutable: true}, driver.ReadWrite), "SELECT count(*) FROM t"), 0)
	must(t, open(t, Config{Path: Memory}, driver.ReadOnly), "CREATE TABLE t (a)") // its one connection has all roles
}

func TestParseConfigRefuses(t *testing.T) {
	for option, word := range map[string]string{
		"jurnal_mode=wal": "journal_mode", "mode=rx": "rwc", "cache=shared": "private", "busy_timeout=soon": "milliseconds",
		"foreign_keys=maybe": "on or off", "journal_mode=wall": "truncate", "cache_size=1;DROP": "whole number", "immutable=2": "on or off",
	} {
		name, value, _ := strings.Cut(option, "=")
		_, err := ParseConfig("x.db", map[string][]string{name: {value}})
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want an error that names it and says %q", option, err, word)
		}
	}
	for _, path := range []string{"", "file:x.db", "a\x00b"} {
		if _, err := ParseConfig(path, nil); err == nil {
			t.Errorf("path %q was accepted", path)
		}
	}
	if _, err := ParseConfig("x.db", map[string][]string{"mode": {"ro", "rw"}}); err == nil {
		t.Error("an option given twice was accepted")
	}
}

func TestMisspelledColumnIsNoString(t *testing.T) {
	if _, err := run(memory(t), `SELECT "nonsense"`); err == nil {
		t.Error("an unknown name in double quotes was taken for a string")
	}
}

func TestRawIsAHandle(t *testing.T) {
	c := memory(t)
	h := c.Raw().(*Handle)
	if h.DB() == 0 || h.TLS() == nil {
		t.Error("the handle is empty")
	}
}

func TestAllocations(t *testing.T) {
	c := memory(t)
	ctx := context.Background()
	must(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, f REAL)")
	insert, _ := c.Prepare(ctx, "INSERT INTO t (s, f) VALUES (?, ?)", nil)
	args := []sqltype.Value{sqltype.TextValue("hello"), sqltype.Float64Value(1.5)}
	if n := testing.AllocsPerRun(100, func() { insert.Exec(ctx, args) }); n != 0 {
		t.Errorf("Exec: got %v allocations, want 0", n)
	}
	items := make([]driver.Item, 50)
	for i := range items {
		items[i] = driver.Item{Stmt: insert, Args: args}
	}
	deliver := func(int, driver.Rows) error { return nil }
	if n := testing.AllocsPerRun(100, func() { c.Batch(ctx, items, deliver) }); n != 0 {
		t.Errorf("Batch: got %v allocations, want 0", n)
	}
	sel, _ := c.Prepare(ctx, "SELECT id, s, f FROM t", nil)
	read := func() {
		rows, _ := sel.Query(ctx, nil)
		for rows.Next() {
			rows.Int64(0)
			rows.Text(1)
			rows.Float64(2)
		}
		rows.Close()
	}
	if n := testing.AllocsPerRun(10, read); n > 1 {
		t.Errorf("Query: got %v allocations for thousands of rows, want 1", n)
	}
}
