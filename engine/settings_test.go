package engine_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
)

func TestSettings(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		e, err := engine.OpenSettings(t.Context(), map[string]string{
			"db.url": url, "db.pool_size": "2", "db.overflow": " -1 ", "db.pool_timeout": "10ms", "db.recycle": "3600", "db.pre_ping": "yes",
			"db.isolation": "serializable", "db.name": "worker", "db.echo": "debug", "other.colour": "red",
		}, "db.")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close(t.Context())
		if got := e.Execution(); got.Isolation != engine.Serializable || got.Name != "worker" {
			t.Errorf("got the options %+v, want Serializable and worker", got)
		}
		tx := begin(t, e, engine.TxOptions{})
		defer tx.Rollback(t.Context())
		if got := tx.Options().Isolation; got != engine.Serializable {
			t.Errorf("a transaction is %v, want it serializable", got)
		}
		var held []*engine.Conn
		for range 3 { // the transaction has one of two, or the only writer
			c, err := e.Conn(t.Context())
			if err != nil {
				break
			}
			held = append(held, c)
		}
		if len(held) > 1 {
			t.Errorf("%d more connections were lent, want one at most", len(held))
		}
		for _, c := range held {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSettingsAreRefusedByName(t *testing.T) {
	_, err := engine.OpenSettings(t.Context(), map[string]string{
		"url": "sqlite://", "pool_sice": "5", "overflow": "many", "pre_ping": "maybe", "recycle": "soon", "isolation": "total", "echo": "loud",
	}, "")
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`there is no setting "pool_sice"; there are url, connect_timeout, echo,`, `"overflow": it is a whole number`, `"pre_ping": it is true or false`,
		`"recycle": it is a time such as 30s`, `"isolation": it is read uncommitted`, `"echo": it is true, false, or a level`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if _, err := engine.OpenSettings(t.Context(), map[string]string{"url": "sqlite://"}, "db."); err == nil || !strings.Contains(err.Error(), `lack "db.url"`) {
		t.Errorf("without a URL: got %v", err)
	}
}

// The log of the pool tells the way of each connection, under the logger's own
// name.
func TestEchoOfThePool(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil)).With("logger", "reports")
		e := open(t, url, engine.EchoPool(logger, slog.LevelInfo))
		one(t, e)
		if err := e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, want := range []string{`msg="connection made"`, `msg="connection lent"`, `msg="connection given back"`, `msg="connection closed"`} {
			i := strings.Index(log.String()[at:], want)
			if i < 0 {
				t.Fatalf("%s is missing after %d of:\n%s", want, at, &log)
			}
			at += i
		}
		if !strings.Contains(log.String(), "logger=reports") {
			t.Errorf("the log lacks the logger's name:\n%s", &log)
		}
	})
}
