package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Nested is a savepoint within the session's transaction.
type Nested struct {
	s     *Session
	marks []mark // of each database that has begun
	mark  int
	loads uint32 // of the session, when it was set
	done  bool
}

// mark is a savepoint in one database.
type mark struct {
	at siteID
	sp *engine.Savepoint
}

// extend sets the savepoint in a database. One that begins later has nothing
// before it.
func (n *Nested) extend(ctx context.Context, at siteID, tx *engine.Tx) error {
	sp, err := tx.Savepoint(ctx)
	if err != nil {
		return fmt.Errorf("orm: savepoint%s: %w", n.s.inSite(at), err)
	}
	n.marks = append(n.marks, mark{at, sp})
	return nil
}

// BeginNested flushes and sets a savepoint. Rolling back to it gives objects
// the values that they had here.
func (s *Session) BeginNested(ctx context.Context) (*Nested, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	if !s.InTransaction() && s.sites[home].db != nil {
		if _, err := s.transaction(ctx); err != nil {
			return nil, err
		}
	}
	n := &Nested{s: s, mark: len(s.undo)}
	for i := range s.sites {
		if tx := s.sites[i].tx; tx != nil {
			if err := n.extend(ctx, siteID(i), tx); err != nil {
				return nil, err
			}
		}
	}
	s.loads++
	n.loads = s.loads
	s.nested = append(s.nested, n)
	return n, nil
}

// Commit flushes and releases the savepoint: what happened since belongs to the
// transaction around it.
func (n *Nested) Commit(ctx context.Context) error {
	if err := n.s.ready(); err != nil {
		return err
	}
	defer n.s.leave()
	if err := n.isLast(); err != nil {
		return err
	}
	if err := n.s.flush(ctx); err != nil {
		return err
	}
	n.end()
	for _, m := range n.marks {
		if err := m.sp.Release(ctx); err != nil {
			n.s.failed = err
			return fmt.Errorf("orm: release savepoint%s: %w", n.s.inSite(m.at), err)
		}
	}
	return nil
}

// Rollback takes back what happened since the savepoint, in the database and
// on the objects. After a failed flush it makes the session usable again. It
// ends the savepoints that were set after this one.
func (n *Nested) Rollback(ctx context.Context) error {
	s := n.s
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if n.done {
		return fmt.Errorf("orm: savepoint: %w", sqlerr.ErrClosed)
	}
	n.end()
	for _, m := range n.marks {
		if err := m.sp.Rollback(ctx); err != nil {
			s.failed = err
			return fmt.Errorf("orm: rollback to savepoint%s: %w", s.inSite(m.at), err)
		}
	}
	s.undoTo(n.mark)
	s.revert(n.loads)
	s.failed = nil
	// Rows read since then may have shown what is gone now.
	s.epoch++
	return s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.AfterSavepointRollback })
}

func (n *Nested) isLast() error {
	if n.done {
		return fmt.Errorf("orm: savepoint: %w", sqlerr.ErrClosed)
	}
	if n.s.nested[len(n.s.nested)-1] != n {
		return errors.New("orm: savepoint: an inner savepoint is open; end it first")
	}
	return nil
}

// end ends this savepoint and those inside it.
func (n *Nested) end() {
	i := slices.Index(n.s.nested, n)
	for _, x := range n.s.nested[i:] {
		x.done = true
	}
	n.s.nested = n.s.nested[:i]
}
