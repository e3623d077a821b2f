package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
)

func TestObservedContexts(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var all, some, inner []string
		note := func(list *[]string) *engine.Events {
			return &engine.Events{After: func(_ context.Context, x *engine.Execution) { *list = append(*list, x.SQL) }}
		}
		e := open(t, url)
		plain := t.Context()
		if _, err := engine.Scalar[string](plain, e, selectWord("before")); err != nil {
			t.Fatal(err)
		}
		outer := engine.Observe(plain, note(&some))
		both := engine.Observe(outer, note(&inner))
		for _, ctx := range []context.Context{plain, outer, both} {
			if _, err := engine.Scalar[string](ctx, e, selectWord("x")); err != nil {
				t.Fatal(err)
			}
		}
		remove := e.Listen(note(&all))
		defer remove()
		tx := begin(t, e, engine.TxOptions{})
		if _, err := engine.Scalar[string](both, tx, selectWord("x")); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(outer); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			got  []string
			want int // statements
		}{"the engine": {all, 2}, "the outer context": {some, 4}, "the inner context": {inner, 2}} {
			if len(c.got) != c.want {
				t.Errorf("%s was told %q, want %d statements", name, c.got, c.want)
			}
		}
		if !slices.Contains(some, "COMMIT") || slices.Contains(inner, "COMMIT") {
			t.Errorf("the outer context was told %q and the inner one %q, want COMMIT in the first alone", some, inner)
		}
	})
}

func TestAnObservedContextRefuses(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e, no := open(t, url), errors.New("not now")
		ctx := engine.Observe(t.Context(), &engine.Events{Before: func(context.Context, *engine.Execution) error { return no }})
		if _, err := engine.Scalar[string](ctx, e, selectWord("x")); !errors.Is(err, no) {
			t.Errorf("got %v, want the observer's error", err)
		}
		if got, err := engine.Scalar[string](t.Context(), e, selectWord("x")); err != nil || got != "x" {
			t.Errorf("another context: got %q, %v", got, err)
		}
	})
}
