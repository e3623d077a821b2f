package pgx

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// canceller stops the running statement on the server when its context ends.
// pgconn calls it: HandleCancel on a goroutine of its own, and
// HandleUnwatchAfterCancel when the statement has ended.
//
// A cancel request travels on a connection of its own, and names the session
// but not the statement. So that it cannot hit a later statement, the end of
// the request is awaited: the server closes that connection after it has
// signalled the session. Where no close is seen in time, the session is not
// used again.
type canceller struct {
	pg       *pgconn.PgConn
	timeout  time.Duration
	finished chan struct{}
	doubtful atomic.Bool
}

// HandleCancel implements ctxwatch.Handler.
func (h *canceller) HandleCancel(context.Context) {
	deadline := time.Now().Add(h.timeout)
	_ = h.pg.Conn().SetDeadline(deadline) // should the server not answer at all
	finished := make(chan struct{})
	h.finished = finished
	go func() {
		defer close(finished)
		ctx, stop := context.WithDeadline(context.Background(), deadline)
		defer stop()
		if err := h.pg.CancelRequest(ctx); err != nil || ctx.Err() != nil {
			h.doubtful.Store(true)
		}
	}()
}

// HandleUnwatchAfterCancel implements ctxwatch.Handler.
func (h *canceller) HandleUnwatchAfterCancel() {
	<-h.finished
	if !h.pg.IsClosed() {
		_ = h.pg.Conn().SetDeadline(time.Time{})
	}
}
