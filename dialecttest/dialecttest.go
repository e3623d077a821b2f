// Package dialecttest is the conformance suite of a dialect and a driver: what
// a program relies on, tried on a real database. A third party that writes
// either runs it by Run.
//
// It knows the engine, its statements and its errors, and the sessions of the
// ORM, whose ids it checks. It must not know any
// product: what differs is asked from Capabilities and Rules, and statements
// that only one product has come with the Target.
package dialecttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// Target is a dialect with a driver, and a database to try them on.
type Target struct {
	// Name names the two, such as "postgres-pgx".
	Name string
	// Open returns an engine with the options, over a database or schema that is
	// empty and that no other test uses. What it makes ends with t.
	Open func(t *testing.T, o engine.Options) *engine.Engine
	// OtherSchema is a schema beside the one that is in use.
	OtherSchema string
	// Skips is a file with the tests that are skipped and why, which is compared
	// with what was skipped; "" compares nothing. Update writes it.
	Skips  string
	Update bool
	// Product are statements of the product's own that some tests need; tests
	// whose statement is nil are skipped.
	Product Product
	// Least is how many tests must pass by SQL that the database ran, where a
	// loop over values counts as one (Summary.Shown).
	Least int
	// Effort is how many random cases the tests of ids try.
	Effort Effort
	// Only are sections, or tests by "section/name", that are run and no others;
	// nil: all. Skips is not compared then.
	Only []string
	// Except are tests, by "section/name", that this target can't pass, and why.
	// They are skipped with that reason.
	Except map[string]string
}

// Product are statements of one product for situations that the expression
// language has no words for. They speak of tables that the tests create.
type Product struct {
	// LogInserts makes, and UnlogInserts drops, a trigger that inserts a row into
	// dt_log (id generated, note text) after each row that is inserted into
	// dt_item.
	LogInserts, UnlogInserts []expr.Statement
	// RewriteInserts makes, and UnrewriteInserts drops, a trigger that sets the
	// column note of dt_item to 'rewritten' before a row is inserted.
	RewriteInserts, UnrewriteInserts []expr.Statement
	// Renumber makes, and Unrenumber drops, a trigger that adds 1000000 to the id
	// of a row before it is inserted into dt_item.
	Renumber, Unrenumber []expr.Statement
	// Inserts are situations in which an INSERT does more, less or something else
	// than it says.
	Inserts Inserts
	// SlowRead runs for 20 seconds at least. SlowInsert takes as long to insert
	// one row (id 1) into dt_slow.
	SlowRead, SlowInsert expr.Statement
	// Types are round trips of the types that the product alone has.
	Types []TypeTest
	// Running returns one number: how many of these two run on the server, this
	// query apart. nil where the database runs in the program itself.
	Running expr.Statement
}

// test is one thing that is tried.
type test struct {
	name  string
	doc   string // a sentence: what holds
	needs []need
	// loop is what several tests have in common that are one test with other
	// values; "" for a test by itself.
	loop string
	// own gives the test an engine and a database of its own, with these options.
	own *engine.Options
	run func(c *T)
}

// section is a group of tests.
type section struct {
	name  string
	tests []test
}

// T is a running test.
type T struct {
	*testing.T
	target *Target
	engine *engine.Engine
	caps   engine.Capabilities
	rules  *compile.Rules
	sent   *atomic.Int64 // statements that were sent to the database
	outer  *T            // the suite, on whose database this test runs
	shared *shared
}

// shared is what tests of one database share.
type shared struct{ staff *staff }

func sections() []section {
	return []section{
		{"connect", connectTests()},
		{"ddl", ddlTests()},
		{"keys", keyTests()},
		{"sequences", sequenceRuns()},
		{"types", typeTests()},
		{"refused", refusedTests()},
		{"select", selectTests()},
		{"queries", queryTests()},
		{"operators", operatorTests()},
		{"write", writeTests()},
		{"insert", insertTests()},
		{"upsert", upsertTests()},
		{"ids", idTests()},
		{"beside", besideTests()},
		{"transactions", transactionTests()},
		{"errors", errorTests()},
		{"cancel", cancelTests()},
		{"pool", poolTests()},
		{"hostile", hostileTests()},
	}
}

// Run runs the suite, and says what came of it. Tests are subtests named
// "section/name". They run one after the other on one database, but for those
// that need one of their own.
func Run(t *testing.T, target Target) Summary {
	t.Helper()
	shared := newT(t, &target, engine.Options{})
	count := &tally{loops: map[string]bool{}}
	for _, s := range target.sections() {
		t.Run(s.name, func(t *testing.T) {
			for _, x := range s.tests {
				name := s.name + "/" + x.name
				reason := shared.lacks(x, target.Except[name])
				var sent int64
				ran := t.Run(x.name, func(t *testing.T) { sent = shared.try(t, x, reason) })
				count.add(s.name, x, reason, ran, sent)
			}
		})
	}
	t.Logf("%s: %s", target.Name, count.Summary)
	if !filtered() && count.Shown < target.Least {
		t.Errorf("SQL of %d tests ran and passed, want %d", count.Shown, target.Least)
	}
	if !filtered() && target.Only == nil {
		target.compareSkips(t, count.skips)
	}
	return count.Summary
}

// sections returns those that are wanted, with the tests that are.
func (target *Target) sections() []section {
	all := append(sections(), section{"product types", target.Product.types()})
	if target.Only == nil {
		return all
	}
	var wanted []section
	for _, s := range all {
		s.tests = slices.DeleteFunc(s.tests, func(x test) bool {
			return !slices.Contains(target.Only, s.name) && !slices.Contains(target.Only, s.name+"/"+x.name)
		})
		if len(s.tests) > 0 {
			wanted = append(wanted, s)
		}
	}
	return wanted
}

// filtered reports whether only some of the tests run.
func filtered() bool {
	for _, a := range os.Args[1:] {
		a = strings.TrimLeft(a, "-")
		if rest, ok := strings.CutPrefix(a, "test.run="); ok && strings.Contains(rest, "/") {
			return true
		}
	}
	return false
}

func newT(t *testing.T, target *Target, o engine.Options) *T {
	t.Helper()
	c := &T{T: t, target: target, sent: &atomic.Int64{}, shared: &shared{}}
	c.outer = c
	o.Events = append(slices.Clone(o.Events), &engine.Events{Before: func(context.Context, *engine.Execution) error {
		c.sent.Add(1)
		return nil
	}})
	c.engine = target.Open(t, o)
	caps, err := c.engine.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.caps, c.rules = caps, c.engine.Dialect().Rules(caps)
	return c
}

func (c *T) lacks(x test, except string) string {
	if except != "" {
		return except
	}
	for _, n := range x.needs {
		if !n.has(c) {
			return "needs " + n.name
		}
	}
	return ""
}

// try runs a test and returns how many statements it sent.
func (c *T) try(t *testing.T, x test, skip string) int64 {
	t.Helper()
	if skip != "" {
		t.Skip(skip)
	}
	defer func() {
		if t.Failed() {
			t.Log(x.doc)
		}
	}()
	mine := *c
	mine.T = t
	if x.own != nil {
		mine = *newT(t, c.target, *x.own)
	}
	before := mine.sent.Load()
	x.run(&mine)
	return mine.sent.Load() - before
}

// compareSkips holds what was skipped against the target's file.
func (target *Target) compareSkips(t *testing.T, skips []string) {
	t.Helper()
	if target.Skips == "" {
		return
	}
	got := fmt.Sprintf("skipped %d\n", len(skips))
	for _, s := range skips {
		got += s + "\n"
	}
	if target.Update {
		if err := os.MkdirAll(filepath.Dir(target.Skips), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target.Skips, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(target.Skips)
	if err != nil {
		t.Fatalf("no list of skipped tests: %v; run again with -update", err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("skipped tests (-got +want):\n%s", diff)
	}
}

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second
