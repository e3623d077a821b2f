package orm

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/sqlerr"
)

// flushAndCommit flushes for Commit. Where all that the transaction does is to
// insert one entity, that statement commits too, and nothing is left to do.
func (s *Session) flushAndCommit(ctx context.Context) (committed bool, err error) {
	s.ending = s.opts.autocommitInserts && s.begun == 0 && len(s.sites) == 1 && len(s.nested) == 0 && s.opts.twoPhase == "" && len(s.opts.events) == 0
	err = s.flushAll(ctx)
	alone := s.alone
	s.ending, s.alone = false, false
	switch {
	case !alone:
		return false, err
	case err == nil:
		s.ended()
		return true, nil
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		s.forgetAll()
		s.ended()
		return true, fmt.Errorf("orm: commit: %w", err)
	}
	return false, err
}

// single reports whether all that there is to write is one new entity, with
// nothing to be done before or afterwards.
func (w *work) single() bool {
	if len(w.tables) != 1 || w.relating.beyondRows() {
		return false
	}
	t := w.tables[0]
	if len(t.inserts) != 1 || len(t.updates)+len(t.deletes) > 0 {
		return false
	}
	c := t.inserts[0]
	return c.read().below == nil && len(c.bonds) == 0 && c.st.m.hooks.Load() == nil
}

// finalizeAlone makes the entity a row of the session.
func (s *Session) finalizeAlone(m *mapper, c *change) {
	st := c.st
	st.status, st.epoch, st.wish, st.bonds = persistent, s.epoch, nil, nil
	s.moved(st, Pending, Persistent)
	s.enlist(st)
	if m.keyKind != keyNone {
		s.registerInserted(st.m, c.shape, s.states[len(s.states)-1:])
	}
}
