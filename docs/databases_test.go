package docs

import (
	"context"
	"fmt"

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
	n, err := orm.Select(Letters).Count(ctx, s)
	must(err)
	fmt.Println(n)
	// Output: 1
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
