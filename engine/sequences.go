package engine

import (
	"context"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
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
		if seq == nil {
			seq = c.DefaultSequence()
		}
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

// withTaken gives an INSERT that leaves out columns whose values come from the
// sequence table those values, and returns all other statements as they are.
func (l *link) withTaken(ctx context.Context, x expr.Statement) (expr.Statement, error) {
	if l.server.caps.Sequences {
		return x, nil
	}
	ins, ok := x.(*expr.Insert)
	if !ok {
		return x, nil
	}
	p := ins.Parts()
	t, ok := p.Into.(*schema.Table)
	if !ok {
		return x, nil
	}
	taken := l.server.takenColumns(t)
	if len(taken) == 0 {
		return x, nil
	}
	if l.readOnly() {
		return x, nil // it will be refused
	}
	if err := l.free(); err != nil {
		return nil, err
	}
	columns, rows := slices.Clone(p.Columns), slices.Clone(p.Rows)
	if len(rows) == 0 {
		rows = [][]expr.Expression{nil}
	}
	for _, c := range taken {
		if err := l.fill(ctx, c, &columns, rows); err != nil {
			return nil, err
		}
	}
	return expr.NewInsert(t).Rows(columns, rows...).Returning(p.Returning...), nil
}

// fill sets the column in all rows where it is left out.
func (l *link) fill(ctx context.Context, c takenColumn, columns *[]expr.Expression, rows [][]expr.Expression) error {
	if slices.ContainsFunc(*columns, func(x expr.Expression) bool { return isColumn(x, c.column) }) {
		return nil
	}
	r, err := l.takeRun(ctx, c.sequence, len(rows))
	if err != nil {
		return err
	}
	*columns = append(*columns, c.column.Ref())
	for i, row := range rows {
		rows[i] = append(slices.Clip(row), expr.BindValue(c.column.Type, sqltype.Int64Value(r.at(i))))
	}
	return nil
}

// takenColumns returns the columns of a table whose values come from the
// sequence table.
func (s *server) takenColumns(t *schema.Table) []takenColumn {
	if known, ok := s.taken.Load(t); ok {
		return known.([]takenColumn)
	}
	var taken []takenColumn
	for _, c := range t.Columns() {
		if seq := s.dialect.SequenceFor(s.caps, c); seq != nil {
			taken = append(taken, takenColumn{column: c, sequence: seq})
		}
	}
	s.taken.Store(t, taken)
	return taken
}
