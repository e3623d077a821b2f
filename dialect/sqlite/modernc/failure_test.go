package modernc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestConstraintErrors(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE p (id INTEGER PRIMARY KEY)")
	must(t, c, `CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT, c INT NOT NULL DEFAULT 0,
		p INT REFERENCES p, CONSTRAINT positive CHECK (a > 0), CHECK (b > 0), UNIQUE (a, b))`)
	must(t, c, "CREATE UNIQUE INDEX ux ON t (abs(c)) WHERE c <> 0")
	must(t, c, "CREATE TABLE w (k TEXT, l TEXT, PRIMARY KEY (k, l)) WITHOUT ROWID")
	must(t, c, "CREATE TABLE r (x)")
	must(t, c, "INSERT INTO r (rowid) VALUES (1)")
	must(t, c, "INSERT INTO t VALUES (1, 1, 1, 1, NULL)")
	must(t, c, "INSERT INTO w VALUES ('k', 'l')")
	for sql, want := range map[string]sqlerr.ConstraintError{
		"INSERT INTO t (id, a, b) VALUES (1, 9, 9)": {Kind: sqlerr.PrimaryKey, Table: "t", Columns: []string{"id"}},
		"INSERT INTO w VALUES ('k', 'l')":           {Kind: sqlerr.PrimaryKey, Table: "w", Columns: []string{"k", "l"}},
		"INSERT INTO r (rowid) VALUES (1)":          {Kind: sqlerr.PrimaryKey, Table: "r", Columns: []string{"rowid"}},
		"INSERT INTO t (a, b) VALUES (1, 1)":        {Kind: sqlerr.Unique, Table: "t", Columns: []string{"a", "b"}},
		"INSERT INTO t (a, c) VALUES (2, -1)":       {Kind: sqlerr.Unique, Name: "ux"},
		"UPDATE t SET c = NULL":                     {Kind: sqlerr.NotNull, Table: "t", Columns: []string{"c"}},
		"UPDATE t SET a = 0":                        {Kind: sqlerr.Check, Name: "positive"},
		"UPDATE t SET b = 0":                        {Kind: sqlerr.Check},
		"UPDATE t SET p = 7":                        {Kind: sqlerr.ForeignKey},
	} {
		_, err := run(c, sql)
		var got *sqlerr.ConstraintError
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a ConstraintError", sql, err)
			continue
		}
		if d := cmp.Diff(*got, want, cmpopts.IgnoreFields(sqlerr.ConstraintError{}, "Err")); d != "" {
			t.Errorf("%s: %s", sql, d)
		}
		var own *Error
		if !errors.As(err, &own) || own.Code&0xff != 19 {
			t.Errorf("%s: SQLite's own error is not reachable in %v", sql, err)
		}
	}
}

func TestDatabaseErrors(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE s (a INTEGER) STRICT")
	must(t, c, "CREATE TABLE k (a INTEGER PRIMARY KEY)")
	must(t, c, "CREATE TRIGGER tr BEFORE DELETE ON k BEGIN SELECT RAISE(ABORT, 'kept'); END")
	must(t, c, "INSERT INTO k VALUES (1)")
	for sql, code := range map[string]string{
		"SELECT * FROM nowhere":        "1",
		"SELEC 1":                      "1",
		"INSERT INTO s VALUES ('x')":   "3091",
		"INSERT INTO k VALUES ('abc')": "20",
		"DELETE FROM k":                "1811",
	} {
		_, err := run(c, sql)
		var got *sqlerr.DatabaseError
		if !errors.As(err, &got) || got.Code != code || got.Message == "" {
			t.Errorf("%s: got %v, want code %s", sql, err, code)
		}
	}
	path := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(path, []byte("this is not a database, but a text that is longer than a header of one hundred bytes, so that it is looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Config{Path: path}).Connect(context.Background(), driver.ReadWrite)
	var got *sqlerr.DatabaseError
	if !errors.As(err, &got) || got.Code != "26" {
		t.Errorf("a text file: got %v, want code 26", err)
	}
	_, err = New(Config{Path: filepath.Join(t.TempDir(), "no", "dir.db")}).Connect(context.Background(), driver.ReadWrite)
	if !errors.As(err, &got) || got.Code != "14" {
		t.Errorf("a missing directory: got %v, want code 14", err)
	}
}

func TestExhaustedIDs(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE o (id INTEGER PRIMARY KEY AUTOINCREMENT, a)")
	must(t, c, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)")
	must(t, c, "INSERT INTO o VALUES (9223372036854775807, 1)")
	must(t, c, "INSERT INTO t (a) VALUES (?)", sqltype.Int64Value(1))
	must(t, c, "INSERT INTO t (id) VALUES (9223372036854775807)")
	_, err := run(c, "INSERT INTO t (a) VALUES (?)", sqltype.Int64Value(1))
	var got *sqlerr.DatabaseError
	if !errors.Is(err, sqlerr.ErrIDExhausted) || !errors.As(err, &got) || got.Code != "13" {
		t.Errorf("got %v, want ErrIDExhausted with code 13", err)
	}
	must(t, c, "CREATE TABLE full (id INTEGER PRIMARY KEY AUTOINCREMENT, a)")
	must(t, c, "PRAGMA max_page_count = 1")
	_, err = run(c, "INSERT INTO full (a) VALUES (zeroblob(100000))")
	if errors.Is(err, sqlerr.ErrIDExhausted) || !errors.As(err, &got) || got.Code != "13" {
		t.Errorf("a full disk: got %v, want just code 13", err)
	}
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "

var errEnough = errors.New("enough")

func wantCancelled(t *testing.T, err error, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Errorf("got %v, want the cause of the cancel", err)
	}
	var conn *driver.ConnError
	if errors.As(err, &conn) {
		t.Errorf("got %v: the connection is not lost", err)
	}
}

func TestCancelOfARunningStatement(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE t (a)")
	s, err := c.Prepare(context.Background(), "INSERT INTO t "+endless+"i FROM n", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errEnough) })
	_, err = s.Exec(ctx, nil)
	wantCancelled(t, err, errEnough)
	var answered *sqlerr.DatabaseError
	if !errors.As(err, &answered) || answered.Code != "9" {
		t.Errorf("got %v, want an answer with code 9", err)
	}
	if c.Broken() || c.InTx() {
		t.Error("the connection is of no more use")
	}
	same(t, number(t, c, "SELECT count(*) FROM t"), 0)
	_, err = s.Exec(ctx, nil)
	wantCancelled(t, err, errEnough)
}

func TestCancelInsideATransactionIsTold(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE t (a)")
	must(t, c, "BEGIN")
	must(t, c, "INSERT INTO t VALUES (1)")
	s, err := c.Prepare(context.Background(), "INSERT INTO t "+endless+"i FROM n", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = s.Exec(ctx, nil)
	wantCancelled(t, err, context.DeadlineExceeded)
	rows := number(t, c, "SELECT count(*) FROM t")
	if c.InTx() && rows != 1 || !c.InTx() && rows != 0 {
		t.Errorf("in a transaction: %v, with %d rows", c.InTx(), rows)
	}
}

func TestCancelWhileReading(t *testing.T) {
	c := memory(t)
	s, err := c.Prepare(context.Background(), endless+"i FROM n", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	rows, err := s.Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		if n++; n == 10 {
			cancel(errEnough)
		}
	}
	wantCancelled(t, rows.Close(), errEnough)
	if n > 10+progressOps {
		t.Errorf("%d rows were read after the cancel", n-10)
	}
}

func TestBusy(t *testing.T) {
	path := file(t)
	a := open(t, Config{Path: path}, driver.ReadWrite)
	b := open(t, Config{Path: path, BusyTimeout: 10 * time.Millisecond}, driver.ReadWrite)
	must(t, a, "CREATE TABLE t (a)")
	must(t, a, "BEGIN IMMEDIATE")
	must(t, a, "INSERT INTO t VALUES (1)")
	same(t, number(t, b, "SELECT count(*) FROM t"), 0) // readers go on
	if _, err := run(b, "INSERT INTO t VALUES (2)"); !errors.Is(err, sqlerr.ErrLockTimeout) {
		t.Errorf("got %v, want ErrLockTimeout", err)
	}
	b.busyTimeout = time.Minute
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errEnough) })
	_, err := b.Exec(ctx, "INSERT INTO t VALUES (2)")
	wantCancelled(t, err, errEnough)

	var wg sync.WaitGroup
	wg.Go(func() { must(t, b, "INSERT INTO t VALUES (2)") }) // waits for a
	must(t, a, "COMMIT")
	wg.Wait()
	same(t, number(t, a, "SELECT count(*) FROM t"), 2)
}

func TestStaleSnapshot(t *testing.T) {
	path := file(t)
	a := open(t, Config{Path: path}, driver.ReadWrite)
	b := open(t, Config{Path: path}, driver.ReadWrite)
	must(t, a, "CREATE TABLE t (a)")
	must(t, b, "BEGIN")
	same(t, number(t, b, "SELECT count(*) FROM t"), 0)
	must(t, a, "INSERT INTO t VALUES (1)")
	_, err := run(b, "INSERT INTO t VALUES (2)")
	if !errors.Is(err, sqlerr.ErrSerialization) || !sqlerr.Retryable(err) {
		t.Errorf("got %v, want ErrSerialization", err)
	}
}

func TestManyConnectionsOpenAFileAtOnce(t *testing.T) {
	path := file(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := New(Config{Path: path}).Connect(context.Background(), driver.ReadWrite)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close(context.Background())
			for _, sql := range []string{"CREATE TABLE IF NOT EXISTS t (a)", "INSERT INTO t VALUES (1)"} {
				if _, err := c.Exec(context.Background(), sql); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	c := open(t, Config{Path: path}, driver.ReadWrite)
	same(t, number(t, c, "SELECT count(*) FROM t"), 8)
}

func TestDeferredConstraintFailsAtCommit(t *testing.T) {
	c := memory(t)
	must(t, c, "CREATE TABLE p (id INTEGER PRIMARY KEY)")
	must(t, c, "CREATE TABLE t (p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
	must(t, c, "BEGIN")
	must(t, c, "INSERT INTO t VALUES (1)")
	_, err := c.Exec(context.Background(), "COMMIT")
	var ce *sqlerr.ConstraintError
	if !errors.As(err, &ce) || ce.Kind != sqlerr.ForeignKey || !c.InTx() {
		t.Errorf("got %v (in a transaction: %v), want a foreign key error inside it", err, c.InTx())
	}
	must(t, c, "INSERT INTO p VALUES (1)")
	if _, err := c.Exec(context.Background(), "COMMIT"); err != nil || c.InTx() {
		t.Errorf("got %v, in a transaction: %v", err, c.InTx())
	}
}
