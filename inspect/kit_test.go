package inspect_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/inspect"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// products are the databases that a test runs on.
var products = []string{"memory", "file", "postgres15", "postgres18", "mariadb"}

// everywhere runs a test on an empty database of each product.
func everywhere(t *testing.T, f func(t *testing.T, db *engine.Engine)) {
	t.Helper()
	for _, name := range products {
		t.Run(name, func(t *testing.T) { f(t, connect(t, freshURL(t, name))) })
	}
}

func freshURL(t testing.TB, product string) string {
	t.Helper()
	switch product {
	case "memory":
		return "sqlite:///:memory:"
	case "file":
		return "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
	case "postgres15":
		return freshSchema(t, testdb.PG15(t))
	case "postgres18":
		return freshSchema(t, testdb.PG18(t))
	case "mariadb":
		return freshDatabase(t, testdb.MariaDB(t))
	}
	t.Fatalf("no database %q", product)
	return ""
}

func connect(t testing.TB, url string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), url)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("inspect_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

func run(t testing.TB, x engine.Executor, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := x.Exec(context.Background(), expr.VerbatimSQL(sql)); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// same compares descriptions: types by what they are called, constraints of a
// product by their text, lists of no order by name.
var same = gocmp.Options{
	gocmp.Comparer(func(a, b sqltype.Type) bool { return typeText(a) == typeText(b) }),
	cmpopts.IgnoreFields(inspect.Constraint{}, "Constraint"),
	cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b inspect.Check) bool { return cmp.Compare(a.Name+a.Condition, b.Name+b.Condition) < 0 }),
	cmpopts.SortSlices(func(a, b inspect.Key) bool { return keyText(a) < keyText(b) }),
	cmpopts.SortSlices(func(a, b inspect.ForeignKey) bool {
		return a.Name+strings.Join(a.Columns, ",") < b.Name+strings.Join(b.Columns, ",")
	}),
}

func keyText(k inspect.Key) string { return k.Name + " " + strings.Join(k.Columns, ",") }

func typeText(t sqltype.Type) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// described is all that there is in the current schema.
type described struct {
	Tables    []*inspect.Table
	Sequences []inspect.Sequence
}

func describe(t testing.TB, db *engine.Engine) described {
	t.Helper()
	i := inspect.New(db)
	tables, err := i.All(t.Context(), "")
	must(t, err)
	sequences, err := i.Sequences(t.Context(), "")
	must(t, err)
	return described{tables, sequences}
}

func tableOf(t testing.TB, db *engine.Engine, name string) *inspect.Table {
	t.Helper()
	table, err := inspect.New(db).Table(t.Context(), "", name)
	must(t, err)
	return table
}

// roundTrip drops the tables of m, makes them again from what was reflected of
// them, and compares what there is with what there was.
func roundTrip(t testing.TB, db *engine.Engine, drop func()) *schema.MetaData {
	t.Helper()
	before := describe(t, db)
	m, err := inspect.Reflect(t.Context(), db, inspect.Options{Views: true})
	must(t, err)
	drop()
	if gone := describe(t, db); len(gone.Tables) > 0 {
		t.Fatalf("got %d tables after all were dropped", len(gone.Tables))
	}
	must(t, db.CreateAll(t.Context(), m))
	after := describe(t, db)
	if diff := gocmp.Diff(before, after, same); diff != "" {
		t.Fatalf("what was made from the reflection is something else (-before +after):\n%s", diff)
	}
	return m
}
