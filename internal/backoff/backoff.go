// Package backoff is how long work that collided with other work waits before it
// is tried again.
//
// It must not know what is tried.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// longest bounds a pause, however many attempts there were.
const longest = 250 * time.Millisecond

// Wait waits before the attempt after this one, which is counted from 1: longer
// with each, and by chance, so that two that collided don't collide again. Where
// ctx ends before, it returns why.
func Wait(ctx context.Context, attempt int) error {
	limit := min(time.Millisecond<<min(attempt, 16), longest)
	t := time.NewTimer(rand.N(limit) + time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
