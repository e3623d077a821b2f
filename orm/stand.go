package orm

import (
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
)

// stand is where a relationship stands in the statement that reads its owners, and
// what it adds to that. It is not changed: a relationship keeps those that are
// asked for again and again.
type stand struct {
	path    path
	join    join
	order   []expr.Order
	columns []expr.Expression
}

// stands are those of a relationship of its own table, under the first name that
// its other end can have, and without conditions and an order of the query's.
type stands struct{ left, inner atomic.Pointer[stand] }

// at returns the place for a kind of join, nil where none is kept.
func (s *stands) at(how strategy) *atomic.Pointer[stand] {
	switch how {
	case joined:
		return &s.left
	case innerJoined:
		return &s.inner
	}
	return nil
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
		n.columns = rel.target.columnsOf(n.path.to)
		return nil
	}
	kept := n.kept(from)
	if kept != nil {
		if s := kept.Load(); s != nil && n.taken.add(sourceTitle(s.path.to)) {
			n.stand = *s
			return nil
		}
	}
	if err := n.placeAnew(from); err != nil {
		return err
	}
	if kept != nil && sourceTitle(n.path.to) == rel.target.table.Name+"_1" {
		s := n.stand
		kept.CompareAndSwap(nil, &s)
	}
	return nil
}

// kept returns where the relationship keeps what the node needs, nil where that is
// the query's alone.
func (n *eagerNode) kept(from expr.Source) *atomic.Pointer[stand] {
	p := n.plan
	if p.to != nil || len(p.where)+len(p.order) > 0 || p.rel.rule != nil || from != expr.Source(p.rel.owner.table) {
		return nil
	}
	return p.rel.stands.at(p.how)
}

func (n *eagerNode) placeAnew(from expr.Source) (err error) {
	rel := n.plan.rel
	n.path = rel.path(from, rel.endAs(n.taken.free(rel.target.table.Name)))
	n.columns = slices.Clip(rel.target.columnsOf(n.path.to))
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

// titles are the names that the sources of a statement have.
type titles struct{ names []string }

// titlesIn are those of all sources in a statement.
func titlesIn(stmts ...expr.Node) *titles {
	t := &titles{}
	for _, stmt := range stmts {
		expr.Visit(stmt, func(n expr.Node) {
			if from, ok := n.(expr.Source); ok {
				t.add(sourceTitle(from))
			}
		})
	}
	return t
}

// add takes a name, and reports whether it was free.
func (t *titles) add(name string) bool {
	if slices.Contains(t.names, name) {
		return false
	}
	t.names = append(t.names, name)
	return true
}

// free takes a name that begins so.
func (t *titles) free(name string) string {
	for i := 1; ; i++ {
		if next := name + "_" + strconv.Itoa(i); t.add(next) {
			return next
		}
	}
}
