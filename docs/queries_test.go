package docs

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

const queriesPrint = `joined: Ann One 5, Ann Two 1, Bob Three 3
counted: Ann 2, Bob 1, Cem 0
dear: Ann
totals: Ann 6, Bob 3
chain: 1, 2, 3
names: Ann, Bob, Cem, One
ranked: One 1, Two 2, Three 1
page: Two
twins: Two One
`

func Example_queries() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer db.Close(ctx)
	must(db.CreateAll(ctx, Base.MetaData))
	must(showQueries(ctx, db))
	// Output:
	// joined: Ann One 5, Ann Two 1, Bob Three 3
	// counted: Ann 2, Bob 1, Cem 0
	// dear: Ann
	// totals: Ann 6, Bob 3
	// chain: 1, 2, 3
	// names: Ann, Bob, Cem, One
	// ranked: One 1, Two 2, Three 1
	// page: Two
	// twins: Two One
}

func TestQueriesOnServers(t *testing.T) { onServers(t, queriesPrint, showQueries) }

func showQueries(ctx context.Context, db *alkahest.Engine) error {
	if err := library(ctx, db); err != nil {
		return err
	}
	for _, page := range []struct {
		name  string
		query expr.Statement
	}{
		{"joined", withPosts()},
		{"counted", counted()},
		{"dear", dear()},
		{"totals", totals()},
		{"chain", chain()},
		{"names", everyName()},
		{"ranked", ranked()},
		{"page", onePage()},
	} {
		if err := show(ctx, db, page.name, page.query); err != nil {
			return err
		}
	}
	if err := showTwins(ctx, db); err != nil {
		return err
	}
	return takeJob(ctx, db)
}

func showTwins(ctx context.Context, db *alkahest.Engine) error {
	twin := expr.NewAlias(Posts.Schema(), "twin")
	dear := Posts.Likes.Gt(2) // a condition of a program, on the table
	ofTwin, err := expr.Adapt(dear, Posts.Schema(), twin)
	if err != nil {
		return err
	}
	q := expr.NewSelect(Posts.Title, Posts.Title.Of(twin)).
		From(Posts.Schema()).
		Join(twin, Posts.AuthorID.Of(twin).EqExpr(Posts.AuthorID), Posts.ID.Of(twin).NeExpr(Posts.ID)).
		Where(ofTwin)
	return show(ctx, db, "twins", q)
}

// show prints the rows of a query, their values beside each other.
func show(ctx context.Context, db *alkahest.Engine, name string, q expr.Statement) error {
	rows, err := engine.Collect[engine.Record](ctx, db, q)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	all := make([]string, len(rows))
	for i, row := range rows {
		one := make([]string, row.Len())
		for j := range one {
			one[j] = fmt.Sprint(row.At(j))
		}
		all[i] = strings.Join(one, " ")
	}
	fmt.Println(name + ": " + strings.Join(all, ", "))
	return nil
}

func library(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	ann, bob, cem := &User{Name: "Ann"}, &User{Name: "Bob"}, &User{Name: "Cem"}
	for _, u := range []*User{ann, bob, cem} {
		s.Add(u)
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	for _, p := range []*Post{
		{AuthorID: ann.ID, Title: "One", Likes: 5},
		{AuthorID: ann.ID, Title: "Two", Likes: 1},
		{AuthorID: bob.ID, Title: "Three", Likes: 3},
	} {
		s.Add(p)
	}
	return s.Commit(ctx)
}

func withPosts() *expr.Select {
	return expr.NewSelect(Users.Name, Posts.Title, Posts.Likes).
		From(Users.Schema()).
		Join(Posts.Schema()).
		OrderBy(Posts.ID.Asc())
}

func counted() *expr.Select {
	return expr.NewSelect(Users.Name, expr.Count(Posts.ID).As("posts")).
		From(Users.Schema()).
		LeftJoin(Posts.Schema()).
		GroupBy(Users.Name).
		OrderBy(expr.Result("posts").Desc())
}

func dear() *expr.Select {
	most := expr.OrderedOfQuery[int64](expr.NewSelect(Posts.Likes.Max()))
	written := expr.NewSelect(Posts.ID).Where(Posts.AuthorID.EqExpr(Users.ID), Posts.Likes.EqExpr(most))
	return expr.NewSelect(Users.Name).Where(expr.Exists(written))
}

func totals() *expr.Select {
	likes := expr.Sum[int64](Posts.Likes).As("likes")
	perAuthor := expr.NewDerived("per_author", expr.NewSelect(Posts.AuthorID, likes).GroupBy(Posts.AuthorID))
	return expr.NewSelect(Users.Name, likes.Of(perAuthor)).
		From(Users.Schema()).
		Join(perAuthor).
		OrderBy(Users.Name.Asc())
}

func chain() *expr.Select {
	n := expr.AsNum(expr.Value(int64(1))).As("n")
	numbers := expr.Recursive("numbers", expr.NewSelect(n), func(self *expr.CTE) expr.Query {
		return expr.NewSelect(n.Of(self).Add(1)).Where(n.Of(self).Lt(3))
	})
	return expr.NewSelect(n.Of(numbers)).OrderBy(n.Of(numbers).Asc())
}

func everyName() *expr.Compound {
	return expr.NewSelect(Users.Name).
		Union(expr.NewSelect(Posts.Title).Where(Posts.Likes.Gt(4))).
		OrderBy(Users.Name.Asc())
}

func ranked() *expr.Select {
	rank := expr.Rank().Over(expr.PartitionBy(Posts.AuthorID).OrderBy(Posts.Likes.Desc()))
	return expr.NewSelect(Posts.Title, rank.As("place")).OrderBy(Posts.ID.Asc())
}

func onePage() *expr.Select {
	return expr.NewSelect(Posts.Title).
		OrderBy(Posts.Likes.Desc(), Posts.ID.Asc()).
		Limit(1).
		Offset(2)
}

func takeJob(ctx context.Context, db *alkahest.Engine) error {
	return db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		next := expr.NewSelect(Posts.Title).
			OrderBy(Posts.ID.Asc()).
			Limit(1).
			Locking(expr.Lock{Strength: expr.ForUpdate, Wait: expr.SkipLocked, Optional: true})
		_, err := engine.One[string](ctx, tx, next)
		return err
	})
}
