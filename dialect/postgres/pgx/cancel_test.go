package pgx_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

var errStop = errors.New("stopped by the test")

// cancelWhenRunning cancels once the server is seen to run the statement.
func cancelWhenRunning(t *testing.T, admin driver.Conn, mark string, cancel context.CancelCauseFunc) {
	deadline := time.Now().Add(10 * time.Second)
	for running(t, admin, mark) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	cancel(errStop)
}

func running(t *testing.T, admin driver.Conn, mark string) (n int64) {
	t.Helper()
	one(t, admin, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
		[]sqltype.Type{sqltype.Text{}}, []sqltype.Value{sqltype.TextValue("%" + mark + "%")}, func(r driver.Rows) { n = r.Int64(0) })
	return n
}

// A cancelled context stops the statement on the server, and the connection
// goes on: for a statement, a batch, and rows that are being read.
func TestCancelReachesServer(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		admin := connect(t, url)
		for name, try := range map[string]func(ctx context.Context, conn driver.Conn) error{
			"exec /* pgxglue1 */": func(ctx context.Context, conn driver.Conn) error {
				_, err := conn.Exec(ctx, "SELECT pg_sleep(60) /* pgxglue1 */")
				return err
			},
			"query /* pgxglue2 */": func(ctx context.Context, conn driver.Conn) error {
				s := prepare(t, conn, "SELECT n, pg_sleep(CASE WHEN n = 10 THEN 60 ELSE 0 END) FROM generate_series(1, 20) AS n /* pgxglue2 */")
				r, err := s.Query(ctx, nil)
				if err != nil {
					return err
				}
				for r.Next() {
				}
				return r.Close()
			},
			"batch /* pgxglue3 */": func(ctx context.Context, conn driver.Conn) error {
				s := prepare(t, conn, "SELECT pg_sleep(60) /* pgxglue3 */")
				return conn.Batch(ctx, []driver.Item{{SQL: "BEGIN"}, {Stmt: s}, {Stmt: s}}, func(_ int, r driver.Rows) error { return r.Close() })
			},
		} {
			t.Run(name, func(t *testing.T) {
				conn := connect(t, url)
				ctx, cancel := context.WithCancelCause(t.Context())
				go cancelWhenRunning(t, admin, name[len(name)-14:], cancel)
				err := try(ctx, conn)
				if !errors.Is(err, errStop) {
					t.Errorf("got %v, want the context's cause", err)
				}
				var dead *driver.ConnError
				if errors.As(err, &dead) || conn.Broken() {
					t.Fatalf("got %v, want an answer on a connection that lives", err)
				}
				if conn.InTx() {
					exec(t, conn, "ROLLBACK")
				}
				if got := running(t, connect(t, url), name[len(name)-14:]); got != 0 {
					t.Errorf("the statement is still running")
				}
			})
		}
	})
}

func TestEndedContext(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errStop)
		_, err := conn.Exec(ctx, "SELECT 1")
		var dead *driver.ConnError
		if !errors.Is(err, errStop) || errors.As(err, &dead) || conn.Broken() {
			t.Errorf("got %v and Broken %v, want the cause and a connection that lives", err, conn.Broken())
		}
		exec(t, conn, "SELECT 1")
	})
}

// A cancel that comes as its statement ends never hits the next one. Each
// round cancels at another point of a short statement.
func TestCancelNeverHitsLaterStatement(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		for i := range 60 {
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(i)*20*time.Microsecond)
			conn.Exec(ctx, "SELECT pg_sleep(0.0003)")
			stop()
			for range 3 {
				if _, err := conn.Exec(t.Context(), "SELECT pg_sleep(0.0002)"); err != nil {
					t.Fatalf("round %d: %v", i, err)
				}
			}
		}
	})
}

// silentConn loses what the server says once it is told to.
type silentConn struct {
	net.Conn
	silent  *atomic.Bool
	written func()
}

func (c silentConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if c.silent.Load() {
		c.written()
	}
	return n, err
}

func (c silentConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.silent.Load() {
			return n, err
		}
	}
}

// A network that swallows everything cannot hold the caller: after
// CancelTimeout the connection is given up.
func TestSilentNetwork(t *testing.T) {
	c := config(t, testdb.PG15(t))
	var silent atomic.Bool
	ctx, cancel := context.WithCancelCause(t.Context())
	dial := c.ConnConfig.DialFunc
	c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return silentConn{conn, &silent, func() { cancel(errStop) }}, err
	}
	c.CancelTimeout = 20 * time.Millisecond
	conn, err := pgx.New(c).Connect(t.Context(), driver.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	silent.Store(true)
	_, err = conn.Exec(ctx, "SELECT 1")
	var dead *driver.ConnError
	if !errors.As(err, &dead) || !dead.Sent || !errors.Is(err, errStop) || !conn.Broken() {
		t.Errorf("got %v and Broken %v, want a ConnError with the context's cause", err, conn.Broken())
	}
}
