package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Letter is in a database of its own.
type Letter struct {
	ID   int64
	Text string
}

type letterTable struct {
	orm.Table[Letter]
	ID   schema.Int64
	Text schema.Text
}

var archive = orm.NewBase(orm.BindKey("archive"))

var Letters = orm.Declare(archive, "letters", letterTable{ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(100)})

func Example_severalDatabases() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	old, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer old.Close(ctx)
	must(old.CreateAll(ctx, archive.MetaData))
	must(severalDatabases(ctx, db, old))
	s := orm.NewSession(old, orm.Bind("archive", old))
	defer s.Close(ctx)
	west, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer west.Close(ctx)
	east, err := alkahest.Open(ctx, "sqlite:///:memory:")
	must(err)
	defer east.Close(ctx)
	n, err := orm.Select(Letters).Count(ctx, s)
	must(err)
	fmt.Println(n)
	must(west.CreateAll(ctx, archive.MetaData))
	must(east.CreateAll(ctx, archive.MetaData))
	must(shards(ctx, db, west, east))
	// Output:
	// 1
	// east: hello is in east
}

func sharding(west, east orm.Beginner) orm.Sharding {
	return orm.Sharding{
		Shards: []orm.Shard{{Name: "west", DB: west}, {Name: "east", DB: east}},
		Of:     []orm.Bindable{archive},
		New: func(entity any) string { // where a new entity is inserted
			if l, ok := entity.(*Letter); ok && strings.HasPrefix(l.Text, "east: ") {
				return "east"
			}
			return "west"
		},
	}
}

func shards(ctx context.Context, db, west, east *alkahest.Engine) error {
	s := orm.NewSession(db, orm.Sharded(sharding(west, east)))
	defer s.Close(ctx)
	s.Add(&Letter{Text: "east: hello"})
	letters, err := orm.Select(Letters).OrderBy(Letters.ID.Asc()).All(ctx, s) // of both
	if err != nil {
		return err
	}
	shard, err := s.ShardOf(letters[0]) // each entity knows where its row is
	if err != nil {
		return err
	}
	fmt.Println(letters[0].Text, "is in", shard)
	return nil
}

func severalDatabases(ctx context.Context, db, old *alkahest.Engine) error {
	s := orm.NewSession(db, orm.Bind("archive", old))
	defer s.Close(ctx)
	s.Add(&User{Name: "Dora"})
	s.Add(&Letter{Text: "to Dora"}) // in the other database
	if err := s.Commit(ctx); err != nil {
		return err
	}
	return nil
}
