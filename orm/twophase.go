package orm

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// TwoPhase is an option of a session over several databases: Commit has all of
// them prepare, and only then commits them, so that all keep the work or none
// does. A database without two-phase commit is refused at its first statement.
// What only one database has begun is committed in one step.
//
// name is the program's own, by which RecoverTwoPhase finds what it left behind
// when it died between the two phases: up to 40 letters, digits, '_' and '-'.
func TwoPhase(name string) SessionOption {
	return func(o *sessionOptions) {
		o.twoPhase = name
		if name == "" || len(name) > 40 || strings.ContainsAny(name, ".:") {
			o.wrong = errors.Join(o.wrong, fmt.Errorf("orm: TwoPhase(%q) needs a name of 1 to 40 letters, digits, '_' and '-'", name))
		}
	}
}

// twoPhaser is a Beginner whose transactions can be prepared.
type twoPhaser interface {
	BeginTwoPhase(ctx context.Context, id string, o engine.TxOptions) (*engine.Tx, error)
}

// placedBeginner is a Beginner that tells who holds its connections.
type placedBeginner interface {
	BeginAt(ctx context.Context, o engine.TxOptions, at engine.CallSite) (*engine.Tx, error)
}

// beginAt begins the transaction of a site.
func (s *Session) beginAt(ctx context.Context, at *site) (*engine.Tx, error) {
	if s.opts.twoPhase == "" || s.opts.tx.ReadOnly {
		if db, ok := at.db.(placedBeginner); ok && s.caller != 0 {
			return db.BeginAt(ctx, s.opts.tx, s.caller)
		}
		return at.db.Begin(ctx, s.opts.tx)
	}
	db, ok := at.db.(twoPhaser)
	if !ok {
		return nil, fmt.Errorf("two-phase commit needs an engine, and not a %T, which is a part of one", at.db)
	}
	if s.common == "" {
		var b [8]byte
		_, _ = rand.Read(b[:]) // which does not fail
		s.common = hex.EncodeToString(b[:])
	}
	return db.BeginTwoPhase(ctx, fmt.Sprintf("%s.%s.%d", s.opts.twoPhase, s.common, s.begun+1), s.opts.tx)
}

// PartlyCommittedError says that a session without TwoPhase has committed in some of
// its databases and not in all. It is a sqlerr.ErrOutcomeUnknown: the work must
// not be done again as a whole.
type PartlyCommittedError struct {
	Committed []string // the databases that have committed, by their names
	Failed    string   // the one that did not
	Err       error
}

// Error names the databases and the way out.
func (e *PartlyCommittedError) Error() string {
	return fmt.Sprintf("committed in %s, but not in %s, nor in those after it: %v; TwoPhase commits in all or none", strings.Join(e.Committed, ", "), e.Failed, e.Err)
}

// Unwrap returns the cause, and sqlerr.ErrOutcomeUnknown.
func (e *PartlyCommittedError) Unwrap() []error { return []error{sqlerr.ErrOutcomeUnknown, e.Err} }

// commitSites commits in all databases that have begun. After an error none has a
// transaction of the session any more.
func (s *Session) commitSites(ctx context.Context) error {
	sites := s.begunSites()
	if len(sites) > 1 && s.opts.twoPhase != "" && !s.opts.tx.ReadOnly {
		return s.commitTogether(ctx, sites)
	}
	var done []string
	for i, at := range sites {
		err := at.tx.Commit(ctx)
		if err == nil {
			done = append(done, at.name)
			continue
		}
		err = errors.Join(err, s.rollbackSites(ctx, sites[i+1:]))
		if len(done) > 0 && !s.opts.tx.ReadOnly {
			return &PartlyCommittedError{Committed: done, Failed: at.name, Err: err}
		}
		return err
	}
	return nil
}

// InDoubtError says that a database could not be told to commit what all have
// prepared. It stays prepared where it is, until RecoverTwoPhase commits it. It is
// a sqlerr.ErrOutcomeUnknown.
type InDoubtError struct {
	Failed string // the database, by its name
	ID     string // of its prepared transaction
	Err    error
}

// Error names the database and the way out.
func (e *InDoubtError) Error() string {
	return fmt.Sprintf("prepared everywhere, but the database %s could not be told to commit its transaction %q: %v; RecoverTwoPhase ends it", e.Failed, e.ID, e.Err)
}

// Unwrap returns the cause, and sqlerr.ErrOutcomeUnknown.
func (e *InDoubtError) Unwrap() []error { return []error{sqlerr.ErrOutcomeUnknown, e.Err} }

// commitTogether commits by two phases. The first database decides: all are
// prepared from the first on, committed from the first on, and rolled back from
// the last on, so that as long as its transaction is there nothing is committed,
// and once it is not, all others are prepared.
func (s *Session) commitTogether(ctx context.Context, sites []*site) error {
	for i, at := range sites {
		db, id := at.tx.Engine(), at.tx.ID()
		err := at.tx.Prepare(ctx)
		if err == nil {
			continue
		}
		if errors.Is(err, sqlerr.ErrOutcomeUnknown) {
			err = withdraw(ctx, db, id, err)
		}
		err = fmt.Errorf("prepare in the database %q: %w", at.name, err)
		return errors.Join(err, s.rollbackSites(ctx, sites[i+1:]), s.takeBackPrepared(ctx, sites[:i], err))
	}
	for i, at := range sites {
		err := at.tx.Commit(ctx)
		if err == nil {
			continue
		}
		err = &InDoubtError{Failed: at.name, ID: at.tx.ID(), Err: err}
		for _, other := range sites[i+1:] {
			err = errors.Join(err, other.tx.Leave(ctx))
		}
		return err
	}
	return nil
}

// undecidedError is a first phase of which nobody knows whether it was done. The
// work is not committed, and will not be.
type undecidedError struct{ err error }

// Error is that of the cause, with the way out.
func (e *undecidedError) Error() string {
	return e.err.Error() + "; RecoverTwoPhase rolls back what may be left there"
}

// withdraw rolls back what may have been prepared.
func withdraw(ctx context.Context, db *engine.Engine, id string, cause error) error {
	err := db.RollbackPrepared(context.WithoutCancel(ctx), id)
	if err == nil || errors.Is(err, engine.ErrNotPrepared) {
		return fmt.Errorf("%w (%v)", sqlerr.ErrConnectionLost, cause) // so that nothing was done
	}
	return &undecidedError{errors.Join(cause, err)}
}

// takeBackPrepared rolls back what is prepared, from the last on. Where one has to
// stay, so does the first, which says that nothing is committed.
func (s *Session) takeBackPrepared(ctx context.Context, sites []*site, cause error) error {
	var undecided *undecidedError
	err := error(nil)
	stay := errors.As(cause, &undecided)
	for i := len(sites) - 1; i >= 0; i-- {
		if stay {
			err = errors.Join(err, sites[i].tx.Leave(ctx))
			continue
		}
		if wrong := sites[i].tx.Rollback(ctx); wrong != nil {
			err, stay = errors.Join(err, wrong), true
		}
	}
	return err
}

// rollbackSites rolls back from the last site on.
func (s *Session) rollbackSites(ctx context.Context, sites []*site) error {
	var errs []error
	for i := len(sites) - 1; i >= 0; i-- {
		if err := sites[i].tx.Rollback(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// leaveSites forgets the transactions, which have ended.
func (s *Session) leaveSites() {
	for i := range s.sites {
		s.sites[i].tx = nil
	}
	s.begun, s.common = 0, ""
}
