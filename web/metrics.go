package web

import (
	"context"
	"encoding/json"
	"expvar"
	"slices"
	"sync"
	"time"
)

// Outcome is what became of a request's session.
type Outcome uint8

// The outcomes of requests.
const (
	Committed  Outcome = iota // or there was nothing to commit
	RolledBack                // by an error, or an error status
	Panicked                  // the handler did, and it was rolled back
	ClientGone                // and it was rolled back
	Unknown                   // the connection died while COMMIT was on its way
	outcomes
)

var outcomeNames = [outcomes]string{"committed", "rolled back", "panicked", "client gone", "unknown"}

// String returns the outcome in words, such as "rolled back".
func (o Outcome) String() string {
	if o < outcomes {
		return outcomeNames[o]
	}
	return "invalid"
}

// Finished is one request that has ended.
type Finished struct {
	Method     string
	Status     int
	Outcome    Outcome
	Attempts   int // how often the handler ran
	Statements int
	Database   time.Duration // of the statements
	Duration   time.Duration // of everything
}

// Metrics count requests and what came of them. The zero value is ready, and is
// used by many goroutines at once; several Sessions may share it.
type Metrics struct {
	mu     sync.Mutex
	counts Counts
	told   []func(ctx context.Context, f Finished)
}

var _ expvar.Var = (*Metrics)(nil)

// Counts are what Metrics have counted.
type Counts struct {
	Active     int              `json:"active"` // requests that run now
	Requests   int64            `json:"requests"`
	Outcomes   map[string]int64 `json:"outcomes"` // by Outcome.String
	Statuses   map[string]int64 `json:"statuses"` // by class, as "2xx"
	Repeats    int64            `json:"repeats"`  // runs of handlers beyond the first
	Statements int64            `json:"statements"`
	// Seconds is how long requests took in all, DatabaseSeconds their statements.
	Seconds         float64 `json:"seconds"`
	DatabaseSeconds float64 `json:"database_seconds"`
}

// Counts returns what was counted so far.
func (m *Metrics) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.counts
	c.Outcomes, c.Statuses = copied(c.Outcomes), copied(c.Statuses)
	return c
}

func copied(m map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	for k, n := range m {
		out[k] = n
	}
	return out
}

// String returns the counts as JSON, so that expvar.Publish takes Metrics.
func (m *Metrics) String() string {
	text, err := json.Marshal(m.Counts())
	if err != nil {
		return "null" // what expvar shows of nothing
	}
	return string(text)
}

// Listen has f told of each request that has ended, on the goroutine of the
// request.
func (m *Metrics) Listen(f func(ctx context.Context, f Finished)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(slices.Clip(m.told), f)
}

// begin notes that a request has begun. m may be nil.
func (m *Metrics) begin() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Active++
}

// end notes what became of it.
func (m *Metrics) end(ctx context.Context, f Finished) {
	if m == nil {
		return
	}
	for _, tell := range m.count(f) {
		tell(ctx, f)
	}
}

func (m *Metrics) count(f Finished) []func(ctx context.Context, f Finished) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &m.counts
	if c.Outcomes == nil {
		c.Outcomes, c.Statuses = map[string]int64{}, map[string]int64{}
	}
	c.Active--
	c.Requests++
	c.Outcomes[f.Outcome.String()]++
	c.Statuses[classOf(f.Status)]++
	c.Repeats += int64(f.Attempts - 1)
	c.Statements += int64(f.Statements)
	c.Seconds += f.Duration.Seconds()
	c.DatabaseSeconds += f.Database.Seconds()
	return m.told
}

// classOf returns the class of a status, such as "2xx".
func classOf(status int) string {
	if status < 100 || status > 999 {
		return "none"
	}
	return string([]byte{'0' + byte(status/100), 'x', 'x'})
}
