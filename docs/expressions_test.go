package docs

import (
	"context"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

const expressionsPrint = `operators: One 12
safe: Ann, Bob, Cem
lists: Two, Three
tuples: One
sizes: One many, Two few, Three some
casts: 5 likes 2.5
dates: 2026 36
tags: One go
words: Two
matches: Two, Three
functions: ANN A 0
filled: One, Three
raw: One 6, Two 2, Three 4
unequal: Two, Three
`

func Example_expressions() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Base.MetaData))
	must(showExpressions(ctx, db))
	// Output:
	// operators: One 12
	// safe: Ann, Bob, Cem
	// lists: Two, Three
	// tuples: One
	// sizes: One many, Two few, Three some
	// casts: 5 likes 2.5
	// dates: 2026 36
	// tags: One go
	// words: Two
	// matches: Two, Three
	// functions: ANN A 0
	// filled: One, Three
	// raw: One 6, Two 2, Three 4
	// unequal: Two, Three
}

func TestExpressionsOnServers(t *testing.T) { onServers(t, expressionsPrint, showExpressions) }

func showExpressions(ctx context.Context, db *alkahest.Engine) error {
	if err := library(ctx, db); err != nil {
		return err
	}
	tagged := expr.NewUpdate(Posts.Schema()).Set(Posts.Tags.Set([]string{"go", "sql"})).Where(Posts.Likes.Eq(5))
	if _, err := db.Exec(ctx, tagged); err != nil {
		return err
	}
	return showAll(ctx, db, []page{
		{"operators", operators()},
		{"safe", nullSafe()},
		{"lists", lists()},
		{"tuples", tuples()},
		{"sizes", sizes()},
		{"casts", casts()},
		{"dates", dates()},
		{"tags", firstTag()},
		{"words", words()},
		{"matches", matches()},
		{"functions", functions()},
		{"filled", filled()},
		{"raw", raw()},
		{"unequal", unequal()},
	})
}

// page is a query of a page, by the name under which its rows are printed.
type page struct {
	name  string
	query expr.Statement
}

func showAll(ctx context.Context, db *alkahest.Engine, pages []page) error {
	for _, p := range pages {
		if err := show(ctx, db, p.name, p.query); err != nil {
			return err
		}
	}
	return nil
}

func operators() *expr.Select {
	score := Posts.Likes.Add(1).Mul(2)
	loved := Posts.Likes.Gt(2).And(Posts.Title.Ne("Three").Or(Posts.Likes.Ge(5)))
	return expr.NewSelect(Posts.Title, score).Where(loved)
}

func nullSafe() *expr.Select {
	return expr.NewSelect(Users.Name).
		Where(Users.Email.IsDistinctFrom("ann@x")).
		OrderBy(Users.ID.Asc())
}

func lists() *expr.Select {
	wanted := []int64{1, 3}
	return expr.NewSelect(Posts.Title).
		Where(Posts.Likes.In(wanted...), Posts.Likes.NotIn()).
		OrderBy(Posts.ID.Asc())
}

func tuples() *expr.Select {
	one := expr.TupleOf(expr.Value(int64(5)), expr.Value("One"))
	other := expr.TupleOf(expr.Value(int64(1)), expr.Value("One"))
	return expr.NewSelect(Posts.Title).
		Where(expr.TupleOf(Posts.Likes, Posts.Title).In(one, other))
}

func sizes() *expr.Select {
	size := expr.CaseWhen(Posts.Likes.Ge(5), expr.Value("many")).
		When(Posts.Likes.Ge(3), expr.Value("some")).
		Else(expr.Value("few"))
	return expr.NewSelect(Posts.Title, size).OrderBy(Posts.ID.Asc())
}

func casts() *expr.Select {
	likes := expr.AsText(expr.CastTo[string](Posts.Likes, sqltype.String{Length: 20}))
	return expr.NewSelect(likes.Concat(" likes"), Posts.Likes.Div(2)).Where(Posts.Title.Eq("One"))
}

func dates() *expr.Select {
	start := expr.Value(time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC))
	end := expr.AddUnits(start, 36, expr.Hour)
	return expr.NewSelect(expr.ExtractOf(expr.Year, start), expr.UnitsBetween(expr.Hour, start, end))
}

func firstTag() *expr.Select {
	tag := expr.JSONOf(Posts.Tags).Index(0).Text()
	return expr.NewSelect(Posts.Title, tag).Where(tag.IsNotNull())
}

func words() *expr.Select {
	return expr.NewSelect(Posts.Title).
		Where(Posts.Title.IStartsWith("t"), Posts.Title.NotLike("_h%"))
}

func matches() *expr.Select {
	return expr.NewSelect(Posts.Title).
		Where(Posts.Title.Matches("^T(w|h)")).
		OrderBy(Posts.ID.Asc())
}

// firstLetters is a function that SQL Server calls by another name.
var firstLetters = expr.NewFunction[string]("substr").On("SUBSTRING", "mssql")

func functions() *expr.Select {
	loud := expr.Fn[string]("upper", Users.Name)
	first := firstLetters.Call(Users.Name, expr.Value(int32(1)), expr.Value(int32(1)))
	mail := expr.Coalesce(Users.Email.Length(), expr.Value(int64(0)))
	return expr.NewSelect(loud, first, mail).Where(Users.Name.Eq("Ann"))
}

var (
	least   = expr.NewParameter[int64]("least")
	atLeast = expr.NewSelect(Posts.Title).Where(Posts.Likes.GeExpr(least)).OrderBy(Posts.ID.Asc())
)

func filled() expr.Statement {
	return engine.Fill(atLeast, least.Is(3))
}

func raw() *expr.Select {
	odd := expr.SQL("likes % :n = :rest", expr.Named("n", int64(2)), expr.Named("rest", int64(1))).Pred()
	more := expr.SQL("likes + :one", expr.Named("one", int64(1))).Typed(sqltype.Integer{Bits: 64})
	return expr.NewSelect(Posts.Title, more).Where(odd).OrderBy(Posts.ID.Asc())
}

func unequal() *expr.Select {
	differs := expr.CustomOperator("<>")
	return expr.NewSelect(Posts.Title).
		Where(differs.Pred(Posts.Title, expr.Value("One"))).
		OrderBy(Posts.ID.Asc())
}

func TestExpressionsOfPostgreSQL(t *testing.T) {
	for name, server := range map[string]func(testing.TB) string{"15": testdb.PG15, "18": testdb.PG18} {
		t.Run(name, func(t *testing.T) {
			ctx, db := t.Context(), onPostgres(t, server(t))
			if err := db.CreateAll(ctx, Base.MetaData); err != nil {
				t.Fatal(err)
			}
			got := printed(t, func() error {
				if err := library(ctx, db); err != nil {
					return err
				}
				return showAll(ctx, db, []page{{"arrays", arrays()}, {"ranges", ranges()}, {"series", series()}, {"search", search()}})
			})
			const want = "arrays: Two, One\nranges: Two, Three\nseries: 1, 2, 3\nsearch: Two\n"
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func arrays() *expr.Select {
	list := postgres.ArrayOf(sqltype.Text{}, expr.Value("One"), expr.Value("Two"))
	wanted := expr.Typed[[]string](list, sqltype.Array{Elem: sqltype.Text{}})
	return expr.NewSelect(Posts.Title).
		Where(Posts.Title.EqExpr(expr.AnyElement(wanted))).
		OrderBy(Posts.Title.Collate("C").Desc())
}

func ranges() *expr.Select {
	few := expr.SQL("int8range(1, 4)")
	return expr.NewSelect(Posts.Title).
		Where(postgres.Contains(few, Posts.Likes)).
		OrderBy(Posts.ID.Asc())
}

func series() *expr.Select {
	numbers := expr.FromFunc("generate_series", "n", expr.Value(int32(1)), expr.Value(int32(3)))
	return expr.NewSelect(expr.NumColumn[int32](numbers, "n"))
}

func search() *expr.Select {
	found := postgres.TextMatches(postgres.ToTSVector("english", Posts.Title), postgres.ToTSQuery("english", "two | four"))
	return expr.NewSelect(Posts.Title).Where(found)
}
