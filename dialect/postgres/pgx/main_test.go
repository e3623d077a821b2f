package pgx_test

import (
	"context"
	"testing"
	"time"

	upstream "github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

// onEach runs test on each server that the glue has to work with.
func onEach(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("PostgreSQL 15", func(t *testing.T) { test(t, testdb.PG15(t)) })
	t.Run("PostgreSQL 18", func(t *testing.T) { test(t, testdb.PG18(t)) })
	t.Run("PgBouncer", func(t *testing.T) { test(t, bouncer(t)) })
}

func onEachDirect(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("PostgreSQL 15", func(t *testing.T) { test(t, testdb.PG15(t)) })
	t.Run("PostgreSQL 18", func(t *testing.T) { test(t, testdb.PG18(t)) })
}

func bouncer(t *testing.T) string { return withOption(testdb.PgBouncer(t), "pgbouncer=true") }

func withOption(url, option string) string {
	for i := range url {
		if url[i] == '?' {
			return url + "&" + option
		}
	}
	return url + "?" + option
}

func config(t testing.TB, url string) pgx.Config {
	t.Helper()
	c, err := pgx.ParseConfig(url, upstream.ParseConfigOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func connect(t testing.TB, url string) driver.Conn {
	t.Helper()
	return connectWith(t, config(t, url))
}

func connectWith(t testing.TB, c pgx.Config) driver.Conn {
	t.Helper()
	conn, err := pgx.New(c).Connect(t.Context(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		conn.Close(ctx)
	})
	return conn
}

func exec(t testing.TB, conn driver.Conn, sql string) driver.Result {
	t.Helper()
	res, err := conn.Exec(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

// table makes a table that goes away with the test. Names are per package, as
// packages share the server, and made anew for each subtest.
func table(t testing.TB, conn driver.Conn, name, columns string) {
	t.Helper()
	exec(t, conn, "DROP TABLE IF EXISTS "+name)
	exec(t, conn, "CREATE TABLE "+name+" ("+columns+")")
	t.Cleanup(func() {
		if !conn.Broken() {
			conn.Exec(context.Background(), "ROLLBACK")
			conn.Exec(context.Background(), "DROP TABLE IF EXISTS "+name)
		}
	})
}

func enum(t testing.TB, conn driver.Conn, name, labels string) {
	t.Helper()
	exec(t, conn, "DROP TYPE IF EXISTS "+name+" CASCADE")
	exec(t, conn, "CREATE TYPE "+name+" AS ENUM ("+labels+")")
	t.Cleanup(func() { conn.Exec(context.Background(), "DROP TYPE "+name+" CASCADE") })
}

func prepare(t testing.TB, conn driver.Conn, sql string, params ...sqltype.Type) driver.Stmt {
	t.Helper()
	s, err := conn.Prepare(t.Context(), sql, params)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}

func run(t testing.TB, s driver.Stmt, args ...sqltype.Value) driver.Result {
	t.Helper()
	res, err := s.Exec(t.Context(), args)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// one gives read the only row of a query.
func one(t testing.TB, conn driver.Conn, sql string, params []sqltype.Type, args []sqltype.Value, read func(r driver.Rows)) {
	t.Helper()
	if err := query(t, conn, sql, params, args, read); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func query(t testing.TB, conn driver.Conn, sql string, params []sqltype.Type, args []sqltype.Value, read func(r driver.Rows)) error {
	t.Helper()
	s, err := conn.Prepare(t.Context(), sql, params)
	if err != nil {
		return err
	}
	defer s.Close(t.Context())
	r, err := s.Query(t.Context(), args)
	if err != nil {
		return err
	}
	for r.Next() {
		read(r)
	}
	return r.Close()
}

func intOf(t testing.TB, conn driver.Conn, sql string) (n int64) {
	t.Helper()
	one(t, conn, sql, nil, nil, func(r driver.Rows) { n = r.Int64(0) })
	return n
}
