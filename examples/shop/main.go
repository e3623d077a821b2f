// Command shop is a tour of the ORM: it fills a small shop, asks it questions,
// changes it, and takes all of it away again, so that it can be run any number of
// times. The page docs/tutorial.md tells its story.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database")
	flag.Parse()
	if err := run(context.Background(), *url); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string) error {
	if err := Base.Check(); err != nil {
		return err
	}
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	for _, step := range []struct {
		title string
		do    func(ctx context.Context, s *orm.Session) error
	}{
		{"fill", fill},
		{"read", read},
		{"find", find},
		{"count", count},
		{"pay", pay},
		{"change", change},
		{"undo", undo},
		{"close", closeShop},
	} {
		fmt.Println(step.title)
		if err := orm.Transact(ctx, db, func(s *orm.Session) error { return step.do(ctx, s) }); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}
