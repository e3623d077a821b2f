package modernc

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

func open(t testing.TB, cfg Config, role driver.Role) *conn {
	t.Helper()
	c, err := New(cfg).Connect(context.Background(), role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c.(*conn)
}

func memory(t testing.TB) *conn { return open(t, Config{Path: Memory}, driver.ReadWrite) }

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "test.db") }

func must(t testing.TB, c driver.Conn, sql string, args ...sqltype.Value) driver.Result {
	t.Helper()
	res, err := run(c, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

func run(c driver.Conn, sql string, args ...sqltype.Value) (driver.Result, error) {
	ctx := context.Background()
	s, err := c.Prepare(ctx, sql, nil)
	if err != nil {
		return driver.Result{}, err
	}
	defer s.Close(ctx)
	return s.Exec(ctx, args)
}

// query calls read for each row and returns the rows' error.
func query(c driver.Conn, sql string, read func(driver.Rows), args ...sqltype.Value) error {
	ctx := context.Background()
	s, err := c.Prepare(ctx, sql, nil)
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	rows, err := s.Query(ctx, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		read(rows)
	}
	return rows.Close()
}

func one(t testing.TB, c driver.Conn, sql string, read func(driver.Rows), args ...sqltype.Value) {
	t.Helper()
	n := 0
	if err := query(c, sql, func(r driver.Rows) { n++; read(r) }, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if n != 1 {
		t.Fatalf("%s: got %d rows, want 1", sql, n)
	}
}

func number(t testing.TB, c driver.Conn, sql string) (n int64) {
	t.Helper()
	one(t, c, sql, func(r driver.Rows) { n = r.Int64(0) })
	return n
}

func word(t testing.TB, c driver.Conn, sql string, args ...sqltype.Value) (s string) {
	t.Helper()
	one(t, c, sql, func(r driver.Rows) { s = string(r.Text(0)) }, args...)
	return s
}
