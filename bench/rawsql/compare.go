package main

import (
	"context"
	"fmt"
	"io"
	"maps"
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
	ids  idsBy // of an insert of many by hand
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
	fmt.Fprintln(out, w.name)
	for i, list := range costs {
		fmt.Fprintf(out, "  %-42s %12s %12s\n", w.ways[i].name, median(list, wall), median(list, cpu))
	}
	kinds := map[idsBy][][]cost{}
	for i, by := range w.ways[:last] {
		kinds[by.ids] = append(kinds[by.ids], costs[i])
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		hand := kinds[kind]
		fmt.Fprintf(out, "  %-42s %25s %22s %22s\n", "session, against the fastest by "+string(kind), "", ratios(costs[last], hand, wall), ratios(costs[last], hand, cpu))
	}
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

// ratios says the median and range of the rounds' ratios to the fastest of some
// ways by hand.
func ratios(session []cost, hand [][]cost, of func(cost) time.Duration) string {
	var list []float64
	for round, c := range session {
		opponent := hand[fastestBeside(hand, round)][round]
		list = append(list, of(c).Seconds()/max(of(opponent).Seconds(), 1e-9))
	}
	slices.Sort(list)
	return fmt.Sprintf("%.2f (%.2f to %.2f)", list[len(list)/2], list[0], list[len(list)-1])
}

// fastestBeside returns which way took the least time in all rounds but one:
// where ways are about as fast as each other, the one that was lucky in a round
// would else be taken for the fastest in that round.
func fastestBeside(costs [][]cost, round int) int {
	fastest, least := 0, time.Duration(0)
	for i, list := range costs {
		others := slices.Concat(list[:round], list[round+1:])
		if len(others) == 0 {
			others = list
		}
		if m := median(others, wall); i == 0 || m < least {
			fastest, least = i, m
		}
	}
	return fastest
}
