package orm

import (
	"context"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// holdsAll reports whether an update of the attributes writes what entities hold and
// nothing else, so that nothing but its values has to be kept of an entity.
func (m *mapper) holdsAll(attrs []*attr) bool {
	u := &m.updates
	return m.levels == nil && m.keyKind != keyNone && u.version == nil && len(u.renewed)+len(u.fetched) == 0 &&
		!slices.ContainsFunc(attrs, func(a *attr) bool { return !a.codec.Cheap })
}

// bulkUpdatePlain is BulkUpdate of such entities.
func (s *Session) bulkUpdatePlain(ctx context.Context, m *mapper, list []mem.Pointer, attrs []*attr) error {
	at, n := s.spot(m), len(attrs)
	values := make([]sqltype.Value, 0, n*len(list))
	for _, p := range list {
		var err error
		if values, err = m.appendBulk(values, p, attrs); err != nil {
			return err
		}
	}
	tx, back, err := s.writingTo(ctx, m)
	defer back()
	if err != nil {
		return err
	}
	checked := refusable(tx, attrs)
	for i, p := range list {
		for _, j := range checked {
			if err := tx.CheckValue(ctx, attrs[j].col.Type, values[i*n+j]); err != nil {
				return m.valueError(p, attrs[j], err)
			}
		}
	}
	err = tx.Update(ctx, &engine.UpdateBatch{
		Table: m.table, Set: columnsOf(attrs), Key: m.updates.keyColumns, N: len(list), WithoutDefaults: true,
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			dst = append(dst, values[i*n:(i+1)*n]...)
			return m.appendRowKey(dst, list[i])
		},
	})
	if err != nil {
		s.failed = flushError(m, m.looseChanges(list, at), "update", err)
		return s.failed
	}
	return s.echoAll(m, at, list, attrs)
}

// refusable are those of the attributes that may have values that the database can't
// hold.
func refusable(tx *engine.Tx, attrs []*attr) []int {
	var out []int
	for j, a := range attrs {
		if kind, _, ok := a.codec.Plain(); !ok || tx.MayRefuse(kind) {
			out = append(out, j)
		}
	}
	return out
}

// echoAll gives the session's own objects of rows what was written of others.
func (s *Session) echoAll(m *mapper, at siteID, list []mem.Pointer, attrs []*attr) error {
	if im := s.identitiesOf(kinOf(m, at)); im == nil || im.empty() {
		return nil
	}
	for _, p := range list {
		if err := s.echo(m, at, p, attrs); err != nil {
			return err
		}
	}
	return nil
}

// appendBulk appends the values that are written of an entity. One whose row is not
// known, or with a value that can't be written, is an error.
func (m *mapper) appendBulk(dst []sqltype.Value, p mem.Pointer, attrs []*attr) ([]sqltype.Value, error) {
	if p == nil {
		return dst, nilEntity(reflect.PointerTo(m.goType))
	}
	if err := m.bulkKeyed(p); err != nil {
		return dst, err
	}
	for _, a := range attrs {
		var err error
		if dst, err = a.appendTo(dst, p); err != nil {
			return dst, m.valueError(p, a, err)
		}
	}
	return dst, nil
}

// looseChanges are changes of entities that are of no session, by which an error names
// them.
func (m *mapper) looseChanges(list []mem.Pointer, at siteID) []*change {
	states, _ := m.loose(list, at) // none is nil
	changes := make([]*change, len(states))
	for i, st := range states {
		changes[i] = &change{st: st}
	}
	return changes
}
