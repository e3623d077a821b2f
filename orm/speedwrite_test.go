package orm_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
)

// cost is what a step allocates.
type cost struct{ pieces, bytes float64 }

func (c cost) of(n int) cost { return cost{c.pieces / float64(n), c.bytes / float64(n)} }

// withoutCollector is for tests that count allocations: a collection empties the pools
// that a step takes its memory from, which then makes it anew. A graph on SQLite takes
// 231 to 236 pieces without, and up to 323 with one in its midst.
func withoutCollector(t *testing.T) {
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
}

// costOf is the least that a step allocates, of several times: the first fills pools, and
// what runs beside it allocates too.
func costOf(t *testing.T, times int, prepare func() *orm.Session, step func(s *orm.Session) error) cost {
	t.Helper()
	least := cost{}
	for i := range times {
		s := prepare()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := step(s)
		runtime.ReadMemStats(&after)
		must(t, err)
		must(t, s.Close(t.Context()))
		now := cost{float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)}
		if i == 0 || now.pieces < least.pieces {
			least.pieces = now.pieces
		}
		if i == 0 || now.bytes < least.bytes {
			least.bytes = now.bytes
		}
	}
	return least
}

func freight(parents int) []*carton {
	list := make([]*carton, parents)
	for i := range list {
		list[i] = &carton{Name: fmt.Sprintf("carton %d", i)}
		for j := range 10 {
			list[i].Cargoes.Add(&cargo{Title: "title", Pages: int64(j)})
		}
	}
	return list
}

// A writing allocates little: a change, its values, the snapshot, and what takes it
// back. A single object has a session of its own, of which hooks on other entities make
// more: 20 pieces and 4,200 bytes on SQLite where nothing else ran before.
func TestWritesAllocateLittle(t *testing.T) {
	type limit struct{ one, insert, graph, update, remove cost }
	limits := map[string]limit{
		"file":       {one: cost{27, 7000}, insert: cost{0.25, 450}, graph: cost{0.25, 690}, update: cost{0.18, 790}, remove: cost{0.09, 360}},
		"postgres15": {one: cost{34, 9800}, insert: cost{0.40, 690}, graph: cost{0.46, 920}, update: cost{0.25, 840}, remove: cost{0.15, 380}},
		"mariadb":    {one: cost{33, 9600}, insert: cost{0.42, 1400}, graph: cost{0.46, 930}, update: cost{0.24, 790}, remove: cost{0.12, 360}},
	}
	for name, limit := range limits {
		on(t, []string{name}, speedBase, func(t *testing.T, db *database) {
			plain := connect(t, db.url) // nobody listens to it
			withoutCollector(t)
			check := func(what string, got, want cost) {
				want.pieces, want.bytes = want.pieces*slack, want.bytes*slack
				if t.Logf("%s: %.3f pieces and %.0f bytes allocated, %.3f and %.0f are allowed", what, got.pieces, got.bytes, want.pieces, want.bytes); got.pieces > want.pieces || got.bytes > want.bytes {
					t.Errorf("%s: %.3f pieces and %.0f bytes allocated, want %.3f and %.0f at most", what, got.pieces, got.bytes, want.pieces, want.bytes)
				}
			}
			check("one insert", costOfOne(t, plain), limit.one)
			check("insert of a row", costOfInserts(t, plain), limit.insert)
			check("a graph's entity", costOfGraph(t, plain), limit.graph)
			check("update of a row", costOfChanges(t, plain, func(_ *orm.Session, e *sample) { e.Count++ }), limit.update)
			check("deletion of a row", costOfChanges(t, plain, func(s *orm.Session, e *sample) { s.Delete(e) }), limit.remove)
		})
	}
}

// rowsOfCost are written at once.
const rowsOfCost = 1000

func costOfOne(t *testing.T, db *engine.Engine) cost {
	ctx := context.Background() // drivers watch one that can end, at their own cost
	return costOf(t, 50, func() *orm.Session { return orm.NewSession(db) }, func(*orm.Session) error {
		s := orm.NewSession(db, orm.AutocommitInserts())
		s.Add(&carton{Name: "alone"})
		return s.Commit(ctx)
	})
}

func costOfInserts(t *testing.T, db *engine.Engine) cost {
	var list []*sample
	return costOf(t, 5, func() *orm.Session {
		list = samplesOf(rowsOfCost)
		for _, e := range list {
			e.ID = 0
		}
		return orm.NewSession(db)
	}, func(s *orm.Session) error { return addAll(s, list) }).of(rowsOfCost)
}

func costOfGraph(t *testing.T, db *engine.Engine) cost {
	const parents = 100
	var list []*carton
	return costOf(t, 5, func() *orm.Session {
		list = freight(parents)
		return orm.NewSession(db)
	}, func(s *orm.Session) error { return addAll(s, list) }).of(11 * parents)
}

func addAll[T any](s *orm.Session, list []*T) error {
	for _, e := range list {
		s.Add(e)
	}
	return s.Commit(context.Background())
}

// costOfChanges is of rows that were read before.
func costOfChanges(t *testing.T, db *engine.Engine, change func(s *orm.Session, e *sample)) cost {
	ctx := context.Background()
	var list []*sample
	return costOf(t, 3, func() *orm.Session {
		s := orm.NewSession(db)
		var err error
		list, err = orm.Select(Samples).OrderBy(Samples.ID.Asc()).Limit(rowsOfCost).All(ctx, s)
		must(t, err)
		if len(list) != rowsOfCost {
			t.Fatalf("%d rows are left", len(list))
		}
		return s
	}, func(s *orm.Session) error {
		for _, e := range list {
			change(s, e)
		}
		return s.Commit(ctx)
	}).of(rowsOfCost)
}
