package orm

import (
	"cmp"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// sorting is an order that needs no database: by a key that is one whole number.
// Where rows of an index are in it already, which is the rule, it costs nothing,
// while a database that was asked for it sorts them.
type sorting struct {
	column int // of a row
	desc   bool
}

// orderSent is the order that the database is asked for: none where the rows are
// sorted here.
func (l *relatedLoader) orderSent() []expr.Order {
	order := l.order()
	l.sorted = l.sorts(order)
	if l.sorted != nil {
		return nil
	}
	return order
}

// sorts returns the order as one that needs no database, nil where it is another.
// Where somebody is told of each entity the database sorts them, so that they are
// told in the order.
func (l *relatedLoader) sorts(order []expr.Order) *sorting {
	m := l.rel.target
	if len(order) != 1 || !l.rel.kind.toMany() || l.p.limit != nil || len(l.eager.nodes) > 0 || m.keyKind != keyInt ||
		m.reads.kinds != nil || len(l.s.opts.events) > 0 || len(m.hooksAt(afterLoad)) > 0 {
		return nil
	}
	key := m.key[0]
	at := m.reads.at[key.index]
	c, ok := order[0].X.(*expr.Column)
	if !ok || order[0].Nulls != 0 || at < 0 || c.From != l.target() || c.Name != key.col.Name || key.codec.Type.Kind() != sqltype.KindInt64 {
		return nil
	}
	return &sorting{column: at, desc: order[0].Desc}
}

// sort sorts what a statement has found, and the states that are new with it: flushes
// write in their order.
func (l *relatedLoader) sort(rows []foundFor, states []*state) {
	turn := 1
	if l.sorted.desc {
		turn = -1
		slices.Reverse(rows)
		slices.Reverse(states)
	}
	if byPlace := func(a, b foundFor) int { return turn * cmp.Compare(a.place, b.place) }; !slices.IsSortedFunc(rows, byPlace) {
		slices.SortStableFunc(rows, byPlace)
	}
	if byKey := func(a, b *state) int { return turn * cmp.Compare(a.ikey, b.ikey) }; !slices.IsSortedFunc(states, byKey) {
		slices.SortStableFunc(states, byKey)
	}
}
