package orm

import (
	"context"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Sync says how a statement that changes rows keeps the session's objects in
// step.
type Sync uint8

// The ways.
const (
	// SyncAuto evaluates the condition in Go for the objects that the session has,
	// where that is certain, and else has the database tell which rows it were.
	SyncAuto Sync = iota
	SyncEvaluate
	SyncFetch
	// SyncNone leaves the objects as they are.
	SyncNone
)

// UpdateQuery is an UPDATE of entities by a condition. It is a value: each method
// returns a changed copy.
type UpdateQuery[T any] struct {
	src   Source[T]
	set   []expr.Assignment
	where []expr.Predicate
	sync  Sync
	free  bool // of criteria
}

// Update returns an UPDATE of a mapped table. It needs a condition; expr.All() is
// one.
func Update[T any](src Source[T]) UpdateQuery[T] { return UpdateQuery[T]{src: src} }

// Set adds assignments.
func (q UpdateQuery[T]) Set(as ...expr.Assignment) UpdateQuery[T] {
	q.set = append(slices.Clip(q.set), as...)
	return q
}

// Where adds conditions, all of which must hold.
func (q UpdateQuery[T]) Where(ps ...expr.Predicate) UpdateQuery[T] {
	q.where = append(slices.Clip(q.where), ps...)
	return q
}

// Sync sets how the session's objects are kept in step.
func (q UpdateQuery[T]) Sync(how Sync) UpdateQuery[T] { q.sync = how; return q }

// Unrestricted has the UPDATE reach all rows, whatever the models and the session
// say.
func (q UpdateQuery[T]) Unrestricted() UpdateQuery[T] { q.free = true; return q }

// Exec flushes, sends the statement, and returns how many rows it has changed, of
// those that the session sees.
// Objects of the session whose rows these are have the new values then, which are
// not written again; a rollback takes them back. Hooks of entities are not called.
func (q UpdateQuery[T]) Exec(ctx context.Context, s *Session) (int64, error) {
	m, _, err := mapperFrom(q.src, nil)
	if err != nil {
		return 0, err
	}
	if q.where, err = s.restrictedTo(m, q.free, q.where); err != nil {
		return 0, err
	}
	c := &massChange{s: s, m: m, sync: q.sync, set: expr.UnwrapAssignments(q.set), verb: expr.VerbUpdate}
	for _, p := range q.where {
		c.where = append(c.where, expr.Unwrap(p))
	}
	if m.levels != nil {
		return c.hierarchical(ctx, q.where)
	}
	stmt := expr.NewUpdate(m.table).Set(q.set...).Where(q.where...)
	return c.run(ctx, stmt, q.where, func(xs []expr.Expression) expr.Statement { return stmt.Returning(xs...) })
}

// DeleteQuery is a DELETE of entities by a condition. It is a value: each method
// returns a changed copy.
type DeleteQuery[T any] struct {
	src   Source[T]
	where []expr.Predicate
	sync  Sync
	free  bool // of criteria
}

// Delete returns a DELETE from a mapped table. It needs a condition; expr.All()
// is one.
func Delete[T any](src Source[T]) DeleteQuery[T] { return DeleteQuery[T]{src: src} }

// Where adds conditions, all of which must hold.
func (q DeleteQuery[T]) Where(ps ...expr.Predicate) DeleteQuery[T] {
	q.where = append(slices.Clip(q.where), ps...)
	return q
}

// Sync sets how the session's objects are kept in step.
func (q DeleteQuery[T]) Sync(how Sync) DeleteQuery[T] { q.sync = how; return q }

// Unrestricted has the DELETE reach all rows, whatever the models and the session
// say.
func (q DeleteQuery[T]) Unrestricted() DeleteQuery[T] { q.free = true; return q }

// Exec flushes, sends the statement, and returns how many rows it has deleted, of
// those that the session sees.
// Objects of the session whose rows these are are deleted then; a rollback takes
// that back. Hooks and cascades of the ORM do not take part.
func (q DeleteQuery[T]) Exec(ctx context.Context, s *Session) (int64, error) {
	m, _, err := mapperFrom(q.src, nil)
	if err != nil {
		return 0, err
	}
	if q.where, err = s.restrictedTo(m, q.free, q.where); err != nil {
		return 0, err
	}
	c := &massChange{s: s, m: m, sync: q.sync, verb: expr.VerbDelete}
	for _, p := range q.where {
		c.where = append(c.where, expr.Unwrap(p))
	}
	if m.levels != nil {
		return c.hierarchical(ctx, q.where)
	}
	stmt := expr.NewDelete(m.table).Where(q.where...)
	return c.run(ctx, stmt, q.where, func(xs []expr.Expression) expr.Statement { return stmt.Returning(xs...) })
}

// massChange is a statement that changes rows by a condition, and what it does to
// the session.
type massChange struct {
	s     *Session
	m     *mapper
	sync  Sync
	verb  expr.Verb
	set   []expr.Assignment
	where []expr.Expression

	attrs []*attr // that an UPDATE changes
}

func (c *massChange) run(ctx context.Context, stmt expr.Statement, where []expr.Predicate, returning func([]expr.Expression) expr.Statement) (int64, error) {
	s := c.s
	if err := s.ready(); err != nil {
		return 0, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return 0, err
	}
	sites, err := s.forQuery(c.m, func() *expr.Select {
		return expr.NewSelect(refsOf(c.m.key, c.m.table)...).From(c.m.table).Where(where...)
	})
	var total int64
	for _, id := range sites {
		if err == nil {
			var n int64
			n, err = c.there(ctx, id, stmt, where, returning)
			total += n
		}
	}
	return total, err
}

// there is run at one site.
func (c *massChange) there(ctx context.Context, at siteID, stmt expr.Statement, where []expr.Predicate, returning func([]expr.Expression) expr.Statement) (int64, error) {
	s := c.s
	defer s.at(at)()
	if err := s.within(stmt); err != nil {
		return 0, err
	}
	tx, err := s.transaction(ctx)
	if err != nil {
		return 0, err
	}
	candidates := c.candidates()
	if c.sync == SyncNone || len(candidates) == 0 {
		res, err := tx.Exec(ctx, stmt)
		return res.RowsAffected, s.fail(err)
	}
	if err := c.findAttrs(); err != nil {
		return 0, err
	}
	matched, certain := c.evaluate(candidates)
	switch {
	case certain && c.sync != SyncFetch:
		res, err := tx.Exec(ctx, stmt)
		if err == nil {
			err = c.apply(matched)
		}
		return res.RowsAffected, s.fail(err)
	case c.sync == SyncEvaluate:
		return 0, fmt.Errorf("orm: the condition or a value of the statement on %s can't be evaluated in Go with certainty; use SyncFetch or SyncNone", c.m.table.FullName())
	case tx.Returns(c.verb):
		return c.fetch(ctx, tx, returning)
	}
	return c.fetchBefore(ctx, tx, stmt, where)
}

// candidates are the objects whose rows this transaction knows.
func (c *massChange) candidates() []*state {
	var out []*state
	for _, st := range c.s.all() {
		if st.m == c.m && st.at == c.s.here && st.status == persistent && st.epoch == c.s.epoch && st.m.keyKind != keyNone {
			out = append(out, st)
		}
	}
	return out
}

// findAttrs finds what an UPDATE changes in a row.
func (c *massChange) findAttrs() error {
	if c.verb != expr.VerbUpdate {
		return nil
	}
	for _, as := range c.set {
		list, err := c.m.attrsOf([]expr.Expression{as.Target})
		if err != nil {
			return err
		}
		if list[0].col.IsPrimaryKey() {
			return &ModelError{Entity: c.m.goType.String(), Field: list[0].name, Reason: "is part of the primary key, and an UPDATE by a condition can't keep the session's objects in step with it; change the objects, or use SyncNone and ExpungeAll"}
		}
		c.attrs = append(c.attrs, list[0])
	}
	u := &c.m.updates
	for _, a := range slices.Concat(u.renewed, u.fetched) {
		if !slices.Contains(c.attrs, a) {
			c.attrs = append(c.attrs, a)
		}
	}
	if u.version != nil && !slices.Contains(c.attrs, u.version) {
		c.attrs = append(c.attrs, u.version)
	}
	return nil
}

// evaluate finds the objects whose rows the statement means, and whether that,
// and what they get, is certain.
func (c *massChange) evaluate(candidates []*state) (matched []*state, certain bool) {
	if len(c.attrs) > len(c.set) {
		return nil, false // the database or a default changes more
	}
	for _, st := range candidates {
		v, ok := st.evaluateAll(&expr.Variadic{Op: expr.OpAnd, Xs: c.where})
		if !ok {
			return nil, false
		}
		if v.IsNull() || !v.Bool() {
			continue
		}
		for i, as := range c.set {
			if v, ok := st.evaluate(as.Value); !ok || !c.attrs[i].takes(v) {
				return nil, false
			}
		}
		matched = append(matched, st)
	}
	return matched, true
}

// takes reports whether the field has the value once its row has it: what may be
// rounded, cut or padded on its way is not certain.
func (a *attr) takes(v sqltype.Value) bool {
	switch {
	case v.IsNull():
		return a.codec.Nullable
	case a.codec.Round != nil:
		return false
	}
	switch v.Kind() {
	case sqltype.KindInt64, sqltype.KindBool, sqltype.KindUUID:
		return a.col.Type.Kind() == v.Kind()
	case sqltype.KindText:
		return a.col.Type.Kind() == sqltype.KindText
	}
	return false
}

// apply gives matched objects what the statement has made of their rows.
func (c *massChange) apply(matched []*state) error {
	if c.verb == expr.VerbDelete {
		c.delete(matched)
		return nil
	}
	for _, st := range matched {
		values := make([]sqltype.Value, len(c.set))
		for i, as := range c.set {
			values[i], _ = st.evaluate(as.Value)
		}
		row := valueRow{values: values}
		if err := c.store(st, c.attrs, &row); err != nil {
			return err
		}
	}
	return nil
}

// store gives an object new values of its row. What the program has changed
// since stays.
func (c *massChange) store(st *state, attrs []*attr, row sqltype.Row) error {
	read := st.m.zero()
	if err := st.m.store(read, attrs, row); err != nil {
		return err
	}
	changed, err := st.changed(nil)
	if err != nil {
		return err
	}
	c.s.undo = append(c.s.undo, undo{st: st, before: persistent, snap: st.snap})
	var settled []*attr
	for _, a := range attrs {
		if !slices.Contains(changed, a) {
			a.copyField(st.obj, read)
			settled = append(settled, a)
		}
	}
	return st.settle(settled)
}

func (c *massChange) delete(matched []*state) {
	for _, st := range matched {
		c.s.undo = append(c.s.undo, undo{st: st, before: persistent, snap: st.snap})
		st.status = deleted
		c.s.moved(st, Persistent, Deleted)
		c.s.identities(st.kin()).remove(st)
	}
}

// fetch has the statement itself tell which rows it were, and what they have.
func (c *massChange) fetch(ctx context.Context, tx *engine.Tx, returning func([]expr.Expression) expr.Statement) (int64, error) {
	attrs := append(slices.Clip(c.m.key), c.attrs...)
	rows, err := tx.Query(ctx, returning(refsOf(attrs, c.m.table)))
	if err != nil {
		return 0, c.s.fail(err)
	}
	n := int64(0)
	for rows.Next() {
		n++
		if err = c.receive(attrs, rows.Row()); err != nil {
			break
		}
	}
	if closeErr := rows.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		c.s.failed = err // the objects are not what their rows are
	}
	return n, err
}

func (c *massChange) receive(attrs []*attr, row sqltype.Row) error {
	read := c.m.zero()
	if err := c.m.store(read, attrs, row); err != nil {
		return err
	}
	ikey, skey, err := c.m.identity(read)
	if err != nil {
		return err
	}
	st := c.s.identities(kinOf(c.m, c.s.here)).get(c.m, ikey, skey)
	switch {
	case st == nil || st.status != persistent:
		return nil
	case c.verb == expr.VerbDelete:
		c.delete([]*state{st})
		return nil
	}
	return c.store(st, attrs, row)
}

// fetchBefore asks first which rows it will be, and afterwards what they have.
func (c *massChange) fetchBefore(ctx context.Context, tx *engine.Tx, stmt expr.Statement, where []expr.Predicate) (int64, error) {
	s, m := c.s, c.m
	found := &massChange{s: s, m: m, verb: expr.VerbSelect}
	keys := expr.NewSelect(refsOf(m.key, m.table)...).From(m.table).Where(where...).Locking(expr.Lock{Strength: expr.ForUpdate})
	matched, err := found.known(ctx, tx, keys)
	if err != nil {
		return 0, s.fail(err)
	}
	res, err := tx.Exec(ctx, stmt)
	if err != nil || len(matched) == 0 {
		return res.RowsAffected, s.fail(err)
	}
	if c.verb == expr.VerbDelete {
		c.delete(matched)
		return res.RowsAffected, nil
	}
	attrs := append(slices.Clip(m.key), c.attrs...)
	for _, st := range matched {
		key, err := m.appendKey(nil, st.snap)
		if err != nil {
			return 0, err
		}
		again := expr.NewSelect(refsOf(attrs, m.table)...).From(m.table)
		for i, a := range m.key {
			again = again.Where(a.compare(m.table, expr.OpEq, key[i]))
		}
		if err := c.readAgain(ctx, tx, again, attrs); err != nil {
			return 0, err
		}
	}
	return res.RowsAffected, nil
}

func (c *massChange) readAgain(ctx context.Context, tx *engine.Tx, again *expr.Select, attrs []*attr) error {
	rows, err := tx.Query(ctx, again)
	if err != nil {
		return c.s.fail(err)
	}
	for rows.Next() && err == nil {
		err = c.receive(attrs, rows.Row())
	}
	if closeErr := rows.Close(); err == nil {
		err = closeErr
	}
	return c.s.fail(err)
}

// known reads keys and returns the session's objects of them.
func (c *massChange) known(ctx context.Context, tx *engine.Tx, keys *expr.Select) ([]*state, error) {
	rows, err := tx.Query(ctx, keys)
	if err != nil {
		return nil, err
	}
	var out []*state
	for rows.Next() && err == nil {
		read := c.m.zero()
		if err = c.m.store(read, c.m.key, rows.Row()); err != nil {
			break
		}
		var ikey int64
		var skey string
		if ikey, skey, err = c.m.identity(read); err != nil {
			break
		}
		if st := c.s.identities(kinOf(c.m, c.s.here)).get(c.m, ikey, skey); st != nil && st.status == persistent && st.epoch == c.s.epoch {
			out = append(out, st)
		}
	}
	if closeErr := rows.Close(); err == nil {
		err = closeErr
	}
	return out, err
}
