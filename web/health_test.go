package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/web"
)

// statuses reads the response of a health endpoint.
func statuses(t *testing.T, got answer) (status string, databases map[string]string) {
	t.Helper()
	var body struct {
		Status    string
		Databases map[string]struct {
			Status       string
			Milliseconds *float64
		}
	}
	must(t, json.Unmarshal([]byte(got.body), &body))
	databases = map[string]string{}
	for name, db := range body.Databases {
		if databases[name] = db.Status; db.Milliseconds == nil {
			t.Errorf("%s: how long it took is not there: %s", name, got.body)
		}
	}
	return body.Status, databases
}

// silent is the address of a server that accepts connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

type stuck struct{}

func (stuck) Ping(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestHealth(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		nobody := connect(t, "postgresql://user:secret@127.0.0.1:1/db")
		mute := connect(t, "mariadb://user:secret@"+silent(t)+"/db", func(o *engine.Options) { o.ConnectTimeout = 400 * time.Millisecond })
		closed, err := engine.Open(t.Context(), "sqlite:///:memory:")
		must(t, err)
		must(t, closed.Close(t.Context()))
		var log bytes.Buffer
		o := web.HealthOptions{Timeout: 200 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil))}

		server := serve(t, web.Health(web.NewDatabases(db, map[string]*engine.Engine{"archive": db}).Pingers(), web.HealthOptions{}))
		got := send(t, "GET", server.URL, "")
		status, names := statuses(t, got)
		if got.status != 200 || status != "ok" || len(names) != 2 || names["main"] != "up" || names["archive"] != "up" {
			t.Errorf("got %d %s", got.status, got.body)
		}
		wantStatus(t, send(t, "HEAD", server.URL, ""), http.StatusOK)
		wantStatus(t, send(t, "POST", server.URL, ""), http.StatusMethodNotAllowed)

		sick := serve(t, web.Health(map[string]web.Pinger{"main": db, "nobody": nobody, "mute": mute, "closed": closed, "stuck": stuck{}}, o))
		got = send(t, "GET", sick.URL, "")
		status, names = statuses(t, got)
		want := map[string]string{"main": "up", "nobody": "down", "mute": "timeout", "closed": "closed", "stuck": "timeout"}
		for name := range want {
			if names[name] != want[name] {
				t.Errorf("%s: got %q, want %q", name, names[name], want[name])
			}
		}
		if got.status != 503 || status != "unavailable" {
			t.Errorf("got %d %s", got.status, got.body)
		}
		sick.Close()
		for _, text := range []string{got.body, log.String()} {
			if strings.Contains(text, "secret") {
				t.Errorf("a password is in %s", text)
			}
		}
		if strings.Contains(got.body, "127.0.0.1") || !strings.Contains(log.String(), "database=nobody") {
			t.Errorf("got %s, and the log\n%s", got.body, log.String())
		}
	})
}

// A pool that has no connection left is told from a server that is gone.
func TestHealthOfAnExhaustedPool(t *testing.T) {
	db := connect(t, freshURL(t, "postgres15"), engine.Pool(1, -1))
	c, err := db.Conn(t.Context())
	must(t, err)
	defer c.Close()
	server := serve(t, web.Health(map[string]web.Pinger{"main": db}, web.HealthOptions{Timeout: 50 * time.Millisecond, Log: quiet}))
	got := send(t, "GET", server.URL, "")
	if _, names := statuses(t, got); got.status != 503 || names["main"] != "timeout" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if err := c.Close(); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
