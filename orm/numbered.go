package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Numbered keeps the places of the entities in a column of T's table: the first
// has the number from. The relationship is loaded in that order. A flush numbers
// what was added, moved or taken out; what is added to entities that are not
// loaded, or not all of them, comes after the last.
func (h HasMany[E, T]) Numbered(column string, from int) HasMany[E, T] {
	h.numbered = &numbered{column: column, from: from}
	return h
}

// Insert puts entities before the one at a place, counted from 0; those that are
// there already are moved. A relationship that is Numbered keeps the place. Where
// they were not loaded it is a *NotLoadedError.
func (m *Many[T]) Insert(at int, ts ...*T) error {
	if err := m.core.readable(); err != nil {
		return err
	}
	if at < 0 || at > len(m.core.items) {
		return fmt.Errorf("orm: Insert at %d of %d entities: take a place from 0 to %d", at, len(m.core.items), len(m.core.items))
	}
	m.core.insert(at, pointers(ts))
	return nil
}

func (m *toMany) insert(at int, ps []mem.Pointer) {
	moved := func(p mem.Pointer) bool { return slices.Contains(ps, p) }
	out := slices.DeleteFunc(slices.Clone(m.items[:at]), moved)
	for _, p := range ps {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	m.items = append(out, slices.DeleteFunc(slices.Clone(m.items[at:]), moved)...)
	m.forgetIndex()
	for _, p := range ps {
		m.tell(p, true)
	}
}

// numbered is the column that has the places of what belongs to an entity.
type numbered struct {
	column string
	from   int
	attr   *attr // that resolveNumber finds
}

func (r *relation) resolveNumber() error {
	if r.numbered == nil || r.local == nil {
		return nil
	}
	n := *r.numbered
	i := slices.IndexFunc(r.target.attrs, func(a *attr) bool { return a.col.Name == n.column })
	switch {
	case i < 0:
		return r.problem("is Numbered by %q, and %s has no such column: add the field, or mend the name", n.column, r.target.goType)
	case r.target.attrs[i].codec.Type.Kind() != sqltype.KindInt64:
		return r.problem("is Numbered by %s, which has no whole numbers: make it one", r.target.attrs[i].col.FullName())
	}
	n.attr = r.target.attrs[i]
	r.numbered = &n
	return nil
}

// order is that in which what belongs to an entity is loaded where nobody says
// another: by its number, and by the primary key.
func (r *relation) order(from expr.Source) []expr.Order {
	if r.numbered == nil || r.numbered.attr == nil {
		return r.target.keyOrder(from)
	}
	return append([]expr.Order{{X: r.numbered.attr.column(from)}}, r.target.keyOrder(from)...)
}

// partly reports whether what the plan loads is not all, or in another order than
// its own.
func (p *loadPlan) partly() bool {
	return len(p.where) > 0 || len(p.order) > 0 || p.limit != nil || p.how == inJoin
}

// numbering is the part of a flush that numbers what belongs to entities.
type numbering struct {
	s     *Session
	late  map[*relation]*latecomers
	rels  []*relation // of late
	known map[*state]bool
}

// latecomers are added to entities of whose others not all are known.
type latecomers struct {
	owners []*state
	of     map[*state][]*state
}

// number numbers what it can without asking the database.
func (r *relating) number() error {
	n := &r.numbering
	*n = numbering{s: r.s, late: map[*relation]*latecomers{}, known: map[*state]bool{}}
	for _, st := range r.s.pending {
		if err := n.visit(st); err != nil {
			return err
		}
	}
	for st := range r.changed {
		if err := n.visit(st); err != nil {
			return err
		}
	}
	for _, b := range r.order {
		n.given(b)
	}
	return nil
}

// numberLate numbers what comes after others that the session does not have.
func (r *relating) numberLate(ctx context.Context) error {
	if r == nil {
		return nil
	}
	for _, rel := range r.numbering.rels {
		if err := r.numbering.after(ctx, rel, r.numbering.late[rel]); err != nil {
			return err
		}
	}
	return nil
}

// visit numbers what one entity has.
func (n *numbering) visit(st *state) error {
	for _, rel := range st.m.relations {
		if rel.numbered == nil || rel.many(st).same() {
			continue
		}
		many := rel.many(st)
		if st.status == pending || many.loaded && !many.partly {
			if err := n.count(rel, many.items); err != nil {
				return err
			}
			continue
		}
		if many.loaded && !sameOrder(many.was(), many.items) {
			return &EntityError{Entity: st.m.describe(st.obj), Field: rel.field.name, Err: errPartOfOrder}
		}
		for _, p := range without(many.items, many.was()) {
			if child := n.s.held(p); child != nil {
				n.comesLate(rel, st, child)
			}
		}
	}
	return nil
}

var errPartOfOrder = errors.New("has another order, and was loaded by conditions, a limit or an order of the query, so that the places of the others are not known: load it without these first")

// sameOrder reports whether what is in both has the same order in both.
func sameOrder(a, b []mem.Pointer) bool {
	kept := func(of, in []mem.Pointer) []mem.Pointer {
		gone := without(of, in)
		return without(of, gone)
	}
	return slices.Equal(kept(a, b), kept(b, a))
}

// count numbers entities one after the other.
func (n *numbering) count(rel *relation, items []mem.Pointer) error {
	next := rel.numbered.from
	for _, p := range items {
		child := n.s.held(p)
		if child == nil || child.status == deleting || child.status == deleted {
			continue
		}
		n.known[child] = true
		if err := rel.numbered.attr.decodeValue(child, sqltype.Int64Value(int64(next))); err != nil {
			return err
		}
		next++
	}
	return nil
}

// given sees what was given to a parent from its own side, where the parent does
// not have it among its others.
func (n *numbering) given(b *bond) {
	if b.parent == nil || b.rel.kind != belongsTo {
		return
	}
	for _, rel := range b.rel.inverse() {
		if rel.numbered != nil && rel.many(b.parent).readable() != nil && !n.known[b.child] {
			n.comesLate(rel, b.parent, b.child)
		}
	}
}

func (n *numbering) comesLate(rel *relation, owner, child *state) {
	l := n.late[rel]
	if l == nil {
		l = &latecomers{of: map[*state][]*state{}}
		n.late[rel], n.rels = l, append(n.rels, rel)
	}
	if l.of[owner] == nil {
		l.owners = append(l.owners, owner)
	}
	n.known[child] = true
	l.of[owner] = append(l.of[owner], child)
}

// after numbers latecomers after the last that the database has.
func (n *numbering) after(ctx context.Context, rel *relation, l *latecomers) error {
	last, err := n.lastNumbers(ctx, rel, l.owners)
	if err != nil {
		return err
	}
	for _, owner := range l.owners {
		_, name, err := rel.keyOf(nil, owner.snap)
		if err != nil {
			return err
		}
		next, some := last[name]
		if !some {
			next = int64(rel.numbered.from) - 1
		}
		for _, child := range l.of[owner] {
			next++
			if err := rel.numbered.attr.decodeValue(child, sqltype.Int64Value(next)); err != nil {
				return err
			}
		}
	}
	return nil
}

// lastNumbers asks the database for the highest number that each of the owners
// has.
func (n *numbering) lastNumbers(ctx context.Context, rel *relation, owners []*state) (map[ownerKey]int64, error) {
	var keys [][]sqltype.Value
	for _, st := range owners {
		key, _, err := rel.keyOf(nil, st.snap)
		if err != nil {
			return nil, err
		}
		if key != nil {
			keys = append(keys, key)
		}
	}
	out := map[ownerKey]int64{}
	for from := 0; from < len(keys); from += keysAtOnce {
		if err := n.readNumbers(ctx, rel, keys[from:min(from+keysAtOnce, len(keys))], out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *numbering) readNumbers(ctx context.Context, rel *relation, keys [][]sqltype.Value, out map[ownerKey]int64) error {
	from := rel.target.table
	belongs := refsOf(rel.remote, from)
	stmt := expr.NewSelect(append(belongs, expr.NumColumn[int64](from, rel.numbered.column).Max())...).
		From(from).Where(isOneOf(belongs, rel.local, keys)).Where(rel.onlyWhen(from)...).GroupBy(belongs...)
	sites, err := n.s.forQuery(rel.target, func() *expr.Select { return stmt })
	for _, id := range sites {
		if err == nil {
			err = n.readAt(ctx, rel, stmt, id, out)
		}
	}
	return err
}

func (n *numbering) readAt(ctx context.Context, rel *relation, stmt *expr.Select, site siteID, out map[ownerKey]int64) error {
	defer n.s.at(site)()
	tx, err := n.s.transaction(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, stmt)
	if err != nil {
		return n.s.fail(err)
	}
	scratch := rel.owner.zero()
	for rows.Next() {
		name, err := rel.keyInRow(rows, scratch, 0)
		if err != nil {
			rows.Close()
			return err
		}
		if at := len(rel.local); !rows.Row().IsNull(at) {
			out[name] = max(out[name], rows.Row().Int64(at))
		}
	}
	return n.s.fail(rows.Close())
}
