package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// numbered numbers the connections of an engine as they are made.
func numbered(t *testing.T, url string, opts ...engine.Option) (*engine.Engine, *engine.Info[int]) {
	number, made := engine.NewInfo[int]("number"), 0
	count := func(o *engine.Options) {
		o.AfterConnect = func(_ context.Context, c *engine.Conn) error {
			made++
			return number.Set(c, made)
		}
	}
	return open(t, url, append(opts, count)...), number
}

func conn(t *testing.T, e *engine.Engine) *engine.Conn {
	t.Helper()
	c, err := e.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fileURL is a database in a file instead of one in memory.
func fileURL(t *testing.T, url string) string {
	if strings.HasPrefix(url, "sqlite") {
		return "sqlite:///" + t.TempDir() + "/a.db"
	}
	return url
}

func TestConnectionsCarryInfo(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e, number := numbered(t, fileURL(t, url), engine.Pool(1, 0))
		other := engine.NewInfo[string]("other")
		c := conn(t, e)
		if n, ok := number.Of(c); n != 1 || !ok {
			t.Errorf("got %d, %v, want the hook's 1", n, ok)
		}
		if _, ok := other.Of(c); ok {
			t.Error("a value that was not set is there")
		}
		if err := other.Set(c, "kept"); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil || !c.Closed() {
			t.Errorf("close: %v, closed %v", err, c.Closed())
		}
		again := conn(t, e)
		defer again.Close()
		if v, ok := other.Of(again); v != "kept" || !ok || again.Closed() {
			t.Errorf("at the next checkout: got %q, %v, closed %v", v, ok, again.Closed())
		}
		if err := other.Set(c, "late"); err == nil {
			t.Error("a value was set on a connection that is closed")
		}
	})
}

func TestInvalidatedConnectionIsReplaced(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var causes []error
		e, number := numbered(t, fileURL(t, url), engine.Pool(1, 0), engine.WithEvents(&engine.Events{
			Invalidate: func(_ context.Context, cause error) { causes = append(causes, cause) },
		}))
		table := words(t, "engine_invalid")
		create(t, e, table)
		c := conn(t, e)
		tx, err := c.Begin(t.Context(), engine.TxOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), addWord(table, "lost")); err != nil {
			t.Fatal(err)
		}
		cause := errors.New("its session is not to be trusted")
		if err := c.Invalidate(t.Context(), cause); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err == nil {
			t.Error("the transaction of an invalidated connection was committed")
		}
		if err := c.Invalidate(t.Context(), cause); err == nil || !c.Closed() {
			t.Errorf("twice: got %v, closed %v", err, c.Closed())
		}
		again := conn(t, e)
		defer again.Close()
		if n, _ := number.Of(again); n != 2 || len(causes) != 1 || causes[0] != cause {
			t.Errorf("the next connection is number %d after %v, want the second after its cause", n, causes)
		}
		if n, err := engine.Scalar[int64](t.Context(), again, expr.NewSelect(expr.CountAll()).From(table)); n != 0 || err != nil {
			t.Errorf("got %d rows, %v, want none", n, err)
		}
	})
}

func TestDetachedConnectionIsTheProgramsOwn(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		detached, closed := 0, 0
		e, number := numbered(t, fileURL(t, url), engine.Pool(1, 0), engine.WithEvents(&engine.Events{
			Detach: func(context.Context) { detached++ }, Close: func(context.Context) { closed++ },
		}))
		c := conn(t, e)
		if err := c.Detach(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := conn(t, e) // the pool has room for one
		if n, _ := number.Of(second); n != 2 {
			t.Errorf("got the connection %d from the pool, want a second one", n)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := closed
		one(t, c) // outlives the pool
		if err := c.Close(); err != nil || detached != 1 || closed != before+1 {
			t.Errorf("got %v, %d detached, %d closed, want one more than %d", err, detached, closed, before)
		}
	})
}

func TestTheOnlyConnectionStays(t *testing.T) {
	e := open(t, "sqlite://")
	c := conn(t, e)
	defer c.Close()
	var unsupported *compile.UnsupportedError
	if err := c.Detach(t.Context()); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), "use a database in a file") {
		t.Errorf("Detach: got %v", err)
	}
	if err := c.Invalidate(t.Context(), nil); !errors.As(err, &unsupported) {
		t.Errorf("Invalidate: got %v", err)
	}
	one(t, c)
}

func TestRenewReplacesAllConnections(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e, number := numbered(t, fileURL(t, url), engine.Pool(1, 0))
		c := conn(t, e)
		if s := e.Stats(); s.InUse != 1 || s.Idle != 0 {
			t.Errorf("got %+v, want one connection in use", s)
		}
		e.Renew()
		one(t, c)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		again := conn(t, e)
		defer again.Close()
		if n, _ := number.Of(again); n != 2 {
			t.Errorf("got the connection %d, want a new one", n)
		}
	})
}
