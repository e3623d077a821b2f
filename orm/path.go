package orm

import (
	"fmt"

	"github.com/alkahest-go/alkahest/expr"
)

// path is a relationship between two sources of a statement.
type path struct {
	rel      *relation
	from, to expr.Source
	between  expr.Source // nil: rows of the two belong together by themselves
}

// path returns the relationship between two sources. The table between them is
// called by the alias of the far one, so that it can be there twice too.
func (r *relation) path(from, to expr.Source) path {
	p := path{rel: r, from: from, to: to}
	if r.between == nil {
		return p
	}
	p.between = r.between
	if to != expr.Source(r.target.table) {
		p.between = &expr.Alias{Of: r.between, Name: r.between.Name + "_" + sourceTitle(to)}
	}
	return p
}

// near are the conditions that join the table between with the near source.
func (p path) near() []expr.Predicate {
	return equalEach(refsOf(p.rel.local, p.from), columnRefs(p.rel.near, p.between, p.rel.local))
}

// far are the conditions that join the far source with what is before it.
func (p path) far() []expr.Predicate {
	if p.rel.rule != nil {
		return p.rel.rule.between(p)
	}
	if p.between == nil {
		return append(equalEach(refsOf(p.rel.local, p.from), refsOf(p.rel.remote, p.to)), p.onlyWhen()...)
	}
	return equalEach(columnRefs(p.rel.far, p.between, p.rel.remote), refsOf(p.rel.remote, p.to))
}

// partners is a SELECT of the rows of the far source that belong to the row of
// the near one, which is of the statement around.
func (p path) partners() *expr.Select {
	q := expr.NewSelect(p.rel.remote[0].column(p.to))
	if p.between == nil {
		return q.From(p.to).Where(p.far()...)
	}
	return q.From(p.between).Join(p.to, p.far()...).Where(p.near()...)
}

// adapted returns conditions on the far table as ones on the path's sources.
func (p path) adapted(ps []expr.Predicate) ([]expr.Predicate, error) {
	return adapt(ps, p.rel, p.to, p.between)
}

// adapt puts other sources in the place of the tables of a relationship.
func adapt[N expr.Node](ns []N, r *relation, to, between expr.Source) ([]N, error) {
	out := make([]N, len(ns))
	for i, n := range ns {
		var err error
		if to != expr.Source(r.target.table) {
			n, err = expr.Adapt(n, expr.Source(r.target.table), to)
		}
		if err == nil && between != nil && between != expr.Source(r.between) {
			n, err = expr.Adapt(n, expr.Source(r.between), between)
		}
		if err != nil {
			return nil, fmt.Errorf("orm: %s.%s: %w", r.owner.goType, r.field.name, err)
		}
		out[i] = n
	}
	return out, nil
}

// adaptFrom puts the far source of a path, and its table between, in the place of
// another source and of the table.
func adaptFrom[N expr.Node](ns []N, r *relation, from expr.Source, p path) ([]N, error) {
	out := make([]N, len(ns))
	for i, n := range ns {
		n, err := expr.Adapt(n, from, p.to)
		if err != nil {
			return nil, fmt.Errorf("orm: %s.%s: %w", r.owner.goType, r.field.name, err)
		}
		out[i] = n
	}
	return adapt(out, r, r.target.table, p.between)
}

// freeAlias names a table apart from every source that the nodes speak of.
func freeAlias(of expr.Source, name string, nodes ...expr.Node) *expr.Alias {
	return &expr.Alias{Of: of, Name: titlesIn(nodes...).free(name)}
}
