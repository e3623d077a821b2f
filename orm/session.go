package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Beginner is what a session runs over: an *engine.Engine, an *engine.Conn, or
// an *engine.Tx, within which a session is a savepoint.
type Beginner interface {
	Begin(ctx context.Context, o engine.TxOptions) (*engine.Tx, error)
}

// Session is one unit of work for one goroutine. It begins a transaction by
// itself at its first statement, gives each row of the database one object,
// and at Flush writes exactly what changed. Use by two goroutines at once is
// detected and is an error, never a race.
//
// The zero Session is not valid; NewSession makes one. A session that is not
// needed any more is closed.
type Session struct {
	use    use
	opts   sessionOptions
	sites  []site
	home   [1]site         // memory of sites, where there is one
	routes *routes         // nil where there is one
	here   siteID          // where statements go
	begun  int             // sites, in this transaction
	caller engine.CallSite // of what is about to begin a transaction
	common string          // what the ids of its parts have in common, where it has two phases
	closed bool
	failed error  // why the transaction can only be rolled back
	addErr error  // what was wrong with an Add or Delete, told at the next flush
	epoch  uint32 // counts transactions

	pending []*state
	states  []*state // entities that are rows, in the order of arrival; see all
	latent  []latent // those that came last
	// byObject finds the first waiting of pending and the first indexed of
	// states: an entity gets there when somebody asks for one.
	byObject         map[mem.Pointer]*state
	waiting, indexed int
	spare            []state // memory for new ones
	idents           []*identityMap
	undo             []undo
	nested           []*Nested
	owner            *ownership // nil as long as nothing was added
	misuses          misuses
	holder           int // its place among the holders, plus one; 0 for none
	repeats          map[loadSite]*RepeatedLoad
	loadsSent        int  // statements that loaded relationships
	free             bool // what is read now sees all rows
	flushing         bool
	weak             map[kin]*weakMap
	written          []step  // by the flush that hooks and events listen to
	moves            []move  // to be told
	reading          bool    // a loop over rows holds the connection
	bonds            []*bond // that the last flush found
	trusted          uint32  // loads when the transaction began
	relates          bool    // an entity with relationships came
	expected         int     // for how many rows the next memory for states is
	ending           bool    // Commit flushes, and nothing was sent before
	alone            bool    // one statement is all that there is, and commits by itself
	loads            uint32  // counts loads of relationships and the beginnings of savepoints
	first            firstMemory
}

// firstMemory is for what most sessions need little of, so that it comes with the
// session.
type firstMemory struct {
	spare      [1]state
	states     [1]*state
	pending    [1]*state
	latent     [1]latent
	idents     [2]*identityMap
	identities identityMap
	begun      [1]*site
	loader     loader
	loading    bool // the loader is in use
	// Of the snapshots of what is read first.
	bytes     [firstBytes]byte
	bytesGone bool
	// Of a Get: the key, as it is sent and as it was given, and what was found.
	key    [1]sqltype.Value
	number int64
	found  [1]mem.Pointer
}

type sessionOptions struct {
	tx          engine.TxOptions
	noAutoflush bool
	// autocommitInserts lets one statement that is all commit by itself.
	autocommitInserts bool
	weak              bool
	// criteria are conditions on the rows that queries see, by table.
	criteria     map[*schema.Table][]expr.Predicate
	unrestricted bool
	rewrites     []func(*expr.Select) (*expr.Select, error)
	watch        *loadWatch
	wrong        error // of an option, told by the first query
	bases        []*Base
	events       []*SessionEvents
	bound        []bound
	sharding     *Sharding
	twoPhase     string // the name; empty: one phase
}

// SessionOption is an option of a session.
type SessionOption func(o *sessionOptions)

// ReadOnly opens a session that only reads. A flush with changes is an error, as
// is Commit; queries do not look for changes of objects.
func ReadOnly() SessionOption { return func(o *sessionOptions) { o.tx.ReadOnly = true } }

// Autocommit opens a session that only reads, each of whose queries sees what is
// committed when it runs, without a transaction around them: it saves what BEGIN
// and COMMIT cost. Only queries made of expressions are taken.
func Autocommit() SessionOption {
	return func(o *sessionOptions) { o.tx.ReadOnly, o.tx.Autocommit = true, true }
}

// AutocommitInserts has Commit insert an object that is all its work, with no hook
// or event that could add to it, by a statement that commits by itself: BEGIN and
// COMMIT, and their round trips, are saved. The table has to be one without triggers,
// rules and row security, which each connection finds out at its first insert. It is
// not the default, because where the connection dies before the reply the outcome is
// then unknown, as after a COMMIT (sqlerr.ErrOutcomeUnknown), and Transact does not
// run the work again; a transaction that was not committed is only lost.
func AutocommitInserts() SessionOption { return func(o *sessionOptions) { o.autocommitInserts = true } }

// Isolation sets the isolation level of the session's transactions.
func Isolation(level engine.Isolation) SessionOption {
	return func(o *sessionOptions) { o.tx.Isolation = level }
}

// NoAutoflush keeps queries from flushing first.
func NoAutoflush() SessionOption { return func(o *sessionOptions) { o.noAutoflush = true } }

// Models limits the session to the entities of some bases. It is needed only
// where the same Go type is mapped in others too.
func Models(bases ...*Base) SessionOption {
	return func(o *sessionOptions) { o.bases = append(o.bases, bases...) }
}

// NewSession returns a session. Nothing is sent until its first statement.
func NewSession(db Beginner, opts ...SessionOption) *Session {
	s := &Session{epoch: 1}
	for _, o := range opts {
		o(&s.opts)
	}
	s.open(db)
	s.spare, s.states, s.latent, s.idents = s.first.spare[:0], s.first.states[:0], s.first.latent[:0], s.first.idents[:0]
	return s
}

// enter claims the session for one call.
func (s *Session) enter() error {
	if !s.use.claim() {
		return ErrConcurrentUse
	}
	if s.closed {
		s.use.release()
		return fmt.Errorf("orm: the session is %w; open a new one", sqlerr.ErrClosed)
	}
	return nil
}

func (s *Session) leave() {
	s.use.release()
	if len(s.moves) > 0 {
		s.tellMoves()
	}
}

// ready is enter for calls that need a transaction that works.
func (s *Session) ready() error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.begun == 0 {
		s.caller = engine.CallerOf(1)
	}
	if s.failed != nil {
		s.leave()
		return fmt.Errorf("%w (%w)", ErrNeedsRollback, s.failed)
	}
	return nil
}

var errReading = errors.New("orm: a loop over Each with NoTrack holds the session's connection; end the loop first")

// Delete marks an entity of the session for deletion by the next flush. An
// entity that is only pending is taken out of the session. One that is not of
// the session is an error, returned by the next flush.
func (s *Session) Delete(entity any) {
	if err := s.enter(); err != nil {
		s.misused(err)
		return
	}
	defer s.leave()
	if err := s.remove(entity); err != nil {
		s.addErr = errors.Join(s.addErr, err)
	}
}

func (s *Session) remove(entity any) error {
	st, err := s.stateOf(entity)
	switch {
	case err != nil:
		return err
	case st == nil:
		return &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "is to be deleted, but is not part of the session; get it from the session first"}
	case st.status == pending:
		s.forgetPending(st)
	case len(st.m.key) == 0:
		return &ModelError{Entity: st.m.describe(st.obj), Reason: "has no primary key and can't be deleted as an object; use a DELETE statement"}
	default:
		st.status = deleting
	}
	return nil
}

func (s *Session) forgetPending(st *state) {
	s.moved(st, Pending, st.outsideState())
	for i, x := range s.pending {
		if x == st {
			s.pending = slices.Delete(s.pending, i, i+1)
			if i < s.waiting {
				s.waiting--
			}
			break
		}
	}
	s.drop(st)
}

// drop takes a state out of the session.
func (s *Session) drop(st *state) {
	st.status = detached
	if im := s.identitiesOf(st.kin()); im != nil {
		im.remove(st)
	}
	if s.byObject[st.obj] == st {
		delete(s.byObject, st.obj)
	}
	s.owner.release(st.obj)
}

// Expunge takes an entity out of the session, which forgets it and its changes,
// and those that it owns by a relationship with CascadeDelete or DeleteOrphans. A
// rollback does not restore it.
func (s *Session) Expunge(entity any) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	st, err := s.stateOf(entity)
	if err != nil {
		return err
	}
	if st == nil {
		return &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "is not part of the session"}
	}
	s.expunge(st)
	s.sweep()
	return nil
}

// expunge takes an entity out of the session, and what it owns with it.
func (s *Session) expunge(st *state) {
	if st.status == pending {
		s.forgetPending(st)
	} else {
		s.moved(st, Persistent, Detached)
		s.drop(st)
	}
	for _, r := range st.m.relations {
		if !r.deletes && !r.orphans {
			continue
		}
		for _, p := range r.items(st) {
			if other := s.held(p); other != nil {
				s.expunge(other)
			}
		}
	}
}

// sweep takes states that are no more of the session from the list.
func (s *Session) sweep() {
	s.awaken()
	kept := s.states[:0]
	indexed := 0
	for i, st := range s.states {
		if st.status == detached {
			continue
		}
		if i < s.indexed {
			indexed++
		}
		kept = append(kept, st)
	}
	clear(s.states[len(kept):])
	s.states, s.indexed = kept, indexed
}

// register makes a state the one of its key. Another that the session had for
// the key stood for a row that is gone.
func (s *Session) register(st *state) {
	if st.m.keyKind == keyNone {
		return
	}
	im := s.identities(st.kin())
	if old := im.get(st.m, st.ikey, st.skey); old != nil && old != st {
		s.drop(old)
	}
	im.put(st)
}

func (s *Session) identities(of kin) *identityMap {
	im := s.identitiesOf(of)
	if im != nil {
		return im
	}
	if len(s.idents) == 0 {
		s.holds()
		im = &s.first.identities
	} else {
		im = &identityMap{}
	}
	*im = identityMap{s: s, of: of}
	im.late, im.runs = im.first[:0], im.begun[:0]
	s.idents = append(s.idents, im)
	return im
}

// identitiesOf returns those that there are, or nil. A session has few of them.
func (s *Session) identitiesOf(of kin) *identityMap {
	for _, im := range s.idents {
		if im.of == of {
			return im
		}
	}
	return nil
}
