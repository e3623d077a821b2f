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
// nothing else, which costs less to encode again than to keep.
func (m *mapper) holdsAll(attrs []*attr) bool {
	u := &m.updates
	return m.levels == nil && m.keyKind != keyNone && u.version == nil && len(u.renewed)+len(u.fetched) == 0 &&
		!slices.ContainsFunc(attrs, func(a *attr) bool { return !a.codec.Cheap })
}

// bulkUpdatePlain is BulkUpdate where nothing has to be kept of an entity but itself.
func (s *Session) bulkUpdatePlain(ctx context.Context, m *mapper, list []mem.Pointer, attrs []*attr) error {
	at := s.spot(m)
	back, err := s.over(m)
	defer back()
	if err != nil {
		return err
	}
	tx, err := s.writing(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err := m.bulkWritable(ctx, tx, p, attrs); err != nil {
			return err
		}
	}
	if err := s.autoflush(ctx); err != nil {
		return err
	}
	err = tx.Update(ctx, &engine.UpdateBatch{
		Table: m.table, Set: columnsOf(attrs), Key: m.updates.keyColumns, N: len(list), WithoutDefaults: true,
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			for _, a := range attrs {
				v, err := a.encode(list[i])
				if err != nil {
					return dst, m.valueError(list[i], a, err)
				}
				dst = append(dst, v)
			}
			return m.appendRowKey(dst, list[i])
		},
	})
	if err != nil {
		s.failed = flushError(m, m.looseChanges(list, at), "update", err)
		return s.failed
	}
	for _, p := range list {
		if err := s.echo(m, at, p, attrs); err != nil {
			return err
		}
	}
	return nil
}

// bulkWritable refuses an entity whose row is not known, or with a value that can't be
// written.
func (m *mapper) bulkWritable(ctx context.Context, tx *engine.Tx, p mem.Pointer, attrs []*attr) error {
	if p == nil {
		return nilEntity(reflect.PointerTo(m.goType))
	}
	if err := m.bulkKeyed(p); err != nil {
		return err
	}
	for _, a := range attrs {
		v, err := a.encode(p)
		if err == nil {
			err = tx.CheckValue(ctx, a.col.Type, v)
		}
		if err != nil {
			return m.valueError(p, a, err)
		}
	}
	return nil
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
