package alkahesttest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
)

var users = alkahesttest.NewFactory(func(b *alkahesttest.Build) *User {
	return &User{Name: b.Unique("user")}
})

var bylines = alkahesttest.NewFactory(func(b *alkahesttest.Build) *Post {
	p := &Post{Title: b.Sprintf("Post %d")}
	p.Author.Set(users.In(b))
	return p
})

var chapters = alkahesttest.NewFactory(func(b *alkahesttest.Build) *Post {
	return &Post{Title: b.Sprintf("Chapter %d")}
})

// admin and writing are traits.
func admin(_ *alkahesttest.Build, u *User) { u.Admin = true }

func writing(n int) alkahesttest.Trait[User] {
	return func(b *alkahesttest.Build, u *User) { u.Posts.Add(chapters.ManyIn(b, n)...) }
}

func TestFactoryBuilds(t *testing.T) {
	one, two := users.Build(t), users.Build(t, admin, alkahesttest.Set(func(u *User) { u.Name = "Eve" }))
	if one.ID != 0 || !strings.HasPrefix(one.Name, "user-") || one.Admin {
		t.Errorf("got %+v, want a user without an id", one)
	}
	if two.Name != "Eve" || !two.Admin {
		t.Errorf("got %+v, want the admin Eve", two)
	}
	many := users.With(admin).BuildMany(t, 3)
	seen := map[string]bool{one.Name: true}
	for _, u := range many {
		if seen[u.Name] || !u.Admin {
			t.Errorf("got %q again, or no admin", u.Name)
		}
		seen[u.Name] = true
	}
}

func TestFactoryCreates(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		ctx := t.Context()
		s := orm.NewSession(alkahesttest.Sandbox(t, db))
		defer s.Close(ctx)
		var told []int64
		tell := func(_ context.Context, _ *orm.Session, u *User) error {
			told = append(told, u.ID)
			return nil
		}
		author := users.With(admin).AfterCreate(tell).Create(t, s, writing(3))
		must(t, s.Commit(ctx))
		want(t, told, []int64{author.ID})
		all, err := orm.Select(Posts).Where(Posts.AuthorID.Eq(author.ID)).OrderBy(Posts.ID.Asc()).All(ctx, s)
		must(t, err)
		want(t, len(all), 3)
		for _, p := range all {
			if !strings.HasPrefix(p.Title, "Chapter ") || p.ID == 0 {
				t.Errorf("got %+v, want a chapter with an id", p)
			}
		}
		posts := bylines.CreateMany(t, s, 4)
		must(t, s.Commit(ctx))
		authors := map[int64]bool{}
		for _, p := range posts {
			authors[p.AuthorID] = true
		}
		want(t, len(authors), 4)
		shared := users.Create(t, s)
		for _, p := range bylines.CreateMany(t, s, 2, alkahesttest.Set(func(p *Post) { p.Author.Set(shared) })) {
			want(t, p.AuthorID, shared.ID)
		}
		n, err := orm.Select(Users).Count(ctx, s)
		must(t, err)
		want(t, n, 7) // Ann, the admin, four authors and the shared one
	})
}

func TestFactoryTellsWhatFails(t *testing.T) {
	db := filled(t, alkahesttest.Memory(t))
	create := func(f *alkahesttest.Factory[User]) *fakeTB {
		return faked(t, func(k testing.TB) {
			s := orm.NewSession(db)
			defer s.Close(context.Background())
			f.Create(k, s)
		})
	}
	create(users.With(alkahesttest.Set(func(u *User) { u.Name = "Ann" }))).says("creating", "User", "users")
	no := errors.New("no such luck")
	create(users.AfterCreate(func(context.Context, *orm.Session, *User) error { return no })).says("after creating", "no such luck")
	create(users.With(func(b *alkahesttest.Build, _ *User) { b.Check(no) })).says("no such luck")
	create(alkahesttest.NewFactory(func(*alkahesttest.Build) *User { return nil })).says("has built nothing")
	var endless *alkahesttest.Factory[User]
	endless = alkahesttest.NewFactory(func(b *alkahesttest.Build) *User { return endless.In(b) })
	create(endless).says("without end")
}
