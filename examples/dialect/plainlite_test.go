package plainlite_test

import (
	"context"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/dialecttest/cases"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"

	"example.com/plainlite"
)

var update = flag.Bool("update", false, "write the list of skipped tests")

// TestPlainlite runs the suite. The list of tests that were skipped, each with
// the capability that it needs, is held by a file.
func TestPlainlite(t *testing.T) {
	dialecttest.Run(t, dialecttest.Target{
		Name: "plainlite-modernc", Least: 300, Skips: filepath.Join("testdata", "skips.txt"), Update: *update,
		Open: func(t *testing.T, o engine.Options) *engine.Engine {
			return open(t, filepath.Join(t.TempDir(), "test.db"), o)
		},
	})
}

// lacks is what the product does not have, by the cases that show it.
var lacks = map[string]string{
	"joins-004":               "there is no FULL JOIN",
	"functions-case-cast-019": "this driver refuses the text of a UUID in other words",
}

// TestPlainliteCases runs the catalogue of statements, whose rows are those of SQLite.
func TestPlainliteCases(t *testing.T) {
	attach := func(ctx context.Context, c *engine.Conn) error {
		_, err := c.Exec(ctx, expr.SQL("ATTACH ':memory:' AS inv"))
		return err
	}
	cases.Run(t, cases.Target{Like: "sqlite", Other: "inv", Except: lacks, Open: func(t *testing.T) *engine.Engine {
		return open(t, ":memory:", engine.Options{AfterConnect: attach})
	}})
}

func open(t *testing.T, file string, o engine.Options) *engine.Engine {
	t.Helper()
	e, err := plainlite.Open(file, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return e
}
