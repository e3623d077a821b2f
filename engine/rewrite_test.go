package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func listen(t *testing.T, e *engine.Engine, ev *engine.Events) { t.Cleanup(e.Listen(ev)) }

// A row filter that no query can forget: each SELECT of the table gets a
// condition more.
func TestEventRewritesAStatement(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		table := words(t, "engine_filtered")
		create(t, e, table)
		for _, w := range []string{"mine", "theirs"} {
			exec(t, e, addWord(table, w))
		}
		listen(t, e, &engine.Events{Statement: func(_ context.Context, s expr.Statement) (expr.Statement, error) {
			if sel, ok := s.(*expr.Select); ok {
				return sel.Where(col[string](table, "word").Eq("mine")), nil
			}
			return nil, nil
		}})
		all := expr.NewSelect(table.C("word")).From(table)
		if got, err := engine.Collect[string](t.Context(), e, all); err != nil || !slices.Equal(got, []string{"mine"}) {
			t.Errorf("got %q, %v, want mine alone", got, err)
		}
		exec(t, e, expr.NewDelete(table).Where(expr.All())) // not a SELECT
		remove := e.Listen(&engine.Events{Statement: func(context.Context, expr.Statement) (expr.Statement, error) {
			return expr.NewDelete(table).Where(expr.All()), nil
		}})
		defer remove()
		if _, err := e.Query(t.Context(), all); err == nil || !strings.Contains(err.Error(), "of another kind") {
			t.Errorf("a SELECT that becomes a DELETE: got %v", err)
		}
	})
}

func TestEventRewritesTheText(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		table := words(t, "engine_reworded")
		create(t, e, table)
		var sent []string
		listen(t, e, &engine.Events{
			Before: func(_ context.Context, x *engine.Execution) error {
				x.SQL = strings.Replace(x.SQL, "'other'", "'this'", 1)
				return nil
			},
			After: func(_ context.Context, x *engine.Execution) { sent = append(sent, x.SQL) },
		})
		exec(t, e, addWord(table, "this"))
		for range 2 { // the second from the caches
			sql := expr.SQL("SELECT COUNT(*) FROM engine_reworded WHERE word = 'other' AND word <> :w", expr.Named("w", "that"))
			if n, err := engine.Scalar[int64](t.Context(), e, sql); n != 1 || err != nil {
				t.Errorf("a query: got %d, %v, want 1", n, err)
			}
		}
		exec(t, e, expr.SQL("DELETE FROM engine_reworded WHERE word = 'other'"))
		if n, err := engine.Scalar[int64](t.Context(), e, expr.NewSelect(expr.CountAll()).From(table)); n != 0 || err != nil {
			t.Errorf("after the DELETE: got %d rows, %v, want none", n, err)
		}
		if i := slices.IndexFunc(sent, func(sql string) bool { return strings.Contains(sql, "other") }); i >= 0 {
			t.Errorf("After was told %q", sent[i])
		}
	})
}

type tenantError struct{ cause error }

func (e *tenantError) Error() string { return "that word is taken" }

func TestEventRewritesTheError(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		table := words(t, "engine_taken")
		create(t, e, table)
		exec(t, e, addWord(table, "once"))
		var told error
		listen(t, e, &engine.Events{
			Error: func(_ context.Context, x *engine.Execution, err error) error {
				var broken *sqlerr.ConstraintError
				if errors.As(err, &broken) && strings.HasPrefix(x.SQL, "INSERT") {
					return &tenantError{cause: err}
				}
				return nil
			},
			After: func(_ context.Context, x *engine.Execution) { told = x.Err },
		})
		_, err := e.Exec(t.Context(), addWord(table, "once"))
		var own *tenantError
		var broken *sqlerr.ConstraintError
		if !errors.As(err, &own) || !errors.As(err, &broken) || err.Error() != "that word is taken" || told != err {
			t.Errorf("got %v, told %v", err, told)
		}
		_, err = e.Exec(t.Context(), expr.SQL("SELEKT 1"))
		if err == nil || errors.As(err, &own) {
			t.Errorf("another error: got %v", err)
		}
	})
}

func TestEventsOfDDL(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		table := words(t, "engine_ddl_events")
		m := table.MetaData()
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var got []string
		refuse, refusing := errors.New("not on a Friday"), false
		listen(t, e, &engine.Events{
			BeforeDDL: func(_ context.Context, el schema.Element) error {
				got = append(got, fmt.Sprintf("before %T", el))
				if refusing {
					return refuse
				}
				return nil
			},
			AfterDDL: func(_ context.Context, el schema.Element, err error) {
				got = append(got, fmt.Sprintf("after %T, failed %v", el, err != nil))
			},
		})
		// Changes that get in the way of a neighbour's are run again, so that the last events are those that count.
		last := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(got[max(0, len(got)-len(want)):], want); diff != "" {
				t.Errorf("events (-got +want):\n%s", diff)
			}
			got = nil
		}
		if err := e.CreateAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		last("before schema.CreateTable", "after schema.CreateTable, failed false")
		refusing = true
		if err := e.DropAll(t.Context(), m); !errors.Is(err, refuse) {
			t.Errorf("got %v, want what the event said", err)
		}
		last("before schema.DropTable")
		refusing = false
		exec(t, e, addWord(table, "still there"))
		if err := e.DropAll(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		last("before schema.DropTable", "after schema.DropTable, failed false")
	})
}

// Events come and go while an engine is in use; one of them takes itself away
// after the first time.
func TestEventsComeAndGo(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e := open(t, url)
		var got []string
		note := func(what string) *engine.Events {
			return &engine.Events{After: func(context.Context, *engine.Execution) { got = append(got, what) }}
		}
		one(t, e)
		removeA := e.Listen(note("a"))
		var removeOnce func()
		removeOnce = e.Listen(&engine.Events{After: func(context.Context, *engine.Execution) {
			got = append(got, "once")
			removeOnce()
		}})
		removeB := e.With(engine.ExecOptions{Name: "of the same pool"}).Listen(note("b"))
		one(t, e)
		one(t, e)
		removeA()
		removeA() // harmless
		one(t, e)
		removeB()
		one(t, e)
		if want := []string{"a", "once", "b", "a", "b", "b"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestEventsOfResetAndTheEnd(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var resets []error
		ended := 0
		cause := errors.New("left in disorder")
		var disorder bool
		e := open(t, fileURL(t, url), engine.WithEvents(&engine.Events{
			Reset:        func(_ context.Context, err error) { resets = append(resets, err) },
			EngineClosed: func() { ended++ },
		}), func(o *engine.Options) {
			o.Reset = func(context.Context, *engine.Conn) error {
				if disorder {
					return cause
				}
				return nil
			}
		})
		for range 2 {
			c := conn(t, e)
			one(t, c)
			if err := c.Close(); disorder != (err != nil) {
				t.Errorf("close: %v", err)
			}
			disorder = true
		}
		if len(resets) != 2 || resets[0] != nil || !errors.Is(resets[1], cause) {
			t.Errorf("got the resets %v, want one that worked and one that failed", resets)
		}
		if err := e.Close(t.Context()); err != nil || ended != 1 {
			t.Errorf("close: %v, told %d times, want once", err, ended)
		}
	})
}
