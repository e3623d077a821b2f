package compile

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/alkahest-go/alkahest/expr"
)

// CartesianError says that a statement joins rows each with each: its FROM has
// sources between which there is no condition. It is no reason to refuse the
// statement by itself; whoever sends it decides (see Compiled.Cartesian).
//
// A join of any kind says by itself that it is meant; so CrossJoin is the way to
// write such a statement.
type CartesianError struct {
	// Groups are the names of the sources, those that are linked together.
	Groups [][]string
	told   atomic.Bool
}

// Error implements error.
func (e *CartesianError) Error() string {
	groups := make([]string, len(e.Groups))
	for i, g := range e.Groups {
		groups[i] = strings.Join(g, " and ")
	}
	return fmt.Sprintf("compile: nothing links the rows of %s, so that each goes with each (a cartesian product); add a condition between them, or say CrossJoin",
		strings.Join(groups, " with those of "))
}

// First reports whether it is called for the first time, for those who tell it
// once a statement.
func (e *CartesianError) First() bool { return e.told.CompareAndSwap(false, true) }

// cartesian notes whether sources are without a link in the conditions. The
// first such FROM of a statement counts.
func (c *Compiler) cartesian(from []expr.Source, where []expr.Expression) {
	if len(from) < 2 || c.product != nil {
		return
	}
	l := links{from: from, group: make([]int, len(from))}
	for i, f := range from {
		l.group[i] = i
		l.source(f, i)
	}
	for _, x := range where {
		l.condition(x)
	}
	if groups := l.groups(); len(groups) > 1 {
		c.product = &CartesianError{Groups: groups}
	}
}

// links are the sources of a FROM, and which of them are linked: those with the
// same number.
type links struct {
	from  []expr.Source
	group []int
}

// link makes one group of the sources that are met.
func (l *links) link(met []int) {
	for _, i := range met[min(1, len(met)):] {
		one, other := l.group[met[0]], l.group[i]
		for j, g := range l.group {
			if g == other {
				l.group[j] = one
			}
		}
	}
}

func (l *links) all() []int {
	all := make([]int, len(l.from))
	for i := range all {
		all[i] = i
	}
	return all
}

// groups returns the names of the sources by group.
func (l *links) groups() [][]string {
	var out [][]string
	for g := range l.from {
		var members []string
		for i, f := range l.from {
			if l.group[i] == g {
				members = append(members, names(leaves(nil, f)))
			}
		}
		if members != nil {
			out = append(out, members)
		}
	}
	return out
}

// condition links the sources that a condition speaks of: each side of AND and
// OR for itself, so that a.x = 1 OR b.y = 2 links nothing.
func (l *links) condition(x expr.Expression) {
	x = expr.Unwrap(x)
	switch y := x.(type) {
	case *expr.Variadic:
		for _, z := range y.Xs {
			l.condition(z)
		}
		return
	case *expr.Unary:
		if y.Op == expr.OpNot {
			l.condition(y.X)
			return
		}
	}
	l.link(l.met(nil, x))
}

// source links a source with those of which it speaks itself: a LATERAL query, a
// function of their columns.
func (l *links) source(s expr.Source, at int) {
	switch s := s.(type) {
	case *expr.Join:
		l.source(s.L, at)
		l.source(s.R, at)
	case *expr.Derived:
		if s.Lateral {
			l.link(l.query([]int{at}, s.Select))
		}
	case *expr.TableFunction:
		l.link(l.met([]int{at}, s.Func))
	case *expr.RawSource:
		l.link(l.met([]int{at}, s.Text))
	}
}

// met appends the sources whose columns x has, also in its subqueries. Of what
// can't be looked into all are assumed: text, and nodes that hide their parts.
func (l *links) met(to []int, x expr.Expression) []int {
	switch x := expr.Unwrap(x).(type) {
	case *expr.Column:
		i := slices.IndexFunc(l.from, func(f expr.Source) bool { return f.Provides(x.From) })
		if i >= 0 {
			to = append(to, i)
		}
		return to
	case *expr.Subquery:
		return l.query(to, x.Select)
	case *expr.Text:
		return append(to, l.all()...)
	case expr.Parent:
	case Renderer:
		return append(to, l.all()...)
	}
	for _, y := range expr.Children(x) {
		to = l.met(to, y)
	}
	return to
}

// query appends the sources that a subquery has from around it.
func (l *links) query(to []int, q expr.Query) []int {
	switch q := q.(type) {
	case *expr.Select:
		p := q.Parts()
		for _, list := range [][]expr.Expression{p.Columns, p.Where, p.GroupBy, p.Having} {
			for _, x := range list {
				to = l.met(to, x)
			}
		}
		for _, f := range p.From {
			to = l.joined(to, f)
		}
	case *expr.Compound:
		for _, member := range q.Parts().Queries {
			to = l.query(to, member)
		}
	}
	return to
}

// joined appends the sources that the conditions of joins within a subquery
// have from around it.
func (l *links) joined(to []int, s expr.Source) []int {
	j, ok := s.(*expr.Join)
	if !ok {
		return to
	}
	if j.On != nil {
		to = l.met(to, j.On)
	}
	return l.joined(l.joined(to, j.L), j.R)
}
