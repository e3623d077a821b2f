package backoff_test

import (
	"context"
	"errors"
	"testing"

	"github.com/alkahest-go/alkahest/internal/backoff"
)

func TestWait(t *testing.T) {
	for _, attempt := range []int{1, 2, 1000} { // a shift too far would be a pause of nothing, or a panic
		if err := backoff.Wait(t.Context(), attempt); err != nil {
			t.Errorf("attempt %d: %v", attempt, err)
		}
	}
	why := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := backoff.Wait(ctx, 1000); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause of the end", err)
	}
}
