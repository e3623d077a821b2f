package orm

import (
	"context"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// origin is the statement that has read entities, and the source of it that has
// their columns.
type origin struct {
	stmt *expr.Select
	from expr.Source
}

// loadRelated loads a relationship of entities, and what the plan says of those
// that are found. Where one statement has read the owners, of is that.
func (s *Session) loadRelated(ctx context.Context, owners []mem.Pointer, p *loadPlan, track tracking, of *origin) error {
	if owners = p.fresh(p.rel.owner.among(owners)); len(owners) == 0 {
		return nil
	}
	return s.bySiteOf(owners, func(part []mem.Pointer) error { return s.loadRelatedThere(ctx, part, p, track, of) })
}

// loadRelatedThere is loadRelated for owners of one site.
func (s *Session) loadRelatedThere(ctx context.Context, owners []mem.Pointer, p *loadPlan, track tracking, of *origin) error {
	l := &relatedLoader{s: s, p: p, rel: p.rel, track: track}
	if err := p.rel.owner.ready(); err != nil {
		return err
	}
	if err := p.rel.target.ready(); err != nil {
		return err
	}
	if err := l.gather(owners); err != nil {
		return err
	}
	if err := l.query(ctx, of); err != nil {
		return err
	}
	if err := l.hand(owners); err != nil {
		return err
	}
	if l.eager.ends() {
		return nil
	}
	return l.eager.finish(ctx, s, l.items(), track, l.origin)
}

// fresh are the owners that an endless depth has not met yet.
func (p *loadPlan) fresh(owners []mem.Pointer) []mem.Pointer {
	if p.depth != endless {
		return owners
	}
	var out []mem.Pointer
	for _, o := range owners {
		if !p.seen[o] {
			p.seen[o] = true
			out = append(out, o)
		}
	}
	return out
}

func (s *Session) loadAll(ctx context.Context, owners []mem.Pointer, plans []*loadPlan, track tracking, of *origin) error {
	for _, p := range plans {
		p, err := p.apart()
		if err != nil {
			return err
		}
		if p.depth == endless && p.seen == nil { // the plan is the query's, and what was seen this run's
			run := *p
			run.seen = map[mem.Pointer]bool{}
			p = &run
		}
		if err := s.loadRelated(ctx, owners, p, track, of); err != nil {
			return err
		}
	}
	return nil
}

// relatedLoader loads one relationship of many entities.
type relatedLoader struct {
	s     *Session
	p     *loadPlan
	rel   *relation
	track tracking

	keys   [][]sqltype.Value // of owners, each once, those that are asked for
	groups groups            // which owners have the same key
	of     []int32           // the group of each owner; -1 for none
	rows   []foundFor        // what was found
	brief  brief             // the same of a statement each of whose rows is a new entity
	sorted *sorting          // the order that the rows get here, nil where the database sorts them

	eager  eager
	pairs  map[foundFor]bool // where a row may come several times
	origin *origin           // of what was found, where one statement has read it
	places bool              // each key is a parameter, however many there are
	sub    bool              // the owners are those of a subquery, which may have others too
}

// foundFor is an entity that was found for a group of owners.
type foundFor struct {
	group int32
	item  mem.Pointer
	place int64 // by which it is sorted, if it is
}

// gather collects the keys of the owners. What the session has is not asked for.
func (l *relatedLoader) gather(owners []mem.Pointer) error {
	l.groups.expect(len(owners))
	l.of = make([]int32, len(owners))
	values := make([]sqltype.Value, 0, len(owners)*len(l.rel.local))
	l.keys = make([][]sqltype.Value, 0, len(owners))
	for i, p := range owners {
		all, name, err := l.rel.keyOf(values, p)
		if err != nil {
			return err
		}
		if len(all) == len(values) {
			l.of[i] = -1
			continue
		}
		key := all[len(values):len(all):len(all)]
		group, known := l.groups.find(name)
		if known {
			l.of[i] = group
			continue
		}
		group = l.groups.add(name)
		l.of[i] = group
		if st := l.held(key); st != nil {
			l.rows = append(l.rows, foundFor{group: group, item: st.obj})
			continue
		}
		l.keys, values = append(l.keys, key), all
	}
	return nil
}

// keyOf appends the values by which the entity's row finds others, nothing where
// one of them is NULL, and returns a name of them.
func (r *relation) keyOf(dst []sqltype.Value, p mem.Pointer) ([]sqltype.Value, ownerKey, error) {
	if r.kind == belongsTo && !r.applies(p) {
		return dst, ownerKey{}, nil
	}
	return r.localKey(dst, p)
}

func (r *relation) localKey(dst []sqltype.Value, p mem.Pointer) ([]sqltype.Value, ownerKey, error) {
	out := dst
	for _, a := range r.local {
		v, err := a.encode(p)
		if err != nil {
			return dst, ownerKey{}, r.owner.valueError(p, a, err)
		}
		if v.IsNull() {
			return dst, ownerKey{}, nil
		}
		out = append(out, v.Clone())
	}
	key := out[len(dst):]
	if len(key) == 1 && key[0].Kind() == sqltype.KindInt64 {
		return out, ownerKey{n: key[0].Int64()}, nil
	}
	var name []byte
	for _, v := range key {
		name = appendKeyValue(name, v)
	}
	return out, ownerKey{s: string(name)}, nil
}

// hasKey reports whether none of the values is NULL by which the entity's row finds
// others.
func (r *relation) hasKey(p mem.Pointer) (bool, error) {
	key, _, err := r.keyOf(nil, p)
	return len(key) > 0, err
}

// held returns what this transaction knows of the one row that is referenced.
func (l *relatedLoader) held(key []sqltype.Value) *state {
	if l.rel.kind != belongsTo || l.rel.byJoin() || l.track == untracked || len(l.p.where) > 0 || !l.rel.byPrimaryKey() {
		return nil
	}
	return l.s.fresh(l.rel.target, key)
}

// byPrimaryKey reports whether remote is the key of its table, in its order.
func (r *relation) byPrimaryKey() bool {
	if len(r.remote) != len(r.target.key) {
		return false
	}
	for i, a := range r.remote {
		if r.target.key[i] != a {
			return false
		}
	}
	return true
}

// query reads what belongs to the keys.
func (l *relatedLoader) query(ctx context.Context, of *origin) (err error) {
	to := l.target()
	if l.eager, err = eagerly(l.p.after(), func() expr.Node { return l.rel.path(l.rel.owner.table, to).partners() }); err != nil || len(l.keys) == 0 {
		return err
	}
	if l.p.how == bySubquery && of != nil && !l.rel.byJoin() && l.p.limit == nil && (l.rel.when == nil || l.rel.kind != belongsTo) {
		l.sub = true
		return l.read(ctx, l.within(of))
	}
	size := l.keysInStatement(ctx)
	for from := 0; from < len(l.keys); from += size {
		stmt := l.statement(l.keys[from:min(from+size, len(l.keys))])
		if len(l.keys) <= size {
			l.origin = &origin{stmt, sourceOf(stmt, to)}
		}
		if err := l.read(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// target is the source from which the far end is read.
func (l *relatedLoader) target() expr.Source {
	if l.p.to != nil {
		return l.p.to
	}
	return l.rel.end()
}

func (l *relatedLoader) read(ctx context.Context, stmt *expr.Select) error {
	sites, err := l.s.forQuery(l.rel.target, func() *expr.Select { return stmt })
	for _, id := range sites {
		if err == nil {
			err = l.readAt(ctx, stmt, id)
		}
	}
	return err
}

func (l *relatedLoader) readAt(ctx context.Context, stmt *expr.Select, at siteID) error {
	defer l.s.at(at)()
	rel, target := l.rel, l.rel.target
	rows := l.s.loaderOf(target)
	rows.track, rows.once = l.track, l.rel.bringsOnce() && !l.sub
	keys := target.reads.width()
	states, found := l.s.size(), len(l.rows)
	l.brief.begin(l.s)
	if len(l.eager.nodes) > 0 {
		rows.apart()
		if l.pairs == nil {
			l.pairs = map[foundFor]bool{}
		}
		var err error
		if stmt, err = l.eager.onto(stmt, sourceOf(stmt, l.target())); err == nil {
			err = l.eager.begin(l.s, l.track, false)
		}
		if err != nil {
			return err
		}
	}
	l.s.loadsSent++
	stmt, err := l.s.restricted(stmt, target.base)
	if err != nil {
		return err
	}
	res, err := rows.open(ctx, stmt)
	if err != nil {
		return err
	}
	rows.quiet = rows.kinds == nil && target.quiet()
	scratch := rel.owner.zero()
	for res.Next() {
		if err := l.row(res, rows, scratch, keys); err != nil {
			res.Close()
			return err
		}
	}
	if err := res.Close(); err != nil {
		return l.s.fail(err)
	}
	if !l.linkBrief() && l.sorted != nil {
		l.sort(l.rows[found:], l.s.all()[states:])
	}
	return rows.complete(ctx)
}

// row reads one row: what was found, and the key of its owner behind it.
func (l *relatedLoader) row(res *engine.Result, rows *loader, scratch mem.Pointer, at int) error {
	name, err := l.rel.keyInRow(res, scratch, at)
	if err != nil {
		return err
	}
	group, known := l.groups.find(name)
	if !known {
		if l.sub { // which came after the owners were read
			return nil
		}
		return l.rel.otherwiseWritten()
	}
	p, err := rows.entity(res.Row())
	if err != nil {
		return err
	}
	if l.sorted != nil && rows.fresh {
		l.brief.add(group)
		return nil
	}
	pair := foundFor{group: group, item: p}
	if l.pairs == nil {
		if l.sorted != nil {
			pair.place = res.Row().Int64(l.sorted.column)
		}
		push(&l.rows, pair)
	} else if !l.pairs[pair] {
		l.pairs[pair] = true
		l.rows = append(l.rows, pair)
	}
	return l.eager.read(res, p)
}

// otherwiseWritten says that the database found rows by keys that are equal for
// it, and not the same.
func (r *relation) otherwiseWritten() error {
	return fmt.Errorf("orm: %s.%s: a row of %s has a key that the database takes for that of an entity, and that is written otherwise (a collation ignores case or spaces): give the columns of the foreign key a binary collation, or the same text",
		r.owner.goType, r.field.name, r.target.table.FullName())
}

// keyInRow reads the owner's values, which begin at a position of the row.
func (r *relation) keyInRow(res *engine.Result, scratch mem.Pointer, at int) (ownerKey, error) {
	if r.numberKeyed() {
		key := ownerKey{n: res.Row().Int64(at)}
		if err := res.Row().Err(); err != nil {
			return ownerKey{}, fmt.Errorf("orm: %s.%s: %w", r.owner.goType, r.field.name, err)
		}
		return key, nil
	}
	for i, a := range r.local {
		if err := a.codec.Decode(res.Row(), at+i, a.at(scratch)); err != nil {
			return ownerKey{}, r.owner.valueError(nil, a, err)
		}
	}
	if err := res.Row().Err(); err != nil {
		return ownerKey{}, fmt.Errorf("orm: %s.%s: %w", r.owner.goType, r.field.name, err)
	}
	var few [4]sqltype.Value
	_, name, err := r.localKey(few[:0], scratch)
	return name, err
}

// statement selects the target's columns, and the values of the owners to which
// they belong.
func (l *relatedLoader) statement(keys [][]sqltype.Value) *expr.Select {
	p, rows := l.rel.path(nil, l.target()), l.relatedRows()
	q := rows.stmt.Plus(&expr.Addition{Where: append([]expr.Predicate{l.belongs(rows.belongs, keys)}, l.conditions(p)...)})
	if l.p.limit != nil {
		return l.firstOfEach(q, rows.belongs)
	}
	return q.OrderBy(l.orderSent()...)
}

// relatedRows is a SELECT of all rows that belong to an owner.
type relatedRows struct {
	stmt    *expr.Select
	belongs []expr.Expression // the columns that say to which
}

// relatedRows returns the SELECT, which the relationship keeps for its own table.
func (l *relatedLoader) relatedRows() *relatedRows {
	if l.p.to != nil {
		return l.rel.rowsOf(l.p.to)
	}
	if kept := l.rel.rows.Load(); kept != nil {
		return kept
	}
	l.rel.rows.CompareAndSwap(nil, l.rel.rowsOf(l.rel.end()))
	return l.rel.rows.Load()
}

func (r *relation) rowsOf(to expr.Source) *relatedRows {
	p, belongs := r.path(nil, to), refsOf(r.remote, to)
	q := expr.NewSelect(r.target.columnsOf(to)...).From(to)
	switch {
	case r.byJoin():
		q, belongs = r.ownersBeside(q, to)
	case p.between != nil:
		belongs = columnRefs(r.near, p.between, r.local)
		q = q.Join(p.between, p.far()...)
	case r.kind != belongsTo:
		q = q.Where(r.onlyWhen(to)...)
	}
	return &relatedRows{stmt: q.AddColumns(belongs...), belongs: belongs}
}

// within selects the same by the statement that has read the owners.
func (l *relatedLoader) within(of *origin) *expr.Select {
	rel := l.rel
	inner := of.stmt.Columns(refsOf(rel.local, of.from)...)
	parts := inner.Parts()
	if parts.Limit == nil && parts.Offset == nil {
		inner = inner.Unordered().Distinct()
	}
	owners := &expr.Derived{Select: inner.Locking(expr.Lock{}), Name: "owners"}
	p := rel.path(owners, l.target())
	q := expr.NewSelect(append(rel.target.columnsOf(p.to), refsOf(rel.local, owners)...)...).From(owners)
	if p.between != nil {
		q = q.Join(p.between, p.near()...)
	}
	q = q.Join(p.to, p.far()...).Where(l.conditions(p)...)
	l.origin = &origin{q, p.to}
	return q.OrderBy(l.orderSent()...)
}

// conditions are those of the plan, on the sources of the path.
func (l *relatedLoader) conditions(p path) []expr.Predicate {
	where, err := adapt(l.p.where, l.rel, l.spoken(), p.between)
	if err != nil {
		return []expr.Predicate{invalid(err)}
	}
	return where
}

// order is that of the plan, or that of the primary key.
func (l *relatedLoader) order() []expr.Order {
	if len(l.p.order) == 0 && l.rel.kind.toMany() {
		return l.rel.order(l.target())
	}
	order, err := adapt(l.p.order, l.rel, l.spoken(), nil)
	if err != nil {
		return []expr.Order{{X: expr.Invalid{Err: err}}}
	}
	return order
}

// spoken is what the plan's conditions on the target's table are to speak of: those
// of an alias do so already.
func (l *relatedLoader) spoken() expr.Source {
	if l.p.to != nil {
		return l.rel.target.table
	}
	return l.rel.end()
}

// firstOfEach numbers the rows of each owner, and keeps the first of them.
func (l *relatedLoader) firstOfEach(q *expr.Select, belongs []expr.Expression) *expr.Select {
	target := l.rel.target
	place := target.freeName("place")
	number := expr.RowNumber().Over(expr.PartitionBy(belongs...).OrderBy(l.order()...)).As(place)
	columns, names := make([]expr.Expression, len(belongs)), make([]string, len(belongs))
	for i, x := range belongs {
		names[i] = target.freeName(fmt.Sprintf("owner_%d", i+1))
		columns[i] = &expr.Label{X: x, Name: names[i]}
	}
	q = q.Columns(append(append(target.columnsOf(l.target()), columns...), number)...)
	ranked := &expr.Derived{Select: q, Name: "ranked"}
	out := expr.NewSelect(target.columnsOf(ranked)...).From(ranked)
	for i, a := range l.rel.local {
		out = out.AddColumns(&expr.Column{From: ranked, Name: names[i], Codec: a.codec})
	}
	at := expr.NumColumn[int64](ranked, place)
	return out.Where(at.Le(int64(*l.p.limit))).OrderBy(at.Asc())
}

// freeName returns a name that no column of the table has, and that begins so.
func (m *mapper) freeName(name string) string {
	for slices.ContainsFunc(m.attrs, func(a *attr) bool { return a.col.Name == name }) {
		name += "_"
	}
	return name
}

// sourceOf is the source that has the columns of the entities of a statement: the
// far end itself, or what it was wrapped in.
func sourceOf(stmt *expr.Select, to expr.Source) expr.Source {
	from := stmt.Parts().From[0]
	if d, ok := from.(*expr.Derived); ok && d.Name == "ranked" {
		return d
	}
	return to
}

// columnRefs are columns of a table that has no entity, read as others are.
func columnRefs(columns []*schema.Column, from expr.Source, as []*attr) []expr.Expression {
	out := make([]expr.Expression, len(columns))
	for i, c := range columns {
		out[i] = &expr.Column{From: from, Name: c.Name, Codec: as[i].codec}
	}
	return out
}

func equalEach(a, b []expr.Expression) []expr.Predicate {
	out := make([]expr.Predicate, len(a))
	for i := range a {
		out[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: a[i], R: b[i]})
	}
	return out
}

// listMemory is for how many entities the lists of owners share memory. A list
// that is kept keeps what the others of its memory have.
const listMemory = 128

// hand gives each owner what was found for it.
func (l *relatedLoader) hand(owners []mem.Pointer) error {
	lists := l.lists()
	for i, p := range owners {
		var found []mem.Pointer
		if g := l.of[i]; g >= 0 {
			found = lists[g]
		}
		if err := l.rel.put(p, found, l.s.loads, l.p.partly()); err != nil {
			return err
		}
	}
	return nil
}

// lists are what was found for each group, nil for nothing.
func (l *relatedLoader) lists() [][]mem.Pointer {
	lists := l.brief.lists
	if lists == nil {
		lists = make([][]mem.Pointer, l.groups.n)
	}
	if len(l.rows) == 0 {
		return lists
	}
	sizes := make([]int32, l.groups.n)
	for i := range l.rows {
		sizes[l.rows[i].group]++
	}
	l.makeLists(lists, sizes, len(l.rows))
	for i := range l.rows {
		list := &lists[l.rows[i].group]
		*list = append(*list, l.rows[i].item)
	}
	return lists
}

// makeLists makes room in lists for so many entities of each group, and for left of
// all of them.
func (l *relatedLoader) makeLists(lists [][]mem.Pointer, sizes []int32, left int) {
	share := listMemory
	if l.s.opts.weak { // what nobody uses any more is to go
		share = 0
	}
	var memory []mem.Pointer
	for g, size := range sizes {
		if size == 0 {
			continue
		}
		has := lists[g]
		n := int(size) + len(has)
		if len(memory) < n {
			memory = make([]mem.Pointer, max(n, min(left, share)))
		}
		lists[g], memory = append(memory[:0:n], has...), memory[n:]
		left -= int(size)
	}
}

// items are what was found, each once.
func (l *relatedLoader) items() []mem.Pointer {
	var out []mem.Pointer
	for _, list := range l.brief.lists { // whose entities belong to one owner each
		out = append(out, list...)
	}
	seen := make(map[mem.Pointer]bool, len(l.rows))
	for i := range l.rows {
		if p := l.rows[i].item; !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}
