// Command quickstart creates a table of users, adds Alice, and prints the id
// that the database gave her.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// User is a plain struct.
type User struct {
	ID   int64
	Name string
}

type userTable struct {
	orm.Table[User]
	ID   schema.Int64
	Name schema.Text
}

// Base holds the tables of this program, and Users is one of them.
var (
	Base  = orm.NewBase()
	Users = orm.Declare(Base, "users", userTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Name: schema.String(50),
	})
)

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database")
	flag.Parse()
	if err := run(context.Background(), *url); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	s := orm.NewSession(db)
	defer s.Close(ctx)
	alice := &User{Name: "Alice"}
	s.Add(alice)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	fmt.Println(alice.ID)
	return nil
}
