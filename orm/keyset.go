package orm

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// KeysetPage is a part of what a query finds, from a position on. It costs the
// same wherever it is, and rows that come or go elsewhere don't move it.
type KeysetPage[T any] struct {
	Entities []*T
	// Next is the position after the last entity, and Previous that before the
	// first; zero where nothing is there.
	Next, Previous Position
}

// KeysetPage reads at most size entities from a position on, which is zero for
// the first page, or the Next or Previous of another page of the same order. The
// order, to which the primary key is added, is of columns; one that may be NULL
// says by First or Last where its NULLs are.
func (q Query[T]) KeysetPage(ctx context.Context, s *Session, size int, at Position) (KeysetPage[T], error) {
	var none KeysetPage[T]
	m, from, err := q.mapper()
	switch {
	case err != nil:
		return none, err
	case q.limit != nil || q.offset != nil:
		return none, errOwnLimit
	case size < 1:
		return none, fmt.Errorf("orm: a page of %d entities is none", size)
	}
	k, err := m.keyset(from, q.order)
	if err != nil {
		return none, err
	}
	after, err := k.after(at)
	if err != nil {
		return none, err
	}
	if after != nil {
		q = q.Where(after)
	}
	more := size + 1
	q.order, q.limit = k.orders(at.backward), &more
	ptrs, next, previous, err := q.keysetPage(ctx, s, k, at)
	return KeysetPage[T]{Entities: entities[T](ptrs), Next: next, Previous: previous}, err
}

// keysetPage reads one entity more than the page has, to know whether there are.
func (q *query) keysetPage(ctx context.Context, s *Session, k keyset, at Position) (ptrs []mem.Pointer, next, previous Position, err error) {
	if err := s.ready(); err != nil {
		return nil, next, previous, err
	}
	defer s.leave()
	defer s.freely(q.free)()
	if err := s.autoflush(ctx); err != nil {
		return nil, next, previous, err
	}
	ptrs, values, err := q.readWithTerms(ctx, s, k)
	if err != nil {
		return nil, next, previous, err
	}
	more := len(ptrs) == *q.limit
	if more {
		ptrs, values = ptrs[:len(ptrs)-1], values[:len(values)-1]
	}
	if at.backward {
		slices.Reverse(ptrs)
		slices.Reverse(values)
	}
	if n := len(ptrs); n > 0 {
		if more || at.backward {
			next = Position{order: k.print, values: values[n-1]}
		}
		if more && at.backward || !at.backward && !at.IsZero() {
			previous = Position{order: k.print, values: values[0], backward: true}
		}
	}
	return ptrs, next, previous, s.loadAll(ctx, ptrs, q.plans, q.track, nil)
}

// readWithTerms reads entities, and the values of the order's terms.
func (q *query) readWithTerms(ctx context.Context, s *Session, k keyset) (ptrs []mem.Pointer, values []string, err error) {
	m, from, err := q.mapper()
	if err != nil {
		return nil, nil, err
	}
	stmt := q.statement(m, from)
	for i, t := range k.terms {
		stmt = stmt.AddColumns(&expr.Label{X: t.x, Name: fmt.Sprintf("keyset_%d", i+1)})
	}
	if stmt, err = s.restricted(stmt, m.base); err != nil {
		return nil, nil, err
	}
	l := q.loader(s, m)
	rows, err := l.open(ctx, stmt)
	if err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		p, err := l.entity(rows.Row())
		var at string
		if err == nil {
			at, err = k.values(rows.Row(), l.n)
		}
		if err != nil {
			rows.Close()
			return nil, nil, err
		}
		ptrs, values = append(ptrs, p), append(values, at)
	}
	if err := rows.Close(); err != nil {
		return nil, nil, s.fail(err)
	}
	return ptrs, values, l.complete(ctx)
}

// keyset is the order of a query in which each row has a place of its own.
type keyset struct {
	terms []keyTerm
	print uint64
}

type keyTerm struct {
	x        *expr.Column
	desc     bool
	nulls    expr.Nulls
	nullable bool
}

// keyset adds the primary key to an order.
func (m *mapper) keyset(from expr.Source, order []expr.Order) (keyset, error) {
	var k keyset
	if len(m.key) == 0 {
		return k, &ModelError{Entity: m.goType.String(), Reason: "has no primary key, so that two rows may have the same place in an order; use Page"}
	}
	for _, o := range order {
		x, ok := expr.Unwrap(o.X).(*expr.Column)
		if !ok || x.Codec == nil {
			return k, fmt.Errorf("orm: pages of %s are ordered by something that is no column of a table, whose place can't be found again; order by columns, or use Page", m.goType)
		}
		t := keyTerm{x: x, desc: o.Desc, nulls: o.Nulls, nullable: !m.never(from, x)}
		if t.nullable && t.nulls == expr.NullsDefault {
			return k, fmt.Errorf("orm: pages of %s are ordered by %q, which may be NULL, and each database has its own place for NULLs: say First() or Last() of it", m.goType, x.Name)
		}
		k.terms = append(k.terms, t)
	}
	for _, a := range m.key {
		is := func(t keyTerm) bool { return t.x.From == from && t.x.Name == a.col.Name }
		if !slices.ContainsFunc(k.terms, is) {
			k.terms = append(k.terms, keyTerm{x: a.column(from)})
		}
	}
	var names []string
	for _, t := range k.terms {
		names = append(names, fmt.Sprint(sourceTitle(t.x.From), ".", t.x.Name, t.desc, t.nulls))
	}
	k.print = fingerprint(names)
	return k, nil
}

// never reports whether a column can't be NULL in the query.
func (m *mapper) never(from expr.Source, x *expr.Column) bool {
	if x.From != from {
		return false
	}
	return slices.ContainsFunc(m.attrs, func(a *attr) bool { return a.col.Name == x.Name && !a.col.Nullable })
}

func sourceTitle(from expr.Source) string {
	switch from := from.(type) {
	case *schema.Table:
		return from.FullName()
	case *expr.Alias:
		return from.Name
	case *expr.Derived:
		return from.Name
	}
	return ""
}

// orders are the terms, reversed for pages that are read backwards.
func (k keyset) orders(backward bool) []expr.Order {
	out := make([]expr.Order, len(k.terms))
	for i, t := range k.terms {
		if backward {
			t = t.reversed()
		}
		out[i] = expr.Order{X: t.x, Desc: t.desc, Nulls: t.nulls}
	}
	return out
}

func (t keyTerm) reversed() keyTerm {
	t.desc = !t.desc
	switch t.nulls {
	case expr.NullsFirst:
		t.nulls = expr.NullsLast
	case expr.NullsLast:
		t.nulls = expr.NullsFirst
	}
	return t
}

// after is the condition of the rows that come after a position, nil for all.
func (k keyset) after(at Position) (expr.Predicate, error) {
	if at.IsZero() {
		return nil, nil
	}
	values, err := at.decoded()
	if err != nil {
		return nil, err
	}
	if at.order != k.print || len(values) != len(k.terms) {
		return nil, errOtherOrder{}
	}
	var either []expr.Predicate
	for i, t := range k.terms {
		var all []expr.Predicate
		for j := range i {
			all = append(all, k.terms[j].equals(values[j]))
		}
		if at.backward {
			t = t.reversed()
		}
		if values[i].Kind() != sqltype.KindNull && values[i].Kind() != sqltype.Base(t.x.Codec.Type).Kind() {
			return nil, ErrPosition
		}
		if behind := t.behind(values[i]); behind != nil {
			either = append(either, expr.And(append(all, behind)...))
		}
	}
	return expr.Or(either...), nil
}

func (t keyTerm) isNull(op expr.Op) expr.Pred {
	return expr.NewPred(&expr.Unary{Op: op, X: t.x})
}

func (t keyTerm) equals(v sqltype.Value) expr.Predicate {
	if v.IsNull() {
		return t.isNull(expr.OpIsNull)
	}
	return t.compare(expr.OpEq, v)
}

func (t keyTerm) compare(op expr.Op, v sqltype.Value) expr.Pred {
	return expr.NewPred(&expr.Binary{Op: op, L: t.x, R: &expr.Bind{Value: v, Codec: t.x.Codec}})
}

// behind is that the term comes after the value; nil where nothing does.
func (t keyTerm) behind(v sqltype.Value) expr.Predicate {
	last := t.nulls == expr.NullsLast
	switch {
	case v.IsNull() && last:
		return nil
	case v.IsNull():
		return t.isNull(expr.OpIsNotNull)
	}
	op := expr.OpGt
	if t.desc {
		op = expr.OpLt
	}
	if t.nullable && last {
		return expr.Or(t.compare(op, v), t.isNull(expr.OpIsNull))
	}
	return t.compare(op, v)
}

// values reads the terms, which begin at a position of the row.
func (k keyset) values(row sqltype.Row, at int) (string, error) {
	var buf []byte
	for i, t := range k.terms {
		if row.IsNull(at + i) {
			buf = appendKeyValue(buf, sqltype.NullValue())
			continue
		}
		box := reflect.New(t.x.Codec.Go)
		if err := t.x.Codec.Decode(row, at+i, box.UnsafePointer()); err != nil {
			return "", fmt.Errorf("orm: %q: %w", t.x.Name, err)
		}
		v, err := t.x.Codec.Encode(box.UnsafePointer())
		if err != nil {
			return "", fmt.Errorf("orm: %q: %w", t.x.Name, err)
		}
		buf = appendKeyValue(buf, v)
	}
	return string(buf), row.Err()
}
