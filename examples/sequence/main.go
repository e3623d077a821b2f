// Command sequence creates two users whose ids come from a sequence with a
// start and an increment of its own, and prints the ids. It is the same program
// on every database, whether that has sequences or not.
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

// User gets its id from the sequence.
type User struct {
	ID   int64
	Name string
}

type userTable struct {
	orm.Table[User]
	ID   schema.Int64
	Name schema.Text
}

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database")
	increment := flag.Int64("increment", 1, "the step of the sequence")
	flag.Parse()
	if err := run(context.Background(), *url, *increment); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, increment int64) error {
	base := orm.NewBase()
	ids := schema.NewSequence("user_id_seq", schema.Start(100), schema.Increment(increment))
	orm.Declare(base, "sequence_users", userTable{
		ID:   schema.BigInteger(schema.PrimaryKey(), ids),
		Name: schema.String(50),
	})
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, base.MetaData); err != nil {
		return err
	}
	s := orm.NewSession(db)
	defer s.Close(ctx)
	users := []*User{{Name: "Alice"}, {Name: "Bob"}}
	orm.AddAll(s, users...)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	for _, u := range users {
		fmt.Println(u.ID)
	}
	return nil
}
