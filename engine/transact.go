package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/alkahest-go/alkahest/sqlerr"
)

// How often Transact runs a transaction, and how long it waits in between.
const (
	transactAttempts = 8
	firstBackoff     = 5 * time.Millisecond
	lastBackoff      = 500 * time.Millisecond
)

// Transact runs f in a transaction and commits it. Where the database says
// that the transaction as a whole did not happen, because of a deadlock, a
// serialization failure or a connection lost before COMMIT, f is run again
// from its start, some times at most and after a pause; so f must have no
// effects outside of the transaction that can't be repeated. It is never run
// again when the outcome is unknown. An error or panic of f rolls back.
func (e *Engine) Transact(ctx context.Context, o TxOptions, f func(t *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := e.transactOnce(ctx, o, attempt, f)
		if err == nil || !repeatable(err) || ctx.Err() != nil {
			return err
		}
		if attempt == transactAttempts {
			return fmt.Errorf("engine: given up after %d attempts: %w", attempt, err)
		}
		if pause(ctx, attempt) != nil {
			return err
		}
	}
}

// repeatable reports whether the transaction did not happen as a whole. A
// stale statement has been forgotten, and is prepared anew in the next run.
func repeatable(err error) bool {
	return sqlerr.Retryable(err) || errors.Is(err, sqlerr.ErrStalePlan) && !errors.Is(err, sqlerr.ErrOutcomeUnknown)
}

func (e *Engine) transactOnce(ctx context.Context, o TxOptions, attempt int, f func(t *Tx) error) error {
	t, err := e.Begin(ctx, o)
	if err != nil {
		return err
	}
	t.attempt = attempt
	defer func() { // also where f panics or ends its goroutine
		if !t.done {
			t.Rollback(ctx)
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	return t.Commit(ctx)
}

// pause waits for a random part of a time that doubles with each attempt.
func pause(ctx context.Context, attempt int) error {
	limit := min(firstBackoff<<(attempt-1), lastBackoff)
	timer := time.NewTimer(limit/2 + rand.N(limit/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
