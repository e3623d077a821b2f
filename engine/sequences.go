package engine

import (
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// compile compiles a statement for this server. k holds the key of s.
func (s *server) compile(x expr.Statement, k *expr.Key) (*compile.Compiled, error) {
	if ins, ok := x.(*expr.Insert); ok && s.caps.SequencesByName {
		x = s.nameSequences(ins)
	}
	return compile.Statement(x, k, s.rules)
}

// nameSequences has an INSERT draw the values of columns that it leaves out
// from their sequences. It adds no values, so the key's stay in their places.
func (s *server) nameSequences(ins *expr.Insert) *expr.Insert {
	p := ins.Parts()
	t, ok := p.Into.(*schema.Table)
	if !ok {
		return ins
	}
	columns, rows := slices.Clone(p.Columns), slices.Clone(p.Rows)
	if len(rows) == 0 {
		rows = [][]expr.Expression{nil}
	}
	for _, c := range t.Columns() {
		seq := s.dialect.SequenceFor(s.caps, c)
		if seq == nil || slices.ContainsFunc(p.Columns, func(x expr.Expression) bool { return isColumn(x, c) }) {
			continue
		}
		columns = append(columns, c.Ref())
		for i, row := range rows {
			rows[i] = append(slices.Clip(row), &expr.NextValue{Sequence: seq, Type: c.Type})
		}
	}
	if len(columns) == len(p.Columns) {
		return ins
	}
	return expr.NewInsert(t).Rows(columns, rows...).Returning(p.Returning...)
}

func isColumn(x expr.Expression, c *schema.Column) bool {
	ref, ok := expr.Unwrap(x).(*expr.Column)
	return ok && ref.Name == c.Name
}
