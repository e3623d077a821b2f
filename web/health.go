package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/alkahest-go/alkahest/sqlerr"
)

// defaultPing is how long a database may take for a sign of life.
const defaultPing = 2 * time.Second

// Pinger is asked for a sign of life: an *engine.Engine, or what else a program
// can't live without.
type Pinger interface {
	Ping(ctx context.Context) error
}

// HealthOptions are those of Health. The zero value is a good one.
type HealthOptions struct {
	// Timeout is how long each may take; 2 s if 0.
	Timeout time.Duration
	// Log is told why one does not answer; slog.Default() if nil.
	Log *slog.Logger
}

// health is the response of Health.
type health struct {
	Status    string               `json:"status"`
	Databases map[string]heartbeat `json:"databases"`
}

// heartbeat is what is known of one database.
type heartbeat struct {
	Status       string  `json:"status"`
	Milliseconds float64 `json:"milliseconds"`
}

// What a database's status may be. Why it is not up is for the log: errors name
// hosts and users.
const (
	up          = "up"
	down        = "down"
	timedOut    = "timeout"
	shutDown    = "closed"
	okay        = "ok"
	unavailable = "unavailable"
)

// Health returns an endpoint that asks each database for a sign of life, all at
// once. Its response is JSON, with the status of each by name: up, timeout (no
// answer, or no free connection, in time), closed or down. The status of the
// response is 200 where all are up, and 503 elsewhere.
func Health(databases map[string]Pinger, o HealthOptions) http.Handler {
	if o.Timeout <= 0 {
		o.Timeout = defaultPing
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		found, status := health{Status: okay, Databases: o.ask(r.Context(), databases)}, http.StatusOK
		for _, beat := range found.Databases {
			if beat.Status != up {
				found.Status, status = unavailable, http.StatusServiceUnavailable
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(found) // an error means that nobody reads it
	})
}

// ask pings all databases.
func (o HealthOptions) ask(ctx context.Context, databases map[string]Pinger) map[string]heartbeat {
	var mu sync.Mutex
	var all sync.WaitGroup
	found := make(map[string]heartbeat, len(databases))
	for name, db := range databases {
		all.Go(func() {
			beat := o.ping(ctx, name, db)
			mu.Lock()
			defer mu.Unlock()
			found[name] = beat
		})
	}
	all.Wait()
	return found
}

func (o HealthOptions) ping(ctx context.Context, name string, db Pinger) heartbeat {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	begun := time.Now()
	err := db.Ping(ctx)
	beat := heartbeat{Status: up, Milliseconds: float64(time.Since(begun).Microseconds()) / 1000}
	switch {
	case err == nil:
		return beat
	case errors.Is(err, sqlerr.ErrClosed):
		beat.Status = shutDown
	case ctx.Err() != nil || errors.Is(err, sqlerr.ErrPoolTimeout):
		beat.Status = timedOut
	default:
		beat.Status = down
	}
	o.Log.LogAttrs(ctx, slog.LevelWarn, "database does not answer", slog.String("database", name), slog.Any("error", err))
	return beat
}
