package proxy_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// target is a server with a table for the proxy to be tried on. Its clients are plain drivers.
type target struct {
	url   string
	text  string // a type for very long texts
	exec  func(t *testing.T, serverURL string, statements ...string) error
	count func(t *testing.T, table string) int
}

func targets(t *testing.T) map[string]func(t *testing.T) target {
	t.Helper()
	return map[string]func(t *testing.T) target{
		"PostgreSQL 15": func(t *testing.T) target { return postgresTarget(testdb.PG15(t)) },
		"PostgreSQL 18": func(t *testing.T) target { return postgresTarget(testdb.PG18(t)) },
		"MariaDB":       func(t *testing.T) target { return mariadbTarget(testdb.MariaDB(t)) },
	}
}

func postgresTarget(serverURL string) target {
	exec := func(t *testing.T, u string, statements ...string) error {
		t.Helper()
		c, err := pgx.Connect(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.WithoutCancel(t.Context()))
		for _, s := range statements {
			if _, err := c.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}
	count := func(t *testing.T, table string) (n int) {
		t.Helper()
		c, err := pgx.Connect(t.Context(), serverURL)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		if err := c.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return target{serverURL, "text", exec, count}
}

// mysqlDSN turns a URL into the driver's own form.
func mysqlDSN(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	c := mysql.NewConfig()
	c.Net, c.Addr, c.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.MultiStatements = true
	c.Logger = &mysql.NopLogger{} // it would report each broken connection
	return c.FormatDSN()
}

func openMySQL(t *testing.T, u string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("mysql", mysqlDSN(t, u))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mariadbTarget(serverURL string) target {
	exec := func(t *testing.T, u string, statements ...string) error {
		t.Helper()
		c := openMySQL(t, u)
		defer c.Close()
		for _, s := range statements {
			if _, err := c.ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}
	count := func(t *testing.T, table string) (n int) {
		t.Helper()
		c := openMySQL(t, serverURL)
		defer c.Close()
		if err := c.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return target{serverURL, "longtext", exec, count}
}

// table makes an empty table for the test.
func (g target) table(t *testing.T) string {
	t.Helper()
	name := "proxy_" + strings.ToLower(strings.NewReplacer("/", "_", " ", "_").Replace(t.Name()))
	drop := "DROP TABLE IF EXISTS " + name
	if err := g.exec(t, g.url, drop, "CREATE TABLE "+name+" (id int primary key, s "+g.text+")"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := g.dropTable(ctx, t, drop); err != nil {
			t.Error(err)
		}
	})
	return name
}

// dropTable works after the test's own context has ended.
func (g target) dropTable(ctx context.Context, t *testing.T, drop string) error {
	t.Helper()
	if strings.HasPrefix(g.url, "postgres") {
		c, err := pgx.Connect(ctx, g.url)
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		_, err = c.Exec(ctx, drop)
		return err
	}
	db, err := sql.Open("mysql", mysqlDSN(t, g.url))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, drop)
	return err
}

func eachTarget(t *testing.T, body func(t *testing.T, g target, table string)) {
	t.Helper()
	for name, open := range targets(t) {
		t.Run(name, func(t *testing.T) {
			g := open(t)
			body(t, g, g.table(t))
		})
	}
}

func TestForwardsWhole(t *testing.T) {
	eachTarget(t, func(t *testing.T, g target, table string) {
		p := proxy.Start(t, g.url)
		long := strings.Repeat("x", 20<<20) // more than one packet of the MySQL protocol
		if err := g.exec(t, p.URL(), fmt.Sprintf("INSERT INTO %s VALUES (1, '%s')", table, long)); err != nil {
			t.Fatal(err)
		}
		if got := g.count(t, table); got != 1 {
			t.Errorf("got %d rows, want 1", got)
		}
		if got := p.Count("insert"); got != 1 {
			t.Errorf("got %d INSERTs counted, want 1", got)
		}
	})
}

// The server executes the statement whose reply is eaten, and nothing after it.
func TestEatReply(t *testing.T) {
	eachTarget(t, func(t *testing.T, g target, table string) {
		p := proxy.Start(t, g.url)
		var statements []string
		for i := range 3 {
			statements = append(statements, fmt.Sprintf("INSERT INTO %s VALUES (%d, 'a')", table, i))
		}
		for k := 1; ; k++ {
			if err := g.exec(t, g.url, "DELETE FROM "+table); err != nil {
				t.Fatal(err)
			}
			p.EatReply(k)
			err := g.exec(t, p.URL(), statements...)
			if got, sent := g.count(t, table), p.Count("INSERT"); got != sent {
				t.Errorf("k = %d: got %d rows, want one for each of the %d INSERTs that reached the server", k, got, sent)
			}
			if !p.Struck() {
				if err != nil || k < 4 {
					t.Errorf("k = %d: the proxy did not strike, got error %v", k, err)
				}
				return
			}
			if err == nil {
				t.Errorf("k = %d: got no error from a statement whose reply was eaten", k)
			}
		}
	})
}

func TestCutBefore(t *testing.T) {
	eachTarget(t, func(t *testing.T, g target, table string) {
		p := proxy.Start(t, g.url)
		p.CutBefore(1)
		err := g.exec(t, p.URL(), fmt.Sprintf("INSERT INTO %s VALUES (1, 'a')", table))
		if err == nil || !p.Struck() {
			t.Errorf("got error %v, struck %v; want a broken connection", err, p.Struck())
		}
		if got := g.count(t, table); got != 0 || p.Count("INSERT") != 0 {
			t.Errorf("got %d rows and %d INSERTs, want none", got, p.Count("INSERT"))
		}
		if err := g.exec(t, p.URL(), fmt.Sprintf("INSERT INTO %s VALUES (1, 'a')", table)); err != nil {
			t.Errorf("a new connection after the cut: %v", err)
		}
	})
}

func TestEatReplyOfCommitKeepsTheRows(t *testing.T) {
	eachTarget(t, func(t *testing.T, g target, table string) {
		p := proxy.Start(t, g.url)
		insert := fmt.Sprintf("INSERT INTO %s VALUES (1, 'a')", table)
		for k := 1; ; k++ {
			if err := g.exec(t, g.url, "DELETE FROM "+table); err != nil {
				t.Fatal(err)
			}
			p.EatReply(k)
			err := g.exec(t, p.URL(), "BEGIN", insert, "COMMIT")
			if !p.Struck() {
				return
			}
			want := p.Count("COMMIT")
			if got := g.count(t, table); got != want || err == nil {
				t.Errorf("k = %d: got %d rows and error %v, want %d and an error", k, got, err, want)
			}
		}
	})
}

func TestAsksForTLSAreRefused(t *testing.T) {
	t.Run("PostgreSQL 15", func(t *testing.T) {
		p := proxy.Start(t, testdb.PG15(t))
		_, err := pgx.Connect(t.Context(), strings.Replace(p.URL(), "sslmode=disable", "sslmode=require", 1))
		if err == nil {
			t.Error("got a connection with TLS, want an error")
		}
	})
	t.Run("MariaDB", func(t *testing.T) {
		p := proxy.Start(t, testdb.MariaDB(t))
		db, err := sql.Open("mysql", mysqlDSN(t, p.URL())+"&tls=skip-verify")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.PingContext(t.Context()); err == nil {
			t.Error("got a connection with TLS, want an error")
		}
	})
}
