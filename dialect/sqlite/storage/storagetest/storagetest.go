// Package storagetest holds the tests that every database/sql driver for
// SQLite has to pass behind the adapter. It knows the stored forms; it must not
// know any driver.
package storagetest

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Run runs the tests with the driver whose constructor is given. keeps says
// that a cancelled statement leaves the connection in order.
func Run(t *testing.T, newConnector func(storage.Config) (driver.Connector, error), keeps bool) {
	k := &kit{new: newConnector, keeps: keeps}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"values round trip", k.roundTrip},
		{"values that cannot be sent", k.unsendable},
		{"stored values that do not fit", k.misfits},
		{"constraints", k.constraints},
		{"locks", k.locks},
		{"results and transactions", k.results},
		{"batch", k.batch},
		{"cancel", k.cancel},
		{"read-only", k.readOnly},
	} {
		t.Run(test.name, test.run)
	}
}

type kit struct {
	new   func(storage.Config) (driver.Connector, error)
	keeps bool
}

func (k *kit) connect(t *testing.T, cfg storage.Config, role driver.Role) driver.Conn {
	t.Helper()
	c, err := k.new(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cn, err := c.Connect(context.Background(), role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cn.Close(context.Background()) })
	return cn
}

func (k *kit) memory(t *testing.T) driver.Conn {
	return k.connect(t, storage.Config{Path: storage.Memory}, driver.ReadWrite)
}

func exec(t *testing.T, c driver.Conn, sql string) driver.Result {
	t.Helper()
	res, err := c.Exec(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

func prepare(t *testing.T, c driver.Conn, sql string, params int) driver.Stmt {
	t.Helper()
	types := make([]sqltype.Type, params)
	for i := range types {
		types[i] = sqltype.Null{}
	}
	st, err := c.Prepare(context.Background(), sql, types)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return st
}

// one runs a query of one row, hands it to read and returns how it ended.
func one(t *testing.T, c driver.Conn, sql string, read func(driver.Rows), args ...sqltype.Value) error {
	t.Helper()
	st := prepare(t, c, sql, len(args))
	rows, err := st.Query(context.Background(), args)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", sql, rows.Close())
	}
	read(rows)
	return errors.Join(rows.Close(), st.Close(context.Background()))
}

func number(t *testing.T, c driver.Conn, sql string) (n int64) {
	t.Helper()
	if err := one(t, c, sql, func(r driver.Rows) { n = r.Int64(0) }); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func moment(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999", s)
	if err != nil {
		panic(err)
	}
	return t
}

func (k *kit) roundTrip(t *testing.T) {
	c := k.memory(t)
	id := [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}
	int64s := func(r driver.Rows) any { return r.Int64(0) }
	text := func(r driver.Rows) any { return string(r.Text(0)) }
	dateTime := func(r driver.Rows) any { return r.DateTime(0) }
	for _, tc := range []struct {
		column string
		value  sqltype.Value
		stored string // typeof and quote of what is stored
		read   func(driver.Rows) any
		want   any
	}{
		{"BIGINT", sqltype.Int64Value(math.MinInt64), "integer -9223372036854775808", int64s, int64(math.MinInt64)},
		{"BIGINT", sqltype.Int64Value(math.MaxInt64), "integer 9223372036854775807", int64s, int64(math.MaxInt64)},
		{"BIGINT", sqltype.Uint64Value(7), "integer 7", func(r driver.Rows) any { return r.Uint64(0) }, uint64(7)},
		{"DOUBLE", sqltype.Float64Value(0.1), "real 0.1", func(r driver.Rows) any { return r.Float64(0) }, 0.1},
		{"NUMERIC", sqltype.Float64Value(3), "integer 3", func(r driver.Rows) any { return r.Float64(0) }, 3.0},
		{"BOOLEAN", sqltype.BoolValue(true), "integer 1", func(r driver.Rows) any { return r.Bool(0) }, true},
		{"BOOLEAN", sqltype.BoolValue(false), "integer 0", func(r driver.Rows) any { return r.Bool(0) }, false},
		{"TEXT", sqltype.TextValue(""), "text ''", text, ""},
		{"TEXT", sqltype.TextValue("naïve 🜔 it's"), "text 'naïve 🜔 it''s'", text, "naïve 🜔 it's"},
		{"BLOB", sqltype.BytesValue([]byte{0, 255}), "blob X'00FF'", func(r driver.Rows) any { return string(r.Bytes(0)) }, "\x00\xff"},
		{"BLOB", sqltype.BytesValue(nil), "blob X''", func(r driver.Rows) any { return string(r.Bytes(0)) }, ""},
		{"NUMERIC", sqltype.DecimalValue("-12.50"), "real -12.5", text, "-12.5"},
		{"NUMERIC", sqltype.DecimalValue("9223372036854775807.00"), "integer 9223372036854775807", text, "9223372036854775807"},
		{"DATE", sqltype.DateValue(moment("2024-02-29 00:00:00")), "text '2024-02-29'", func(r driver.Rows) any { return r.Date(0) }, moment("2024-02-29 00:00:00")},
		{"TIME", sqltype.TimeOfDayValue(24*time.Hour - time.Microsecond), "text '23:59:59.999999'", func(r driver.Rows) any { return r.TimeOfDay(0) }, 24*time.Hour - time.Microsecond},
		{"DATETIME", sqltype.DateTimeValue(moment("0001-01-02 00:00:00")), "text '0001-01-02 00:00:00.000000'", dateTime, moment("0001-01-02 00:00:00")},
		{"TIMESTAMP", sqltype.DateTimeValue(moment("9999-12-31 23:59:59.999999")), "text '9999-12-31 23:59:59.999999'", dateTime, moment("9999-12-31 23:59:59.999999")},
		{"TIMESTAMP", sqltype.InstantValue(moment("2026-11-22 01:02:03.5").In(time.FixedZone("", 3600))), "text '2026-11-22 01:02:03.500000Z'", func(r driver.Rows) any { return r.Instant(0) }, moment("2026-11-22 01:02:03.5")},
		{"TEXT", sqltype.InstantValue(moment("2026-11-22 01:02:03.5")), "text '2026-11-22 01:02:03.500000Z'", func(r driver.Rows) any { return r.Instant(0) }, moment("2026-11-22 01:02:03.5")},
		{"UUID", sqltype.UUIDValue(&id), "text '00010203-0405-0607-0809-0a0b0c0d0eff'", func(r driver.Rows) any { return r.UUID(0) }, id},
		{"BLOB", sqltype.BytesValue(id[:]), "blob X'000102030405060708090A0B0C0D0EFF'", func(r driver.Rows) any { return r.UUID(0) }, id},
		{"JSON", sqltype.JSONValue(`{"a":1}`), `text '{"a":1}'`, text, `{"a":1}`},
		{"TEXT", sqltype.NullValue(), "null NULL", func(r driver.Rows) any { return r.IsNull(0) }, true},
	} {
		exec(t, c, "CREATE TABLE v (v "+tc.column+")")
		if _, err := prepare(t, c, "INSERT INTO v VALUES (?)", 1).Exec(context.Background(), []sqltype.Value{tc.value}); err != nil {
			t.Fatalf("%s: %v", tc.stored, err)
		}
		var got any
		var stored string
		if err := one(t, c, "SELECT v, typeof(v) || ' ' || quote(v) FROM v", func(r driver.Rows) { got, stored = tc.read(r), string(r.Text(1)) }); err != nil {
			t.Errorf("%s: %v", tc.stored, err)
		}
		if diff := cmp.Diff([]any{got, stored}, []any{tc.want, tc.stored}); diff != "" {
			t.Errorf("%s: got -, want +\n%s", tc.column, diff)
		}
		exec(t, c, "DROP TABLE v")
	}
}

func (k *kit) unsendable(t *testing.T) {
	c := k.memory(t)
	st := prepare(t, c, "SELECT ?", 1)
	for name, v := range map[string]sqltype.Value{
		"unsigned":   sqltype.Uint64Value(1 << 63),
		"NaN":        sqltype.Float64Value(math.NaN()),
		"NUL":        sqltype.TextValue("a\x00b"),
		"decimal":    sqltype.DecimalValue("1234567890.1234567"),
		"not number": sqltype.DecimalValue("1e5"),
		"year 10000": sqltype.DateValue(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		"nanosecond": sqltype.InstantValue(time.Unix(0, 1)),
		"24 hours":   sqltype.TimeOfDayValue(24 * time.Hour),
		"array":      sqltype.ArrayValue(nil),
	} {
		_, err := st.Query(context.Background(), []sqltype.Value{v})
		var want *sqlerr.ValueError
		if !errors.As(err, &want) {
			t.Errorf("%s: got %v, want a ValueError", name, err)
		}
	}
}

func (k *kit) misfits(t *testing.T) {
	c := k.memory(t)
	for expr, read := range map[string]func(driver.Rows){
		"'12'":                    func(r driver.Rows) { r.Int64(0) },
		"1.5":                     func(r driver.Rows) { r.Int64(0) },
		"-1":                      func(r driver.Rows) { r.Uint64(0) },
		"9007199254740993":        func(r driver.Rows) { r.Float64(0) },
		"2":                       func(r driver.Rows) { r.Bool(0) },
		"'true'":                  func(r driver.Rows) { r.Bool(0) },
		"CAST(x'ff' AS TEXT)":     func(r driver.Rows) { r.Text(0) },
		"'text'":                  func(r driver.Rows) { r.Bytes(0) },
		"x'00'":                   func(r driver.Rows) { r.UUID(0) },
		"'2023-02-29'":            func(r driver.Rows) { r.Date(0) },
		"'2023-02-28 01:00:00'":   func(r driver.Rows) { r.Date(0) },
		"'24:00:00'":              func(r driver.Rows) { r.TimeOfDay(0) },
		"'yesterday'":             func(r driver.Rows) { r.Instant(0) },
		"'2023-02-28 01:00:00' ":  func(r driver.Rows) { r.TimeOfDay(0) },
		"1700000000":              func(r driver.Rows) { r.DateTime(0) },
		"'00010203-0405-0607-08'": func(r driver.Rows) { r.UUID(0) },
	} {
		err := one(t, c, "SELECT "+expr, read)
		var want *sqlerr.ValueError
		if !errors.As(err, &want) {
			t.Errorf("%s: got %v, want a ValueError", expr, err)
		}
	}
	exec(t, c, "CREATE TABLE d (d DATETIME)")
	exec(t, c, "INSERT INTO d VALUES ('no date')")
	var want *sqlerr.ValueError
	if err := one(t, c, "SELECT d FROM d", func(r driver.Rows) { r.DateTime(0) }); !errors.As(err, &want) {
		t.Errorf("unreadable DATETIME: got %v, want a ValueError", err)
	}
}

func (k *kit) constraints(t *testing.T) {
	c := k.memory(t)
	exec(t, c, "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE, n INTEGER CONSTRAINT positive CHECK (n > 0))")
	exec(t, c, "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, s TEXT NOT NULL)")
	exec(t, c, "INSERT INTO p VALUES (1, 'a', 1)")
	type want struct {
		Kind    sqlerr.ConstraintKind
		Name    string
		Table   string
		Columns []string
	}
	for sql, w := range map[string]want{
		"INSERT INTO p VALUES (1, 'b', 1)":     {sqlerr.PrimaryKey, "", "p", []string{"id"}},
		"INSERT INTO p VALUES (2, 'a', 1)":     {sqlerr.Unique, "", "p", []string{"code"}},
		"INSERT INTO p VALUES (2, 'b', 0)":     {sqlerr.Check, "positive", "", nil},
		"INSERT INTO c VALUES (1, 9, 's')":     {sqlerr.ForeignKey, "", "", nil},
		"INSERT INTO c VALUES (1, NULL, NULL)": {sqlerr.NotNull, "", "c", []string{"s"}},
	} {
		_, err := c.Exec(context.Background(), sql)
		var got *sqlerr.ConstraintError
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a ConstraintError", sql, err)
			continue
		}
		if diff := cmp.Diff(want{got.Kind, got.Name, got.Table, got.Columns}, w); diff != "" {
			t.Errorf("%s: got -, want +\n%s", sql, diff)
		}
	}
	_, err := c.Exec(context.Background(), "SELEC 1")
	var db *sqlerr.DatabaseError
	if !errors.As(err, &db) || db.Code != "1" || c.Broken() {
		t.Errorf("syntax error: got %v", err)
	}
}

func (k *kit) locks(t *testing.T) {
	cfg := storage.Config{Path: filepath.Join(t.TempDir(), "a ?#%.db"), BusyTimeout: time.Millisecond}
	a, b := k.connect(t, cfg, driver.ReadWrite), k.connect(t, cfg, driver.ReadWrite)
	exec(t, a, "CREATE TABLE l (v)")
	exec(t, a, "BEGIN IMMEDIATE")
	if _, err := b.Exec(context.Background(), "INSERT INTO l VALUES (1)"); !errors.Is(err, sqlerr.ErrLockTimeout) {
		t.Errorf("got %v, want ErrLockTimeout", err)
	}
	exec(t, a, "ROLLBACK")
	exec(t, a, "BEGIN")
	number(t, a, "SELECT count(*) FROM l")
	exec(t, b, "INSERT INTO l VALUES (1)")
	if _, err := a.Exec(context.Background(), "INSERT INTO l VALUES (2)"); !errors.Is(err, sqlerr.ErrSerialization) {
		t.Errorf("a write after another's commit: got %v, want ErrSerialization", err)
	}
	exec(t, a, "ROLLBACK")
}

func (k *kit) results(t *testing.T) {
	c := k.memory(t)
	ctx := context.Background()
	exec(t, c, "CREATE TABLE r (id INTEGER PRIMARY KEY, v INTEGER)")
	insert := prepare(t, c, "INSERT INTO r (v) VALUES (?)", 1)
	rows, err := insert.Query(ctx, []sqltype.Value{sqltype.Int64Value(1)})
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Close() != nil {
		t.Error("an INSERT returned a row or an error")
	}
	if diff := cmp.Diff(rows.Result(), driver.Result{RowsAffected: 1, LastInsertID: 1}); diff != "" {
		t.Errorf("Query without rows: got -, want +\n%s", diff)
	}
	got, err := prepare(t, c, "INSERT INTO r (v) VALUES (2), (3) RETURNING id", 0).Exec(ctx, nil)
	if err != nil || got.RowsAffected != 2 {
		t.Errorf("Exec of RETURNING: got %v, %v, want 2 rows", got, err)
	}
	if got := exec(t, c, "UPDATE r SET v = 1").RowsAffected; got != 3 {
		t.Errorf("UPDATE: got %d, want the 3 matched", got)
	}
	exec(t, c, "BEGIN")
	exec(t, c, "SAVEPOINT a")
	exec(t, c, "ROLLBACK TO a")
	if !c.InTx() {
		t.Error("not in a transaction after BEGIN")
	}
	exec(t, c, "COMMIT")
	if c.InTx() {
		t.Error("in a transaction after COMMIT")
	}
	if err := errors.Join(c.Reset(ctx), c.Ping(ctx)); err != nil {
		t.Error(err)
	}
	open, err := prepare(t, c, "SELECT id FROM r", 0).Query(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	open.Next()
	if _, err := c.Exec(ctx, "DELETE FROM r"); err == nil || !strings.Contains(err.Error(), "still open") {
		t.Errorf("got %v, want that the rows are still open", err)
	}
	if err := open.Close(); err != nil {
		t.Error(err)
	}
	if n := number(t, c, "SELECT count(*) FROM r"); n != 3 {
		t.Errorf("got %d rows, want 3", n)
	}
}

func (k *kit) batch(t *testing.T) {
	c := k.memory(t)
	exec(t, c, "CREATE TABLE b (id INTEGER PRIMARY KEY)")
	insert, list := prepare(t, c, "INSERT INTO b VALUES (?)", 1), prepare(t, c, "SELECT id FROM b", 0)
	item := func(id int64) driver.Item {
		return driver.Item{Stmt: insert, Args: []sqltype.Value{sqltype.Int64Value(id)}}
	}
	var ids []int64
	items := []driver.Item{{SQL: "BEGIN"}, item(1), item(2), {Stmt: list}, {SQL: "COMMIT"}, item(2), item(3)}
	err := c.Batch(context.Background(), items, func(_ int, rows driver.Rows) error {
		for rows.Next() {
			ids = append(ids, rows.Int64(0))
		}
		return rows.Err()
	})
	var failed *driver.BatchError
	if !errors.As(err, &failed) || failed.Index != 5 {
		t.Errorf("got %v, want the failure of item 5", err)
	}
	if diff := cmp.Diff(ids, []int64{1, 2}); diff != "" || number(t, c, "SELECT count(*) FROM b") != 2 {
		t.Errorf("got -, want +\n%s", diff)
	}
}

func (k *kit) cancel(t *testing.T) {
	c := k.memory(t)
	exec(t, c, "CREATE TABLE x (v)")
	cause := errors.New("the caller went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	_, err := c.Exec(ctx, "INSERT INTO x WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n")
	if !errors.Is(err, cause) {
		t.Errorf("got %v, want the cause", err)
	}
	var lost *driver.ConnError
	var db *sqlerr.DatabaseError
	if k.keeps {
		if !errors.As(err, &db) || db.Code != "9" || c.Broken() {
			t.Fatalf("got %v, broken %v, want SQLITE_INTERRUPT on a whole connection", err, c.Broken())
		}
		if n := number(t, c, "SELECT count(*) FROM x"); n != 0 {
			t.Errorf("got %d rows, want 0", n)
		}
		return
	}
	if !errors.As(err, &lost) || !lost.Sent || !c.Broken() {
		t.Errorf("got %v, broken %v, want a ConnError", err, c.Broken())
	}
}

func (k *kit) readOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	exec(t, k.connect(t, storage.Config{Path: path}, driver.ReadWrite), "CREATE TABLE r (v)")
	for name, c := range map[string]driver.Conn{
		"role": k.connect(t, storage.Config{Path: path}, driver.ReadOnly),
		"file": k.connect(t, storage.Config{Path: path, ReadOnly: true}, driver.ReadWrite),
	} {
		if _, err := c.Exec(context.Background(), "INSERT INTO r VALUES (1)"); !errors.Is(err, sqlerr.ErrReadOnly) {
			t.Errorf("%s: got %v, want ErrReadOnly", name, err)
		}
	}
}
