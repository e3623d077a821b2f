//go:build linux

package topologytest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/soak"
)

// TestLockModesWithBulkNeighbours writes beside statements of which the server does not know beforehand how many ids they take. In lock
// mode 2 (interleaved) ids of such a statement and of its neighbours are mixed; those of a plain VALUES must not be.
func TestLockModesWithBulkNeighbours(t *testing.T) {
	for _, mode := range []int{1, 2} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			address, admin := mariaDB(t, fmt.Sprintf("--innodb-autoinc-lock-mode=%d", mode))
			seed, l := soak.Seed(t), &ledger{}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var neighbours sync.WaitGroup
			bulk := open(t, "returning", address, engine.Pool(2, 2))
			for g := range 2 {
				neighbours.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						run(t, bulk, fmt.Sprintf("INSERT INTO topo_rows (word) SELECT CONCAT('%s%d %d ', seq) FROM seq_1_to_400", neighbour, g, n))
						run(t, bulk, fmt.Sprintf("INSERT INTO topo_noted (word) SELECT CONCAT('%s%d %d ', seq) FROM seq_1_to_40", neighbour, g, n))
					}
				})
			}
			var writers []*writer
			for i, path := range paths {
				writers = append(writers, newWriter(path, open(t, path, address), l, seed+uint64(i), 300))
			}
			writeAll(t, max(soak.Count(1600), 60), writers...)
			stop()
			neighbours.Wait()
			wrong := l.look(t, admin)
			l.report(t, fmt.Sprintf("lock mode %d", mode), wrong, seed)
		})
	}
}
