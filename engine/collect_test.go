package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// shelf are two tables whose columns have names in common: authors, and books
// of which one has no author.
type shelf struct {
	authors, books *schema.Table
}

func col[T any](t *schema.Table, name string) expr.Scalar[T] {
	c := t.Column(name)
	codec := sqltype.CodecOf[T](c.Type)
	return expr.NewScalar[T](&expr.Column{From: t, Name: name, Codec: codec}, codec)
}

func newShelf(t *testing.T, e *engine.Engine) *shelf {
	t.Helper()
	m := schema.NewMetaData()
	table := func(name string, more ...schema.TableItem) *schema.Table {
		columns := append([]schema.TableItem{
			schema.NewColumn("id", big, schema.PrimaryKey()),
			schema.NewColumn("name", sqltype.String{Length: 20}, schema.NotNull()),
		}, more...)
		made, err := schema.NewTable(m, name, columns...)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	s := &shelf{authors: table("engine_author"), books: table("engine_book", schema.NewColumn("author_id", big))}
	if err := e.CreateAll(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.DropAll(context.Background(), m); err != nil {
			t.Error(err)
		}
	})
	a, b := s.authors, s.books
	exec(t, e, expr.NewInsert(a).Values(col[int64](a, "id").Set(1), col[string](a, "name").Set("Ann")).
		Values(col[int64](a, "id").Set(2), col[string](a, "name").Set("Bob")))
	for i, author := range []*int64{new(int64), new(int64), nil} {
		if author != nil {
			*author = 1
		}
		exec(t, e, expr.NewInsert(b).Values(col[int64](b, "id").Set(int64(i+1)), col[string](b, "name").Set(string(rune('x'+i))), col[*int64](b, "author_id").Set(author)))
	}
	return s
}

type book struct {
	ID       int64
	Title    string `db:"name"`
	AuthorID *int64
	Pages    int `db:"-"`
}

func TestCollectIntoStructs(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		one := int64(1)
		all := expr.NewSelect(col[*int64](b, "author_id"), col[string](b, "name"), col[int64](b, "id")).OrderBy(col[int64](b, "id").Asc())
		want := []book{{1, "x", &one, 0}, {2, "y", &one, 0}, {3, "z", nil, 0}}
		got, err := engine.Collect[book](t.Context(), e, all)
		if diff := cmp.Diff(got, want); diff != "" || err != nil {
			t.Errorf("of a SELECT: %v (-got +want):\n%s", err, diff)
		}
		got, err = engine.Collect[book](t.Context(), e, expr.SQL("SELECT id, name, author_id FROM engine_book ORDER BY id"))
		if diff := cmp.Diff(got, want); diff != "" || err != nil {
			t.Errorf("of raw text: %v (-got +want):\n%s", err, diff)
		}
		names, err := engine.Collect[string](t.Context(), e, expr.NewSelect(col[string](b, "name"), col[int64](b, "id")).OrderBy(col[int64](b, "id").Asc()))
		if diff := cmp.Diff(names, []string{"x", "y", "z"}); diff != "" || err != nil {
			t.Errorf("the first column: %v (-got +want):\n%s", err, diff)
		}
		if _, err := engine.Collect[book](t.Context(), e, expr.NewSelect(col[*int64](b, "author_id").As("writer"))); err == nil ||
			!strings.Contains(err.Error(), `no field for the column "writer"`) {
			t.Errorf("a column without a field: got %v", err)
		}
		if _, err := engine.Collect[struct{ AuthorID int64 }](t.Context(), e, all.Columns(col[*int64](b, "author_id"))); err == nil ||
			!strings.Contains(err.Error(), "NULL") {
			t.Errorf("NULL for an int64: got %v", err)
		}
		none := expr.NewDelete(b).Where(col[int64](b, "id").Eq(9))
		if _, err := engine.Collect[book](t.Context(), e, none); err == nil || !strings.Contains(err.Error(), "returns no columns") {
			t.Errorf("a statement without rows: got %v", err)
		}
	})
}

func TestJoinedTablesDoNotClash(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		s := newShelf(t, e)
		a, b := s.authors, s.books
		type author struct {
			ID   int64
			Name string
		}
		type row struct {
			Book   book    `db:"engine_book"`
			Author *author `db:"engine_author"`
		}
		q := expr.NewSelect(col[int64](b, "id"), col[string](b, "name"), col[*int64](b, "author_id"), col[int64](a, "id"), col[string](a, "name")).
			From(b).LeftJoin(a, col[*int64](b, "author_id").EqExpr(expr.NewScalar[*int64](expr.Unwrap(col[int64](a, "id")), nil))).
			OrderBy(col[int64](b, "id").Asc())
		one := int64(1)
		want := []row{{book{1, "x", &one, 0}, &author{1, "Ann"}}, {book{2, "y", &one, 0}, &author{1, "Ann"}}, {book{3, "z", nil, 0}, nil}}
		got, err := engine.Collect[row](t.Context(), e, q)
		if diff := cmp.Diff(got, want); diff != "" || err != nil {
			t.Errorf("%v (-got +want):\n%s", err, diff)
		}
		if _, err := engine.Collect[author](t.Context(), e, q.Columns(col[int64](b, "id"), col[int64](a, "id"))); err == nil ||
			!strings.Contains(err.Error(), `columns 1 and 2 of the result are both "id"`) {
			t.Errorf("two columns for one field: got %v", err)
		}
		recs, err := engine.Collect[engine.Record](t.Context(), e, q)
		if err != nil || len(recs) != 3 {
			t.Fatalf("got %d records, %v, want 3", len(recs), err)
		}
		if name, err := engine.Value(recs[0], col[string](a, "name")); name != "Ann" || err != nil {
			t.Errorf("through a column: got %q, %v, want Ann", name, err)
		}
		if _, err := engine.Value(recs[2], col[string](a, "name")); err == nil || !strings.Contains(err.Error(), "NULL") {
			t.Errorf("through a column that is NULL: got %v", err)
		}
		if _, err := recs[0].Get("name"); err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("an ambiguous name: got %v", err)
		}
		if v, err := recs[0].Get("engine_book.name"); v != "x" || err != nil {
			t.Errorf("a name with its table: got %v, %v, want x", v, err)
		}
	})
}

func TestRecords(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		id, author := col[int64](b, "id"), col[*int64](b, "author_id")
		q := expr.NewSelect(id, col[string](b, "name").As("title"), author, expr.CountAll().As("n")).GroupBy(id, col[string](b, "name"), author).OrderBy(id.Asc())
		recs, err := engine.Collect[engine.Record](t.Context(), e, q)
		if err != nil {
			t.Fatal(err)
		}
		m, err := recs[2].Map()
		if diff := cmp.Diff(m, map[string]any{"id": int64(3), "title": "z", "author_id": nil, "n": int64(1)}); diff != "" || err != nil {
			t.Errorf("as a map: %v (-got +want):\n%s", err, diff)
		}
		if got := recs[0].At(2); got != int64(1) || recs[0].Len() != 4 {
			t.Errorf("by position: got %v of %d columns, want 1 of 4", got, recs[0].Len())
		}
		if got, err := engine.Value(recs[0], col[string](b, "name").As("title")); got != "x" || err != nil {
			t.Errorf("through a label: got %q, %v, want x", got, err)
		}
		if got, err := engine.Value(recs[2], author); got != nil || err != nil {
			t.Errorf("NULL for a pointer: got %v, %v, want nil", got, err)
		}
		if _, err := recs[0].Get("nothing"); err == nil || !strings.Contains(err.Error(), "id, title, author_id, n") {
			t.Errorf("a name that no column has: got %v", err)
		}
		raw, err := engine.Collect[engine.Record](t.Context(), e, expr.SQL("SELECT id, name, author_id FROM engine_book ORDER BY id"))
		if err != nil {
			t.Fatal(err)
		}
		m, err = raw[2].Map()
		if diff := cmp.Diff(m, map[string]any{"id": int64(3), "name": "z", "author_id": nil}); diff != "" || err != nil {
			t.Errorf("raw text as a map: %v (-got +want):\n%s", err, diff)
		}
	})
}

func TestOneOfSeveralRows(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		id, name := col[int64](b, "id"), col[string](b, "name")
		with := func(p expr.Predicate) *expr.Select { return expr.NewSelect(id, name).Where(p).OrderBy(id.Asc()) }
		if got, err := engine.One[book](t.Context(), e, with(name.Eq("y"))); got.ID != 2 || err != nil {
			t.Errorf("One: got %v, %v, want 2", got, err)
		}
		if _, err := engine.One[book](t.Context(), e, with(name.Eq("none"))); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("One of none: got %v, want ErrNoRows", err)
		}
		if _, err := engine.One[book](t.Context(), e, with(expr.All())); !errors.Is(err, sqlerr.ErrMultipleRows) {
			t.Errorf("One of three: got %v, want ErrMultipleRows", err)
		}
		if _, found, err := engine.OneOrNone[book](t.Context(), e, with(name.Eq("none"))); found || err != nil {
			t.Errorf("OneOrNone of none: got %v, %v", found, err)
		}
		if _, _, err := engine.OneOrNone[book](t.Context(), e, with(expr.All())); !errors.Is(err, sqlerr.ErrMultipleRows) {
			t.Errorf("OneOrNone of three: got %v, want ErrMultipleRows", err)
		}
		if got, found, err := engine.First[book](t.Context(), e, with(expr.All())); got.ID != 1 || !found || err != nil {
			t.Errorf("First: got %v, %v, %v, want 1", got, found, err)
		}
		if _, found, err := engine.First[book](t.Context(), e, with(name.Eq("none"))); found || err != nil {
			t.Errorf("First of none: got %v, %v", found, err)
		}
		one(t, e) // no connection is left out
	})
}

func TestEachEndsEarly(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		c, err := e.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all := expr.NewSelect(col[*int64](b, "author_id")).OrderBy(col[int64](b, "id").Asc())
		var got []int64
		for id, err := range engine.Each[*int64](t.Context(), c, all) {
			if err != nil || id == nil {
				t.Fatalf("got %v, %v, want 1", id, err)
			}
			if got = append(got, *id); len(got) == 2 {
				break
			}
		}
		one(t, c) // the connection is free
		if !slices.Equal(got, []int64{1, 1}) {
			t.Errorf("got %v, want 1 twice", got)
		}
		var unique []string
		for name, err := range engine.Unique(engine.Each[string](t.Context(), c, expr.SQL("SELECT name FROM engine_book UNION ALL SELECT name FROM engine_book"))) {
			if err != nil {
				t.Fatal(err)
			}
			unique = append(unique, name)
		}
		slices.Sort(unique)
		if !slices.Equal(unique, []string{"x", "y", "z"}) {
			t.Errorf("got %v, want each once", unique)
		}
		for _, err := range engine.Each[int64](t.Context(), c, expr.SQL("SELECT nothing FROM engine_book")) {
			if err == nil {
				t.Error("got a row of a column that is not there")
			}
		}
	})
}

func TestPartitions(t *testing.T) {
	onAll(t, func(t *testing.T, e *engine.Engine) {
		b := newShelf(t, e).books
		q := expr.NewSelect(col[int64](b, "id"), col[string](b, "name")).OrderBy(col[int64](b, "id").Asc())
		tx := begin(t, e, engine.TxOptions{})
		defer tx.Rollback(t.Context())
		caps, err := e.Capabilities(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int
		var last book
		for part, err := range engine.Partitions[book](t.Context(), tx, q, 2) {
			if err != nil {
				t.Fatal(err)
			}
			sizes, last = append(sizes, len(part)), part[len(part)-1]
			if caps.Cursors {
				one(t, tx) // the transaction is free between the parts
			}
		}
		if !slices.Equal(sizes, []int{2, 1}) || last.Title != "z" {
			t.Errorf("got parts of %v rows, the last row %v, want 2 and 1, and z", sizes, last)
		}
		for range engine.Partitions[book](t.Context(), tx, q, 1) {
			break
		}
		one(t, tx)
		for _, err := range engine.Partitions[book](t.Context(), tx, q, 0) {
			if err == nil {
				t.Error("parts of no rows: got no error")
			}
		}
	})
}
