package orm

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/backoff"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// transactAttempts is how often Transact runs its function at most.
const transactAttempts = 10

// Transact runs f in a session of its own and commits. After a deadlock, a
// serialization failure or a connection that was lost before COMMIT, it runs f
// again, with a fresh session, up to ten times in all with growing pauses: f
// must not change anything outside the session that it can't change again. It
// never runs f again when the outcome is unknown, nor where db is a transaction,
// which has to be run again as a whole. If f returns an error or panics,
// everything is rolled back.
func Transact(ctx context.Context, db Beginner, f func(s *Session) error, opts ...SessionOption) error {
	_, within := db.(*engine.Tx)
	for attempt := 1; ; attempt++ {
		err := transactOnce(ctx, db, f, opts)
		if err == nil || within || !sqlerr.Retryable(err) {
			return err
		}
		if attempt == transactAttempts {
			return fmt.Errorf("orm: transact: given up after %d attempts: %w", attempt, err)
		}
		if pauseErr := backoff.Wait(ctx, attempt); pauseErr != nil {
			return errors.Join(err, pauseErr)
		}
	}
}

func transactOnce(ctx context.Context, db Beginner, f func(s *Session) error, opts []SessionOption) (err error) {
	s := NewSession(db, opts...)
	defer func() {
		if closeErr := s.Close(context.WithoutCancel(ctx)); err == nil {
			err = closeErr
		}
	}()
	if err := f(s); err != nil {
		return err
	}
	return s.Commit(ctx)
}
