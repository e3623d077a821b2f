package dialecttest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func poolTests() []test {
	small := &engine.Options{PoolSize: 1, Overflow: -1, PoolTimeout: 50 * time.Millisecond}
	return []test{
		{name: "timeout names the holder", doc: "A checkout that times out says which line of the program holds the connections.", own: small, run: func(c *T) {
			c.conn()
			_, err := c.engine.Conn(c.Context())
			c.wantIs(err, sqlerr.ErrPoolTimeout)
			if err == nil || !strings.Contains(err.Error(), ".go:") {
				c.Errorf("got %v, want a file and line", err)
			}
		}},
		{name: "lent again", doc: "A connection that came back is lent again.", own: small, run: func(c *T) {
			for range 20 {
				conn, err := c.engine.Conn(c.Context())
				if err != nil {
					c.Fatal(err)
				}
				if err := conn.Close(); err != nil {
					c.Fatal(err)
				}
			}
		}},
		{name: "results and statements give back", doc: "Statements and results on the engine leave no connection out.", own: small, run: func(c *T) {
			t := c.item()
			for i := range 10 {
				c.exec(c.engine, add(t, number("x", i)))
				c.rows(c.engine, notes(t))
				c.engine.Exec(c.Context(), statement("SELEKT"))
			}
			c.wantCount(c.engine, t, 10)
		}},
		{
			name: "size", doc: "As many connections are lent at once as size and overflow say, and no more.", needs: []need{manyWriters},
			own: &engine.Options{PoolSize: 2, Overflow: 1, PoolTimeout: time.Second}, run: func(c *T) {
				for range 3 {
					c.conn()
				}
				_, err := c.engine.Conn(c.Context())
				c.wantIs(err, sqlerr.ErrPoolTimeout)
			},
		},
		{name: "waits", doc: "A checkout waits for a connection that comes back.", own: &engine.Options{PoolSize: 1, Overflow: -1}, run: waits},
		{name: "close drains", doc: "Close waits for what is out, and names who holds it when its context ends.", own: &engine.Options{}, run: closeDrains},
		{name: "hooks", doc: "AfterConnect runs once a connection, Reset at each return, and Checkout and Checkin are told.", run: hooks},
		{name: "failing AfterConnect", doc: "An error of the hook reaches the caller.", run: func(c *T) {
			cause := errors.New("not this one")
			e := c.target.Open(c.T, engine.Options{AfterConnect: func(context.Context, *engine.Conn) error { return cause }})
			c.wantIs(e.Ping(c.Context()), cause)
		}},
		{name: "failing Before", doc: "An event that refuses a statement keeps it from being sent.", run: failingBefore},
		{name: "many goroutines", doc: "More goroutines than connections all get theirs in turn.", own: &engine.Options{PoolSize: 2, Overflow: -1}, run: manyGoroutines},
	}
}

func waits(c *T) {
	conn, err := c.engine.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	got := make(chan error, 1)
	go func() { got <- c.engine.Ping(c.Context()) }()
	time.AfterFunc(20*time.Millisecond, func() { conn.Close() })
	if err := <-got; err != nil {
		c.Error(err)
	}
}

func closeDrains(c *T) {
	conn, err := c.engine.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.Context(), 20*time.Millisecond)
	defer cancel()
	err = c.engine.Close(ctx)
	c.wantIs(err, context.DeadlineExceeded)
	if err != nil && !strings.Contains(err.Error(), ".go:") {
		c.Errorf("got %v, want who holds the connection", err)
	}
	if _, err := conn.Exec(c.Context(), expr.NewSelect(expr.Value(int64(1)))); err != nil {
		c.Errorf("the connection that is out: %v", err)
	}
	_, err = c.engine.Conn(c.Context())
	c.wantIs(err, sqlerr.ErrClosed)
	if err := conn.Close(); err != nil {
		c.Error(err)
	}
	if err := c.engine.Close(c.Context()); err != nil {
		c.Error(err)
	}
}

func hooks(c *T) {
	var connected, after, reset, out, in atomic.Int64
	e := c.target.Open(c.T, engine.Options{
		PoolSize: 1, Overflow: -1,
		AfterConnect: func(ctx context.Context, conn *engine.Conn) error {
			after.Add(1)
			_, err := conn.Exec(ctx, expr.NewSelect(expr.Value(int64(1))))
			return err
		},
		Reset: func(context.Context, *engine.Conn) error { reset.Add(1); return nil },
		Events: []*engine.Events{{
			Connect:  func(context.Context, time.Duration, error) { connected.Add(1) },
			Checkout: func(context.Context, time.Duration) { out.Add(1) },
			Checkin:  func(context.Context) { in.Add(1) },
		}},
	})
	for range 3 {
		if err := e.Ping(c.Context()); err != nil {
			c.Fatal(err)
		}
	}
	if connected.Load() != 1 || after.Load() != 1 || reset.Load() != 3 || out.Load() != 3 || in.Load() != 3 {
		c.Errorf("got %d connects, %d AfterConnect, %d Reset, %d checkouts, %d checkins, want 1, 1, 3, 3, 3",
			connected.Load(), after.Load(), reset.Load(), out.Load(), in.Load())
	}
}

func failingBefore(c *T) {
	cause := errors.New("not now")
	var refuse atomic.Bool
	e := c.target.Open(c.T, engine.Options{Events: []*engine.Events{{Before: func(context.Context, *engine.Execution) error {
		if refuse.Load() {
			return cause
		}
		return nil
	}}}})
	q := expr.NewSelect(expr.Value(int64(1)))
	if _, err := e.Exec(c.Context(), q); err != nil {
		c.Fatal(err)
	}
	refuse.Store(true)
	_, err := e.Exec(c.Context(), q)
	c.wantIs(err, cause)
	refuse.Store(false)
	if _, err := e.Exec(c.Context(), q); err != nil {
		c.Error(err)
	}
}

func manyGoroutines(c *T) {
	t := c.item()
	const n = 32
	errs := make(chan error, n)
	for i := range n {
		go func() {
			errs <- c.engine.Transact(c.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				_, err := tx.Exec(c.Context(), add(t, number("g", i)))
				return err
			})
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			c.Error(err)
		}
	}
	c.wantCount(c.engine, t, n)
}
