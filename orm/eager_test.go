package orm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

func TestJoinedLoaders(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		s.Add(&Blogger{Name: "zoe"})
		must(t, s.Commit(ctx))
		db.forget()
		posts := Bloggers.Posts.Joined().OrderBy(Entries.Title.Desc())
		q := orm.Select(Bloggers).OrderBy(Bloggers.Name.Desc())
		all := []string{"zoe: ", "wendy: wendy-1 wendy-0", "mary: mary-0", "ed: ed-2 ed-1 ed-0"}
		for name, c := range map[string]struct {
			q    orm.Query[Blogger]
			want []string
		}{
			"outer":     {q.With(posts), all},
			"inner":     {q.With(Bloggers.Posts.InnerJoined().OrderBy(Entries.Title.Desc())), all[1:]},
			"limit":     {q.With(posts).Limit(2).Offset(1), all[1:3]},
			"condition": {q.With(posts).Where(Bloggers.Posts.Any(Entries.Title.Eq("ed-1"))), all[3:]},
			"no track":  {q.With(posts).NoTrack(), all},
		} {
			s = another(t, db, s)
			users, err := c.q.All(ctx, s)
			must(t, err)
			same(t, name, postsOf(t, users), c.want)
			same(t, "statements of "+name, len(db.statements()), 1)
		}
		s = another(t, db, s)
		users, err := q.Limit(2).Offset(1).With(Bloggers.Posts.Joined().With(Entries.Comments.Joined(), Entries.Author.Joined())).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select user_account")
		same(t, "nested", commentCounts(t, users), "[[0 1] [0]]")
		list, err := users[0].Posts.All()
		must(t, err)
		if u, err := list[0].Author.Get(); err != nil || u != users[0] {
			t.Errorf("got %v, %v, want the user of the session", u, err)
		}
		s = another(t, db, s)
		entries, err := orm.Select(Entries).With(Entries.Author.Joined().With(Bloggers.Posts)).OrderBy(Entries.ID.Asc()).Limit(4).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select post", "select post")
		u, err := entries[3].Author.Get()
		must(t, err)
		same(t, "below a join", postsOf(t, []*Blogger{u}), []string{"wendy: wendy-0 wendy-1"})
		s = another(t, db, s)
		mixed, err := q.Limit(1).Offset(1).With(Bloggers.Posts.With(Entries.Comments.Joined())).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select user_account", "select post")
		same(t, "a join below", commentCounts(t, mixed), "[[0 1]]")
	})
}

func TestJoinedLoadersOfManyToMany(t *testing.T) {
	everywhere(t, library, func(t *testing.T, db *database) {
		shelve(t, db)
		s := session(t, db)
		books, err := orm.Select(Books).OrderBy(Books.Title.Asc()).With(Books.Topics.Joined().OrderBy(Topics.Name.Asc()), Books.Author.Joined(), Books.Editor.Joined()).All(t.Context(), s)
		must(t, err)
		db.wantSent(t, "select books")
		var got []string
		for _, b := range books {
			topics, err := b.Topics.All()
			must(t, err)
			var names []string
			for _, x := range topics {
				names = append(names, x.Name)
			}
			author, err := b.Author.Get()
			must(t, err)
			editor, err := b.Editor.Get()
			must(t, err)
			got = append(got, fmt.Sprint(b.Title, " by ", author.Name, " ", editor != nil, " about ", strings.Join(names, " ")))
		}
		same(t, "books", got, []string{"b1 by Ann false about go sql", "b2 by Ann false about ", "b3 by Bob true about sql"})
		topics, err := orm.Select(Topics).With(Topics.Books.Subquery()).OrderBy(Topics.Name.Asc()).All(t.Context(), s)
		must(t, err)
		same(t, "by a subquery", titles(t, &topics[1].Books), "b1 b3")
	})
}

func TestLimitForEachEntity(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		users, err := orm.Select(Bloggers).OrderBy(Bloggers.ID.Asc()).With(Bloggers.Posts.OrderBy(Entries.Title.Desc()).Limit(2).With(Entries.Comments.Joined())).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select user_account", "select post")
		same(t, "the last two", postsOf(t, users), []string{"ed: ed-2 ed-1", "wendy: wendy-1 wendy-0", "mary: mary-0"})
		same(t, "with comments", commentCounts(t, users), "[[2 1] [1 0] [0]]")
		if _, err := orm.Select(Bloggers).With(Bloggers.Posts.Joined().Limit(1)).All(ctx, s); err == nil || !strings.Contains(err.Error(), "has a Limit and is to be read by a join") {
			t.Errorf("got %v, want an error: a join has no limit for each", err)
		}
		for want, l := range map[string]orm.Loader[Blogger]{"has no depth": Bloggers.Posts.Depth(2)} {
			if _, err := orm.Select(Bloggers).With(l).All(ctx, s); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		}
	})
}

func TestRelationshipsOfSeventyThousandEntities(t *testing.T) {
	everywhere(t, library, func(t *testing.T, db *database) {
		s := session(t, db)
		const n = 70000
		authors := make([]*Author, n)
		for i := range authors {
			authors[i] = &Author{Name: "a"}
		}
		orm.AddAll(s, authors...)
		must(t, s.Flush(t.Context()))
		books := make([]*Book, n)
		for i, a := range authors {
			books[i] = &Book{Title: "b", AuthorID: a.ID}
		}
		orm.AddAll(s, books...)
		must(t, s.Commit(t.Context()))
		read := session(t, db)
		for name, loader := range map[string]orm.Loader[Author]{"select in": Authors.Books, "limited": Authors.Books.Limit(1)} {
			list, err := orm.Select(Authors).With(loader).NoTrack().All(t.Context(), read)
			must(t, err)
			same(t, name, len(list), n)
			for _, a := range list {
				if b, err := a.Books.All(); err != nil || len(b) != 1 || b[0].AuthorID != a.ID {
					t.Fatalf("%s: author %d has %v, %v, want its book", name, a.ID, b, err)
				}
			}
		}
		must(t, read.Close(t.Context()))
	})
}

func TestEachSelectIsSeen(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		must(t, s.Close(ctx))
		seen := 0
		s = session(t, db, orm.EachSelect(func(q *expr.Select) (*expr.Select, error) {
			seen++
			return q.Limit(2), nil
		}))
		users, err := orm.Select(Bloggers).OrderBy(Bloggers.ID.Asc()).With(Bloggers.Posts).All(ctx, s)
		must(t, err)
		same(t, "rows", postsOf(t, users), []string{"ed: ed-0 ed-1", "wendy: "})
		same(t, "seen", seen, 2)
		n, err := orm.SelectAs[int64](Bloggers.ID).All(ctx, s)
		must(t, err)
		same(t, "columns", len(n), 2)
	})
}

func TestQueriesOfEntitiesAreCompiledOnce(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		ask := func(name string) {
			u := orm.Alias(Bloggers, "u")
			_, err := orm.Select(u).With(Bloggers.Posts.Joined().Where(Entries.Title.Ne(name)), Bloggers.Posts.Where(Entries.Title.Like(name))).
				Where(u.Name.Eq(name), u.Posts.Any(Entries.Comments.Any())).Limit(3).All(ctx, s)
			must(t, err)
		}
		ask("ed")
		before := db.Stats()
		ask("wendy")
		ask("mary")
		if after := db.Stats(); after.Misses != before.Misses || after.Hits == before.Hits {
			t.Errorf("statements were compiled again: %d misses before, %d after", before.Misses, after.Misses)
		}
	})
}

func TestLoadersOfCompositeKeys(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		for _, p := range []*PairP{{A: 1, B: "x"}, {A: 1, B: "y"}, {A: 2, B: "x"}} {
			for range p.A {
				p.Kids.Add(&PairK{})
			}
			s.Add(p)
		}
		must(t, s.Commit(ctx))
		for name, loader := range map[string]orm.Loader[PairP]{
			"select in": PairPs.Kids, "joined": PairPs.Kids.Joined(), "subquery": PairPs.Kids.Subquery(), "limit": PairPs.Kids.Limit(5),
		} {
			s = another(t, db, s)
			list, err := orm.Select(PairPs).Where(PairPs.Kids.Any()).OrderBy(PairPs.A.Asc(), PairPs.B.Asc()).Limit(3).With(loader).All(ctx, s)
			must(t, err)
			var got []int
			for _, p := range list {
				kids, err := p.Kids.All()
				must(t, err)
				for _, k := range kids {
					if *k.PA != p.A || *k.PB != p.B {
						t.Errorf("%s: a kid of %d %s is with %d %s", name, *k.PA, *k.PB, p.A, p.B)
					}
				}
				got = append(got, len(kids))
			}
			same(t, name, got, []int{1, 1, 2})
			n, err := orm.Select(PairKs).Where(PairPs.Kids.Of(list[2])).Count(ctx, s)
			must(t, err)
			same(t, "of the last", n, 2)
			page, err := orm.Select(PairPs).KeysetPage(ctx, s, 2, orm.Position{})
			must(t, err)
			page, err = orm.Select(PairPs).KeysetPage(ctx, s, 2, page.Next)
			must(t, err)
			same(t, "the second page", len(page.Entities) == 1 && page.Entities[0] == list[2], true)
		}
	})
}
