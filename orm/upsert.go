package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Outcome is what became of an entity of Upsert.
type Outcome = engine.Outcome

// The outcomes.
const (
	Inserted = engine.Inserted // its row is a new one
	Updated  = engine.Updated  // the row that was in its way was changed
	Skipped  = engine.Skipped  // neither
)

// Upserted is what became of one entity of Upsert.
type Upserted[T any] struct {
	// Entity stands for the row: the entity that was given, or, where that was to
	// update a row of which the session has an object, that object. Of a row that
	// was skipped it is the entity that was given, which is not part of the
	// session.
	Entity  *T
	Outcome Outcome
}

// Upsert inserts new entities, in their order, where on says what becomes of
// those that violate a unique key. It flushes first, and does not wait for the
// next flush. The result has one element for each entity.
//
//   - An entity that was inserted is as one that was added and flushed.
//   - One that has updated a row becomes that row's object: it has its key and
//     all its values, and is part of the session. If the session has an object
//     of the row already, that one gets the values, and the entity that was given
//     stays as it was; so it is for the second of two entities that meet the same
//     row.
//   - One that was skipped stays as it was: it is not part of the session, has
//     no id, and may be given again.
//
// A rollback takes all of that back. An entity whose target has a column that
// is left to its generator can't be in the way of a row and is inserted. An
// entity that is part of a session, or is given twice, is refused by name before
// anything is sent. After an error of the database the session can only be
// rolled back.
func Upsert[T any](ctx context.Context, s *Session, entities []*T, on expr.Conflict, opts ...AddOption) ([]Upserted[T], error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if on == nil {
		return nil, errors.New("orm: Upsert needs what becomes of a conflict, such as expr.OnConflict(…).DoNothing(); use Add for none")
	}
	m, err := s.mapperFor(reflect.TypeFor[T](), opts)
	if err != nil {
		return nil, err
	}
	if len(m.levels) > 1 {
		return nil, &ModelError{Entity: m.goType.String(), Reason: "has rows in several tables, and Upsert is one statement of one: use Merge"}
	}
	u := &upsert{s: s, m: m, on: on}
	if err := u.run(ctx, pointers(entities), opts); err != nil {
		return nil, err
	}
	out := make([]Upserted[T], len(entities))
	for i := range out {
		out[i] = Upserted[T]{Entity: (*T)(u.rows[i].stands), Outcome: u.rows[i].outcome}
	}
	return out, nil
}

// upsert is a call of Upsert.
type upsert struct {
	s       *Session
	m       *mapper
	on      expr.Conflict
	rows    []upsertRow
	changes []*change // of rows, in order
}

// upsertRow is an entity on its way.
type upsertRow struct {
	given   mem.Pointer // a copy of the entity as it was given
	stands  mem.Pointer // the object of the row
	read    mem.Pointer // an entity with all values of the row; nil where not read
	outcome Outcome
	done    bool // what became of it is known to the session
}

func (u *upsert) run(ctx context.Context, entities []mem.Pointer, opts []AddOption) error {
	if err := u.refuse(entities); err != nil {
		return err
	}
	if err := u.s.flush(ctx); err != nil {
		return err
	}
	if len(entities) == 0 {
		return nil
	}
	back, err := u.s.over(u.m)
	defer back()
	if err != nil {
		return err
	}
	err = u.prepare(entities, opts)
	if err == nil {
		err = u.send(ctx)
	}
	if err != nil {
		u.giveBack()
	}
	return err
}

// refuse names entities that can't be upserted, before anything is sent.
func (u *upsert) refuse(entities []mem.Pointer) error {
	var errs []error
	seen := make(map[mem.Pointer]bool, len(entities))
	for _, p := range entities {
		switch {
		case p == nil:
			errs = append(errs, nilEntity(reflect.PointerTo(u.m.goType)))
			continue
		case seen[p]:
			errs = append(errs, &ModelError{Entity: u.m.describe(p), Reason: "is given to Upsert twice; give it once"})
		case u.s.held(p) != nil:
			errs = append(errs, &ModelError{Entity: u.m.describe(p), Reason: "is part of the session; change it and flush, or Expunge it before Upsert"})
		}
		seen[p] = true
	}
	return errors.Join(errs...)
}

// prepare makes the entities the session's and encodes what is sent.
func (u *upsert) prepare(entities []mem.Pointer, opts []AddOption) error {
	copies := u.m.slab(min(len(entities), slabSize), slabSize)
	u.rows = make([]upsertRow, 0, len(entities))
	var before likeness
	var errs []error
	for _, p := range entities {
		if err := u.s.owned().claim(u.m, p); err != nil {
			errs = append(errs, err)
			continue
		}
		st := u.s.newState()
		*st = state{m: u.m, obj: p, status: pending, at: u.s.here}
		row := upsertRow{given: copies.next(), stands: p}
		u.m.copy(row.given, p)
		c := &change{st: st, more: &detail{values: make([]sqltype.Value, 0, len(u.m.attrs))}}
		if u.m.levels != nil {
			c.more.level = u.m.levels[0]
		}
		u.rows, u.changes = append(u.rows, row), append(u.changes, c)
		for _, o := range opts {
			if err := o.apply(st); err != nil {
				errs = append(errs, err)
			}
		}
		if err := c.insertion(&before); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (u *upsert) send(ctx context.Context) error {
	if u.s.opts.tx.ReadOnly {
		return fmt.Errorf("orm: upsert: the session is %w; open a session that may write", sqlerr.ErrReadOnly)
	}
	w := &work{}
	t := w.of(u.changes[0].m(), u.s.here)
	t.inserts, t.doubtful = u.changes, u.changes
	if err := w.heldElsewhere(u.s); err != nil {
		return err
	}
	tx, err := u.s.transaction(ctx)
	if err != nil {
		return err
	}
	if err := t.verify(ctx, tx); err != nil {
		return err
	}
	for from := 0; from < len(u.changes); {
		to := from + 1
		for to < len(u.changes) && u.changes[to].shape == u.changes[from].shape {
			to++
		}
		if err := u.batch(ctx, tx, from, to); err != nil {
			u.s.failed = err
			return err
		}
		from = to
	}
	return nil
}

// batch sends entities that send the same columns.
func (u *upsert) batch(ctx context.Context, tx *engine.Tx, from, to int) error {
	changes := u.changes[from:to]
	sh := changes[0].shape
	b := &engine.InsertBatch{
		Table: u.m.stored(), Columns: sh.columns, Exprs: sh.exprs, Returning: sh.returning, N: len(changes), Conflict: u.on,
		OverridingAlways: sh.always,
		Bind:             func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return changes[i].appendValues(dst) },
	}
	b.Store = func(i int, row sqltype.Row) error { return u.m.store(changes[i].st.obj, sh.filled, row) }
	if u.on.Resolution() == expr.Change {
		all, fresh := u.m.keyFirst(), u.m.slab(min(len(changes), slabSize), slabSize)
		b.Returning = columnsOf(all)
		b.Store = func(i int, row sqltype.Row) error {
			u.rows[from+i].read = fresh.next()
			return u.m.store(u.rows[from+i].read, all, row)
		}
	}
	b.Outcome = func(i int, o Outcome) { u.rows[from+i].outcome = o }
	if err := tx.Insert(ctx, b); err != nil {
		return flushError(u.m, changes, "upsert", err)
	}
	snaps := u.m.snapshots(len(changes))
	for i := from; i < to; i++ {
		if err := u.settle(i, snaps); err != nil {
			return err
		}
	}
	return nil
}

// keyFirst returns all attributes, those of the key first.
func (m *mapper) keyFirst() []*attr {
	out := append([]*attr{}, m.key...)
	for _, a := range m.attrs {
		if !a.col.IsPrimaryKey() {
			out = append(out, a)
		}
	}
	return out
}

// settle makes the session know what became of a row.
func (u *upsert) settle(i int, snaps *snapshots) error {
	row, st := &u.rows[i], u.changes[i].st
	row.done = true
	if row.outcome == Skipped {
		u.leave(i)
		return nil
	}
	read := st.obj
	if row.read != nil {
		read = row.read
	}
	var err error
	if st.ikey, st.skey, err = u.m.identity(read); err != nil {
		return err
	}
	if row.outcome == Updated && u.m.keyKind != keyNone {
		if known := u.s.identities(st.kin()).get(u.m, st.ikey, st.skey); known != nil && known.belongs() {
			return u.refresh(i, known, snaps)
		}
	}
	if row.read != nil {
		for _, a := range u.m.attrs {
			a.copyField(st.obj, row.read)
		}
	}
	if err := snaps.take(st); err != nil {
		return err
	}
	st.status, st.epoch, st.wish, st.bonds = persistent, u.s.epoch, nil, nil
	u.s.undo = append(u.s.undo, undo{made: &made{inserted: []*state{st}, given: row.given}})
	u.s.enlist(st)
	u.s.register(st)
	return nil
}

// refresh gives the session's object of a row what the row holds now.
func (u *upsert) refresh(i int, known *state, snaps *snapshots) error {
	row := &u.rows[i]
	u.s.undo = append(u.s.undo, undo{st: known, before: known.status, snap: known.snap})
	known.epoch = u.s.epoch
	row.stands = known.obj
	u.leave(i)
	_, err := known.overwrite(row.read, snaps)
	return err
}

// leave lets go of an entity, which is as it was given.
func (u *upsert) leave(i int) {
	st := u.changes[i].st
	u.s.drop(st)
	u.m.copy(st.obj, u.rows[i].given)
}

// giveBack lets go, after a failure, of the entities of which nothing became.
func (u *upsert) giveBack() {
	for i := range u.rows {
		if !u.rows[i].done {
			u.leave(i)
		}
	}
}
