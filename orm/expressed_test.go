package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// writer has fields that expressions fill.
type writer struct {
	ID    int64
	First string              `db:",size=20"`
	Last  string              `db:",size=20"`
	Name  string              `db:"-"`
	Poems int64               `db:"-"`
	Rank  orm.Deferred[int64] `db:"-"`
	Extra *int64              `db:"-"`
}

func (w *writer) initials() string { return w.First[:1] + w.Last[:1] }

// poem references a writer, whose table refers back to it.
type poem struct{ ID, WriterID int64 }

type poemTable struct {
	orm.Table[poem]
	ID, WriterID schema.Int64
}

type writerTable struct {
	orm.Table[writer]
	ID          schema.Int64
	First, Last schema.Text
	Name        orm.Property[string]
	Poems       orm.Property[int64]
	Rank        orm.Property[int64]
	Extra       orm.QueryExpression[int64]
	Initials    orm.Hybrid[writer, string]
}

// Properties speaks of the poems, which refer back.
func (t *writerTable) Properties() { t.Poems.Define(poemsOf(t.ID)) }

// NameIs is a hybrid that takes a value.
func (t *writerTable) NameIs(name string) expr.Pred { return t.Name.Eq(name) }

func poemsOf(writer expr.Of[int64]) expr.Of[int64] {
	return expr.NumOfQuery[int64](expr.NewSelect(expr.CountAll()).From(poems.Schema()).Where(poems.WriterID.EqExpr(writer)))
}

var (
	letters = orm.NewBase()
	writers = orm.Declare(letters, "writers", writerTable{
		ID: schema.BigInteger(schema.PrimaryKey()), First: schema.String(20), Last: schema.String(20),
		Name: orm.PropertyOf(func(t *writerTable) expr.Of[string] { return t.First.Concat(" ").ConcatExpr(t.Last) }),
		Rank: orm.PropertyOf(func(t *writerTable) expr.Of[int64] { return t.ID.Mul(10) }),
		Initials: orm.HybridOf((*writer).initials, func(t *writerTable) expr.Of[string] {
			return t.First.Substring(1, 1).ConcatExpr(t.Last.Substring(1, 1))
		}),
	})
	poems = orm.Declare(letters, "poems", poemTable{ID: schema.BigInteger(schema.PrimaryKey()), WriterID: schema.BigInteger(schema.References(writers.ID))})
)

func TestPropertiesAreFilledByExpressions(t *testing.T) {
	everywhere(t, letters, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(letters))
		orm.AddAll(s, &writer{First: "Ann", Last: "Lee"}, &writer{First: "Bo", Last: "Key"})
		must(t, s.Flush(ctx))
		orm.AddAll(s, &poem{WriterID: 2}, &poem{WriterID: 2})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		s = session(t, db, orm.Models(letters))
		list, err := orm.Select(writers).OrderBy(writers.Poems.Desc(), writers.Name.Asc()).All(ctx, s)
		must(t, err)
		bo, ann := list[0], list[1]
		same(t, "names", bo.Name+", "+ann.Name, "Bo Key, Ann Lee")
		same(t, "poems", []int64{bo.Poems, ann.Poems}, []int64{2, 0})
		if _, err := bo.Rank.Get(); err == nil || bo.Extra != nil {
			t.Error("what was not asked for is there")
		}
		ann.Name = "is never written"
		db.forget()
		must(t, s.Flush(ctx))
		db.wantSent(t)
		s.Add(&poem{WriterID: 1})
		ann.Last = "Fox"
		list, err = orm.Select(writers).Where(writers.Poems.Gt(0), writers.NameIs("Ann Fox")).Undefer(writers.Rank).
			WithExpression(writers.Extra.As(writers.ID.Add(7))).All(ctx, s)
		must(t, err)
		same(t, "one row is one object", len(list) == 1 && list[0] == ann, true)
		same(t, "what is read again", ann.Name, "Ann Fox")
		same(t, "what was asked for", []int64{value(t, &ann.Rank), *ann.Extra, ann.Poems}, []int64{10, 8, 1})
		n, err := orm.Select(writers).Where(expr.AsText(writers.Name).StartsWith("Ann")).Count(ctx, s)
		must(t, err)
		same(t, "count", n, 1)

		other := orm.Alias(writers, "other")
		list, err = orm.Select(other).Where(other.Poems.Eq(2), other.Initials.Eq("BK")).All(ctx, s)
		must(t, err)
		same(t, "by an alias", len(list) == 1 && list[0] == bo, true)
		type row struct {
			Writer *writer
			Up     int64
		}
		rows, err := orm.SelectAs[row](orm.Whole(writers), writers.ID.Add(1).As("up")).OrderBy(writers.ID.Asc()).All(ctx, s)
		must(t, err)
		_, err = orm.SelectAs[struct {
			W *writer
			N int64
		}](orm.Whole(writers), expr.CountAll().As("n")).GroupBy(orm.Whole(writers)).All(ctx, s)
		must(t, err)
		same(t, "beside a column", rows[1].Writer == bo && rows[1].Up == 3, true)
	})
}

func TestHybridsAreUsedInGoAndInSQL(t *testing.T) {
	base := orm.NewBase()
	people := orm.Map[writer](base, "people")
	first := orm.TextColumn(people, func(w *writer) *string { return &w.First })
	last := orm.TextColumn(people, func(w *writer) *string { return &w.Last })
	initials := orm.NewHybrid(people, (*writer).initials, func() expr.Of[string] { return first.Substring(1, 1).ConcatExpr(last.Substring(1, 1)) })
	name := orm.AddProperty(people, func(w *writer) *string { return &w.Name }, func() expr.Of[string] { return first.ConcatExpr(last) })
	rank := orm.AddProperty(people, func(w *writer) *int64 { return w.Rank.At() }, func() expr.Of[int64] { return expr.Value(int64(3)) })
	extra := orm.AddQueryExpression(people, func(w *writer) **int64 { return &w.Extra })
	on(t, products, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(base))
		ann := &writer{First: "Ann", Last: "Lee"}
		orm.AddAll(s, ann, &writer{First: "Bo", Last: "Key"})
		same(t, "in Go", initials.Of(ann), "AL")
		got, err := orm.Select(people).Where(initials.Eq(initials.Of(ann)), expr.AsText(name).StartsWith("Ann")).Undefer(rank).
			WithExpression(extra.As(expr.Value(ptr(int64(4))))).OrderBy(initials.Desc()).One(ctx, s)
		must(t, err)
		same(t, "in SQL", got == ann, true)
		same(t, "the other expressions", []any{got.Name, value(t, &got.Rank), *got.Extra}, []any{"AnnLee", int64(3), int64(4)})
		var wrong *orm.ModelError
		late := orm.AddProperty(people, func(w *writer) *int64 { return &w.Poems }, func() expr.Of[int64] { return expr.Value(int64(1)) })
		if _, err := orm.Select(people).Where(late.Eq(1)).All(ctx, s); !errors.As(err, &wrong) || wrong.Field != "Poems" {
			t.Errorf("a property after the first use: got %v, want an error", err)
		}
	})
}

func TestPropertiesThatAreWrong(t *testing.T) {
	type wrong struct {
		ID   int64
		Name int64
		None string
	}
	type wrongTable struct {
		orm.Table[wrong]
		ID      schema.Int64
		Name    orm.Property[string]
		None    orm.Property[string]
		Nothing orm.Property[string]
		Other   orm.Hybrid[wrong, string]
	}
	base := orm.NewBase()
	bad := orm.Declare(base, "wrong", wrongTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Other: orm.HybridOf(func(*wrong) string { return "" }, func(t *writerTable) expr.Of[string] { return t.First }),
	})
	err := base.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"wrong.Name: is a int64, and its expression is of string", "wrong.Nothing: is a property, but", "wrong.None: it has no expression",
		"wrong.Other: has an expression that is told by the columns of another struct: give its function a *orm_test.wrongTable",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the errors lack %q", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
	db := open(t, "memory")
	if _, err := orm.Select(bad).Where(bad.None.Eq("")).All(t.Context(), session(t, db)); err == nil {
		t.Error("no error")
	}
	if _, err := orm.Select(writers).WithExpression(orm.QueryExpression[int64]{}.As(writers.ID)).All(t.Context(), session(t, db)); err == nil || !strings.Contains(err.Error(), "none of its QueryExpressions") {
		t.Errorf("got %v, want an error of the expression", err)
	}
}

type novel struct {
	ID, WriterID int64
	Writer       orm.One[writer]
}

type novelTable struct {
	orm.Table[novel]
	ID, WriterID schema.Int64
	Writer       orm.BelongsTo[novel, writer]
}

var novels = orm.Declare(letters, "novels", novelTable{ID: schema.BigInteger(schema.PrimaryKey()), WriterID: schema.BigInteger(schema.References(writers.ID))})

func TestPropertiesOfWhatIsLoadedBesides(t *testing.T) {
	everywhere(t, letters, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db, orm.Models(letters))
		s.Add(&writer{First: "Ann", Last: "Lee"})
		must(t, s.Flush(ctx))
		orm.AddAll(s, &novel{WriterID: 1}, &novel{WriterID: 1})
		must(t, s.Commit(ctx))
		must(t, s.Close(ctx))
		for name, loader := range map[string]orm.Loader[novel]{
			"by keys": novels.Writer, "joined": novels.Writer.Joined(), "inner": novels.Writer.InnerJoined(), "subquery": novels.Writer.Subquery(), "in the join": novels.Writer.InJoin(),
		} {
			s := session(t, db, orm.Models(letters))
			q := orm.Select(novels).With(loader)
			if name == "in the join" {
				q = q.Join(novels.Writer)
			}
			list, err := q.All(ctx, s)
			must(t, err)
			w, err := list[1].Writer.Get()
			must(t, err)
			if w.Name != "Ann Lee" || w.Rank.Loaded() {
				t.Errorf("%s: got %q, and the rank is there: %v", name, w.Name, w.Rank.Loaded())
			}
			must(t, s.Close(ctx))
		}
	})
}
