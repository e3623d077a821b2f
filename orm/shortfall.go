package orm

import (
	"context"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// of returns the loader of rows of one type.
func (l *loader) of(k *kindReading) *loader {
	if sub := l.byKind[k]; sub != nil {
		return sub
	}
	sub := &loader{
		s: l.s, m: k.m, site: l.site, columns: k.at, track: l.track, once: l.once, locking: l.locking, populate: l.populate, own: l.own,
		objects: k.m.slab(firstSlab, slabSize), snaps: k.m.snapshotsOfRows(firstSlab),
	}
	if k.short {
		sub.short = &shortfall{m: k.m, columns: k.at}
	}
	if l.byKind == nil {
		l.byKind = map[*kindReading]*loader{}
	}
	l.byKind[k] = sub
	return sub
}

// otherKind says that a row is of another type than the object that the session
// has of it.
func (st *state) otherKind(m *mapper) error {
	return fmt.Errorf("orm: %s is a row that says now that it is a %s; expunge the object before reading it", st.m.describe(st.obj), m.goType)
}

// shortfall is the entities of one type whose columns were read in part.
type shortfall struct {
	m       *mapper
	columns []int
	rows    []shortRow
}

// shortRow is one of them; st is nil where nothing notices its changes.
type shortRow struct {
	p  mem.Pointer
	st *state
}

func (f *shortfall) add(p mem.Pointer, st *state) { f.rows = append(f.rows, shortRow{p, st}) }

// ended ends the reading of an entity, or notes that there is more to be read of it.
func (l *loader) ended(st *state, p mem.Pointer) error {
	if l.short != nil {
		l.short.add(p, st)
		return nil
	}
	return l.m.loaded(p)
}

// keepUnread gives what was read the columns that it lacks and the entity has.
func (l *loader) keepUnread(obj, read mem.Pointer) {
	for i, a := range l.m.attrs {
		if l.columns[i] < 0 && !a.deferred {
			a.copyField(read, obj)
		}
	}
}

// complete reads what is still to be read of the entities, by a statement for each
// type.
func (l *loader) complete(ctx context.Context) error {
	for _, sub := range l.byKind {
		if sub.short == nil || len(sub.short.rows) == 0 {
			continue
		}
		rows := sub.short.rows
		sub.short.rows = nil
		for list := range slices.Chunk(rows, keysAtOnce) {
			if err := sub.fill(ctx, list); err != nil {
				sub.forget(rows)
				return err
			}
		}
	}
	return nil
}

// forget takes entities that are not whole out of the session.
func (l *loader) forget(rows []shortRow) {
	for _, r := range rows {
		if r.st != nil {
			l.s.drop(r.st)
		}
	}
	l.s.sweep()
}

// fill reads what the entities lack.
func (l *loader) fill(ctx context.Context, rows []shortRow) error {
	m := l.m
	attrs := slices.Clone(m.key)
	for i, a := range m.attrs {
		if l.columns[i] < 0 && !a.deferred {
			attrs = append(attrs, a)
		}
	}
	var keys [][]sqltype.Value
	byKey := map[string][]shortRow{}
	for _, r := range rows {
		key, err := m.appendKey(nil, r.p)
		if err != nil {
			return err
		}
		name := keyName(key)
		if byKey[name] == nil {
			keys = append(keys, key)
		}
		byKey[name] = append(byKey[name], r)
	}
	l.s.loadsSent++
	q := expr.NewSelect(refsOf(attrs, m.table)...).From(m.table).Where(isOneOf(refsOf(m.key, m.table), m.key, keys))
	res, err := l.open(ctx, q)
	if err != nil {
		return err
	}
	for res.Next() {
		if err := l.fillRow(res.Row(), attrs, byKey); err != nil {
			res.Close()
			return err
		}
	}
	if err := res.Close(); err != nil {
		return l.s.fail(err)
	}
	for _, list := range byKey {
		return fmt.Errorf("orm: %s has no row in %s: it was deleted meanwhile, or its row says that it is of another type", m.describe(list[0].p), m.stored().FullName())
	}
	return nil
}

func (l *loader) fillRow(row sqltype.Row, attrs []*attr, byKey map[string][]shortRow) error {
	m := l.m
	read := m.zero()
	if err := m.store(read, attrs, row); err != nil {
		return err
	}
	key, err := m.appendKey(nil, read)
	if err != nil {
		return err
	}
	name := keyName(key)
	for _, r := range byKey[name] {
		for _, a := range attrs[len(m.key):] {
			a.copyField(r.p, read)
		}
		if r.st != nil {
			if err := l.snaps.take(r.st); err != nil {
				return err
			}
		}
		if err := m.loaded(r.p); err != nil {
			return err
		}
	}
	delete(byKey, name)
	return nil
}
