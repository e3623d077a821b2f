package orm

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// JoinsByRule is implemented by a struct of columns of which some relationships
// follow no foreign key. The method is called once, on first use of the tables,
// while these are checked: queries that it names are made by package expr.
type JoinsByRule interface {
	Joins() []JoinRule
}

// JoinRule says by what conditions the rows at the ends of a relationship belong
// together. The relationship is read and never written.
type JoinRule struct {
	rel      *relation
	from, to expr.Source
	on       []expr.Predicate
	equal    bool // the conditions are that columns are equal, as along a foreign key
}

// On makes conditions on the columns of both ends those of the relationship. The
// other end is the columns of T's table, or, where that is E's too, an alias; or, by AliasOf, a
// query, of whose rows alone they are then.
func (h HasMany[E, T]) On(other Source[T], ps ...expr.Predicate) JoinRule {
	return h.ruled(other, ps)
}

// On makes conditions on the columns of both ends those of the relationship. The
// other end is the columns of T's table, or, where that is E's too, an alias.
func (h HasOne[E, T]) On(other Source[T], ps ...expr.Predicate) JoinRule {
	return h.ruled(other, ps)
}

// On makes conditions on the columns of both ends those of the relationship. The
// other end is the columns of T's table, or, where that is E's too, an alias.
func (h BelongsTo[E, T]) On(other Source[T], ps ...expr.Predicate) JoinRule {
	return h.ruled(other, ps)
}

func (h relationship[E, T]) ruled(other Source[T], ps []expr.Predicate) JoinRule {
	_, to := other.source(nil)
	return JoinRule{rel: h.rel, from: h.from, to: to, on: ps}
}

// rulesOf collects what a struct of columns, and the structs that it embeds, say by
// their own methods.
func (m *mapper) rulesOf(ptr reflect.Value) []JoinRule {
	var out []JoinRule
	m.eachOwn(ptr, "Joins", func(part reflect.Value) {
		if j, ok := part.Interface().(JoinsByRule); ok {
			out = append(out, j.Joins()...)
		}
	})
	return out
}

// rule gives the relationships of a mapper their rules.
func (m *mapper) rule() {
	if m.rules == nil {
		return
	}
	rules := m.rules()
	m.rules = nil
	for _, r := range rules {
		if r.rel == nil || r.rel.owner != m {
			m.fail("", "has a join rule of a relationship that is not its own: take it from the columns that the method is called with")
			continue
		}
		if r.from == nil {
			r.from = m.table
		}
		r.rel.rule = &r
	}
}

// resolveRule makes a relationship go by its rule.
func (r *relation) resolveRule() error {
	if local, remote := r.rule.equals(r); local != nil {
		r.rule.equal, r.local, r.remote = true, local, remote
		return nil
	}
	switch {
	case len(r.owner.key) == 0 || len(r.target.key) == 0:
		return r.problem("goes by a rule, for which both tables need a primary key: declare one")
	case r.rule.to == nil || r.rule.to == r.rule.from:
		return r.problem("goes by a rule whose ends can't be told apart: name the other one by orm.Alias")
	}
	r.local, r.remote = r.owner.key, r.target.key
	return nil
}

// byJoin reports whether only a join of both tables finds what belongs together.
func (r *relation) byJoin() bool { return r.rule != nil && !r.rule.equal }

// equals returns the columns of both ends, if all that the rule says is that they
// are equal.
func (j *JoinRule) equals(r *relation) (local, remote []*attr) {
	if j.to == nil || j.to == j.from {
		return nil, nil
	}
	for _, on := range j.on {
		x, ok := expr.Unwrap(on).(*expr.Binary)
		if !ok || x.Op != expr.OpEq {
			return nil, nil
		}
		a, b := r.owner.columnOf(x.L, j.from), r.target.columnOf(x.R, j.to)
		if a == nil || b == nil {
			a, b = r.owner.columnOf(x.R, j.from), r.target.columnOf(x.L, j.to)
		}
		if a == nil || b == nil || a.codec.Type.Kind() != b.codec.Type.Kind() {
			return nil, nil
		}
		local, remote = append(local, a), append(remote, b)
	}
	return local, remote
}

// columnOf returns the attribute whose column of a source an expression is, or
// nil.
func (m *mapper) columnOf(x expr.Expression, from expr.Source) *attr {
	c, ok := expr.Unwrap(x).(*expr.Column)
	if !ok || !c.From.Provides(from) || !from.Provides(c.From) {
		return nil
	}
	i := slices.IndexFunc(m.attrs, func(a *attr) bool { return a.col.Name == c.Name && !a.deferred })
	if i < 0 {
		return nil
	}
	return m.attrs[i]
}

// between puts the ends of a path in the places of those of the rule.
func (j *JoinRule) between(p path) []expr.Predicate {
	same := func(a, b expr.Source) bool { return a.Provides(b) && b.Provides(a) }
	out := make([]expr.Predicate, len(j.on))
	for i, on := range j.on {
		x, err := expr.Rewrite(expr.Expression(on), func(n expr.Node) expr.Node {
			c, ok := n.(*expr.Column)
			switch {
			case !ok:
				return nil
			case same(c.From, j.to):
				return &expr.Column{From: p.to, Name: c.Name, Codec: c.Codec}
			case same(c.From, j.from):
				return &expr.Column{From: p.from, Name: c.Name, Codec: c.Codec}
			}
			return nil
		})
		if err != nil {
			return []expr.Predicate{invalid(fmt.Errorf("orm: %s.%s: %w", j.rel.owner.goType, j.rel.field.name, err))}
		}
		out[i] = expr.NewPred(x)
	}
	return out
}

// ownersBeside joins the owners, which a rule may ask for any of their columns,
// with what belongs to them.
func (r *relation) ownersBeside(q *expr.Select, to expr.Source) (*expr.Select, []expr.Expression) {
	owners := freeAlias(r.owner.table, r.owner.table.Name, to)
	return q.Join(owners, r.path(owners, to).far()...), refsOf(r.local, owners)
}

// end is where the rows at the other end are read: the target's table, or the query
// that the rule names.
func (r *relation) end() expr.Source {
	if r.rule != nil {
		if d, ok := r.rule.to.(*expr.Derived); ok {
			return d
		}
	}
	return r.target.table
}

// endAs is end under a name of its own.
func (r *relation) endAs(name string) expr.Source {
	if d, ok := r.end().(*expr.Derived); ok {
		return &expr.Derived{Select: d.Select, Name: name, Lateral: d.Lateral}
	}
	return &expr.Alias{Of: r.target.table, Name: name}
}

// holdsByRule is that the entity with the key is at the other end.
func (p path) holdsByRule(key []expr.Expression) expr.Pred {
	if p.to == p.from || p.to == expr.Source(p.rel.owner.table) {
		p = p.rel.path(p.from, p.rel.endAs(freeAlias(p.rel.target.table, p.rel.target.table.Name, p.from).Name))
	}
	return expr.Exists(p.partners().Where(equalEach(refsOf(p.rel.remote, p.to), key)...))
}

// ofByRule is that a row of the far end belongs to the entity with the key.
func (r *relation) ofByRule(to expr.Source, key []expr.Expression) expr.Pred {
	owners := freeAlias(r.owner.table, r.owner.table.Name, to)
	one := expr.NewSelect(r.local[0].column(owners)).From(owners)
	return expr.Exists(one.Where(r.path(owners, to).far()...).Where(equalEach(refsOf(r.local, owners), key)...))
}

// changed reports whether the program has changed what the entity has.
func (r *relation) changed(st *state) bool {
	if r.kind.toMany() {
		return !r.many(st).same()
	}
	return !r.one(st).same()
}
