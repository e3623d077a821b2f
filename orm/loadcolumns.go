package orm

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// LoadColumns reads Deferred columns of entities of the session which were read
// without them, and with each column those of its group, by one statement for
// all entities that lack one. What is there already, or was set, stays. The
// session flushes first. It is sqlerr.ErrNoRows if a row is gone.
func LoadColumns[T any](ctx context.Context, s *Session, entities []*T, columns ...expr.Expression) error {
	if err := s.ready(); err != nil {
		return err
	}
	defer s.leave()
	if len(entities) == 0 || len(columns) == 0 {
		return nil
	}
	l := &columnLoader{s: s, states: map[string]*state{}}
	if err := l.gather(pointers(entities), reflect.TypeFor[T](), columns); err != nil {
		return err
	}
	if err := s.autoflush(ctx); err != nil {
		return err
	}
	for from := 0; from < len(l.keys); from += keysAtOnce {
		if err := l.read(ctx, l.keys[from:min(from+keysAtOnce, len(l.keys))]); err != nil {
			return err
		}
	}
	for _, st := range l.states {
		return fmt.Errorf("orm: columns of %s: %w", st.m.describe(st.obj), sqlerr.ErrNoRows)
	}
	return nil
}

// columnLoader reads some columns of entities that are there.
type columnLoader struct {
	s      *Session
	m      *mapper
	attrs  []*attr
	keys   [][]sqltype.Value
	states map[string]*state // by key, those that were not met yet
}

func (l *columnLoader) gather(entities []mem.Pointer, t reflect.Type, columns []expr.Expression) error {
	for _, p := range entities {
		if p == nil {
			return nilEntity(reflect.PointerTo(t))
		}
		st, err := l.s.persistentState(reflect.NewAt(t, p).Interface())
		if err != nil {
			return err
		}
		if l.m == nil {
			l.m = st.m
			if err := l.choose(columns); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(l.attrs, func(a *attr) bool { return a.missing(p) }) {
			continue
		}
		key, err := l.m.appendKey(nil, st.snap)
		if err != nil {
			return err
		}
		name := keyName(key)
		if l.states[name] == nil {
			l.keys = append(l.keys, key)
		}
		l.states[name] = st
	}
	return nil
}

func (l *columnLoader) choose(columns []expr.Expression) error {
	list, err := l.m.attrsNamed(columns)
	for _, a := range list {
		if !a.deferred {
			return l.m.problem(a.name, "is not Deferred, and so was read already; use Refresh to read it again")
		}
		more := []*attr{a}
		if a.group != "" {
			more = l.m.groupOf(a.group)
		}
		for _, a := range more {
			if !slices.Contains(l.attrs, a) {
				l.attrs = append(l.attrs, a)
			}
		}
	}
	return err
}

func keyName(key []sqltype.Value) string {
	var buf []byte
	for _, v := range key {
		buf = appendKeyValue(buf, v)
	}
	return string(buf)
}

func (l *columnLoader) read(ctx context.Context, keys [][]sqltype.Value) error {
	all := append(slices.Clip(l.m.key), l.attrs...)
	key := refsOf(l.m.key, l.m.table)
	rows := &loader{s: l.s, m: l.m, site: l.s.spot(l.m)}
	res, err := rows.open(ctx, expr.NewSelect(refsOf(all, l.m.table)...).From(l.m.table).Where(isOneOf(key, l.m.key, keys)))
	if err != nil {
		return err
	}
	scratch, snaps := l.m.zero(), l.m.snapshots(len(keys))
	for res.Next() {
		err := l.m.store(scratch, all, res.Row())
		var key []sqltype.Value
		if err == nil {
			key, err = l.m.appendKey(nil, scratch)
		}
		name := keyName(key)
		if st := l.states[name]; err == nil && st != nil {
			delete(l.states, name)
			err = st.fill(l.attrs, scratch, snaps)
		}
		if err != nil {
			res.Close()
			return err
		}
		scratch = l.m.zero() // what was read may be shared now
	}
	if err := res.Close(); err != nil {
		return l.s.fail(err)
	}
	return nil
}

// fill gives an entity attributes that it lacks. What it has, it keeps.
func (st *state) fill(attrs []*attr, read mem.Pointer, snaps *snapshots) error {
	snap := snaps.next.next()
	st.m.copySnapshot(snap, st.snap)
	for _, a := range attrs {
		if !a.missing(st.snap) {
			continue
		}
		if a.ref >= 0 {
			v, err := a.encode(read)
			if err != nil {
				return st.m.valueError(read, a, err)
			}
			*st.m.keptAt(snap, a.ref) = v.Clone()
		}
		a.copyField(snap, read)
		if a.missing(st.obj) {
			a.copyField(st.obj, read)
		}
	}
	st.snap = snap
	return nil
}
