package alkahest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// User is an entity: a plain struct.
type User struct {
	ID   int64
	Name string
}

// userTable is its table: a struct of columns.
type userTable struct {
	orm.Table[User]
	ID   schema.Int64
	Name schema.Text
}

// Base holds the tables of a program, and Users is one of them.
var Base = orm.NewBase()

var Users = orm.Declare(Base, "users", userTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50),
})

// Member gets its id from a sequence.
type Member struct {
	ID   int64
	Name string
}

type memberTable struct {
	orm.Table[Member]
	ID   schema.Int64
	Name schema.Text
}

var Members = orm.Declare(Base, "members", memberTable{
	ID:   schema.BigInteger(schema.PrimaryKey(), schema.NewSequence("member_id_seq", schema.Start(100), schema.Increment(5))),
	Name: schema.String(50),
})

func run(ctx context.Context) error {
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
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
	fmt.Println(alice.ID) // 1

	users, err := orm.Select(Users).
		Where(Users.Name.StartsWith("A"), Users.ID.Gt(0)).
		OrderBy(Users.Name.Asc()).
		Limit(10).
		All(ctx, s)
	if err != nil {
		return err
	}
	for _, u := range users {
		fmt.Println(u.ID, u.Name) // 1 Alice
	}
	return nil
}

func Example() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 1
	// 1 Alice
}

func Example_sequence() {
	ctx := context.Background()
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close(ctx)
	err = db.CreateAll(ctx, Base.MetaData)
	if err != nil {
		log.Fatal(err)
	}
	s := orm.NewSession(db)
	defer s.Close(ctx)
	members := []*Member{{Name: "Alice"}, {Name: "Bob"}}
	orm.AddAll(s, members...)
	if err := s.Commit(ctx); err != nil {
		log.Fatal(err)
	}
	for _, m := range members {
		fmt.Println(m.ID, m.Name)
	}
	all, err := orm.Select(Members).Where(Members.ID.Ge(105)).All(ctx, s)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(all))
	// Output:
	// 100 Alice
	// 105 Bob
	// 1
}

func ExampleOpen() {
	_, err := alkahest.Open(context.Background(), "postgres://app@localhost/shop")
	fmt.Println(err)
	// Output:
	// engine: no driver for postgres:// is linked in; add import _ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
}
