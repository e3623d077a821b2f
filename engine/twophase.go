package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// ErrNotPrepared says that no prepared transaction has the id: it was
// committed or rolled back already, or never prepared.
var ErrNotPrepared = errors.New("engine: no prepared transaction has this id")

var errPrepared = errors.New("engine: the transaction is prepared; commit it, roll it back, or leave it to another")

// twoPhase is what a transaction with two phases has beside others.
type twoPhase struct {
	id       string
	words    *dialect.TwoPhase
	prepared bool
}

// maxIDLength is that of XA (https://mariadb.com/kb/en/xa-transactions/).
const maxIDLength = 64

// BeginTwoPhase begins a transaction that can be prepared before it is
// committed, so that several databases commit the same work or none of it does.
// id is the program's name for it, unique on the server, by which it is found
// again: at most 64 letters, digits, '.', '_', ':' and '-'. A database without two-phase
// commit refuses it by *compile.UnsupportedError.
func (e *Engine) BeginTwoPhase(ctx context.Context, id string, o TxOptions) (*Tx, error) {
	if o.ReadOnly {
		return nil, errors.New("engine: a transaction that only reads has nothing to prepare; use Begin")
	}
	l, words, err := e.phases(ctx, id)
	if err != nil {
		return nil, err
	}
	t, err := l.begin(o, true)
	if err != nil {
		l.release(ctx)
		return nil, err
	}
	if words.Begin != "" {
		l.pending[len(l.pending)-1] = withID(words.Begin, id)
	}
	t.two = &twoPhase{id: id, words: words}
	return t, nil
}

// phases checks a connection out for two-phase commit.
func (e *Engine) phases(ctx context.Context, id string) (*link, *dialect.TwoPhase, error) {
	valid := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._:-", r)
	}
	if id == "" || len(id) > maxIDLength || strings.ContainsFunc(id, func(r rune) bool { return !valid(r) }) {
		return nil, nil, fmt.Errorf("engine: %q can't be the id of a transaction; use 1 to %d letters, digits, '.', '_', ':' and '-'", id, maxIDLength)
	}
	s, err := e.ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	words := s.caps.TwoPhase
	if words == nil {
		return nil, nil, s.lacksPhases("commit each database by itself, and note in one what is to be done in the other")
	}
	if words.Refused != "" {
		return nil, nil, s.lacksPhases(words.Refused)
	}
	l, err := e.acquire(ctx, false)
	return l, words, err
}

func (s *server) lacksPhases(instead string) error {
	return &compile.UnsupportedError{Construct: "two-phase commit", Dialect: s.rules.Dialect, Instead: instead}
}

func withID(text, id string) string { return strings.ReplaceAll(text, "%s", "'"+id+"'") }

// phase runs the statements of one step, of which the last may make something
// durable.
func (l *link) phase(ctx context.Context, texts []string, id string, last effect) error {
	for i, text := range texts {
		what := reads
		if i == len(texts)-1 {
			what = last
		}
		if err := l.control(ctx, withID(text, id), what); err != nil {
			return err
		}
	}
	return nil
}

// ID returns the id of a transaction that was begun by BeginTwoPhase, else "".
func (t *Tx) ID() string {
	if two := t.root().two; two != nil {
		return two.id
	}
	return ""
}

// Prepare is the first phase: after it the work can be committed whatever
// happens, and takes no more statements. An error has ended the transaction and
// undone its work, but for one that is sqlerr.ErrOutcomeUnknown: then
// Engine.PreparedTransactions knows.
func (t *Tx) Prepare(ctx context.Context) error {
	switch err := t.usable(); {
	case err != nil:
		return err
	case t.join != nil:
		return errors.New("engine: a part of a transaction can't be prepared; prepare the outermost one")
	case t.two == nil:
		return errors.New("engine: a transaction is prepared only if it was begun by BeginTwoPhase")
	case t.two.prepared:
		return errPrepared
	case t.l.result != nil:
		return errResultOpen
	}
	err := t.prepare(ctx)
	t.l.engine.tellPrepare(ctx, t.two.id, err)
	if err == nil {
		t.two.prepared = true
		return nil
	}
	t.undo(ctx) // of an error the first one says more
	t.end(ctx)
	return err
}

func (t *Tx) prepare(ctx context.Context) error {
	l := t.l
	if t.aborted {
		return errTxAborted
	}
	if err := l.flushPending(ctx); err != nil {
		return l.failed(ctx, err, "", reads)
	}
	if !l.drv.InTx() && !l.drv.Broken() {
		return t.gone()
	}
	return l.phase(ctx, t.two.words.Prepare, t.two.id, commits)
}

// undo rolls back what is not prepared.
func (t *Tx) undo(ctx context.Context) error {
	l := t.l
	if l.drv.Broken() || !l.drv.InTx() {
		return nil
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	err := l.phase(ctx, t.two.words.RollbackUnprepared, t.two.id, reads)
	if err != nil && l.drv.Broken() {
		return nil
	}
	return err
}

// commitPhase is Commit of a transaction with two phases.
func (t *Tx) commitPhase(ctx context.Context) error {
	var err error
	switch two := t.two; {
	case two.prepared:
		if err = t.l.phase(ctx, two.words.Commit, two.id, commits); err == nil {
			two.prepared = false
		}
	case !t.begun:
	case t.aborted:
		err = errTxAborted
	case !t.l.drv.InTx() && !t.l.drv.Broken():
		err = t.gone()
	case ctx.Err() != nil:
		err = fmt.Errorf("engine: rolled back instead of committed: %w", context.Cause(ctx))
	default:
		err = t.l.phase(ctx, two.words.CommitUnprepared, two.id, commits)
	}
	t.l.engine.tellCommit(ctx, err)
	if err != nil && !t.two.prepared {
		t.undo(ctx)
	}
	t.end(ctx)
	return err
}

// rollbackPhase is Rollback of a transaction with two phases.
func (t *Tx) rollbackPhase(ctx context.Context) error {
	var err error
	if two := t.two; two.prepared {
		ctx, cancel := detached(ctx)
		defer cancel()
		if err = t.l.phase(ctx, two.words.Rollback, two.id, commits); err == nil {
			two.prepared = false
		}
	} else {
		err = t.undo(ctx)
	}
	t.l.engine.tellRollback(ctx, err)
	t.end(ctx)
	return err
}

// Leave ends the use of a prepared transaction and leaves it prepared: for
// whoever decides, by Engine.CommitPrepared or RollbackPrepared.
func (t *Tx) Leave(ctx context.Context) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.two == nil || !t.two.prepared {
		return errors.New("engine: only a prepared transaction can be left")
	}
	t.end(ctx)
	return nil
}

// letGoPrepared ends a connection to which a prepared transaction belongs.
func (t *Tx) letGoPrepared(ctx context.Context) {
	l := t.l
	l.engine.tellInvalidate(ctx, errPrepared)
	l.letGo()
	l.pool.discard(l)
}

// PreparedTransactions returns the ids of the transactions that are prepared in
// this database, the program's own and those of others, in order.
func (e *Engine) PreparedTransactions(ctx context.Context) ([]string, error) {
	l, words, err := e.phases(ctx, "list")
	if err != nil {
		return nil, err
	}
	defer l.release(ctx)
	return l.preparedIDs(ctx, words)
}

func (l *link) preparedIDs(ctx context.Context, words *dialect.TwoPhase) ([]string, error) {
	q := linkQuerier{func() error { return nil }, func() *link { return l }}
	var ids []string
	err := q.Query(ctx, words.List, nil, func(row sqltype.Row) error {
		ids = append(ids, string(row.Text(words.ListColumn)))
		return row.Err()
	})
	slices.Sort(ids)
	return ids, err
}

// CommitPrepared is the second phase of a transaction that was left, or whose
// program has died. It is ErrNotPrepared where there is none of this id.
func (e *Engine) CommitPrepared(ctx context.Context, id string) error {
	return e.endPrepared(ctx, id, func(w *dialect.TwoPhase) []string { return w.Commit }, e.tellCommit)
}

// RollbackPrepared undoes a transaction that was prepared: see CommitPrepared.
func (e *Engine) RollbackPrepared(ctx context.Context, id string) error {
	return e.endPrepared(ctx, id, func(w *dialect.TwoPhase) []string { return w.Rollback }, e.tellRollback)
}

func (e *Engine) endPrepared(ctx context.Context, id string, texts func(*dialect.TwoPhase) []string, tell func(context.Context, error)) error {
	l, words, err := e.phases(ctx, id)
	if err != nil {
		return err
	}
	defer l.release(ctx)
	err = l.endPrepared(ctx, id, words, texts(words))
	tell(ctx, err)
	return err
}

// freeAfter bounds how long a server may take to see that the connection to
// which a prepared transaction belonged has ended.
const freeAfter = 5 * time.Second

func (l *link) endPrepared(ctx context.Context, id string, words *dialect.TwoPhase, texts []string) error {
	for start := time.Now(); ; {
		err := l.phase(ctx, texts, id, commits)
		if err == nil || ctx.Err() != nil || l.drv.Broken() || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			return err
		}
		ids, listErr := l.preparedIDs(ctx, words)
		switch {
		case listErr != nil:
			return err
		case !slices.Contains(ids, id):
			return fmt.Errorf("%w, %q: it was committed or rolled back already, or never prepared (%w)", ErrNotPrepared, id, err)
		case !words.Bound || time.Since(start) > freeAfter:
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}
