package expr

import (
	"fmt"
	"reflect"
)

// Rewrite returns n with other nodes within it; n itself stays as it is. f is
// called for n and for each node within it, from the outside in: what it returns
// takes the node's place, and is not gone into; nil keeps the node and goes on
// with its parts, and the node itself keeps it whole. A part in which nothing is
// replaced is shared between the two. A node that stands in several places, such
// as a CTE, has one replacement.
//
// A typed expression of this package keeps its type; a column of a model and the
// like are given as an Expression: Rewrite[Expression](Users.Name, f).
//
// It is an error where a replacement can't stand in the node's place, such as an
// expression in FROM, and where something within a node of another package would
// be replaced that is not Replaceable.
func Rewrite[N Node](n N, f func(Node) Node) (N, error) {
	r := &replacing{f: f, done: map[Node]Node{}}
	m := r.node(n)
	if w, ok := any(n).(interface{ rewrapped(Expression) Expression }); ok && r.err == nil {
		if x, isExpression := m.(Expression); isExpression {
			m = w.rewrapped(x)
		}
	}
	out, ok := m.(N)
	if !ok && r.err == nil {
		r.err = fmt.Errorf("expr: the replacement of a %T is a %T; ask for an expr.Expression or another interface that both are", n, m)
	}
	if r.err != nil {
		return n, r.err
	}
	return out, nil
}

// Adapt returns n with to in the place of from: the columns of from become those
// of the same names of to, as in a condition on a table that is to hold for its
// alias, and from itself becomes to in FROM. Other aliases of from stay what they
// are.
func Adapt[N Node](n N, from, to Source) (N, error) {
	is := func(s Source) bool { return s.Provides(from) && from.Provides(s) }
	return Rewrite(n, func(n Node) Node {
		switch n := n.(type) {
		case *Column:
			if is(n.From) {
				return &Column{From: to, Name: n.Name, Codec: n.Codec}
			}
		case *Alias:
			if is(n.Of) || n.Provides(to) {
				return n
			}
		case Source:
			if n == to {
				return to
			}
			if is(n) {
				return to
			}
		}
		return nil
	})
}

// Replaceable is a node of another package whose parts can be replaced.
type Replaceable interface {
	Node
	// Replaced returns the node with the results of f in the places of the
	// expressions within it, and leaves the node as it is.
	Replaced(f func(Expression) Expression) Node
}

// ReplacedIn returns expressions with the results of f in their places, for nodes
// that are Replaceable.
func ReplacedIn[X Expression](xs []X, f func(Expression) Expression) []Expression {
	var out []Expression
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

// ReplacedInSet is ReplacedIn for assignments.
func ReplacedInSet(set []Assignment, f func(Expression) Expression) []Assignment {
	var out []Assignment
	for _, a := range set {
		out = append(out, Assignment{Target: f(a.Target), Value: f(a.Value)})
	}
	return out
}

// replacing is one call of Rewrite.
type replacing struct {
	f       func(Node) Node
	done    map[Node]Node // by pointers: a node in several places stays one
	changes int
	err     error
}

func (r *replacing) node(n Node) Node {
	if x, ok := n.(Expression); ok {
		n = Unwrap(x)
	}
	pointer := reflect.TypeOf(n).Kind() == reflect.Pointer
	if pointer {
		if m, ok := r.done[n]; ok {
			if m != n {
				r.changes++
			}
			return m
		}
	}
	m := r.f(n)
	if x, ok := m.(Expression); ok {
		m = Unwrap(x)
	}
	switch {
	case m == nil:
		m = r.parts(n)
	case !pointer || m != n:
		r.changes++
	}
	if pointer {
		r.done[n] = m
	}
	return m
}

// parts returns n made of other parts, or n itself where all are kept.
func (r *replacing) parts(n Node) Node {
	before := r.changes
	m := r.rebuilt(n)
	if r.changes == before || r.err != nil {
		return n
	}
	return m
}

func (r *replacing) rebuilt(n Node) Node {
	switch n := n.(type) {
	case Query:
		return r.query(n)
	case *Merge:
		return r.merge(n)
	case *OnConflictClause:
		return r.onConflict(n)
	case Order:
		return r.order(n)
	case Assignment:
		return Assignment{Target: one(r, n.Target), Value: one(r, n.Value)}
	case *Groups:
		return &Groups{Kind: n.Kind, Sets: lists(r, n.Sets)}
	case Special:
		return r.special(n)
	case Expression:
		return r.expression(n)
	case Source:
		return r.source(n)
	}
	return r.foreign(n)
}

// foreign replaces within a node of another package.
func (r *replacing) foreign(n Node) Node {
	if own, ok := n.(Replaceable); ok {
		return own.Replaced(func(x Expression) Expression { return one(r, x) })
	}
	first := true
	Visit(n, func(part Node) {
		if first { // n itself, which was asked
			first = false
			return
		}
		before := r.changes
		if r.node(part); r.changes != before {
			r.fail(fmt.Errorf("expr: a part of a %T is replaced, which can't be made anew; it must implement expr.Replaceable", n))
		}
	})
	return n
}

func (r *replacing) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// one replaces a node, which may be nil, by one that can stand in its place.
func one[N Node](r *replacing, n N) N {
	if any(n) == nil {
		return n
	}
	m := r.node(n)
	out, ok := m.(N)
	if !ok {
		r.fail(fmt.Errorf("expr: a %T can't stand in the place of a %T", m, n))
		return n
	}
	return out
}

func list[N Node](r *replacing, ns []N) []N {
	if ns == nil {
		return nil
	}
	out := make([]N, len(ns))
	for i, n := range ns {
		out[i] = one(r, n)
	}
	return out
}

func lists[N Node](r *replacing, rows [][]N) [][]N {
	out := make([][]N, len(rows))
	for i, row := range rows {
		out[i] = list(r, row)
	}
	return out
}

func (p Pred) rewrapped(x Expression) Expression { return Pred{x} }

//go:noinline
func (s Scalar[T]) rewrapped(x Expression) Expression { return Scalar[T]{x, s.c} }

//go:noinline
func (s Ordered[T]) rewrapped(x Expression) Expression {
	return Ordered[T]{Scalar[T]{x, s.c}}
}

//go:noinline
func (s Num[T]) rewrapped(x Expression) Expression { return NewNum[T](x, s.c) }

//go:noinline
func (s TextOf[T]) rewrapped(x Expression) Expression { return NewText[T](x, s.c) }

//go:noinline
func (s BoolOf[T]) rewrapped(x Expression) Expression { return NewBool[T](x, s.c) }
