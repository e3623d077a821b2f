// Command rawsql compares a full session with hand-written database/sql on the
// same database: insert one, insert 10,000 with ids, read 10,000. Both sides
// run in turn within each round, in an order that changes, and what is printed
// is the median of the rounds' ratios.
//
//	go run . -db sqlite
//	go run . -db postgresql://…
//	go run . -db mariadb://…
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

func main() {
	url := flag.String("db", "sqlite", "sqlite (a file in a temporary place), or the URL of a database in which tables may be made")
	rounds := flag.Int("rounds", 7, "how many rounds")
	n := flag.Int("n", 10000, "how many rows are inserted at once, and read")
	flag.Parse()
	if err := run(context.Background(), *url, *rounds, *n); err != nil {
		log.Fatal(err)
	}
}

// contestant does the workloads one way. Each returns how long it took, without
// preparing and checking.
type contestant interface {
	insertOne(ctx context.Context, n int) (time.Duration, error)
	insertMany(ctx context.Context, n int) (time.Duration, error)
	read(ctx context.Context, n int) (time.Duration, error)
	empty(ctx context.Context) error
	close(ctx context.Context) error
}

type workload struct {
	name string
	n    int
	full bool // the table holds its rows before
	do   func(c contestant, ctx context.Context, n int) (time.Duration, error)
}

func run(ctx context.Context, url string, rounds, n int) error {
	if url == "sqlite" {
		dir, err := os.MkdirTemp("", "alkahest-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		url = "sqlite:///" + filepath.Join(dir, "bench.db")
	}
	sides, err := open(ctx, url)
	if err != nil {
		return err
	}
	for _, s := range sides {
		defer s.close(ctx)
	}
	work := []workload{
		{"insert one and commit", 500, false, contestant.insertOne},
		{fmt.Sprintf("insert %d with ids", n), n, false, contestant.insertMany},
		{fmt.Sprintf("read %d", n), n, true, contestant.read},
	}
	fmt.Printf("%-24s %14s %14s %8s %12s\n", "workload", "database/sql", "session", "ratio", "range")
	for _, w := range work {
		if err := compare(ctx, w, sides, rounds); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

func compare(ctx context.Context, w workload, sides [2]contestant, rounds int) error {
	var ratios []float64
	times := [2][]time.Duration{}
	for round := -1; round < rounds; round++ { // the first one warms up
		var took [2]time.Duration
		for i := range sides {
			side := (i + round + 1) % 2
			d, err := once(ctx, w, sides[side])
			if err != nil {
				return err
			}
			took[side] = d
		}
		if round < 0 {
			continue
		}
		ratios = append(ratios, took[1].Seconds()/took[0].Seconds())
		times[0], times[1] = append(times[0], took[0]), append(times[1], took[1])
	}
	slices.Sort(ratios)
	fmt.Printf("%-24s %14s %14s %8.2f %5.2f..%.2f\n", w.name, median(times[0]), median(times[1]),
		ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
	return nil
}

func once(ctx context.Context, w workload, c contestant) (time.Duration, error) {
	if err := c.empty(ctx); err != nil {
		return 0, err
	}
	if w.full {
		if _, err := c.insertMany(ctx, w.n); err != nil {
			return 0, err
		}
	}
	runtime.GC()
	return w.do(c, ctx, w.n)
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2].Round(time.Microsecond)
}
