package proxy_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// Every shape of request and reply of the MySQL protocol must be found whole: a reply whose end the proxy missed would shift the
// numbers of all that follow, and the connection would hang.
func TestMySQLRepliesAreFoundWhole(t *testing.T) {
	serverURL := testdb.MariaDB(t)
	table := mariadbTarget(serverURL).table(t)
	p := proxy.Start(t, serverURL)
	shapes := map[string]func(t *testing.T) error{
		"text result": func(t *testing.T) error { return queryMySQL(t, p, "SELECT 1 UNION SELECT 2") },
		"empty text result": func(t *testing.T) error {
			return queryMySQL(t, p, "SELECT * FROM "+table+" WHERE 1 = 0")
		},
		"prepared result": func(t *testing.T) error { return queryMySQL(t, p, "SELECT ?, ? UNION SELECT 3, 4", 1, "two") },
		"prepared without result": func(t *testing.T) error {
			return queryMySQL(t, p, "DELETE FROM "+table+" WHERE id = ?", 1)
		},
		"returning": func(t *testing.T) error {
			return queryMySQL(t, p, "REPLACE INTO "+table+" VALUES (?, ?) RETURNING id, s", 1, "a")
		},
		"several results": func(t *testing.T) error {
			return queryMySQL(t, p, "SELECT 1; DELETE FROM "+table+"; SELECT 2; SELECT 3 WHERE 1 = 0")
		},
		"syntax error": func(t *testing.T) error {
			return ignore(queryMySQL(t, p, "SELEKT"), "You have an error in your SQL syntax")
		},
		"error in rows": func(t *testing.T) error {
			return ignore(queryMySQL(t, p, "SELECT (SELECT 1 UNION SELECT 2)"), "more than 1 row")
		},
		"large rows": func(t *testing.T) error {
			return queryMySQL(t, p, "SELECT repeat('x', 9000000), 2 UNION SELECT 'y', 3")
		},
	}
	for name, run := range shapes {
		t.Run(name, func(t *testing.T) { strikesAtEveryRequest(t, p, run) })
	}
}

// queryMySQL runs the statement twice on one connection, for what the second run has cached, and reads all results.
func queryMySQL(t *testing.T, p *proxy.Proxy, query string, args ...any) error {
	t.Helper()
	c := openMySQL(t, p.URL())
	defer c.Close()
	st := func() error {
		rows, err := c.QueryContext(t.Context(), query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for more := true; more; more = rows.NextResultSet() {
			for rows.Next() { // only to read them
			}
		}
		return rows.Err()
	}
	if err := st(); err != nil {
		return err
	}
	if len(args) == 0 {
		return nil
	}
	prepared, err := c.PrepareContext(t.Context(), query)
	if err != nil {
		return err
	}
	defer prepared.Close()
	for range 2 {
		if rows, err := prepared.QueryContext(t.Context(), args...); err != nil {
			return err
		} else if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

// ignore drops an error of the server's that belongs to the shape.
func ignore(err error, text string) error {
	if err != nil && strings.Contains(err.Error(), text) {
		return nil
	}
	return err
}

func TestPostgresRepliesAreFoundWhole(t *testing.T) {
	serverURL := testdb.PG15(t)
	table := postgresTarget(serverURL).table(t)
	p := proxy.Start(t, serverURL)
	shapes := map[string]func(ctx context.Context, c *pgx.Conn) error{
		"extended": func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "SELECT $1::int", 1)
			return err
		},
		"simple": func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "SELECT 1; SELECT 2", pgx.QueryExecModeSimpleProtocol)
			return err
		},
		"error": func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "SELECT 1/$1::int", 0)
			return ignore(err, "22012")
		},
		"batch": func(ctx context.Context, c *pgx.Conn) error {
			var b pgx.Batch
			b.Queue("DELETE FROM " + table)
			b.Queue("INSERT INTO "+table+" VALUES ($1, $2)", 1, "a")
			b.Queue("INSERT INTO "+table+" VALUES ($1, $2) RETURNING id", 2, "b")
			return c.SendBatch(ctx, &b).Close()
		},
		"copy": func(ctx context.Context, c *pgx.Conn) error {
			if _, err := c.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
			_, err := c.CopyFrom(ctx, pgx.Identifier{table}, []string{"id", "s"}, pgx.CopyFromRows([][]any{{1, "a"}, {2, "b"}}))
			return err
		},
		"refused copy": func(ctx context.Context, c *pgx.Conn) error {
			rows := pgx.CopyFromRows([][]any{{1, "a"}, {1, "b"}})
			if _, err := c.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
			_, err := c.CopyFrom(ctx, pgx.Identifier{table}, []string{"id", "s"}, rows)
			return ignore(err, "23505")
		},
	}
	for name, run := range shapes {
		t.Run(name, func(t *testing.T) {
			strikesAtEveryRequest(t, p, func(t *testing.T) error {
				c, err := pgx.Connect(t.Context(), p.URL())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close(context.WithoutCancel(t.Context()))
				if err := run(t.Context(), c); err != nil {
					return err
				}
				return c.Ping(t.Context())
			})
		})
	}
}

// strikesAtEveryRequest runs an operation with its first reply eaten, then its second, until there is none left: each must end in an
// error, and the last must work.
func strikesAtEveryRequest(t *testing.T, p *proxy.Proxy, run func(t *testing.T) error) {
	t.Helper()
	for k := 1; k < 30; k++ {
		p.EatReply(k)
		err := run(t)
		switch {
		case !p.Struck() && err != nil:
			t.Fatalf("k = %d: got %v from an operation that was left alone", k, err)
		case !p.Struck():
			if p.Requests() != k-1 {
				t.Errorf("got %d requests, want %d: as many as could be struck", p.Requests(), k-1)
			}
			return
		case err == nil:
			t.Errorf("k = %d: got no error, want a broken connection", k)
		}
	}
	t.Fatal("the operation has no end")
}

// COPY's first request asks for the table's columns, its second is the copy with its data.
func TestCopyIsOneRequest(t *testing.T) {
	g := postgresTarget(testdb.PG15(t))
	table := g.table(t)
	p := proxy.Start(t, g.url)
	for _, c := range []struct {
		name string
		arm  func(int)
	}{{"eaten", p.EatReply}, {"cut", p.CutBefore}} {
		t.Run(c.name, func(t *testing.T) {
			var seen []int
			for k := 1; k < 30; k++ {
				if err := g.exec(t, g.url, "DELETE FROM "+table); err != nil {
					t.Fatal(err)
				}
				conn, err := pgx.Connect(t.Context(), p.URL())
				if err != nil {
					t.Fatal(err)
				}
				c.arm(k)
				_, err = conn.CopyFrom(t.Context(), pgx.Identifier{table}, []string{"id", "s"}, pgx.CopyFromRows([][]any{{1, "a"}, {2, "b"}}))
				conn.Close(t.Context())
				seen = append(seen, g.count(t, table))
				if !p.Struck() {
					break
				}
				if err == nil {
					t.Errorf("k = %d: got no error", k)
				}
			}
			want := map[string][]int{"eaten": {0, 2, 2}, "cut": {0, 0, 2}}[c.name]
			if !slices.Equal(seen, want) {
				t.Errorf("got %v rows for the requests struck in turn, want %v", seen, want)
			}
		})
	}
}
