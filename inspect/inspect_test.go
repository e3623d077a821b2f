package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/inspect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func want[T any](t testing.TB, what string, want T) func(got T, err error) {
	return func(got T, err error) {
		t.Helper()
		if diff := gocmp.Diff(want, got, same); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", what, err, diff)
		}
	}
}

// library is a model with what the parts of an Inspector tell of.
func library(t testing.TB, db *engine.Engine) *schema.MetaData {
	t.Helper()
	m := schema.NewMetaData()
	big := sqltype.Integer{Bits: 64}
	authors := schema.MustTable(m, "Authors of books", schema.TableComment("who writes"),
		schema.NewColumn("id", big, schema.PrimaryKey()),
		schema.NewColumn("first name", sqltype.String{Length: 40}, schema.NotNull(), schema.ServerDefaultValue("?"), schema.Comment("given")),
		schema.NewColumn("order", sqltype.Integer{Bits: 32}),
		schema.UniqueOn("once", "first name", "order"), schema.CheckOn("positive", expr.SQL("1 > 0")))
	schema.MustTable(m, "books", schema.NewColumn("isbn", sqltype.String{Length: 13}, schema.PrimaryKey()),
		schema.NewColumn("author", big, schema.NotNull(), schema.ForeignKey("Authors of books.id", schema.OnDelete(schema.Cascade), schema.OnUpdate(schema.Restrict), schema.ConstraintName("by"))),
		schema.NewColumn("price", sqltype.Numeric{Precision: 8, Scale: 2}), schema.NewColumn("twice", sqltype.Numeric{Precision: 9, Scale: 2}, schema.ComputedAs(expr.SQL("price * 2"), schema.Stored)),
		schema.IndexOn("by price", "price"))
	_, err := schema.NewView(m, "cheap", expr.NewSelect(authors.C("id"), authors.C("first name")).Where(expr.SQL("id < 10").Pred()))
	must(t, err)
	must(t, m.AddSequence(schema.NewSequence("numbers", schema.Start(5), schema.Increment(2))))
	must(t, db.CreateAll(t.Context(), m))
	return m
}

func TestPartsOfATable(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		library(t, db)
		i, ctx := inspect.New(db), t.Context()
		want(t, "tables", []string{"Authors of books", "books"})(i.TableNames(ctx, ""))
		want(t, "views", []string{"cheap"})(i.ViewNames(ctx, ""))
		want(t, "materialized views", []string{})(i.MaterializedViewNames(ctx, ""))
		want(t, "sequences", []string{"numbers"})(i.SequenceNames(ctx, ""))
		want(t, "has", map[string]bool{"books": true, "cheap": true, "it's": false})(i.HasTables(ctx, "", "books", "cheap", "it's"))
		for name, there := range map[string]bool{"books": true, "cheap": true, "bo oks": false, "": false, `"; DROP TABLE books; --`: false} {
			want(t, "has "+name, there)(i.HasTable(ctx, "", name))
		}
		for name, there := range map[string]bool{"by price": true, "price": false} {
			want(t, "index "+name, there)(i.HasIndex(ctx, "", "books", name))
		}
		want(t, "sequence", true)(i.HasSequence(ctx, "", "numbers"))
		want(t, "no sequence", false)(i.HasSequence(ctx, "", "books"))
		want(t, "foreign keys", []inspect.ForeignKey{{Name: "by", Columns: []string{"author"}, RefTable: "Authors of books", RefColumns: []string{"id"}, OnDelete: schema.Cascade, OnUpdate: schema.Restrict}})(i.ForeignKeys(ctx, "", "books"))
		key, err := i.PrimaryKey(ctx, "", "books")
		if err != nil || !slices.Equal(key.Columns, []string{"isbn"}) {
			t.Errorf("got the key %v, %v", key, err)
		}
		uniques, err := i.UniqueConstraints(ctx, "", "Authors of books")
		if err != nil || len(uniques) != 1 || uniques[0].Name != "once" && db.Dialect().Name() != "sqlite" || !slices.Equal(uniques[0].Columns, []string{"first name", "order"}) {
			t.Errorf("got %v, %v", uniques, err)
		}
		checks, err := i.CheckConstraints(ctx, "", "Authors of books")
		if err != nil || len(checks) != 1 || checks[0].Name != "positive" {
			t.Errorf("got %v, %v", checks, err)
		}
		indexes, err := i.Indexes(ctx, "", "books")
		indexes = slices.DeleteFunc(slices.Clone(indexes), func(ix inspect.Index) bool { return ix.Implied })
		if err != nil || len(indexes) != 1 || indexes[0].Name != "by price" || indexes[0].Terms[0].Column != "price" {
			t.Errorf("got %v, %v", indexes, err)
		}
		definition, err := i.ViewDefinition(ctx, "", "cheap")
		if err != nil || !strings.Contains(strings.ToUpper(definition), "SELECT") || strings.Contains(strings.ToUpper(definition), "CREATE") {
			t.Errorf("got %q, %v", definition, err)
		}
		testColumns(t, i, db)
	})
}

func testColumns(t *testing.T, i *inspect.Inspector, db *engine.Engine) {
	columns, err := i.Columns(t.Context(), "", "Authors of books")
	must(t, err)
	comments := db.Dialect().Name() != "sqlite"
	comment, err := i.TableComment(t.Context(), "", "Authors of books")
	if err != nil || comments && comment != "who writes" {
		t.Errorf("got the comment %q, %v", comment, err)
	}
	id, first, order := columns[0], columns[1], columns[2]
	switch {
	case id.Nullable, !id.Generated && id.Identity == nil, first.Nullable, !order.Nullable, order.Default != "", !strings.Contains(first.Default, "'?'"):
		t.Errorf("got %+v", columns)
	case comments && first.Comment != "given", first.Type.String() != "VARCHAR(40)", strings.ToLower(first.SQL) != "varchar(40)" && first.SQL != "character varying(40)":
		t.Errorf("got %+v", first)
	}
	columns, err = i.Columns(t.Context(), "", "books")
	must(t, err)
	if twice := columns[3]; twice.Computed == "" || twice.Storage != schema.Stored || twice.Default != "" {
		t.Errorf("got %+v", twice)
	}
}

// counter counts the statements of an engine.
func counter(t testing.TB, db *engine.Engine) (context.Context, *int) {
	n := 0
	return engine.Observe(t.Context(), &engine.Events{After: func(context.Context, *engine.Execution) { n++ }}), &n
}

// TestManyTablesInFewQueries reads a hundred tables by as many queries as one.
func TestManyTablesInFewQueries(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		m := schema.NewMetaData()
		for n := range 100 {
			schema.MustTable(m, fmt.Sprintf("t%03d", n), schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()), schema.NewColumn("x", sqltype.Text{}),
				schema.NewColumn("other", sqltype.Integer{Bits: 64}, schema.ForeignKey(fmt.Sprintf("t%03d.id", n/2))))
		}
		must(t, db.CreateAll(t.Context(), m))
		i := inspect.New(db)
		ctx, n := counter(t, db)
		all, err := i.All(ctx, "")
		must(t, err)
		if len(all) != 100 || *n > 8 {
			t.Errorf("got %d tables by %d statements", len(all), *n)
		}
		before := *n
		for _, table := range all {
			columns, err := i.Columns(ctx, "", table.Name)
			if err != nil || len(columns) != 3 {
				t.Fatal(columns, err)
			}
		}
		if *n != before {
			t.Errorf("what is known was asked for by %d statements", *n-before)
		}
		i.Clear()
		if _, err := i.Tables(ctx, "", "t001", "t002", "t003"); err != nil || *n == before || *n-before > 8 {
			t.Errorf("got %d statements, %v", *n-before, err)
		}
	})
}

func TestClearForgets(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		i := inspect.New(db)
		want(t, "none", []string{})(i.TableNames(t.Context(), ""))
		run(t, db, "CREATE TABLE later (id INTEGER)")
		want(t, "kept", []string{})(i.TableNames(t.Context(), ""))
		i.Clear()
		want(t, "new", []string{"later"})(i.TableNames(t.Context(), ""))
	})
}

func TestWhatIsNotThere(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		i := inspect.New(db)
		_, err := i.Columns(t.Context(), "", "no\" table'")
		if missing, ok := errors.AsType[*inspect.NoTableError](err); !ok || missing.Name != "no\" table'" {
			t.Errorf("got %v", err)
		}
		_, err = inspect.Reflect(t.Context(), db, inspect.Options{Only: []string{"nowhere"}})
		if _, ok := errors.AsType[*inspect.NoTableError](err); !ok {
			t.Errorf("got %v", err)
		}
		for name, ask := range map[string]func() error{
			"names":     func() error { _, err := i.TableNames(t.Context(), "no such"); return err },
			"all":       func() error { _, err := i.All(t.Context(), "no such"); return err },
			"table":     func() error { _, err := i.Table(t.Context(), "no such", "x"); return err },
			"sequences": func() error { _, err := i.Sequences(t.Context(), "no such"); return err },
			"reflect": func() error {
				_, err := inspect.Reflect(t.Context(), db, inspect.Options{Schema: "no such"})
				return err
			},
		} {
			err := ask()
			if missing, ok := errors.AsType[*inspect.NoSchemaError](err); !ok || missing.Name != "no such" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		want(t, "schema", false)(i.HasSchema(t.Context(), "no such"))
		current, err := i.CurrentSchema(t.Context())
		must(t, err)
		want(t, "current "+current, true)(i.HasSchema(t.Context(), current))
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{Views: true})
		if err != nil || len(m.Tables()) != 0 {
			t.Errorf("got %v, %v of an empty database", m, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := i.All(ctx, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v of a canceled context", err)
		}
	})
}

func TestProductsThatAreNotReflected(t *testing.T) {
	for _, d := range []dialect.Dialect{mssql.Dialect, oracle.Dialect} {
		_, err := inspect.New(engine.New(d, nil, engine.Options{})).TableNames(t.Context(), "")
		unsupported, ok := errors.AsType[*compile.UnsupportedError](err)
		if !ok || unsupported.Dialect != d.Name() || unsupported.Construct != "reflection" {
			t.Errorf("got %v", err)
		}
	}
}

func TestTemporaryTables(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		c, err := db.Conn(t.Context())
		must(t, err)
		defer c.Close()
		run(t, c, "CREATE TABLE seen (a INTEGER)", "CREATE TEMPORARY TABLE passing (b INTEGER)", "CREATE TEMPORARY TABLE seen (c INTEGER)")
		i := inspect.NewOn(c)
		if db.Dialect().Name() == "mysql" {
			_, err := i.TemporaryTableNames(t.Context())
			if _, ok := errors.AsType[*compile.UnsupportedError](err); !ok {
				t.Errorf("got %v", err)
			}
			run(t, c, "DROP TEMPORARY TABLE passing, seen")
			return
		}
		run(t, c, "CREATE TEMPORARY VIEW passed AS SELECT 1 AS one")
		want(t, "temporary", []string{"passing", "seen"})(i.TemporaryTableNames(t.Context()))
		want(t, "temporary views", []string{"passed"})(i.TemporaryViewNames(t.Context()))
		want(t, "others", []string{"seen"})(i.TableNames(t.Context(), ""))
		table, err := i.Table(t.Context(), "", "seen")
		if err != nil || !table.Temporary || table.Columns[0].Name != "c" {
			t.Errorf("got %+v, %v", table, err)
		}
		run(t, c, "DROP TABLE passing", "DROP VIEW passed", "DROP TABLE seen")
	})
}
