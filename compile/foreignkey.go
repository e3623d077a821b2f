package compile

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// foreignKey returns the condition of a join that has none: that of the one
// foreign key between its sides. Where the left side is a join too, the source
// that it joined last is looked at first.
func (c *Compiler) foreignKey(j *expr.Join) expr.Expression {
	right := leaves(nil, j.R)
	left := leaves(nil, j.L)
	found := between(left[len(left)-1:], right)
	if len(found) == 0 {
		found = between(left, right)
	}
	switch len(found) {
	case 1:
		return found[0].on
	case 0:
		c.Fail(fmt.Errorf("compile: no foreign key is between %s and %s; give the join a condition", names(left), names(right)))
	default:
		c.Fail(fmt.Errorf("compile: %d foreign keys are between %s and %s (%s); give the join a condition", len(found), names(left), names(right), keyNames(found)))
	}
	return expr.TRUE
}

// keyJoin is a foreign key by which two sources can be joined.
type keyJoin struct {
	name string
	on   expr.Expression
}

func keyNames(found []keyJoin) string {
	list := make([]string, len(found))
	for i, f := range found {
		list[i] = f.name
	}
	return strings.Join(list, ", ")
}

func names(sources []expr.Source) string {
	list := make([]string, len(sources))
	for i, s := range sources {
		list[i] = sourceName(s)
	}
	return strings.Join(list, ", ")
}

func leaves(to []expr.Source, s expr.Source) []expr.Source {
	if j, ok := s.(*expr.Join); ok {
		return leaves(leaves(to, j.L), j.R)
	}
	return append(to, s)
}

func between(left, right []expr.Source) []keyJoin {
	var found []keyJoin
	for _, l := range left {
		for _, r := range right {
			found = append(found, references(l, r)...)
			if tableOf(l) != tableOf(r) || tableOf(l) == nil {
				found = append(found, references(r, l)...)
			}
		}
	}
	return found
}

// references returns the foreign keys by which the source from refers to the
// source to.
func references(from, to expr.Source) []keyJoin {
	var found []keyJoin
	for _, t := range tablesOf(from) {
		for _, fk := range t.ForeignKeys {
			on := &expr.Variadic{Op: expr.OpAnd}
			for i, col := range fk.Columns {
				if i >= len(fk.Referenced) {
					break
				}
				l, r := columnIn(from, col), columnIn(to, fk.Referenced[i])
				if l == nil || r == nil {
					break
				}
				on.Xs = append(on.Xs, &expr.Binary{Op: expr.OpEq, L: r, R: l})
			}
			if len(on.Xs) == len(fk.Columns) {
				found = append(found, keyJoin{name: t.FullName() + "." + fk.Columns[0].Name, on: on})
			}
		}
	}
	return found
}

// tableOf returns the table that a source is, under whatever name; nil for
// none.
func tableOf(s expr.Source) *schema.Table {
	switch s := s.(type) {
	case *schema.Table:
		return s
	case *expr.Alias:
		return tableOf(s.Of)
	case *expr.Sample:
		return tableOf(s.Of)
	}
	return nil
}

// tablesOf returns the tables whose columns a source has.
func tablesOf(s expr.Source) []*schema.Table {
	if t := tableOf(s); t != nil {
		return []*schema.Table{t}
	}
	var list []*schema.Table
	seen := map[*schema.Table]bool{}
	for _, x := range outputs(s) {
		if col, ok := plain(x); ok {
			if t := tableOf(col.From); t != nil && !seen[t] {
				seen[t] = true
				list = append(list, t)
			}
		}
	}
	return list
}

// outputs returns the columns of the query that a source is made of.
func outputs(s expr.Source) []expr.Expression {
	switch s := s.(type) {
	case *expr.Derived:
		return s.Select.Output()
	case *expr.CTE:
		return s.Parts().Query.Output()
	case *expr.Alias:
		return outputs(s.Of)
	}
	return nil
}

func plain(x expr.Expression) (*expr.Column, bool) {
	x = expr.Unwrap(x)
	if l, ok := x.(*expr.Label); ok {
		x = expr.Unwrap(l.X)
	}
	col, ok := x.(*expr.Column)
	return col, ok
}

// columnIn returns a column of a table as the source has it; nil where it has
// not.
func columnIn(s expr.Source, col *schema.Column) expr.Expression {
	if t := tableOf(s); t != nil {
		if t != col.Table {
			return nil
		}
		return &expr.Column{From: s, Name: col.Name, Codec: col.Codec}
	}
	for _, x := range outputs(s) {
		if p, ok := plain(x); ok && p.Name == col.Name && tableOf(p.From) == col.Table {
			return &expr.Column{From: s, Name: expr.OutputName(x), Codec: col.Codec}
		}
	}
	return nil
}
