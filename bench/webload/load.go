package webload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Load is what a crowd of clients got from a site in some time.
type Load struct {
	Requests int
	Took     time.Duration
	// Failed are the requests that had another answer than theirs.
	Failed []error
	times  []time.Duration
}

// PerSecond is how many requests were served in a second.
func (l *Load) PerSecond() float64 { return float64(l.Requests) / l.Took.Seconds() }

// Percentile is the time within which that part of the requests, of 1, was served.
func (l *Load) Percentile(part float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	slices.Sort(l.times)
	return l.times[min(int(part*float64(len(l.times))), len(l.times)-1)]
}

// add adds another load: that of another client at the same time, or of another time.
func (l *Load) add(other *Load) {
	l.Requests += other.Requests
	l.Failed = append(l.Failed, other.Failed...)
	l.times = append(l.times, other.times...)
}

// Drive lets all clients work at once for a time, each one request after the other.
// Requests that have begun are waited for, and counted.
func Drive(ctx context.Context, clients []*Client, during time.Duration) *Load {
	var (
		wg    sync.WaitGroup
		parts = make([]Load, len(clients))
		start = time.Now()
		until = start.Add(during)
	)
	for i, c := range clients {
		wg.Go(func() { c.work(ctx, &parts[i], until) })
	}
	wg.Wait()
	sum := &Load{Took: time.Since(start)}
	for i := range parts {
		sum.add(&parts[i])
	}
	return sum
}

func (c *Client) work(ctx context.Context, l *Load, until time.Time) {
	for time.Now().Before(until) && ctx.Err() == nil {
		name, step := c.next()
		begin := time.Now()
		if err := step(ctx); err != nil {
			l.Failed = append(l.Failed, fmt.Errorf("%s: %w", name, err))
			continue
		}
		l.Requests++
		l.times = append(l.times, time.Since(begin))
	}
}

// next chooses what a client does, as readers of a forum do: they read.
func (c *Client) next() (name string, step func(ctx context.Context) error) {
	switch n := c.random.IntN(100); {
	case n < 45:
		return "front page", c.front
	case n < 75:
		return "post", c.readPost
	case n < 85:
		return "search", c.search
	case n < 92:
		return "comment", c.comment
	case n < 97:
		return "vote", c.vote
	}
	return "new post", c.addPost
}

func random(seed uint64, client int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(client))) }
