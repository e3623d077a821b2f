package pgx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

// writes are the ways in which a write is sent; each inserts the row 1.
var writes = map[string]func(t *testing.T, conn driver.Conn, s driver.Stmt) error{
	"text": func(t *testing.T, conn driver.Conn, _ driver.Stmt) error {
		_, err := conn.Exec(t.Context(), "INSERT INTO pgxglue_lost VALUES (1)")
		return err
	},
	"statement": func(t *testing.T, _ driver.Conn, s driver.Stmt) error {
		_, err := s.Exec(t.Context(), ints(1))
		return err
	},
	"rows": func(t *testing.T, _ driver.Conn, s driver.Stmt) error {
		r, err := s.Query(t.Context(), ints(1))
		if err != nil {
			return err
		}
		for r.Next() {
		}
		return r.Close()
	},
	"batch": func(t *testing.T, conn driver.Conn, s driver.Stmt) error {
		return conn.Batch(t.Context(), []driver.Item{{SQL: "BEGIN"}, {Stmt: s, Args: ints(1)}, {SQL: "COMMIT"}},
			func(_ int, r driver.Rows) error { return r.Close() })
	},
}

// A reply that is lost leaves a dead connection of which nobody says that it
// is safe to go on, and the statement ran once.
func TestLostReply(t *testing.T) {
	for _, mode := range []string{"named", "pgbouncer=true"} {
		for name, write := range writes {
			t.Run(mode+" "+name, func(t *testing.T) {
				direct := connect(t, testdb.PG15(t))
				table(t, direct, "pgxglue_lost", "id int8")
				p := proxy.Start(t, testdb.PG15(t))
				conn, s := throughProxy(t, p, mode)
				p.EatReply(1)
				err := write(t, conn, s)
				var dead *driver.ConnError
				if !errors.As(err, &dead) || !dead.Sent || !conn.Broken() {
					t.Errorf("got %v and Broken %v, want a ConnError after sending", err, conn.Broken())
				}
				if got := p.Count("INSERT"); got != 1 {
					t.Errorf("the server ran %d inserts, want 1", got)
				}
				if got := intOf(t, direct, "SELECT count(*) FROM pgxglue_lost"); got != 1 {
					t.Errorf("got %d rows, want 1", got)
				}
			})
		}
	}
}

// A connection that is cut before the statement arrives is dead too: from here
// it looks the same.
func TestCutRequest(t *testing.T) {
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			direct := connect(t, testdb.PG15(t))
			table(t, direct, "pgxglue_lost", "id int8")
			p := proxy.Start(t, testdb.PG15(t))
			conn, s := throughProxy(t, p, "named")
			p.CutBefore(1)
			err := write(t, conn, s)
			var dead *driver.ConnError
			if !errors.As(err, &dead) || !conn.Broken() {
				t.Errorf("got %v and Broken %v, want a ConnError", err, conn.Broken())
			}
			if got := intOf(t, direct, "SELECT count(*) FROM pgxglue_lost"); got != 0 {
				t.Errorf("got %d rows, want 0", got)
			}
		})
	}
}

func throughProxy(t *testing.T, p *proxy.Proxy, mode string) (driver.Conn, driver.Stmt) {
	c := config(t, p.URL())
	c.PgBouncer = strings.HasPrefix(mode, "pgbouncer")
	conn, err := pgx.New(c).Connect(t.Context(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	s := prepare(t, conn, "INSERT INTO pgxglue_lost VALUES ($1) RETURNING id", sqltype.Integer{Bits: 64})
	return conn, s
}
