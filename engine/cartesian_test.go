package engine_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// each joins two tables of values, each row with each.
func each(cross bool) *expr.Select {
	left := expr.NewValues("l", []string{"n"}, expr.Row(expr.Value(int64(1))), expr.Row(expr.Value(int64(2))))
	right := expr.NewValues("r", []string{"n"}, expr.Row(expr.Value(int64(3))), expr.Row(expr.Value(int64(4))))
	n := expr.NumColumn[int64](left, "n")
	if cross {
		return expr.NewSelect(n).From(left).CrossJoin(right)
	}
	return expr.NewSelect(n).From(left, right)
}

func TestCartesianProducts(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		for _, c := range []struct {
			policy           engine.CartesianPolicy
			cross            bool
			warnings, errors int
		}{
			{engine.WarnOfCartesian, false, 1, 0},
			{engine.WarnOfCartesian, true, 0, 0},
			{engine.RefuseCartesian, false, 0, 2},
			{engine.RefuseCartesian, true, 0, 0},
			{engine.IgnoreCartesian, false, 0, 0},
		} {
			var log bytes.Buffer
			e := open(t, url, func(o *engine.Options) {
				o.Cartesian, o.Warnings = c.policy, slog.New(slog.NewTextHandler(&log, nil))
			})
			refused := 0
			for range 2 { // it is told once
				rows, err := engine.Collect[int64](t.Context(), e, each(c.cross))
				var product *compile.CartesianError
				switch {
				case errors.As(err, &product):
					refused++
				case err != nil || len(rows) != 4:
					t.Errorf("got %v, %v, want four rows", rows, err)
				}
			}
			if n := strings.Count(log.String(), "level=WARN"); n != c.warnings || refused != c.errors {
				t.Errorf("with policy %d and CrossJoin %v got %d warnings and %d errors, want %d and %d:\n%s",
					c.policy, c.cross, n, refused, c.warnings, c.errors, log.String())
			}
		}
	})
}

// Without options the warning is there too.
func TestCartesianProductsAreWarnedOfByDefault(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	if _, err := engine.Collect[int64](t.Context(), memory(t, engine.Options{}), each(false)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "nothing links the rows of l with those of r") {
		t.Errorf("got the log:\n%s", log.String())
	}
}
