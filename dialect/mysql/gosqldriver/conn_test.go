package gosqldriver

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestModesThatChangeQuotingAreRefused(t *testing.T) {
	_, err := testConnector(t, "set.sql_mode=ANSI").Connect(context.Background(), driver.ReadWrite)
	if err == nil || !strings.Contains(err.Error(), "ANSI") {
		t.Errorf("got %v, want a refusal that names ANSI", err)
	}
}

func TestSessionSettings(t *testing.T) {
	c := connect(t, testConnector(t, "set.lock_wait_timeout=77&set.group_concat_max_len=4321"))
	var got []string
	err := one(t, c, "SELECT @@time_zone, @@character_set_client, @@character_set_results, CAST(@@lock_wait_timeout AS CHAR), "+
		"CAST(@@autocommit AS CHAR), CAST(FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) > 0 AS CHAR)", func(r driver.Rows) {
		for i := range r.Columns() {
			got = append(got, string(r.Text(i)))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, []string{"+00:00", "utf8mb4", "utf8mb4", "77", "ON", "1"}); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

func TestModesKeepTheServersAndAddStrictness(t *testing.T) {
	var c Config
	got, err := c.modes("NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"NO_ENGINE_SUBSTITUTION", "ERROR_FOR_DIVISION_BY_ZERO", "STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	c.Vars = map[string]string{"sql_mode": "NO_ENGINE_SUBSTITUTION"}
	got, err = c.modes("ONLY_FULL_GROUP_BY")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, []string{"NO_ENGINE_SUBSTITUTION", "STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"}); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

func TestResetBringsTheSessionBack(t *testing.T) {
	c := open(t)
	exec(t, c, "SET time_zone = '+05:00', sql_mode = ''")
	exec(t, c, "USE information_schema")
	if err := c.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	var zone, mode, db string
	err := one(t, c, "SELECT @@time_zone, @@sql_mode, DATABASE()", func(r driver.Rows) {
		zone, mode, db = string(r.Text(0)), string(r.Text(1)), string(r.Text(2))
	})
	if err != nil {
		t.Fatal(err)
	}
	if zone != "+00:00" || !strings.Contains(mode, "STRICT") || db != c.connector.cfg.Database {
		t.Errorf("got zone %s, mode %s, database %s", zone, mode, db)
	}
}

func TestResults(t *testing.T) {
	c := open(t)
	table(t, c, "gsd_results", "id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, v INT")
	ctx := context.Background()
	got := exec(t, c, "INSERT INTO gsd_results (v) VALUES (1), (2)")
	if diff := cmp.Diff(got, driver.Result{RowsAffected: 2, LastInsertID: 1}); diff != "" {
		t.Errorf("text: got -, want +\n%s", diff)
	}
	got, err := run(c, "INSERT INTO gsd_results (id, v) VALUES (?, ?)", sqltype.Uint64Value(1<<63+5), sqltype.Int64Value(3))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, driver.Result{RowsAffected: 1, LastInsertID: 1<<63 + 5}); diff != "" {
		t.Errorf("unsigned id: got -, want +\n%s", diff)
	}
	if got := exec(t, c, "UPDATE gsd_results SET v = 1 WHERE id < 100").RowsAffected; got != 2 {
		t.Errorf("UPDATE that changes one of two rows: got %d, want the 2 matched", got)
	}

	st := prepare(t, c, "INSERT INTO gsd_results (v) VALUES (9)", 0)
	rows, err := st.Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Close() != nil {
		t.Error("an INSERT returned a row or an error")
	}
	if diff := cmp.Diff(rows.Result(), driver.Result{RowsAffected: 1, LastInsertID: 1<<63 + 6}); diff != "" {
		t.Errorf("Query without rows: got -, want +\n%s", diff)
	}

	st = prepare(t, c, "INSERT INTO gsd_results (id, v) VALUES (500, 1), (501, 1) RETURNING id", 0)
	rows, err = st.Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []uint64
	for rows.Next() {
		ids = append(ids, rows.Uint64(0))
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids, []uint64{500, 501}); diff != "" || rows.Result().RowsAffected != 2 {
		t.Errorf("RETURNING: got -, want +\n%s result %v", diff, rows.Result())
	}
	st = prepare(t, c, "DELETE FROM gsd_results WHERE id IN (500, 501) RETURNING id", 0)
	for _, want := range []int64{2, 0} {
		if got, err := st.Exec(ctx, nil); err != nil || got.RowsAffected != want {
			t.Errorf("Exec of RETURNING: got %v, %v, want %d rows", got, err, want)
		}
	}
}

func TestInTxFollowsTheServer(t *testing.T) {
	c := open(t)
	table(t, c, "gsd_intx", "v INT")
	want := func(step string, in bool) {
		t.Helper()
		if got := c.InTx(); got != in {
			t.Errorf("%s: got %v, want %v", step, got, in)
		}
	}
	want("connect", false)
	exec(t, c, "BEGIN")
	want("begin", true)
	if _, err := run(c, "INSERT INTO gsd_intx VALUES (?)", sqltype.Int64Value(1)); err != nil {
		t.Fatal(err)
	}
	want("insert", true)
	if number(t, c, "SELECT COUNT(*) FROM gsd_intx") != 1 {
		t.Error("the row is not there")
	}
	want("select", true)
	exec(t, c, "ALTER TABLE gsd_intx ADD w INT")
	want("DDL commits", false)
	exec(t, c, "START TRANSACTION")
	if _, err := c.Exec(context.Background(), "SELECT nothing FROM nowhere"); err == nil {
		t.Error("got no error")
	}
	want("error", true)
	exec(t, c, "ROLLBACK")
	want("rollback", false)
}

func TestBatch(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	table(t, c, "gsd_batch", "id INT PRIMARY KEY")
	insert := prepare(t, c, "INSERT INTO gsd_batch VALUES (?)", 1)
	list := prepare(t, c, "SELECT id FROM gsd_batch ORDER BY id", 0)
	item := func(id int64) driver.Item {
		return driver.Item{Stmt: insert, Args: []sqltype.Value{sqltype.Int64Value(id)}}
	}
	var affected, ids []int64
	items := []driver.Item{{SQL: "BEGIN"}, item(1), item(2), {Stmt: list}, {SQL: "COMMIT"}}
	err := c.Batch(ctx, items, func(i int, rows driver.Rows) error {
		for rows.Next() {
			ids = append(ids, rows.Int64(0))
		}
		affected = append(affected, rows.Result().RowsAffected)
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids, []int64{1, 2}); diff != "" {
		t.Errorf("rows: got -, want +\n%s", diff)
	}
	if diff := cmp.Diff(affected, []int64{0, 1, 1, 2, 0}); diff != "" {
		t.Errorf("affected: got -, want +\n%s", diff)
	}

	err = c.Batch(ctx, []driver.Item{item(3), item(2), item(4)}, func(int, driver.Rows) error { return nil })
	var failed *driver.BatchError
	if !errors.As(err, &failed) || failed.Index != 1 {
		t.Fatalf("got %v, want the failure of item 1", err)
	}
	if got := number(t, c, "SELECT COUNT(*) FROM gsd_batch"); got != 3 {
		t.Errorf("got %d rows, want 3: the batch ends with its first failure", got)
	}
}

func TestStatementsOfOpenRows(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	st := prepare(t, c, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", 0)
	rows, err := st.Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	if _, err := c.Exec(ctx, "DO 1"); !errors.Is(err, errRowsOpen) {
		t.Errorf("got %v, want that the rows are still open", err)
	}
	if err := st.Close(ctx); err != nil {
		t.Errorf("closing a statement whose rows are open: %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if got := number(t, c, "SELECT 5"); got != 5 || len(c.pending) != 0 {
		t.Errorf("got %d and %d statements left to close", got, len(c.pending))
	}
	if _, err := st.Exec(ctx, nil); err == nil {
		t.Error("a closed statement was executed")
	}
}

func TestReadOnlyRole(t *testing.T) {
	k := testConnector(t, "")
	table(t, connect(t, k), "gsd_readonly", "v INT")
	c, err := k.Connect(context.Background(), driver.ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(context.Background(), "INSERT INTO gsd_readonly VALUES (1)"); !errors.Is(err, sqlerr.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

func TestRawIsTheDriversConn(t *testing.T) {
	if _, ok := open(t).Raw().(sqldriver.Conn); !ok {
		t.Error("Raw is no driver.Conn")
	}
}

func TestOneStatementATime(t *testing.T) {
	_, err := open(t).Exec(context.Background(), "DO 1; DO 2")
	var db *sqlerr.DatabaseError
	if !errors.As(err, &db) || db.Code != "1064" {
		t.Errorf("got %v, want a syntax error", err)
	}
}

func TestParameterCount(t *testing.T) {
	c := open(t)
	if _, err := c.Prepare(context.Background(), "SELECT ?", nil); err == nil {
		t.Error("a statement of one parameter was prepared with none")
	}
	st := prepare(t, c, "SELECT ?", 1)
	if _, err := st.Query(context.Background(), nil); err == nil {
		t.Error("a statement of one parameter ran with none")
	}
	if c.Broken() {
		t.Error("the connection broke")
	}
}

func TestSocket(t *testing.T) {
	c := open(t)
	var path string
	if err := one(t, c, "SELECT @@socket", func(r driver.Rows) { path = string(r.Text(0)) }); err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(path) { // to the server, whose working directory is that of its data
		if err := one(t, c, "SELECT @@datadir", func(r driver.Rows) { path = filepath.Join(string(r.Text(0)), path) }); err != nil {
			t.Fatal(err)
		}
	}
	const user = "alkahest_socket" // the test user may be let in by TCP alone
	drop := func() {
		if _, err := c.Exec(context.Background(), "DROP USER IF EXISTS "+user+"@localhost"); err != nil {
			t.Fatal(err)
		}
	}
	drop()
	if _, err := c.Exec(context.Background(), "CREATE USER "+user+"@localhost IDENTIFIED BY 'secret'"); err != nil {
		t.Fatal(err)
	}
	defer drop()
	cfg := *c.connector.cfg
	cfg.Socket, cfg.Host, cfg.Port = path, "nowhere.invalid", 1
	cfg.User, cfg.Password, cfg.Database = user, "secret", ""
	k, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	other, err := k.Connect(context.Background(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if got := number(t, other, "SELECT 5"); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
	if err := other.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestSnapshotIsolation(t *testing.T) {
	k := testConnector(t, "")
	a, b := connect(t, k), connect(t, k)
	if _, err := a.Exec(context.Background(), "SET innodb_snapshot_isolation = ON"); err != nil {
		t.Skip("the server has no innodb_snapshot_isolation")
	}
	table(t, b, "gsd_snapshot", "id INT PRIMARY KEY, v INT")
	exec(t, b, "INSERT INTO gsd_snapshot VALUES (1, 0)")
	exec(t, a, "BEGIN")
	number(t, a, "SELECT v FROM gsd_snapshot")
	exec(t, b, "UPDATE gsd_snapshot SET v = 1")
	if _, err := a.Exec(context.Background(), "UPDATE gsd_snapshot SET v = 2"); !errors.Is(err, sqlerr.ErrSerialization) {
		t.Errorf("got %v, want ErrSerialization", err)
	}
	exec(t, a, "ROLLBACK")
}

// What is read ahead of the Go driver arrives whole, whichever sizes the rows have
// and whoever stops reading in the midst of them.
func TestLargeResults(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	st := prepare(t, c, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, REPEAT(CHAR(97 + i % 26), i * i % 9973) FROM n ORDER BY i", 0)
	for round := range 3 {
		rows, err := st.Query(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for rows.Next() {
			n++
			text := rows.Text(1)
			if rows.Int64(0) != n || int64(len(text)) != n*n%9973 || len(bytes.Trim(text, string(rune('a'+n%26)))) > 0 {
				t.Fatalf("row %d: got number %d and a text of %d bytes", n, rows.Int64(0), len(text))
			}
			if round == 1 && n == 700 {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if round != 1 && n != 900 {
			t.Errorf("got %d rows, want 900", n)
		}
		if got := number(t, c, "SELECT 5"); got != 5 {
			t.Errorf("after it: got %d, want 5", got)
		}
	}
}
