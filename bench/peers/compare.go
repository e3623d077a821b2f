package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
)

// plan is what a run does.
type plan struct {
	rounds  int
	sizes   sizes
	only    string // keys of workloads, comma-separated or, where each is one letter, in a row; "" for all
	who     string // names of contestants, comma-separated; "" for all
	chunk   int
	profile string // where the profile of the processor goes
	// warmed says that the first round is not counted.
	warmed bool
	say    func(format string, args ...any)
}

func (p plan) wants(w workload) bool {
	if _, ok := p.sizes[w.key]; !ok {
		return false
	}
	if p.only == "" {
		return true
	}
	for key := range strings.SplitSeq(p.only, ",") {
		if key == w.key || len(w.key) == 1 && !known(key) && strings.Contains(key, w.key) {
			return true
		}
	}
	return false
}

func known(key string) bool {
	for _, w := range workloads {
		if w.key == key {
			return true
		}
	}
	return false
}

func (p plan) asks(name string) bool {
	if p.who == "" {
		return true
	}
	for who := range strings.SplitSeq(p.who, ",") {
		if strings.EqualFold(strings.TrimSpace(who), name) {
			return true
		}
	}
	return false
}

// entrant is a contestant on one database.
type entrant struct {
	contestant
	tasks *tasks
}

// measure runs the workloads on one database.
func measure(ctx context.Context, d *database, p plan) (cells []cell, err error) {
	if p.chunk > 0 {
		d.chunk = p.chunk
	}
	var entrants []entrant
	defer func() {
		for _, e := range entrants {
			err = errors.Join(err, e.tasks.close())
		}
	}()
	for _, c := range contestantsFor(d.product, p.asks) {
		s, err := c.open(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		entrants = append(entrants, entrant{c, s})
	}
	if len(entrants) == 0 {
		return nil, fmt.Errorf("-who: nobody has a name of these: %s", p.who)
	}
	for _, w := range workloads {
		if !p.wants(w) {
			continue
		}
		of, err := w.compare(ctx, d, p, entrants)
		if err != nil {
			return nil, err
		}
		cells = append(cells, of...)
	}
	return cells, nil
}

// compare runs those who can do a workload in turn, a round after the other, in
// an order that moves on by one from round to round.
func (w workload) compare(ctx context.Context, d *database, p plan, all []entrant) ([]cell, error) {
	z := p.sizes[w.key]
	var cells []cell
	var can []entrant
	for _, e := range all {
		if w.pick(e.tasks) != nil {
			can = append(can, e)
			cells = append(cells, cell{Database: d.product, Workload: w.key, Title: w.heading(z), Contestant: e.name, Ops: z.ops})
		}
	}
	first := 0
	if p.warmed {
		first = -1
	}
	rounds := p.rounds
	if growing(w.key) {
		rounds = min(rounds, growingRounds)
	}
	for round := first; round < rounds; round++ {
		p.say("%s %s, round %d", d.product, w.heading(z), round+1)
		for i := range can {
			at := (i + round + 1) % len(can)
			c, err := w.once(ctx, d, z, can[at], p)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %s: %w", d.product, w.heading(z), can[at].name, err)
			}
			if round >= 0 {
				cells[at].Samples = append(cells[at].Samples, c)
			}
		}
	}
	return cells, nil
}

// once is one trial: the tables are made ready, the task is done, and what came
// of it is checked.
func (w workload) once(ctx context.Context, d *database, z size, e entrant, p plan) (_ cost, err error) {
	if err := d.need(ctx, w, z, e.storesTimesAs); err != nil {
		return cost{}, err
	}
	t := &trial{size: z, d: d, table: z.rows, peak: w.peak}
	if p.profile != "" {
		if t.profile, err = os.Create(p.profile); err != nil {
			return cost{}, err
		}
		defer t.profile.Close()
	}
	if err := w.pick(e.tasks)(ctx, t); err != nil {
		return cost{}, err
	}
	if !t.spent {
		return cost{}, errors.New("nothing was measured")
	}
	if err := w.check(ctx, d, t); err != nil {
		return cost{}, fmt.Errorf("the result is wrong: %w", err)
	}
	return t.cost, nil
}

// profiled calls f under the profiler, where one is wanted. Of several trials the
// last one's profile stays.
func (t *trial) profiled(f func() error) error {
	if t.profile == nil {
		return f()
	}
	if err := pprof.StartCPUProfile(t.profile); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
