package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Switches of one statement: its name is in the log and told to events, and it
// is compiled anew.
func TestSwitchesOfOneExecution(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		var names []string
		e := open(t, url, engine.Echo(slog.New(slog.NewTextHandler(&log, nil))), engine.WithEvents(&engine.Events{
			After: func(_ context.Context, x *engine.Execution) { names = append(names, x.Name) },
		}))
		plain := selectWord("a")
		for _, s := range []engine.ExecOptions{{}, {}, {Name: "report 7", NoCache: true}} {
			if got, err := engine.Scalar[string](t.Context(), e, engine.With(plain, s)); got != "a" || err != nil {
				t.Fatalf("got %q, %v", got, err)
			}
		}
		if want := []string{"", "", "report 7"}; !slices.Equal(names, want) || strings.Count(log.String(), `name="report 7"`) != 1 {
			t.Errorf("events were told %q, want %q, and the log is\n%s", names, want, &log)
		}
		if s := e.Stats(); s.Hits != 1 || s.Statements != 1 {
			t.Errorf("got %+v, want one statement in the cache, found once", s)
		}
	})
}

// Text in the driver's own spelling goes to it as it is, with its parameters.
func TestTextOfTheDriver(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		sql := "SELECT ? || ? AS both"
		switch {
		case strings.HasPrefix(url, "postgres"):
			sql = "SELECT $1::text || $2::text AS both"
		case strings.HasPrefix(url, "mariadb"):
			sql = "SELECT CONCAT(?, ?) AS `both`"
		}
		e := open(t, url)
		c := conn(t, e)
		defer c.Close()
		var got []string
		args := []sqltype.Value{sqltype.TextValue("it's %s "), sqltype.TextValue("here")}
		err := c.Querier().Query(t.Context(), sql, args, func(row sqltype.Row) error {
			got = append(got, string(row.Text(0)))
			return row.Err()
		})
		if err != nil || !slices.Equal(got, []string{"it's %s here"}) {
			t.Errorf("got %q, %v", got, err)
		}
	})
}
