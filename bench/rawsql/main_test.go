package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/testdb"
)

// The benchmark at small counts: every way of inserting and reading leaves the
// objects with the ids and values of their own rows, and a ratio is printed.
func TestBenchmarkChecksEveryID(t *testing.T) {
	for _, db := range []struct {
		name   string
		ratios int // each of time and of processor
		url    func(t *testing.T) string
	}{
		{"sqlite", 4, func(t *testing.T) string { return "sqlite:///" + filepath.Join(t.TempDir(), "bench.db") }},
		{"postgres", 4, func(t *testing.T) string { return testdb.PG15(t) }},
		{"mariadb", 5, func(t *testing.T) string { return testdb.MariaDB(t) }},
	} {
		t.Run(db.name, func(t *testing.T) {
			var out bytes.Buffer
			z := sizes{rounds: 1, single: 5, many: 100, bulk: 1_234, chunks: []int{100, 500}}
			if err := run(context.Background(), &out, db.url(t), "", z); err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Count(out.String(), " to "), 2*db.ratios; got != want {
				t.Errorf("%d ratios with their ranges were printed, want %d:\n%s", got, want, out.String())
			}
		})
	}
}

// What is counted as wrong: an id that is another row's, and a row that is not
// what was inserted.
func TestTheCheckFindsWrongIDs(t *testing.T) {
	ctx := context.Background()
	hand, lib, err := open(ctx, "sqlite:///"+filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer lib.close(ctx)
	defer hand.close()
	_, list, err := lib.insertMany(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := hand.check(ctx, list, 10); err != nil {
		t.Fatal(err)
	}
	list[3].ID, list[4].ID = list[4].ID, list[3].ID
	if err := hand.check(ctx, list, 10); err == nil || !strings.Contains(err.Error(), "has the id 5, its row 4") {
		t.Errorf("two ids changed places: %v", err)
	}
	if err := hand.check(ctx, list[:9], 10); err == nil {
		t.Error("a missing object is not noticed")
	}
	if err := hand.empty(ctx); err != nil {
		t.Fatal(err)
	}
	if err := hand.check(ctx, list, 10); err == nil {
		t.Error("missing rows are not noticed")
	}
}
