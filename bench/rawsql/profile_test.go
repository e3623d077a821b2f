package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkSession is for profiles; the command compares. The database is a
// new SQLite file, or that of the URL in RAWSQL_DB.
func BenchmarkSession(b *testing.B) {
	ctx := context.Background()
	url := os.Getenv("RAWSQL_DB")
	if url == "" {
		url = "sqlite:///" + filepath.Join(b.TempDir(), "x.db")
	}
	hand, lib, err := open(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	defer hand.close()
	defer lib.close(ctx)
	for _, w := range workloads(hand, lib, sizes{single: 500, many: 10_000, bulk: 100_000, chunks: []int{250}}) {
		for _, way := range w.ways {
			b.Run(w.name+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				spent := cost{}
				for b.Loop() {
					c, err := w.once(ctx, hand, way)
					if err != nil {
						b.Fatal(err)
					}
					spent.wall, spent.cpu = spent.wall+c.wall, spent.cpu+c.cpu
				}
				b.ReportMetric(float64(spent.wall.Microseconds())/1e3/float64(b.N), "ms/op")
				b.ReportMetric(float64(spent.cpu.Microseconds())/1e3/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
