package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// rendered is a statement that counts how often it is compiled.
type rendered struct {
	text  string
	times *int
}

// AppendKey implements expr.Node.
func (s rendered) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String(s.text)
}

// Verb implements expr.Statement.
func (rendered) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s rendered) Render(c *compile.Compiler) {
	*s.times++
	c.Text(s.text)
}

func TestSecondRunIsAHitOfTheCache(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		for size, want := range map[int]int{0: 2, -1: 6} {
			e := open(t, url, func(o *engine.Options) { o.StatementCacheSize = size })
			times := 0
			for range 3 {
				for _, text := range []string{"SELECT 1", "SELECT 2"} {
					exec(t, e, rendered{text, &times})
				}
			}
			if times != want {
				t.Errorf("with StatementCacheSize %d: 2 statements that ran 3 times were compiled %d times, want %d", size, times, want)
			}
		}
	})
}
