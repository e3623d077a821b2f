package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"time"
)

// pageRows is how many rows a page has.
const pageRows = 100

// workload is one thing to do.
type workload struct {
	key    string // by which -only names it
	title  string
	pick   func(s *tasks) task
	check  check
	writes bool // the tables have to be filled anew afterwards
	peak   bool // the memory at its peak is measured
}

// workloads are all of them, in the order of the table. Those with the key of
// another and a number behind it are the same with that many rows.
var workloads = []workload{
	{key: "a", title: "insert one and commit", pick: func(s *tasks) task { return s.insertOne }, check: inserted, writes: true},
	{key: "b", title: "insert %d one by one in a transaction", pick: func(s *tasks) task { return s.insertMany }, check: inserted, writes: true},
	{key: "c", title: "bulk insert of %d with ids", pick: func(s *tasks) task { return s.insertBulk }, check: inserted, writes: true},
	{key: "d", title: "one by key", pick: func(s *tasks) task { return s.get }, check: read},
	{key: "e", title: "select 100 rows", pick: func(s *tasks) task { return s.page }, check: readPage},
	{key: "f", title: "select %d rows", pick: func(s *tasks) task { return s.selectAll }, check: read},
	{key: "g", title: "%d parents with 10 children each, eager", pick: func(s *tasks) task { return s.eager }, check: readParents},
	{key: "h", title: "update %d one by one", pick: func(s *tasks) task { return s.updateOne }, check: updated, writes: true},
	{key: "i", title: "update %d in a batch", pick: func(s *tasks) task { return s.updateMany }, check: updated, writes: true},
	{key: "j", title: "delete %d", pick: func(s *tasks) task { return s.deleteMany }, check: deleted, writes: true},
	{key: "k", title: "insert one and commit, eight writers", pick: func(s *tasks) task { return s.writers }, check: insertedByWriters, writes: true},
	{key: "l", title: "flush of %[2]d objects of which %[1]d changed", pick: func(s *tasks) task { return s.flushFew }, check: updated, writes: true},
	{key: "m", title: "commit of a graph of %d parents with 10 children each", pick: func(s *tasks) task { return s.graph }, check: insertedParents, writes: true},
	{key: "c4", title: "bulk insert of %d, a row", pick: func(s *tasks) task { return s.insertBulk }, check: inserted, writes: true},
	{key: "c5", title: "bulk insert of %d, a row", pick: func(s *tasks) task { return s.insertBulk }, check: inserted, writes: true},
	{key: "c6", title: "bulk insert of %d, a row", pick: (*tasks).insertMillion, check: inserted, writes: true},
	{key: "f4", title: "select %d rows, a row", pick: func(s *tasks) task { return s.selectAll }, check: read},
	{key: "f5", title: "select %d rows, a row", pick: func(s *tasks) task { return s.selectAll }, check: read},
	{key: "f6", title: "select %d rows, a row", pick: func(s *tasks) task { return s.selectAll }, check: read},
	{key: "s", title: "stream of %d rows, a row", pick: func(s *tasks) task { return s.stream }, check: streamed, peak: true},
}

// size is how much there is to do.
type size struct {
	n       int // what a task counts
	rows    int // that there are before
	parents int // that there are before
	repeat  int // how often all is read
	ops     int // by which the time is divided in the table
}

// sizes are the counts of a run, by the key of the workload. A workload that has
// none is left out.
type sizes map[string]size

// insertMillion is nil for those to whom it would be a million statements.
func (s *tasks) insertMillion() task {
	if s.loops {
		return nil
	}
	return s.insertBulk
}

// growingRounds is how many rounds there are at most of workloads that grow:
// they are long enough for chance to even out within each.
const growingRounds = 3

// growing are the workloads whose times are compared over the number of rows,
// and which take longest.
func growing(key string) bool { return len(key) == 2 || key == "s" }

// fullSizes are those of `make bench`.
func fullSizes() sizes {
	z := sizesOf(1)
	for i, n := range []int{10_000, 100_000, 1_000_000} {
		z["c"+fmt.Sprint(i+4)] = size{n: n, ops: n}
		z["f"+fmt.Sprint(i+4)] = size{n: n, rows: n, repeat: 1, ops: n}
	}
	z["s"] = size{n: 1_000_000, rows: 1_000_000, ops: 1_000_000}
	return z
}

// quickSizes are those of -quick: smaller ones, of which the largest count is
// left out.
func quickSizes() sizes {
	z := sizesOf(5)
	for i, n := range []int{5_000, 25_000} {
		z["c"+fmt.Sprint(i+4)] = size{n: n, ops: n}
		z["f"+fmt.Sprint(i+4)] = size{n: n, rows: n, repeat: 1, ops: n}
	}
	z["c"] = size{n: 10_000, ops: 1}
	z["s"] = size{n: 25_000, rows: 25_000, ops: 25_000}
	return z
}

// sizesOf are the thirteen workloads, by a part of their counts.
func sizesOf(part int) sizes {
	return sizes{
		"a": {n: 2_000 / part, ops: 2_000 / part},
		"b": {n: 10_000 / part, ops: 1},
		"c": {n: 100_000 / part, ops: 1},
		"d": {n: 2_000 / part, rows: 10_000 / part, ops: 2_000 / part},
		"e": {n: 200 / part, rows: 10_000 / part, ops: 200 / part},
		"f": {n: 10_000 / part, rows: 10_000 / part, repeat: 5, ops: 5},
		"g": {n: 1_000 / part, parents: 1_000 / part, repeat: 3, ops: 3},
		"h": {n: 1_000 / part, rows: 1_000 / part, ops: 1},
		"i": {n: 1_000 / part, rows: 1_000 / part, ops: 1},
		"j": {n: 1_000 / part, rows: 1_100 / part, ops: 1},
		"k": {n: 2_000 / part, ops: 2_000 / part},
		"l": {n: 100 / part, rows: 10_000 / part, ops: 1},
		"m": {n: 1_000 / part, ops: 1},
	}
}

// testSizes are as small as what is wrong can be seen with.
func testSizes() sizes {
	return sizes{
		"a":  {n: 3, ops: 3},
		"b":  {n: 40, ops: 1},
		"c":  {n: 120, ops: 1},
		"d":  {n: 5, rows: 10, ops: 5},
		"e":  {n: 3, rows: 250, ops: 3},
		"f":  {n: 60, rows: 60, repeat: 2, ops: 2},
		"g":  {n: 12, parents: 12, repeat: 2, ops: 2},
		"h":  {n: 20, rows: 25, ops: 1},
		"i":  {n: 20, rows: 25, ops: 1},
		"j":  {n: 20, rows: 25, ops: 1},
		"k":  {n: 24, ops: 24},
		"l":  {n: 4, rows: 50, ops: 1},
		"m":  {n: 12, ops: 1},
		"c4": {n: 10, ops: 10}, "c5": {n: 100, ops: 100},
		"f4": {n: 10, rows: 10, repeat: 1, ops: 10}, "f5": {n: 100, rows: 100, repeat: 1, ops: 100},
		"s": {n: 300, rows: 300, ops: 300},
	}
}

// trial is one run of a workload by one contestant.
type trial struct {
	size
	d     *database
	table int // rows that there were before
	peak  bool
	// profile is where the profile of what is measured goes; nil: there is none.
	profile *os.File

	cost    cost
	spent   bool
	rows    []*Row
	parents []*Parent
	sum     int64 // of the ids that were streamed
}

// pageStart is behind which id page i begins. Pages are of the whole table, in
// an order that is not that of the ids.
func (t *trial) pageStart(i int) int64 {
	return int64(i) * 7919 % int64(max(t.table-pageRows, 1))
}

// cost is what a trial took: the time that passed, what this process used of the
// processors, and what it asked of memory.
type cost struct {
	Wall   time.Duration `json:"wall_ns"`
	CPU    time.Duration `json:"cpu_ns"`
	Bytes  uint64        `json:"bytes"`
	Allocs uint64        `json:"allocs"`
	// Peak is how much more the heap had at its largest than before, where that is
	// measured.
	Peak uint64 `json:"peak_bytes,omitempty"`
}

// spend measures f.
func (t *trial) spend(f func() error) error {
	t.spent = true
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := func() uint64 { return 0 }
	if t.peak {
		stop = watchHeap()
	}
	cpu, start := processorTime(), time.Now()
	err := t.profiled(f)
	t.cost.Wall, t.cost.CPU = time.Since(start), processorTime()-cpu
	t.cost.Peak = stop()
	runtime.ReadMemStats(&after)
	t.cost.Bytes, t.cost.Allocs = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs
	return err
}

// watchHeap looks at the heap every millisecond, and says by how much it grew
// at most. What is garbage and not yet collected counts.
func watchHeap() (stop func() uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	first := heap()
	largest := first
	end, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				largest = max(largest, heap())
			case <-end:
				largest = max(largest, heap())
				return
			}
		}
	}()
	return func() uint64 {
		close(end)
		<-done
		return largest - min(first, largest)
	}
}

// heading is the workload's title with its counts.
func (w workload) heading(z size) string {
	format := w.title
	if !hasVerb(format) {
		return format
	}
	if w.key == "l" {
		return fmt.Sprintf(format, z.n, z.rows)
	}
	return fmt.Sprintf(format, z.n)
}

func hasVerb(s string) bool {
	for i := range s {
		if s[i] == '%' {
			return true
		}
	}
	return false
}

// ratio is a divided by b, which is NaN where there is nothing to divide by.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return math.NaN()
	}
	return a / b
}
