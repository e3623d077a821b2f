package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

func Example_gettingStarted() {
	must(gettingStarted(context.Background()))
	// Output:
	// 1 2
	// 2 Hello again []
	// 1 Hello [first]
	// true
	// 2
	// 1
	// [Alicia]
	// 1
	// Alice
}

func gettingStarted(ctx context.Context) error {
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	return started(ctx, db)
}

func started(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)

	alice := &User{Name: "Alice"}
	bob := &User{Name: "Bob"}
	orm.AddAll(s, alice, bob)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	fmt.Println(alice.ID, bob.ID) // 1 2

	orm.AddAll(s,
		&Post{AuthorID: alice.ID, Title: "Hello", Tags: []string{"first"}},
		&Post{AuthorID: bob.ID, Title: "Hello again"},
	)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	if err := queries(ctx, s, alice); err != nil {
		return err
	}

	alice.Name = "Alicia"
	s.Delete(bob)
	if err := s.Commit(ctx); err != nil { // UPDATE users SET name = … and DELETE FROM users …
		return err
	}
	if err := withoutObjects(ctx, db, alice); err != nil {
		return err
	}

	err := orm.Transact(ctx, db, func(s *orm.Session) error {
		u, err := orm.Get(ctx, s, Users, alice.ID)
		if err != nil {
			return err
		}
		u.Name = "Alice"
		return nil
	})
	if err != nil {
		return err
	}
	u, err := orm.Get(ctx, s, Users, alice.ID)
	fmt.Println(u.Name)
	return err
}

func queries(ctx context.Context, s *orm.Session, alice *User) error {
	posts, err := orm.Select(Posts).
		Where(Posts.Title.StartsWith("Hello"), Posts.Likes.Lt(10)).
		OrderBy(Posts.ID.Desc()).
		Limit(10).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, p := range posts {
		fmt.Println(p.ID, p.Title, p.Tags)
	}

	u, err := orm.Get(ctx, s, Users, alice.ID)
	if err != nil {
		return err
	}
	fmt.Println(u == alice) // true: within a session one row is one object

	n, err := orm.Select(Users).Where(Users.Email.IsNull()).Count(ctx, s)
	if err != nil {
		return err
	}
	fmt.Println(n) // 2

	byAlice, err := orm.Select(Posts).
		Join(Users, Posts.AuthorID.EqExpr(Users.ID)).
		Where(Users.Name.Eq("Alice").Or(Users.Name.In("Carol", "Dave"))).
		All(ctx, s)
	if err != nil {
		return err
	}
	fmt.Println(len(byAlice)) // 1
	return nil
}

func withoutObjects(ctx context.Context, db *alkahest.Engine, alice *User) error {
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(Users.Name).OrderBy(Users.Name.Asc()))
	if err != nil {
		return err
	}
	fmt.Println(names) // [Alicia]

	_, err = db.Exec(ctx, expr.NewUpdate(Posts.Schema()).
		Set(Posts.Likes.SetExpr(Posts.Likes.Add(1))).
		Where(Posts.AuthorID.Eq(alice.ID)))
	if err != nil {
		return err
	}

	likes, err := engine.Scalar[int64](ctx, db, expr.SQL("SELECT max(likes) FROM posts WHERE author_id = :author", expr.Named("author", alice.ID)))
	if err != nil {
		return err
	}
	fmt.Println(likes) // 1
	return nil
}

// Note is mapped by its tags.
type Note struct {
	ID   int64
	Text string `db:"text,size=200"`
	Pins int64
}

var Notes = orm.Map[Note](Base, "notes")

func Example_tags() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(tags(ctx, db))
	// Output: 1 buy milk
}

func tags(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	orm.AddAll(s, &Note{Text: "buy milk"}, &Note{Text: "call Bob"})

	text := orm.TextColumn(Notes, func(n *Note) *string { return &n.Text })
	found, err := orm.Select(Notes).Where(text.Contains("milk")).All(ctx, s)
	if err != nil {
		return err
	}
	for _, n := range found {
		fmt.Println(n.ID, n.Text)
	}
	return nil
}
