package web

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// timing is the header Server-Timing of a request (https://www.w3.org/TR/server-timing/):
// how long its statements took, how many there were, and how long everything did.
func (r *record) timing(begun time.Time) string {
	n, took := r.counts()
	return fmt.Sprintf(`db;dur=%s;desc="%d statements", total;dur=%s`, millis(took), n, millis(time.Since(begun)))
}

func millis(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1000) }

// log writes the statements of a request.
func (r *record) log(ctx context.Context, log *slog.Logger, f Finished) {
	r.mu.Lock()
	list := r.list
	r.mu.Unlock()
	for i, q := range list {
		attrs := []slog.Attr{slog.Int("n", i+1), slog.String("sql", q.SQL), slog.Duration("duration", q.Duration), slog.String("place", q.Place)}
		if q.Rows >= 0 {
			attrs = append(attrs, slog.Int64("rows", q.Rows))
		}
		if q.Err != nil {
			attrs = append(attrs, slog.Any("error", q.Err))
		}
		log.LogAttrs(ctx, slog.LevelInfo, "statement", attrs...)
	}
	log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("method", f.Method), slog.Int("status", f.Status), slog.String("outcome", f.Outcome.String()),
		slog.Int("statements", f.Statements), slog.Duration("database", f.Database), slog.Duration("duration", f.Duration), slog.Int("attempts", f.Attempts))
}
