package pgx_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// turns counts how often a connection writes after it has read: the round
// trips.
type turns struct {
	net.Conn
	read  *atomic.Bool
	count *atomic.Int64
}

func (c turns) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Store(true)
	return n, err
}

func (c turns) Write(b []byte) (int, error) {
	if c.read.Swap(false) {
		c.count.Add(1)
	}
	return c.Conn.Write(b)
}

func TestBatchesArePipelined(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		cfg := config(t, url)
		var count atomic.Int64
		cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			var d net.Dialer
			c, err := d.DialContext(ctx, network, address)
			return turns{c, &atomic.Bool{}, &count}, err
		}
		conn := connectWith(t, cfg)
		s := prepare(t, conn, "SELECT $1::int8", int8Type)
		items := make([]driver.Item, 200)
		for i := range items {
			items[i] = driver.Item{Stmt: s, Args: ints(int64(i))}
		}
		exec(t, conn, "BEGIN")
		before := count.Load()
		got := 0
		err := conn.Batch(t.Context(), items, func(i int, rows driver.Rows) error {
			if rows.Next() && rows.Int64(0) == int64(i) {
				got++
			}
			return rows.Close()
		})
		if err != nil || got != len(items) {
			t.Fatalf("got %d of %d rows, %v", got, len(items), err)
		}
		if n := count.Load() - before; n != 1 {
			t.Errorf("%d statements took %d round trips, want 1", len(items), n)
		}
	})
}

func TestValuesComeInBinary(t *testing.T) {
	onEachDirect(t, func(t *testing.T, url string) {
		conn := connect(t, url)
		s := prepare(t, conn, "SELECT 1::int8, 2.5::float8, now(), gen_random_uuid(), true, 'x'::bytea, current_date")
		rows, err := s.Query(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		for i, c := range rows.Columns() {
			if raw := rows.Raw(i); raw.Format != sqltype.FormatBinary {
				t.Errorf("column %s: got the format %v, want binary", c.Type, raw.Format)
			}
		}
		if age := time.Since(rows.Instant(2)); age < -time.Hour || age > time.Hour {
			t.Errorf("got the time %s", rows.Instant(2))
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	})
}
