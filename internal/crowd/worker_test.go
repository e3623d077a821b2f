package crowd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// orders are what a process of the crowd is told by its environment.
type orders struct {
	Product, URL, Journal string
	Process               int
	Rows                  int  // of each kind that are to be committed
	Endless               bool // go on until killed
	Seed                  uint64
}

const (
	ordersVariable = "ALKAHEST_CROWD"
	goroutines     = 16
)

// TestMain is also where the processes of the crowd begin.
func TestMain(m *testing.M) {
	text := os.Getenv(ordersVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var o orders
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// What a process says on its standard output: that it is connected, after which
// it waits for a line on its standard input, and that half of its rows are
// committed.
const (
	saysReady = "ready"
	saysHalf  = "half"
)

// process is the work of one process.
type process struct {
	orders
	model   *model
	engine  *engine.Engine
	journal *journal
	left    []atomic.Int64 // rows to be committed, by kind
	done    atomic.Int64   // rows that were committed
	half    sync.Once
}

func (o orders) run() (err error) {
	ctx := context.Background()
	p := &process{orders: o, model: newModel(o.Product)}
	p.left = make([]atomic.Int64, len(p.model.kinds))
	for i := range p.left {
		p.left[i].Store(int64(o.Rows))
	}
	if p.engine, err = connect(ctx, o.Product, o.URL); err != nil {
		return err
	}
	if p.journal, err = openJournal(o.Journal); err != nil {
		return err
	}
	if _, err := p.engine.Capabilities(ctx); err != nil {
		return err
	}
	fmt.Println(saysReady)
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, in) // until the test itself is gone
		os.Exit(2)
	}()
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range errs {
		wg.Go(func() { errs[g] = p.goroutine(ctx, g) })
	}
	wg.Wait()
	closing, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return errors.Join(append(errs, p.engine.Close(closing), p.journal.file.Close())...)
}

// worker is one goroutine with its session.
type worker struct {
	*process
	name    string
	random  *rand.Rand
	session *orm.Session
	made    int // transactions
	rows    int
}

func (p *process) goroutine(ctx context.Context, g int) error {
	w := &worker{process: p, name: fmt.Sprintf("%d-%d", p.Process, g), session: orm.NewSession(p.engine)}
	w.random = rand.New(rand.NewPCG(p.Seed, uint64(p.Process)<<32|uint64(g)))
	for {
		k, ok := w.next()
		if !ok {
			return w.session.Close(ctx)
		}
		err := w.transaction(ctx, k)
		if err == nil {
			continue
		}
		if rollback := w.session.Rollback(ctx); rollback != nil {
			return errors.Join(err, rollback)
		}
		if !sqlerr.Retryable(err) {
			return fmt.Errorf("process %d: %s: %w", p.Process, p.model.kinds[k].name, err)
		}
	}
}

// next picks a kind of which rows are left.
func (w *worker) next() (k int, ok bool) {
	first := w.random.IntN(len(w.left))
	for i := range w.left {
		k = (first + i) % len(w.left)
		if w.Endless || w.left[k].Load() > 0 {
			return k, true
		}
	}
	return 0, false
}

// size is how many rows are added at once: often one, sometimes a bulk.
func (w *worker) size() int {
	switch n := w.random.IntN(20); {
	case n < 12:
		return 1
	case n < 18:
		return 2 + w.random.IntN(30)
	}
	return 32 + w.random.IntN(120)
}

// part is rows of one kind that were added together.
type part struct {
	kind int
	rows []*Row
}

// add adds rows and flushes them.
func (w *worker) add(ctx context.Context, kind int) (part, error) {
	p := part{kind: kind, rows: make([]*Row, w.size())}
	for i := range p.rows {
		w.rows++
		p.rows[i] = &Row{Code: fmt.Sprintf("%s-%d", w.name, w.rows)}
		w.session.Add(p.rows[i], orm.Into(w.model.kinds[kind].table))
	}
	return p, w.session.Flush(ctx)
}

// transaction adds rows, some of them within a savepoint that is rolled back,
// and commits them or not.
func (w *worker) transaction(ctx context.Context, kind int) error {
	w.made++
	name := fmt.Sprintf("%s-t%d", w.name, w.made)
	first, err := w.add(ctx, kind)
	if err != nil {
		return err
	}
	kept := []part{first}
	if w.random.IntN(5) == 0 {
		if err := w.savepoint(ctx, name, kind); err != nil {
			return err
		}
		more, err := w.add(ctx, w.random.IntN(len(w.left)))
		if err != nil {
			return err
		}
		kept = append(kept, more)
	}
	if err := w.journal.given(name, wordKept, kept); err != nil {
		return err
	}
	if w.random.IntN(6) == 0 {
		if err := w.session.Rollback(ctx); err != nil {
			return err
		}
		return errors.Join(w.journal.ended(name, wordUndone), w.journal.wantNone(name, w.model, kept))
	}
	if err := w.session.Commit(ctx); err != nil {
		return err
	}
	if err := w.journal.ended(name, wordDone); err != nil {
		return err
	}
	w.committed(kept)
	return nil
}

// savepoint adds rows that do not stay.
func (w *worker) savepoint(ctx context.Context, name string, kind int) error {
	nested, err := w.session.BeginNested(ctx)
	if err != nil {
		return err
	}
	lost, err := w.add(ctx, kind)
	if err != nil {
		return err
	}
	if err := w.journal.given(name, wordLost, []part{lost}); err != nil {
		return err
	}
	if err := nested.Rollback(ctx); err != nil {
		return err
	}
	return w.journal.wantNone(name, w.model, []part{lost})
}

func (w *worker) committed(kept []part) {
	for _, p := range kept {
		w.left[p.kind].Add(-int64(len(p.rows)))
		w.done.Add(int64(len(p.rows)))
	}
	if w.done.Load() >= int64(w.Rows*len(w.left)/2) {
		w.half.Do(func() { fmt.Println(saysHalf) })
	}
}
