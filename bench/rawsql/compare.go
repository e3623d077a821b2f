package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// workload is one thing to do, and the ways to do it: those by hand, then the
// session's.
type workload struct {
	name string
	n    int
	ways []way
}

// way does a workload of n rows and says what that cost, without
// preparing, and which objects it inserted or read.
type way struct {
	name string
	// fill makes the rows that there have to be before; nil where there are none.
	fill func(ctx context.Context, n int) (cost, []*Row, error)
	do   func(ctx context.Context, n int) (cost, []*Row, error)
}

// cost is the time that passed, and what this process used of the processors.
type cost struct{ wall, cpu time.Duration }

// spend measures f.
func spend(f func() error) (cost, error) {
	cpu, start := processorTime(), time.Now()
	err := f()
	return cost{time.Since(start), processorTime() - cpu}, err
}

func heading(out io.Writer) {
	fmt.Fprintf(out, "%-44s %12s %12s %22s %22s\n", "", "time", "processor", "ratio of time", "ratio of processor")
}

// compare runs the ways in turn, a round after the other.
func (w workload) compare(ctx context.Context, out io.Writer, hand *raw, rounds int) error {
	costs := make([][]cost, len(w.ways))
	for round := -1; round < rounds; round++ { // the first one warms up
		for i := range w.ways {
			at := (i + round + 1) % len(w.ways)
			c, err := w.once(ctx, hand, w.ways[at])
			if err != nil {
				return fmt.Errorf("%s: %w", w.ways[at].name, err)
			}
			if round >= 0 {
				costs[at] = append(costs[at], c)
			}
		}
	}
	w.print(out, costs)
	return nil
}

func (w workload) once(ctx context.Context, hand *raw, do way) (cost, error) {
	if err := hand.empty(ctx); err != nil {
		return cost{}, err
	}
	if do.fill != nil {
		if _, _, err := do.fill(ctx, w.n); err != nil {
			return cost{}, err
		}
	}
	runtime.GC()
	took, list, err := do.do(ctx, w.n)
	return took, firstError(err, hand.check(ctx, list, w.n))
}

func (w workload) print(out io.Writer, costs [][]cost) {
	last := len(w.ways) - 1
	fastest := 0
	fmt.Fprintln(out, w.name)
	for i, list := range costs[:last] {
		if median(list, wall) < median(costs[fastest], wall) {
			fastest = i
		}
		fmt.Fprintf(out, "  %-42s %12s %12s\n", w.ways[i].name, median(list, wall), median(list, cpu))
	}
	fmt.Fprintf(out, "  %-42s %12s %12s %22s %22s\n", w.ways[last].name, median(costs[last], wall), median(costs[last], cpu),
		ratios(costs[last], costs[fastest], wall), ratios(costs[last], costs[fastest], cpu))
}

func wall(c cost) time.Duration { return c.wall }
func cpu(c cost) time.Duration  { return c.cpu }

func median(list []cost, of func(cost) time.Duration) time.Duration {
	var times []time.Duration
	for _, c := range list {
		times = append(times, of(c))
	}
	slices.Sort(times)
	return times[len(times)/2].Round(time.Microsecond)
}

// ratios says the median and range of the rounds' ratios.
func ratios(a, b []cost, of func(cost) time.Duration) string {
	var list []float64
	for i := range a {
		list = append(list, of(a[i]).Seconds()/max(of(b[i]).Seconds(), 1e-9))
	}
	slices.Sort(list)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", list[len(list)/2], list[0], list[len(list)-1])
}
