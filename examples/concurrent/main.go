// Command concurrent inserts from many goroutines at once, each with a session
// of its own, and checks that no two objects got the same id.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

// Event is one insert of one goroutine.
type Event struct {
	ID   int64
	Code string
}

type eventTable struct {
	orm.Table[Event]
	ID   schema.Int64
	Code schema.Text
}

// Events is the table.
var (
	Base   = orm.NewBase()
	Events = orm.Declare(Base, "concurrent_events", eventTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Code: schema.String(64, schema.Unique()),
	})
)

func main() {
	url := flag.String("db", "sqlite:///:memory:", "the database")
	goroutines := flag.Uint("g", 8, "how many goroutines")
	n := flag.Uint("n", 100, "how many inserts each")
	flag.Parse()
	if err := run(context.Background(), *url, int(*goroutines), int(*n)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, url string, goroutines, n int) error {
	db, err := alkahest.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}
	events := make([][]*Event, goroutines)
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() { events[g], errs[g] = insert(ctx, db, n) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	count, ids := 0, map[int64]bool{}
	for _, list := range events {
		for _, e := range list {
			count++
			ids[e.ID] = true
		}
	}
	fmt.Println(count)
	fmt.Println("unique:", len(ids) == count)
	return nil
}

// insert commits each event for itself, as requests to a server would.
func insert(ctx context.Context, db *alkahest.Engine, n int) ([]*Event, error) {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	run := uuid.NewString()
	events := make([]*Event, n)
	for i := range events {
		events[i] = &Event{Code: fmt.Sprintf("%s-%d", run, i)}
		s.Add(events[i])
		if err := s.Commit(ctx); err != nil {
			return nil, err
		}
	}
	return events, nil
}
