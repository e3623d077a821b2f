package orm

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// clauses are what queries of entities and of rows have in common. Each method
// returns a changed copy.
type clauses struct {
	joins  []join
	where  []expr.Predicate
	order  []expr.Order
	limit  *int
	offset *int
	lock   expr.Lock
	wrong  error // of a join, told when the query is run
}

type join struct {
	kind expr.JoinKind
	near expr.Source // what is joined; nil: the last
	to   expr.Source
	on   []expr.Predicate
}

// Joined is what a query can be joined with: a mapped table, an alias of one, or
// a relationship, which joins the table at its other end.
type Joined interface {
	joined() (join, error)
}

//go:noinline
func (t *Table[T]) joined() (join, error) { return tableJoined(t) }

//go:noinline
func tableJoined(t untyped) (join, error) {
	h := t.held()
	if h == nil || h.from == nil {
		return join{}, fmt.Errorf("orm: %T is not declared; make it by orm.Declare", t)
	}
	return join{to: h.from}, nil
}

// joined joins along the relationship. A table between joins first with the other
// end, so that an outer join drops both or none.
func (h relationship[E, T]) joined() (join, error) {
	rel, err := h.resolved()
	if err != nil {
		return join{}, err
	}
	if h.to == nil && h.source() == rel.end() {
		return join{}, rel.problem("leads to the table that it comes from: name one of the two by orm.Alias, as in To(orm.Alias(%s, \"other\"))", rel.owner.table.Name)
	}
	p := rel.path(h.source(), h.target())
	where, err := adapt(h.plan.where, rel, h.spoken(), p.between)
	if err != nil {
		return join{}, err
	}
	return p.joined(where), nil
}

// joined is the join with the far source, and with the table between.
func (p path) joined(where []expr.Predicate) join {
	if p.between == nil {
		return join{near: p.from, to: p.to, on: append(p.far(), where...)}
	}
	return join{near: p.from, to: expr.NewJoin(expr.InnerJoin, p.between, p.to, append(p.far(), where...)...), on: p.near()}
}

func (c clauses) joined(kind expr.JoinKind, to Joined, on []expr.Predicate) clauses {
	j, err := to.joined()
	if err != nil {
		if c.wrong == nil {
			c.wrong = err
		}
		return c
	}
	j.kind, j.on = kind, append(j.on, on...)
	c.joins = append(slices.Clip(c.joins), j)
	return c
}

// onto puts the clauses on a SELECT.
func (c *clauses) onto(s *expr.Select) *expr.Select {
	if len(c.joins)+len(c.where)+len(c.order) == 0 && c.limit == nil && c.offset == nil && c.lock.Strength == expr.NoLock {
		return s
	}
	a := expr.Addition{Where: c.where, OrderBy: c.order, Limit: c.limit, LimitInText: c.limit != nil && isUsual(*c.limit), Offset: c.offset, Lock: c.lock}
	for _, j := range c.joins {
		a.Joins = append(a.Joins, j.joining())
	}
	return s.Plus(&a)
}

// isUsual reports whether a limit is one of the few that programs have, each of
// which may be a statement of its own.
func isUsual(limit int) bool {
	return limit >= 0 && (limit <= 10 || limit <= 100 && limit%5 == 0 || limit <= 1000 && limit%50 == 0)
}

func (j *join) joining() expr.Joining {
	return expr.Joining{Left: j.near, Kind: j.kind, To: j.to, On: j.on}
}

// Join joins a SELECT of columns with a mapped table, or along a relationship,
// whose near end must be in it.
func Join(s *expr.Select, to Joined, on ...expr.Predicate) *expr.Select {
	return joinOnto(s, expr.InnerJoin, to, on)
}

// LeftJoin is Join that keeps rows which have no partner.
func LeftJoin(s *expr.Select, to Joined, on ...expr.Predicate) *expr.Select {
	return joinOnto(s, expr.LeftJoin, to, on)
}

func joinOnto(s *expr.Select, kind expr.JoinKind, to Joined, on []expr.Predicate) *expr.Select {
	j, err := to.joined()
	if err != nil {
		return s.Where(invalid(err))
	}
	j.kind, j.on = kind, append(j.on, on...)
	return s.Plus(&expr.Addition{Joins: []expr.Joining{j.joining()}})
}

// To makes an alias the other end, for a table that a statement has twice.
// Conditions that follow speak of the alias.
func (h HasMany[E, T]) To(alias Source[T]) HasMany[E, T] { return HasMany[E, T]{h.leading(alias)} }

// To makes an alias the other end, for a table that a statement has twice.
// Conditions that follow speak of the alias.
func (h HasOne[E, T]) To(alias Source[T]) HasOne[E, T] { return HasOne[E, T]{h.leading(alias)} }

// To makes an alias the other end, for a table that a statement has twice.
// Conditions that follow speak of the alias.
func (h BelongsTo[E, T]) To(alias Source[T]) BelongsTo[E, T] {
	return BelongsTo[E, T]{h.leading(alias)}
}

// To makes an alias the other end, for a table that a statement has twice.
// Conditions that follow speak of the alias. The table between is there under an
// alias too, and conditions on it mean that.
func (h ManyToMany[E, T]) To(alias Source[T]) ManyToMany[E, T] {
	return ManyToMany[E, T]{h.leading(alias)}
}

func (h relationship[E, T]) leading(alias Source[T]) relationship[E, T] {
	rel, err := h.resolved()
	if err != nil {
		h.wrong = err
		return h
	}
	m, to := alias.source(nil)
	if m != rel.target {
		h.wrong = rel.problem("leads to %s, which the given alias is none of", rel.target.table.FullName())
		return h
	}
	p := rel.path(h.source(), to)
	h.to = to
	if h.plan.where, err = p.adapted(h.plan.where); err == nil {
		h.plan.order, err = adapt(h.plan.order, rel, p.to, p.between)
	}
	if err != nil {
		h.wrong = err
	}
	return h
}

// rebase makes the relationship that of an alias.
func (h *relationship[E, T]) rebase(from expr.Source) { h.from = from }
