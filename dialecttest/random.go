package dialecttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Effort says how many random cases the tests of ids try. The zero value is a
// short run from a fresh seed.
type Effort struct {
	// Batches is the number of random batches: 200 if 0.
	Batches int
	// Objects is how many objects one session inserts at once: 10,000 if 0.
	Objects int
	// Alone says that nothing else in the process allocates memory meanwhile, so
	// that what the objects need can be checked.
	Alone bool
	// Seed is where random cases come from; 0 is a fresh one. A run with the seed
	// of another draws the same batches, of which those of several writers may
	// meet in another order.
	Seed uint64
	// Report, if any, is told how many cases a test has tried and how many of
	// them were wrong. What failed is told to t already.
	Report func(t *testing.T, count, wrong int, seed uint64)
}

func (f Effort) complete() Effort {
	if f.Batches == 0 {
		f.Batches = 200
	}
	if f.Objects == 0 {
		f.Objects = 10_000
	}
	if f.Seed == 0 {
		f.Seed = rand.Uint64()
	}
	return f
}

// perRound is how many batches go into the same tables before the rows are read
// back and the next tables are drawn.
const perRound = 120

// trial is a run of random batches: tables of random shape, into which writers
// insert batches of random columns, sizes and values by every path, some of
// which fail in the middle or are rolled back. What was told of each row that
// was committed is compared with what another connection reads of it.
type trial struct {
	*T
	effort Effort
	item   *shape // the table with the triggers of the target
	cancel bool   // the database outlives a cancelled statement
	round  int
	shapes []*shape // of the round
	// rewrites and renumbers say that a trigger changes the column "note" of
	// item, or its ids.
	rewrites, renumbers bool

	mu      sync.Mutex
	batches int
	rows    int
	wrong   int
}

func randomBatches(c *T) {
	x := &trial{T: c, effort: c.target.Effort.complete()}
	x.cancel = c.target.Except["cancel/a write"] == ""
	base := orm.NewBase()
	x.item = itemShape(base)
	c.create(base.MetaData)
	for x.batches < x.effort.Batches && x.wrong == 0 && !c.Failed() {
		x.round++
		x.runRound(min(perRound, x.effort.Batches-x.batches))
	}
	c.Logf("%d random batches, %d rows, %d wrong, seed %d", x.batches, x.rows, x.wrong, x.effort.Seed)
	if x.effort.Report != nil {
		x.effort.Report(c.T, x.batches, x.wrong, x.effort.Seed)
	}
}

// random returns the random numbers of one purpose within the round.
func (x *trial) random(purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(x.effort.Seed, uint64(x.round)<<8|uint64(purpose)))
}

func (x *trial) runRound(batches int) {
	r := x.random(0)
	base := orm.NewBase()
	x.shapes = x.drawShapes(r, base)
	if err := x.engine.CreateAll(x.Context(), base.MetaData); err != nil {
		x.Fatalf("seed %d, round %d: %v", x.effort.Seed, x.round, err)
	}
	defer x.drop(base.MetaData)
	undo := x.drawTrigger(r)
	var wg sync.WaitGroup
	writers := x.writers()
	for i := range writers {
		w := &writer{trial: x, id: int64(i + 1), r: x.random(i + 1), known: map[*shape][]*record{}}
		wg.Go(func() { w.work((batches + writers - 1) / writers) })
	}
	wg.Wait()
	x.execAll(undo)
	for _, s := range x.shapes {
		x.readBack(s)
	}
	x.empty(x.item)
}

// writers is how many write at the same time.
func (x *trial) writers() int {
	switch {
	case x.caps.OneConnection:
		return 1
	case x.caps.SingleWriter:
		return 2
	}
	return 3
}

// fail counts a wrong case and tells of the first few.
func (x *trial) fail(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.wrong++; x.wrong <= 5 {
		x.Errorf("seed %d, round %d: %s", x.effort.Seed, x.round, fmt.Sprintf(format, args...))
	}
}

// counted adds a batch.
func (x *trial) counted(rows int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.batches++
	x.rows += rows
}

// writer inserts random batches, one after the other.
type writer struct {
	*trial
	id     int64
	r      *rand.Rand
	last   int64 // natural key
	given  int64 // explicit ids
	tried  int   // batches
	known  map[*shape][]*record
	events []string // of the scenario
}

// one returns true once in so many times.
func (w *writer) one(in int) bool { return w.r.IntN(in) == 0 }

func (w *writer) work(batches int) {
	for w.tried = 0; w.tried < batches; {
		w.events = w.events[:0]
		var err error
		switch w.r.IntN(10) {
		case 0:
			err = w.core()
		case 1, 2, 3, 4:
			err = w.session()
		default:
			err = w.direct()
		}
		if err != nil {
			w.fail("writer %d: %v, after %v", w.id, err, w.events)
			return
		}
	}
}

func (w *writer) note(format string, args ...any) {
	w.events = append(w.events, fmt.Sprintf(format, args...))
}

// size draws the number of rows of a batch.
func (w *writer) size() int {
	switch n := w.r.IntN(2000); {
	case n < 400:
		return 1
	case n < 1300:
		return 2 + w.r.IntN(7)
	case n < 1800:
		return 9 + w.r.IntN(32)
	case n < 1960:
		return 41 + w.r.IntN(80)
	case n < 1990:
		return 200 + w.r.IntN(500)
	case n < 1999:
		return 1000 + w.r.IntN(1000)
	}
	return 2500
}

func (w *writer) pick() *shape {
	all := w.shapes
	return all[w.r.IntN(len(all))]
}

// records draws n rows of a shape.
func (w *writer) records(s *shape, n int) []*record {
	list := make([]*record, n)
	got := make([]int64, n*len(s.told))
	for i := range list {
		w.last++
		list[i] = &record{n: w.id<<40 | int64(w.round)<<20 | w.last, got: got[i*len(s.told) : (i+1)*len(s.told)]}
		for k := range list[i].got {
			list[i].got[k] = unknown
		}
	}
	return list
}

// keep puts rows that are committed into the ledger.
func (w *writer) keep(s *shape, list []*record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range list {
		s.rows[r.n] = r
	}
	if k := w.known[s]; len(k) < 1000 {
		w.known[s] = append(k, list...)
	}
}

// anyKnown returns a row of a shape that this writer has committed, or nil.
func (w *writer) anyKnown(s *shape) *record {
	if len(w.known[s]) == 0 {
		return nil
	}
	return w.known[s][w.r.IntN(len(w.known[s]))]
}

// excusable reports whether neighbours explain an error.
func excusable(err error) bool {
	return errors.Is(err, sqlerr.ErrDeadlock) || errors.Is(err, sqlerr.ErrLockTimeout) || errors.Is(err, sqlerr.ErrSerialization)
}

// begin begins a transaction that no context of a batch ends.
func (w *writer) begin() (*engine.Tx, error) {
	return w.engine.Begin(context.Background(), engine.TxOptions{})
}

// takesExplicit reports whether the generated column may be given a value. What
// a trigger makes of one is told to nobody.
func (w *writer) takesExplicit(s *shape) bool { return s.explicit && !(s == w.item && w.renumbers) }

// jump returns an explicit id far above all others of the shape, and of this
// writer alone.
func (w *writer) jump(s *shape) int64 {
	const far = 10_000_000
	k := s.highest.Load()/far + 1
	for k%8 != w.id {
		k++
	}
	s.noteHighest(k * far)
	return k * far
}

// explicitID returns an id that no generator of the shape gives.
func (w *writer) explicitID(s *shape) int64 {
	if s.jumps && w.one(5) {
		return w.jump(s)
	}
	w.given++
	id := w.id*100_000_000 + w.given
	if !s.falls {
		id = -id
	}
	return id
}
