package pgx_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	upstream "github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

// longRows are rows whose third value is longer and longer, up to more than is
// read at a time; every seventh second value is NULL.
const longRows = "SELECT n::int8, CASE WHEN n % 7 > 0 THEN 'text ' || n END, repeat(chr(97 + (n % 26)::int), (n * n % 9973)::int + CASE n % 500 WHEN 0 THEN 100000 ELSE 0 END) FROM generate_series(1, $1::int8) AS n"

// checkLong reports whether the current row is row n of longRows.
func checkLong(r driver.Rows, n int64) bool {
	size := n * n % 9973
	if n%500 == 0 {
		size += 100_000
	}
	text := string(r.Text(2))
	second := r.IsNull(1)
	if n%7 > 0 {
		second = string(r.Text(1)) == "text "+strconv.FormatInt(n, 10)
	}
	return r.Int64(0) == n && second && int64(len(text)) == size && strings.Trim(text, string(rune('a'+n%26))) == ""
}

// readLong reads up to most rows and says how many were right.
func readLong(t *testing.T, r driver.Rows, most int64) (n int64) {
	t.Helper()
	for n < most && r.Next() {
		n++
		if !checkLong(r, n) {
			t.Fatalf("row %d is wrong: number %d, texts of %d and %d bytes", n, r.Int64(0), len(r.Text(1)), len(r.Text(2)))
		}
	}
	return n
}

func TestLongResults(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, longRows, int8Type)
		for _, c := range []struct{ rows, read int64 }{{3000, 3000}, {3000, 1}, {3000, 1700}, {0, 1}, {1, 2}, {2, 3}, {1200, 1200}} {
			r, err := s.Query(t.Context(), ints(c.rows))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := readLong(t, r, c.read), min(c.read, c.rows); got != want {
				t.Errorf("got %d rows, want %d", got, want)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got := intOf(t, conn, "SELECT 5::int8"); got != 5 {
				t.Errorf("after it: got %d, want 5", got)
			}
		}
	})
}

// Results of a batch come one behind the other, whether they are read to the end
// or not.
func TestLongResultsOfABatch(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, longRows, int8Type)
		exec(t, conn, "BEGIN")
		defer exec(t, conn, "ROLLBACK")
		items := []driver.Item{{Stmt: s, Args: ints(900)}, {Stmt: s, Args: ints(700)}, {SQL: "SELECT 1"}, {Stmt: s, Args: ints(0)}, {Stmt: s, Args: ints(600)}}
		most := []int64{900, 20, 0, 0, 600}
		err := conn.Batch(t.Context(), items, func(i int, r driver.Rows) error {
			if got := readLong(t, r, most[i]); got != most[i] {
				t.Errorf("item %d: got %d rows, want %d", i, got, most[i])
			}
			return r.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// What the server says between rows is told, and the rows are whole.
func TestNoticesBetweenRows(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		cfg := config(t, url)
		var notices atomic.Int64
		cfg.ConnConfig.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) { notices.Add(1) }
		conn := connectWith(t, cfg)
		exec(t, conn, `CREATE FUNCTION pg_temp.pgxglue_say(n int8) RETURNS int8 LANGUAGE plpgsql AS
			$$ BEGIN IF n % 10 = 0 THEN RAISE NOTICE 'at %', n; END IF; RETURN n; END $$`)
		before := notices.Load()
		n := int64(0)
		err := query(t, conn, "SELECT pg_temp.pgxglue_say(n) FROM generate_series(1, 2000) AS n", nil, nil, func(r driver.Rows) {
			if n++; r.Int64(0) != n {
				t.Fatalf("got %d, want %d", r.Int64(0), n)
			}
		})
		if err != nil || n != 2000 || notices.Load()-before != 200 {
			t.Errorf("got %d rows, %d notices and %v, want 2000 and 200", n, notices.Load()-before, err)
		}
	})
}

// A failure in the middle comes behind the rows before it, and the connection
// goes on.
func TestFailureBetweenRows(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, "SELECT n, 1 / (2500 - n) FROM generate_series(1, $1::int8) AS n", int8Type)
		r, err := s.Query(t.Context(), ints(5000))
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for r.Next() {
			if n++; r.Int64(0) != n {
				t.Fatalf("got %d, want %d", r.Int64(0), n)
			}
		}
		if err := r.Close(); n != 2499 || err == nil || conn.Broken() {
			t.Errorf("got %d rows, %v and Broken %v, want 2499 and the server's answer", n, err, conn.Broken())
		}
		if got := intOf(t, conn, "SELECT 5::int8"); got != 5 {
			t.Errorf("after it: got %d, want 5", got)
		}
	})
}

// A context that ends while rows are read stops the statement, however many rows
// are here already, and the connection goes on.
func TestCancelBetweenRows(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, longRows, int8Type)
		for _, at := range []int64{1, 2, 40, 900} {
			ctx, cancel := context.WithCancelCause(t.Context())
			r, err := s.Query(ctx, ints(1_000_000))
			if err != nil {
				t.Fatal(err)
			}
			n := readLong(t, r, at)
			cancel(errStop)
			for r.Next() {
				if n++; !checkLong(r, n) {
					t.Fatalf("row %d is wrong", n)
				}
			}
			if err := r.Close(); !errors.Is(err, errStop) || conn.Broken() {
				t.Fatalf("at %d: got %v and Broken %v, want the cause on a connection that lives", at, err, conn.Broken())
			}
			if got := intOf(t, conn, "SELECT 5::int8"); got != 5 {
				t.Errorf("after it: got %d, want 5", got)
			}
		}
	})
}

// cutConn closes once so many bytes were read.
type cutConn struct {
	net.Conn
	left *atomic.Int64
}

func (c cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.left.Add(-int64(n)) < 0 {
		c.Conn.Close()
	}
	return n, err
}

// A connection that is lost between rows, or ended by the server, is broken, and
// no row is made of what did not come whole.
func TestLostBetweenRows(t *testing.T) {
	admin := connect(t, testdb.PG15(t))
	for name, lose := range map[string]func(left *atomic.Int64, pid int64){
		"cut": func(left *atomic.Int64, _ int64) { left.Store(300_000) },
		"ended by the server": func(_ *atomic.Int64, pid int64) {
			one(t, admin, "SELECT pg_terminate_backend($1::int8::int)::int", []sqltype.Type{int8Type}, ints(pid), func(driver.Rows) {})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, testdb.PG15(t))
			var left atomic.Int64
			left.Store(1 << 40)
			dial := c.ConnConfig.DialFunc
			c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				return cutConn{conn, &left}, err
			}
			conn := connectWith(t, c)
			s := prepare(t, conn, longRows, int8Type)
			r, err := s.Query(t.Context(), ints(100_000))
			if err != nil {
				t.Fatal(err)
			}
			readLong(t, r, 30)
			lose(&left, int64(conn.Raw().(*upstream.Conn).PgConn().PID()))
			n := int64(30)
			for r.Next() {
				if n++; !checkLong(r, n) {
					t.Fatalf("row %d is wrong", n)
				}
			}
			var dead *driver.ConnError
			if err := r.Close(); n == 100_000 || !errors.As(err, &dead) || !dead.Sent || !conn.Broken() {
				t.Errorf("got %d rows, %v and Broken %v, want a ConnError", n, err, conn.Broken())
			}
		})
	}
}

// A caller's connection, of which the glue does not see the network, gives the
// same rows.
func TestLongResultsOverACallersConnection(t *testing.T) {
	up, err := upstream.Connect(t.Context(), testdb.PG15(t))
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close(t.Context())
	s := prepare(t, pgx.Wrap(up), longRows, int8Type)
	r, err := s.Query(t.Context(), ints(2000))
	if err != nil {
		t.Fatal(err)
	}
	if got := readLong(t, r, 3000); got != 2000 {
		t.Errorf("got %d rows, want 2000", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// Reading allocates for the execution, and nothing for a row.
func TestRowsAllocateNothing(t *testing.T) {
	conn := connect(t, testdb.PG15(t))
	s := prepare(t, conn, "SELECT n::int8, 'name ' || n, CASE WHEN n % 2 = 0 THEN 'note' END, n * 0.5::float8, n % 2 = 0, timestamp '2024-05-06 07:08:09', '\\x00ff'::bytea FROM generate_series(1, $1::int8) AS n", int8Type)
	read := func(n int64) float64 {
		args := ints(n)
		return testing.AllocsPerRun(5, func() {
			r, err := s.Query(t.Context(), args)
			if err != nil {
				t.Fatal(err)
			}
			for r.Next() {
				if r.Int64(0) == 0 || len(r.Text(1)) == 0 || !r.IsNull(2) && len(r.Text(2)) != 4 || r.Float64(3) == 0 ||
					r.Bool(4) == r.IsNull(2) || r.DateTime(5).Year() != 2024 || len(r.Bytes(6)) != 2 {
					t.Fatal("a value is wrong")
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := read(10), read(10_000); many > few+20 {
		t.Errorf("got %v allocations for 10 rows and %v for 10,000, want as many", few, many)
	}
}
