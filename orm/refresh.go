package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// RefreshOption is an option of Refresh.
type RefreshOption interface{ applyRefresh(r *refreshing) error }

type refreshing struct {
	m    *mapper
	only []*attr
	lock *expr.Lock
}

type refreshFunc func(r *refreshing) error

func (f refreshFunc) applyRefresh(r *refreshing) error { return f(r) }

// RefreshOnly reads these columns only; changes of other fields stay.
func RefreshOnly(columns ...expr.Expression) RefreshOption {
	return refreshFunc(func(r *refreshing) (err error) {
		r.only, err = r.m.attrsOf(columns)
		return err
	})
}

// RefreshForUpdate locks the row until the transaction ends.
func RefreshForUpdate(wait ...expr.LockWait) RefreshOption {
	return refreshFunc(func(r *refreshing) error {
		r.lock = &expr.Lock{Strength: expr.ForUpdate}
		if len(wait) > 0 {
			r.lock.Wait = wait[0]
		}
		return nil
	})
}

// Refresh reads the entity again and forgets its changes, and so those of what it
// owns by a relationship with CascadeDelete or DeleteOrphans that is loaded. Other
// relationships are not loaded afterwards. It is sqlerr.ErrNoRows if the row is
// gone.
func Refresh[T any](ctx context.Context, s *Session, entity *T, opts ...RefreshOption) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	st, err := s.persistentState(entity)
	if err != nil {
		return err
	}
	r := refreshing{m: st.m}
	for _, o := range opts {
		if err := o.applyRefresh(&r); err != nil {
			return err
		}
	}
	own := st.m.readable() // a reading of a base has more
	reads := st.m.readingOf(func(a *attr) bool { return a.isRead() || slices.Contains(own, a) && !a.missing(st.snap) })
	stmt := expr.NewSelect(reads.columns(st.m.table)...).From(st.m.table)
	if r.only != nil {
		stmt = expr.NewSelect(refsOf(r.only, st.m.table)...).From(st.m.table)
	}
	values, err := st.m.appendKey(nil, st.snap)
	if err != nil {
		return err
	}
	for i, a := range st.m.key {
		stmt = stmt.Where(a.compare(st.m.table, expr.OpEq, values[i]))
	}
	if r.lock != nil {
		stmt = stmt.Locking(*r.lock)
	}
	if stmt, err = s.direct(stmt, []*Base{st.m.base}); err != nil {
		return err
	}
	if r.only != nil {
		return s.refreshOnly(ctx, st, r.only, stmt)
	}
	defer s.at(st.at)()
	again := s.forgetChanges(st)
	ptrs, err := s.plainLoader(st.m, reads).load(ctx, stmt)
	if err == nil && len(ptrs) == 0 {
		return errGone(st)
	}
	for _, l := range again {
		if err == nil && l.st.belongs() {
			err = s.loadRelated(ctx, []mem.Pointer{l.st.obj}, &loadPlan{rel: l.rel}, tracked, nil)
		}
	}
	return err
}

func errGone(st *state) error {
	return fmt.Errorf("orm: refresh of %s: %w", st.m.describe(st.obj), sqlerr.ErrNoRows)
}

// refreshOnly reads some columns of a row into its entity and snapshot.
func (s *Session) refreshOnly(ctx context.Context, st *state, attrs []*attr, stmt *expr.Select) error {
	defer s.at(st.at)()
	tx, err := s.transaction(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, stmt)
	if err != nil {
		return s.fail(err)
	}
	read := st.m.zero()
	found := rows.Next()
	if found {
		err = st.m.store(read, attrs, rows.Row())
	}
	if err := errors.Join(err, rows.Close()); err != nil {
		return s.fail(err)
	}
	if !found {
		return errGone(st)
	}
	for _, a := range attrs {
		a.copyField(st.obj, read)
	}
	return st.settle(attrs)
}

// settle makes the entity's fields what the row has.
func (st *state) settle(attrs []*attr) error {
	snap := st.m.layout.memory.make(1)
	st.m.copySnapshot(snap, st.snap)
	for _, a := range attrs {
		a.copyField(snap, st.obj)
		if a.ref >= 0 {
			v, err := a.encode(st.obj)
			if err != nil {
				return st.m.valueError(st.obj, a, err)
			}
			*st.m.keptAt(snap, a.ref) = v.Clone()
		}
	}
	st.snap = snap
	return nil
}

// Accept says that these columns of the database have what the fields of a
// persistent object have now, for a program that has written them by a statement
// of its own: the next flush does not.
func (s *Session) Accept(entity any, columns ...expr.Expression) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	st, err := s.persistentState(entity)
	if err != nil {
		return err
	}
	attrs, err := st.m.attrsOf(columns)
	if err != nil {
		return err
	}
	return st.settle(attrs)
}

// ExpireAll makes the session ask the database the next time that any of its
// objects is got by its key. Their changes are forgotten; what is new stays.
func (s *Session) ExpireAll() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	for _, st := range s.all() {
		if st.status == persistent && st.snap != nil {
			st.expire()
			st.epoch = 0
		}
	}
	return nil
}

// ExpungeAll takes all objects out of the session, which forgets them and their
// changes. A rollback does not restore them.
func (s *Session) ExpungeAll() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	for _, list := range [][]*state{s.pending, s.all()} {
		for _, st := range list {
			st.status = detached
		}
	}
	nested := s.nested
	s.forgetAll()
	s.nested = nested
	for _, n := range nested {
		n.mark = 0
	}
	return nil
}

// Reset rolls back what is open and takes all objects out of the session, which
// is then as new.
func (s *Session) Reset(ctx context.Context) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	err := s.rollback(ctx)
	s.forgetAll()
	return err
}

// WithoutAutoflush runs f, whose queries in the session do not flush first.
func (s *Session) WithoutAutoflush(f func() error) error {
	if err := s.enter(); err != nil {
		return err
	}
	before := s.opts.noAutoflush
	s.opts.noAutoflush = true
	s.leave()
	defer func() { s.opts.noAutoflush = before }()
	return f()
}
