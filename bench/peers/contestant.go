package main

import (
	"cmp"
	"context"
	"slices"
)

// contestant is a way to use a database from Go. Its file registers it, and
// nothing else has to know it.
type contestant struct {
	name string
	// place says where it stands in the table.
	place int
	// on are the products that it is for; none: all.
	on []string
	// storesTimesAs is the layout of times that it writes to SQLite, which has
	// none of its own; "" for that of the drivers. Rows that it reads have it.
	storesTimesAs string
	// mark is how the picture shows it: "dot", "ring", "bar", or a letter.
	mark string
	// module is whose version is written down.
	module string
	open   func(ctx context.Context, d *database) (*tasks, error)
}

// task does a workload: it prepares, then does what is measured within
// trial.spend, then says what it has got.
type task func(ctx context.Context, t *trial) error

// tasks are a contestant's ways to do the workloads, on one database. Those that
// it has no way for are nil.
type tasks struct {
	insertOne  task // t.n rows, each committed by itself
	insertMany task // t.n rows one after the other, in one transaction
	insertBulk task // t.n rows as the contestant inserts many, with their ids
	loops      bool // insertBulk is a loop, which is not done with a million rows
	get        task // the rows with the ids 1 to t.n, one by one
	page       task // t.n times pageRows rows in the order of ids, from behind t.pageStart(i)
	selectAll  task // all rows, in the order of ids; t.repeat times
	eager      task // all parents in the order of ids, with their children in the order of ids; t.repeat times
	updateOne  task // the rows with the ids 1 to t.n, one after the other, in one transaction
	updateMany task // the same, as the contestant updates many
	deleteMany task // the rows with the ids 1 to t.n
	writers    task // t.n rows, each committed by itself, by eight goroutines
	flushFew   task // the rows with the ids 1 to t.n are changed, of t.table that are at hand
	graph      task // t.n parents, with ten children each
	stream     task // all rows, none of which is kept
	close      func() error
}

var registered []contestant

// register is called by the file of each contestant.
func register(c contestant) bool {
	registered = append(registered, c)
	return true
}

// contestantsFor are those that a product has, in the order of the table.
func contestantsFor(product string, wanted func(name string) bool) []contestant {
	var list []contestant
	for _, c := range registered {
		if (len(c.on) == 0 || slices.Contains(c.on, product)) && wanted(c.name) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b contestant) int { return cmp.Compare(a.place, b.place) })
	return list
}

// baseName is the contestant that the others are compared with.
const baseName = "database/sql"

// writersCount is how many goroutines write at once.
const writersCount = 8

// inWriters calls f for each number below n, from as many goroutines as there
// are writers, and returns the first error.
func inWriters(n int, f func(i int) error) error {
	errs := make(chan error, writersCount)
	for w := range writersCount {
		go func() {
			for i := w; i < n; i += writersCount {
				if err := f(i); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range writersCount {
		first = firstError(first, <-errs)
	}
	return first
}
