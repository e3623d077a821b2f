package orm

import (
	"context"
	"reflect"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// keysAtOnce is how many keys one statement asks for, where they can't be sent
// as one value. Where many parameters are read faster than that value they are
// placesAtOnce, and from keysAtOnce on a multiple of placesStep, so that there are
// few statements to be prepared.
const (
	keysAtOnce   = 500
	placesAtOnce = 1000
	placesStep   = 100
)

// ownerKey tells the keys of a relationship apart: by a number, or by their encoded
// values.
type ownerKey struct {
	n int64
	s string // never empty where it counts
}

// groups number the keys of owners.
type groups struct {
	n       int
	numbers map[int64]int32
	texts   map[string]int32

	// The key that was asked for last: rows mostly come in the order of an index.
	last   ownerKey
	lastIs int32
	asked  bool
}

// expect makes room for the keys of so many owners.
func (g *groups) expect(n int) { g.numbers = make(map[int64]int32, n) }

// find returns the number of a key, if it has one.
func (g *groups) find(k ownerKey) (int32, bool) {
	if g.asked && g.last == k {
		return g.lastIs, true
	}
	var n int32
	var known bool
	if k.s == "" {
		n, known = g.numbers[k.n]
	} else {
		n, known = g.texts[k.s]
	}
	if known {
		g.last, g.lastIs, g.asked = k, n, true
	}
	return n, known
}

// add numbers a key that has none.
func (g *groups) add(k ownerKey) int32 {
	n := int32(g.n)
	g.n++
	if k.s == "" {
		put(&g.numbers, k.n, n)
	} else {
		put(&g.texts, k.s, n)
	}
	return n
}

// numberKeyed reports whether the key of an owner is one whole number, which can be
// read from a row as it is.
func (r *relation) numberKeyed() bool {
	if len(r.local) != 1 || r.local[0].codec.Type.Kind() != sqltype.KindInt64 {
		return false
	}
	t := r.local[0].codec.Go
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64
}

// bringsOnce reports whether what belongs to different keys are different
// entities, each of which is one row.
func (r *relation) bringsOnce() bool {
	return (r.kind == hasMany || r.kind == hasOne) && !r.byJoin()
}

// keysInStatement is how many keys one statement asks for.
func (l *relatedLoader) keysInStatement(ctx context.Context) int {
	switch {
	case len(l.rel.local) > 1 || !l.rel.local[0].sentAsOne():
		return keysAtOnce
	case len(l.keys) > keysAtOnce && l.s.readsPlaces(ctx, l.rel.target):
		l.places = true
		return placesAtOnce
	}
	return max(len(l.keys), 1)
}

// readsPlaces reports whether the database where the mapper's rows are reads many
// parameters faster than a list of them that is one.
func (s *Session) readsPlaces(ctx context.Context, m *mapper) bool {
	at := s.spot(m)
	if at == spread {
		return false
	}
	tx, err := s.transactionAt(ctx, at)
	return err == nil && tx.ReadsPlaces()
}

// sentAsOne reports whether many values of the attribute can be one parameter.
func (a *attr) sentAsOne() bool {
	k := a.codec.Type.Kind()
	return k == sqltype.KindInt64 || k == sqltype.KindText
}

// isOneOf is that the columns have the values of one of the keys, of which more than
// keysAtOnce are sent as one.
func isOneOf(columns []expr.Expression, as []*attr, keys [][]sqltype.Value) expr.Predicate {
	if len(columns) > 1 {
		rows := make([]expr.RowValue, len(keys))
		for i, key := range keys {
			rows[i] = expr.TupleOf(bindsOf(as, key)...)
		}
		return expr.TupleOf(columns...).In(rows...)
	}
	if len(keys) <= keysAtOnce {
		return isAtPlaces(columns[0], as[0], keys, len(keys))
	}
	values := make([]sqltype.Value, len(keys))
	for i, key := range keys {
		values[i] = key[0]
	}
	elem := as[0].codec.Type
	list := &expr.List{Values: expr.BindValue(sqltype.Array{Elem: elem}, sqltype.ArrayValue(values)), Elem: elem}
	return expr.NewPred(&expr.In{X: columns[0], List: []expr.Expression{list}})
}

// isAtPlaces is that the column has the value of one of the keys, each of which is a
// parameter. The last one is given again until there are n.
func isAtPlaces(column expr.Expression, as *attr, keys [][]sqltype.Value, n int) expr.Predicate {
	list, binds := make([]expr.Expression, n), make([]expr.Bind, n)
	for i := range list {
		binds[i] = expr.Bind{Value: keys[min(i, len(keys)-1)][0], Codec: as.codec}
		list[i] = &binds[i]
	}
	return expr.NewPred(&expr.In{X: column, List: list})
}

// belongs is that the columns have the values of one of the keys.
func (l *relatedLoader) belongs(columns []expr.Expression, keys [][]sqltype.Value) expr.Predicate {
	if n := len(keys); n > keysAtOnce && l.places {
		return isAtPlaces(columns[0], l.rel.local[0], keys, (n+placesStep-1)/placesStep*placesStep)
	}
	return isOneOf(columns, l.rel.local, keys)
}

func bindsOf(as []*attr, key []sqltype.Value) []expr.Expression {
	out := make([]expr.Expression, len(key))
	for i, v := range key {
		out[i] = &expr.Bind{Value: v, Codec: as[i].codec}
	}
	return out
}
