package orm

import (
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// SoftDelete is embedded in an entity, and SoftDeleteColumns in its struct of
// columns, with NewSoftDelete in the literal: Session.Delete then marks the row
// instead of deleting it, and queries and loads don't see it, but for those that
// say Unrestricted. What refers to a marked row stays as it is, but for what the
// relationship has deleted with it, which is marked where it can be. An object whose row is marked already is deleted for good;
// statements delete for good what they reach, and marked rows only where they say
// Unrestricted.
type SoftDelete struct {
	DeletedAt *time.Time
}

// SoftDeleteColumns is the column of SoftDelete.
type SoftDeleteColumns struct {
	DeletedAt schema.Time
}

// NewSoftDelete declares the column, deleted_at.
func NewSoftDelete() SoftDeleteColumns { return SoftDeleteColumns{DeletedAt: schema.Timestamp()} }

// Criteria hides rows that are marked.
func (c *SoftDeleteColumns) Criteria() []expr.Predicate {
	return []expr.Predicate{c.DeletedAt.IsNull()}
}

// softDeletion finds the attribute that marks a row as deleted, or nil.
func (m *mapper) softDeletion() *attr {
	f, ok := m.goType.FieldByName("SoftDelete")
	if !ok || !f.Anonymous || f.Type != reflect.TypeFor[SoftDelete]() {
		return nil
	}
	for _, a := range m.attrs {
		if a.offset == f.Offset && len(f.Index) == 1 {
			return a
		}
	}
	return nil
}

// marker returns the attribute by which the deletion of an entity marks its row,
// and its mapper; nil where it is deleted for good.
func (st *state) marker() (*mapper, *attr, error) {
	m := st.m
	if m.levels != nil {
		m = m.levels[0]
	}
	a := m.updates.softDelete
	if a == nil || st.wish != nil && st.wish.forGood {
		return m, nil, nil
	}
	if v, err := a.encode(st.snap); err != nil || !v.IsNull() {
		return m, nil, err
	}
	return m, a, nil
}

// softDelete returns the update that marks a row, or nil where it is to be
// deleted for good.
func (st *state) softDelete() (*change, error) {
	m, a, err := st.marker()
	if a == nil || err != nil {
		return nil, err
	}
	c := newUpdate(st, nil, nil)
	if m != st.m {
		c.more.level = m
	}
	c.more.soft = true
	now := time.Now().UTC()
	v := sqltype.InstantValue(now)
	if a.col.Type.Kind() == sqltype.KindDateTime {
		v = sqltype.DateTimeValue(now)
	}
	if err := c.setMade(a, v); err != nil {
		return nil, st.m.valueError(st.obj, a, err)
	}
	return c, c.addRenewals()
}

// markedDeleted takes an object whose row was marked out of the session.
func (s *Session) markedDeleted(st *state) {
	s.undo = append(s.undo, undo{st: st, before: persistent, snap: st.snap})
	st.status = deleted
	s.moved(st, Persistent, Deleted)
	s.identities(st.kin()).remove(st)
}
