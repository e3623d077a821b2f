package orm_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
)

// cost is what a step allocates.
type cost struct{ pieces, bytes float64 }

func (c cost) of(n int) cost { return cost{c.pieces / float64(n), c.bytes / float64(n)} }

// costOf is the least that a step allocates, of several times: what runs beside it
// allocates too.
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
			const n, parents = 1000, 100
			plain := connect(t, db.url) // nobody listens to it
			ctx := context.Background() // drivers watch one that can end, at their own cost
			check := func(what string, got, want cost) {
				if t.Logf("%s: %.3f pieces and %.0f bytes allocated, %.3f and %.0f are allowed", what, got.pieces, got.bytes, want.pieces, want.bytes); got.pieces > want.pieces || got.bytes > want.bytes {
					t.Errorf("%s: %.3f pieces and %.0f bytes allocated, want %.3f and %.0f at most", what, got.pieces, got.bytes, want.pieces, want.bytes)
				}
			}
			fresh := func() *orm.Session { return orm.NewSession(plain) }
			check("one insert", costOf(t, 50, fresh, func(*orm.Session) error {
				s := orm.NewSession(plain, orm.AutocommitInserts())
				s.Add(&carton{Name: "alone"})
				return s.Commit(ctx)
			}), limit.one)
			var list []*sample
			check("insert of a row", costOf(t, 5, func() *orm.Session {
				list = samplesOf(n)
				for _, e := range list {
					e.ID = 0
				}
				return fresh()
			}, func(s *orm.Session) error {
				for _, e := range list {
					s.Add(e)
				}
				return s.Commit(ctx)
			}).of(n), limit.insert)
			var graph []*carton
			check("a graph's entity", costOf(t, 5, func() *orm.Session {
				graph = freight(parents)
				return fresh()
			}, func(s *orm.Session) error {
				for _, e := range graph {
					s.Add(e)
				}
				return s.Commit(ctx)
			}).of(11*parents), limit.graph)
			loaded := func() *orm.Session {
				s := fresh()
				var err error
				list, err = orm.Select(Samples).OrderBy(Samples.ID.Asc()).Limit(n).All(ctx, s)
				must(t, err)
				return s
			}
			check("update of a row", costOf(t, 5, loaded, func(s *orm.Session) error {
				for _, e := range list {
					e.Count++
				}
				return s.Commit(ctx)
			}).of(n), limit.update)
			check("deletion of a row", costOf(t, 3, loaded, func(s *orm.Session) error {
				for _, e := range list {
					s.Delete(e)
				}
				return s.Commit(ctx)
			}).of(n), limit.remove)
		})
	}
}
