package docs

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

func TestTestingInMemory(t *testing.T) {
	db := alkahesttest.Memory(t) // SQLite in memory, of this test alone
	if err := db.CreateAll(t.Context(), Base.MetaData); err != nil {
		t.Fatal(err)
	}
}

var template = alkahesttest.NewTemplate("sqlite:///:memory:", func(ctx context.Context, db *engine.Engine) error {
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	return fill(ctx, db)
})

// testDB is the database that sandboxes are made of, for as long as the test
// program runs.
var openTestDB = sync.OnceValue(func() *engine.Engine { return newDatabase(context.Background()) })

func testDB(testing.TB) *engine.Engine { return openTestDB() }

func TestAddingAPost(t *testing.T) {
	t.Parallel()
	db := alkahesttest.Sandbox(t, testDB(t))
	err := orm.Transact(t.Context(), db, func(s *orm.Session) error {
		s.Add(&Post{AuthorID: 1, Title: "Second"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := orm.NewSession(db)
	defer s.Close(t.Context())
	n, err := orm.Select(Posts).Count(t.Context(), s)
	if err != nil || n != 2 {
		t.Errorf("got %d posts and the error %v, want 2", n, err)
	}
}

var userFactory = alkahesttest.NewFactory(func(b *alkahesttest.Build) *User {
	email := b.Unique("user") + "@example.org"
	return &User{Name: b.Sprintf("User %d"), Email: &email}
})

// withoutEmail is a trait.
func withoutEmail(_ *alkahesttest.Build, u *User) { u.Email = nil }

func TestTestingWithFactories(t *testing.T) {
	db := template.Database(t)
	s := orm.NewSession(db)
	defer s.Close(t.Context())
	bob := userFactory.Create(t, s, alkahesttest.Set(func(u *User) { u.Name = "Bob" }))
	five := userFactory.CreateMany(t, s, 5, withoutEmail)
	unsaved := userFactory.Build(t)
	if bob.ID == 0 || bob.Name != "Bob" || len(five) != 5 || five[4].Email != nil || unsaved.ID != 0 {
		t.Errorf("got %+v, %+v and %+v", bob, five, unsaved)
	}
}

func TestTestingWithFixtures(t *testing.T) {
	db := template.Database(t)
	rows := []alkahesttest.Fixture{
		{Table: "posts", Values: alkahesttest.Values{"title": "Hi", "likes": 3, "tags": []string{"a"}, "author_id": alkahesttest.Ref("carol")}},
		{Table: "users", Label: "carol", Values: alkahesttest.Values{"id": 70, "name": "Carol"}},
	}
	loaded := alkahesttest.LoadFixtures(t, db, Base.MetaData, rows)
	id := loaded.ID(t, "users", "carol")
	title, err := engine.Scalar[string](t.Context(), db, expr.NewSelect(Posts.Title).Where(Posts.AuthorID.Eq(id)))
	if err != nil || title != "Hi" || id != 70 {
		t.Errorf("got the post %q of %d, and the error %v", title, id, err)
	}
}

func listUsers(ctx context.Context, db *engine.Engine) error {
	return orm.Transact(ctx, db, func(s *orm.Session) error {
		_, err := orm.Select(Users).OrderBy(Users.Name.Asc()).All(ctx, s)
		return err
	})
}

func TestTestingStatements(t *testing.T) {
	db := alkahesttest.Sandbox(t, testDB(t))
	var err error
	alkahesttest.QueryCount(t, db, 1, func() { err = listUsers(t.Context(), db) })
	alkahesttest.NoNPlusOne(t, db, func() { err = errors.Join(err, listUsers(t.Context(), db)) })
	alkahesttest.GoldenSQL(t, db, "list-users", func() { err = errors.Join(err, listUsers(t.Context(), db)) })
	if err != nil {
		t.Fatal(err)
	}
}

// Now is the program's clock.
var Now = time.Now

func TestTestingTheClock(t *testing.T) {
	clock := alkahesttest.NewClock(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	clock.Install(t, &Now) // until the test has ended
	clock.Advance(time.Hour)
	if got := Now(); got.Hour() != 1 {
		t.Errorf("got %s, want an hour later", got)
	}
}
