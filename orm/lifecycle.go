package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// undo is one step of a flush, to be taken back at a rollback.
type undo struct {
	st *state
	// before is the status before the step.
	before status
	snap   mem.Pointer
	made   *made // instead of the above
}

// made is what a step of a flush has made of new entities.
type made struct {
	// inserted were pending. filled are the fields that
	// the flush filled, zero before.
	inserted []*state
	filled   []*attr
	// given is a copy of the one of inserted as it was before; nil where filled
	// says what to take back.
	given mem.Pointer

	// bonds, instead of the above, filled the foreign keys of new entities.
	bonds []*bond
}

// empty reports whether nothing is left to be taken back: the entities are no
// more of the session.
func (u undo) empty() bool {
	if u.st != nil {
		return u.st.status == detached
	}
	if u.made.bonds != nil {
		return !slices.ContainsFunc(u.made.bonds, func(b *bond) bool { return b.child.status != detached })
	}
	return !slices.ContainsFunc(u.made.inserted, func(st *state) bool { return st.status != detached })
}

// Flush writes what is new, changed and deleted, in an order that foreign keys
// allow. Objects get their generated values. On an error the session can only
// be rolled back.
func (s *Session) Flush(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	return s.flush(ctx)
}

// Commit flushes and commits. Afterwards objects keep their values for
// reading; the next transaction does not trust them. Where the outcome of the
// COMMIT is not known (sqlerr.ErrOutcomeUnknown) the session forgets all its
// objects, which keep their values.
func (s *Session) Commit(ctx context.Context) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if s.reading {
		return errReading
	}
	if err := s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.BeforeCommit }); err != nil {
		return err
	}
	if committed, err := s.flushAndCommit(ctx); committed || err != nil {
		return err
	}
	if len(s.nested) > 0 {
		return errors.New("orm: commit: a savepoint is open; commit it or roll it back first")
	}
	if !s.InTransaction() {
		return nil
	}
	err := s.commitSites(ctx)
	switch {
	case err == nil:
		s.ended()
		return s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.AfterCommit })
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		s.forgetAll()
		s.ended()
	default: // the transaction has ended, and the objects don't know it
		s.leaveSites()
		s.failed = err
	}
	return fmt.Errorf("orm: commit: %w", err)
}

// ended starts counting a new transaction.
func (s *Session) ended() {
	s.leaveSites()
	s.undo, s.failed = nil, nil
	s.epoch++
	s.loads++
	s.trusted = s.loads
	s.nested = nil
	s.settle()
}

// settle forgets what was deleted.
func (s *Session) settle() {
	gone := false
	for _, st := range s.states {
		if st.status == deleted {
			s.moved(st, Deleted, Detached)
			s.drop(st)
			gone = true
		}
	}
	if gone {
		s.sweep()
	}
}

func (s *Session) forgetAll() {
	s.owner.releaseAll()
	s.lets()
	clear(s.byObject)
	clear(s.idents)
	s.idents, s.first.identities = s.idents[:0], identityMap{}
	s.states, s.latent, s.pending, s.undo, s.nested = nil, nil, nil, nil, nil
	s.indexed, s.waiting = 0, 0
}

// Rollback ends the transaction without its changes. Objects return to what
// they were when it began: new ones are no more part of the session, and ids
// that it generated are taken back.
func (s *Session) Rollback(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.rollback(ctx)
}

func (s *Session) rollback(ctx context.Context) error {
	err := s.undoAll(ctx)
	s.revert(s.trusted)
	s.ended()
	return errors.Join(err, s.announce(ctx, func(e *SessionEvents) sessionEvent { return e.AfterRollback }))
}

// undoAll rolls the database back, and takes back what was flushed.
func (s *Session) undoAll(ctx context.Context) error {
	err := s.rollbackSites(ctx, s.begunSites())
	for _, n := range s.nested {
		n.done = true
	}
	s.undoTo(0)
	if err != nil {
		return fmt.Errorf("orm: rollback: %w", err)
	}
	return nil
}

// undoTo takes back the steps of flushes down to mark, and lets go of entities
// that were only added.
func (s *Session) undoTo(mark int) {
	for _, st := range s.pending {
		s.moved(st, Pending, st.outsideState())
		s.drop(st)
	}
	s.pending, s.waiting, s.addErr = nil, 0, nil
	_ = s.misuses.take()
	for i := len(s.undo) - 1; i >= mark; i-- {
		s.takeBack(s.undo[i])
	}
	clear(s.undo[mark:])
	s.undo = s.undo[:mark]
}

// revert takes back what was not flushed: changes and deletions.
// Relationships that were loaded since the session counted so many loads are not
// trusted any more.
func (s *Session) revert(loads uint32) {
	for _, st := range s.all() {
		if st.status == deleting {
			st.status = persistent
		}
		if st.status == persistent && st.snap != nil {
			if st.wish != nil {
				st.wish.assigned, st.wish.forGood = nil, false
			}
			relationships := st.m.relationships(st.obj)
			if changed, err := st.dirty(); changed || err != nil {
				st.restore(st.snap)
			}
			st.m.revertRelationships(st.obj, relationships, loads)
		}
	}
	s.sweep()
}

func (s *Session) takeBack(u undo) {
	st := u.st
	switch {
	case st == nil:
		s.takeBackMade(u.made)
	case st.status == detached: // it was expunged
	case st.status == deleted:
		s.moved(st, Deleted, Persistent)
		st.status = u.before
		put(&s.byObject, st.obj, st)
		s.register(st)
	default:
		st.restore(u.snap)
		if ikey, skey, err := st.m.identity(st.obj); err == nil && (ikey != st.ikey || skey != st.skey) {
			s.identities(st.kin()).remove(st)
			st.ikey, st.skey = ikey, skey
			s.register(st)
		}
	}
}

func (s *Session) takeBackMade(u *made) {
	for _, b := range u.bonds {
		b.child.clear(b.key())
	}
	for _, st := range slices.Backward(u.inserted) {
		if st.status != detached { // it was not expunged
			s.drop(st)
			s.moved(st, Persistent, Transient)
			st.clear(u.filled)
			if u.given != nil {
				st.m.copy(st.obj, u.given)
			}
		}
	}
}

// clear sets the field to its zero value.
func (a *attr) clear(p mem.Pointer) { reflect.NewAt(a.codec.Go, a.at(p)).Elem().SetZero() }

// Close rolls back what is open and ends the session: what was flushed in the
// transaction is taken back as by Rollback, and objects keep what was not
// flushed. Closing twice is harmless.
func (s *Session) Close(ctx context.Context) error {
	if !s.use.claim() {
		return ErrConcurrentUse
	}
	defer s.leave()
	if s.closed {
		return nil
	}
	err := s.undoAll(ctx)
	s.forgetAll()
	s.ended()
	s.closed = true
	return err
}

// Expire makes the session ask the database the next time that the entity is
// got by its key. Its changes are forgotten, and those of what it owns with them.
func (s *Session) Expire(entity any) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	st, err := s.persistentState(entity)
	if err != nil {
		return err
	}
	s.forgetChanges(st)
	return nil
}

func (s *Session) persistentState(entity any) (*state, error) {
	st, err := s.stateOf(entity)
	if err == nil && (st == nil || st.status != persistent || st.m.keyKind == keyNone) {
		err = &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "is not a row of this session that is known by its key"}
	}
	return st, err
}
