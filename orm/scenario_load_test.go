package orm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
)

// postsOf are the posts of each blogger, by the ids.
func postsOf(t *testing.T, users []*Blogger) (out []string) {
	t.Helper()
	for _, u := range users {
		posts, err := u.Posts.All()
		must(t, err)
		out = append(out, u.Name+": "+entryTitles(posts))
	}
	return out
}

func TestScenarioLazySelectNPlusOne(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		users, err := orm.Select(Bloggers).OrderBy(Bloggers.ID.Asc()).All(ctx, s)
		must(t, err)
		for _, u := range users {
			must(t, Bloggers.Posts.Load(ctx, s, u))
		}
		db.wantSent(t, "select user_account", "select post", "select post", "select post")
		same(t, "posts", postsOf(t, users), []string{"ed: ed-0 ed-1 ed-2", "wendy: wendy-0 wendy-1", "mary: mary-0"})
		posts, err := users[0].Posts.All()
		must(t, err)
		must(t, Entries.Author.Load(ctx, s, posts...))
		db.wantSent(t)
		if u, err := posts[0].Author.Get(); err != nil || u != users[0] {
			t.Errorf("got %v, %v, want the user of the session", u, err)
		}
		fresh := another(t, db, s)
		p, err := orm.Get(ctx, fresh, Entries, 1)
		must(t, err)
		must(t, Entries.Author.Load(ctx, fresh, p))
		db.wantSent(t, "select post", "select user_account")
		u, err := p.Author.Get()
		must(t, err)
		same(t, "author", u.Name, "ed")
	})
}

func TestScenarioSelectinloadCollection(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		users, err := orm.Select(Bloggers).With(Bloggers.Posts.With(Entries.Comments)).OrderBy(Bloggers.ID.Asc()).All(t.Context(), s)
		must(t, err)
		db.wantSent(t, "select user_account", "select post", "select comment")
		same(t, "c", commentCounts(t, users), "[[0 1 2] [0 1] [0]]")
	})
}

func commentCounts(t *testing.T, users []*Blogger) string {
	t.Helper()
	var out [][]int
	for _, u := range users {
		posts, err := u.Posts.All()
		must(t, err)
		var counts []int
		for _, p := range posts {
			comments, err := p.Comments.All()
			must(t, err)
			counts = append(counts, len(comments))
		}
		out = append(out, counts)
	}
	return fmt.Sprint(out)
}

func TestScenarioSubqueryloadCollection(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		q := orm.Select(Bloggers).With(Bloggers.Posts.Subquery().With(Entries.Comments.Subquery(), Entries.Author.Subquery())).OrderBy(Bloggers.ID.Asc())
		users, err := q.Where(Bloggers.ID.Gt(1)).All(t.Context(), s)
		must(t, err)
		same(t, "n", commentCounts(t, users), "[[0 1] [0]]")
		same(t, "statements", len(db.statements()), 3)
		users, err = q.Limit(1).All(t.Context(), s)
		must(t, err)
		same(t, "with a limit", commentCounts(t, users), "[[0 1 2]]")
	})
}

func TestScenarioRaiseloadNoloadImmediate(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		u, err := orm.Select(Bloggers).Where(Bloggers.ID.Eq(1)).One(ctx, s)
		must(t, err)
		var missing *orm.NotLoadedError
		if _, err := u.Posts.All(); !errors.As(err, &missing) || !strings.Contains(err.Error(), "orm_test.Blogger.Posts is not loaded") {
			t.Errorf("got %v, want a NotLoadedError of Blogger.Posts", err)
		}
		p, err := orm.Select(Entries).Where(Entries.ID.Eq(1)).With(Entries.Author).One(ctx, s)
		must(t, err)
		db.wantSent(t, "select user_account", "select post")
		author, err := p.Author.Get()
		must(t, err)
		same(t, "from the identity map", author.Name, "ed")
		if _, err := p.Comments.All(); !errors.As(err, &missing) || missing.Field != "Comments" {
			t.Errorf("got %v, want a NotLoadedError of Comments", err)
		}
		_, err = orm.Select(Bloggers).With(Bloggers.Posts).OrderBy(Bloggers.ID.Asc()).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select user_account", "select post")
	})
}

func TestScenarioContainsEagerAlias(t *testing.T) {
	pa := orm.Alias(Entries, "pa")
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		users, err := orm.Select(Bloggers).LeftJoin(Bloggers.Posts.To(pa)).With(Bloggers.Posts.To(pa).InJoin()).
			OrderBy(Bloggers.ID.Asc(), pa.ID.Desc()).All(t.Context(), s)
		must(t, err)
		db.wantSent(t, "select user_account")
		same(t, "titles", postsOf(t, users), []string{"ed: ed-2 ed-1 ed-0", "wendy: wendy-1 wendy-0", "mary: mary-0"})
		s = another(t, db, s)
		plain, err := orm.Select(Bloggers).Join(Bloggers.Posts).Join(Entries.Comments).With(Bloggers.Posts.InJoin().With(Entries.Comments.InJoin())).
			OrderBy(Bloggers.ID.Asc(), Entries.ID.Asc()).All(t.Context(), s)
		must(t, err)
		same(t, "what the joins find", commentCounts(t, plain), "[[1 2] [1]]")
		if err := Bloggers.Posts.InJoin().Load(t.Context(), s, users...); err == nil || !strings.Contains(err.Error(), "here is none") {
			t.Errorf("got %v, want an error: there is no join", err)
		}
	})
}

func TestScenarioRelationshipAndFilterOption(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		for name, posts := range map[string]orm.HasMany[Blogger, Entry]{
			"select in": Bloggers.Posts, "joined": Bloggers.Posts.Joined(), "subquery": Bloggers.Posts.Subquery(),
		} {
			users, err := orm.Select(Bloggers).With(posts.Where(Entries.Title.Ne("ed-0"))).OrderBy(Bloggers.ID.Asc()).All(t.Context(), s)
			must(t, err)
			same(t, name, postsOf(t, users), []string{"ed: ed-1 ed-2", "wendy: wendy-0 wendy-1", "mary: mary-0"})
		}
	})
}

func childNames(t *testing.T, b *Branch) string {
	t.Helper()
	list, err := b.Children.All()
	if err != nil {
		var missing *orm.NotLoadedError
		if !errors.As(err, &missing) {
			t.Fatal(err)
		}
		return "?"
	}
	var out []string
	for _, c := range list {
		out = append(out, c.Name+"("+childNames(t, c)+")")
	}
	return strings.Join(out, " ")
}

func TestScenarioSelfrefEagerJoinDepth(t *testing.T) {
	everywhere(t, forest, func(t *testing.T, db *database) {
		plant(t, db)
		s := session(t, db)
		for name, c := range map[string]struct {
			loader     orm.HasMany[Branch, Branch]
			want       string
			statements int
		}{
			"joined":    {Branches.Children.Joined().Depth(2), "a(aa(?)) b()", 1},
			"select in": {Branches.Children.Depth(2), "a(aa(?)) b()", 3},
			"subquery":  {Branches.Children.Subquery().Depth(3), "a(aa(aaa(?))) b()", 4},
			"all":       {Branches.Children.Recursive(), "a(aa(aaa())) b()", 5},
		} {
			s = another(t, db, s)
			r, err := orm.Select(Branches).Where(Branches.Name.Eq("r")).With(c.loader).One(t.Context(), s)
			must(t, err)
			same(t, name, childNames(t, r), c.want)
			same(t, "statements of "+name, len(db.statements()), c.statements)
			if name != "joined" {
				continue
			}
			children, err := r.Children.All()
			must(t, err)
			below, err := children[0].Children.All()
			must(t, err)
			must(t, Branches.Children.Load(t.Context(), s, below...))
			same(t, "the third level", childNames(t, r), "a(aa(aaa(?))) b()")
			db.forget()
		}
	})
}
