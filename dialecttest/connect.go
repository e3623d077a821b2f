package dialecttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func connectTests() []test { return slices.Concat(probeTests(), firstUseTests()) }

func probeTests() []test {
	return []test{
		{name: "lazy", doc: "Opening sends nothing; the first use connects.", own: &engine.Options{}, run: func(c *T) {
			connects := 0
			e := c.target.Open(c.T, engine.Options{Events: []*engine.Events{countConnects(&connects)}})
			if connects != 0 {
				c.Errorf("got %d connects before the first use, want 0", connects)
			}
			if err := e.Ping(c.Context()); err != nil || connects != 1 {
				c.Errorf("got %v and %d connects after the first use, want 1", err, connects)
			}
		}},
		{name: "ping", doc: "A server that is there answers.", run: func(c *T) {
			if err := c.engine.Ping(c.Context()); err != nil {
				c.Error(err)
			}
		}},
		{name: "product and version", doc: "The server says what it is.", run: func(c *T) {
			if c.caps.Product == "" || c.caps.Version == (dialect.Version{}) {
				c.Errorf("got product %q and version %s, want both", c.caps.Product, c.caps.Version)
			}
		}},
		{name: "probe is stable", doc: "Asked twice, the server gives the same capabilities.", run: probeIsStable},
		{name: "isolation is known", doc: "The default isolation level is the first of the list, and none is there twice.", run: func(c *T) {
			seen := slices.Clone(c.caps.Isolation)
			slices.Sort(seen)
			if len(seen) == 0 || len(slices.Compact(seen)) != len(c.caps.Isolation) || seen[0] == dialect.DefaultIsolation {
				c.Errorf("got levels %v", c.caps.Isolation)
			}
		}},
		{name: "rules name the dialect", doc: "Rules carry the dialect's name for messages.", run: func(c *T) {
			if c.rules.Dialect == "" || c.engine.Dialect().Name() == "" {
				c.Errorf("got %q of the dialect %q, want names", c.rules.Dialect, c.engine.Dialect().Name())
			}
		}},
		{name: "scalar", doc: "A first query gives its value.", run: func(c *T) {
			n, err := engine.Scalar[int64](c.Context(), c.engine, expr.NewSelect(expr.Value(int64(42))))
			if err != nil || n != 42 {
				c.Errorf("got %d, %v, want 42", n, err)
			}
		}},
		{name: "raw", doc: "The driver's own connection is lent.", run: func(c *T) {
			conn := c.conn()
			called := false
			err := conn.Raw(c.Context(), func(driverConn any) error { called = driverConn != nil; return nil })
			if err != nil || !called {
				c.Errorf("got %v, called with a connection: %v", err, called)
			}
		}},
	}
}

func firstUseTests() []test {
	return []test{
		{name: "text form hides secrets", doc: "An engine prints without its password.", run: func(c *T) {
			u := c.engine.URL()
			if u == nil || !u.HasPassword() {
				return
			}
			if s := c.engine.String() + c.engine.GoString(); strings.Contains(s, u.Password()) {
				c.Error("the password is in the engine's text form")
			}
		}},
		{name: "use after close", doc: "A closed engine says that it is.", own: &engine.Options{}, run: func(c *T) {
			if err := c.engine.Close(c.Context()); err != nil {
				c.Fatal(err)
			}
			if err := c.engine.Ping(c.Context()); !errors.Is(err, sqlerr.ErrClosed) {
				c.Errorf("got %v, want ErrClosed", err)
			}
		}},
		{name: "no rows", doc: "One row is asked for, and there is none.", run: func(c *T) {
			q := expr.NewSelect(expr.Value(int64(1))).Where(expr.Value(int64(1)).(expr.Scalar[int64]).Eq(2))
			_, err := engine.Scalar[int64](c.Context(), c.engine, q)
			if !errors.Is(err, sqlerr.ErrNoRows) {
				c.Errorf("got %v, want ErrNoRows", err)
			}
		}},
		{name: "syntax error", doc: "A statement that the server does not understand is an error with the text, and the connection lives on.", run: syntaxError},
	}
}

func countConnects(n *int) *engine.Events {
	return &engine.Events{Connect: func(_ context.Context, _ time.Duration, err error) {
		if err == nil {
			*n++
		}
	}}
}

func probeIsStable(c *T) {
	var again [2]dialect.Capabilities
	for i := range again {
		e := c.engine
		if i == 1 && !c.caps.OneConnection {
			e = c.target.Open(c.T, engine.Options{})
		}
		caps, err := e.Capabilities(c.Context())
		if err != nil {
			c.Fatal(err)
		}
		again[i] = caps
	}
	if diff := cmp.Diff(again[1], again[0]); diff != "" {
		c.Errorf("capabilities (-second +first):\n%s", diff)
	}
}

func syntaxError(c *T) {
	conn := c.conn()
	_, err := conn.Exec(c.Context(), statement("SELEKT 1"))
	var st *sqlerr.StatementError
	if !errors.As(err, &st) || st.SQL != "SELEKT 1" {
		c.Errorf("got %v, want a StatementError with the text", err)
	}
	var db *sqlerr.DatabaseError
	if !errors.As(err, &db) || db.Code == "" {
		c.Errorf("got %v, want a DatabaseError with a code", err)
	}
	if n, err := engine.Scalar[int64](c.Context(), conn, expr.NewSelect(expr.Value(int64(1)))); err != nil || n != 1 {
		c.Errorf("after the error: got %d, %v, want 1", n, err)
	}
}

// conn checks a connection out until the test ends.
func (c *T) conn() *engine.Conn {
	c.Helper()
	conn, err := c.engine.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	return conn
}
