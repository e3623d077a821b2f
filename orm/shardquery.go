package orm

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// RequiredValues returns the values of a column that the conditions of a SELECT
// allow, and whether they say: they do by an equality or IN that has to hold. It
// is for Sharding.Query.
func RequiredValues[T any](q *expr.Select, column expr.Of[T]) (values []T, said bool) {
	c, ok := expr.Unwrap(column).(*expr.Column)
	if !ok || c.Codec == nil {
		return nil, false
	}
	for _, x := range conjuncts(q.Parts().Where) {
		var list []expr.Expression
		switch x := x.(type) {
		case *expr.Binary:
			if x.Op == expr.OpEq && sameColumn(x.L, c) {
				list = []expr.Expression{x.R}
			} else if x.Op == expr.OpEq && sameColumn(x.R, c) {
				list = []expr.Expression{x.L}
			}
		case *expr.In:
			if !x.Not && sameColumn(x.X, c) {
				list = x.List
			}
		}
		if values, said = boundValues[T](list); said {
			return values, true
		}
	}
	return nil, false
}

// conjuncts are the conditions that all have to hold.
func conjuncts(where []expr.Expression) []expr.Expression {
	var out []expr.Expression
	for _, x := range where {
		x = expr.Unwrap(x)
		switch and := x.(type) {
		case *expr.Variadic:
			if and.Op == expr.OpAnd {
				out = append(out, conjuncts(and.Xs)...)
				continue
			}
		case *expr.Binary:
			if and.Op == expr.OpAnd {
				out = append(out, conjuncts([]expr.Expression{and.L, and.R})...)
				continue
			}
		}
		out = append(out, x)
	}
	return out
}

func sameColumn(x expr.Expression, c *expr.Column) bool {
	other, ok := expr.Unwrap(x).(*expr.Column)
	return ok && other.Name == c.Name && other.From.Provides(c.From)
}

// boundValues returns the values of parameters, as the program knows them.
func boundValues[T any](list []expr.Expression) ([]T, bool) {
	out := make([]T, len(list))
	for i, x := range list {
		b, ok := expr.Unwrap(x).(*expr.Bind)
		if !ok || b.Err != nil || b.Value.IsNull() || b.Codec == nil {
			return nil, false
		}
		codec, err := sqltype.CodecFor(b.Codec.Type, reflect.TypeFor[T]())
		if err != nil {
			return nil, false
		}
		row := valueRow{values: []sqltype.Value{b.Value}}
		if err := codec.Decode(&row, 0, mem.Pointer(&out[i])); err != nil || row.err != nil {
			return nil, false
		}
	}
	return out, len(list) > 0
}

var errOffsetOfShards = errors.New("orm: an offset can't be found over several shards; name one by InShard, or read on by conditions")

// acrossShards runs a query at each of several sites, and puts what they find into
// the query's order.
func (q *query) acrossShards(ctx context.Context, s *Session, m *mapper, from expr.Source, sites []siteID) ([]mem.Pointer, error) {
	if q.offset != nil {
		return nil, errOffsetOfShards
	}
	by, err := m.goOrder(from, q.order)
	if err != nil {
		return nil, err
	}
	var all []mem.Pointer
	for _, id := range sites {
		back := s.at(id)
		found, err := q.read(ctx, s, m, from)
		back()
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(by) > 0 {
		if all, err = sortedBy(all, by); err != nil {
			return nil, err
		}
	}
	if q.limit != nil && len(all) > *q.limit {
		all = all[:*q.limit]
	}
	return all, nil
}

// goTerm is a term of an order that Go knows as the databases do.
type goTerm struct {
	a    *attr
	desc bool
}

var errGoOrder = errors.New("orm: the order of rows of several shards is made in Go, which knows that of numbers, truth values and times that can't be NULL: order by such columns, sort the result, or name one shard by InShard")

func (m *mapper) goOrder(from expr.Source, order []expr.Order) ([]goTerm, error) {
	var out []goTerm
	for _, o := range order {
		a := m.columnOf(o.X, from)
		if a == nil || a.col.Nullable {
			return nil, errGoOrder
		}
		switch a.codec.Type.Kind() {
		case sqltype.KindInt64, sqltype.KindFloat64, sqltype.KindBool, sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		default:
			return nil, errGoOrder
		}
		out = append(out, goTerm{a, o.Desc})
	}
	return out, nil
}

// sortedBy puts entities in an order. Those of equal terms stay in the order of
// their shards.
func sortedBy(all []mem.Pointer, by []goTerm) ([]mem.Pointer, error) {
	type row struct {
		p    mem.Pointer
		keys []sqltype.Value
	}
	rows := make([]row, len(all))
	for i, p := range all {
		rows[i] = row{p, make([]sqltype.Value, len(by))}
		for j, t := range by {
			var err error
			if rows[i].keys[j], err = t.a.encode(p); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		for i, t := range by {
			n := compareValues(x.keys[i], y.keys[i])
			if t.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	out := make([]mem.Pointer, len(rows))
	for i, r := range rows {
		out[i] = r.p
	}
	return out, nil
}

func compareValues(a, b sqltype.Value) int {
	switch a.Kind() {
	case sqltype.KindFloat64:
		return cmp.Compare(a.Float64(), b.Float64())
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		sec, nsec := a.Unix()
		otherSec, otherNsec := b.Unix()
		return cmp.Or(cmp.Compare(sec, otherSec), cmp.Compare(nsec, otherNsec))
	case sqltype.KindBool:
		if a.Bool() == b.Bool() {
			return 0
		} else if b.Bool() {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Int64(), b.Int64())
}
