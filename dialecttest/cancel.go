package dialecttest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

func cancelTests() []test { return slices.Concat(stoppedStatementTests(), waitingContextTests()) }

func stoppedStatementTests() []test {
	return []test{
		{name: "before", doc: "A context that has ended sends nothing.", run: func(c *T) {
			t := c.item()
			ctx, cancel := context.WithCancel(c.Context())
			cancel()
			_, err := c.engine.Exec(ctx, add(t, "a"))
			c.wantIs(err, context.Canceled)
			c.wantCount(c.engine, t, 0)
		}},
		{name: "a read", doc: "A query whose context ends stops at the server, and its engine goes on.", needs: []need{slowRead}, run: func(c *T) {
			c.cancelled(c.engine, c.target.Product.SlowRead)
			c.wantStopped()
			c.wantRows(c.engine, expr.NewSelect(expr.Value(int64(1))), "1")
		}},
		{name: "a write", doc: "A write whose context ends stops at the server, and leaves no row.", needs: []need{slowInsert}, run: func(c *T) {
			t := c.slow()
			c.cancelled(c.engine, c.target.Product.SlowInsert)
			c.wantStopped()
			c.wantCount(c.engine, t, 0)
		}},
		{name: "within a transaction", doc: "A transaction whose statement was cancelled rolls back.", needs: []need{slowRead}, run: func(c *T) {
			t := c.item()
			tx := c.begin(engine.TxOptions{})
			c.exec(tx, add(t, "a"))
			c.cancelled(tx, c.target.Product.SlowRead)
			c.rollback(tx)
			c.wantStopped()
			c.wantCount(c.engine, t, 0)
			c.exec(c.engine, add(t, "b"))
		}},
		{name: "on a connection", doc: "A connection whose statement was cancelled goes on or says that it is closed.", needs: []need{slowRead}, run: func(c *T) {
			t := c.items("a")
			conn := c.conn()
			c.cancelled(conn, c.target.Product.SlowRead)
			if r, err := conn.Query(c.Context(), notes(t)); err == nil {
				r.Close()
				c.wantRows(conn, notes(t), "a")
			}
		}},
		{name: "the next statement", doc: "A cancel hits the statement that it was meant for alone.", needs: []need{slowRead}, run: func(c *T) {
			t := c.items("a")
			for range 5 {
				c.cancelled(c.engine, c.target.Product.SlowRead)
				for range 10 {
					c.wantRows(c.engine, notes(t), "a")
				}
			}
		}},
	}
}

func waitingContextTests() []test {
	return []test{
		{name: "while waiting for a connection", doc: "A checkout ends with its context.", own: &engine.Options{PoolSize: 1, Overflow: -1}, run: func(c *T) {
			c.conn()
			ctx, cancel := context.WithTimeout(c.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := c.engine.Conn(ctx)
			c.wantIs(err, context.DeadlineExceeded)
		}},
		{name: "cause", doc: "The error wraps the cause with which the context was ended.", needs: []need{slowRead}, run: func(c *T) {
			ctx, cancel := context.WithCancelCause(c.Context())
			time.AfterFunc(30*time.Millisecond, func() { cancel(errStopped) })
			_, err := c.engine.Exec(ctx, c.target.Product.SlowRead)
			c.wantIs(err, errStopped)
		}},
		{name: "while reading", doc: "A result whose context ends says so, and its connection goes on or is closed.", run: whileReading},
	}
}

var errStopped = errors.New("the caller had enough")

// slow makes the table that Product.SlowInsert writes.
func (c *T) slow() *schema.Table {
	c.Helper()
	return c.table("dt_slow", plainID())
}

// cancelled runs a statement and ends its context while it runs.
func (c *T) cancelled(x engine.Executor, s expr.Statement) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		if c.target.Product.Running == nil || c.caps.OneConnection {
			time.Sleep(20 * time.Millisecond)
		} else {
			c.awaitRunning(ctx)
		}
		cancel()
	}()
	start := time.Now()
	_, err := x.Exec(ctx, s)
	cancel()
	<-watching
	c.wantIs(err, context.Canceled)
	if took := time.Since(start); took > patience {
		c.Errorf("the statement went on for %s after its context had ended", took)
	}
}

// awaitRunning waits until the server runs a slow statement.
func (c *T) awaitRunning(ctx context.Context) {
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		n, err := engine.Scalar[int64](ctx, c.engine, c.target.Product.Running)
		if err == nil && n > 0 {
			return
		}
	}
}

// wantStopped waits until the server runs no slow statement.
func (c *T) wantStopped() {
	c.Helper()
	if c.target.Product.Running == nil {
		return
	}
	c.waitFor("the statement to stop on the server", func() bool {
		n, err := engine.Scalar[int64](c.Context(), c.engine, c.target.Product.Running)
		return err == nil && n == 0
	})
}

func whileReading(c *T) {
	t := c.item()
	c.insertBatch(newBatch(t, 2000, "note"))
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	r, err := c.engine.Query(ctx, expr.NewSelect(t.C("id"), t.C("note")))
	if err != nil {
		c.Fatal(err)
	}
	if !r.Next() {
		c.Fatal("no row")
	}
	cancel()
	n := 1
	for r.Next() {
		n++
	}
	if err := r.Close(); err == nil && n != 2000 {
		c.Errorf("got %d of 2000 rows and no error", n)
	}
	c.wantCount(c.engine, t, 2000)
}
