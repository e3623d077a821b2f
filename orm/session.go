package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
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
	db     Beginner
	opts   sessionOptions
	tx     *engine.Tx
	closed bool
	failed error  // why the transaction can only be rolled back
	addErr error  // what was wrong with an Add or Delete, told at the next flush
	epoch  uint64 // counts transactions

	pending  []*state
	byObject map[unsafe.Pointer]*state // all of pending, and the first indexed of states
	states   []*state                  // entities that are rows, in the order of arrival
	indexed  int
	idents   map[*mapper]*identityMap
	undo     []undo
	nested   []*Nested
	owner    *ownership
	reading  bool // a loop over rows holds the connection
}

type sessionOptions struct {
	tx          engine.TxOptions
	noAutoflush bool
	bases       []*Base
}

// SessionOption is an option of a session.
type SessionOption func(o *sessionOptions)

// ReadOnly opens a session that only reads. A flush with changes is an error.
func ReadOnly() SessionOption { return func(o *sessionOptions) { o.tx.ReadOnly = true } }

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
	s := &Session{db: db, epoch: 1, byObject: map[unsafe.Pointer]*state{}, idents: map[*mapper]*identityMap{}}
	for _, o := range opts {
		o(&s.opts)
	}
	s.owner = newOwnership(s)
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

func (s *Session) leave() { s.use.release() }

// ready is enter for calls that need a transaction that works.
func (s *Session) ready() error {
	if err := s.enter(); err != nil {
		return err
	}
	if s.failed != nil {
		s.leave()
		return fmt.Errorf("%w (%w)", ErrNeedsRollback, s.failed)
	}
	return nil
}

var errReading = errors.New("orm: a loop over Each with NoTrack holds the session's connection; end the loop first")

// transaction begins the transaction if there is none.
func (s *Session) transaction(ctx context.Context) (*engine.Tx, error) {
	if s.reading {
		return nil, errReading
	}
	if s.tx != nil {
		return s.tx, nil
	}
	tx, err := s.db.Begin(ctx, s.opts.tx)
	if err != nil {
		return nil, fmt.Errorf("orm: begin: %w", err)
	}
	s.tx = tx
	return tx, nil
}

// Tx returns the session's transaction, beginning it if need be, for
// statements beside the session. What they change is not known to the session.
func (s *Session) Tx(ctx context.Context) (*engine.Tx, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.transaction(ctx)
}

// AddOption is an option of Add.
type AddOption interface {
	// pick returns the mapper that the option names, or nil.
	pick() *mapper
	apply(st *state) error
}

type explicit struct{ x expr.Expression }

// Explicit sends the field of the column even where it is zero, which would
// otherwise mean that the database fills it.
func Explicit(column expr.Expression) AddOption { return explicit{column} }

func (explicit) pick() *mapper { return nil }

func (e explicit) apply(st *state) error {
	if c, ok := expr.Unwrap(e.x).(*expr.Column); ok {
		for _, a := range st.m.attrs {
			if a.col.Name == c.Name && c.From.Provides(st.m.table) {
				st.explicit = append(st.explicit, a)
				return nil
			}
		}
	}
	return &ModelError{Entity: st.m.goType.String(), Reason: "orm.Explicit names something that is not a column of it"}
}

type into struct{ m *mapper }

// Into says which table an entity belongs to whose type is mapped to several.
func Into[T any](table Source[T]) AddOption {
	m, _ := table.source(nil)
	return into{m}
}

func (o into) pick() *mapper { return o.m }

func (o into) apply(st *state) error {
	if o.m != st.m {
		return &ModelError{Entity: st.m.goType.String(), Reason: "orm.Into names a table that the entity does not belong to, or that is not declared"}
	}
	return nil
}

// Add makes a new entity, given by its pointer, part of the session: the next
// flush inserts it. Adding it again does nothing. What is wrong with it (nil,
// not mapped, part of another session) is returned by the next flush, before
// anything is sent.
func (s *Session) Add(entity any, opts ...AddOption) {
	if err := s.enter(); err != nil {
		s.misused(err)
		return
	}
	defer s.leave()
	if err := s.add(entity, opts); err != nil {
		s.addErr = errors.Join(s.addErr, err)
	}
}

// misused keeps an error that a method without one can't return. The session
// may be in use elsewhere, so it is kept with the owner, which has a lock.
func (s *Session) misused(err error) { s.owner.misuse(err) }

// AddAll adds entities in order.
func AddAll[T any](s *Session, entities ...*T) {
	for _, e := range entities {
		s.Add(e)
	}
}

func (s *Session) add(entity any, opts []AddOption) error {
	st, err := s.stateOf(entity)
	if err != nil {
		return err
	}
	switch {
	case st == nil:
		if st, err = s.begin(entity, opts); err != nil {
			return err
		}
	case st.status == deleting:
		st.status = persistent
	}
	for _, o := range opts {
		if err := o.apply(st); err != nil {
			return err
		}
	}
	return nil
}

// begin makes an entity pending.
func (s *Session) begin(entity any, opts []AddOption) (*state, error) {
	v := reflect.ValueOf(entity)
	m, err := s.mapperFor(v.Type().Elem(), opts)
	if err != nil {
		return nil, err
	}
	p := v.UnsafePointer()
	if err := s.owner.claim(m, p); err != nil {
		return nil, err
	}
	st := &state{m: m, obj: p, status: pending}
	s.byObject[p] = st
	s.pending = append(s.pending, st)
	return st, nil
}

func (s *Session) mapperFor(t reflect.Type, opts []AddOption) (*mapper, error) {
	for _, o := range opts {
		if m := o.pick(); m != nil && m.goType == t {
			return m, m.ready()
		}
	}
	m, err := mapperOf(t, s.opts.bases)
	if err != nil {
		return nil, err
	}
	return m, m.ready()
}

// stateOf returns the state of an entity that is part of the session, or nil.
// An entity that can't be one is an error.
func (s *Session) stateOf(entity any) (*state, error) {
	v := reflect.ValueOf(entity)
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "a nil entity was given; give a pointer to a struct"}
	}
	if v.Kind() != reflect.Pointer {
		return nil, &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "was given by value; give a pointer, so that its id can be set"}
	}
	for ; s.indexed < len(s.states); s.indexed++ {
		if st := s.states[s.indexed]; st.status != detached {
			s.byObject[st.obj] = st
		}
	}
	st := s.byObject[v.UnsafePointer()]
	if st == nil || st.status == detached || st.status == deleted {
		return nil, nil
	}
	if st.m.goType != v.Type().Elem() {
		return nil, &ModelError{Entity: fmt.Sprintf("%T", entity), Reason: "is the first part of an entity of another type that the session has; give that"}
	}
	return st, nil
}

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
	for i, x := range s.pending {
		if x == st {
			s.pending = append(s.pending[:i], s.pending[i+1:]...)
			break
		}
	}
	s.drop(st)
}

// drop takes a state out of the session.
func (s *Session) drop(st *state) {
	st.status = detached
	if im := s.idents[st.m]; im != nil {
		im.remove(st)
	}
	if s.byObject[st.obj] == st {
		delete(s.byObject, st.obj)
	}
	s.owner.release(st.obj)
}

// Expunge takes an entity out of the session, which forgets it and its
// changes. A rollback does not restore it.
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
	if st.status == pending {
		s.forgetPending(st)
		return nil
	}
	s.drop(st)
	s.sweep()
	return nil
}

// sweep takes states that are no more of the session from the list.
func (s *Session) sweep() {
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
	im := s.identities(st.m)
	if old := im.get(st.m, st.ikey, st.skey); old != nil && old != st {
		s.drop(old)
	}
	im.put(st)
}

func (s *Session) identities(m *mapper) *identityMap {
	im := s.idents[m]
	if im == nil {
		if len(s.idents) == 0 {
			holders.Store(s.owner, struct{}{})
		}
		im = &identityMap{}
		s.idents[m] = im
	}
	return im
}
