package orm

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"unsafe"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// eager reads relationships from the rows of the statement that reads their
// owners, by joins or as JSON.
type eager struct {
	nodes []*eagerNode
	rest  []*loadPlan // what is loaded by statements of its own
	taken map[string]bool
}

// eagerNode is one relationship in the rows.
type eagerNode struct {
	plan   *loadPlan
	path   path
	join   join
	where  []expr.Predicate
	order  []expr.Order
	eager  // of what is found
	loader *loader
	at     int // the first of its columns in a row, or that of its rows

	owners []unsafe.Pointer
	found  map[unsafe.Pointer][]unsafe.Pointer // by owner
	pairs  map[[2]unsafe.Pointer]bool
	all    []unsafe.Pointer // what was found, each once
	seen   map[unsafe.Pointer]bool
}

// eagerly takes the plans that are read with the owners' rows.
func eagerly(plans []*loadPlan, stmt expr.Node) (eager, error) {
	e := eager{taken: map[string]bool{}}
	expr.Visit(stmt, func(n expr.Node) {
		if from, ok := n.(expr.Source); ok {
			e.taken[sourceTitle(from)] = true
		}
	})
	return e, e.take(plans)
}

func (e *eager) take(plans []*loadPlan) error {
	for _, p := range plans {
		if !p.how.eager() {
			e.rest = append(e.rest, p)
			continue
		}
		if p.limit != nil && p.how != asJSON {
			return p.rel.problem("has a Limit and is to be read by a join, which has none for each entity: leave Joined out")
		}
		n := &eagerNode{
			plan: p, found: map[unsafe.Pointer][]unsafe.Pointer{}, pairs: map[[2]unsafe.Pointer]bool{}, seen: map[unsafe.Pointer]bool{},
			eager: eager{taken: e.taken},
		}
		if err := n.take(p.after()); err != nil {
			return err
		}
		if p.limit != nil && n.multiplies() {
			return p.rel.problem("has a Limit and is to be read with joins of its own, whose rows would count: say JSON in their place too")
		}
		e.nodes = append(e.nodes, n)
	}
	return nil
}

// multiplies reports whether a join gives an owner several rows.
func (e *eager) multiplies() bool {
	return slices.ContainsFunc(e.nodes, func(n *eagerNode) bool {
		return n.plan.how.joins() && (n.plan.how != inJoin && n.plan.rel.kind != belongsTo || n.multiplies())
	})
}

// joins reports whether the rows are those of a join.
func (e *eager) joins() bool {
	return slices.ContainsFunc(e.nodes, func(n *eagerNode) bool { return n.plan.how.joins() })
}

// onto adds the joins, the columns and the order of the nodes to a statement whose
// owners come from a source.
func (e *eager) onto(stmt *expr.Select, from expr.Source) (*expr.Select, error) {
	for _, n := range e.nodes {
		err := n.place(from)
		if err == nil && n.plan.how == asJSON {
			stmt, err = n.nestedIn(stmt)
		} else if err == nil {
			stmt, err = n.joinedTo(stmt)
		}
		if err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

func (n *eagerNode) joinedTo(stmt *expr.Select) (*expr.Select, error) {
	if n.plan.how != inJoin {
		stmt = n.join.onto(stmt)
	}
	n.at = len(stmt.Parts().Columns)
	return n.eager.onto(stmt.AddColumns(n.plan.rel.target.columnsOf(n.path.to)...).OrderBy(n.order...), n.path.to)
}

// place finds the sources of the node.
func (n *eagerNode) place(from expr.Source) (err error) {
	rel, to := n.plan.rel, n.plan.to
	if err := rel.target.ready(); err != nil {
		return err
	}
	if n.plan.how == inJoin {
		if to == nil {
			to = rel.end()
		}
		n.path = rel.path(from, to)
		return nil
	}
	n.path = rel.path(from, rel.endAs(n.free(rel.target.table.Name)))
	where, order := n.plan.where, n.plan.order
	if len(order) == 0 && rel.kind.toMany() {
		order = rel.order(rel.target.table)
	}
	near := n.plan.to
	if near == nil {
		near = rel.target.table
	}
	if n.order, err = adaptFrom(order, rel, near, n.path); err != nil {
		return err
	}
	if n.where, err = adaptFrom(where, rel, near, n.path); err != nil || n.plan.how == asJSON {
		return err
	}
	n.join = n.path.joined(n.where)
	n.join.kind = expr.LeftJoin
	if n.plan.how == innerJoined {
		n.join.kind = expr.InnerJoin
	}
	return nil
}

func (m *mapper) keyOrder(from expr.Source) []expr.Order {
	var out []expr.Order
	for _, a := range m.key {
		out = append(out, expr.Order{X: a.column(from)})
	}
	return out
}

func (e *eager) free(name string) string {
	for i := 1; ; i++ {
		if next := name + "_" + strconv.Itoa(i); !e.taken[next] {
			e.taken[next] = true
			return next
		}
	}
}

// begin makes the loaders of a statement that is about to be read.
func (e *eager) begin(s *Session, track tracking, populate bool) error {
	for _, n := range e.nodes {
		m := n.plan.rel.target
		if len(m.key) == 0 && n.plan.how.joins() {
			return n.plan.rel.problem("is to be read by a join, and %s has no primary key by which its rows could be told apart: leave Joined out", m.goType)
		}
		n.loader = s.loaderOf(m)
		n.loader.track, n.loader.populate = track, populate
		n.loader.apart()
		if err := n.begin(s, track, populate); err != nil {
			return err
		}
	}
	return nil
}

// eagerRows are rows of which the current one is read.
type eagerRows interface {
	Row() sqltype.Row
	Nested(i int) *engine.NestedRows
}

// read reads the nodes of a row, whose owner is nil where there is none.
func (e *eager) read(rows eagerRows, owner unsafe.Pointer) error {
	for _, n := range e.nodes {
		if owner == nil {
			continue
		}
		_, known := n.found[owner]
		if !known {
			n.found[owner] = nil
			n.owners = append(n.owners, owner)
		}
		if n.plan.how == asJSON {
			if known { // a join has brought it again
				continue
			}
			if err := n.readNested(rows.Nested(n.at), owner); err != nil {
				return err
			}
			continue
		}
		p, err := n.loader.entityAt(rows.Row(), n.at)
		if err != nil {
			return err
		}
		n.add(owner, p)
		if err := n.eager.read(rows, p); err != nil {
			return err
		}
	}
	return nil
}

// add notes what was found for an owner, nil for nothing.
func (n *eagerNode) add(owner, p unsafe.Pointer) {
	if p == nil {
		return
	}
	if pair := [2]unsafe.Pointer{owner, p}; !n.pairs[pair] {
		n.pairs[pair] = true
		n.found[owner] = append(n.found[owner], p)
	}
	if !n.seen[p] {
		n.seen[p] = true
		n.all = append(n.all, p)
	}
}

// finish gives the owners what was found, and loads what is loaded apart.
func (e *eager) finish(ctx context.Context, s *Session, owners []unsafe.Pointer, track tracking, of *origin) error {
	for _, n := range e.nodes {
		if n.loader != nil {
			if err := n.loader.complete(ctx); err != nil {
				return err
			}
		}
		for _, p := range n.owners {
			if err := n.plan.rel.put(p, n.found[p], s.loads, n.plan.partly()); err != nil {
				return err
			}
		}
		if err := n.finish(ctx, s, n.all, track, nil); err != nil {
			return err
		}
	}
	return s.loadAll(ctx, owners, e.rest, track, of)
}

// wrapped puts a statement with a limit into FROM, so that the limit counts
// entities and not the rows of the joins. The order stays.
func (e *eager) wrapped(r *reading, stmt *expr.Select, order []expr.Order) (*expr.Select, expr.Source) {
	inner := stmt
	for i, o := range order {
		inner = inner.AddColumns(&expr.Label{X: expr.Unwrap(o.X), Name: fmt.Sprintf("order_%d", i+1)})
	}
	from := &expr.Derived{Select: inner, Name: e.free("page")}
	outer := expr.NewSelect(r.columns(from)...).From(from)
	for i, o := range order {
		outer = outer.OrderBy(expr.Order{X: &expr.Column{From: from, Name: fmt.Sprintf("order_%d", i+1)}, Desc: o.Desc, Nulls: o.Nulls})
	}
	return outer, from
}

// loadEager reads the entities of a statement and the nodes beside them.
func (l *loader) loadEager(ctx context.Context, stmt *expr.Select, e *eager) ([]unsafe.Pointer, error) {
	if err := e.begin(l.s, l.track, l.populate); err != nil {
		return nil, err
	}
	if e.multiplies() && len(l.m.key) == 0 {
		return nil, &ModelError{Entity: l.m.goType.String(), Reason: "has no primary key by which its rows could be told apart in a join; leave Joined out"}
	}
	l.apart()
	stmt, err := l.s.restricted(stmt, l.m.base)
	if err != nil {
		return nil, err
	}
	rows, err := l.open(ctx, stmt)
	if err != nil {
		return nil, err
	}
	out, err := l.readEager(rows, e)
	if err == nil {
		err = l.complete(ctx)
	}
	return out, err
}

func (l *loader) readEager(rows *engine.Result, e *eager) ([]unsafe.Pointer, error) {
	var out []unsafe.Pointer
	seen, once := map[unsafe.Pointer]bool{}, e.joins()
	for rows.Next() {
		p, err := l.entity(rows.Row())
		if err == nil {
			err = e.read(rows, p)
		}
		if err != nil {
			rows.Close()
			return nil, err
		}
		if !seen[p] {
			seen[p] = once
			out = append(out, p)
		}
	}
	if err := rows.Close(); err != nil {
		return nil, l.s.fail(err)
	}
	return out, nil
}
