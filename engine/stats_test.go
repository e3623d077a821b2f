package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

func TestStats(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url, func(o *engine.Options) { o.StatementCacheSize = 2 })
		if got := e.Stats(); got != (engine.Stats{}) {
			t.Errorf("before the first connection: got %+v, want nothing", got)
		}
		for range 3 { // with another value each time
			if _, err := engine.Scalar[string](t.Context(), e, selectWord("x")); err != nil {
				t.Fatal(err)
			}
		}
		before := e.Stats()
		if before.Misses != 1 || before.Hits != 2 || before.Statements != 1 || before.InUse != 0 || before.Idle != 1 {
			t.Errorf("got %+v, want 1 miss, 2 hits, 1 statement and 1 idle connection", before)
		}
		one(t, e)
		if _, err := engine.Scalar[string](t.Context(), e, expr.SQL("SELECT 'x'")); err != nil {
			t.Fatal(err)
		}
		conns := hold(t, e, 1)
		if got := e.Stats(); got.Statements != 2 || got.Dropped != 1 || got.InUse != 1 {
			t.Errorf("got %+v, want 2 statements, 1 dropped and 1 connection in use", got)
		}
		letGo(t, conns)
	})
}
