package orm

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// Restricted is implemented by a struct of columns whose rows are not all for
// every query, such as those that are marked as deleted. So are structs that it
// embeds: the method of each is called, once, on first use of the tables.
type Restricted interface {
	// Criteria returns conditions on the struct's own columns.
	Criteria() []expr.Predicate
}

// Restrict is an option of a session: each of its queries and loads sees only the
// rows of the table, and of its aliases, that meet the conditions, also in joins,
// in Any and Has and in other subqueries. An object that the session has already
// stays in it.
func Restrict[T any](src Source[T], ps ...expr.Predicate) SessionOption {
	return func(o *sessionOptions) {
		m, from, err := mapperFrom(src, nil)
		switch {
		case err != nil:
			o.wrong = errors.Join(o.wrong, err)
		case from != expr.Source(m.table):
			o.wrong = errors.Join(o.wrong, fmt.Errorf("orm: Restrict is for a table, which holds for its aliases too, and not for the alias %q", sourceTitle(from)))
		default:
			o.criteria = maps.Clone(o.criteria)
			if o.criteria == nil {
				o.criteria = map[*schema.Table][]expr.Predicate{}
			}
			o.criteria[m.table] = append(slices.Clip(o.criteria[m.table]), ps...)
		}
	}
}

// EachSelect is an option of a session: f sees each SELECT of its queries and loads
// before it is sent, and returns it or another one with the same columns. It must
// not use the session.
func EachSelect(f func(*expr.Select) (*expr.Select, error)) SessionOption {
	return func(o *sessionOptions) { o.rewrites = append(o.rewrites, f) }
}

// Unrestricted is an option of a session that sees all rows, whatever the models
// say by Criteria.
func Unrestricted() SessionOption { return func(o *sessionOptions) { o.unrestricted = true } }

// Unrestricted has the query and its loads see all rows, whatever the models and
// the session say.
func (q Query[T]) Unrestricted() Query[T] { q.free = true; return q }

// freely lets what is read until the returned function is called see all rows, if
// told to.
func (s *Session) freely(free bool) (end func()) {
	before := s.free
	s.free = before || free
	return func() { s.free = before }
}

// criteriaOf collects what a struct of columns, and the structs that it embeds,
// say by their own methods.
func criteriaOf(ptr reflect.Value) []expr.Predicate {
	var out []expr.Predicate
	eachOwner(ptr, "Criteria", func(part reflect.Value) {
		if c, ok := part.Interface().(Restricted); ok {
			out = append(out, c.Criteria()...)
		}
	})
	return out
}

// findCriteria collects what the models say.
func (st *baseState) findCriteria() map[*schema.Table][]expr.Predicate {
	out := map[*schema.Table][]expr.Predicate{}
	for _, m := range st.mapped {
		if m.criteria == nil || m.table == nil {
			continue
		}
		ps := m.criteria()
		if m.parent != nil {
			ps = inheritedCriteria(out[m.parent.table], m, ps)
		}
		if len(ps) > 0 {
			out[m.table] = ps
		}
	}
	return out
}

// inheritedCriteria adds to the criteria of a derived entity those of its base.
func inheritedCriteria(of []expr.Predicate, m *mapper, ps []expr.Predicate) []expr.Predicate {
	for _, p := range of {
		x, err := expr.Adapt(expr.Expression(p), expr.Source(m.parent.table), expr.Source(m.table))
		if err != nil {
			x = expr.Invalid{Err: err}
		}
		if !slices.ContainsFunc(ps, func(o expr.Predicate) bool { return expr.Same(expr.Unwrap(o), expr.Unwrap(x)) }) {
			ps = append(slices.Clip(ps), expr.NewPred(x))
		}
	}
	return ps
}

// restricted puts the criteria of the session and of the models of a base onto a
// statement, wherever it reads their tables.
func (s *Session) restricted(stmt *expr.Select, bases ...*Base) (*expr.Select, error) {
	if s.opts.wrong != nil {
		return nil, s.opts.wrong
	}
	var err error
	if !s.free {
		stmt, err = s.withCriteria(stmt, bases)
	}
	if err == nil {
		stmt, err = s.direct(stmt, bases)
	}
	for _, f := range s.opts.rewrites {
		if err == nil {
			stmt, err = f(stmt)
		}
	}
	return stmt, err
}

func (s *Session) withCriteria(stmt *expr.Select, bases []*Base) (*expr.Select, error) {
	if !s.restricts(bases) {
		return stmt, nil
	}
	r := s.restriction(bases)
	out, err := expr.Rewrite(expr.Node(stmt), r.node)
	if err = errors.Join(err, r.err); err != nil {
		return nil, err
	}
	return out.(*expr.Select), nil
}

// restricts reports whether the session or the models of bases say anything.
func (s *Session) restricts(bases []*Base) bool {
	if len(s.opts.criteria) > 0 {
		return true
	}
	return !s.opts.unrestricted && slices.ContainsFunc(bases, func(b *Base) bool { return len(b.state.Load().criteria()) > 0 })
}

// restriction collects what the session and the models of bases say.
func (s *Session) restriction(bases []*Base) *restriction {
	r := &restriction{own: s.opts.criteria}
	for _, base := range bases {
		if found := base.state.Load().views; r.views == nil {
			r.views = found
		} else if len(found) > 0 {
			r.views = maps.Clone(r.views)
			maps.Copy(r.views, found)
		}
		if s.opts.unrestricted {
			continue
		}
		if found := base.state.Load().criteria(); r.models == nil {
			r.models = found
		} else if len(found) > 0 {
			r.models = maps.Clone(r.models)
			maps.Copy(r.models, found)
		}
	}
	return r
}

func (r *restriction) empty() bool { return len(r.own) == 0 && len(r.models) == 0 }

// restrictedTo is the condition of a statement that changes rows of a table, with
// the criteria of those and of what its subqueries read. Without any condition it
// stays so, and is refused.
func (s *Session) restrictedTo(m *mapper, free bool, where []expr.Predicate) ([]expr.Predicate, error) {
	if s.opts.wrong != nil {
		return nil, s.opts.wrong
	}
	r := s.restriction([]*Base{m.base})
	if free || s.free || r.empty() || len(where) == 0 {
		return where, nil
	}
	out := make([]expr.Predicate, len(where))
	for i, p := range where {
		x, err := expr.Rewrite(expr.Node(expr.Unwrap(p)), r.node)
		if err = errors.Join(err, r.err); err != nil {
			return nil, err
		}
		out[i] = expr.NewPred(x.(expr.Expression))
	}
	out = append(out, r.rows(m.table, m.table)...)
	return out, r.err
}

// basesOf are the bases whose tables a statement speaks of.
func basesOf(stmt *expr.Select) (out []*Base) {
	mapped.RLock()
	defer mapped.RUnlock()
	expr.Visit(stmt, func(n expr.Node) {
		if t, ok := n.(*schema.Table); ok {
			if b := mapped.bases[t.MetaData()]; b != nil && !slices.Contains(out, b) {
				out = append(out, b)
			}
		}
	})
	return out
}

// restriction puts criteria onto one statement.
type restriction struct {
	own, models map[*schema.Table][]expr.Predicate
	views       map[*schema.Table]*mapper // what hierarchies are read from
	done        map[expr.Node]bool        // what has its criteria, or needs none
	shared      map[expr.Node]expr.Node   // nodes that may stand in several places
	err         error
}

// node returns what takes the place of a node, nil for itself with other parts.
func (r *restriction) node(n expr.Node) expr.Node {
	if known := r.shared[n]; known != nil {
		return known
	}
	if r.done[n] || r.err != nil {
		return nil
	}
	switch n := n.(type) {
	case *schema.Table:
		if r.views[n] != nil {
			return n // whose criteria are put beside it
		}
	case *expr.Select:
		where := r.of(n.Parts().From...)
		out := n.Where(where...)
		put(&r.done, expr.Node(out), true)
		return r.within(out)
	case *expr.Join:
		return r.join(n)
	case *expr.CTE, *expr.Derived:
		put(&r.done, expr.Node(n), true)
		out := r.within(n)
		put(&r.shared, expr.Node(n), out)
		return out
	}
	return nil
}

func (r *restriction) within(n expr.Node) expr.Node {
	out, err := expr.Rewrite(n, r.node)
	if err != nil && r.err == nil {
		r.err = err
	}
	put(&r.done, expr.Node(out), true)
	return out
}

// of are the criteria of the rows that sources give, except those that an outer
// join has without a partner.
func (r *restriction) of(from ...expr.Source) []expr.Predicate {
	var out []expr.Predicate
	for _, f := range from {
		switch f := f.(type) {
		case *schema.Table:
			out = append(out, r.rows(f, f)...)
		case *expr.Alias:
			if t, ok := f.Of.(*schema.Table); ok {
				out = append(out, r.rows(t, f)...)
			}
		case *expr.Join:
			if f.Kind != expr.RightJoin && f.Kind != expr.FullJoin {
				out = append(out, r.of(f.L)...)
			}
			if f.Kind != expr.LeftJoin && f.Kind != expr.FullJoin {
				out = append(out, r.of(f.R)...)
			}
		}
	}
	return out
}

// rows are the criteria of a table, on what stands for it in the statement.
func (r *restriction) rows(t *schema.Table, as expr.Source) []expr.Predicate {
	var out []expr.Predicate
	list := append(slices.Clip(r.models[t]), r.own[t]...)
	for m := r.views[t]; m != nil && m.parent != nil; m = m.parent {
		for _, p := range r.own[m.parent.table] {
			x, err := expr.Adapt(expr.Expression(p), expr.Source(m.parent.table), expr.Source(t))
			if err != nil && r.err == nil {
				r.err = err
			}
			list = append(list, expr.NewPred(x))
		}
	}
	for _, p := range list {
		adapted, err := expr.Adapt(expr.Expression(p), expr.Source(t), as)
		if err != nil && r.err == nil {
			r.err = err
		}
		expr.Visit(adapted, func(n expr.Node) { // the criteria themselves see all rows
			if q, ok := n.(*expr.Select); ok {
				put(&r.done, expr.Node(q), true)
			}
		})
		out = append(out, expr.NewPred(adapted))
	}
	return out
}

// join puts the criteria of the side that may be without a partner into ON.
func (r *restriction) join(j *expr.Join) expr.Node {
	var on []expr.Predicate
	switch j.Kind {
	case expr.LeftJoin:
		on = r.of(j.R)
	case expr.RightJoin:
		on = r.of(j.L)
	case expr.FullJoin:
		on = r.of(j.L, j.R)
	}
	if len(on) == 0 {
		return nil
	}
	if j.On == nil || j.Kind == expr.FullJoin {
		r.err = errors.New("orm: a table of which the session sees some rows only is in a FULL JOIN, or in an outer join without a condition: say the condition, or join along the relationship")
		return nil
	}
	out := &expr.Join{Kind: j.Kind, L: j.L, R: j.R, On: expr.Unwrap(expr.And(append([]expr.Predicate{expr.NewPred(j.On)}, on...)...))}
	put(&r.done, expr.Node(out), true)
	return r.within(out)
}

// checkedAndRestricted is restricted for a statement of columns, of which only the
// tables are known.
func (s *Session) checkedAndRestricted(stmt *expr.Select) (*expr.Select, error) {
	bases := basesOf(stmt)
	for _, b := range bases {
		if err := b.Check(); err != nil {
			return nil, err
		}
	}
	return s.restricted(stmt, bases...)
}
