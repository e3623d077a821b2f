package orm

import (
	"context"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// BulkInsert inserts entities now, in the session's transaction, without making
// them part of the session: it keeps nothing of them, hooks are not called, and
// relationships are not looked at. Rows that send the same columns are a batch.
// Ids and defaults come back into the entities; a rollback does not take them
// back.
func BulkInsert[T any](ctx context.Context, s *Session, entities []*T, opts ...AddOption) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	m, err := s.mapperFor(reflect.TypeFor[T](), opts)
	if err != nil {
		return err
	}
	states, err := m.loose(pointers(entities), s.spot(m))
	if err != nil || len(states) == 0 {
		return err
	}
	for _, st := range states {
		for _, o := range opts {
			if err := o.apply(st); err != nil {
				return err
			}
		}
	}
	return s.bulkInsert(ctx, m, states)
}

// loose makes states that are of no session.
func (m *mapper) loose(list []mem.Pointer, at siteID) ([]*state, error) {
	slab := make([]state, len(list))
	out := make([]*state, len(list))
	for i, p := range list {
		if p == nil {
			return nil, nilEntity(reflect.PointerTo(m.goType))
		}
		slab[i] = state{m: m, obj: p, status: pending, at: at}
		out[i] = &slab[i]
	}
	return out, nil
}

func (s *Session) bulkInsert(ctx context.Context, m *mapper, states []*state) error {
	if s.opts.sharding != nil {
		if err := s.place(states, nil); err != nil {
			return err
		}
	}
	w := &work{}
	changes := insertsOf(states)
	if errs := collectInserts(changes); len(errs) > 0 {
		return errs[0]
	}
	w.add(changes)
	_, err := s.siteOf(m)
	if err == nil && s.opts.tx.ReadOnly {
		err = errSessionReads
	}
	if err == nil {
		err = w.begin(ctx, s)
	}
	if err != nil {
		w.unfill()
		return err
	}
	var steps []step
	for _, t := range w.tables {
		steps = appendSteps(steps, t.inserts)
	}
	for _, x := range steps {
		m, sh := x.m, x.changes[0].shape
		for _, c := range x.changes {
			if err := c.settle(); err != nil {
				return err
			}
		}
		err := s.sites[x.changes[0].st.at].tx.Insert(ctx, &engine.InsertBatch{
			Table: m.table, Columns: sh.columns, Exprs: sh.exprs, OverridingAlways: sh.always, Returning: sh.returning, N: len(x.changes),
			Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) { return x.changes[i].appendValues(dst) },
			Store: func(i int, row sqltype.Row) error {
				return m.store(x.changes[i].st.obj, sh.filled, row)
			},
		})
		if err != nil {
			s.failed = flushError(m, x.changes, "insert", err)
			return s.failed
		}
	}
	return nil
}

// writing returns the transaction for a statement that writes.
func (s *Session) writing(ctx context.Context) (*engine.Tx, error) {
	if s.opts.tx.ReadOnly {
		return nil, errSessionReads
	}
	return s.transaction(ctx)
}

// BulkUpdate sets columns of rows to what entities have, now, each row found by
// the entity's primary key, and by its version where it has one. The entities do
// not become part of the session; objects that the session has of the rows get
// the values. An entity without a key is refused before anything is sent, and a
// row that is not there is a *StaleError. Hooks are not called.
func BulkUpdate[T any](ctx context.Context, s *Session, entities []*T, columns ...expr.Expression) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	m, err := s.mapperFor(reflect.TypeFor[T](), nil)
	if err != nil {
		return err
	}
	attrs, err := m.attrsOf(columns)
	if err != nil {
		return err
	}
	if err := m.bulkSettable(attrs); err != nil || len(entities) == 0 {
		return err
	}
	if m.holdsAll(attrs) {
		return s.bulkUpdatePlain(ctx, m, pointers(entities), attrs)
	}
	states, err := m.loose(pointers(entities), s.spot(m))
	if err != nil {
		return err
	}
	batches, err := m.bulkUpdates(states, attrs)
	if err != nil {
		return err
	}
	tx, back, err := s.writingTo(ctx, m)
	defer back()
	if err != nil {
		return err
	}
	for _, c := range slices.Concat(batches...) {
		if a, err := c.verify(ctx, tx); err != nil {
			return m.valueError(c.st.obj, a, err)
		}
	}
	for _, changes := range batches {
		if err := s.bulkUpdate(ctx, tx, changes[0].m(), changes); err != nil {
			return err
		}
	}
	return nil
}

// writingTo returns the transaction for a statement that writes a mapper's rows, once
// what there was to flush is written. The session is at those rows until back.
func (s *Session) writingTo(ctx context.Context, m *mapper) (tx *engine.Tx, back func(), err error) {
	if err := s.autoflush(ctx); err != nil {
		return nil, func() {}, err
	}
	if back, err = s.over(m); err == nil {
		tx, err = s.writing(ctx)
	}
	return tx, back, err
}

// bulkSettable refuses attributes that can't be set in bulk.
func (m *mapper) bulkSettable(attrs []*attr) error {
	if len(attrs) > 0 && !slices.ContainsFunc(attrs, func(a *attr) bool { return a.col.IsPrimaryKey() || a.computed }) {
		return nil
	}
	return &ModelError{Entity: m.goType.String(), Reason: "is to be updated in bulk: name the columns to be set, not those of the key, nor such as the database computes"}
}

// bulkKeyed refuses an entity that names no row.
func (m *mapper) bulkKeyed(p mem.Pointer) error {
	if m.keySet(p) {
		return nil
	}
	return &ModelError{Entity: m.describe(p), Reason: "has no primary key, by which its row is to be updated; set it"}
}

// bulkUpdates makes the updates, those of each table together.
func (m *mapper) bulkUpdates(states []*state, attrs []*attr) ([][]*change, error) {
	var batches [][]*change
	var memory changeMemory
	for _, st := range states {
		if err := m.bulkKeyed(st.obj); err != nil {
			return nil, err
		}
		st.snap = st.obj
		c := memory.update(st, attrs)
		for _, a := range attrs {
			v, err := a.encode(st.obj)
			if err != nil {
				return nil, m.valueError(st.obj, a, err)
			}
			c.more.values = append(c.more.values, v)
		}
		parts, err := c.split(memory.parts[:0])
		if err != nil {
			return nil, err
		}
		memory.parts = parts
		for i, part := range parts {
			if i == len(batches) {
				batches = append(batches, make([]*change, 0, len(states)))
			}
			batches[i] = append(batches[i], part)
		}
	}
	return batches, nil
}

func (s *Session) bulkUpdate(ctx context.Context, tx *engine.Tx, m *mapper, changes []*change) error {
	b := &engine.UpdateBatch{
		Table: m.table, Set: columnsOf(changes[0].attrs()), Exprs: changes[0].read().exprs, Key: m.updates.keyColumns, N: len(changes), WithoutDefaults: true,
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return m.appendRowKey(changes[i].appendSet(dst), changes[i].st.obj)
		},
	}
	m.fetchUpdated(b, changes)
	if err := tx.Update(ctx, b); err != nil {
		s.failed = flushError(m, changes, "update", err)
		return s.failed
	}
	if m.keyKind == keyNone {
		return nil
	}
	attrs := slices.Concat(changes[0].attrs(), m.updates.fetched)
	for _, c := range changes {
		c.renew()
		if err := s.echo(m, c.st.at, c.st.obj, attrs); err != nil {
			return err
		}
	}
	return nil
}

// echo gives the session's own object of a row what was written of another.
func (s *Session) echo(m *mapper, at siteID, p mem.Pointer, attrs []*attr) error {
	im := s.identitiesOf(kinOf(m, at))
	if im == nil || im.empty() {
		return nil
	}
	ikey, skey, err := m.identity(p)
	if err != nil {
		return err
	}
	st := im.get(m, ikey, skey)
	if st == nil || st.status != persistent || st.obj == p {
		return nil
	}
	s.undo = append(s.undo, undo{st: st, before: persistent, snap: st.snap})
	m.copyAttrs(st.obj, p, attrs)
	return st.settle(attrs)
}
