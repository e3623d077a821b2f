package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type slugged struct {
	ID          int64
	Title, Slug string
}

type sluggedTable struct {
	orm.Table[slugged]
	ID          schema.Int64
	Title, Slug schema.Text
}

// A default may depend on what else the row sends, in objects and statements.
func TestDefaultsThatDependOnTheRow(t *testing.T) {
	base := orm.NewBase()
	texts := orm.Declare(base, "defaulted_texts", sluggedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(20),
		Slug: schema.String(20, schema.ZeroIsUnset(), schema.DefaultFrom(func(sent schema.Sent) string {
			if title, ok := sent("title"); ok {
				return "the-" + title.Text()
			}
			return "untitled"
		})),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &slugged{Title: "fish"}, &slugged{Title: "bird", Slug: "own"}
		s.Add(a)
		s.Add(b)
		must(t, s.Commit(ctx))
		same(t, "the objects", []string{a.Slug, b.Slug}, []string{"the-fish", "own"})
		upper := expr.Assignment{Target: texts.Title, Value: expr.AsText(expr.Value("cat")).Upper()}
		for _, st := range []expr.Statement{
			expr.NewInsert(texts.Schema()).Values(texts.Title.Set("dog")).Values(texts.Title.Set("cow")),
			expr.NewInsert(texts.Schema()).Values(upper),
		} {
			_, err := db.Exec(ctx, st)
			must(t, err)
		}
		got, err := engine.Collect[string](ctx, db, expr.NewSelect(texts.Slug).OrderBy(texts.Slug.Asc()))
		must(t, err)
		same(t, "the rows", got, []string{"own", "the-cow", "the-dog", "the-fish", "untitled"})
	})
}

type coded struct {
	ID         int64
	Code, Kind string
	Done       bool
}

type codedTable struct {
	orm.Table[coded]
	ID         schema.Int64
	Code, Kind schema.Text
	Done       schema.Bool
}

// What the database fills by itself comes back, whether the model says how
// (text, a constant, a function) or only that it does.
func TestServerDefaultsAndFetchedValues(t *testing.T) {
	base := orm.NewBase()
	made := orm.Declare(base, "defaulted_codes", codedTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Code: schema.String(20, schema.ServerDefaultValue("it's"), schema.ZeroIsUnset()),
		Kind: schema.String(20, schema.ServerDefault(expr.Fn[string]("lower", expr.Value("KIND"))), schema.ZeroIsUnset()),
		Done: schema.Boolean(schema.ServerDefault(expr.SQL("1 = 1")), schema.ZeroIsUnset(), schema.TwoValued("")),
	})
	known := orm.NewBase()
	fetched := orm.Declare(known, "defaulted_codes", codedTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Code: schema.String(20, schema.Fetched(), schema.ZeroIsUnset()),
		Kind: schema.String(20, schema.Fetched(), schema.ZeroIsUnset()), Done: schema.Boolean(schema.Fetched(), schema.ZeroIsUnset()),
	})
	everywhere(t, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &coded{}, &coded{Kind: "own"}
		s.Add(a, orm.Into(made))
		s.Add(b, orm.Into(fetched))
		must(t, s.Commit(ctx))
		same(t, "what the model says", *a, coded{ID: a.ID, Code: "it's", Kind: "kind", Done: true})
		same(t, "what is only known to be filled", *b, coded{ID: b.ID, Code: "it's", Kind: "own", Done: true})
		if strings.HasPrefix(db.name, "postgres") {
			return // its truth values are two by themselves
		}
		_, err := db.Exec(ctx, expr.SQL("UPDATE defaulted_codes SET done = 2"))
		var violated *sqlerr.ConstraintError
		if !errors.As(err, &violated) {
			t.Errorf("a third truth value: got %v, want a ConstraintError", err)
		}
	})
}

type shelf struct{ ID, Row int64 }

type shelfTable struct {
	orm.Table[shelf]
	ID, Row schema.Int64
}

// A column that the database has by itself is read, and neither made nor sent.
func TestSystemColumns(t *testing.T) {
	base := orm.NewBase()
	shelves := orm.Declare(base, "defaulted_shelves", shelfTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Row: schema.BigInteger(schema.Named("rowid"), schema.System()),
	})
	on(t, []string{"memory"}, base, func(t *testing.T, db *database) {
		s := session(t, db)
		s.Add(&shelf{ID: 7, Row: 3})
		must(t, s.Commit(t.Context()))
		fresh := session(t, db)
		got, err := orm.Get(t.Context(), fresh, shelves, int64(7))
		must(t, err)
		same(t, "the row", *got, shelf{ID: 7, Row: 7})
		must(t, fresh.Commit(t.Context()))
	})
}
