package orm

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// SessionEvents are functions that a session calls; nil ones are left out. They
// may use the session, but for a flush within a flush, which is ErrFlushing:
// queries of theirs do not flush first.
type SessionEvents struct {
	// Begin is called once the session has begun a transaction, before its first
	// statement.
	Begin func(ctx context.Context, s *Session, tx *engine.Tx) error
	// BeforeFlush is called where there is something to write, before the hooks of
	// entities. What it adds, changes and deletes is written too.
	BeforeFlush func(ctx context.Context, s *Session) error
	// AfterFlush is called once all is written and the hooks of entities were
	// called. What it changes is written by the next flush.
	AfterFlush func(ctx context.Context, s *Session) error
	// BeforeCommit is called by Commit before its flush.
	BeforeCommit func(ctx context.Context, s *Session) error
	AfterCommit  func(ctx context.Context, s *Session) error
	// AfterRollback is called by Rollback, and AfterSavepointRollback by that of a
	// savepoint, once the objects are what they were.
	AfterRollback          func(ctx context.Context, s *Session) error
	AfterSavepointRollback func(ctx context.Context, s *Session) error
	// Moved is called for each object, given as a pointer, whose state has
	// changed, once the call of the session that did it is over.
	Moved func(s *Session, entity any, from, to State)
}

// Events makes the session call functions. Several are called in their order.
func Events(e *SessionEvents) SessionOption {
	return func(o *sessionOptions) { o.events = append(o.events, e) }
}

// ErrFlushing says that a flush was asked for while the session flushes, by a
// hook or event of that flush.
var ErrFlushing = errors.New("orm: the session is flushing already; what a hook adds or changes is written by this flush, or the next one")

// outside runs a function of the program while the session is free.
func (s *Session) outside(f func() error) error {
	s.use.release()
	err := f()
	if !s.use.claim() {
		return errors.Join(err, ErrConcurrentUse)
	}
	if s.closed {
		return errors.Join(err, fmt.Errorf("orm: the session is %w; a hook has closed it", sqlerr.ErrClosed))
	}
	return err
}

type sessionEvent func(ctx context.Context, s *Session) error

// announce calls one function of each set of events.
func (s *Session) announce(ctx context.Context, which func(e *SessionEvents) sessionEvent) error {
	for _, e := range s.opts.events {
		if f := which(e); f != nil {
			if err := s.outside(func() error { return f(ctx, s) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Session) announceBegin(ctx context.Context, tx *engine.Tx) error {
	for _, e := range s.opts.events {
		if e.Begin != nil {
			if err := s.outside(func() error { return e.Begin(ctx, s, tx) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// move is a change of an object's state that is to be told.
type move struct {
	entity   any
	from, to State
}

// moved notes a change of state, to be told when the session is free.
func (s *Session) moved(st *state, from, to State) {
	for _, e := range s.opts.events {
		if e.Moved != nil && from != to {
			s.moves = append(s.moves, move{st.object(), from, to})
			return
		}
	}
}

// outsideState is the state of an object that is not of the session.
func (st *state) outsideState() State {
	if st.m.keySet(st.obj) {
		return Detached
	}
	return Transient
}

// tellMoves calls what listens to changes of states.
func (s *Session) tellMoves() {
	moves := s.moves
	s.moves = nil
	for _, m := range moves {
		for _, e := range s.opts.events {
			if e.Moved != nil {
				e.Moved(s, m.entity, m.from, m.to)
			}
		}
	}
}

// observed reports whether anything listens to a flush.
func (s *Session) observed() bool { return len(s.opts.events) > 0 || anyHooks.Load() }

// hasWork reports whether a flush would write anything.
func (s *Session) hasWork() (bool, error) {
	if len(s.pending) > 0 {
		return true, nil
	}
	for _, st := range s.states {
		if st.status == pending {
			continue
		}
		if differs, err := st.differs(); differs || err != nil {
			return true, err
		}
	}
	var st state
	for i := range s.latent {
		for j := range int(s.latent[i].n) {
			st = s.latent[i].state(j)
			if differs, err := st.differs(); differs || err != nil {
				return true, err
			}
		}
	}
	return false, nil
}

// flush writes what there is to write, with the hooks and events around it.
func (s *Session) flush(ctx context.Context) error {
	if s.flushing {
		return ErrFlushing
	}
	if !s.observed() {
		return s.flushOnce(ctx)
	}
	if work, err := s.hasWork(); !work || err != nil {
		return errors.Join(err, s.flushOnce(ctx))
	}
	s.flushing = true
	defer func() { s.flushing, s.written = false, nil }()
	err := s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.BeforeFlush })
	if err == nil {
		err = s.hooksBefore(ctx)
	}
	if err == nil {
		err = s.flushOnce(ctx)
	}
	if err != nil {
		return err
	}
	if err = s.hooksAfter(ctx); err == nil {
		err = s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.AfterFlush })
	}
	if err != nil {
		s.failed = err // what was written must not be committed without what the hook had to do
	}
	return err
}

// flushAll flushes until nothing is left that hooks have changed.
func (s *Session) flushAll(ctx context.Context) error {
	for range maxFlushes {
		if err := s.flush(ctx); err != nil {
			return err
		}
		if !s.observed() {
			return nil
		}
		if more, err := s.hasWork(); !more || err != nil {
			return err
		}
	}
	return fmt.Errorf("orm: commit: hooks have changed objects in each of %d flushes; let them change what differs only", maxFlushes)
}

const maxFlushes = 100
