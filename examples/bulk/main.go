// Command bulk inserts many objects in one flush and proves that each got the
// id of its own row: it reads every row back by a natural key.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// Item is known by its code, whatever its id.
type Item struct {
	ID   int64
	Code string
}

type itemTable struct {
	orm.Table[Item]
	ID   schema.Int64
	Code schema.Text
}

// Items is the table.
var (
	Base  = orm.NewBase()
	Items = orm.Declare(Base, "bulk_items", itemTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Code: schema.String(64, schema.Unique()),
	})
)

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database")
	n := flag.Uint("n", 1000, "how many objects")
	flag.Parse()
	if err := run(context.Background(), *url, int(*n)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, n int) error {
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	items, err := insert(ctx, db, n)
	if err != nil {
		return err
	}
	distinct := map[int64]bool{}
	for _, it := range items {
		distinct[it.ID] = true
	}
	match, err := matchRows(ctx, db, items)
	if err != nil {
		return err
	}
	fmt.Println(len(items))
	fmt.Println(len(distinct))
	fmt.Println("ids match rows:", match)
	return nil
}

func insert(ctx context.Context, db *alkahest.Engine, n int) ([]*Item, error) {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	run := uuid.NewString()
	items := make([]*Item, n)
	for i := range items {
		items[i] = &Item{Code: fmt.Sprintf("%s-%d", run, i)}
	}
	orm.AddAll(s, items...)
	return items, s.Commit(ctx)
}

// matchRows reads each row by its code, in a session that knows none of the
// objects.
func matchRows(ctx context.Context, db *alkahest.Engine, items []*Item) (bool, error) {
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(ctx)
	for _, it := range items {
		row, err := orm.Select(Items).Where(Items.Code.Eq(it.Code)).NoTrack().One(ctx, s)
		if err != nil {
			return false, err
		}
		if row.ID != it.ID {
			return false, nil
		}
	}
	return true, nil
}
