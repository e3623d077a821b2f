package alkahesttest

import (
	"sync"
	"testing"
	"time"
)

// Clock tells the time that a test sets. It stands still until Set or Advance.
// It is used by many goroutines at once.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that shows the time at.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now returns what the clock shows. It takes the place of time.Now, where a
// program has that in a variable or takes a function: orm.NewTimestampsBy does.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set has the clock show the time at, also an earlier one.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// Advance moves the clock on by d, and returns what it shows then.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// Install has the program's variable tell this clock's time until the test has
// ended. The variable is everybody's, so the test must not be parallel; one that
// is panics.
func (c *Clock) Install(t testing.TB, now *func() time.Time) {
	t.Helper()
	t.Setenv("ALKAHESTTEST_CLOCK", "installed") // refuses parallel tests
	before := *now
	*now = c.Now
	t.Cleanup(func() { *now = before })
}
