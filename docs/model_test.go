package docs

import (
	"context"
	"log"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// User writes posts.
type User struct {
	ID     int64
	Name   string
	Email  *string   // NULL where it is nil
	Joined time.Time // filled by the database where it is zero
}

type userTable struct {
	orm.Table[User]
	ID     schema.Int64
	Name   schema.Text
	Email  schema.Text
	Joined schema.Time
}

var Base = orm.NewBase()

var Users = orm.Declare(Base, "users", userTable{
	ID:     schema.BigInteger(schema.PrimaryKey()),
	Name:   schema.String(50),
	Email:  schema.String(200, schema.Unique()),
	Joined: schema.Timestamp(schema.ServerDefault(expr.SQL("CURRENT_TIMESTAMP"))),
})

// Post is written by a user.
type Post struct {
	ID       int64
	AuthorID int64
	Title    string
	Likes    int64
	Tags     []string
}

type postTable struct {
	orm.Table[Post]
	ID       schema.Int64
	AuthorID schema.Int64
	Title    schema.Text
	Likes    schema.Int64
	Tags     schema.JSON[[]string]
}

var Posts = orm.Declare(Base, "posts", postTable{
	ID:       schema.BigInteger(schema.PrimaryKey()),
	AuthorID: schema.BigInteger(schema.References(Users.ID, schema.OnDelete(schema.Cascade)), schema.Indexed()),
	Title:    schema.String(200),
	Tags:     schema.JSONOf[[]string](),
})

func TestModels(t *testing.T) {
	if err := Base.Check(); err != nil {
		t.Error(err)
	}
}

// must ends an example that fails.
func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// newDatabase returns an empty database in memory with the tables of the pages,
// and one user who has written a post.
func newDatabase(ctx context.Context) *alkahest.Engine {
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	must(db.CreateAll(ctx, Base.MetaData))
	must(fill(ctx, db))
	return db
}

func fill(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	alice := &User{Name: "Alice"}
	s.Add(alice)
	if err := s.Flush(ctx); err != nil {
		return err
	}
	s.Add(&Post{AuthorID: alice.ID, Title: "Hello", Tags: []string{"first"}})
	return s.Commit(ctx)
}
