//go:build linux

package topologytest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/internal/testdb/servers"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/web"
)

// Half is one of the two rows that a request writes.
type Half struct {
	ID      int64
	Request int64
}

type halfTable struct {
	orm.Table[Half]
	ID, Request schema.Int64
}

var halfBase = orm.NewBase()

var Halves = orm.Declare(halfBase, "halves", halfTable{ID: schema.BigInteger(schema.PrimaryKey()), Request: schema.BigInteger()})

// TestRequestsWhileAServerIsKilled kills the database under the requests of a web
// server, and starts it again. What was acknowledged is there, each request as a
// whole, and no connection stays out. The servers write to disk before they
// acknowledge, which the tests' own settings spare them.
func TestRequestsWhileAServerIsKilled(t *testing.T) {
	for name, start := range map[string]func(o *servers.Own) (*servers.Server, string, error){
		"PostgreSQL 15": func(o *servers.Own) (*servers.Server, string, error) {
			s, err := o.Postgres(t.Context(), "fsync = on", "synchronous_commit = on")
			return s, testdb.EnvPG15, err
		},
		"MariaDB": func(o *servers.Own) (*servers.Server, string, error) {
			s, err := o.MariaDB(t.Context(), "--innodb-flush-log-at-trx-commit=1")
			return s, testdb.EnvMariaDB, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, env, err := start(own(t))
			started(t, name, env, err)
			killUnderRequests(t, server)
		})
	}
}

func killUnderRequests(t *testing.T, server *servers.Server) {
	db := open(t, "returning", server.URL(), engine.Pool(8, 0))
	must(t, db.CreateAll(t.Context(), halfBase.MetaData))
	var last atomic.Int64
	h := web.New(db, web.Options{Log: slog.New(slog.DiscardHandler), Timeout: 10 * time.Second}).Handle(
		func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			request := last.Add(1)
			for range 2 {
				s.Add(&Half{Request: request})
				if err := s.Flush(r.Context()); err != nil {
					return err
				}
			}
			_, err := fmt.Fprint(w, request)
			return err
		})
	site := httptest.NewServer(h)
	defer site.Close()
	var acknowledged sync.Map
	var count atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if request, ok := put(site.URL, []string{"PUT", "POST"}[i%2]); ok {
					acknowledged.Store(request, true)
					count.Add(1)
				}
			}
		})
	}
	progress := func() {
		goal := count.Load() + 50
		eventually(t, "requests are acknowledged", func() bool { return count.Load() >= goal })
	}
	for range 2 {
		progress()
		must(t, server.Kill(t.Context()))
		must(t, server.Start(t.Context()))
	}
	progress()
	stop()
	clients.Wait()
	eventually(t, "all connections are back", func() bool { return db.Stats().InUse == 0 })
	compareHalves(t, db, &acknowledged, count.Load())
}

// put sends a request, and returns what was acknowledged.
func put(url, method string) (request string, ok bool) {
	r, err := http.NewRequest(method, url, strings.NewReader(""))
	if err != nil {
		return "", false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	return string(all), err == nil && resp.StatusCode == http.StatusOK
}

func compareHalves(t *testing.T, db *engine.Engine, acknowledged *sync.Map, count int64) {
	s := orm.NewSession(db, orm.ReadOnly())
	defer s.Close(context.Background())
	all, err := orm.Select(Halves).All(t.Context(), s)
	must(t, err)
	there := map[string]int{}
	for _, h := range all {
		there[fmt.Sprint(h.Request)]++
	}
	for request, n := range there {
		if n != 2 {
			t.Errorf("request %s: %d of its 2 rows are there", request, n)
		}
	}
	acknowledged.Range(func(request, _ any) bool {
		if there[request.(string)] == 0 {
			t.Errorf("request %s was acknowledged, and is lost", request)
		}
		return true
	})
	t.Logf("%d requests acknowledged, %d there", count, len(there))
}
