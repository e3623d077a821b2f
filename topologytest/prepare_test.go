//go:build linux

package topologytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// preparer is a program whose transactions get in the way of those on another node, and prepare statements meanwhile.
type preparer struct {
	name      string
	db        *engine.Engine
	rand      *rand.Rand
	committed map[string]bool // words
	told      int             // rollbacks that preparing would have hidden
	wrong     int             // errors that say something else
}

// once runs a transaction: it raises a counter that others raise too, prepares statements that open no table, and inserts a row.
func (p *preparer) once(ctx context.Context, n int) error {
	tx, err := p.db.Begin(ctx, engine.TxOptions{})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, text("UPDATE topo_counter SET n = n + 1 WHERE id = 1")); err != nil {
		return err
	}
	for k := range p.rand.IntN(4) {
		if err := each(tx, fmt.Sprintf("SELECT %d AS n%d", k, n), func(sqltype.Row) {}); err != nil {
			return err
		}
	}
	word := fmt.Sprintf("%s %d", p.name, n)
	if _, err := tx.Exec(ctx, text("INSERT INTO topo_rows (word) VALUES ('"+word+"')")); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	p.committed[word] = true
	return nil
}

// TestARollbackWhileAStatementIsPrepared has a node take transactions back while it prepares statements for them, of which it says nothing by
// itself: the program is told, and nothing that comes after commits alone.
func TestARollbackWhileAStatementIsPrepared(t *testing.T) {
	seed := soak.Seed(t)
	ctx := t.Context()
	nodes, err := own(t).Galera(ctx, 2)
	started(t, "Galera", testdb.EnvGalera, err)
	admin := open(t, "returning", nodes[0].AdminURL()+"?set.wsrep_sync_wait=1", engine.Pool(1, 1))
	must(t, admin.CreateAll(ctx, base.MetaData))
	run(t, admin, "INSERT INTO topo_counter (id, n) VALUES (1, 0)")
	other := open(t, "returning", nodes[1].AdminURL()+"?set.wsrep_sync_wait=1", engine.Pool(1, 1))
	must(t, each(other, "SELECT n FROM topo_counter", func(sqltype.Row) {}))

	var wg sync.WaitGroup
	var left atomic.Int64
	all := soak.Count(300_000)
	left.Store(int64(all))
	list := make([]*preparer, 6)
	for i := range list {
		p := &preparer{
			name: fmt.Sprintf("p%d", i), db: open(t, paths[i/2%2], nodes[i%2].URL(), engine.Pool(1, 1)),
			rand: rand.New(rand.NewPCG(seed, uint64(i))), committed: map[string]bool{},
		}
		list[i] = p
		wg.Go(func() {
			for n := 0; left.Add(-1) >= 0; n++ {
				switch err := p.once(ctx, n); {
				case err == nil:
				case !sqlerr.Retryable(err):
					t.Errorf("a transaction that another one got in the way of: %v", err)
					p.wrong++
					return
				case errors.Is(err, sqlerr.ErrDeadlock) && strings.Contains(err.Error(), "while it prepared"):
					p.told++
				}
			}
		})
	}
	wg.Wait()
	wrong, told := lookAfter(t, admin, list), 0
	for _, p := range list {
		wrong, told = wrong+p.wrong, told+p.told
	}
	soak.Report(t, "galera/preparing", all, wrong, seed)
	t.Logf("%d rollbacks while a statement was prepared", told)
}

// lookAfter compares what the preparers know of their commits with what is there, and returns how much of it is wrong.
func lookAfter(t *testing.T, x engine.Executor, list []*preparer) (wrong int) {
	t.Helper()
	committed := map[string]bool{}
	for _, p := range list {
		maps.Copy(committed, p.committed)
	}
	raised := -1
	must(t, each(x, "SELECT n FROM topo_counter WHERE id = 1", func(row sqltype.Row) { raised = int(row.Int64(0)) }))
	if raised != len(committed) {
		t.Errorf("the counter is %d after %d commits", raised, len(committed))
		wrong++
	}
	must(t, each(x, "SELECT word FROM topo_rows", func(row sqltype.Row) {
		if word := string(row.Text(0)); !committed[word] {
			t.Errorf("%s is there, and its transaction was rolled back", word)
			wrong++
		} else {
			delete(committed, word)
		}
	}))
	for word := range committed {
		t.Errorf("%s was committed, and is not there", word)
		wrong++
	}
	return wrong
}
