package orm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Query is a SELECT of entities. It is a value: each method returns a changed
// copy, and a query can be run any number of times, by any session.
type Query[T any] struct{ query }

// query is a Query of whatever type. Its methods take a pointer, and change
// nothing: it is too large to be copied again and again.
type query struct {
	src untyped
	clauses
	track tracking
	// populate says that changed entities are overwritten too.
	populate bool
	free     bool        // of criteria
	size     int         // entities a partition of Each
	plans    []*loadPlan // what is loaded with them
	// key is that of the only row, where the query says nothing else; nil where it
	// does.
	key []sqltype.Value
	choice
}

// tracking says what becomes of the entities that a query reads.
type tracking uint8

const (
	tracked tracking = iota
	untracked
)

// Select returns the query of all entities of a mapped table.
func Select[T any](src Source[T]) Query[T] { return Query[T]{query{src: src}} }

// Where adds conditions, all of which must hold.
func (q Query[T]) Where(ps ...expr.Predicate) Query[T] {
	q.where = append(slices.Clip(q.where), ps...)
	return q
}

// OrderBy adds terms to the order.
func (q Query[T]) OrderBy(os ...expr.Order) Query[T] {
	q.order = append(slices.Clip(q.order), os...)
	return q
}

// Limit reads at most n entities.
func (q Query[T]) Limit(n int) Query[T] { q.limit = &n; return q }

// Offset skips n entities.
func (q Query[T]) Offset(n int) Query[T] { q.offset = &n; return q }

// Join joins another table, or the one at the other end of a relationship, for
// conditions on it, which on adds to. Its columns are not read, and a partner
// that is there twice gives the entity twice.
func (q Query[T]) Join(to Joined, on ...expr.Predicate) Query[T] {
	q.clauses = q.joined(expr.InnerJoin, to, on)
	return q
}

// LeftJoin is Join that keeps entities which have no partner.
func (q Query[T]) LeftJoin(to Joined, on ...expr.Predicate) Query[T] {
	q.clauses = q.joined(expr.LeftJoin, to, on)
	return q
}

// ForUpdate locks the rows until the transaction ends, and overwrites the
// entities with what is there; reading a changed entity this way is an error.
func (q Query[T]) ForUpdate(wait ...expr.LockWait) Query[T] {
	q.lock = expr.Lock{Strength: expr.ForUpdate}
	if len(wait) > 0 {
		q.lock.Wait = wait[0]
	}
	return q
}

// PopulateExisting overwrites the entities that the session has with what is
// read, also those that were changed, which lose that.
func (q Query[T]) PopulateExisting() Query[T] { q.populate = true; return q }

// NoTrack reads entities that are not part of the session: nothing notices
// their changes, and the same row read twice gives two of them.
func (q Query[T]) NoTrack() Query[T] { q.track = untracked; return q }

// With loads relationships of the entities, by a statement each for all that are
// read at once.
func (q Query[T]) With(loaders ...Loader[T]) Query[T] {
	plans, err := plansOf(loaders)
	if q.wrong == nil {
		q.wrong = err
	}
	q.plans = append(slices.Clip(q.plans), plans...)
	return q
}

// Partition sets how many entities Each reads at once; 1000 without it.
func (q Query[T]) Partition(n int) Query[T] { q.size = n; return q }

// Statement returns the SELECT that the query sends.
func (q Query[T]) Statement() (*expr.Select, error) { return q.selected() }

func (q *query) selected() (*expr.Select, error) {
	m, from, err := q.mapper()
	if err != nil {
		return nil, err
	}
	return q.statement(m, from), nil
}

// mapper returns what the query reads, and from where, unless something is wrong
// with it.
func (q *query) mapper() (*mapper, expr.Source, error) {
	m, from, err := mapperFrom(q.src, q.wrong)
	if err == nil {
		_, err = q.reading(m)
	}
	return m, from, err
}

// mapperFrom returns the mapper of a source, which is ready, and where its columns
// are.
func mapperFrom(src untyped, wrong error) (*mapper, expr.Source, error) {
	if v := reflect.ValueOf(src); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil, errors.New("orm: the query has no table; begin it with orm.Select of a declared one")
	}
	h := src.held()
	m, from := h.m, h.from
	if m == nil {
		return nil, nil, fmt.Errorf("orm: %T is not declared; make it by orm.Declare", src)
	}
	if err := errors.Join(wrong, m.ready()); err != nil {
		return nil, nil, err
	}
	if from == nil {
		from = m.table
	}
	return m, from, nil
}

func (q *query) statement(m *mapper, from expr.Source) *expr.Select {
	if q.key != nil {
		return m.byKey()
	}
	s := m.query()
	if r, err := q.reading(m); err == nil && (from != expr.Source(m.table) || r != m.reads) {
		s = expr.NewSelect(r.columns(from)...).From(from)
	}
	return q.onto(s)
}

// columnsOf returns what is read of an entity where nothing else is said.
func (m *mapper) columnsOf(from expr.Source) []expr.Expression { return m.reads.columns(from) }

// All returns the entities. The session flushes first.
func (q Query[T]) All(ctx context.Context, s *Session) ([]*T, error) {
	ptrs, err := q.all(ctx, s)
	return entities[T](ptrs), err
}

func (q *query) all(ctx context.Context, s *Session) ([]mem.Pointer, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	return q.run(ctx, s)
}

// run reads all entities. The session is claimed already.
func (q *query) run(ctx context.Context, s *Session) ([]mem.Pointer, error) {
	m, from, err := q.mapper()
	if err != nil {
		return nil, err
	}
	if q.free && !s.free {
		defer s.freely(true)()
	}
	sites, err := s.forQuery(m, func() *expr.Select { return q.statement(m, from) })
	if err != nil {
		return nil, err
	}
	var ptrs []mem.Pointer
	if len(sites) == 1 {
		defer s.at(sites[0])()
		ptrs, err = q.read(ctx, s, m, from)
	} else {
		ptrs, err = q.acrossShards(ctx, s, m, from, sites)
	}
	if err != nil {
		return nil, err
	}
	return ptrs, nil
}

// read reads the entities and what the plans say.
func (q *query) read(ctx context.Context, s *Session, m *mapper, from expr.Source) (ptrs []mem.Pointer, err error) {
	stmt := q.statement(m, from)
	if !slices.ContainsFunc(q.plans, func(p *loadPlan) bool { return p.how.eager() }) {
		all := stmt
		if stmt, err = s.restricted(stmt, m.base); err != nil {
			return nil, err
		}
		l := q.loader(s, m)
		ptrs, err = l.load(ctx, stmt)
		s.giveBack(l)
		if err == nil && len(q.plans) > 0 {
			err = s.loadAll(ctx, ptrs, q.plans, q.track, &origin{stmt: all, from: from})
		}
		return ptrs, err
	}
	of := &origin{stmt: stmt, from: from}
	e, err := eagerly(q.plans, func() expr.Node { return stmt })
	if err != nil {
		return nil, err
	}
	if e.multiplies() && (q.limit != nil || q.offset != nil) {
		r, err := q.reading(m)
		if err != nil {
			return nil, err
		}
		stmt, from = e.wrapped(r, stmt, q.order)
	} else if q.lock.Strength != expr.NoLock && e.joins() {
		lock := q.lock
		lock.Of, lock.AtLeast = []expr.Source{from}, true
		stmt = stmt.Locking(lock)
	}
	if stmt, err = e.onto(stmt, from); err != nil {
		return nil, err
	}
	l := q.loader(s, m)
	ptrs, err = l.loadEager(ctx, stmt, &e)
	if err == nil {
		err = e.finish(ctx, s, ptrs, q.track, of)
	}
	return ptrs, err
}

// One returns the only entity. None is sqlerr.ErrNoRows, more than one is
// sqlerr.ErrMultipleRows.
func (q Query[T]) One(ctx context.Context, s *Session) (*T, error) { return one[T](q.only(ctx, s)) }

// OneOrNone returns the only entity, or nil if there is none.
func (q Query[T]) OneOrNone(ctx context.Context, s *Session) (*T, error) {
	e, err := q.only(ctx, s)
	if errors.Is(err, sqlerr.ErrNoRows) {
		return nil, nil
	}
	return one[T](e, err)
}

// one gives an entity its type.
func one[T any](p mem.Pointer, err error) (*T, error) { return (*T)(p), err }

func (q *query) only(ctx context.Context, s *Session) (mem.Pointer, error) {
	if q.limit == nil && q.lock.Strength == expr.NoLock && !q.readsJoin() {
		two, limited := 2, *q
		limited.limit = &two
		q = &limited
	}
	return single(q.all(ctx, s))
}

// readsJoin reports whether an entity may be several rows, all of which count.
func (q *query) readsJoin() bool {
	return slices.ContainsFunc(q.plans, func(p *loadPlan) bool { return p.how == inJoin })
}

func single(list []mem.Pointer, err error) (mem.Pointer, error) {
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, fmt.Errorf("orm: %w", sqlerr.ErrNoRows)
	case len(list) > 1:
		return nil, fmt.Errorf("orm: %w", sqlerr.ErrMultipleRows)
	}
	return list[0], nil
}

// First returns the first entity of the order, or nil if there is none.
func (q Query[T]) First(ctx context.Context, s *Session) (*T, error) {
	first := 1
	q.limit = &first
	list, err := q.all(ctx, s)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return (*T)(list[0]), nil
}

// Count returns how many entities the query finds; its limit counts.
func (q Query[T]) Count(ctx context.Context, s *Session) (int64, error) { return q.count(ctx, s) }

// count is Count of a query that is the caller's own, and is changed.
func (q *query) count(ctx context.Context, s *Session) (int64, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return 0, err
	}
	m, from, err := q.mapper()
	if err != nil {
		return 0, err
	}
	q.lock = expr.Lock{}
	if q.limit == nil && q.offset == nil {
		q.order = nil
	}
	stmt := q.statement(m, from)
	if q.limit == nil && q.offset == nil {
		stmt = stmt.Columns(expr.CountAll())
	} else {
		stmt = expr.NewSelect(expr.CountAll()).From(&expr.Derived{Select: stmt, Name: "counted"})
	}
	defer s.freely(q.free)()
	if stmt, err = s.restricted(stmt, m.base); err != nil {
		return 0, err
	}
	sites, err := s.forQuery(m, func() *expr.Select { return q.statement(m, from) })
	if err != nil {
		return 0, err
	}
	if len(sites) > 1 && q.offset != nil {
		return 0, errOffsetOfShards
	}
	var total int64
	for _, id := range sites {
		n, err := s.count(ctx, stmt, id)
		if err != nil {
			return 0, err
		}
		total += n
	}
	if q.limit != nil {
		total = min(total, int64(*q.limit))
	}
	return total, nil
}

func (s *Session) count(ctx context.Context, stmt *expr.Select, at siteID) (int64, error) {
	defer s.at(at)()
	if err := s.within(stmt); err != nil {
		return 0, err
	}
	tx, err := s.transaction(ctx)
	if err != nil {
		return 0, err
	}
	n, err := engine.Scalar[int64](ctx, tx, stmt)
	return n, s.fail(err)
}

// Each returns the entities one after the other, read in partitions, so that
// memory stays bounded. Between partitions the session is free for the loop's
// body. What the body changes is flushed before the next partition is read, and
// then the entities that the loop has brought leave the session: a rollback
// does not restore them. After a break those of the last partition stay. The
// iterator can be used once for each run of the query.
//
// Partitions are pages by primary key. A query with an order of its own, an
// offset or a join is read by a cursor, whose rows are those that were there
// when it began; where the database has none it is ErrNotPageable: use All, or
// NoTrack, which holds the connection. Within such a loop the session takes what
// needs no connection, such as Add.
func (q Query[T]) Each(ctx context.Context, s *Session) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		typed := func(p mem.Pointer, err error) bool { return yield((*T)(p), err) }
		if q.track == untracked {
			q.stream(ctx, s, typed)
			return
		}
		q.pages(ctx, s, typed)
	}
}

// Get returns the entity with the primary key, whose values are given in the
// order of the key's columns. An entity that this transaction has read or
// written already is returned without asking the database. None is
// sqlerr.ErrNoRows.
func Get[T any](ctx context.Context, s *Session, src Source[T], key ...any) (*T, error) {
	return Select(src).Get(ctx, s, key...)
}

// Get returns the entity with the primary key, as the function Get does, and loads
// what With says. With ForUpdate or PopulateExisting it asks the database always.
// The entity must meet the query's conditions where the database is asked.
func (q Query[T]) Get(ctx context.Context, s *Session, key ...any) (*T, error) {
	return one[T](q.get(ctx, s, key))
}

// get is Get of a query that is the caller's own, and is changed.
func (q *query) get(ctx context.Context, s *Session, key []any) (mem.Pointer, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	m, from, err := q.mapper()
	if err != nil {
		return nil, err
	}
	values, err := s.keyValues(m, key)
	if err != nil {
		return nil, err
	}
	sites, err := s.forKey(m, key)
	if err != nil {
		return nil, err
	}
	if e, err := q.knownAt(ctx, s, m, values, sites); e != nil || err != nil {
		return e, err
	}
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	if e, err := q.knownAt(ctx, s, m, values, sites); e != nil || err != nil { // it was new until now
		return e, err
	}
	if q.saysNothing(s, m, from) {
		q.key = values
		defer func() { s.first.found[0] = nil }()
	} else {
		q.where = slices.Clip(q.where)
		for i, a := range m.key {
			q.where = append(q.where, a.compare(from, expr.OpEq, values[i]))
		}
	}
	s.watched(m, "")
	var list []mem.Pointer
	for _, id := range sites {
		back := s.at(id)
		list, err = q.run(ctx, s)
		if err == nil && len(list) == 0 {
			s.vanished(m, values)
		}
		back()
		if err != nil || len(list) > 0 {
			break
		}
	}
	return single(list, err)
}

// knownAt is known of the first site that has the entity.
func (q *query) knownAt(ctx context.Context, s *Session, m *mapper, key []sqltype.Value, sites []siteID) (mem.Pointer, error) {
	for _, id := range sites {
		back := s.at(id)
		e, err := q.known(ctx, s, m, key)
		back()
		if e != nil || err != nil {
			return e, err
		}
	}
	return nil, nil
}

// known returns the entity of a key where the database need not be asked for it.
func (q *query) known(ctx context.Context, s *Session, m *mapper, key []sqltype.Value) (mem.Pointer, error) {
	st := s.fresh(m, key)
	if st == nil || q.lock.Strength != expr.NoLock || q.populate || q.track == untracked {
		return nil, nil
	}
	if err := s.loadAll(ctx, []mem.Pointer{st.obj}, q.plans, q.track, nil); err != nil {
		return nil, err
	}
	return st.obj, nil
}

// fresh returns the entity of the key where this transaction knows its row.
func (s *Session) fresh(m *mapper, key []sqltype.Value) *state {
	if st := s.known(m, key); st != nil && st.epoch == s.epoch && st.status == persistent {
		return st
	}
	return nil
}

// vanished lets go of an unchanged entity whose row is not there any more.
func (s *Session) vanished(m *mapper, key []sqltype.Value) {
	st := s.known(m, key)
	if st == nil || st.status != persistent {
		return
	}
	if changed, err := st.dirty(); !changed && err == nil {
		s.drop(st)
		s.sweep()
	}
}
