//go:build linux

package topologytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
)

// mariaDB starts a server of the test's own with the tables in it, and returns the ledger of its rows.
func mariaDB(t *testing.T, settings ...string) (address string, admin *engine.Engine) {
	t.Helper()
	s, err := own(t).MariaDB(t.Context(), settings...)
	started(t, "MariaDB", testdb.EnvMariaDB, err)
	admin = open(t, "returning", s.AdminURL(), engine.Pool(2, 2))
	must(t, admin.CreateAll(t.Context(), base.MetaData))
	return s.URL(), admin
}

// writeAll lets each writer write so many batches. None may be refused.
func writeAll(t *testing.T, count int, writers ...*writer) {
	t.Helper()
	var wg sync.WaitGroup
	for _, w := range writers {
		wg.Go(func() {
			for range count {
				if err := w.once(t.Context()); err != nil {
					t.Errorf("%s: %v", w.name, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// addBesideStep changes the step of the session's connection between its rows.
func addBesideStep(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, r *rand.Rand) error {
	for range 3 {
		tx, err := s.Tx(ctx)
		if err != nil {
			return err
		}
		step := 1 + r.IntN(7)
		if _, err := tx.Exec(ctx, text(fmt.Sprintf("SET SESSION auto_increment_increment = %d, auto_increment_offset = %d", step, 1+r.IntN(step)))); err != nil {
			return err
		}
		if err := addRows(ctx, w, s, b, n, r); err != nil {
			return err
		}
		if err := s.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// TestStepOfIDs writes with steps of 1, 2 and 3, to which a server is set at its start, while the step of the whole server is changed, and
// while sessions change their own.
func TestStepOfIDs(t *testing.T) {
	for _, step := range []string{"1", "2", "3"} {
		t.Run(step, func(t *testing.T) {
			address, admin := mariaDB(t, "--auto-increment-increment="+step, "--auto-increment-offset="+step)
			seed, count := soak.Seed(t), soak.Count(1000)
			l := &ledger{}
			var writers []*writer
			for i, path := range paths {
				fixed := open(t, path, address, engine.Pool(4, 4))
				// A connection a batch, so that it has the server's step of the moment.
				fresh := open(t, path, address, engine.Pool(2, 2), func(o *engine.Options) { o.Recycle = 1 })
				for k, db := range []*engine.Engine{fixed, fresh} {
					w := newWriter(fmt.Sprintf("%s-%d", path, k), db, l, seed+uint64(10*i+k), 600)
					w.more = append(w.more, addBesideStep)
					writers = append(writers, w)
				}
			}
			writeAll(t, count, writers...)
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				for n := 1; ctx.Err() == nil; n = n%7 + 1 {
					run(t, admin, fmt.Sprintf("SET GLOBAL auto_increment_increment = %d", n))
				}
			})
			writeAll(t, count, writers...)
			stop()
			wg.Wait()
			wrong := l.look(t, admin)
			l.report(t, "step "+step, wrong, seed)
		})
	}
}

// TestStepChangesUnderAStatement changes the step of a node between each question for it and the INSERT, and back after the INSERT: a node
// of a cluster takes the server's step anew with each statement.
func TestStepChangesUnderAStatement(t *testing.T) {
	nodes, err := own(t).Galera(t.Context(), 1)
	started(t, "Galera", testdb.EnvGalera, err)
	admin := open(t, "returning", nodes[0].AdminURL(), engine.Pool(2, 2))
	must(t, admin.CreateAll(t.Context(), base.MetaData))
	seed := soak.Seed(t)
	l := &ledger{}
	step := func(n int) error {
		_, err := admin.Exec(context.Background(), text(fmt.Sprintf("SET GLOBAL auto_increment_increment = %d", n)))
		return err
	}
	for _, path := range paths {
		statements := 0
		changes := &engine.Events{
			Before: func(_ context.Context, x *engine.Execution) error {
				if !strings.Contains(x.SQL, "), (") {
					return nil
				}
				statements++
				return step(2 + statements%5)
			},
			After: func(_ context.Context, x *engine.Execution) {
				if err := step(1); err != nil {
					t.Error(err)
				}
			},
		}
		db := open(t, path, nodes[0].URL(), engine.WithEvents(changes))
		writeAll(t, soak.Count(3000), newWriter(path, db, l, seed, 600))
		if statements < 5 {
			t.Errorf("%s: the step was changed under %d statements only", path, statements)
		}
	}
	wrong := l.look(t, admin)
	l.report(t, "step under a statement", wrong, seed)
}
