package orm

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// MergeOption is an option of Merge.
type MergeOption interface{ applyMerge(o *merging) error }

// merging is what a call of Merge is to do.
type merging struct {
	done  map[mem.Pointer]mem.Pointer // what became of given objects
	m     *mapper
	only  []*attr
	trust bool
}

type mergeFunc func(o *merging) error

func (f mergeFunc) applyMerge(o *merging) error { return f(o) }

// MergeOnly copies these columns only; where there is no row yet, all are.
func MergeOnly(columns ...expr.Expression) MergeOption {
	return mergeFunc(func(o *merging) (err error) {
		o.only, err = o.m.attrsOf(columns)
		return err
	})
}

// MergeClean takes the given object for what its row is, without asking the
// database: one that comes from a cache, or from another session. Nothing of it
// is written.
func MergeClean() MergeOption {
	return mergeFunc(func(o *merging) error {
		o.trust = true
		return nil
	})
}

// Merge copies the fields of an object, which may come from anywhere and is not
// changed, onto the session's object of the same primary key, and returns that.
// The session reads it first if it has none. Where there is no row, or the key is
// not set, a copy is added as new. All fields are copied, also those that are
// zero; see MergeOnly. What the object is related to is merged with it, as far as
// that was loaded or given: a Many that has entities is made to have these and no
// others.
func Merge[T any](ctx context.Context, s *Session, given *T, opts ...MergeOption) (*T, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	p, err := s.merge(ctx, reflect.TypeFor[T](), mem.Pointer(given), opts)
	return (*T)(p), err
}

// MergeAll merges objects in order.
func MergeAll[T any](ctx context.Context, s *Session, given []*T, opts ...MergeOption) ([]*T, error) {
	out := make([]*T, len(given))
	for i, g := range given {
		var err error
		if out[i], err = Merge(ctx, s, g, opts...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Session) merge(ctx context.Context, t reflect.Type, given mem.Pointer, opts []MergeOption) (mem.Pointer, error) {
	if given == nil {
		return nil, nilEntity(reflect.PointerTo(t))
	}
	m, err := s.mapperFor(t, nil)
	if err != nil {
		return nil, err
	}
	o := merging{m: m, done: map[mem.Pointer]mem.Pointer{}}
	for _, opt := range opts {
		if err := opt.applyMerge(&o); err != nil {
			return nil, err
		}
	}
	before := s.opts.noAutoflush
	defer func() { s.opts.noAutoflush = before }()
	return s.mergeOne(ctx, &o, m, given, nil)
}

// mergeOne merges one object, and what it is related to. Of the attributes in
// filled, which a relationship fills, those are left alone that are not set.
func (s *Session) mergeOne(ctx context.Context, o *merging, m *mapper, given mem.Pointer, filled []*attr) (mem.Pointer, error) {
	if p := o.done[given]; p != nil {
		return p, nil
	}
	if s.held(given) != nil {
		return given, nil // it is the session's own
	}
	st, err := s.mergeRow(ctx, o, m, given, filled)
	if err != nil {
		return nil, err
	}
	o.done[given] = st.obj
	if st.m != m || o.only != nil {
		return st.obj, nil
	}
	s.opts.noAutoflush = true // until all is merged
	return st.obj, s.mergeRelated(ctx, o, given, st)
}

// mergeRow merges the columns of one object.
func (s *Session) mergeRow(ctx context.Context, o *merging, m *mapper, given mem.Pointer, filled []*attr) (*state, error) {
	if o.trust {
		return s.mergeClean(m, given)
	}
	st, err := s.mergeTarget(ctx, m, given)
	if err != nil {
		return nil, err
	}
	if st == nil {
		p := m.zero()
		m.copyAttrs(p, given, m.attrs)
		return s.begin(m, p)
	}
	if st.status == deleting || st.status == deleted {
		return nil, &ModelError{Entity: m.describe(given), Reason: "is deleted in this session, and can't be merged"}
	}
	attrs := o.only
	if attrs == nil {
		for _, r := range m.relations {
			if r.kind == belongsTo && r.rule == nil && r.oneAt(given).item != nil {
				filled = append(slices.Clip(filled), r.local...)
			}
		}
		attrs = slices.DeleteFunc(slices.Clone(m.attrs), func(a *attr) bool {
			return slices.Contains(filled, a) && a.codec.IsZero(a.at(given))
		})
	}
	m.copyAttrs(st.obj, given, attrs)
	return st, nil
}

// mergeTarget finds the session's object of the key, or reads it. It is nil
// where there is no row.
func (s *Session) mergeTarget(ctx context.Context, m *mapper, given mem.Pointer) (*state, error) {
	if !m.keySet(given) || m.keyKind == keyNone {
		return nil, nil
	}
	key, err := m.appendKey(nil, given)
	if err != nil {
		return nil, err
	}
	if st := s.fresh(m, key); st != nil {
		return st, nil
	}
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	if st := s.fresh(m, key); st != nil {
		return st, nil
	}
	stmt := m.query()
	for i, a := range m.key {
		stmt = stmt.Where(a.compare(m.table, expr.OpEq, key[i]))
	}
	if _, err := s.plainLoader(m, m.reads).load(ctx, stmt); err != nil {
		return nil, err
	}
	return s.known(m, key), nil
}

// plainLoader returns the loader of a query without options.
func (s *Session) plainLoader(m *mapper, r *reading) *loader {
	return &loader{s: s, m: m, site: s.spot(m), columns: r.at, n: r.width(), kinds: r.kinds, once: true, objects: m.slab(1, 1), snaps: *m.snapshots(1)}
}

// copyAttrs copies fields, so that what is changed in place in one object is not
// changed in the other.
func (m *mapper) copyAttrs(dst, src mem.Pointer, attrs []*attr) {
	for _, a := range attrs {
		if a.computed || a.missing(src) {
			continue
		}
		if a.ref >= 0 {
			if v, err := a.encode(src); err == nil {
				row := valueRow{values: []sqltype.Value{v.Clone()}}
				if a.codec.Decode(&row, 0, a.at(dst)) == nil && row.err == nil {
					continue
				}
			}
		}
		a.copyField(dst, src)
	}
}

// mergeClean makes the object of a row without reading it.
func (s *Session) mergeClean(m *mapper, given mem.Pointer) (*state, error) {
	if m.keyKind == keyNone || !m.keySet(given) {
		return nil, &ModelError{Entity: m.describe(given), Reason: "has no key, so that it can't be taken for a row; set it, or merge without MergeClean"}
	}
	if err := elsewhereDirty(m, given); err != nil {
		return nil, err
	}
	key, err := m.appendKey(nil, given)
	if err != nil {
		return nil, err
	}
	if st := s.known(m, key); st != nil {
		if changed, err := st.dirty(); changed || err != nil || st.status != persistent {
			return nil, fmt.Errorf("orm: %s was changed in this session; flush it before merging a clean one", m.describe(given))
		}
		m.copyRow(st.obj, given)
		return st, m.snapshots(1).take(st)
	}
	p := m.zero()
	m.copyRow(p, given)
	for _, r := range m.relations {
		r.mark(p)
		s.relates = true
	}
	return s.attach(m, p)
}

// copyRow copies all that a row has.
func (m *mapper) copyRow(dst, src mem.Pointer) {
	m.copyAttrs(dst, src, m.attrs)
	for _, a := range m.attrs {
		if a.computed {
			a.copyField(dst, src)
		}
	}
}

// elsewhereDirty refuses an object that another session has and that differs
// from its row.
func elsewhereDirty(m *mapper, p mem.Pointer) error {
	var found error
	holders.each(func(other *Session) bool {
		other.use.look(func() {
			st := other.held(p)
			if st == nil {
				return
			}
			if changed, err := st.differs(); changed || err != nil {
				found = &ModelError{Entity: m.describe(p), Reason: "has changes that its session has not flushed, so that it is not what its row is; flush them first, or merge without MergeClean"}
			}
		})
		return found == nil
	})
	return found
}

// differs reports whether the next flush would write the entity.
func (st *state) differs() (bool, error) {
	if st.status == persistent && st.snap != nil {
		changed, err := st.dirty()
		return changed || len(st.assignments()) > 0, err
	}
	return st.status == pending || st.status == deleting, nil
}

// attach makes an object, as it is, that of its row.
func (s *Session) attach(m *mapper, p mem.Pointer) (*state, error) {
	if s.spot(m) == spread {
		return nil, errSpread
	}
	ikey, skey, err := m.identity(p)
	if err != nil {
		return nil, err
	}
	st := s.newState()
	*st = state{m: m, obj: p, ikey: ikey, skey: skey, epoch: s.epoch, status: persistent, at: s.spot(m)}
	if err := m.snapshots(1).take(st); err != nil {
		return nil, err
	}
	s.enlist(st)
	s.register(st)
	return st, nil
}

// Attach makes an object that has the key of a row part of the session again,
// such as one that was expunged, or that another session had. It is taken for
// what its row is, without asking the database: what changed before is not
// written.
func (s *Session) Attach(entity any) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	t, p, err := pointerOf(entity)
	if err != nil {
		return err
	}
	if st := s.held(p); st != nil {
		return st.stays(t)
	}
	m, err := s.mapperFor(t, nil)
	if err != nil {
		return err
	}
	if m.keyKind == keyNone || !m.keySet(p) {
		return &ModelError{Entity: m.describe(p), Reason: "has no key, so that it can't be taken for a row; set it, or Add it"}
	}
	key, err := m.appendKey(nil, p)
	if err != nil {
		return err
	}
	if s.known(m, key) != nil {
		return &ModelError{Entity: m.describe(p), Reason: "is a row of which the session has another object; use Merge"}
	}
	if err := s.owned().claim(m, p); err != nil {
		return err
	}
	_, err = s.attach(m, p)
	return err
}
