//go:build linux

package topologytest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// explicit are ids that writers send: below zero, where no generator comes.
var explicit atomic.Int64

// writer inserts batches of random shape and keeps books.
type writer struct {
	name   string
	db     orm.Beginner
	ledger *ledger
	rand   *rand.Rand
	made   int // words so far
	most   int // rows of a batch
	more   []shape

	at atomic.Int64 // batches that were committed, for others to read
}

func newWriter(name string, db orm.Beginner, l *ledger, seed uint64, most int) *writer {
	return &writer{name: name, db: db, ledger: l, rand: rand.New(rand.NewPCG(seed, 0)), most: most}
}

// batch is one transaction on its way: what was added, and what was taken back before its end.
type batch struct {
	kept, undone []func() entry
	counts       int // by how much it raises Counter
	runs         int
}

func entries(list []func() entry) []entry {
	out := make([]entry, len(list))
	for i, f := range list {
		out[i] = f()
	}
	return out
}

func (b *batch) all() []func() entry { return append(b.kept[:len(b.kept):len(b.kept)], b.undone...) }

// once writes one batch. It returns the error that the program was told.
func (w *writer) once(ctx context.Context) error {
	all := append(shapes[:len(shapes):len(shapes)], w.more...)
	add, n, seed := all[w.rand.IntN(len(all))], w.size(), w.rand.Uint64()
	roll := w.rand.IntN(20) == 0
	var b *batch
	first, runs := w.made, 0
	err := orm.Transact(ctx, w.db, func(s *orm.Session) error {
		w.made = first // a replay writes the same words
		runs++
		b = &batch{runs: runs}
		if err := add(ctx, w, s, b, n, rand.New(rand.NewPCG(seed, 1))); err != nil {
			return err
		}
		if roll {
			return errRoll
		}
		return nil
	})
	w.book(b, err)
	if errors.Is(err, errRoll) {
		return nil
	}
	return err
}

var errRoll = errors.New("rolled back by choice")

func (w *writer) size() int {
	switch w.rand.IntN(6) {
	case 0:
		return 1
	case 1:
		return 1 + w.rand.IntN(w.most)
	}
	return 1 + w.rand.IntN(min(w.most, 40))
}

// book writes down what became of a batch.
func (w *writer) book(b *batch, err error) {
	l := w.ledger
	if b == nil { // no connection
		l.refuse(err)
		return
	}
	l.tally(b, err)
	switch {
	case err == nil:
		l.add(&l.committed, entries(b.kept))
		w.at.Add(1)
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		l.add(&l.unknown, entries(b.kept))
		l.refuse(err)
	default:
		for _, e := range entries(b.all()) {
			if e.id > 0 && !e.void {
				l.fault("%s was rolled back and still has id %d", e.word, e.id)
			}
		}
		l.add(&l.undone, entries(b.kept))
		if !errors.Is(err, errRoll) {
			l.refuse(err)
		}
	}
}

func (w *writer) word() string {
	w.made++
	return fmt.Sprintf("%s %d", w.name, w.made)
}

// shape is a way in which a program may insert.
type shape func(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, r *rand.Rand) error

var shapes = []shape{addOne, addRows, addNoted, addMixed, addNested, insertBatch}

func (b *batch) row(x *Row) *Row {
	b.kept = append(b.kept, func() entry { return entry{table: 0, word: x.Word, id: x.ID} })
	return x
}

func (b *batch) noted(x *Noted) *Noted {
	b.kept = append(b.kept, func() entry { return entry{table: 1, word: x.Word, id: x.ID} })
	return x
}

func addOne(_ context.Context, w *writer, s *orm.Session, b *batch, _ int, _ *rand.Rand) error {
	s.Add(b.row(&Row{Word: w.word()}))
	return nil
}

func addRows(_ context.Context, w *writer, s *orm.Session, b *batch, n int, _ *rand.Rand) error {
	for range n {
		s.Add(b.row(&Row{Word: w.word()}))
	}
	return nil
}

// addNoted checks what else the database told.
func addNoted(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, _ *rand.Rand) error {
	n = min(n, 60)
	list := make([]*Noted, n)
	for i := range list {
		list[i] = b.noted(&Noted{Word: w.word()})
		s.Add(list[i])
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	for _, x := range list {
		if x.Made != made {
			w.ledger.fault("%s came back with %d for its default", x.Word, x.Made)
		}
	}
	return nil
}

// addMixed sends the ids of some rows.
func addMixed(_ context.Context, w *writer, s *orm.Session, b *batch, n int, r *rand.Rand) error {
	for range n {
		x := b.row(&Row{Word: w.word()})
		if r.IntN(3) == 0 {
			x.ID = explicit.Add(-1)
		}
		s.Add(x)
		if r.IntN(4) == 0 {
			s.Add(b.noted(&Noted{Word: w.word()}))
		}
	}
	return nil
}

// addNested takes some rows back by a savepoint.
func addNested(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, r *rand.Rand) error {
	if err := addRows(ctx, w, s, b, 1+n/2, r); err != nil {
		return err
	}
	nested, err := s.BeginNested(ctx)
	if err != nil {
		return err
	}
	before := len(b.kept)
	if err := addRows(ctx, w, s, b, 1+n/2, r); err != nil {
		return err
	}
	if err := s.Flush(ctx); err != nil {
		return err
	}
	if r.IntN(2) == 0 {
		return nested.Commit(ctx)
	}
	b.kept, b.undone = b.kept[:before], append(b.undone, b.kept[before:]...)
	if err := nested.Rollback(ctx); err != nil {
		return err
	}
	for _, e := range entries(b.undone) {
		if e.id != 0 {
			w.ledger.fault("%s was rolled back to a savepoint and still has id %d", e.word, e.id)
		}
	}
	return addRows(ctx, w, s, b, 1+n/4, r)
}

// insertBatch uses the engine below the session.
func insertBatch(ctx context.Context, w *writer, s *orm.Session, b *batch, n int, _ *rand.Rand) error {
	tx, err := s.Tx(ctx)
	if err != nil {
		return err
	}
	table := rows.Schema()
	list := make([]entry, n)
	for i := range list {
		list[i] = entry{word: w.word(), void: true}
	}
	err = tx.Insert(ctx, &engine.InsertBatch{
		Table: table, N: n, Columns: []*schema.Column{table.Column("word")}, Returning: []*schema.Column{table.Column("id")},
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return append(dst, sqltype.TextValue(list[i].word)), nil
		},
		Store: func(i int, row sqltype.Row) error {
			list[i].id = row.Int64(0)
			return row.Err()
		},
	})
	if err != nil {
		return err // what was stored is void
	}
	for i := range list {
		b.kept = append(b.kept, func() entry { return list[i] })
	}
	return nil
}
