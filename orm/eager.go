package orm

import (
	"context"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// eager reads relationships from the rows of the statement that reads their
// owners, by joins or as JSON.
type eager struct {
	nodes []*eagerNode
	rest  []*loadPlan // what is loaded by statements of its own
	taken *titles
}

// eagerNode is one relationship in the rows.
type eagerNode struct {
	plan *loadPlan
	stand
	where  []expr.Predicate
	eager  // of what is found
	loader *loader
	at     int // the first of its columns in a row, or that of its rows
	found
}

// eagerly takes the plans that are read with the owners' rows. stmt returns the
// statement that reads these.
func eagerly(plans []*loadPlan, stmt func() expr.Node) (eager, error) {
	if !slices.ContainsFunc(plans, func(p *loadPlan) bool { return p.how.eager() }) {
		return eager{rest: plans}, nil
	}
	e := eager{taken: titlesIn(stmt())}
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
		n := &eagerNode{plan: p, eager: eager{taken: e.taken}}
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

// reads reports whether entities are read that a mapper's may be among.
func (e *eager) reads(m *mapper) bool {
	return slices.ContainsFunc(e.nodes, func(n *eagerNode) bool {
		return n.plan.rel.target.root() == m.root() || n.reads(m)
	})
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
	a := expr.Addition{Columns: n.columns, OrderBy: n.order}
	if n.plan.how != inJoin {
		a.Joins = []expr.Joining{n.join.joining()}
	}
	n.at = stmt.Width()
	return n.eager.onto(stmt.Plus(&a), n.path.to)
}

func (m *mapper) keyOrder(from expr.Source) []expr.Order {
	var out []expr.Order
	for _, a := range m.key {
		out = append(out, expr.Order{X: a.column(from)})
	}
	return out
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
func (e *eager) read(rows eagerRows, owner mem.Pointer) error {
	if owner == nil {
		return nil
	}
	for _, n := range e.nodes {
		if n.plan.how == asJSON {
			if n.meets(owner) { // a join has brought it again
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
		n.note(n.plan, owner, p)
		if err := n.eager.read(rows, p); err != nil {
			return err
		}
	}
	return nil
}

// finish gives the owners what was found, and loads what is loaded apart.
func (e *eager) finish(ctx context.Context, s *Session, owners []mem.Pointer, track tracking, of *origin) error {
	for _, n := range e.nodes {
		if n.loader != nil {
			if err := n.loader.complete(ctx); err != nil {
				return err
			}
		}
		if err := n.hand(n.plan, s.loads); err != nil {
			return err
		}
		if !n.ends() {
			if err := n.finish(ctx, s, n.items(), track, nil); err != nil {
				return err
			}
		}
	}
	return s.loadAll(ctx, owners, e.rest, track, of)
}

// ends reports whether nothing is read of what is found.
func (e *eager) ends() bool { return len(e.nodes)+len(e.rest) == 0 }

// wrapped puts a statement with a limit into FROM, so that the limit counts
// entities and not the rows of the joins. The order stays.
func (e *eager) wrapped(r *reading, stmt *expr.Select, order []expr.Order) (*expr.Select, expr.Source) {
	inner := stmt
	for i, o := range order {
		inner = inner.AddColumns(&expr.Label{X: expr.Unwrap(o.X), Name: fmt.Sprintf("order_%d", i+1)})
	}
	from := &expr.Derived{Select: inner, Name: e.taken.free("page")}
	outer := expr.NewSelect(r.columns(from)...).From(from)
	for i, o := range order {
		outer = outer.OrderBy(expr.Order{X: &expr.Column{From: from, Name: fmt.Sprintf("order_%d", i+1)}, Desc: o.Desc, Nulls: o.Nulls})
	}
	return outer, from
}

// loadEager reads the entities of a statement and the nodes beside them.
func (l *loader) loadEager(ctx context.Context, stmt *expr.Select, e *eager) ([]mem.Pointer, error) {
	if err := e.begin(l.s, l.track, l.populate); err != nil {
		return nil, err
	}
	if e.multiplies() && len(l.m.key) == 0 {
		return nil, &ModelError{Entity: l.m.goType.String(), Reason: "has no primary key by which its rows could be told apart in a join; leave Joined out"}
	}
	once := l.once && !e.multiplies() && !e.reads(l.m)
	if !once {
		l.apart()
	}
	stmt, err := l.s.restricted(stmt, l.m.base)
	if err != nil {
		return nil, err
	}
	rows, err := l.open(ctx, stmt)
	if err != nil {
		return nil, err
	}
	out, err := l.readEager(rows, e, once)
	if err == nil {
		err = l.complete(ctx)
	}
	return out, err
}

// readEager reads the rows to their end. once says that none of them has an entity
// again.
func (l *loader) readEager(rows *engine.Result, e *eager, once bool) ([]mem.Pointer, error) {
	var out []mem.Pointer
	var seen map[mem.Pointer]bool
	if !once && e.joins() {
		seen = map[mem.Pointer]bool{}
	}
	for rows.Next() {
		p, err := l.entity(rows.Row())
		if err == nil {
			err = e.read(rows, p)
		}
		if err != nil {
			rows.Close()
			return nil, err
		}
		if seen[p] {
			continue
		}
		if seen != nil {
			seen[p] = true
		}
		out = append(out, p)
	}
	if err := rows.Close(); err != nil {
		return nil, l.s.fail(err)
	}
	return out, nil
}
