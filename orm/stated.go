package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// AliasOf returns the columns of a mapped table as those of a query, which must
// have columns of their names: entities can be selected from a subquery or a set
// operation, and joined with it.
func AliasOf[C any, P interface {
	*C
	tabler
}](t P, name string, q expr.Query) P {
	c := *t
	p := P(&c)
	rebind(p, &expr.Derived{Select: q, Name: name})
	return p
}

// rebind makes a copy of the columns those of another source.
func rebind(p tabler, from expr.Source) {
	h := p.held()
	m, ptr := h.m, reflect.ValueOf(p)
	if m == nil || m.table == nil {
		return
	}
	if err := schema.BindAlias(schema.StructColumns(ptr), from); err != nil {
		m.fail("", "alias: %v", err)
	}
	aliasRelations(ptr, from)
	h.from = from
	m.bindParts(ptr, "", from)
	expressions(ptr, func(_ string, e expressive, _ reflect.Value) { e.bind(from) })
}

// Subquery returns the SELECT as a part of another statement. What is wrong with
// it is told when that is compiled.
func (q Query[T]) Subquery() *expr.Select {
	s, err := q.selected()
	if err != nil {
		return expr.NewSelect(expr.Invalid{Err: err})
	}
	return s
}

// Stated is a statement of the program's own that returns entities.
type Stated[T any] struct {
	src   Source[T]
	stmt  expr.Statement
	track tracking
	with  []Loader[T]
}

// SelectBy returns the entities of a statement: raw text, a set operation, a
// SELECT, or a statement that changes rows and returns them. Each column of the
// entity must be in its result under its name; others are ignored.
func SelectBy[T any](src Source[T], stmt expr.Statement) Stated[T] {
	return Stated[T]{src: src, stmt: stmt}
}

// With loads relationships of the entities.
func (q Stated[T]) With(loaders ...Loader[T]) Stated[T] {
	q.with = append(slices.Clip(q.with), loaders...)
	return q
}

// NoTrack reads entities that are not part of the session.
func (q Stated[T]) NoTrack() Stated[T] { q.track = untracked; return q }

// All returns the entities in the order of the result. The session flushes first.
func (q Stated[T]) All(ctx context.Context, s *Session) ([]*T, error) {
	ptrs, err := q.all(ctx, s)
	return entities[T](ptrs), err
}

func (q *Stated[T]) all(ctx context.Context, s *Session) ([]mem.Pointer, error) {
	m, _, err := mapperFrom(q.src, nil)
	if err != nil {
		return nil, err
	}
	plans, err := plansOf(q.with)
	if err != nil {
		return nil, err
	}
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	ptrs, err := q.read(ctx, s, m)
	if err == nil {
		err = s.loadAll(ctx, ptrs, plans, q.track, nil)
	}
	if err != nil {
		return nil, err
	}
	return ptrs, nil
}

// One returns the only entity. None is sqlerr.ErrNoRows, more than one is
// sqlerr.ErrMultipleRows.
func (q Stated[T]) One(ctx context.Context, s *Session) (*T, error) {
	return one[T](single(q.all(ctx, s)))
}

// OneOrNone returns the only entity, or nil if there is none.
func (q Stated[T]) OneOrNone(ctx context.Context, s *Session) (*T, error) {
	e, err := q.One(ctx, s)
	if errors.Is(err, sqlerr.ErrNoRows) {
		return nil, nil
	}
	return e, err
}

func (q Stated[T]) read(ctx context.Context, s *Session, m *mapper) ([]mem.Pointer, error) {
	l := s.loaderOf(m)
	rows, err := l.open(ctx, q.stmt)
	if err != nil {
		return nil, err
	}
	l.track = q.track
	if l.columns, err = m.positions(namesIn(rows)); err != nil {
		rows.Close()
		return nil, err
	}
	out, err := l.read(rows)
	if err == nil {
		err = l.complete(ctx)
	}
	return out, err
}

// namesIn are the names of a result's columns.
func namesIn(rows *engine.Result) []string {
	var out []string
	if columns := rows.ResultColumns(); columns != nil {
		for _, c := range columns {
			out = append(out, c.Name)
		}
		return out
	}
	for _, c := range rows.Columns() {
		out = append(out, c.Name)
	}
	return out
}

// positions finds the column of each attribute among the names.
func (m *mapper) positions(names []string) ([]int, error) {
	out := make([]int, len(m.attrs), len(m.attrs)+len(m.props))
	for _, a := range m.props {
		out = append(out, slices.Index(names, a.col.Name))
	}
	for i, a := range m.attrs {
		out[i] = slices.Index(names, a.col.Name)
		switch {
		case out[i] < 0 && a.deferred:
		case out[i] < 0:
			return nil, fmt.Errorf("orm: the statement returns no column %q, which %s.%s needs: add it, or name it so by AS", a.col.Name, m.goType, a.name)
		case slices.Contains(names[out[i]+1:], a.col.Name):
			return nil, fmt.Errorf("orm: the statement returns two columns %q, so that %s.%s could be either: name them apart by AS", a.col.Name, m.goType, a.name)
		}
	}
	return out, nil
}
