package engine

import (
	"context"
	"slices"
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
)

// Savepoint is a part of a transaction that can be undone alone. Savepoints
// nest: the end of one ends those that were set after it.
type Savepoint struct {
	tx   *Tx
	name string
	done bool
}

// Savepoint sets a savepoint. It is sent with the next statement.
func (t *Tx) Savepoint(context.Context) (*Savepoint, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	if t.l.result != nil {
		return nil, errResultOpen
	}
	if err := t.l.free(); err != nil {
		return nil, err
	}
	if t.root().opts.Autocommit {
		return nil, errNoSavepoint
	}
	if t.l.server.caps.Savepoints.None {
		return nil, &compile.UnsupportedError{Construct: "savepoints", Dialect: t.l.server.rules.Dialect, Instead: "end the transaction instead of a part of it"}
	}
	t = t.root()
	t.named++
	s := &Savepoint{tx: t, name: "alkahest_" + strconv.Itoa(t.named)}
	t.l.pending = append(t.l.pending, s.set())
	t.saves = append(t.saves, s)
	return s, nil
}

func (s *Savepoint) words() dialect.SavepointWords { return s.tx.l.server.caps.Savepoints.Words() }

func (s *Savepoint) set() string { return s.words().Set + " " + s.name }

// release is the statement that forgets a savepoint, "" where there is none.
func (s *Savepoint) release() string {
	if word := s.words().Release; word != "" {
		return word + " " + s.name
	}
	return ""
}

// releaseLater has the savepoint forgotten with the next statement.
func (s *Savepoint) releaseLater() {
	if text := s.release(); text != "" {
		s.tx.l.pending = append(s.tx.l.pending, text)
	}
}

// close ends this savepoint and those inside it, and drops what of them was
// not sent yet. It reports whether the database knows this one.
func (s *Savepoint) close() (known bool) {
	t := s.tx
	i := slices.Index(t.saves, s)
	for _, inner := range t.saves[i:] {
		inner.done = true
	}
	t.saves = t.saves[:i]
	if at := slices.Index(t.l.pending, s.set()); at >= 0 {
		t.l.pending = t.l.pending[:at]
		return false
	}
	t.l.dropPending(t.l.opening)
	return true
}

// dropSavepoint forgets a savepoint whose work stays, without telling the
// database before the next statement; COMMIT tells it as well.
func (l *link) dropSavepoint(ctx context.Context, s *Savepoint) {
	if s.close() {
		s.releaseLater()
		l.engine.tellRelease(ctx, s.name, nil)
	}
}

// leaveSavepoint is dropSavepoint, where the next savepoint takes the place of
// this one without a word more to the database than its own.
func (l *link) leaveSavepoint(ctx context.Context, s *Savepoint) {
	if !s.words().Replaces || s.tx.saves[len(s.tx.saves)-1] != s {
		l.dropSavepoint(ctx, s)
		return
	}
	if s.close() {
		s.tx.named--
		l.engine.tellRelease(ctx, s.name, nil)
	}
}

// dropPending keeps the first n of the pending statements.
func (l *link) dropPending(n int) { l.pending = l.pending[:min(n, len(l.pending))] }

func (s *Savepoint) usable() error {
	switch {
	case s.tx.done:
		return s.tx.usable()
	case s.done:
		return closedError("savepoint")
	}
	return nil
}

// Release keeps the work since the savepoint, as part of the transaction.
func (s *Savepoint) Release(ctx context.Context) error {
	if err := s.usable(); err != nil {
		return err
	}
	if err := s.tx.l.free(); err != nil {
		return err
	}
	if !s.close() {
		return nil
	}
	l := s.tx.l
	var err error
	if text := s.release(); text != "" {
		err = l.control(ctx, text, reads)
	}
	l.engine.tellRelease(ctx, s.name, err)
	return err
}

// Rollback undoes the work since the savepoint; the transaction goes on.
func (s *Savepoint) Rollback(ctx context.Context) error {
	if err := s.usable(); err != nil {
		return err
	}
	l := s.tx.l
	if l.result != nil {
		l.result.Close()
	}
	if err := l.free(); err != nil {
		return err
	}
	if !s.close() {
		return nil
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	err := l.control(ctx, s.words().RollbackTo+" "+s.name, reads)
	l.engine.tellRollbackTo(ctx, s.name, err)
	if err != nil {
		return err
	}
	s.tx.aborted = false
	s.tx.unsure() // tables that the savepoint has held are held no more
	s.releaseLater()
	return nil
}
