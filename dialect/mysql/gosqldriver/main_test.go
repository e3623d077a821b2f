package gosqldriver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

// testConnector returns a connector to the test server, as the URL and the
// extra options say.
func testConnector(tb testing.TB, options string) driver.Connector {
	tb.Helper()
	u, err := url.Parse(testdb.MariaDB(tb))
	if err != nil {
		tb.Fatal("the server's URL is not one")
	}
	u.RawQuery = options
	cfg, err := ParseConfig(u)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func connect(tb testing.TB, c driver.Connector) *conn {
	tb.Helper()
	cn, err := c.Connect(context.Background(), driver.ReadWrite)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { cn.Close(context.Background()) })
	return cn.(*conn)
}

func open(tb testing.TB) *conn {
	tb.Helper()
	return connect(tb, testConnector(tb, ""))
}

func exec(tb testing.TB, c driver.Conn, sql string, args ...any) driver.Result {
	tb.Helper()
	if len(args) > 0 {
		sql = fmt.Sprintf(sql, args...)
	}
	res, err := c.Exec(context.Background(), sql)
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return res
}

// table makes a table that the test alone uses.
func table(tb testing.TB, c driver.Conn, name, columns string) {
	tb.Helper()
	exec(tb, c, "DROP TABLE IF EXISTS "+name)
	exec(tb, c, "CREATE TABLE "+name+" ("+columns+") ENGINE=InnoDB CHARACTER SET utf8mb4")
	tb.Cleanup(func() {
		ctx := context.Background()
		other, err := c.(*conn).connector.Connect(ctx, driver.ReadWrite)
		if err != nil {
			tb.Error(err)
			return
		}
		defer other.Close(ctx)
		if c.InTx() {
			c.Exec(ctx, "ROLLBACK")
		}
		exec(tb, other, "DROP TABLE IF EXISTS "+name)
	})
}

func types(args []sqltype.Value) []sqltype.Type {
	t := make([]sqltype.Type, len(args))
	for i := range t {
		t[i] = sqltype.Null{}
	}
	return t
}

func prepare(tb testing.TB, c driver.Conn, sql string, params int) driver.Stmt {
	tb.Helper()
	st, err := c.Prepare(context.Background(), sql, types(make([]sqltype.Value, params)))
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return st
}

func run(c driver.Conn, sql string, args ...sqltype.Value) (driver.Result, error) {
	ctx := context.Background()
	st, err := c.Prepare(ctx, sql, types(args))
	if err != nil {
		return driver.Result{}, err
	}
	res, err := st.Exec(ctx, args)
	return res, errors.Join(err, st.Close(ctx))
}

// one runs a query of one row and hands it to read.
func one(tb testing.TB, c driver.Conn, sql string, read func(driver.Rows), args ...sqltype.Value) error {
	tb.Helper()
	ctx := context.Background()
	st := prepare(tb, c, sql, len(args))
	defer st.Close(ctx)
	rows, err := st.Query(ctx, args)
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	if !rows.Next() {
		tb.Fatalf("%s: no row: %v", sql, rows.Close())
	}
	read(rows)
	return rows.Close()
}

func number(tb testing.TB, c driver.Conn, sql string) (n int64) {
	tb.Helper()
	if err := one(tb, c, sql, func(r driver.Rows) { n = r.Int64(0) }); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return n
}
