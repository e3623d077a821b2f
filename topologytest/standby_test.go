//go:build linux

package topologytest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/internal/testdb/servers"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestPromotionInTheMiddleOfInserts kills a primary under 16 writers and promotes its standby. What was committed has reached the
// standby, since replication is synchronous; so each row that a writer believes committed has to be there, under the id of its object.
func TestPromotionInTheMiddleOfInserts(t *testing.T) {
	seed := soak.Seed(t)
	for i := range soak.Count(20) {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) { promote(t, seed+uint64(1000*i)) })
	}
}

func promote(t *testing.T, seed uint64) {
	o := own(t)
	primary, err := o.Postgres(t.Context(), "synchronous_commit = on", "synchronous_standby_names = '"+servers.StandbyName+"'")
	started(t, "PostgreSQL 15", testdb.EnvPG15, err)
	standby, err := o.Standby(t.Context(), primary, "synchronous_commit = on", "synchronous_standby_names = ''")
	started(t, "PostgreSQL 15", testdb.EnvPG15, err)
	both := strings.Replace(primary.URL(), primary.Address(), primary.Address()+","+standby.Address(), 1) + "&target_session_attrs=read-write"
	db := open(t, "returning", both, engine.Pool(16, 4), func(o *engine.Options) { o.PoolTimeout = time.Minute })
	must(t, db.CreateAll(t.Context(), base.MetaData))
	l := &ledger{}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	var writers []*writer
	for k := range 16 {
		w := newWriter(fmt.Sprintf("w%d", k), db, l, seed+uint64(k), 200)
		writers = append(writers, w)
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := w.once(context.WithoutCancel(ctx)); err != nil {
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	progress := func() {
		for _, w := range writers {
			goal := w.at.Load() + 3
			eventually(t, w.name+" commits", func() bool { return w.at.Load() >= goal })
		}
	}
	progress()
	must(t, primary.Kill(t.Context()))
	admin := open(t, "returning", standby.URL(), engine.Pool(1, 1))
	run(t, admin, "SELECT pg_promote()")
	for _, table := range tables {
		var last, most int64
		must(t, each(admin, "SELECT last_value, (SELECT coalesce(max(id), 0) FROM "+table+") FROM "+table+"_id_seq", func(row sqltype.Row) {
			last, most = row.Int64(0), row.Int64(1)
		}))
		if t.Logf("%s: the sequence is at %d, %d beyond the last row", table, last, last-most); last < most {
			t.Errorf("%s: the sequence will give ids again that rows have", table)
		}
	}
	progress()
	stop()
	wg.Wait()
	l.report(t, "promotion", l.look(t, admin), seed)
}
