package orm

import (
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// What a hierarchy is read from stands in FROM as a query. Where that is a join
// alone, or a condition too that can stand in WHERE, the statement names the
// tables itself: it is shorter, it can lock rows, and no database has to find out.

// direct puts the tables of hierarchies in the place of the queries that join
// them, as far as that is the same.
func (s *Session) direct(stmt *expr.Select, bases []*Base) (*expr.Select, error) {
	for _, b := range bases {
		st := b.state.Load()
		if len(st.views) == 0 {
			continue
		}
		for _, m := range st.mapped {
			if m.levels == nil {
				continue
			}
			if len(m.subs) > 0 {
				var err error
				if stmt, err = m.withDerived(stmt); err != nil {
					return nil, err
				}
			}
			if m.top().told.tables {
				continue
			}
			out, err := m.direct(stmt)
			if err != nil {
				return nil, err
			}
			stmt = out
		}
	}
	return stmt, nil
}

// withDerived makes columns of what derives from m, in a statement that reads m and
// not that, those of what m is read from: conditions of a query of the base may
// speak of them.
func (m *mapper) withDerived(stmt *expr.Select) (*expr.Select, error) {
	from := stmt.Parts().From
	reads := func(list []expr.Source, t *schema.Table) bool {
		return slices.ContainsFunc(list, func(f expr.Source) bool { return f.Provides(t) })
	}
	if !reads(from, m.table) {
		return stmt, nil
	}
	names := map[*schema.Table]map[string]string{}
	for _, d := range m.inlineDerived() {
		if !reads(from, d.table) {
			names[d.table] = m.namesOf(d)
		}
	}
	out, err := expr.Rewrite[expr.Node](stmt, func(n expr.Node) expr.Node {
		switch n := n.(type) {
		case *expr.Column:
			if t, ok := n.From.(*schema.Table); ok && names[t][n.Name] != "" {
				return &expr.Column{From: m.table, Name: names[t][n.Name], Codec: n.Codec}
			}
		case *schema.Table:
			return n
		case *expr.Select:
			for t := range names {
				if n != stmt && reads(n.Parts().From, t) {
					return n
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out.(*expr.Select), nil
}

// namesOf are the names of d's columns in what m is read from.
func (m *mapper) namesOf(d *mapper) map[string]string {
	out := map[string]string{}
	for _, a := range d.attrs {
		if m.attrByName(a.name) != nil {
			out[a.col.Name] = m.attrByName(a.name).col.Name
		}
		for _, c := range m.spreads {
			if c.a == a {
				out[a.col.Name] = c.name
			}
		}
	}
	return out
}

// direct is Session.direct for one mapper. The statement has to read its rows in
// one place, whose rows an outer join does not leave out.
func (m *mapper) direct(stmt *expr.Select) (*expr.Select, error) {
	parts := stmt.Parts()
	if len(parts.From) != 1 || !leads(parts.From[0], m.table) {
		return stmt, nil
	}
	again := false
	expr.Visit(stmt, func(n expr.Node) {
		switch n := n.(type) {
		case *expr.Select:
			again = again || n != stmt && slices.ContainsFunc(n.Parts().From, func(f expr.Source) bool { return f.Provides(m.table) })
		case *expr.Alias:
			again = again || n.Of == expr.Source(m.table)
		}
	})
	if again {
		return stmt, nil
	}
	view, ok := m.table.Inlined().(*expr.Select)
	if !ok {
		return stmt, nil
	}
	inner := view.Parts()
	columns := map[string]expr.Expression{}
	for _, x := range inner.Columns {
		columns[expr.OutputName(x)] = unlabelled([]expr.Expression{x})[0]
	}
	out, err := expr.Rewrite[expr.Node](stmt, func(n expr.Node) expr.Node {
		switch n := n.(type) {
		case *expr.Column:
			if x := columns[n.Name]; x != nil && n.From == expr.Source(m.table) {
				return withCodec(x, n)
			}
		case *schema.Table:
			if n == m.table {
				return inner.From[0]
			}
			return n // whatever it is read from
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	stmt = out.(*expr.Select)
	if after := stmt.Parts().From; parts.From[0] == expr.Source(m.table) && (len(after) != 1 || after[0] != inner.From[0]) {
		stmt = stmt.From(inner.From[0]) // which the columns had said
	}
	for _, p := range inner.Where {
		stmt = stmt.Where(expr.NewPred(p))
	}
	if parts.Lock.Strength != expr.NoLock && len(m.inlineDerived()) > 0 {
		lock := parts.Lock // an outer join can't be locked
		lock.Of, lock.AtLeast = []expr.Source{m.levels[0].table}, true
		stmt = stmt.Locking(lock)
	}
	return stmt, nil
}

// viewsOf are what the mappers of hierarchies are read from.
func viewsOf(list []*mapper) map[*schema.Table]*mapper {
	out := map[*schema.Table]*mapper{}
	for _, m := range list {
		if m.levels != nil {
			out[m.table] = m
		}
	}
	return out
}

// leads reports whether a source is t, or joins other sources to it.
func leads(from expr.Source, t *schema.Table) bool {
	switch from := from.(type) {
	case *schema.Table:
		return from == t
	case *expr.Join:
		return (from.Kind == expr.InnerJoin || from.Kind == expr.LeftJoin) && leads(from.L, t)
	}
	return false
}

// withCodec is the column x, read as another column is.
func withCodec(x expr.Expression, as *expr.Column) expr.Expression {
	if c, ok := x.(*expr.Column); ok {
		return &expr.Column{From: c.From, Name: c.Name, Codec: as.Codec}
	}
	return x
}
