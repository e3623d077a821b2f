package inspect_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/inspect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var big = sqltype.Integer{Bits: 64}

// TestRowsOfReflectedTables writes and reads rows by tables that nobody
// declared, and takes the ids that the database gave.
func TestRowsOfReflectedTables(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		declared := library(t, db)
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{})
		must(t, err)
		authors := m.Table("Authors of books")
		insert := func(n int64) int64 {
			ids, err := engine.Collect[int64](t.Context(), db, expr.NewInsert(authors).Values(
				expr.Assignment{Target: authors.C("first name"), Value: expr.BindValue(sqltype.String{Length: 40}, sqltype.TextValue("it's ?"))},
				expr.Assignment{Target: authors.C("order"), Value: expr.BindValue(sqltype.Integer{Bits: 32}, sqltype.Int64Value(n))}).Returning(authors.C("id")))
			must(t, err)
			return ids[0]
		}
		for want := int64(1); want <= 3; want++ {
			if id := insert(want); id != want {
				t.Errorf("got id %d, want %d", id, want)
			}
		}
		got, err := engine.Collect[string](t.Context(), db, expr.NewSelect(authors.C("first name")).Where(expr.Typed[int64](authors.C("id"), big).Eq(2)))
		if err != nil || !slices.Equal(got, []string{"it's ?"}) {
			t.Errorf("got %q, %v", got, err)
		}
		must(t, db.DropAll(t.Context(), declared))
		must(t, db.CreateAll(t.Context(), m))
		if id := insert(7); id != 1 {
			t.Errorf("got id %d of the first row of a new table", id)
		}
	})
}

// TestOrderOfReflectedTables reads tables that reference each other, one of them
// in a circle, in the order in which they can be made.
func TestOrderOfReflectedTables(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		library(t, db)
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{Only: []string{"books"}})
		must(t, err)
		var order []string
		tables, cyclic := m.SortedTables()
		for _, table := range tables {
			order = append(order, table.Name)
		}
		if !slices.Equal(order, []string{"Authors of books", "books"}) || len(cyclic) != 0 {
			t.Errorf("got %q, %v", order, cyclic)
		}
		m, err = inspect.Reflect(t.Context(), db, inspect.Options{Only: []string{"books"}, WithoutReferenced: true})
		if err != nil || len(m.Tables()) != 1 || len(m.Tables()[0].ForeignKeys) != 0 {
			t.Errorf("got %v, %v", m, err)
		}
	})
}

// TestColumnsThatAreChosen leaves a column out, with what it is part of, and
// gives another one another type.
func TestColumnsThatAreChosen(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		library(t, db)
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{Column: func(_ *inspect.Table, c *inspect.Column) bool {
			if c.Name == "first name" {
				c.Type = sqltype.Text{}
			}
			return c.Name != "order" && c.Name != "author"
		}})
		must(t, err)
		authors, books := m.Table("Authors of books"), m.Table("books")
		switch {
		case authors.Column("order") != nil, len(authors.Uniques) != 0, len(books.ForeignKeys) != 0, authors.Column("first name").Type != sqltype.Type(sqltype.Text{}), len(authors.Checks) != 1:
			t.Errorf("got %+v, %+v", authors, books)
		}
		must(t, m.Resolve())
	})
}

// TestTablesThatAreBeyond refuses by name what a table can't be made of.
func TestTablesThatAreBeyond(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		sql, words := "CREATE TABLE split (a int) PARTITION BY HASH (a)", "is partitioned"
		if db.Dialect().Name() == "sqlite" {
			sql, words = "CREATE VIRTUAL TABLE split USING fts5(a)", "is a virtual table"
		}
		run(t, db, sql)
		_, err := inspect.Reflect(t.Context(), db, inspect.Options{})
		beyond, ok := errors.AsType[*inspect.BeyondError](err)
		if !ok || beyond.Name != "split" || !strings.Contains(err.Error(), words) {
			t.Errorf("got %v", err)
		}
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{Partial: true})
		if err != nil || m.Table("split") == nil || m.Table("split").Column("a") == nil {
			t.Errorf("got %v, %v", m, err)
		}
		m, err = inspect.Reflect(t.Context(), db, inspect.Options{Filter: func(r inspect.Relation) bool { return r.Name != "split" }})
		if err != nil || len(m.Tables()) != 0 {
			t.Errorf("got %v, %v", m, err)
		}
	})
}

// TestViewsThatAreBroken has a view of SQLite keep nobody from reading tables,
// though the table is gone that it reads.
func TestViewsThatAreBroken(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		if db.Dialect().Name() != "sqlite" {
			return // the others drop no table that a view reads, or describe the view all the same
		}
		run(t, db, "CREATE TABLE there (a int)", "CREATE TABLE gone (b int)", "CREATE VIEW broken AS SELECT b FROM gone", "CREATE VIEW whole AS SELECT a FROM there", "DROP TABLE gone")
		m, err := inspect.Reflect(t.Context(), db, inspect.Options{})
		if err != nil || m.Table("there") == nil || len(m.Tables()) != 1 {
			t.Errorf("the tables: got %v, %v", m, err)
		}
		_, err = inspect.Reflect(t.Context(), db, inspect.Options{Views: true})
		if beyond, ok := errors.AsType[*inspect.BeyondError](err); !ok || beyond.Name != "broken" || !strings.Contains(err.Error(), "gone") {
			t.Errorf("the view: got %v", err)
		}
		columns, err := inspect.New(db).Columns(t.Context(), "", "whole")
		if err != nil || len(columns) != 1 {
			t.Errorf("the other view: got %v, %v", columns, err)
		}
	})
}

// TestDeclaredTablesStay adds what a MetaData does not have.
func TestDeclaredTablesStay(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		library(t, db)
		m := schema.NewMetaData()
		own := schema.MustTable(m, "Authors of books", schema.NewColumn("id", big, schema.PrimaryKey()))
		added, err := inspect.New(db).Into(t.Context(), m, inspect.Options{})
		must(t, err)
		if len(added) != 1 || added[0].Name != "books" || m.Table("Authors of books") != own || added[0].ForeignKeys[0].References != own {
			t.Errorf("got %v", added)
		}
	})
}
