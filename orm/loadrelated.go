package orm

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// keysAtOnce is how many keys one statement asks for, where they can't be sent
// as one value.
const keysAtOnce = 500

// loadRelated loads a relationship of entities, and what the plan says of those
// that are found.
func (s *Session) loadRelated(ctx context.Context, owners []unsafe.Pointer, p *loadPlan, track tracking) error {
	if len(owners) == 0 {
		return nil
	}
	l := &relatedLoader{s: s, p: p, rel: p.rel, track: track, found: map[string][]unsafe.Pointer{}, seen: map[unsafe.Pointer]bool{}}
	if err := p.rel.owner.ready(); err != nil {
		return err
	}
	if err := p.rel.target.ready(); err != nil {
		return err
	}
	if err := l.gather(owners); err != nil {
		return err
	}
	if err := l.query(ctx); err != nil {
		return err
	}
	if err := l.hand(owners); err != nil {
		return err
	}
	return s.loadAll(ctx, l.all, p.then, track)
}

func (s *Session) loadAll(ctx context.Context, owners []unsafe.Pointer, plans []*loadPlan, track tracking) error {
	for _, p := range plans {
		if err := s.loadRelated(ctx, owners, p, track); err != nil {
			return err
		}
	}
	return nil
}

// relatedLoader loads one relationship of many entities.
type relatedLoader struct {
	s     *Session
	p     *loadPlan
	rel   *relation
	track tracking

	keys  [][]sqltype.Value // of owners, each once, those that have one
	of    []string          // the key of each owner; "" for none
	known map[string]bool   // of
	found map[string][]unsafe.Pointer
	all   []unsafe.Pointer // what was found, each once
	seen  map[unsafe.Pointer]bool
}

// gather collects the keys of the owners. What the session has is not asked for.
func (l *relatedLoader) gather(owners []unsafe.Pointer) error {
	l.known = map[string]bool{}
	l.of = make([]string, len(owners))
	for i, p := range owners {
		key, name, err := l.rel.keyOf(p)
		if err != nil {
			return err
		}
		l.of[i] = name
		if key == nil || l.known[name] {
			continue
		}
		l.known[name] = true
		if st := l.held(key); st != nil {
			l.add(name, st.obj)
			continue
		}
		l.keys = append(l.keys, key)
	}
	return nil
}

// keyOf returns the values by which the entity's row finds others, nil where one
// of them is NULL, and a name of them.
func (r *relation) keyOf(p unsafe.Pointer) ([]sqltype.Value, string, error) {
	var name []byte
	key := make([]sqltype.Value, len(r.local))
	for i, a := range r.local {
		v, err := a.encode(p)
		if err != nil {
			return nil, "", r.owner.valueError(p, a, err)
		}
		if v.IsNull() {
			return nil, "", nil
		}
		key[i] = v.Clone()
		name = appendKeyValue(name, v)
	}
	return key, string(name), nil
}

// held returns what this transaction knows of the one row that is referenced.
func (l *relatedLoader) held(key []sqltype.Value) *state {
	if l.rel.kind != belongsTo || l.track == untracked || len(l.p.where) > 0 || !l.rel.byPrimaryKey() {
		return nil
	}
	return l.s.fresh(l.rel.target, key)
}

// byPrimaryKey reports whether remote is the key of its table, in its order.
func (r *relation) byPrimaryKey() bool {
	if len(r.remote) != len(r.target.key) {
		return false
	}
	for i, a := range r.remote {
		if r.target.key[i] != a {
			return false
		}
	}
	return true
}

func (l *relatedLoader) add(name string, p unsafe.Pointer) {
	l.found[name] = append(l.found[name], p)
	if !l.seen[p] {
		l.seen[p] = true
		l.all = append(l.all, p)
	}
}

// query reads what belongs to the keys.
func (l *relatedLoader) query(ctx context.Context) error {
	size := keysAtOnce
	if len(l.rel.local) == 1 && l.rel.local[0].sentAsOne() {
		size = max(len(l.keys), 1)
	}
	for from := 0; from < len(l.keys); from += size {
		if err := l.read(ctx, l.keys[from:min(from+size, len(l.keys))]); err != nil {
			return err
		}
	}
	return nil
}

// sentAsOne reports whether many values of the attribute can be one parameter.
func (a *attr) sentAsOne() bool {
	k := a.codec.Type.Kind()
	return k == sqltype.KindInt64 || k == sqltype.KindText
}

func (l *relatedLoader) read(ctx context.Context, keys [][]sqltype.Value) error {
	rel, target := l.rel, l.rel.target
	rows := &loader{s: l.s, m: target, columns: target.reads.at, track: l.track, nextObj: target.alloc(slabSize), snaps: target.snapshots(slabSize)}
	res, err := rows.open(ctx, l.statement(keys))
	if err != nil {
		return err
	}
	scratch := rel.owner.alloc(1)()
	for res.Next() {
		name, err := rel.keyInRow(res, scratch)
		if err == nil && !l.known[name] {
			err = rel.otherwiseWritten()
		}
		if err == nil {
			var p unsafe.Pointer
			if p, err = rows.entity(res.Row()); err == nil {
				l.add(name, p)
			}
		}
		if err != nil {
			res.Close()
			return err
		}
	}
	if err := res.Close(); err != nil {
		return l.s.fail(err)
	}
	return nil
}

// otherwiseWritten says that the database found rows by keys that are equal for
// it, and not the same.
func (r *relation) otherwiseWritten() error {
	return fmt.Errorf("orm: %s.%s: a row of %s has a key that the database takes for that of an entity, and that is written otherwise (a collation ignores case or spaces): give the columns of the foreign key a binary collation, or the same text",
		r.owner.goType, r.field.name, r.target.table.FullName())
}

// keyInRow reads the owner's values, which follow the target's columns.
func (r *relation) keyInRow(res *engine.Result, scratch unsafe.Pointer) (string, error) {
	for i, a := range r.local {
		if err := a.codec.Decode(res.Row(), len(r.target.reads.attrs)+i, a.at(scratch)); err != nil {
			return "", r.owner.valueError(nil, a, err)
		}
	}
	if err := res.Row().Err(); err != nil {
		return "", fmt.Errorf("orm: %s.%s: %w", r.owner.goType, r.field.name, err)
	}
	_, name, err := r.keyOf(scratch)
	return name, err
}

// statement selects the target's columns, and the values of the owners to which
// they belong.
func (l *relatedLoader) statement(keys [][]sqltype.Value) *expr.Select {
	rel, target := l.rel, l.rel.target
	belongs := refsOf(rel.remote, target.table)
	q := expr.NewSelect(target.columnsOf(target.table)...).From(target.table)
	if rel.between != nil {
		belongs = columnRefs(rel.near, rel.between, rel.local)
		q = q.Join(rel.between, equalEach(columnRefs(rel.far, rel.between, rel.remote), refsOf(rel.remote, target.table))...)
	}
	q = q.AddColumns(belongs...).Where(isOneOf(belongs, rel.local, keys)).Where(l.p.where...)
	order := l.p.order
	if len(order) == 0 && rel.kind.toMany() {
		for _, a := range target.key {
			order = append(order, expr.Order{X: a.column(target.table)})
		}
	}
	return q.OrderBy(order...)
}

// columnRefs are columns of a table that has no entity, read as others are.
func columnRefs(columns []*schema.Column, from expr.Source, as []*attr) []expr.Expression {
	out := make([]expr.Expression, len(columns))
	for i, c := range columns {
		out[i] = &expr.Column{From: from, Name: c.Name, Codec: as[i].codec}
	}
	return out
}

func equalEach(a, b []expr.Expression) []expr.Predicate {
	out := make([]expr.Predicate, len(a))
	for i := range a {
		out[i] = expr.NewPred(&expr.Binary{Op: expr.OpEq, L: a[i], R: b[i]})
	}
	return out
}

// isOneOf is that the columns have the values of one of the keys.
func isOneOf(columns []expr.Expression, as []*attr, keys [][]sqltype.Value) expr.Predicate {
	if len(columns) > 1 {
		rows := make([]expr.RowValue, len(keys))
		for i, key := range keys {
			rows[i] = expr.TupleOf(bindsOf(as, key)...)
		}
		return expr.TupleOf(columns...).In(rows...)
	}
	in := &expr.In{X: columns[0]}
	if len(keys) > keysAtOnce { // which can be sent as one
		values := make([]sqltype.Value, len(keys))
		for i, key := range keys {
			values[i] = key[0]
		}
		elem := as[0].codec.Type
		in.List = []expr.Expression{&expr.List{Values: expr.BindValue(sqltype.Array{Elem: elem}, sqltype.ArrayValue(values)), Elem: elem}}
		return expr.NewPred(in)
	}
	for _, key := range keys {
		in.List = append(in.List, bindsOf(as, key)...)
	}
	return expr.NewPred(in)
}

func bindsOf(as []*attr, key []sqltype.Value) []expr.Expression {
	out := make([]expr.Expression, len(key))
	for i, v := range key {
		out[i] = &expr.Bind{Value: v, Codec: as[i].codec}
	}
	return out
}

// hand gives each owner what was found for it.
func (l *relatedLoader) hand(owners []unsafe.Pointer) error {
	for i, p := range owners {
		var found []unsafe.Pointer
		if name := l.of[i]; name != "" {
			found = l.found[name]
		}
		if err := l.rel.put(p, found); err != nil {
			return err
		}
	}
	return nil
}
