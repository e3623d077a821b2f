package docs

import (
	"context"
	"fmt"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

var Club = orm.NewBase()

// Member belongs to the club.
type Member struct {
	ID   int64
	Name string
}

type memberTable struct {
	orm.Table[Member]
	ID   schema.Int64
	Name schema.Text
}

var Members = orm.Declare(Club, "members", memberTable{
	ID:   schema.BigInteger(schema.PrimaryKey()),
	Name: schema.String(50, schema.Unique()),
})

func Example_ids() {
	must(newMembers(context.Background()))
	// Output:
	// 1 Ada
	// 2 Bob
	// 3 Cy
}

func newMembers(ctx context.Context) error {
	db, err := alkahest.Open(ctx, "sqlite:///:memory:")
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Club.MetaData); err != nil {
		return err
	}
	s := orm.NewSession(db)
	defer s.Close(ctx)
	members := []*Member{{Name: "Ada"}, {Name: "Bob"}, {Name: "Cy"}}
	orm.AddAll(s, members...)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	for _, m := range members {
		fmt.Println(m.ID, m.Name)
	}
	return nil
}

func Example_advance() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(advanceUsers(ctx, db))
	// Output: true
}

func advanceUsers(ctx context.Context, db *alkahest.Engine) error {
	moved, err := ids.Advance(ctx, db, Users.ID)
	if err != nil {
		return err
	}
	fmt.Println(moved.Old <= moved.New)
	return nil
}
