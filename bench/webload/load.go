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

// During has each client work for a time.
func During(d time.Duration) func(done int) bool {
	until := time.Now().Add(d)
	return func(int) bool { return time.Now().After(until) }
}

// Each has each client send a number of requests.
func Each(n int) func(done int) bool { return func(done int) bool { return done >= n } }

// Drive lets all clients work at once, each one request after the other, until enough
// says so of the requests that it has sent. Requests that have begun are waited for,
// and counted.
func Drive(ctx context.Context, clients []*Client, enough func(done int) bool) *Load {
	var (
		wg    sync.WaitGroup
		parts = make([]Load, len(clients))
		start = time.Now()
	)
	for i, c := range clients {
		wg.Go(func() { c.work(ctx, &parts[i], enough) })
	}
	wg.Wait()
	sum := &Load{Took: time.Since(start)}
	for i := range parts {
		sum.add(&parts[i])
	}
	return sum
}

func (c *Client) work(ctx context.Context, l *Load, enough func(done int) bool) {
	for done := 0; !enough(done) && ctx.Err() == nil; done++ {
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
