// Command rawsql compares a full session with hand-written database/sql on the
// same table of the same database: insert one, insert many with ids, read many.
// All ways of a workload run in turn within each round, in an order that
// changes. What is printed are medians, the ratio of the session to the fastest
// hand-written way of each kind, which is found in the other rounds, and the
// range of that ratio over the rounds.
//
//	go run . -db sqlite
//	go run . -db postgresql://…
//	go run . -db mariadb://…
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sizes are the numbers of a run.
type sizes struct {
	rounds int
	single int   // rows that are inserted and committed one by one
	many   int   // rows that are inserted by single-row statements, and read
	bulk   int   // rows that are inserted by multi-row statements
	chunks []int // rows of a hand-written multi-row statement, each a way of its own
}

func main() {
	url := flag.String("db", "sqlite", "sqlite (a file in a temporary place), or the URL of a database in which tables may be made")
	only := flag.String("only", "", "run the workloads whose names hold this")
	z := sizes{single: 500}
	flag.IntVar(&z.rounds, "rounds", 7, "how many rounds")
	flag.IntVar(&z.many, "n", 10_000, "how many rows are inserted by single-row statements, and read")
	flag.IntVar(&z.bulk, "bulk", 100_000, "how many rows are inserted by multi-row statements")
	chunks := flag.String("chunks", "50,100,250,500,1000", "how many rows the hand-written multi-row statements have")
	flag.Parse()
	var err error
	if z.chunks, err = numbers(*chunks); err != nil {
		log.Fatal(err)
	}
	if err := run(context.Background(), os.Stdout, *url, *only, z); err != nil {
		log.Fatal(err)
	}
}

func numbers(list string) ([]int, error) {
	var out []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-chunks: %q is no number of rows", s)
		}
		out = append(out, n)
	}
	return out, nil
}

func run(ctx context.Context, out io.Writer, url, only string, z sizes) (err error) {
	if url == "sqlite" {
		dir, err := os.MkdirTemp("", "alkahest-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		url = "sqlite:///" + filepath.Join(dir, "bench.db")
	}
	hand, lib, err := open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, hand.close(), lib.close(ctx)) }()
	heading(out)
	for _, w := range workloads(hand, lib, z) {
		if !strings.Contains(w.name, only) {
			continue
		}
		if err := w.compare(ctx, out, hand, z.rounds); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// workloads are what is measured. The last way of each is the session's.
func workloads(hand *raw, lib *session, z sizes) []workload {
	bulk := workload{name: fmt.Sprintf("insert %d with ids", z.bulk), n: z.bulk}
	for _, rows := range slices.Compact(slices.Sorted(slices.Values(z.chunks))) {
		for _, how := range hand.waysToIDs() {
			bulk.ways = append(bulk.ways, way{fmt.Sprintf("%s, %d rows a statement", how, rows), how, nil, hand.chunks(rows, how)})
		}
	}
	bulk.ways = append(bulk.ways, way{"session", "", nil, lib.insertMany})
	return []workload{
		{"insert one and commit", z.single, []way{{"prepared", byHand, nil, hand.insertOne}, {"session", "", nil, lib.insertOne}}},
		{fmt.Sprintf("insert %d with ids, by hand one by one", z.many), z.many, []way{{"prepared", byHand, nil, hand.insertMany}, {"session", "", nil, lib.insertMany}}},
		bulk,
		// Each reads what it wrote: text of times differs on SQLite.
		{fmt.Sprintf("read %d", z.many), z.many, []way{{"prepared", byHand, hand.insertMany, hand.read}, {"session", "", lib.insertMany, lib.read}}},
	}
}
