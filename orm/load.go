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

// loader turns the rows of one query into entities of a session.
type loader struct {
	s       *Session
	m       *mapper
	site    siteID // where the rows are
	track   tracking
	locking bool
	// populate says that changed entities are overwritten too.
	populate bool
	at       int   // the first of the entity's columns in a row
	columns  []int // the column of each attribute from there on; -1 where it is not read

	// own are the entities of this reading, by key, where the session has none of
	// them and a row may come twice.
	own map[identityKey]mem.Pointer

	n      int    // how many columns of a row the entity has
	kinds  *kinds // nil where rows are of one type
	byKind map[*kindReading]*loader
	short  *shortfall // of rows of which columns are still to be read; nil for none

	objects slab
	snaps   snapshots
	texts   texts
	packs   packs
	im      *identityMap
	// once says that each key comes once in the result; fresh, that the session
	// has none of them, so that no row needs to be looked up.
	once, fresh bool
	// quiet says that the entities may be latent, rests that those of this result are.
	quiet, rests bool
	spare        mem.Pointer     // an entity that was read but not needed
	key          []sqltype.Value // of the only row that is read; nil where that is not known
	expected     int             // for how many entities the first memory is
}

// loader returns one for the query's entities. Who is done with it may give it
// back.
func (q *query) loader(s *Session, m *mapper) *loader {
	r, _ := q.reading(m) // which was without an error when the query was made
	first := q.expected()
	l := s.lendLoader()
	// One by one, as the memory is empty: it is large, and to copy it costs more.
	l.s, l.m, l.site, l.columns, l.n, l.kinds = s, m, s.spot(m), r.at, r.width(), r.kinds
	l.track, l.once, l.locking, l.populate = q.track, len(q.joins) == 0, q.lock.Strength != expr.NoLock, q.populate
	l.objects, l.key, l.expected = m.slab(min(first, slabSize), slabSize), q.key, first
	l.snaps.m, l.snaps.next = m, m.layout.memory.slab(min(first, slabSize), slabSize)
	l.packs.size = uintptr(first) * m.layout.stride
	if l.track != untracked {
		s.expected = first
	}
	if !s.first.bytesGone {
		s.first.bytesGone, l.snaps.bytes = true, s.first.bytes[:0]
	}
	return l
}

// mostExpected is for how many entities there is memory at once, where a query says
// how many it wants at most.
const mostExpected = 128

// expected is for how many entities the first memory is: for few, where the query
// doesn't say how many it wants; most limits are those of pages, which are full.
func (q *query) expected() int {
	switch {
	case q.key != nil:
		return 1
	case q.limit != nil && *q.limit > 0:
		return min(*q.limit, mostExpected)
	}
	return firstSlab
}

// entities gives pointers their type, over the same memory.
func entities[T any](ptrs []mem.Pointer) []*T { return *(*[]*T)(mem.Pointer(&ptrs)) }

// load runs the statement and returns its entities in order.
func (l *loader) load(ctx context.Context, stmt *expr.Select) ([]mem.Pointer, error) {
	rows, err := l.open(ctx, stmt)
	if err != nil {
		return nil, err
	}
	out, err := l.read(rows)
	if err == nil {
		err = l.complete(ctx)
	}
	return out, err
}

// read reads the rows to their end and closes them.
func (l *loader) read(rows *engine.Result) ([]mem.Pointer, error) {
	var out []mem.Pointer
	if l.key != nil {
		out = l.s.first.found[:0]
	} else if l.expected > firstSlab {
		out = make([]mem.Pointer, 0, l.expected)
	}
	l.im = nil // what the session holds may have changed since the last read
	for _, sub := range l.byKind {
		sub.im = nil
	}
	l.quiet = l.kinds == nil && l.short == nil && l.m.quiet()
	for rows.Next() {
		p, err := l.entity(rows.Row())
		if err != nil {
			rows.Close()
			return nil, err
		}
		push(&out, p)
	}
	if err := rows.Close(); err != nil {
		return nil, l.s.fail(err)
	}
	return out, nil
}

func (l *loader) open(ctx context.Context, stmt expr.Statement) (*engine.Result, error) {
	if err := l.s.reachable(l.m, stmt); err != nil {
		return nil, err
	}
	defer l.s.at(l.site)()
	tx, err := l.s.transaction(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := l.send(ctx, tx, stmt)
	if err != nil {
		return nil, l.s.fail(err)
	}
	return rows, nil
}

func (l *loader) send(ctx context.Context, tx *engine.Tx, stmt expr.Statement) (*engine.Result, error) {
	if l.key != nil && stmt == expr.Statement(l.m.keyed) {
		return tx.QueryKept(ctx, l.m.keyed, l.key...)
	}
	return tx.Query(ctx, stmt, l.key...)
}

// fail remembers an error of the database: on PostgreSQL the transaction can't
// go on after it, and a session is the same on every product.
func (s *Session) fail(err error) error {
	var sent *sqlerr.StatementError
	var value *sqlerr.ValueError
	if errors.As(err, &sent) && !errors.As(err, &value) {
		s.failed = err
	}
	return err
}

// loaderOf returns one for entities that stand among other columns of a row.
func (s *Session) loaderOf(m *mapper) *loader {
	return &loader{s: s, m: m, site: s.spot(m), columns: m.reads.at, n: m.reads.width(), kinds: m.reads.kinds, objects: m.slab(firstSlab, slabSize), snaps: m.snapshotsOfRows(firstSlab)}
}

// entityAt reads the entity whose columns begin at a position of the row; nil
// where an outer join found none.
func (l *loader) entityAt(row sqltype.Row, at int) (mem.Pointer, error) {
	if l.m.absent(row, at) {
		return nil, row.Err()
	}
	l.at = at
	return l.entity(row)
}

// apart has the loader tell rows apart that come several times.
func (l *loader) apart() {
	l.once = false
	if l.track == untracked && len(l.m.key) > 0 {
		l.own = map[identityKey]mem.Pointer{}
	}
}

// identityKey is a key as identity maps have it.
type identityKey struct {
	n     int64
	bytes string
}

// ownEntity returns the entity that this reading has for the row.
func (l *loader) ownEntity(p mem.Pointer) (mem.Pointer, error) {
	ikey, skey, err := l.m.identity(p)
	if err != nil {
		return nil, err
	}
	name := identityKey{ikey, skey}
	if known := l.own[name]; known != nil {
		l.spare = p
		return known, nil
	}
	l.own[name] = p
	return p, nil
}

// absent reports whether there is no entity in the columns from a position on.
func (m *mapper) absent(row sqltype.Row, at int) bool {
	for _, a := range m.key {
		if row.IsNull(at + m.reads.at[a.index]) {
			return true
		}
	}
	for i := range m.reads.width() {
		if len(m.key) > 0 || !row.IsNull(at+i) {
			return false
		}
	}
	return true
}

// entity reads the current row.
func (l *loader) entity(row sqltype.Row) (mem.Pointer, error) {
	if l.kinds == nil {
		return l.plainEntity(row)
	}
	k, err := l.kinds.find(row, l.at)
	if err != nil {
		return nil, err
	}
	of := l.of(k)
	of.at = l.at
	return of.plainEntity(row)
}

// plainEntity reads a row of the loader's type.
func (l *loader) plainEntity(row sqltype.Row) (mem.Pointer, error) {
	p, err := l.decoded(row)
	if err != nil {
		return nil, err
	}
	if l.track == untracked && l.own != nil {
		return l.ownEntity(p)
	}
	if l.track == untracked || l.m.keyKind == keyNone {
		return p, l.ended(nil, p)
	}
	if l.s.opts.weak {
		return l.weakEntity(p)
	}
	if l.im == nil {
		l.im = l.s.identities(kinOf(l.m, l.site))
		l.fresh = l.once && l.im.empty()
		l.rests = l.fresh && l.quiet && len(l.s.opts.events) == 0
		l.s.relates = l.s.relates || len(l.m.relations) > 0
	}
	if l.rests {
		if ok, err := l.rest(p); ok {
			return p, l.m.loaded(p)
		} else if err != nil {
			return nil, err
		}
	}
	return l.tracked(p)
}

// tracked gives an entity that was read a state, or finds the one that has its key.
func (l *loader) tracked(p mem.Pointer) (mem.Pointer, error) {
	l.s.awaken()
	ikey, skey, err := l.m.identity(p)
	if err != nil {
		return nil, err
	}
	if !l.fresh {
		if known := l.im.get(l.m, ikey, skey); known != nil {
			if known.m != l.m {
				return nil, known.otherKind(l.m)
			}
			l.spare = p
			return known.obj, l.meet(known, p)
		}
	}
	st := l.s.newState()
	st.m, st.obj, st.ikey, st.epoch, st.status, st.at = l.m, p, ikey, l.s.epoch, persistent, l.site
	if skey != "" {
		st.skey = skey
	}
	if err := l.take(st); err != nil {
		return nil, err
	}
	if l.fresh {
		l.im.add(l.s.spare)
	} else {
		l.im.put(st)
	}
	push(&l.s.states, st)
	if len(l.s.opts.events) > 0 {
		l.s.moved(st, Detached, Persistent)
	}
	return p, l.ended(st, p)
}

// take takes the snapshot of an entity whose row was read just now.
func (l *loader) take(st *state) error {
	if l.m.layout.pack && !l.texts.apart {
		if snap, err := l.packs.take(st.m, st.obj); snap != nil || err != nil {
			st.snap = snap
			return err
		}
	}
	return l.snaps.take(st)
}

// decoded reads a row into an entity that nobody has.
func (l *loader) decoded(row sqltype.Row) (mem.Pointer, error) {
	p := l.spare
	if p == nil {
		if l.s.opts.weak { // a slab would live as long as any of its objects
			p = l.m.zero()
		} else {
			p = l.objects.next()
		}
	}
	l.spare = nil
	if err := l.decode(row, p); err != nil {
		return nil, err
	}
	for _, r := range l.m.relations {
		r.mark(p)
	}
	if l.m.parent != nil {
		wholes.add(p, l.m.goType)
	}
	return p, nil
}

// meet handles a row whose entity the session has already: what was read
// overwrites a clean entity, and leaves a changed one alone.
func (l *loader) meet(st *state, read mem.Pointer) error {
	changed, err := st.dirty()
	if err != nil {
		return err
	}
	if changed && l.populate && st.status == persistent {
		st.expire()
	} else if changed || st.status != persistent {
		if l.locking {
			return fmt.Errorf("orm: %s was changed in this session, and a locking read would overwrite it; flush or refresh it first", l.m.describe(st.obj))
		}
		return nil
	}
	stale := st.epoch != l.s.epoch
	if !stale {
		st.keepDeferred(read)
	}
	if l.short != nil {
		l.keepUnread(st.obj, read)
		if stale {
			l.short.add(st.obj, st)
		}
	}
	st.epoch = l.s.epoch
	l.copyProperties(st.obj, read, stale)
	differs, err := st.overwrite(read, &l.snaps)
	if differs {
		l.spare = nil // the entity shares its memory now
	}
	if differs && err == nil && (l.short == nil || !stale) {
		err = l.m.loaded(st.obj)
	}
	return err
}

// overwrite gives the entity the values that were read, if they differ.
func (st *state) overwrite(read mem.Pointer, snaps *snapshots) (differs bool, err error) {
	same := true
	for _, a := range st.m.attrs {
		if a.ref >= 0 {
			v, err := a.encode(read)
			if err != nil {
				return false, st.m.valueError(read, a, err)
			}
			same = same && v.Equal(st.kept(a)) && a.missing(read) == a.missing(st.snap)
		} else {
			same = same && a.codec.Same(a.at(read), a.at(st.snap))
		}
	}
	if same {
		return false, nil
	}
	for _, a := range st.m.attrs {
		a.copyField(st.obj, read)
	}
	for _, r := range st.m.relations {
		if r.kind == belongsTo && r.one(st).loaded && r.turned(st) {
			r.unload(st.obj)
		}
	}
	return true, snaps.take(st)
}

// keepDeferred gives what was read the attributes that it lacks and the entity
// has.
func (st *state) keepDeferred(read mem.Pointer) {
	for _, a := range st.m.attrs {
		if a.missing(read) {
			a.copyField(read, st.obj)
		}
	}
}

// copyField copies one field between entities.
func (a *attr) copyField(dst, src mem.Pointer) {
	reflect.NewAt(a.codec.Go, a.at(dst)).Elem().Set(reflect.NewAt(a.codec.Go, a.at(src)).Elem())
}

// decode reads the mapper's columns into an entity, the first of which is at a
// position of the row.
func (m *mapper) decode(row sqltype.Row, at int, columns []int, p mem.Pointer) error {
	for i, a := range m.attrs {
		if err := m.decodeAttr(row, at, columns[i], a, p); err != nil {
			return err
		}
	}
	for i, a := range m.props {
		if err := m.decodeAttr(row, at, columns[len(m.attrs)+i], a, p); err != nil {
			return err
		}
	}
	return row.Err()
}

func (m *mapper) decodeAttr(row sqltype.Row, at, column int, a *attr, p mem.Pointer) error {
	if column < 0 {
		a.leaveOut(p)
		return nil
	}
	if err := a.codec.Decode(row, at+column, mem.Add(p, a.offset)); err != nil {
		return m.valueError(p, a, err)
	}
	return nil
}

// autoflush flushes before a query, unless the session was opened without. One
// that only reads has nothing that a query could miss: what was changed is told by
// Commit, and not looked for before each query.
func (s *Session) autoflush(ctx context.Context) error {
	if s.opts.noAutoflush || s.flushing || s.opts.tx.ReadOnly && len(s.pending) == 0 && s.addErr == nil {
		return nil
	}
	return s.flush(ctx)
}

// known returns the state of the entity with the key, or nil.
func (s *Session) known(m *mapper, key []sqltype.Value) *state {
	at := s.spot(m)
	if at == spread {
		return s.knownInShards(m, key)
	}
	im := s.identitiesOf(kinOf(m, at))
	if im == nil {
		return nil
	}
	ikey, skey := m.identityOf(key)
	if st := im.get(m, ikey, skey); st != nil && st.m.is(m) {
		return st
	}
	return nil
}

// keyValues encodes the values of a primary key.
func (m *mapper) keyValues(key []any) ([]sqltype.Value, error) {
	if len(m.key) == 0 {
		return nil, &ModelError{Entity: m.goType.String(), Reason: "has no primary key; use Select with a condition"}
	}
	if len(key) != len(m.key) {
		return nil, &ModelError{Entity: m.goType.String(), Reason: fmt.Sprintf("has %d columns in its primary key, and %d values were given", len(m.key), len(key))}
	}
	out := make([]sqltype.Value, len(key))
	for i, a := range m.key {
		v, err := encodeAny(a, key[i])
		if err != nil {
			return nil, m.valueError(nil, a, err)
		}
		out[i] = v
	}
	return out, nil
}

func encodeAny(a *attr, x any) (sqltype.Value, error) {
	v := reflect.ValueOf(x)
	if !v.IsValid() {
		return sqltype.Value{}, fmt.Errorf("a key can't be NULL")
	}
	codec := a.codec
	if v.Type() != codec.Go {
		var err error
		if codec, err = sqltype.CodecFor(a.col.Type, v.Type()); err != nil {
			return sqltype.Value{}, err
		}
	}
	box := reflect.New(v.Type())
	box.Elem().Set(v)
	value, err := codec.Encode(box.UnsafePointer())
	if err == nil && value.IsNull() {
		err = fmt.Errorf("a key can't be NULL")
	}
	return value, err
}
