package orm

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
)

// reading says which attributes of an entity a SELECT reads, in the order of its
// columns.
type reading struct {
	attrs []*attr
	// at is the column of each attribute of the mapper and of each property; -1
	// where it is left out.
	at   []int
	fill []Filling

	spread []spreadColumn // of what derives from the entity, behind the others
	kinds  *kinds         // nil where rows are of one type
}

// width is how many columns are read.
func (r *reading) width() int { return len(r.attrs) + len(r.spread) }

// readable are the attributes that can be read: those of columns, and properties.
func (m *mapper) readable() []*attr { return append(slices.Clip(m.attrs), m.props...) }

func (m *mapper) readingOf(wanted func(a *attr) bool) *reading {
	all := m.readable()
	r := &reading{at: make([]int, len(all))}
	for i, a := range all {
		r.at[i] = -1
		if wanted(a) || a == m.top().kindAttr {
			r.at[i] = len(r.attrs)
			r.attrs = append(r.attrs, a)
		}
	}
	m.spreadOver(r, wanted)
	return r
}

// isRead reports whether queries read the attribute where they say nothing.
func (a *attr) isRead() bool { return !a.onDemand && (!a.deferred || a.eager) }

func (r *reading) columns(from expr.Source) []expr.Expression {
	out := make([]expr.Expression, len(r.attrs), r.width())
	for i, a := range r.attrs {
		if a.cell == nil {
			out[i] = a.column(from)
			continue
		}
		x := expr.Expression(nil)
		for _, f := range r.fill {
			if f.cell.attr == a {
				x = f.x
			}
		}
		if x == nil {
			x = a.cell.in(from)
		}
		out[i] = &expr.Label{X: x, Name: a.col.Name}
	}
	for _, c := range r.spread {
		out = append(out, &expr.Column{From: from, Name: c.name, Codec: c.a.leaf})
	}
	return out
}

// choice is what a query says about the attributes that it reads.
type choice struct {
	with, without, only []expr.Expression
	groups              []string
	fill                []Filling
}

func (c *choice) empty() bool {
	return len(c.with) == 0 && len(c.without) == 0 && len(c.only) == 0 && len(c.groups) == 0 && len(c.fill) == 0
}

// Undefer reads columns whose fields are Deferred.
func (q Query[T]) Undefer(columns ...expr.Expression) Query[T] {
	q.choice.with = append(slices.Clip(q.choice.with), columns...)
	return q
}

// UndeferGroup reads the Deferred columns of groups.
func (q Query[T]) UndeferGroup(names ...string) Query[T] {
	q.choice.groups = append(slices.Clip(q.choice.groups), names...)
	return q
}

// Defer leaves out columns that would be read. Their fields must be Deferred.
func (q Query[T]) Defer(columns ...expr.Expression) Query[T] {
	q.choice.without = append(slices.Clip(q.choice.without), columns...)
	return q
}

// LoadOnly reads the columns and the primary key, and leaves out all others,
// whose fields must be Deferred.
func (q Query[T]) LoadOnly(columns ...expr.Expression) Query[T] {
	q.choice.only = append(slices.Clip(q.choice.only), columns...)
	return q
}

// WithExpression fills QueryExpressions of the entities.
func (q Query[T]) WithExpression(fill ...Filling) Query[T] {
	q.fill = append(slices.Clip(q.fill), fill...)
	return q
}

// reading returns what the query reads of a mapper that is ready.
func (c *choice) reading(m *mapper) (*reading, error) {
	if c.empty() {
		return m.reads, nil
	}
	with, err := m.attrsNamed(c.with)
	without, withoutErr := m.attrsNamed(c.without)
	only, onlyErr := m.attrsNamed(c.only)
	errs := []error{err, withoutErr, onlyErr}
	for _, name := range c.groups {
		list := m.groupOf(name)
		if len(list) == 0 {
			errs = append(errs, m.problem("", "has no Deferred column of the group %q", name))
		}
		with = append(with, list...)
	}
	for _, f := range c.fill {
		if f.cell == nil || !m.is(f.cell.m) || f.cell.attr == nil {
			errs = append(errs, m.problem("", "WithExpression fills something that is none of its QueryExpressions"))
			continue
		}
		with = append(with, f.cell.attr)
	}
	r := m.readingOf(func(a *attr) bool {
		switch {
		case a.col.IsPrimaryKey() || slices.Contains(with, a):
			return true
		case len(only) > 0:
			return slices.Contains(only, a)
		}
		return a.isRead() && !slices.Contains(without, a)
	})
	r.fill = c.fill
	for i, a := range m.readable() {
		if r.at[i] < 0 && !a.deferred && !a.onDemand {
			errs = append(errs, m.problem(a.name, "would be left out by the query, and could not say so: make the field an orm.Deferred[%s]", a.leaf.Go))
		}
	}
	return r, errors.Join(errs...)
}

func (m *mapper) groupOf(name string) []*attr {
	var out []*attr
	for _, a := range m.readable() {
		if a.deferred && a.group == name {
			out = append(out, a)
		}
	}
	return out
}

// attrsNamed returns the attributes of columns of the table or an alias of it.
func (m *mapper) attrsNamed(columns []expr.Expression) ([]*attr, error) {
	var out []*attr
	var errs []error
	for _, x := range columns {
		a := m.attrNamed(x)
		if a == nil {
			errs = append(errs, m.problem("", "a column that is to be read or left out is none of its columns"))
			continue
		}
		out = append(out, a)
	}
	return out, errors.Join(errs...)
}

func (m *mapper) attrNamed(x expr.Expression) *attr {
	if e, ok := x.(interface{ sharedCell() *cellOf }); ok && e.sharedCell() != nil && m.is(e.sharedCell().m) {
		return e.sharedCell().attr
	}
	c, ok := expr.Unwrap(x).(*expr.Column)
	if !ok {
		return nil
	}
	switch from := c.From.(type) {
	case *expr.Alias:
		if from.Of != expr.Source(m.table) {
			return nil
		}
	case *expr.Derived: // an alias of entities that a query returns
	default:
		if from != expr.Source(m.table) {
			return nil
		}
	}
	i := slices.IndexFunc(m.attrs, func(a *attr) bool { return a.col.Name == c.Name })
	if i < 0 {
		return nil
	}
	return m.attrs[i]
}

// unlabelled takes the names off expressions that properties have.
func unlabelled(list []expr.Expression) []expr.Expression {
	for i, x := range list {
		if l, ok := x.(*expr.Label); ok {
			list[i] = l.X
		}
	}
	return list
}
